import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import type { Trx } from '../db/pool.ts'

/**
 * The tag of a new run, fixed on entry: where its project's work ends so far, and never behind what already
 * started, so that projects take turns by what they ask for and a quiet one gains nothing by having waited
 * (start-time fair queueing). The project's row is locked until the transaction ends.
 *
 * @param length how much it asks for; 1 and its GPU hours
 */
export async function takeFairTag(trx: Trx, projectId: Id, length: number): Promise<number> {
  await trx
    .insertInto('fair_share')
    .values({ project_id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { rows } = await sql<{ tag: number }>`
    with mine as (select project_id, next_tag, share from fair_share where project_id = ${projectId} for update),
    begun as (
      select mine.project_id, mine.share, greatest(mine.next_tag, fair_clock.tag) as tag from mine, fair_clock
    )
    update fair_share set next_tag = begun.tag + cast(${length} as double precision) / begun.share
    from begun where fair_share.project_id = begun.project_id
    returning begun.tag as tag`.execute(trx)
  return Number(rows[0]!.tag)
}

/**
 * A run that starts moves the clock: nobody enters behind it.
 *
 * @returns whether anybody has a quota on GPUs, told by the same statement since every start asks
 */
export async function advanceClock(trx: Trx, tag: number): Promise<boolean> {
  const { rows } = await sql<{ limited: boolean }>`
    with moved as (update fair_clock set tag = greatest(tag, ${tag}) returning tag)
    select exists (select 1 from quota where gpus is not null) as limited from moved`.execute(trx)
  return rows[0]?.limited !== false
}
