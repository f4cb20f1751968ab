import { sql } from 'kysely'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Trx } from '../db/pool.ts'
import { headMac, linkHash } from './chain.ts'

/** What is written of an action. */
export interface AuditEntry {
  readonly viewer: Viewer
  /** null: it concerns the whole installation. */
  readonly projectId: Id | null
  readonly action: string
  readonly subject: string
  readonly body: object
}

/** Writes an entry in the action's own transaction. */
export type Audit = (trx: Trx, entry: AuditEntry) => Promise<void>

/** The chain of entries that belong to no project. */
export const installation = 'installation'

/**
 * Appends to the project's chain in the action's own transaction: each entry's hash covers the one before,
 * so that a changed entry is found, and the signed head shows that none is missing at the end. The head's row
 * is the lock that keeps the chain in order.
 */
export function createAudit(deps: { newId(): Id; now(): Date; secret: string }): Audit {
  return async (trx, entry) => {
    const chain = entry.projectId ?? installation
    await trx
      .insertInto('audit_head')
      .values({ chain, ordinal: 0, hash: '', mac: '' })
      .onConflict((conflict) => conflict.column('chain').doNothing())
      .execute()
    await trx
      .selectFrom('audit_head')
      .select('chain')
      .where('chain', '=', chain)
      .forUpdate()
      .execute()
    const last = await trx
      .selectFrom('audit')
      .select(['ordinal', 'hash'])
      .where('project_id', entry.projectId === null ? 'is' : '=', entry.projectId)
      .orderBy('ordinal', 'desc')
      .limit(1)
      .executeTakeFirst()
    const ordinal = Number(last?.ordinal ?? 0) + 1
    const previous = last?.hash ?? ''
    const at = deps.now()
    const body = canonicalJson(entry.body)
    const { action, subject } = entry
    const hash = linkHash({
      previous,
      ordinal,
      person: entry.viewer.id,
      action,
      subject,
      body,
      at,
    })
    await trx
      .insertInto('audit')
      .values({
        id: deps.newId(),
        project_id: entry.projectId,
        ordinal,
        person_id: entry.viewer.id,
        action,
        subject,
        body: sql`${body}::jsonb`,
        previous_hash: previous,
        hash,
        at,
      })
      .execute()
    await trx
      .updateTable('audit_head')
      .set({ ordinal, hash, mac: headMac(deps.secret, chain, ordinal, hash) })
      .where('chain', '=', chain)
      .execute()
  }
}
