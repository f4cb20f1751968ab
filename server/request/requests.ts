import { sql } from 'kysely'
import type { CostQuote } from '#schema/domain/cost.ts'
import { DomainError, InvalidError, type Problem } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { defaultQueue } from '#schema/domain/queue.ts'
import {
  approvalSignature,
  capsOfSpec,
  checkCaps,
  gpusOf,
  overCaps,
  priorityRank,
  thresholdMarks,
  type Thresholds,
  type Request,
  type ResourceCaps,
} from '#schema/domain/request.ts'
import type { Run } from '#schema/domain/run.ts'
import { isFinal, move, requestTransitions, runTransitions } from '#schema/domain/run-state.ts'
import {
  dependencies,
  parseSpec,
  specHash,
  specToWire,
  topologicalOrder,
  type Spec,
} from '#schema/domain/spec.ts'
import type { SpecEstimate } from '#schema/domain/stored-spec.ts'
import type {
  CitedRun,
  Decision,
  LastApproved,
  RequestsPort,
  RequestSubmission,
} from '#schema/ports/request.ts'
import { requireProject } from '../auth/access.ts'
import { madeBefore, slice } from '../db/keyset.ts'
import { notify, type Db, type OpenDatabase, type Trx } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'
import { appendRunEvent } from '../live/log.ts'
import { demandOf } from '../queue/demand.ts'
import { takeFairTag } from '../queue/fair-share.ts'
import { queues } from '../queue/queue-store.ts'
import { admit } from '../queue/quota-store.ts'
import { rowToRun } from '../run/run-store.ts'
import { isId, sees } from '../run/visible.ts'
import { previewDevices } from './device-preview.ts'
import { createQuoter } from './quote.ts'
import { lockedRequest, readThresholds, requestById, rowToRequest } from './request-store.ts'
import { specChanges } from './spec-changes.ts'

export interface RequestsDeps {
  readonly database: OpenDatabase
  readonly executor: Executor
  newId(): Id
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id | null; action: string; subject: string; body: object },
  ): Promise<void>
}

interface LoadedSpec {
  readonly id: Id
  readonly projectId: Id
  readonly hash: string
  readonly spec: Spec
  readonly estimate: SpecEstimate | null
}

const longestText = 2_000
/** Of seven parameters each: a statement has at most 65,535. */
const stepsAtOnce = 1_000

/** The plan of a row, if it is one that can run and the very one that was stored. */
function readSpec(row: {
  id: Id
  project_id: Id
  hash: string
  body: string
  estimate: unknown
}): LoadedSpec {
  const { spec, problems } = parseSpec(row.body)
  if (spec === null || problems.length > 0) {
    throw new InvalidError('SPEC_INVALID', 'This plan has faults: mend them, then start.', problems)
  }
  const estimate = row.estimate as SpecEstimate | null
  return { id: row.id, projectId: row.project_id, hash: row.hash, spec, estimate }
}

async function specById(db: Db, viewer: Viewer, id: Id): Promise<LoadedSpec> {
  const row = await db.selectFrom('spec').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new DomainError('NOT_FOUND', 'There is no such plan.')
  await requireProject(db, viewer, row.project_id)
  return readSpec(row)
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

/** @throws DomainError BAD_INPUT when it is longer than 2,000 characters */
function textOf(text: string | undefined, what: string): string {
  const trimmed = (text ?? '').normalize('NFC').trim()
  if (trimmed.length > longestText) {
    throw new DomainError(
      'BAD_INPUT',
      `The ${what} has ${trimmed.length} characters: at most ${longestText} are kept.`,
    )
  }
  return trimmed
}

function requireAdministrator(viewer: Viewer): void {
  if (viewer.role !== 'administrator')
    throw new DomainError('FORBIDDEN', 'Only an administrator can do this.')
}

export function createRequests(deps: RequestsDeps): RequestsPort {
  const { db } = deps.database
  const { executor } = deps

  /** Caps as given, the rest pre-filled (WR-02). @throws InvalidError BAD_INPUT naming each fault */
  function readCaps(spec: Spec, given: Partial<ResourceCaps>): ResourceCaps {
    const said = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
    )
    const caps: ResourceCaps = { ...capsOfSpec(spec), ...said }
    const problems = checkCaps(caps)
    if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
    return caps
  }

  const quote = createQuoter(deps)
  const quoteFor = ({ spec, estimate }: LoadedSpec, caps: ResourceCaps): Promise<CostQuote> =>
    quote(spec, estimate, caps)

  /** The run of an approved request joins the queue. Quotas and budgets are held from here on. */
  async function joinQueue(trx: Trx, request: Request, loaded: LoadedSpec): Promise<Id> {
    const { spec, projectId } = loaded
    const { quote } = request
    const gpus = Math.max(0, ...spec.components.map(({ resources }) => gpusOf(resources)))
    const costBound = Object.fromEntries(
      (quote?.bound ?? []).map(({ currency, amount }) => [currency, amount]),
    )
    await admit(trx, {
      projectId,
      personId: request.createdBy,
      gpus,
      gpuHoursBound: quote?.gpuHoursBound ?? null,
      costBound,
    })
    const runId = deps.newId()
    await trx
      .insertInto('run')
      .values({
        id: runId,
        project_id: projectId,
        request_id: request.id,
        spec_id: loaded.id,
        state: 'WAITING',
        priority: priorityRank[request.priority],
        fair_tag: await takeFairTag(trx, projectId, 1 + (quote?.gpuHours?.likely ?? 0)),
        seed: seedOf(spec, runId),
        queue: request.queue,
        gpus,
        demand: JSON.stringify(demandOf(spec)),
        expected_seconds: quote?.seconds?.likely ?? null,
        gpu_seconds_bound:
          quote?.gpuHoursBound === null || quote === null ? null : quote.gpuHoursBound * 3600,
        cost_bound: JSON.stringify(costBound),
        created_by: request.createdBy,
        token_hash: null,
      })
      .execute()
    const waitsFor = dependencies(spec)
    const order = topologicalOrder(spec)
    const typeOf = new Map(spec.components.map(({ name, type }) => [name, type]))
    const steps = order.map((name, index) => ({
      id: deps.newId(),
      run_id: runId,
      name,
      type: typeOf.get(name)!,
      ordinal: index + 1,
      depends_on: waitsFor.get(name) ?? [],
      state: 'PENDING' as const,
    }))
    for (let from = 0; from < steps.length; from += stepsAtOnce)
      await trx
        .insertInto('step')
        .values(steps.slice(from, from + stepsAtOnce))
        .execute()
    await appendRunEvent(trx, runId, { kind: 'RUN_STATE', runState: 'WAITING' })
    await notify(trx, 'queue', '')
    return runId
  }

  /** A draft moves on: to whoever approves, or straight to the queue. */
  async function settle(
    trx: Trx,
    viewer: Viewer,
    draft: Request,
    loaded: LoadedSpec,
    thresholds: Thresholds,
  ) {
    const marks = thresholdMarks(loaded.spec, thresholds)
    const to = marks.length > 0 ? 'AWAITING_APPROVAL' : 'APPROVED'
    move(requestTransitions, 'request', draft.state, to)
    const row = await trx
      .updateTable('request')
      .set({
        state: to,
        marks: JSON.stringify(marks),
        ...(to === 'APPROVED' ? { decided_at: sql<Date>`now()` } : {}),
      })
      .where('id', '=', draft.id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const request = rowToRequest(row)
    if (to === 'APPROVED') await joinQueue(trx, request, loaded)
    await deps.audit?.(trx, {
      viewer,
      projectId: request.projectId,
      action: 'requestSubmit',
      subject: request.id,
      body: {
        spec: request.specHash,
        signature: request.signature,
        priority: request.priority,
        queue: request.queue,
        test: request.isTest,
        state: to,
      },
    })
    await notify(trx, 'request', request.id)
    return request
  }

  async function digestsOf(spec: Spec): Promise<Record<string, string>> {
    const digests = await Promise.all(
      spec.components.map(
        async (component) => [component.name, await executor.digest(component)] as const,
      ),
    )
    return Object.fromEntries(digests)
  }

  /** @throws DomainError BAD_INPUT, NOT_FOUND unless it is an ended test run of the project */
  async function requireTestRun(projectId: Id, runId: Id): Promise<void> {
    const row = isId(runId)
      ? await db
          .selectFrom('run')
          .innerJoin('request', 'request.id', 'run.request_id')
          .select(['run.state', 'request.is_test', 'run.project_id'])
          .where('run.id', '=', runId)
          .executeTakeFirst()
      : undefined
    if (row === undefined || row.project_id !== projectId)
      throw new DomainError('NOT_FOUND', 'There is no such test run in this project.')
    if (!row.is_test)
      throw new DomainError('BAD_INPUT', 'The cited run is no test run: cite one that is.')
    if (!isFinal(runTransitions, row.state))
      throw new DomainError(
        'BAD_INPUT',
        'The cited test run has not ended yet: cite it when it has.',
      )
  }

  async function submit(viewer: Viewer, submission: RequestSubmission): Promise<Request> {
    const loaded = await specById(db, viewer, submission.specId)
    const { spec, projectId } = loaded
    const problems = refusals(spec, executor)
    if (problems.length > 0) throw new InvalidError('SPEC_INVALID', problems[0]!.message, problems)
    const caps = readCaps(spec, submission.caps ?? {})
    const over = overCaps(spec, caps)
    if (over.length > 0) throw new InvalidError('BAD_INPUT', over[0]!.message, over)
    const note = textOf(submission.note, 'note')
    const queueName = submission.queue ?? defaultQueue
    const known = await queues(db)
    const queue = known.find(({ name }) => name === queueName)
    if (queue === undefined) {
      throw new DomainError(
        'BAD_INPUT',
        `There is no queue "${queueName.slice(0, 60)}": use ${known.map(({ name }) => name).join(', ')}.`,
      )
    }
    const priority = submission.priority ?? queue.defaultPriority
    const citedRunId = submission.citedRunId ?? null
    if (citedRunId !== null) await requireTestRun(projectId, citedRunId)
    const quote = await quoteFor(loaded, caps)
    const images = await digestsOf(spec)
    const devices = await previewDevices(executor, spec, queue.nodes)
    const signature = approvalSignature({
      specHash: specHash(spec),
      images,
      caps,
      costBound: quote.bound,
    })
    const id = submission.id ?? deps.newId()
    return db.transaction().execute(async (trx) => {
      const before = await lockedRequest(trx, id)
      if (before !== null) {
        const same =
          before.specId === submission.specId &&
          before.priority === priority &&
          before.isTest === submission.isTest &&
          before.queue === queueName &&
          before.citedRunId === citedRunId &&
          before.note === note &&
          JSON.stringify(before.caps) === JSON.stringify({ ...before.caps, ...caps }) &&
          before.createdBy === viewer.id
        if (same) return before
        throw new DomainError('ID_REUSED', 'This id already belongs to another request.')
      }
      const thresholds = await readThresholds(trx)
      const row = await trx
        .insertInto('request')
        .values({
          id,
          project_id: projectId,
          spec_id: loaded.id,
          spec_hash: specHash(spec),
          state: 'DRAFT',
          priority,
          is_test: submission.isTest,
          resources: JSON.stringify(
            Object.fromEntries(spec.components.map(({ name, resources }) => [name, resources])),
          ),
          queue: queueName,
          caps: JSON.stringify(caps),
          images: JSON.stringify(images),
          quote: JSON.stringify(quote),
          marks: JSON.stringify(thresholdMarks(spec, thresholds)),
          devices: devices === null ? null : JSON.stringify(devices),
          cited_run_id: citedRunId,
          note,
          signature,
          created_by: viewer.id,
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      const draft = rowToRequest(row)
      if (submission.draft !== true) return settle(trx, viewer, draft, loaded, thresholds)
      await deps.audit?.(trx, {
        viewer,
        projectId,
        action: 'requestDraft',
        subject: id,
        body: { spec: draft.specHash, signature },
      })
      await notify(trx, 'request', id)
      return draft
    })
  }

  /** The request and its plan, for whoever decides; null where the viewer may not see it. */
  async function requireRequest(trx: Trx, viewer: Viewer, id: Id): Promise<Request> {
    const request = isId(id) ? await lockedRequest(trx, id) : null
    const missing = new DomainError('NOT_FOUND', 'There is no such request.')
    if (request === null) throw missing
    if (viewer.role !== 'administrator') {
      const project = await trx
        .selectFrom('project')
        .select('created_by')
        .where('id', '=', request.projectId)
        .executeTakeFirst()
      if (project?.created_by !== viewer.id) throw missing
    }
    return request
  }

  async function loadedOf(trx: Trx, request: Request): Promise<LoadedSpec> {
    const row = await trx
      .selectFrom('spec')
      .selectAll()
      .where('id', '=', request.specId)
      .executeTakeFirstOrThrow()
    return readSpec(row)
  }

  /** What was signed when it was made must be what the approver saw, and what would run now (P6). */
  async function requireUnchanged(
    request: Request,
    loaded: LoadedSpec,
    images: Readonly<Record<string, string>>,
    seen: string,
  ): Promise<void> {
    const changed = (what: string) =>
      new DomainError(
        'CONFLICT',
        `${what} since this was submitted, so it cannot be approved any more: submit the plan again.`,
        { request: request.id },
      )
    if (seen !== request.signature) {
      throw new DomainError(
        'CONFLICT',
        'This is not the request that you looked at: read it again, then decide.',
        { seen, now: request.signature },
      )
    }
    if (specHash(loaded.spec) !== request.specHash) throw changed('The plan has changed')
    for (const component of loaded.spec.components) {
      if (images[component.name] !== request.images[component.name])
        throw changed(`The image of "${component.name}" has changed`)
    }
    const signature = approvalSignature({
      specHash: request.specHash,
      images,
      caps: request.caps,
      costBound: request.quote?.bound ?? [],
    })
    if (signature !== request.signature) throw changed('Its resources have changed')
    const over = overCaps(loaded.spec, request.caps)
    if (over.length > 0) throw new InvalidError('BAD_INPUT', over[0]!.message, over)
  }

  async function decide(
    viewer: Viewer,
    { requestId, signature, comment }: Decision,
    to: 'APPROVED' | 'REJECTED',
  ): Promise<Request> {
    requireAdministrator(viewer)
    const said = textOf(comment, 'comment')
    if (to === 'REJECTED' && said === '')
      throw new DomainError(
        'BAD_INPUT',
        'A rejection needs a comment: say what would have to change.',
      )
    // Digests are read before the row is locked: a registry may be slow.
    const before = isId(requestId) ? await requestById(db, requestId) : null
    const spec =
      before === null || to === 'REJECTED' || executor.pinsImages === true
        ? null
        : await db
            .selectFrom('spec')
            .select('body')
            .where('id', '=', before.specId)
            .executeTakeFirst()
    const parsed = spec === null || spec === undefined ? null : parseSpec(spec.body).spec
    const images = parsed === null ? null : await digestsOf(parsed)
    return db.transaction().execute(async (trx) => {
      const request = await requireRequest(trx, viewer, requestId)
      if (request.state !== 'AWAITING_APPROVAL') {
        // Asked twice by the same person, it is done.
        if (request.state === to && request.decidedBy === viewer.id) return request
        if (request.decidedBy !== null) {
          const who = await nameOf(trx, request.decidedBy)
          throw new DomainError(
            'ILLEGAL_STATE',
            `${who} has already ${request.state === 'APPROVED' ? 'approved' : 'rejected'} this request.`,
            { state: request.state, by: who },
          )
        }
        move(requestTransitions, 'request', request.state, to)
      }
      const loaded = await loadedOf(trx, request)
      if (to === 'APPROVED')
        await requireUnchanged(request, loaded, images ?? request.images, signature)
      else if (signature !== request.signature) {
        throw new DomainError(
          'CONFLICT',
          'This is not the request that you looked at: read it again, then decide.',
        )
      }
      const row = await trx
        .updateTable('request')
        .set({
          state: move(requestTransitions, 'request', request.state, to),
          decided_by: viewer.id,
          decided_at: sql<Date>`now()`,
          decision_comment: said,
        })
        .where('id', '=', request.id)
        .returningAll()
        .executeTakeFirstOrThrow()
      const decided = rowToRequest(row)
      if (to === 'APPROVED') await joinQueue(trx, decided, loaded)
      await deps.audit?.(trx, {
        viewer,
        projectId: decided.projectId,
        action: to === 'APPROVED' ? 'requestApprove' : 'requestReject',
        subject: decided.id,
        body: { signature: decided.signature, spec: decided.specHash, comment: said },
      })
      await notify(trx, 'request', decided.id)
      return decided
    })
  }

  async function nameOf(from: Db | Trx, personId: Id): Promise<string> {
    const row = await from
      .selectFrom('person')
      .select('name')
      .where('id', '=', personId)
      .executeTakeFirst()
    return row?.name ?? 'Somebody'
  }

  function cited(row: Parameters<typeof rowToRun>[0], hash: string, specHash: string): CitedRun {
    const run = rowToRun(row)
    return {
      run,
      sameSpec: hash === specHash,
      seconds:
        run.startedAt === null || run.endedAt === null
          ? null
          : (run.endedAt.getTime() - run.startedAt.getTime()) / 1000,
    }
  }

  async function byId(viewer: Viewer, id: Id): Promise<Request | null> {
    const request = isId(id) ? await requestById(db, id) : null
    if (request === null || !(await sees(db, viewer, request.projectId))) return null
    return request
  }

  return {
    submit,
    byId,
    async send(viewer, requestId) {
      return db.transaction().execute(async (trx) => {
        const request = await requireRequest(trx, viewer, requestId)
        if (request.createdBy !== viewer.id)
          throw new DomainError('FORBIDDEN', 'Only who made a draft can send it.')
        if (request.state !== 'DRAFT')
          throw new DomainError('ILLEGAL_STATE', 'This request has already been submitted.', {
            state: request.state,
          })
        return settle(trx, viewer, request, await loadedOf(trx, request), await readThresholds(trx))
      })
    },
    async withdraw(viewer, requestId) {
      return db.transaction().execute(async (trx) => {
        const request = await requireRequest(trx, viewer, requestId)
        if (request.createdBy !== viewer.id && viewer.role !== 'administrator')
          throw new DomainError('FORBIDDEN', 'Only who made a request can withdraw it.')
        if (request.state === 'WITHDRAWN') return request
        const row = await trx
          .updateTable('request')
          .set({ state: move(requestTransitions, 'request', request.state, 'WITHDRAWN') })
          .where('id', '=', request.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        await deps.audit?.(trx, {
          viewer,
          projectId: request.projectId,
          action: 'requestWithdraw',
          subject: request.id,
          body: {},
        })
        await notify(trx, 'request', request.id)
        return rowToRequest(row)
      })
    },
    approve: (viewer, decision) => decide(viewer, decision, 'APPROVED'),
    reject: (viewer, decision) => decide(viewer, decision, 'REJECTED'),
    async quote(viewer, specId, given) {
      const loaded = await specById(db, viewer, specId)
      const caps = readCaps(loaded.spec, given)
      const tests = await db
        .selectFrom('run')
        .innerJoin('request', 'request.id', 'run.request_id')
        .selectAll('run')
        .select('request.spec_hash')
        .where('run.project_id', '=', loaded.projectId)
        .where('request.is_test', '=', true)
        .where('run.state', 'in', ['SUCCEEDED', 'FAILED', 'CANCELLED'])
        .orderBy('run.id', 'desc')
        .limit(20)
        .execute()
      return {
        caps,
        marks: thresholdMarks(loaded.spec, await readThresholds(db)),
        quote: await quoteFor(loaded, caps),
        problems: [...refusals(loaded.spec, executor), ...overCaps(loaded.spec, caps)],
        testRuns: tests.map((row) => cited(row, row.spec_hash, loaded.hash)),
      }
    },
    async list(viewer, { first, after, state, projectId, mine }) {
      let query = db
        .selectFrom('request')
        .innerJoin('project', 'project.id', 'request.project_id')
        .selectAll('request')
      if (viewer.role !== 'administrator') query = query.where('project.created_by', '=', viewer.id)
      if (mine) query = query.where('request.created_by', '=', viewer.id)
      if (state !== null) query = query.where('request.state', '=', state)
      if (projectId !== null) query = query.where('request.project_id', '=', projectId)
      if (after !== null) query = query.where(madeBefore('request', after))
      const rows = await query
        .orderBy('request.created_at', 'desc')
        .orderBy('request.id', 'desc')
        .limit(first + 1)
        .execute()
      return slice(rows.map(rowToRequest), first)
    },
    async runOf(viewer: Viewer, requestId: Id): Promise<Run | null> {
      const row = await db
        .selectFrom('run')
        .selectAll()
        .where('request_id', '=', requestId)
        .executeTakeFirst()
      if (row === undefined || !(await sees(db, viewer, row.project_id))) return null
      return rowToRun(row)
    },
    personName: (_viewer, personId) => nameOf(db, personId),
    async citedRun(viewer, request) {
      if (request.citedRunId === null || !(await sees(db, viewer, request.projectId))) return null
      const row = await db
        .selectFrom('run')
        .innerJoin('request', 'request.id', 'run.request_id')
        .selectAll('run')
        .select('request.spec_hash')
        .where('run.id', '=', request.citedRunId)
        .executeTakeFirst()
      return row === undefined ? null : cited(row, row.spec_hash, request.specHash)
    },
    async lastApproved(viewer, request): Promise<LastApproved | null> {
      if (!(await sees(db, viewer, request.projectId))) return null
      const rows = await db
        .selectFrom('request')
        .innerJoin('spec', 'spec.id', 'request.spec_id')
        .select(['request.id', 'request.spec_id', 'request.decided_at', 'spec.body'])
        .where('request.project_id', '=', request.projectId)
        .where('request.state', '=', 'APPROVED')
        .where(madeBefore('request', request.id))
        .orderBy('request.created_at', 'desc')
        .orderBy('request.id', 'desc')
        .limit(1)
        .execute()
      const row = rows[0]
      const now = await db
        .selectFrom('spec')
        .select('body')
        .where('id', '=', request.specId)
        .executeTakeFirst()
      if (row === undefined || now === undefined) return null
      const [before, after] = [parseSpec(row.body).spec, parseSpec(now.body).spec]
      if (before === null || after === null) return null
      return {
        requestId: row.id,
        specId: row.spec_id,
        decidedAt: row.decided_at,
        changes: specChanges(specToWire(before), specToWire(after)),
      }
    },
    thresholds: () => readThresholds(db),
    async setThresholds(viewer, { gpuCount, memoryBytes }) {
      requireAdministrator(viewer)
      const problems: Problem[] = []
      if (!Number.isSafeInteger(gpuCount) || gpuCount < 1 || gpuCount > 1024)
        problems.push({
          path: 'gpuCount',
          code: 'BAD_INPUT',
          message: `The GPU threshold must be a whole number from 1 to 1024, not ${gpuCount}.`,
        })
      if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 1 || memoryBytes > 2 ** 50)
        problems.push({
          path: 'memory',
          code: 'BAD_INPUT',
          message: 'The memory threshold must be more than nothing and at most 1 PiB.',
        })
      if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
      return db.transaction().execute(async (trx) => {
        await trx
          .updateTable('approval_threshold')
          .set({
            gpu_count: gpuCount,
            memory_bytes: memoryBytes,
            changed_at: sql<Date>`now()`,
          })
          .execute()
        await deps.audit?.(trx, {
          viewer,
          projectId: null,
          action: 'approvalThresholdsSet',
          subject: 'thresholds',
          body: { gpuCount, memoryBytes },
        })
        return { gpuCount, memoryBytes }
      })
    },
  }
}
