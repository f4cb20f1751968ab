import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import {
  progressOfRun,
  type Attempt,
  type LogChunk,
  type Run,
  type RunEventBatch,
  type Step,
} from '#schema/domain/run.ts'
import type { RunsPort } from '#schema/ports/run.ts'
import { slice } from '../db/keyset.ts'
import { notify, type OpenDatabase, type Trx } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'
import { abortable } from '../live/abortable.ts'
import { decodeRunCursor, encodeRunCursor, type Outbox } from '../live/outbox.ts'
import { filesOfRun, metricSeries, paramsOfRun } from '../tracking/tracking-store.ts'
import {
  endOpenSteps,
  moveRun,
  rowToAttempt,
  rowToRun,
  rowToStep,
  runById,
  stepsOfRun,
} from './run-store.ts'
import { maxChunkBytes, readStepLog } from './step-log.ts'
import { isId, sees } from './visible.ts'

export interface RunsDeps {
  readonly database: OpenDatabase
  readonly executor: Executor
  readonly outbox: Outbox
  now(): Date
  fileUrl(sha256: string, name: string): string
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id | null; action: string; subject: string; body: object },
  ): Promise<void>
}

/** How often a followed log is looked at. */
const followMs = 300

export function createRuns(deps: RunsDeps): RunsPort {
  const { executor, outbox } = deps
  const { db } = deps.database

  async function byId(viewer: Viewer, id: Id): Promise<Run | null> {
    const run = isId(id) ? await runById(db, id) : null
    return run !== null && (await sees(db, viewer, run.projectId)) ? run : null
  }

  async function require(viewer: Viewer, id: Id): Promise<Run> {
    const run = await byId(viewer, id)
    if (run === null) throw new DomainError('NOT_FOUND', 'There is no such run.')
    return run
  }

  async function stepById(viewer: Viewer, id: Id): Promise<Step | null> {
    if (!isId(id)) return null
    const row = await db.selectFrom('step').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined || (await byId(viewer, row.run_id)) === null) return null
    return rowToStep(row)
  }

  async function requireStep(viewer: Viewer, id: Id): Promise<Step> {
    const step = await stepById(viewer, id)
    if (step === null) throw new DomainError('NOT_FOUND', 'There is no such step.')
    return step
  }

  async function cancel(viewer: Viewer, runId: Id): Promise<Run> {
    const { projectId } = await require(viewer, runId)
    return db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('run')
        .selectAll()
        .where('id', '=', runId)
        .forUpdate()
        .executeTakeFirstOrThrow()
      const run = rowToRun(row)
      // Asked twice, it is being done.
      if (run.state === 'CANCELLING' || run.state === 'CANCELLED') return run
      const to = run.state === 'WAITING' ? 'CANCELLED' : 'CANCELLING'
      if (to === 'CANCELLED') await endOpenSteps(trx, runId, 'CANCELLED')
      await moveRun(trx, run, to)
      await deps.audit?.(trx, { viewer, projectId, action: 'runCancel', subject: runId, body: {} })
      await notify(trx, 'queue', '')
      return rowToRun(
        await trx.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirstOrThrow(),
      )
    })
  }

  async function* events(
    viewer: Viewer,
    runId: Id,
    after: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<RunEventBatch, void> {
    await require(viewer, runId)
    const seq = after === null ? 0 : decodeRunCursor(runId, after)
    yield* outbox.stream(runId, seq, signal)
  }

  async function* followLog(
    viewer: Viewer,
    stepId: Id,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogChunk, void> {
    await requireStep(viewer, stepId)
    let at = from
    let first = true
    while (!signal.aborted) {
      const chunk = await readStepLog(db, executor, stepId, at, maxChunkBytes)
      if (first || chunk.text !== '' || chunk.ended) yield chunk
      if (chunk.ended) return
      first = false
      at = chunk.to
      if (chunk.text === '') await sleep(followMs, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    byId,
    async list(viewer, { first, after, projectId, state }) {
      let query = db
        .selectFrom('run')
        .innerJoin('project', 'project.id', 'run.project_id')
        .selectAll('run')
      if (viewer.role !== 'administrator') query = query.where('project.created_by', '=', viewer.id)
      if (projectId !== null) query = query.where('run.project_id', '=', projectId)
      if (state !== null) query = query.where('run.state', '=', state)
      if (after !== null) query = query.where('run.id', '<', after)
      const rows = await query
        .orderBy('run.id', 'desc')
        .limit(first + 1)
        .execute()
      return slice(rows.map(rowToRun), first)
    },
    async steps(viewer, runId, { first, after }) {
      await require(viewer, runId)
      const steps = await stepsOfRun(db, runId)
      const start = after === null ? 0 : steps.findIndex((step) => step.id === after) + 1
      return slice(steps.slice(start, start + first + 1), first)
    },
    stepById,
    async attempts(viewer, stepId, { first, after }) {
      await requireStep(viewer, stepId)
      let query = db.selectFrom('attempt').selectAll().where('step_id', '=', stepId)
      if (after !== null) query = query.where('id', '>', after)
      const rows = await query
        .orderBy('id')
        .limit(first + 1)
        .execute()
      return slice(rows.map(rowToAttempt), first)
    },
    async attemptById(viewer, id): Promise<Attempt | null> {
      if (!isId(id)) return null
      const row = await db.selectFrom('attempt').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined || (await byId(viewer, row.run_id)) === null) return null
      return rowToAttempt(row)
    },
    async progress(viewer, runId) {
      await require(viewer, runId)
      return progressOfRun(await stepsOfRun(db, runId), deps.now())
    },
    async metrics(viewer, runId, keys, maxPoints) {
      await require(viewer, runId)
      return metricSeries(db, runId, keys, Math.max(2, Math.min(maxPoints, 10_000)))
    },
    async params(viewer, runId) {
      await require(viewer, runId)
      return paramsOfRun(db, runId)
    },
    async files(viewer, runId) {
      await require(viewer, runId)
      return filesOfRun(db, runId)
    },
    fileUrl: ({ path, sha256 }) => deps.fileUrl(sha256, path.slice(path.lastIndexOf('/') + 1)),
    async modelVersionId(viewer, runId) {
      await require(viewer, runId)
      const row = await db
        .selectFrom('model_version')
        .select('id')
        .where('run_id', '=', runId)
        .executeTakeFirst()
      return row?.id ?? null
    },
    cursor: (run) => encodeRunCursor(run.id, run.seq),
    async log(viewer, stepId, from, max) {
      await requireStep(viewer, stepId)
      return readStepLog(db, executor, stepId, from, max)
    },
    cancel,
    events: (viewer, runId, after, signal) =>
      abortable((leaving) => events(viewer, runId, after, leaving), signal),
    followLog: (viewer, stepId, from, signal) =>
      abortable((leaving) => followLog(viewer, stepId, from, leaving), signal),
  }
}
