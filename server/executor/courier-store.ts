import { sql } from 'kysely'
import type { JsonObject } from '#schema/domain/canonical-json.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { ArtifactFile } from './executor.ts'

/** What an attempt's courier places and takes. */
export interface CourierPlan {
  readonly stepId: string
  readonly inputs: readonly { readonly name: string; readonly files: readonly ArtifactFile[] }[]
  /** What lies at /data: the data set that the step names, where the spec's storage is the platform's own folder. */
  readonly data: readonly ArtifactFile[]
  readonly params: JsonObject
  /** Names of the outputs that the component declares. */
  readonly outputs: readonly string[]
}

/** Written before the attempt is created anywhere; written twice, the same. */
export async function savePlan(db: Db | Trx, attemptId: string, plan: CourierPlan): Promise<void> {
  const text = JSON.stringify(plan)
  await db
    .insertInto('attempt_plan')
    .values({ attempt_id: attemptId, plan: text })
    .onConflict((conflict) => conflict.column('attempt_id').doUpdateSet({ plan: text }))
    .execute()
}

export async function planOf(db: Db | Trx, attemptId: string): Promise<CourierPlan | null> {
  const row = await db
    .selectFrom('attempt_plan')
    .select('plan')
    .where('attempt_id', '=', attemptId)
    .executeTakeFirst()
  return row === undefined ? null : (row.plan as CourierPlan)
}

/** What was delivered, in the order of the names. */
export async function outputsOf(
  db: Db | Trx,
  attemptId: string,
): Promise<{ name: string; files: readonly ArtifactFile[] }[]> {
  const rows = await db
    .selectFrom('attempt_output')
    .select(['name', 'files'])
    .where('attempt_id', '=', attemptId)
    .orderBy('name')
    .execute()
  return rows.map(({ name, files }) => ({ name, files: files as readonly ArtifactFile[] }))
}

/** The files that the next attempt of the step begins with; none when nothing was kept. */
export async function checkpointOf(db: Db | Trx, stepId: string): Promise<readonly ArtifactFile[]> {
  const row = await db
    .selectFrom('step_checkpoint')
    .select('files')
    .where('step_id', '=', stepId)
    .executeTakeFirst()
  return row === undefined ? [] : (row.files as readonly ArtifactFile[])
}

/** Whether the attempt may read these bytes: its plan or its step's checkpoint names them. */
export async function mayRead(db: Db, attemptId: string, sha256: string): Promise<boolean> {
  const inPlan = JSON.stringify({ inputs: [{ files: [{ sha256 }] }] })
  const inData = JSON.stringify({ data: [{ sha256 }] })
  const inCheckpoint = JSON.stringify([{ sha256 }])
  const { rows } = await sql<{ found: boolean }>`
    select exists (
      select from attempt_plan where attempt_id = ${attemptId}::uuid 
        and (plan @> ${inPlan}::jsonb or plan @> ${inData}::jsonb)
    ) or exists (
      select from step_checkpoint join attempt on attempt.step_id = step_checkpoint.step_id
      where attempt.id = ${attemptId}::uuid and files @> ${inCheckpoint}::jsonb
    ) as found`.execute(db)
  return rows[0]?.found === true
}

/** Runs the writes while the attempt is open, and keeps it open until they are committed. @throws DomainError ILLEGAL_STATE */
async function whileOpen(
  db: Db,
  attemptId: string,
  write: (trx: Trx, stepId: string) => Promise<void>,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('attempt')
      .select('step_id')
      .where('id', '=', attemptId)
      .where('state', 'in', ['SUBMITTING', 'STARTED'])
      .forShare()
      .executeTakeFirst()
    if (row === undefined) throw attemptEnded()
    await write(trx, row.step_id)
  })
}

export function attemptEnded(): DomainError {
  return new DomainError(
    'ILLEGAL_STATE',
    'This attempt has ended: nothing more is taken from it or given to it.',
  )
}

/** Code-unit order, as the local executor lists them: one artifact has one hash, whoever delivered it. */
function inOrder(files: readonly ArtifactFile[]): string {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  return JSON.stringify(sorted.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })))
}

/** Keeps a delivered output. @throws DomainError ILLEGAL_STATE when the attempt is not open */
export function saveOutput(
  db: Db,
  attemptId: string,
  name: string,
  files: readonly ArtifactFile[],
): Promise<void> {
  const text = inOrder(files)
  return whileOpen(db, attemptId, async (trx) => {
    await trx
      .insertInto('attempt_output')
      .values({ attempt_id: attemptId, name, files: text })
      .onConflict((conflict) =>
        conflict.columns(['attempt_id', 'name']).doUpdateSet({ files: text }),
      )
      .execute()
  })
}

/** Replaces the checkpoint of the attempt's step. @throws DomainError ILLEGAL_STATE when the attempt is not open */
export function saveCheckpoint(
  db: Db,
  attemptId: string,
  files: readonly ArtifactFile[],
): Promise<void> {
  const text = inOrder(files)
  return whileOpen(db, attemptId, async (trx, stepId) => {
    const row = { attempt_id: attemptId, files: text, at: sql<Date>`clock_timestamp()` }
    await trx
      .insertInto('step_checkpoint')
      .values({ step_id: stepId, ...row })
      .onConflict((conflict) => conflict.column('step_id').doUpdateSet(row))
      .execute()
  })
}

export async function forgetCheckpoint(db: Db | Trx, stepId: string): Promise<void> {
  await db.deleteFrom('step_checkpoint').where('step_id', '=', stepId).execute()
}

/** The plan and what was delivered; the checkpoint stays for the next attempt. */
export async function forgetAttempt(db: Db | Trx, attemptId: string): Promise<void> {
  await db.deleteFrom('attempt_plan').where('attempt_id', '=', attemptId).execute()
  await db.deleteFrom('attempt_output').where('attempt_id', '=', attemptId).execute()
}
