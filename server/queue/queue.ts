import { sql } from 'kysely'
import { DomainError, InvalidError, type Problem } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { QueueEntry, QueueNow, Quota, WaitReason } from '#schema/domain/queue.ts'
import { priorityOf, priorityRank, type Priority } from '#schema/domain/request.ts'
import type { QueuePort } from '#schema/ports/queue.ts'
import { slice } from '../db/keyset.ts'
import { notify, type OpenDatabase, type Trx } from '../db/pool.ts'
import type { Capacity, Executor } from '../executor/executor.ts'
import { abortable } from '../live/abortable.ts'
import { latestOf } from '../live/latest.ts'
import { capsOf } from '../request/request-store.ts'
import { readGate, readWaiting, type Gate, type Waiting } from '../run/dequeue.ts'
import { isId } from '../run/visible.ts'
import { matching, neverMet, place, readDemand, type Demand } from './demand.ts'
import {
  aheadOf,
  gapsBetween,
  queues,
  slotsOf,
  stretchesBehind,
  takenNow,
  visibleTo,
  waitingRuns,
  type QueueKey,
  type Taken,
} from './queue-store.ts'
import { gpusInUse, gpuSecondsUsed } from './quota-store.ts'
import { choose, expectStarts } from './schedule.ts'

export interface QueueDeps {
  readonly database: OpenDatabase
  readonly executor: Executor
  newId(): Id
  now(): Date
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id | null; action: string; subject: string; body: object },
  ): Promise<void>
}

/** How many of the first entries are simulated; what is behind them is told by their pace. */
const simulated = 100
/** What a run without an estimate is taken to last. */
const usualSeconds = 600
/** One picture of the queue serves all who ask within this time. */
const freshMs = 500
const heldStates = ['RUNNING', 'CANCELLING'] as const

/** The state of things that reasons and expected starts are told from. */
interface Picture {
  readonly at: number
  readonly capacity: Capacity
  readonly taken: readonly Taken[]
  readonly gate: Gate
  /** The beginning of the queue. */
  readonly front: readonly Waiting[]
  /** Who waits for resources and is protected from those behind it. */
  readonly head: Waiting | null
  readonly next: Id | null
  readonly starts: ReadonlyMap<Id, number>
  /** Seconds per place, behind what was simulated. */
  readonly pace: number
  readonly workerAway: boolean
}

interface Row extends QueueKey {
  readonly request_id: Id
  readonly project_id: Id
  readonly created_by: Id
  readonly gpus: number
  readonly demand: unknown
}

export function createQueue(deps: QueueDeps): QueuePort {
  const { db } = deps.database
  let latest: Promise<Picture> | null = null
  let latestAt = -Infinity

  async function takePicture(): Promise<Picture> {
    const capacity = await deps.executor.capacity()
    const [taken, gate, front] = [
      await takenNow(db),
      await readGate(db),
      await readWaiting(db, simulated),
    ]
    const open = front.filter((run) => gate.holds(run).length === 0)
    const slots = slotsOf(taken)
    const head =
      open.find(
        (run) =>
          neverMet(run.demand, capacity) === null && place(run.demand, capacity, slots) === null,
      ) ?? null
    const now = deps.now().getTime()
    const running = taken.flatMap((it) => {
      const since = it.startedAt === null ? 0 : (now - it.startedAt.getTime()) / 1000
      // Late already: a tenth of its time more.
      const whole = it.expectedSeconds ?? usualSeconds
      const endsIn = Math.max(whole - since, whole / 10)
      return slotsOf([it]).map((slot) => ({ slot, endsIn }))
    })
    const starts = expectStarts(
      open.map((run) => ({ ...run, seconds: run.expected_seconds ?? usualSeconds })),
      capacity,
      running,
    )
    const last = Math.max(0, ...starts.values())
    const { rows: lease } = await sql<{ alive: boolean }>`
      select exists (select 1 from lease where name like 'executor/%' and expires_at > now()) as alive`.execute(
      db,
    )
    return {
      at: now,
      capacity,
      taken,
      gate,
      front,
      head,
      next: choose(open, capacity, slots)?.candidate.id ?? null,
      starts,
      pace: starts.size === 0 ? usualSeconds : Math.max(last / starts.size, 1),
      workerAway: lease[0]?.alive !== true,
    }
  }

  function picture(): Promise<Picture> {
    const now = performance.now()
    if (latest === null || now - latestAt > freshMs) {
      latestAt = now
      latest = takePicture()
      latest.catch(() => {
        latest = null
      })
    }
    return latest
  }

  function reasonsOf(row: Row, position: number, seen: Picture): WaitReason[] {
    const reasons: WaitReason[] = []
    if (seen.workerAway) reasons.push({ code: 'NO_WORKER', params: {} })
    const held = seen.gate.holds(row)
    if (held.length > 0) return [...reasons, ...held]
    if (row.id === seen.next) return [...reasons, { code: 'NEXT', params: {} }]
    const demand = readDemand(row.demand)
    const slots = slotsOf(seen.taken)
    if (place(demand, seen.capacity, slots) === null)
      reasons.push(...lacking(demand, seen.capacity, seen.taken))
    else if (seen.head !== null && seen.head.id !== row.id)
      reasons.push({ code: 'HELD_FOR_HEAD', params: {} })
    if (position > 1) reasons.push({ code: 'BEHIND', params: { ahead: position - 1 } })
    return reasons.length > 0 ? reasons : [{ code: 'NEXT', params: {} }]
  }

  const entryColumns = [
    'run.id',
    'run.state',
    'run.priority',
    'run.rank',
    'run.fair_tag',
    'run.request_id',
    'run.project_id',
    'run.created_by',
    'run.gpus',
    'run.demand',
    'run.queue',
    'run.created_at',
    'run.started_at',
  ] as const

  /** The entries of these rows, which are in the queue's order when they wait. */
  async function entriesOf(
    ids: readonly Id[],
  ): Promise<Omit<QueueEntry, 'position' | 'expectedStart' | 'reasons'>[]> {
    if (ids.length === 0) return []
    const rows = await db
      .selectFrom('run')
      .innerJoin('request', 'request.id', 'run.request_id')
      .innerJoin('spec', 'spec.id', 'run.spec_id')
      .innerJoin('project', 'project.id', 'run.project_id')
      .innerJoin('person', 'person.id', 'run.created_by')
      .select([
        'request.id',
        'request.project_id',
        'request.caps',
        'request.is_test',
        'run.id as run_id',
        'run.state as run_state',
        'run.priority as run_priority',
        'run.queue as run_queue',
        'run.created_at as entered_at',
        'run.started_at',
        'spec.name as spec_name',
        'project.name as project_name',
        'person.name as person_name',
      ])
      .where('run.id', 'in', [...ids])
      .execute()
    const byId = new Map(rows.map((row) => [row.run_id, row]))
    return ids.flatMap((id) => {
      const row = byId.get(id)
      if (row === undefined) return []
      return [
        {
          runId: row.run_id,
          requestId: row.id,
          projectId: row.project_id,
          name: row.spec_name,
          projectName: row.project_name,
          who: row.person_name,
          state: row.run_state,
          queue: row.run_queue,
          priority: priorityOf(row.run_priority),
          isTest: row.is_test,
          resources: capsOf(row.caps),
          createdAt: row.entered_at,
          startedAt: row.started_at,
        },
      ]
    })
  }

  /** @param gapless they follow one another in the whole queue; `head`: the first is the queue's first */
  async function waitingEntries(
    rows: readonly Row[],
    { gapless = false, head = false }: { gapless?: boolean; head?: boolean } = {},
  ): Promise<QueueEntry[]> {
    if (rows.length === 0) return []
    const [seen, entries, places] = await Promise.all([
      picture(),
      entriesOf(rows.map((row) => row.id)),
      placesOf(rows, gapless, head),
    ])
    const rowOf = new Map(rows.map((row) => [row.id, row]))
    return entries.flatMap((entry) => {
      const row = rowOf.get(entry.runId)!
      const position = places.get(row.id)!
      const told = seen.starts.get(row.id)
      const held = seen.gate.holds(row).length > 0
      const seconds =
        told ??
        (held || seen.starts.size === 0 ? null : position > simulated ? position * seen.pace : null)
      return [
        {
          ...entry,
          position,
          expectedStart:
            seconds === null || seen.workerAway ? null : new Date(seen.at + seconds * 1000),
          reasons: reasonsOf(row, position, seen),
        },
      ]
    })
  }

  /** Places count everybody's runs; from row to row only what stands between them is counted. */
  async function placesOf(
    rows: readonly Row[],
    gapless: boolean,
    head: boolean,
  ): Promise<Map<Id, number>> {
    const [ahead, gaps] = await Promise.all([
      head && gapless ? 0 : aheadOf(db, rows[0]!),
      gapless ? [] : gapsBetween(db, rows),
    ])
    const places = new Map<Id, number>()
    let place = ahead + 1
    for (const [index, row] of rows.entries()) {
      if (index > 0) place += gapless ? 1 : gaps[index - 1]!
      places.set(row.id, place)
    }
    return places
  }

  async function readRows(
    viewer: Viewer,
    limit: number,
    after: QueueKey | null,
    queue: string | null,
  ): Promise<Row[]> {
    const rows: Row[] = []
    for (const stretch of after === null ? [sql<boolean>`true`] : stretchesBehind(after)) {
      if (rows.length >= limit) break
      let query = waitingRuns(db)
        .select([...entryColumns])
        .where(stretch)
        .limit(limit - rows.length)
      const visible = visibleTo(viewer)
      if (visible !== null) query = query.where(visible)
      if (queue !== null) query = query.where('run.queue', '=', queue)
      const more = await query.execute()
      // One whose priority was lowered meanwhile stands in both stretches.
      const read = new Set(rows.map((row) => row.id))
      rows.push(...more.filter((row) => !read.has(row.id)))
    }
    return rows
  }

  /** How many wait that the viewer may see. */
  async function countWaiting(viewer: Viewer): Promise<number> {
    const visible = visibleTo(viewer)
    let count = db
      .selectFrom('run')
      .select((eb) => eb.fn.countAll<number>().as('waiting'))
      .where('run.state', '=', 'WAITING')
    if (visible !== null) count = count.where(visible)
    return Number((await count.executeTakeFirstOrThrow()).waiting)
  }

  const countAll = coalesced((viewer: Viewer) => countWaiting(viewer))

  async function keyOf(from: Trx | typeof db, runId: Id): Promise<QueueKey | null> {
    const row = await from
      .selectFrom('run')
      .select(['id', 'priority', 'rank', 'fair_tag'])
      .where('id', '=', runId)
      .executeTakeFirst()
    return row ?? null
  }

  async function entry(viewer: Viewer, runId: Id): Promise<QueueEntry | null> {
    if (!isId(runId)) return null
    let query = db
      .selectFrom('run')
      .select([...entryColumns])
      .where('run.id', '=', runId)
    const visible = visibleTo(viewer)
    if (visible !== null) query = query.where(visible)
    const row = await query.executeTakeFirst()
    if (row === undefined) return null
    if (row.state === 'WAITING') return (await waitingEntries([row]))[0] ?? null
    const [found] = await entriesOf([runId])
    return found === undefined ? null : left(found)
  }

  function left(found: Omit<QueueEntry, 'position' | 'expectedStart' | 'reasons'>): QueueEntry {
    return { ...found, position: null, expectedStart: null, reasons: [] }
  }

  async function queueNow(viewer: Viewer, first: number): Promise<QueueNow> {
    const visible = visibleTo(viewer)
    let active = db
      .selectFrom('run')
      .select('run.id')
      .where('run.state', 'in', [...heldStates])
    if (visible !== null) active = active.where(visible)
    const running = await active.orderBy('run.started_at').orderBy('run.id').limit(100).execute()
    const rows = await readRows(viewer, first, null, null)
    return {
      // All administrators see the same: however many watch, it is counted once or twice for a change.
      waiting: await (visible === null ? countAll(viewer) : countWaiting(viewer)),
      running: (await entriesOf(running.map(({ id }) => id))).map(left),
      entries: await waitingEntries(rows, { gapless: visible === null, head: true }),
    }
  }

  async function* changes(
    viewer: Viewer,
    first: number,
    signal: AbortSignal,
  ): AsyncGenerator<QueueNow, void> {
    for await (const _ of latestOf(deps.database, 'queue', () => true, signal)) {
      if (signal.aborted) return
      yield await queueNow(viewer, first)
    }
  }

  /** A waiting run, locked; who dequeues it comes after. */
  async function lockWaiting(trx: Trx, runId: Id): Promise<Row & { readonly state: string }> {
    const row = isId(runId)
      ? await trx
          .selectFrom('run')
          .select([...entryColumns])
          .where('id', '=', runId)
          .forUpdate()
          .executeTakeFirst()
      : undefined
    if (row === undefined) throw new DomainError('NOT_FOUND', 'There is no such run.')
    if (row.state !== 'WAITING') {
      throw new DomainError(
        'ILLEGAL_STATE',
        `This run is ${row.state.toLowerCase()}: only waiting ones have a place in the queue.`,
        { state: row.state },
      )
    }
    return row
  }

  function requireAdministrator(viewer: Viewer): void {
    if (viewer.role !== 'administrator')
      throw new DomainError('FORBIDDEN', 'Only an administrator orders the queue.')
  }

  async function told(viewer: Viewer, runId: Id): Promise<QueueEntry> {
    latest = null
    const found = await entry(viewer, runId)
    if (found === null) throw new DomainError('NOT_FOUND', 'There is no such run.')
    return found
  }

  async function readQuotas(viewer: Viewer): Promise<Quota[]> {
    let query = db
      .selectFrom('quota')
      .leftJoin('project', 'project.id', 'quota.project_id')
      .leftJoin('person', 'person.id', 'quota.person_id')
      .leftJoin('fair_share', 'fair_share.project_id', 'quota.project_id')
      .select([
        'quota.id',
        'quota.project_id',
        'quota.person_id',
        'quota.gpus',
        'quota.gpu_hours',
        'project.name as project_name',
        'person.name as person_name',
        'fair_share.share',
      ])
    if (viewer.role !== 'administrator')
      query = query.where((eb) =>
        eb.or([eb('quota.person_id', '=', viewer.id), eb('project.created_by', '=', viewer.id)]),
      )
    const rows = await query.orderBy('quota.id').limit(500).execute()
    const used = await gpusInUse(db)
    const spent = await gpuSecondsUsed(db)
    return rows.map((row) => ({
      id: row.id,
      projectId: row.project_id,
      personId: row.person_id,
      name: row.project_name ?? row.person_name ?? '',
      gpus: row.gpus,
      gpuHours: row.gpu_hours,
      usedGpus:
        (row.project_id === null
          ? used.people.get(row.person_id!)
          : used.projects.get(row.project_id)) ?? 0,
      usedGpuHours:
        ((row.project_id === null
          ? spent.people.get(row.person_id!)
          : spent.projects.get(row.project_id)) ?? 0) / 3600,
      share: row.project_id === null ? null : (row.share ?? 1),
    }))
  }

  return {
    async list(viewer, { first, after, queue }) {
      const key = after === null ? null : await keyOf(db, after)
      const rows = await readRows(viewer, first + 1, key, queue)
      const page = slice(rows, first)
      const gapless = queue === null && visibleTo(viewer) === null
      return {
        ...page,
        nodes: await waitingEntries(page.nodes, { gapless, head: key === null }),
      }
    },
    changes: (viewer, first, signal) =>
      abortable((leaving) => changes(viewer, first, leaving), signal),
    entry,
    queues: () => queues(db),
    async setQueue(viewer, { name, defaultPriority, nodes }) {
      if (viewer.role !== 'administrator')
        throw new DomainError('FORBIDDEN', 'Only an administrator can change queues.')
      const problems: Problem[] = []
      const add = (path: string, message: string) =>
        problems.push({ path, code: 'BAD_INPUT', message })
      if (!/^[a-z0-9](?:[-a-z0-9]{0,38}[a-z0-9])?$/.test(name))
        add(
          'name',
          `The queue name "${name.slice(0, 60)}" must be 1 to 40 of a-z, 0-9 and "-", beginning and ending with a letter or digit.`,
        )
      const labels = Object.entries(nodes)
      if (labels.length > 20) add('nodes', 'A queue has at most 20 node labels.')
      for (const [label, value] of labels) {
        if (
          !/^(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(
            label,
          ) ||
          typeof value !== 'string' ||
          !/^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/.test(value)
        )
          add(
            `nodes.${label.slice(0, 60)}`,
            `"${label.slice(0, 60)}" is not a node label with a value.`,
          )
      }
      if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
      return db.transaction().execute(async (trx) => {
        const body = { default_priority: defaultPriority, nodes: JSON.stringify(nodes) }
        await trx
          .insertInto('queue')
          .values({ name, ...body })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(body))
          .execute()
        await deps.audit?.(trx, {
          viewer,
          projectId: null,
          action: 'queueSet',
          subject: name,
          body: { defaultPriority, nodes },
        })
        return { name, defaultPriority, nodes }
      })
    },
    async prioritise(viewer, runId, priority: Priority) {
      requireAdministrator(viewer)
      await db.transaction().execute(async (trx) => {
        const row = await lockWaiting(trx, runId)
        await trx
          .updateTable('run')
          .set({ priority: priorityRank[priority], rank: 0 })
          .where('id', '=', row.id)
          .execute()
        await deps.audit?.(trx, {
          viewer,
          projectId: row.project_id,
          action: 'queuePrioritise',
          subject: row.id,
          body: { from: priorityOf(row.priority), to: priority },
        })
        await notify(trx, 'queue', '')
      })
      return told(viewer, runId)
    },
    async move(viewer, runId, beforeRunId) {
      requireAdministrator(viewer)
      await db.transaction().execute(async (trx) => {
        // One at a time: two moves that shift the same entries would undo each other.
        await sql`select tag from fair_clock for update`.execute(trx)
        const row = await lockWaiting(trx, runId)
        if (beforeRunId === runId) return
        if (beforeRunId === null) {
          const { rows } = await sql<{
            rank: number
          }>`select coalesce(max(rank), 0) + 1 as rank from run
            where state = 'WAITING' and priority = ${row.priority} and id <> ${row.id}`.execute(trx)
          await trx
            .updateTable('run')
            .set({ rank: rows[0]!.rank })
            .where('id', '=', row.id)
            .execute()
        } else {
          const target = await lockWaiting(trx, beforeRunId)
          // Who stands before the target keeps standing there: they share one rank that is lower than its own.
          await sql`update run set rank = rank - 1 where state = 'WAITING' and priority = ${target.priority}
            and (rank, fair_tag, id) < (${target.rank}::float8, ${target.fair_tag}::float8, ${target.id}::uuid)
            and id <> ${row.id}`.execute(trx)
          await trx
            .updateTable('run')
            .set({ priority: target.priority, rank: target.rank - 0.5 })
            .where('id', '=', row.id)
            .execute()
        }
        await deps.audit?.(trx, {
          viewer,
          projectId: row.project_id,
          action: 'queueMove',
          subject: row.id,
          body: { before: beforeRunId },
        })
        await notify(trx, 'queue', '')
      })
      return told(viewer, runId)
    },
    quotas: readQuotas,
    async ownQuota(viewer) {
      const own = (await readQuotas(viewer)).find((quota) => quota.personId === viewer.id)
      if (own !== undefined) return own
      const [used, spent] = [await gpusInUse(db), await gpuSecondsUsed(db)]
      return {
        id: viewer.id,
        projectId: null,
        personId: viewer.id,
        name: viewer.name,
        gpus: null,
        gpuHours: null,
        usedGpus: used.people.get(viewer.id) ?? 0,
        usedGpuHours: (spent.people.get(viewer.id) ?? 0) / 3600,
        share: null,
      }
    },
    async setQuota(viewer, { projectId, personId, gpus, gpuHours, share }) {
      if (viewer.role !== 'administrator')
        throw new DomainError('FORBIDDEN', 'Only an administrator can set quotas.')
      const problems: Problem[] = []
      const add = (path: string, message: string) =>
        problems.push({ path, code: 'BAD_INPUT', message })
      if ((projectId === null) === (personId === null))
        add('project', 'A quota is for one project or one person: name exactly one.')
      if (gpus !== null && (!Number.isSafeInteger(gpus) || gpus < 0 || gpus > 1_000_000))
        add('gpus', `The GPUs at once must be a whole number from 0 to 1,000,000, not ${gpus}.`)
      if (gpuHours !== null && !(gpuHours >= 0 && gpuHours <= 1e9))
        add('gpuHours', `The GPU hours a month must be 0 to 10^9, not ${gpuHours}.`)
      if (share !== null && (projectId === null || !(share > 0 && share <= 1000)))
        add('share', 'Only a project has a share; it is more than 0 and at most 1000.')
      if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
      const id = await db.transaction().execute(async (trx) => {
        const owner =
          projectId !== null
            ? await trx
                .selectFrom('project')
                .select('id')
                .where('id', '=', projectId)
                .executeTakeFirst()
            : await trx
                .selectFrom('person')
                .select('id')
                .where('id', '=', personId!)
                .executeTakeFirst()
        if (owner === undefined)
          throw new DomainError(
            'NOT_FOUND',
            `There is no such ${projectId === null ? 'person' : 'project'}.`,
          )
        const column = projectId === null ? 'person_id' : 'project_id'
        const values = { gpus, gpu_hours: gpuHours, changed_at: sql<Date>`now()` }
        const row = await trx
          .insertInto('quota')
          .values({
            id: deps.newId(),
            project_id: projectId,
            person_id: personId,
            gpus,
            gpu_hours: gpuHours,
          })
          .onConflict((conflict) => conflict.column(column).doUpdateSet(values))
          .returning('id')
          .executeTakeFirstOrThrow()
        if (share !== null && projectId !== null)
          await trx
            .insertInto('fair_share')
            .values({ project_id: projectId, share })
            .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ share }))
            .execute()
        // Nothing is left of it: a list of limits names those who are limited.
        await sql`delete from quota where id = ${row.id} and gpus is null and gpu_hours is null
          and not exists (select 1 from fair_share where project_id = quota.project_id and share <> 1)`.execute(
          trx,
        )
        await deps.audit?.(trx, {
          viewer,
          projectId,
          action: 'quotaSet',
          subject: projectId ?? personId!,
          body: { gpus, gpuHours, share },
        })
        await notify(trx, 'queue', '')
        return row.id
      })
      return (
        (await readQuotas(viewer)).find((quota) => quota.id === id) ?? {
          ...{ id, projectId, personId, name: '', gpus, gpuHours, usedGpus: 0, usedGpuHours: 0 },
          share: projectId === null ? null : 1,
        }
      )
    },
  }
}

/** Calls that come while one is under way share the next one: what they get was read after they asked. */
function coalesced<Args extends unknown[], T>(
  read: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<T> | null = null
  return (...args) => {
    if (next !== null) return next
    next = current
      .catch(() => undefined)
      .then(() => {
        const now = read(...args)
        current = now
        next = null
        return now
      })
    return next
  }
}

/** What there is too little of, with figures. */
function lacking(demand: Demand, capacity: Capacity, taken: readonly Taken[]): WaitReason[] {
  const slots = slotsOf(taken)
  const busy = new Set(slots.flatMap((slot) => slot.devices))
  const reasons: WaitReason[] = []
  for (const ask of demand.devices) {
    const fit = matching(ask, capacity)
    const free = fit.filter((index) => !busy.has(index)).length
    if (free < ask.count)
      reasons.push({
        code: 'RESOURCES',
        params: {
          what: 'GPU',
          type: ask.type ?? '',
          memoryBytes: ask.memoryBytes ?? 0,
          asked: ask.count,
          free,
          total: fit.length,
        },
      })
  }
  const sum = (pick: (slot: (typeof slots)[number]) => number) =>
    slots.reduce((all, slot) => all + pick(slot), 0)
  const cores = Math.min(demand.cores, capacity.cores)
  const freeCores = capacity.cores - sum((slot) => slot.cores)
  if (cores > freeCores + 1e-9)
    reasons.push({
      code: 'RESOURCES',
      params: { what: 'CPU', asked: cores, free: Math.max(0, freeCores), total: capacity.cores },
    })
  const bytes = Math.min(demand.memoryBytes, capacity.memoryBytes)
  const freeBytes = capacity.memoryBytes - sum((slot) => slot.memoryBytes)
  if (bytes > freeBytes)
    reasons.push({
      code: 'RESOURCES',
      params: {
        what: 'MEMORY',
        asked: bytes,
        free: Math.max(0, freeBytes),
        total: capacity.memoryBytes,
      },
    })
  return reasons
}
