import { createHash, createHmac } from 'node:crypto'
import { canonicalJson } from '#schema/domain/canonical-json.ts'

/** What an entry's hash covers. */
export interface Link {
  readonly previous: string
  readonly ordinal: number
  readonly person: string | null
  readonly action: string
  readonly subject: string
  /** Canonical JSON (RFC 8785). */
  readonly body: string
  readonly at: Date
}

/** sha256 of the entry and, through `previous`, of all before it. */
export function linkHash({ at, ...link }: Link): string {
  return createHash('sha256')
    .update(canonicalJson({ ...link, at: at.toISOString() }))
    .digest('hex')
}

/** The chain's end, signed with the installation's secret, which the database does not hold. */
export function headMac(secret: string, chain: string, ordinal: number, hash: string): string {
  return createHmac('sha256', secret).update(`audit\n${chain}\n${ordinal}\n${hash}`).digest('hex')
}
