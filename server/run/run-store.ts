import { sql, type Selectable } from 'kysely'
import type { AttemptTable, RunTable, StepTable } from '#migrations/database.ts'
import type { Id } from '#schema/domain/id.ts'
import { priorityOf } from '#schema/domain/request.ts'
import type { Attempt, Failure, Run, RunEventBody, Step } from '#schema/domain/run.ts'
import {
  attemptTransitions,
  move,
  runTransitions,
  stepTransitions,
  type AttemptState,
  type RunState,
  type StepState,
} from '#schema/domain/run-state.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { ArtifactFile } from '../executor/executor.ts'
import { appendRunEvent } from '../live/log.ts'
import type { Slot } from './slots.ts'

export function rowToRun(row: Selectable<RunTable>): Run {
  return {
    id: row.id,
    projectId: row.project_id,
    requestId: row.request_id,
    specId: row.spec_id,
    state: row.state,
    priority: priorityOf(row.priority),
    seed: row.seed,
    seq: Number(row.seq),
    failure: row.failure as Failure | null,
    createdBy: row.created_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

export function rowToStep(row: Selectable<StepTable>): Step {
  return {
    id: row.id,
    runId: row.run_id,
    name: row.name,
    type: row.type,
    ordinal: row.ordinal,
    dependsOn: row.depends_on,
    state: row.state,
    progress: row.progress,
    message: row.message,
    cacheNote: row.cache_note,
    failure: row.failure as Failure | null,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

export function rowToAttempt(row: Selectable<AttemptTable>): Attempt {
  return {
    id: row.id,
    stepId: row.step_id,
    runId: row.run_id,
    ordinal: row.ordinal,
    state: row.state,
    node: row.node,
    deviceType: row.device_type,
    deviceCount: row.device_count,
    exitCode: row.exit_code,
    failure: row.failure as Failure | null,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }
}

export async function runById(db: Db, id: Id): Promise<Run | null> {
  const row = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : rowToRun(row)
}

export async function stepsOfRun(db: Db | Trx, runId: Id): Promise<Step[]> {
  const rows = await db
    .selectFrom('step')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('ordinal')
    .execute()
  return rows.map(rowToStep)
}

/** The steps of several runs, by run, each in order. */
export async function stepsOfRuns(
  db: Db | Trx,
  runIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly Step[]>> {
  const steps = new Map<Id, Step[]>()
  if (runIds.length === 0) return steps
  const rows = await db
    .selectFrom('step')
    .selectAll()
    .where('run_id', 'in', runIds)
    .orderBy('run_id')
    .orderBy('ordinal')
    .execute()
  for (const row of rows) {
    const step = rowToStep(row)
    const before = steps.get(step.runId)
    if (before === undefined) steps.set(step.runId, [step])
    else before.push(step)
  }
  return steps
}

/** An output of a step: which files, by content. */
export interface Artifact {
  readonly id: Id
  readonly stepId: Id
  readonly stepName: string
  readonly name: string
  readonly type: string
  readonly sha256: string
  readonly bytes: number
  readonly files: readonly ArtifactFile[]
}

export async function artifactsOfRun(db: Db | Trx, runId: Id): Promise<Artifact[]> {
  const rows = await db
    .selectFrom('artifact')
    .innerJoin('step', 'step.id', 'artifact.step_id')
    .selectAll('artifact')
    .select(['step.name as step_name'])
    .where('artifact.run_id', '=', runId)
    .orderBy('artifact.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    stepId: row.step_id,
    stepName: row.step_name,
    name: row.name,
    type: row.type,
    sha256: row.sha256,
    bytes: Number(row.bytes),
    files: row.files as ArtifactFile[],
  }))
}

/** Thrown when a row is no longer in the state that was seen: look again, nothing was written. */
export class Overtaken extends Error {}

function changed(result: { numUpdatedRows: bigint }): void {
  if (result.numUpdatedRows !== 1n) throw new Overtaken()
}

/** Takes an event of the transaction under way, to be written with its others at its end. */
export type Tell = (runId: Id, event: RunEventBody, alsoQueue?: boolean) => void

type StepExtras = Partial<{
  message: string
  progress: number
  cache_key: string
  cache_fields: string
  cache_note: string
  cached_from: string
  user_failures: number
  infrastructure_failures: number
}>

async function say(
  trx: Trx,
  tell: Tell | undefined,
  runId: Id,
  event: RunEventBody,
  alsoQueue = false,
): Promise<void> {
  if (tell === undefined) await appendRunEvent(trx, runId, event, alsoQueue)
  else tell(runId, event, alsoQueue)
}

/** Moves a step from the state that was seen, with its event; times follow from the states. */
export async function moveStep(
  trx: Trx,
  step: Pick<Step, 'id' | 'runId' | 'name' | 'state'>,
  to: StepState,
  change: StepExtras & { failure?: Failure; waitMs?: number } = {},
  tell?: Tell,
): Promise<void> {
  move(stepTransitions, 'step', step.state, to)
  const { failure, waitMs, ...columns } = change
  const ended = stepTransitions[to].length === 0
  changed(
    await trx
      .updateTable('step')
      .set({
        ...columns,
        state: to,
        ...(failure === undefined ? {} : { failure: JSON.stringify(failure) }),
        ...(to === 'RUNNING'
          ? { started_at: sql<Date>`coalesce(started_at, now())`, not_before: null }
          : {}),
        ...(to === 'CACHED' ? { started_at: sql<Date>`now()` } : {}),
        ...(waitMs === undefined
          ? {}
          : { not_before: sql<Date>`now() + make_interval(secs => ${waitMs / 1000})` }),
        ...(ended ? { ended_at: sql<Date>`now()` } : {}),
      })
      .where('id', '=', step.id)
      .where('state', '=', step.state)
      .executeTakeFirst(),
  )
  await say(trx, tell, step.runId, {
    kind: 'STEP_STATE',
    step: step.name,
    stepState: to,
    ...(change.progress === undefined ? {} : { progress: change.progress }),
    ...(change.message === undefined ? {} : { message: change.message }),
    ...(failure === undefined ? {} : { failure }),
  })
}

/** Moves an attempt from the state that was seen, with its event. */
export async function moveAttempt(
  trx: Trx,
  attempt: Pick<Attempt, 'id' | 'runId' | 'ordinal' | 'state'> & { readonly stepName: string },
  to: AttemptState,
  change: { failure?: Failure; exitCode?: number | null; startedAt?: Date; endedAt?: Date } = {},
  tell?: Tell,
): Promise<void> {
  move(attemptTransitions, 'attempt', attempt.state, to)
  const ended = attemptTransitions[to].length === 0
  changed(
    await trx
      .updateTable('attempt')
      .set({
        state: to,
        ...(change.failure === undefined ? {} : { failure: JSON.stringify(change.failure) }),
        ...(change.exitCode === undefined ? {} : { exit_code: change.exitCode }),
        ...(to === 'STARTED' ? { started_at: sql<Date>`now()` } : {}),
        ...(ended ? { ended_at: sql<Date>`now()` } : {}),
      })
      .where('id', '=', attempt.id)
      .where('state', '=', attempt.state)
      .executeTakeFirst(),
  )
  await say(trx, tell, attempt.runId, {
    kind: 'ATTEMPT_STATE',
    step: attempt.stepName,
    attempt: attempt.ordinal,
    attemptState: to,
    ...(change.failure === undefined ? {} : { failure: change.failure }),
  })
}

/** Moves a run from the state that was seen, with its event, which for a final state is the run's last one. */
export async function moveRun(
  trx: Trx,
  run: Pick<Run, 'id' | 'state'>,
  to: RunState,
  change: { failure?: Failure; tokenHash?: string; reservation?: Slot } = {},
  tell?: Tell,
): Promise<void> {
  move(runTransitions, 'run', run.state, to)
  const ended = runTransitions[to].length === 0
  changed(
    await trx
      .updateTable('run')
      .set({
        state: to,
        ...(change.failure === undefined ? {} : { failure: JSON.stringify(change.failure) }),
        ...(to === 'RUNNING'
          ? { started_at: sql<Date>`now()`, token_hash: change.tokenHash ?? null }
          : {}),
        ...(change.reservation === undefined
          ? {}
          : { reservation: JSON.stringify(change.reservation) }),
        // The token dies with the run.
        ...(ended ? { ended_at: sql<Date>`now()`, token_hash: null } : {}),
      })
      .where('id', '=', run.id)
      .where('state', '=', run.state)
      .executeTakeFirst(),
  )
  // Who watches the queue sees it leave, or what it held come free.
  await say(
    trx,
    tell,
    run.id,
    {
      kind: 'RUN_STATE',
      runState: to,
      ...(change.failure === undefined ? {} : { failure: change.failure }),
    },
    true,
  )
}

/** Ends all steps that have not, in one state. */
export async function endOpenSteps(
  trx: Trx,
  runId: Id,
  to: 'CANCELLED' | 'SKIPPED',
  tell?: Tell,
): Promise<void> {
  for (const step of await stepsOfRun(trx, runId)) {
    if (step.state === 'PENDING' || step.state === 'READY') await moveStep(trx, step, to, {}, tell)
  }
}
