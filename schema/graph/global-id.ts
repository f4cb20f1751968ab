import { DomainError } from '../domain/errors.ts'
import type { Id } from '../domain/id.ts'

const rawPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The raw key in a relay id of the given type.
 *
 * @throws DomainError BAD_INPUT when it is not an id, or one of another type
 */
export function rawId(globalId: string | number, typename: string): Id {
  const [type, raw, more] = Buffer.from(String(globalId), 'base64').toString('latin1').split(':')
  if (type !== typename || raw === undefined || more !== undefined || !rawPattern.test(raw)) {
    throw new DomainError(
      'BAD_INPUT',
      `"${String(globalId).slice(0, 80)}" is not the id of a ${typename}.`,
    )
  }
  return raw
}

/** The relay id of a raw key: what `rawId` reads. */
export function globalId(typename: string, raw: Id): string {
  return Buffer.from(`${typename}:${raw}`).toString('base64')
}

/** Checks an id that the client made: a raw UUID; null means that the server makes one. */
export function clientId(id: string | null | undefined): Id | null {
  if (id === null || id === undefined) return null
  const lower = id.toLowerCase()
  if (!rawPattern.test(lower)) {
    throw new DomainError(
      'BAD_INPUT',
      `The input's id "${id.slice(0, 80)}" is not a UUID, such as 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b.`,
    )
  }
  return lower
}

/** Whom a limit or a budget is for; null: it is for everything. */
export function ownerId(of: { projectId: string | null; personId: string | null }): string | null {
  if (of.projectId !== null) return globalId('Project', of.projectId)
  return of.personId === null ? null : globalId('Person', of.personId)
}
