import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { RunEventBatch } from '#schema/domain/run.ts'
import type { Db } from '#server/db/pool.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { makeRun } from '#test/engine/make-run.ts'
import { appendRunEvent, appendRunEvents } from './log.ts'
import { createOutbox, decodeRunCursor, encodeRunCursor } from './outbox.ts'

async function tell(db: Db, runId: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await db
      .transaction()
      .execute((trx) => appendRunEvent(trx, runId, { kind: 'PROGRESS', message: String(index) }))
  }
}

async function end(db: Db, runId: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable('run').set({ state: 'SUCCEEDED' }).where('id', '=', runId).execute()
    await appendRunEvent(trx, runId, { kind: 'RUN_STATE', runState: 'SUCCEEDED' })
  })
}

async function seqs(stream: AsyncIterable<RunEventBatch>): Promise<number[]> {
  const all: number[] = []
  for await (const batch of stream) all.push(...batch.events.map((event) => event.seq))
  return all
}

const upTo = (last: number, after = 0): number[] =>
  Array.from({ length: last - after }, (_, index) => after + index + 1)

describeOnBoth('P5 live events of a run', (open) => {
  it('gives every subscriber the whole history once and in order, whenever it joins', async () => {
    const database = await open()
    const { db } = database
    await using outbox = createOutbox({ database })
    const { id } = await makeRun(db)
    const joined: Promise<number[]>[] = []
    for (let round = 0; round < 20; round += 1) {
      // After 0, behind half, and behind the newest: all while others are being written.
      const after = round % 3 === 0 ? 0 : Math.floor((round * 10) / (round % 3))
      joined.push(seqs(outbox.stream(id, after)).then((got) => [after, ...got]))
      // One that resumes from the middle with the cursor that it was given.
      joined.push(
        (async () => {
          const got: number[] = []
          let cursor = 0
          for (let life = 0; life < 100; life += 1) {
            for await (const batch of outbox.stream(id, cursor)) {
              got.push(...batch.events.map((event) => event.seq))
              cursor = decodeRunCursor(id, batch.cursor)
              if (batch.ended) return [0, ...got]
              if (life < 5) break
            }
          }
          return got
        })(),
      )
      await Promise.all([tell(db, id, 6), tell(db, id, 4)])
    }
    await end(db, id)
    for (const [after, ...got] of await Promise.all(joined)) expect(got).toEqual(upTo(201, after))
  })

  it('keeps the order within each run when a transaction tells of several', async () => {
    const database = await open()
    const { db } = database
    await using outbox = createOutbox({ database })
    const runs = [await makeRun(db), await makeRun(db), await makeRun(db)]
    await tell(db, runs[1]!.id, 2)
    const streams = runs.map(({ id }) => outbox.stream(id, 0))
    await db.transaction().execute((trx) =>
      appendRunEvents(
        trx,
        Array.from({ length: 9 }, (_, index) => ({
          runId: runs[index % 3]!.id,
          event: { kind: 'PROGRESS' as const, message: `of nine ${index}` },
          alsoQueue: false,
        })),
      ),
    )
    await Promise.all(runs.map(({ id }) => end(db, id)))
    for (const [index, stream] of streams.entries()) {
      const messages: unknown[] = []
      const numbers: number[] = []
      for await (const batch of stream)
        for (const event of batch.events) {
          numbers.push(event.seq)
          if (event.message?.startsWith('of nine')) messages.push(event.message)
        }
      expect(messages).toEqual([0, 3, 6].map((of) => `of nine ${of + index}`))
      expect(numbers).toEqual(upTo(index === 1 ? 6 : 4))
    }
    await expect(
      db
        .transaction()
        .execute((trx) =>
          appendRunEvents(trx, [{ runId: newId(), event: { kind: 'PROGRESS' }, alsoQueue: false }]),
        ),
    ).rejects.toThrow('no such run')
  })

  it('finds what no notice told within the poll', async () => {
    const database = await open()
    await using outbox = createOutbox({ database, pollMs: 100 })
    const { id } = await makeRun(database.db)
    const got = seqs(outbox.stream(id, 0))
    await new Promise((done) => setTimeout(done, 300))
    await sql`update run set seq = 1, state = 'FAILED' where id = ${id}`.execute(database.db)
    await sql`insert into run_event (run_id, seq, kind, body) values (${id}, 1, 'RUN_STATE', '{"runState": "FAILED"}')`.execute(
      database.db,
    )
    expect(await got).toEqual([1])
  })

  it('ends a subscriber that does not take its events, and serves it again from its cursor', async () => {
    const database = await open()
    const { db } = database
    await using outbox = createOutbox({ database, bufferSize: 20 })
    const { id } = await makeRun(db)
    await tell(db, id, 1)
    const slow = outbox.stream(id, 0)[Symbol.asyncIterator]()
    await slow.next()
    const live = slow.next()
    await tell(db, id, 1)
    const first = await live
    await tell(db, id, 60)
    await new Promise((done) => setTimeout(done, 200))
    await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_CONSUMER' })
    await end(db, id)
    const cursor = decodeRunCursor(id, (first.value as RunEventBatch).cursor)
    expect(await seqs(outbox.stream(id, cursor))).toEqual(upTo(63, cursor))
  })

  it('backfills more than its buffer holds, while more is coming', async () => {
    const database = await open()
    const { db } = database
    await using outbox = createOutbox({ database, bufferSize: 10 })
    const { id } = await makeRun(db)
    await tell(db, id, 100)
    const writing = tell(db, id, 30)
    const got: number[] = []
    for await (const batch of outbox.stream(id, 0)) {
      got.push(...batch.events.map((event) => event.seq))
      if (got.length === 100) await writing
      if (got.length >= 100 && got.length < 130) continue
      break
    }
    expect(got.slice(0, 100)).toEqual(upTo(100))
  })

  it('refuses nonsense and cursors whose events are gone', async () => {
    const database = await open()
    const { db } = database
    await using outbox = createOutbox({ database })
    const { id } = await makeRun(db)
    await tell(db, id, 5)
    for (const bad of [
      '',
      'x',
      '%%%',
      encodeRunCursor(newId(), 1),
      encodeRunCursor(id, 1).slice(3),
      `${id}:-1`,
    ]) {
      expect(() => decodeRunCursor(id, bad)).toThrow(/cursor in "after"/)
    }
    await expect(seqs(outbox.stream(id, 99))).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(seqs(outbox.stream(newId(), 0))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await db.deleteFrom('run_event').where('run_id', '=', id).where('seq', '<', 4).execute()
    await expect(seqs(outbox.stream(id, 1))).rejects.toMatchObject({ code: 'CURSOR_TOO_OLD' })
    await end(db, id)
    expect(await seqs(outbox.stream(id, 3))).toEqual([4, 5, 6])
    expect(await seqs(outbox.stream(id, 6))).toEqual([])
  })

  it('lets go when the subscriber goes', async () => {
    const database = await open()
    await using outbox = createOutbox({ database })
    const { id } = await makeRun(database.db)
    const leaving = new AbortController()
    const got = seqs(outbox.stream(id, 0, leaving.signal))
    setTimeout(() => leaving.abort(), 100)
    expect(await got).toEqual([])
  })
})
