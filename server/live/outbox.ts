import { sql } from 'kysely'
import { DomainError } from '#schema/domain/errors.ts'
import type { RunEvent, RunEventBatch, RunEventBody, RunEventKind } from '#schema/domain/run.ts'
import { isFinal, runTransitions } from '#schema/domain/run-state.ts'
import type { Db, OpenDatabase } from '../db/pool.ts'

const pageSize = 500
/** Runs whose news are read by one statement. */
const runsAtOnce = 100
/** How many events may wait for a subscriber before it counts as too slow. */
const bufferSize = 2_000

export interface OutboxDeps {
  readonly database: OpenDatabase
  /** How often the table is read when no notice came: notices are hints (design 08). */
  readonly pollMs?: number
  readonly bufferSize?: number
}

/** Cursors are opaque to clients, and tell when they are used on another run. */
export function encodeRunCursor(runId: string, seq: number): string {
  return Buffer.from(`${runId}:${seq}`, 'latin1').toString('base64url')
}

/** @throws DomainError BAD_INPUT when it was not given out for this run */
export function decodeRunCursor(runId: string, cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const match = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(text)
  if (match === null || match[1] !== runId) {
    throw new DomainError(
      'BAD_INPUT',
      'The cursor in "after" is not one of this run: leave it away to start at the beginning.',
    )
  }
  return Number(match[2])
}

async function readEvents(
  db: Db,
  runId: string,
  after: number,
  limit: number,
): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('run_event')
    .selectAll()
    .where('run_id', '=', runId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(eventOf)
}

/** The events of several runs, each behind its own number; at most a page of each. */
async function readNews(
  db: Db,
  after: readonly { readonly id: string; readonly seq: number }[],
): Promise<ReadonlyMap<string, readonly RunEvent[]>> {
  const { rows } = await sql<{ run_id: string; seq: number; kind: string; body: object; at: Date }>`
    select event.run_id, event.seq, event.kind, event.body, event.at
    from unnest(${after.map(({ id }) => id)}::uuid[], ${after.map(({ seq }) => seq)}::bigint[]) as asked (run_id, seq)
    cross join lateral (
      select * from run_event where run_id = asked.run_id and seq > asked.seq order by seq limit ${pageSize}
    ) event order by event.run_id, event.seq`.execute(db)
  const news = new Map<string, RunEvent[]>()
  for (const row of rows) {
    const events = news.get(row.run_id) ?? []
    news.set(row.run_id, events)
    events.push(eventOf(row))
  }
  return news
}

function eventOf(row: { seq: number; kind: string; body: unknown; at: Date }): RunEvent {
  return {
    ...(row.body as Omit<RunEventBody, 'kind'>),
    kind: row.kind as RunEventKind,
    seq: Number(row.seq),
    at: row.at,
  }
}

async function hasEnded(db: Db, runId: string, seq: number): Promise<boolean> {
  const run = await db
    .selectFrom('run')
    .select(['state', 'seq'])
    .where('id', '=', runId)
    .executeTakeFirst()
  return run === undefined || (isFinal(runTransitions, run.state) && Number(run.seq) <= seq)
}

/** One subscriber's share of a tail: events wait here until it takes them. */
class Waiting {
  events: RunEvent[] = []
  overflowed = false
  #wake: (() => void) | null = null
  readonly #bound: number

  constructor(bound: number) {
    this.#bound = bound
  }

  push(events: readonly RunEvent[]): void {
    if (this.overflowed) return
    if (this.events.length + events.length > this.#bound) {
      this.overflowed = true
      this.events = []
    } else this.events.push(...events)
    this.wake()
  }

  wake(): void {
    this.#wake?.()
    this.#wake = null
  }

  take(): RunEvent[] {
    const events = this.events
    this.events = []
    return events
  }

  wait(): Promise<void> {
    return new Promise((done) => {
      this.#wake = done
    })
  }
}

/** One run's followers, and how far its events have been read for them. */
interface Tail {
  readonly subscribers: Set<Waiting>
  seq: number
}

/** Reads the news of all runs that somebody follows: one statement for those that were told of at the same time. */
class Tails {
  readonly #tails = new Map<string, Tail>()
  readonly #db: Db
  #asked = new Set<string>()
  #reading = false

  constructor(db: Db) {
    this.#db = db
  }

  get size(): number {
    return this.#tails.size
  }

  join(runId: string, seq: number, buffer: Waiting): void {
    const tail = this.#tails.get(runId) ?? { subscribers: new Set(), seq }
    this.#tails.set(runId, tail)
    tail.subscribers.add(buffer)
  }

  leave(runId: string, buffer: Waiting): void {
    const tail = this.#tails.get(runId)
    tail?.subscribers.delete(buffer)
    if (tail?.subscribers.size === 0) this.#tails.delete(runId)
  }

  wakeAll(): void {
    for (const { subscribers } of this.#tails.values()) for (const it of subscribers) it.wake()
  }

  /** Reads the run's news, or everybody's (null); what is asked meanwhile is read next. */
  poke(runId: string | null): void {
    if (runId === null) for (const id of this.#tails.keys()) this.#asked.add(id)
    else if (this.#tails.has(runId)) this.#asked.add(runId)
    if (this.#asked.size > 0 && !this.#reading) void this.#read()
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      while (this.#asked.size > 0) {
        const asked = [...this.#asked].slice(0, runsAtOnce)
        for (const id of asked) this.#asked.delete(id)
        const after = asked.flatMap((id) => {
          const tail = this.#tails.get(id)
          return tail === undefined ? [] : [{ id, seq: tail.seq }]
        })
        if (after.length > 0) await this.#readRuns(after)
      }
    } catch {
      // A database that is away for a moment: the poll comes back to it.
    } finally {
      this.#reading = false
    }
  }

  async #readRuns(after: readonly { id: string; seq: number }[]): Promise<void> {
    const read = await readNews(this.#db, after)
    for (const { id } of after) {
      const tail = this.#tails.get(id)
      if (tail === undefined) continue
      // Somebody may have joined anew meanwhile, further on.
      const events = (read.get(id) ?? []).filter(({ seq }) => seq > tail.seq)
      tail.seq = events.at(-1)?.seq ?? tail.seq
      for (const subscriber of tail.subscribers) {
        if (events.length > 0) subscriber.push(events)
        else subscriber.wake()
      }
      if (events.length >= pageSize) this.#asked.add(id)
    }
  }
}

export interface Outbox extends AsyncDisposable {
  /**
   * A run's history from behind `after` (0: from its beginning): what is stored, then what comes, in order,
   * without a gap or a double; it ends with the run.
   *
   * @throws DomainError BAD_INPUT for a cursor ahead of the run, CURSOR_TOO_OLD when events behind it are gone,
   *   SLOW_CONSUMER when more events wait than the bound (take the last cursor and come again)
   */
  stream(runId: string, after: number, signal?: AbortSignal): AsyncGenerator<RunEventBatch, void>
}

export function createOutbox({
  database,
  pollMs = 3_000,
  bufferSize: bound = bufferSize,
}: OutboxDeps): Outbox {
  const { db } = database
  const tails = new Tails(db)
  let listening: Promise<() => Promise<void>> | null = null
  let poll: NodeJS.Timeout | null = null
  let disposed = false

  const hear = (runId: string | null): void => tails.poke(runId)

  async function join(runId: string, seq: number): Promise<Waiting> {
    listening ??= database.listen('run', hear)
    await listening
    poll ??= setInterval(() => hear(null), pollMs).unref()
    const buffer = new Waiting(bound)
    tails.join(runId, seq, buffer)
    return buffer
  }

  function leave(runId: string, buffer: Waiting): void {
    tails.leave(runId, buffer)
    if (tails.size === 0 && poll !== null) {
      clearInterval(poll)
      poll = null
    }
  }

  async function* stream(
    runId: string,
    after: number,
    signal?: AbortSignal,
  ): AsyncGenerator<RunEventBatch, void> {
    const run = await db.selectFrom('run').select('seq').where('id', '=', runId).executeTakeFirst()
    if (run === undefined) throw new DomainError('NOT_FOUND', 'There is no such run.')
    if (after > Number(run.seq)) {
      throw new DomainError(
        'BAD_INPUT',
        'The cursor in "after" lies ahead of this run: leave it away to start at the beginning.',
      )
    }
    // Joined before the stored events are read: what happens meanwhile waits in the buffer.
    const buffer = await join(runId, Number(run.seq))
    const aborted = (): void => buffer.wake()
    signal?.addEventListener('abort', aborted)
    let seq = after
    const batch = (events: RunEvent[], ended: boolean): RunEventBatch => {
      seq = events.at(-1)?.seq ?? seq
      return { events, cursor: encodeRunCursor(runId, seq), ended }
    }
    try {
      // Backfill. A buffer that overflows meanwhile is no fault of the subscriber: the table has it all.
      for (;;) {
        const events = await readEvents(db, runId, seq, pageSize)
        if (stopped()) return
        if (events[0] !== undefined && events[0].seq > seq + 1) {
          throw new DomainError(
            'CURSOR_TOO_OLD',
            'Events behind this cursor are no longer kept: read the run again and subscribe without "after".',
          )
        }
        if (events.length > 0) yield batch(events, false)
        if (events.length < pageSize && !buffer.overflowed) break
        buffer.take()
        buffer.overflowed = false
      }
      // Live. Whether the run has ended is asked when its last event or no event came.
      let ask = true
      for (;;) {
        if (stopped()) return
        const waiting = buffer.wait()
        if (buffer.overflowed) {
          throw new DomainError(
            'SLOW_CONSUMER',
            'More events came than were taken: subscribe again with the last cursor.',
          )
        }
        const events = buffer.take().filter((event) => event.seq > seq)
        if (events[0] !== undefined && events[0].seq > seq + 1) {
          const missing = await readEvents(db, runId, seq, events[0].seq - seq - 1)
          events.unshift(...missing.filter((event) => event.seq < events[0]!.seq))
        }
        if (events.length > 0) {
          yield batch(events, false)
          ask = events.some(
            ({ runState }) => runState !== undefined && isFinal(runTransitions, runState),
          )
          continue
        }
        if (ask && (await hasEnded(db, runId, seq))) {
          yield batch([], true)
          return
        }
        if (stopped() || buffer.events.length > 0 || buffer.overflowed) continue
        await waiting
        ask = true
      }
    } finally {
      signal?.removeEventListener('abort', aborted)
      leave(runId, buffer)
    }

    function stopped(): boolean {
      return disposed || signal?.aborted === true
    }
  }

  return {
    stream,
    async [Symbol.asyncDispose]() {
      disposed = true
      if (poll !== null) clearInterval(poll)
      tails.wakeAll()
      if (listening !== null) await (await listening)().catch(() => undefined)
    },
  }
}
