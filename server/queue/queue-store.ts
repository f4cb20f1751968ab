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
export function waitingRuns(db: Db | Trx) {
  return db
    .selectFrom('run')
    .where('run.state', '=', 'WAITING')
    .orderBy('run.priority', 'desc')
    .orderBy('run.rank')
    .orderBy('run.fair_tag')
    .orderBy('run.id')
}

/**
 * What stands behind a key, as the two stretches of the index that hold it, in their order: the rest of its own
 * priority, then all lower ones. One condition for both makes the database read everything of its priority.
 */
export function stretchesBehind(key: QueueKey) {
  return [
    sql<boolean>`run.priority = ${key.priority} and (run.rank, run.fair_tag, run.id) > ${place(key)}`,
    sql<boolean>`run.priority < ${key.priority}`,
  ] as const
}

function place(key: QueueKey) {
  return sql`(${key.rank}::float8, ${key.fair_tag}::float8, ${key.id}::uuid)`
}

/** How many of everybody's wait before it. Two stretches of the index, for the same reason. */
export async function aheadOf(db: Db | Trx, key: QueueKey): Promise<number> {
  const { rows } = await sql<{ ahead: number }>`select ((select count(*) from run
      where state = 'WAITING' and priority > ${key.priority})
    + (select count(*) from run where state = 'WAITING' and priority = ${key.priority}
      and (rank, fair_tag, id) < ${place(key)}))::int as ahead`.execute(db)
  return rows[0]!.ahead
}

/** How many places each key stands behind the one before it in the list; the first has no figure. */
export async function gapsBetween(db: Db | Trx, keys: readonly QueueKey[]): Promise<number[]> {
  if (keys.length < 2) return []
  const pairs = keys.slice(1).map((key, index) => {
    const from = keys[index]!
    const [a, b] = [place(from), place(key)]
    const gap =
      from.priority === key.priority
        ? sql`(select count(*) from run where state = 'WAITING' and priority = ${key.priority}
            and (rank, fair_tag, id) >= ${a} and (rank, fair_tag, id) < ${b})`
        : sql`(select count(*) from run where state = 'WAITING' and priority = ${from.priority}
            and (rank, fair_tag, id) >= ${a})
          + (select count(*) from run where state = 'WAITING' and priority < ${from.priority} and priority > ${key.priority})
          + (select count(*) from run where state = 'WAITING' and priority = ${key.priority}
            and (rank, fair_tag, id) < ${b})`
    return sql`select cast(${index} as int) as at, (${gap})::int as gap`
  })
  const { rows } = await sql<{
    gap: number
  }>`${sql.join(pairs, sql` union all `)} order by at`.execute(db)
  return rows.map((row) => row.gap)
}

/** What is taken: of each active run what it was given, and what its attempts use beyond that. */
export interface Taken {
  readonly runId: Id
  readonly reserved: Slot
  readonly attempts: readonly Slot[]
  /** The same by attempt. */
  readonly open: ReadonlyMap<Id, Slot>
  readonly startedAt: Date | null
  readonly expectedSeconds: number | null
}

const none: Slot = { cores: 0, memoryBytes: 0, devices: [] }

export async function takenNow(db: Db | Trx): Promise<Taken[]> {
  // The states are written out, not bound: only so do they meet the partial indexes of what is open.
  const { rows } = await sql<{
    id: Id
    reservation: Slot | null
    started_at: Date | null
    expected_seconds: number | null
    handles: Readonly<Record<Id, unknown>> | null
  }>`select run.id, run.reservation, run.started_at, run.expected_seconds, open.handles
    from run left join (
      select run_id, jsonb_object_agg(id, handle) as handles from attempt
      where state in ('PENDING', 'SUBMITTING', 'STARTED') and handle is not null group by run_id
    ) open on open.run_id = run.id
    where run.state in ('RUNNING', 'CANCELLING')`.execute(db)
  return rows.map((run) => {
    const open = new Map(
      Object.entries(run.handles ?? {}).map(([id, handle]) => [id, slotOf(handle)]),
    )
    return {
      runId: run.id,
      reserved: run.reservation ?? none,
      attempts: [...open.values()],
      open,
      startedAt: run.started_at,
      expectedSeconds: run.expected_seconds,
    }
  })
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
    : sql<boolean>`run.project_id = any(array(select id from project where created_by = ${viewer.id}))`
}
