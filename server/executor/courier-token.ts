import { createHmac, timingSafeEqual } from 'node:crypto'

/** The token of an attempt's courier: made again from the secret whenever it is needed, stored nowhere. */
export function courierToken(secret: string, attemptId: string): string {
  return createHmac('sha256', secret).update(`courier-token:${attemptId}`).digest('base64url')
}

/** Whether `given` is the attempt's token; takes as long for a wrong one as for the right one. */
export function isCourierToken(secret: string, attemptId: string, given: string): boolean {
  const known = Buffer.from(courierToken(secret, attemptId))
  const said = Buffer.from(given)
  return said.length === known.length && timingSafeEqual(said, known)
}
