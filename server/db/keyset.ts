import { sql } from 'kysely'
import { DomainError } from '#schema/domain/errors.ts'

/** A page asked for: the newest first or the oldest first is the store's choice; `after` is a raw key or null. */
export interface Page {
  readonly first: number
  readonly after: string | null
}

/** A page given: one row more than asked for was read to know whether there is a next one. */
export interface Slice<T> {
  readonly nodes: readonly T[]
  readonly hasNextPage: boolean
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The cursor of a row is its id: in lists of our own UUIDv7 keys that is the order as well; else see {@link madeBefore}. */
export function encodeCursor(id: string): string {
  return Buffer.from(id, 'latin1').toString('base64url')
}

/** @throws DomainError BAD_INPUT when the text was not made by `encodeCursor` */
export function decodeCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1')
  if (!uuidPattern.test(id)) {
    throw new DomainError(
      'BAD_INPUT',
      'The cursor in "after" is not one that this server gave out: leave it away to start at the beginning.',
    )
  }
  return id
}

/**
 * The rows of `table` that come after the one with this id in a list by time of making, newest first. Ids may come from
 * clients, so they do not tell the time: the row's own `created_at` does, and the id only parts rows of one moment.
 *
 * @param table its name and, where it stands under another in the query, nothing else: a constant of ours, never input
 */
export function madeBefore(table: 'goal' | 'project' | 'request' | 'spec', id: string) {
  return sql<boolean>`(${sql.ref(`${table}.created_at`)}, ${sql.ref(`${table}.id`)}) < (
    select last.created_at, last.id from ${sql.table(table)} last where last.id = ${id})`
}

export function slice<T>(rows: readonly T[], first: number): Slice<T> {
  return { nodes: rows.slice(0, first), hasNextPage: rows.length > first }
}
