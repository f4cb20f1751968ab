import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { Db } from '#server/db/pool.ts'
import { Holdings } from '#server/queue/holdings.ts'
import { takenNow, type Taken } from '#server/queue/queue-store.ts'
import type { Slot } from '#server/run/slots.ts'
import { makeRun } from '#test/engine/make-run.ts'
import { describeOnBoth } from '#test/harness/database.ts'

const slotOf = (device: number): Slot => ({ cores: 1, memoryBytes: 0, devices: [device] })

const plain = (taken: readonly Taken[]) =>
  taken
    .map(({ runId, reserved, open }) => ({
      runId,
      reserved,
      open: [...open].sort(([a], [b]) => a.localeCompare(b)),
    }))
    .sort((a, b) => a.runId.localeCompare(b.runId))

async function startRun(db: Db, slot: Slot): Promise<string> {
  const { id } = await makeRun(db)
  await db
    .updateTable('run')
    .set({ reservation: JSON.stringify(slot) })
    .where('id', '=', id)
    .execute()
  return id
}

async function startAttempt(db: Db, runId: string, slot: Slot): Promise<string> {
  const [step, id] = [newId(), newId()]
  await db
    .insertInto('step')
    .values({
      id: step,
      run_id: runId,
      name: id,
      type: 'custom',
      ordinal: 1,
      depends_on: [],
      state: 'RUNNING',
    })
    .execute()
  await db
    .insertInto('attempt')
    .values({
      id,
      step_id: step,
      run_id: runId,
      ordinal: 1,
      state: 'STARTED',
      executor: 'test',
      fence: 1,
      handle: JSON.stringify(slot),
      device_count: 1,
      cores: 1,
      spot: false,
    })
    .execute()
  return id
}

describeOnBoth('SC-01 what is held, kept in memory', (open) => {
  it('is what the database has after whatever was given, taken back, forgotten or failed', async () => {
    const { db } = await open()
    const holdings = new Holdings(db)
    const runs: string[] = []
    const attempts: { run: string; id: string }[] = []
    let device = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.constantFrom('run', 'attempt', 'end', 'finish', 'fail', 'forget'), fc.nat()),
          {
            maxLength: 12,
          },
        ),
        async (steps) => {
          for (const [what, pick] of steps) {
            const run = runs[pick % Math.max(1, runs.length)]
            const slot = slotOf(device++)
            // Somebody reads all the while.
            const reading = holdings.read()
            if (what === 'run') {
              const id = await startRun(db, slot)
              holdings.giveRun(id, slot)
              holdings.committed(id)
              runs.push(id)
            } else if (what === 'attempt' && run !== undefined) {
              const id = await startAttempt(db, run, slot)
              holdings.giveAttempt(run, id, slot)
              holdings.committed(id)
              attempts.push({ run, id })
            } else if (what === 'end' && attempts.length > 0) {
              const [ended] = attempts.splice(pick % attempts.length, 1)
              await db
                .updateTable('attempt')
                .set({ state: 'FAILED' })
                .where('id', '=', ended!.id)
                .execute()
              holdings.attemptEnds(ended!.run, ended!.id)
            } else if (what === 'finish' && run !== undefined) {
              await db
                .updateTable('run')
                .set({ state: 'SUCCEEDED' })
                .where('id', '=', run)
                .execute()
              holdings.runEnds(run)
              runs.splice(runs.indexOf(run), 1)
              for (const left of attempts.filter((it) => it.run === run))
                attempts.splice(attempts.indexOf(left), 1)
            } else if (what === 'fail') {
              // Given and counted, then not committed.
              const id = newId()
              holdings.giveRun(id, slot)
              expect((await holdings.read()).some(({ runId }) => runId === id)).toBe(true)
              holdings.forget()
              expect((await holdings.read()).some(({ runId }) => runId === id)).toBe(true)
              holdings.failed(id)
            } else if (what === 'forget') holdings.forget()
            await reading
          }
          expect(plain(await holdings.read())).toEqual(plain(await takenNow(db)))
        },
      ),
      { numRuns: 25 },
    )
  })
})
