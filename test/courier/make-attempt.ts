import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#schema/domain/id.ts'
import type { Db } from '#server/db/pool.ts'
import { savePlan, type CourierPlan } from '#server/executor/courier-store.ts'
import { courierToken } from '#server/executor/courier-token.ts'
import { makeRun } from '#test/engine/make-run.ts'
import type { TestApp } from '#test/harness/app.ts'

export interface MadeAttempt {
  readonly id: string
  readonly stepId: string
  readonly token: string
}

/** A step with an open attempt as rows, as an executor leaves them before it creates a Job. */
export async function makeAttempt(
  { db, folder }: Pick<TestApp, 'db' | 'folder'>,
  plan: Partial<CourierPlan> = {},
  stepId: string | null = null,
): Promise<MadeAttempt> {
  const step = stepId ?? (await makeStep(db))
  const { run_id: runId } = await db
    .selectFrom('step')
    .select('run_id')
    .where('id', '=', step)
    .executeTakeFirstOrThrow()
  const { n } = await db
    .selectFrom('attempt')
    .select((query) => query.fn.countAll<number>().as('n'))
    .where('step_id', '=', step)
    .executeTakeFirstOrThrow()
  const id = newId()
  await db
    .insertInto('attempt')
    .values({
      id,
      step_id: step,
      run_id: runId,
      ordinal: n + 1,
      state: 'STARTED',
      executor: 'kubernetes',
      fence: 1,
    })
    .execute()
  await savePlan(db, id, { stepId: step, inputs: [], data: [], params: {}, outputs: [], ...plan })
  const secret = await readFile(join(folder, 'secret'), 'utf8')
  return { id, stepId: step, token: courierToken(secret, id) }
}

async function makeStep(db: Db): Promise<string> {
  const run = await makeRun(db)
  const id = newId()
  await db
    .insertInto('step')
    .values({
      id,
      run_id: run.id,
      name: 'train',
      type: 'trainer',
      ordinal: 0,
      depends_on: [],
      state: 'RUNNING',
    })
    .execute()
  return id
}

export async function endAttempt(db: Db, id: string): Promise<void> {
  await db.updateTable('attempt').set({ state: 'LOST' }).where('id', '=', id).execute()
}
