import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Queue } from '#schema/domain/queue.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { Slot } from '../run/slots.ts'

/** Where a run stands in the queue: the one key by which it is listed and dequeued (P4). */
export interface QueueKey {
  readonly id: Id
  readonly priority: number
  readonly rank: number
  readonly fair_tag: number
}

/**
 * The waiting runs in their order: higher priority, then the administrator's rank, then the fair-share tag, then id.
 * The list and the dequeue both begin here, and the index `run_queue` has exactly this order.
 */
export function waitingRuns(db: Db | Trx, after: QueueKey | null = null) {
  const query = db
    .selectFrom('run')
    .where('run.state', '=', 'WAITING')
    .orderBy('run.priority', 'desc')
    .orderBy('run.rank')
    .orderBy('run.fair_tag')
    .orderBy('run.id')
  return after === null ? query : query.where(behind(after))
}

/** What stands behind a key. The first comparison alone bounds the index; the rest is exact. */
function behind(key: QueueKey) {
  return sql<boolean>`run.priority <= ${key.priority} and (run.priority < ${key.priority}
    or (run.rank, run.fair_tag, run.id) > (${key.rank}::float8, ${key.fair_tag}::float8, ${key.id}::uuid))`
}

/** How many wait before it; with `from`, how many places it stands behind that one. */
export async function aheadOf(
  db: Db | Trx,
  key: QueueKey,
  from: QueueKey | null = null,
): Promise<number> {
  const since =
    from === null
      ? sql`true`
      : sql`(priority < ${from.priority} or (priority = ${from.priority}
          and (rank, fair_tag, id) >= (${from.rank}::float8, ${from.fair_tag}::float8, ${from.id}::uuid)))`
  const { rows } = await sql<{ ahead: number }>`select count(*)::int as ahead from run
    where state = 'WAITING' and (priority > ${key.priority} or (priority = ${key.priority}
      and (rank, fair_tag, id) < (${key.rank}::float8, ${key.fair_tag}::float8, ${key.id}::uuid)))
      and ${since}`.execute(db)
  return rows[0]!.ahead
}

/** What is taken: of each active run what it was given, and what its attempts use beyond that. */
export interface Taken {
  readonly runId: Id
  readonly reserved: Slot
  readonly attempts: readonly Slot[]
  readonly startedAt: Date | null
  readonly expectedSeconds: number | null
}

const none: Slot = { cores: 0, memoryBytes: 0, devices: [] }

export async function takenNow(db: Db | Trx): Promise<Taken[]> {
  const runs = await db
    .selectFrom('run')
    .select(['id', 'reservation', 'started_at', 'expected_seconds'])
    .where('state', 'in', ['RUNNING', 'CANCELLING'])
    .execute()
  const attempts = await db
    .selectFrom('attempt')
    .select(['run_id', 'handle'])
    .where('state', 'in', ['PENDING', 'SUBMITTING', 'STARTED'])
    .where('handle', 'is not', null)
    .execute()
  const slots = new Map<Id, Slot[]>()
  for (const { run_id: id, handle } of attempts) {
    const slot = slotOf(handle)
    const before = slots.get(id)
    if (before === undefined) slots.set(id, [slot])
    else before.push(slot)
  }
  return runs.map((run) => ({
    runId: run.id,
    reserved: (run.reservation as Slot | null) ?? none,
    attempts: slots.get(run.id) ?? [],
    startedAt: run.started_at,
    expectedSeconds: run.expected_seconds,
  }))
}

function slotOf(handle: unknown): Slot {
  const slot = handle as Partial<Slot> | null
  return {
    cores: slot?.cores ?? 0,
    memoryBytes: slot?.memoryBytes ?? 0,
    devices: slot?.devices ?? [],
  }
}

/** What a run's attempts use beyond what it was given: branches that run side by side on what was free. */
export function beyond({ reserved, attempts }: Pick<Taken, 'reserved' | 'attempts'>): Slot {
  const sum = (pick: (slot: Slot) => number) => attempts.reduce((all, slot) => all + pick(slot), 0)
  const own = new Set(reserved.devices)
  return {
    cores: Math.max(0, sum((slot) => slot.cores) - reserved.cores),
    memoryBytes: Math.max(0, sum((slot) => slot.memoryBytes) - reserved.memoryBytes),
    devices: attempts.flatMap((slot) => slot.devices).filter((index) => !own.has(index)),
  }
}

function empty(slot: Slot): boolean {
  return slot.cores === 0 && slot.memoryBytes === 0 && slot.devices.length === 0
}

export function slotsOf(taken: readonly Taken[]): Slot[] {
  return taken.flatMap((it) => [it.reserved, beyond(it)]).filter((slot) => !empty(slot))
}

export async function queues(db: Db | Trx): Promise<Queue[]> {
  const rows = await db.selectFrom('queue').selectAll().orderBy('name').execute()
  return rows.map((row) => ({
    name: row.name,
    defaultPriority: row.default_priority,
    nodes: row.nodes as Record<string, string>,
  }))
}

/** The projects whose work a viewer may see; null: all. */
export function visibleTo(viewer: Viewer) {
  return viewer.role === 'administrator'
    ? null
    : sql<boolean>`exists (select 1 from project where project.id = run.project_id and project.created_by = ${viewer.id})`
}
