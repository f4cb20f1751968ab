import { DomainError, InvalidError, type Problem } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { priorityRank, type Request } from '#schema/domain/request.ts'
import type { Run } from '#schema/domain/run.ts'
import { dependencies, parseSpec, topologicalOrder, type Spec } from '#schema/domain/spec.ts'
import type { RequestsPort, RequestSubmission } from '#schema/ports/request.ts'
import { requireProject } from '../auth/access.ts'
import { notify, type Db, type OpenDatabase, type Trx } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'
import { appendRunEvent } from '../live/log.ts'
import { rowToRun } from '../run/run-store.ts'
import { isId, sees } from '../run/visible.ts'
import { nextFairTag, requestById, rowToRequest } from './request-store.ts'

export interface RequestsDeps {
  readonly database: OpenDatabase
  readonly executor: Executor
  newId(): Id
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id; action: string; subject: string; body: object },
  ): Promise<void>
}

interface StoredSpec {
  readonly id: Id
  readonly projectId: Id
  readonly hash: string
  readonly spec: Spec
}

async function specById(db: Db, viewer: Viewer, id: Id): Promise<StoredSpec> {
  const row = await db.selectFrom('spec').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new DomainError('NOT_FOUND', 'There is no such plan.')
  await requireProject(db, viewer, row.project_id)
  const { spec, problems } = parseSpec(row.body)
  if (spec === null || problems.length > 0) {
    throw new InvalidError('SPEC_INVALID', 'This plan has faults: mend them, then start.', problems)
  }
  return { id: row.id, projectId: row.project_id, hash: row.hash, spec }
}

/** What this executor cannot run, component by component. */
function refusals(spec: Spec, executor: Executor): Problem[] {
  return spec.components.flatMap((component, index) => {
    const message = executor.refuses(component)
    if (message === null) return []
    return [{ path: `components[${index}].image`, code: 'IMAGE_UNKNOWN', message }]
  })
}

/** The seed that the plan names for training, else one from the run's own id: a run always has one. */
function seedOf(spec: Spec, runId: Id): number {
  const said = spec.components.find((component) => component.type === 'trainer')?.params['seed']
  if (typeof said === 'number' && Number.isInteger(said) && said >= 0 && said < 2 ** 31) return said
  return Number.parseInt(runId.slice(-8), 16) % 2 ** 31
}

export function createRequests(deps: RequestsDeps): RequestsPort {
  const { db } = deps.database

  async function insert(
    trx: Trx,
    viewer: Viewer,
    id: Id,
    stored: StoredSpec,
    { priority, isTest }: RequestSubmission,
  ): Promise<Request> {
    const { spec, projectId } = stored
    const row = await trx
      .insertInto('request')
      .values({
        id,
        project_id: projectId,
        spec_id: stored.id,
        spec_hash: stored.hash,
        // Who must approve what comes with the thresholds (AP-05).
        state: 'APPROVED',
        priority,
        is_test: isTest,
        resources: JSON.stringify(
          Object.fromEntries(spec.components.map(({ name, resources }) => [name, resources])),
        ),
        created_by: viewer.id,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    const runId = deps.newId()
    await trx
      .insertInto('run')
      .values({
        id: runId,
        project_id: projectId,
        request_id: id,
        spec_id: stored.id,
        state: 'WAITING',
        priority: priorityRank[priority],
        fair_tag: await nextFairTag(trx, projectId),
        seed: seedOf(spec, runId),
        created_by: viewer.id,
        token_hash: null,
      })
      .execute()
    const waitsFor = dependencies(spec)
    const order = topologicalOrder(spec)
    for (const [ordinal, name] of order.entries()) {
      const component = spec.components.find((component) => component.name === name)!
      await trx
        .insertInto('step')
        .values({
          id: deps.newId(),
          run_id: runId,
          name,
          type: component.type,
          ordinal: ordinal + 1,
          depends_on: waitsFor.get(name) ?? [],
          state: 'PENDING',
        })
        .execute()
    }
    await appendRunEvent(trx, runId, { kind: 'RUN_STATE', runState: 'WAITING' })
    await deps.audit?.(trx, {
      viewer,
      projectId,
      action: 'requestSubmit',
      subject: id,
      body: { spec: stored.hash, priority, test: isTest },
    })
    await notify(trx, 'queue', '')
    return rowToRequest(row)
  }

  async function submit(viewer: Viewer, submission: RequestSubmission): Promise<Request> {
    const stored = await specById(db, viewer, submission.specId)
    const problems = refusals(stored.spec, deps.executor)
    if (problems.length > 0) {
      throw new InvalidError('SPEC_INVALID', problems[0]!.message, problems)
    }
    const id = submission.id ?? deps.newId()
    return db.transaction().execute(async (trx) => {
      const known = await requestById(trx, id)
      if (known !== null) {
        const same =
          known.specId === submission.specId &&
          known.priority === submission.priority &&
          known.isTest === submission.isTest &&
          known.createdBy === viewer.id
        if (same) return known
        throw new DomainError('ID_REUSED', 'This id already belongs to another request.')
      }
      return insert(trx, viewer, id, stored, submission)
    })
  }

  async function byId(viewer: Viewer, id: Id): Promise<Request | null> {
    const request = isId(id) ? await requestById(db, id) : null
    if (request === null || !(await sees(db, viewer, request.projectId))) return null
    return request
  }

  return {
    submit,
    byId,
    async runOf(viewer: Viewer, requestId: Id): Promise<Run | null> {
      const row = await db
        .selectFrom('run')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst()
      if (row === undefined || !(await sees(db, viewer, row.project_id))) return null
      return rowToRun(row)
    },
  }
}
