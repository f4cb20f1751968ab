import { describe, expect, it } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describeOnBoth } from '#test/harness/database.ts'
import { openDataFolder } from './data-folder.ts'
import { holdsLease, releaseLease, takeLease } from './lease.ts'
import { decodeCursor, encodeCursor } from './keyset.ts'
import { migrate } from './migrate.ts'
import { notify } from './pool.ts'

describeOnBoth('P3 lease', (open) => {
  it('has one holder, and a fence that grows with each change of holder', async () => {
    const { db } = await open()
    const first = await takeLease(db, 'a', 'one')
    expect(await takeLease(db, 'a', 'one')).toBe(first)
    expect(await takeLease(db, 'a', 'two')).toBeNull()
    await releaseLease(db, 'a', 'one')
    const second = await takeLease(db, 'a', 'two')
    expect(second).toBe((first ?? 0) + 1)
    const [old, now] = await db
      .transaction()
      .execute(async (trx) => [
        await holdsLease(trx, 'a', first ?? 0),
        await holdsLease(trx, 'a', second ?? 0),
      ])
    expect([old, now]).toEqual([false, true])
  })

  it('passes to another when it is not renewed', async () => {
    const { db } = await open()
    const first = await takeLease(db, 'b', 'one')
    await sql`update lease set expires_at = now() - interval '1 millisecond' where name = 'b'`.execute(
      db,
    )
    expect(await takeLease(db, 'b', 'two')).toBe((first ?? 0) + 1)
  })
})

describeOnBoth('notices and migrations', (open) => {
  it('tells a notice when the transaction commits, and not when it rolls back', async () => {
    const database = await open()
    const heard: (string | null)[] = []
    const stop = await database.listen('run', (payload) => heard.push(payload))
    await database.db.transaction().execute((trx) => notify(trx, 'run', 'kept'))
    await database.db
      .transaction()
      .execute(async (trx) => {
        await notify(trx, 'run', 'lost')
        throw new Error('roll back')
      })
      .catch(() => undefined)
    await expect.poll(() => heard).toEqual(['kept'])
    await stop()
  })

  it('has nothing left to migrate on a migrated database', async () => {
    const { db } = await open()
    expect(await migrate(db)).toEqual([])
  })

  it('gives bigint as number, jsonb as value, halfvec with pgvector', async () => {
    const { db } = await open()
    const { rows } = await sql<{ n: unknown; j: unknown; d: number }>`
      select 9007199254740991::bigint as n, '{"a": [1]}'::jsonb as j, '[1,0]'::halfvec <=> '[0,1]'::halfvec as d`.execute(
      db,
    )
    expect(rows[0]).toEqual({ n: Number.MAX_SAFE_INTEGER, j: { a: [1] }, d: 1 })
  })
})

describe('keyset cursor', () => {
  it('reads what it wrote and refuses anything else by name', () => {
    const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
    expect(decodeCursor(encodeCursor(id))).toBe(id)
    for (const bad of ['', 'x', encodeCursor("' or 1=1"), '%%%']) {
      expect(() => decodeCursor(bad)).toThrow(/cursor in "after"/)
    }
  })
})

describe('data folder', () => {
  it('refuses a second opener with one sentence, and opens after kill -9 of its holder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autodidact-lock-'))
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { openDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'data-folder.ts'))}
       await openDataFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`,
      ],
      { cwd: join(import.meta.dirname, '../..') },
    )
    await new Promise((done) => holder.stdout.once('data', done))
    await expect(openDataFolder(folder)).rejects.toThrow(/already uses the data folder/)
    holder.kill('SIGKILL')
    await new Promise((done) => holder.once('exit', done))
    const opened = await openDataFolder(folder)
    await opened[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
})
