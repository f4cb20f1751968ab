import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { DomainError } from './errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** RFC 8785 text: one value, one byte sequence, so that a hash of it means the value. */
export function canonicalJson(value: unknown): string {
  let text: string | undefined
  try {
    text = canonicalize(value)
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown'
    throw new DomainError(
      'BAD_INPUT',
      `This value has no canonical JSON: ${cause}.`,
      {},
      { cause: error },
    )
  }
  if (text === undefined) throw new DomainError('BAD_INPUT', 'This value has no JSON form.')
  return text
}

/** `sha256:<hex>` of UTF-8 text. */
export function sha256Text(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}
