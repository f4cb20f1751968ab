import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Trx } from '../db/pool.ts'

/** What is written of an action. */
export interface AuditEntry {
  readonly viewer: Viewer
  /** null: the installation's own chain. */
  readonly projectId: Id | null
  readonly action: string
  readonly subject: string
  readonly body: object
}

/**
 * Appends to the project's chain in the action's own transaction: each entry's hash covers the one before,
 * so that a changed or missing entry is found. The project's row is the lock that keeps the chain in order.
 */
export function createAudit(deps: {
  newId(): Id
  now(): Date
}): (trx: Trx, entry: AuditEntry) => Promise<void> {
  return async (trx, entry) => {
    if (entry.projectId === null) await sql`select pg_advisory_xact_lock(7342)`.execute(trx)
    else
      await trx
        .selectFrom('project')
        .select('id')
        .where('id', '=', entry.projectId)
        // Not FOR UPDATE: the rows of this transaction that cite the project share its key already,
        // and two that both wanted more would wait for each other.
        .forNoKeyUpdate()
        .executeTakeFirst()
    const last = await trx
      .selectFrom('audit')
      .select(['ordinal', 'hash'])
      .where('project_id', entry.projectId === null ? 'is' : '=', entry.projectId)
      .orderBy('ordinal', 'desc')
      .limit(1)
      .executeTakeFirst()
    const ordinal = (last?.ordinal ?? 0) + 1
    const previous = last?.hash ?? ''
    const at = deps.now()
    const body = canonicalJson(entry.body)
    const hash = createHash('sha256')
      .update(
        canonicalJson({
          previous,
          ordinal,
          person: entry.viewer.id,
          action: entry.action,
          subject: entry.subject,
          body,
          at: at.toISOString(),
        }),
      )
      .digest('hex')
    await trx
      .insertInto('audit')
      .values({
        id: deps.newId(),
        project_id: entry.projectId,
        ordinal,
        person_id: entry.viewer.id,
        action: entry.action,
        subject: entry.subject,
        body: sql`${body}::jsonb`,
        previous_hash: previous,
        hash,
        at,
      })
      .execute()
  }
}
