import { sql } from 'kysely'
import type { RunEventBody } from '#schema/domain/run.ts'
import type { Trx } from '../db/pool.ts'

/**
 * Appends one event to a run's history, in the transaction of the change that it tells.
 * The number is given under the run's row lock, so events become visible in the order of their numbers.
 *
 * @param alsoQueue whether those who watch the queue are told as well
 * @returns its `seq`
 */
export async function appendRunEvent(
  trx: Trx,
  runId: string,
  event: RunEventBody,
  alsoQueue = false,
): Promise<number> {
  const { kind, ...body } = event
  // One statement: this stands in every transaction that moves something, between its locks and its commit.
  const { rows } = await sql<{ seq: number }>`
    with numbered as (update run set seq = seq + 1 where id = ${runId} returning seq),
    written as (
      insert into run_event (run_id, seq, kind, body)
      select ${runId}::uuid, seq, ${kind}, ${JSON.stringify(body)}::jsonb from numbered
    )
    select seq, pg_notify('run', ${runId})${alsoQueue ? sql`, pg_notify('queue', '')` : sql``} from numbered`.execute(
    trx,
  )
  if (rows[0] === undefined) throw new Error('There is no such run.')
  return Number(rows[0].seq)
}

/** An event and whose it is. */
export interface Told {
  readonly runId: string
  readonly event: RunEventBody
  readonly alsoQueue: boolean
}

/** Like {@link appendRunEvent} for the events of a whole transaction, of one run or of many: one statement, at its end. */
export async function appendRunEvents(trx: Trx, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return
  const kinds = told.map(({ event }) => event.kind)
  const bodies = told.map(({ event: { kind: _, ...body } }) => JSON.stringify(body))
  const queue = told.some(({ alsoQueue }) => alsoQueue)
  const runs = new Set(told.map(({ runId }) => runId))
  const { rows } = await sql`
    with told as (
      select run_id, kind, body, row_number() over (partition by run_id order by at) as nth
      from unnest(${told.map(({ runId }) => runId)}::uuid[], ${kinds}::text[], ${bodies}::text[])
        with ordinality as t (run_id, kind, body, at)
    ),
    numbered as (
      update run set seq = run.seq + own.count from (select run_id, count(*) from told group by run_id) own
      where run.id = own.run_id returning run.id, run.seq - own.count as before
    ),
    written as (
      insert into run_event (run_id, seq, kind, body)
      select told.run_id, numbered.before + told.nth, told.kind, told.body::jsonb
      from told join numbered on numbered.id = told.run_id
    )
    select pg_notify('run', id::text)${queue ? sql`, pg_notify('queue', '')` : sql``} from numbered`.execute(
    trx,
  )
  if (rows.length !== runs.size) throw new Error('There is no such run.')
}
