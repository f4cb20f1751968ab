import { z } from 'zod'

/** UUIDv7 text, lower case. Keys are made in the application so that a client may choose its own. */
export type Id = string

export const idSchema = z.uuid().transform((text) => text.toLowerCase())

/**
 * A new UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits.
 *
 * @param now milliseconds since the epoch
 * @param random fills the given bytes; injected so that tests are repeatable
 */
export function newId(
  now: number = Date.now(),
  random: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes),
): Id {
  const bytes = new Uint8Array(16)
  random(bytes)
  let rest = Math.floor(now)
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * Makes UUIDv7s that sort in the order of making, also within a millisecond: the 12 bits behind the time
 * count (RFC 9562, section 6.2, method 1), and an overflow borrows from the next millisecond.
 */
export function createIdMaker(now: () => number = Date.now): () => Id {
  let last = 0
  let count = 0
  return () => {
    const moment = now()
    if (moment > last) {
      last = moment
      count = 0
    } else if (count === 0xfff) {
      last += 1
      count = 0
    } else count += 1
    const id = newId(last)
    return `${id.slice(0, 14)}7${count.toString(16).padStart(3, '0')}${id.slice(18)}`
  }
}
