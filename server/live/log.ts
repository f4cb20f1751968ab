import { sql } from 'kysely'
import type { RunEventBody } from '#schema/domain/run.ts'
import { notify, type Trx } from '../db/pool.ts'

/**
 * Appends one event to a run's history, in the transaction of the change that it tells.
 * The number is given under the run's row lock, so events become visible in the order of their numbers.
 *
 * @returns its `seq`
 */
export async function appendRunEvent(
  trx: Trx,
  runId: string,
  event: RunEventBody,
): Promise<number> {
  const { seq } = await trx
    .updateTable('run')
    .set({ seq: sql`seq + 1` })
    .where('id', '=', runId)
    .returning('seq')
    .executeTakeFirstOrThrow()
  const { kind, ...body } = event
  await trx
    .insertInto('run_event')
    .values({ run_id: runId, seq, kind, body: JSON.stringify(body) })
    .execute()
  await notify(trx, 'run', runId)
  return Number(seq)
}
