import { createHash } from 'node:crypto'

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** Lower-case base32 (RFC 4648, no padding): letters and digits that a DNS label may have. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += base32[(value >>> bits) & 31]!
    }
    value &= (1 << bits) - 1
  }
  if (bits > 0) text += base32[(value << (5 - bits)) & 31]!
  return text
}

/** Who is meant: the same attempt has the same name in every process, before and after a crash. */
export interface AttemptKey {
  readonly installation: string
  readonly runId: string
  readonly stepId: string
  readonly attemptId: string
}

/** `ad-` and 130 bits of sha256: Argo's 32 bits collide in 91 % of workflows with 100 k nodes (design 05). */
export function jobName({ installation, runId, stepId, attemptId }: AttemptKey): string {
  const digest = createHash('sha256')
    .update([installation, runId, stepId, attemptId].join('\0'))
    .digest()
  return `ad-${toBase32(digest).slice(0, 26)}`
}

/** The namespace of a project: one of its own, or the same for all (plan `by-purpose`). */
export function namespaceOf(
  prefix: string,
  plan: 'per-project' | 'by-purpose',
  projectId: string,
): string {
  if (plan === 'by-purpose') return `${prefix}-training`
  const digest = createHash('sha256').update(projectId).digest()
  return `${prefix}-${toBase32(digest).slice(0, 16)}`
}

/** What the installation is known by in its objects: never the secret, always the same. */
export function installationName(secret: string): string {
  return createHash('sha256').update(`installation\n${secret}`).digest('hex').slice(0, 16)
}
