import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Compares in constant time. */
export function sameSecret(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted))
}

/** The host of a Host or Origin header, without its port, lower case. */
function hostName(host: string): string {
  return (/^\[[^\]]*\]/.exec(host)?.[0] ?? host.split(':')[0] ?? '').toLowerCase()
}

export function isLoopback(host: string): boolean {
  const name = hostName(host)
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}

/** What the server is reached as. */
export interface Doors {
  /** null: open to this machine's own browser, without a token. */
  readonly token: string | null
  /** Hosts beside loopback that pages may come from. */
  readonly hosts: readonly string[]
}

/**
 * Whether a request's Host and Origin are ours. In open mode the Host must be loopback, so that a foreign name that
 * resolves to 127.0.0.1 (DNS rebinding) gets nothing; an Origin must be the Host itself.
 */
export function fromOurPages(request: IncomingMessage, doors: Doors): boolean {
  const host = request.headers.host
  if (host === undefined) return false
  if (doors.token === null && !isLoopback(host) && !doors.hosts.includes(hostName(host)))
    return false
  const origin = request.headers.origin
  if (origin === undefined) return true
  try {
    const from = new URL(origin).host
    return from === host.toLowerCase() || doors.hosts.includes(hostName(from))
  } catch {
    return false
  }
}

/** The token of an Authorization header. */
export function bearerToken(request: IncomingMessage): string | null {
  const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')
  return match?.[1] ?? null
}
