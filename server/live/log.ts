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
