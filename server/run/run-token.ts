import { createHash, createHmac } from 'node:crypto'
import type { Id } from '#schema/domain/id.ts'

/** The token of a run's components: made again from the secret whenever a step starts, stored as a hash only. */
export function runToken(secret: string, runId: Id): string {
  return createHmac('sha256', secret).update(`run-token:${runId}`).digest('base64url')
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
