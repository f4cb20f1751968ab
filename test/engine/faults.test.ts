import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Priority } from '#schema/domain/request.ts'
import type { Run } from '#schema/domain/run.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { openDataFolder, type DataFolder } from '#server/db/data-folder.ts'
import type { OpenDatabase } from '#server/db/pool.ts'
import type { ProcessIdentity } from '#server/executor/local/process-identity.ts'
import type { ComponentEnvironment } from '#server/job/environment.ts'
import type { Engine, EngineDeps } from '#server/run/engine.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { fakeComponent, fakeSpec, fourSteps, makeFakeComponents } from './fake-components.ts'
import {
  makeEngine,
  makeProject,
  makeViewer,
  python,
  readyEnvironment,
  storeSpec,
} from './make-engine.ts'

describeOnBoth('SC-08 the run engine under faults', (open) => {
  let root: string
  let dataFolder: DataFolder
  let database: OpenDatabase
  let componentsFolder: string
  let viewer: Viewer
  let projectId: string

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'autodidact-faults-'))
    dataFolder = await openDataFolder(join(root, 'data'))
    componentsFolder = await makeFakeComponents(root)
    database = await open()
    viewer = await makeViewer(database.db)
    projectId = await makeProject(database.db, viewer)
  })
  afterAll(async () => {
    await dataFolder[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })

  /** An engine that works while the callback does. */
  async function withEngine<T>(
    work: (engine: Engine) => Promise<T>,
    more: Partial<EngineDeps> = {},
  ): Promise<T> {
    await using engine = makeEngine(database, dataFolder, componentsFolder, more)
    const stop = new AbortController()
    const working = engine.start(stop.signal)
    try {
      return await work(engine)
    } finally {
      stop.abort()
      await working
    }
  }

  async function submit(engine: Engine, spec: Spec, priority: Priority = 'NORMAL'): Promise<Run> {
    const specId = await storeSpec(database.db, viewer, projectId, spec)
    const { id } = await engine.requests.submit(viewer, {
      id: newId(),
      specId,
      priority,
      isTest: false,
    })
    return (await engine.requests.runOf(viewer, id))!
  }

  async function untilEnd(engine: Engine, run: Run): Promise<Run> {
    for await (const batch of engine.runs.events(viewer, run.id, null)) if (batch.ended) break
    return (await engine.runs.byId(viewer, run.id))!
  }

  const stepsOf = async (engine: Engine, run: Run) =>
    (await engine.runs.steps(viewer, run.id, { first: 100, after: null })).nodes
  const attemptsOf = async (engine: Engine, stepId: string) =>
    (await engine.runs.attempts(viewer, stepId, { first: 100, after: null })).nodes

  let salt = 0
  const single = (name: string, params: object = {}, more: object = {}): Spec =>
    fakeSpec([fakeComponent(1, name, 'custom', {}, { ...params, salt: (salt += 1) }, more)], [])

  it('starts a step again from its checkpoint when its supervisor is killed', async () => {
    const run = await withEngine(async (engine) => {
      const run = await submit(
        engine,
        single('victim', { seconds: 3, show: ['AUTODIDACT_CHECKPOINT'] }),
      )
      await expect
        .poll(async () => (await stepsOf(engine, run))[0]?.progress, { timeout: 20_000 })
        .toBeGreaterThan(0)
      const [attempt] = await attemptsOf(engine, (await stepsOf(engine, run))[0]!.id)
      const claim = await readFile(dataFolder.path('attempts', attempt!.id, 'claim.json'), 'utf8')
      process.kill((JSON.parse(claim) as ProcessIdentity).pid, 'SIGKILL')
      const ended = await untilEnd(engine, run)
      const [step] = await stepsOf(engine, run)
      expect((await attemptsOf(engine, step!.id)).map(({ state }) => state)).toEqual([
        'LOST',
        'SUCCEEDED',
      ])
      const log = await engine.runs.log(viewer, step!.id, 0, 65_536)
      const rest = await engine.runs.log(viewer, step!.id, log.to, 65_536)
      const folder = /AUTODIDACT_CHECKPOINT = (\S+)/
      expect(folder.exec(rest.text)?.[1]).toBe(folder.exec(log.text)?.[1])
      expect(rest.attemptId).not.toBe(log.attemptId)
      expect([log.to, rest.to]).toEqual([rest.from, rest.size])
      return ended
    })
    expect(run.state).toBe('SUCCEEDED')
  })

  it('waits with a word while the environment is made, and fails with its reason when it cannot be', async () => {
    let state: 'ABSENT' | 'PREPARING' | 'READY' | 'FAILED' = 'ABSENT'
    const environment: ComponentEnvironment = {
      ...readyEnvironment(),
      state: () => ({ state, progress: 0.42, message: 'The disk is full; free some space.' }),
      python: () => (state === 'READY' ? python : null),
      prepare: () => {
        if (state === 'ABSENT') state = 'PREPARING'
        return Promise.resolve(state === 'READY')
      },
    }
    await withEngine(
      async (engine) => {
        const run = await submit(engine, single('patient'))
        await expect
          .poll(async () => (await stepsOf(engine, run))[0], { timeout: 10_000 })
          .toMatchObject({ state: 'PENDING', message: 'preparing environment (42 %)' })
        expect((await engine.runs.progress(viewer, run.id)).message).toBe(
          'preparing environment (42 %)',
        )
        state = 'READY'
        expect((await untilEnd(engine, run)).state).toBe('SUCCEEDED')
        state = 'FAILED'
        const failed = await untilEnd(engine, await submit(engine, single('hopeless')))
        expect(failed.failure).toMatchObject({
          code: 'ENVIRONMENT_UNAVAILABLE',
          cause: 'The disk is full; free some space.',
        })
        state = 'PREPARING'
        const cancelled = await submit(engine, single('impatient'))
        await expect
          .poll(async () => (await stepsOf(engine, cancelled))[0]?.message, { timeout: 10_000 })
          .toMatch(/preparing/)
        await engine.runs.cancel(viewer, cancelled.id)
        expect((await untilEnd(engine, cancelled)).state).toBe('CANCELLED')
      },
      { environment },
    )
  })

  it('P2 writes nothing while another one holds its lease, and goes on when it has it again', async () => {
    await withEngine(async (engine) => {
      const run = await submit(engine, single('fenced', { seconds: 1.5 }))
      await expect
        .poll(async () => (await stepsOf(engine, run))[0]?.state, { timeout: 10_000 })
        .toBe('RUNNING')
      await sql`update lease set holder = 'another', fence = fence + 1, expires_at = now() + interval '1 hour'
        where name = 'executor/local'`.execute(database.db)
      await new Promise((done) => setTimeout(done, 3_000))
      const before = (await engine.runs.byId(viewer, run.id))!
      await new Promise((done) => setTimeout(done, 1_000))
      expect((await engine.runs.byId(viewer, run.id))!.seq).toBe(before.seq)
      expect(before.state).toBe('RUNNING')
      await sql`update lease set expires_at = now() - interval '1 second' where name = 'executor/local'`.execute(
        database.db,
      )
      expect((await untilEnd(engine, run)).state).toBe('SUCCEEDED')
      const [step] = await stepsOf(engine, run)
      expect((await attemptsOf(engine, step!.id)).map(({ state }) => state)).toEqual(['SUCCEEDED'])
    })
  })

  it('QU-01 starts runs by priority and then in turn, one after the other when one fills the machine', async () => {
    const whole = { resources: { cpu: { written: 512, cores: 512 } } }
    const waiting: [string, Priority][] = [
      ['low', 'LOW'],
      ['first', 'NORMAL'],
      ['second', 'NORMAL'],
      ['high', 'HIGH'],
    ]
    await using idle = makeEngine(database, dataFolder, componentsFolder)
    const runs = new Map<string, Run>()
    for (const [name, priority] of waiting) {
      runs.set(name, await submit(idle, single(name, { seconds: 0.05 }, whole), priority))
    }
    await withEngine(async (engine) => {
      const ended = await Promise.all([...runs.values()].map((run) => untilEnd(engine, run)))
      const names = [...runs.keys()]
      const order = ended
        .map((run, index) => ({ name: names[index], run }))
        .sort((left, right) => left.run.startedAt!.getTime() - right.run.startedAt!.getTime())
      expect(order.map(({ name }) => name)).toEqual(['high', 'first', 'second', 'low'])
      for (const [index, { run }] of order.entries()) {
        const next = order[index + 1]?.run
        if (next !== undefined)
          expect(next.startedAt!.getTime()).toBeGreaterThanOrEqual(run.endedAt!.getTime())
      }
      expect(ended.map((run) => run.state)).toEqual(Array(4).fill('SUCCEEDED'))
    })
  })

  it('runs independent steps side by side, and skips only what hangs on a failed one', async () => {
    const port = [{ name: 'file', type: 'file' }]
    const half = { resources: { cpu: { written: '100m', cores: 0.1 } } }
    const spec = fakeSpec(
      [
        fakeComponent(1, 'left', 'custom', { outputs: port }, { seconds: 1.5, salt: 'l' }, half),
        fakeComponent(2, 'right', 'custom', { outputs: port }, { seconds: 1.5, salt: 'r' }, half),
        fakeComponent(3, 'bad', 'custom', { outputs: port }, { exit: 4 }, half),
        fakeComponent(4, 'join', 'custom', { inputs: port }, {}, half),
        fakeComponent(5, 'after-bad', 'custom', { inputs: port }, {}, half),
      ],
      [
        ['left', 'join'],
        ['right', 'join'],
        ['bad', 'after-bad'],
      ].slice(0) as [string, string][],
    )
    // Two edges into one input are not one: join takes left's file only; right orders it.
    const ordered = {
      ...spec,
      components: spec.components.map((component) =>
        component.name === 'right'
          ? { ...component, outputs: [], params: { ...component.params, outputs: [] } }
          : component,
      ),
    }
    await withEngine(async (engine) => {
      const run = await submit(engine, ordered)
      const ended = await untilEnd(engine, run)
      expect(ended).toMatchObject({ state: 'FAILED', failure: { code: 'STEP_FAILED' } })
      const steps = new Map((await stepsOf(engine, run)).map((step) => [step.name, step]))
      expect([...steps.values()].map((step) => [step.name, step.state]).sort()).toEqual([
        ['after-bad', 'SKIPPED'],
        ['bad', 'FAILED'],
        ['join', 'SUCCEEDED'],
        ['left', 'SUCCEEDED'],
        ['right', 'SUCCEEDED'],
      ])
      const [left, right] = [steps.get('left')!, steps.get('right')!]
      expect(right.startedAt!.getTime()).toBeLessThan(left.endedAt!.getTime())
    })
  })

  it('P10 goes on when its database connections are cut, again and again', async () => {
    if (database.kind === 'pglite') return
    await withEngine(
      async (engine) => {
        const run = await submit(engine, fourSteps({ seconds: 1, salt: 'cut' }))
        let cuts = 0
        for (let state = 'WAITING'; !['SUCCEEDED', 'FAILED'].includes(state);) {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`
            .execute(database.db)
            .then(() => (cuts += 1))
            .catch(() => undefined)
          await new Promise((done) => setTimeout(done, 500))
          const seen = await engine.runs.byId(viewer, run.id).catch(() => null)
          state = seen?.state ?? state
        }
        expect(cuts).toBeGreaterThan(4)
        const ended = await untilEnd(engine, run)
        expect(ended.state).toBe('SUCCEEDED')
        for (const step of await stepsOf(engine, run)) {
          expect((await attemptsOf(engine, step.id)).map(({ state }) => state)).toEqual([
            'SUCCEEDED',
          ])
        }
      },
      { log: () => undefined },
    )
  })

  it('fails what asks for devices that are not there by name, and does not hold up the queue', async () => {
    await withEngine(async (engine) => {
      const run = await submit(
        engine,
        single('greedy', {}, { resources: { gpuType: 'H9000', gpuCount: 3 } }),
      )
      expect((await untilEnd(engine, run)).failure).toMatchObject({
        code: 'RESOURCES_UNAVAILABLE',
        sentence: expect.stringContaining('"greedy" asks for 3 GPUs (H9000)') as string,
      })
      expect((await untilEnd(engine, await submit(engine, single('modest')))).state).toBe(
        'SUCCEEDED',
      )
    })
  })

  it('SC-05 gives the log in whole characters, piece by piece and as it grows', async () => {
    await withEngine(async (engine) => {
      const run = await submit(engine, single('talker', { seconds: 1.5, ticks: 10 }))
      await expect.poll(async () => (await stepsOf(engine, run)).length).toBe(1)
      const [step] = await stepsOf(engine, run)
      let followed = ''
      for await (const chunk of engine.runs.followLog(viewer, step!.id, 0)) followed += chunk.text
      await untilEnd(engine, run)
      let read = ''
      for (let at = 0; ;) {
        const chunk = await engine.runs.log(viewer, step!.id, at, 7)
        expect(chunk.from).toBe(at)
        read += chunk.text
        at = chunk.to
        if (chunk.ended) break
      }
      expect(read).toBe(followed)
      expect(read).toMatch(/tick 9 ✓ 고양이\nprogress: 1 done\n$/)
      expect(read).not.toContain('\ufffd')
      const tail = await engine.runs.log(viewer, step!.id, -20, 65_536)
      expect(read.endsWith(tail.text)).toBe(true)
      expect(tail.ended).toBe(true)
      const beyond = await engine.runs.log(viewer, step!.id, 10 ** 9, 100)
      expect(beyond).toMatchObject({ text: '', ended: true })
    })
  })

  it('lets go of a subscriber that leaves while nothing happens', { timeout: 10_000 }, async () => {
    await using idle = makeEngine(database, dataFolder, componentsFolder)
    const run = await submit(idle, single('quiet'))
    const events = idle.runs.events(viewer, run.id, null)[Symbol.asyncIterator]()
    await events.next()
    const waiting = events.next()
    await new Promise((done) => setTimeout(done, 100))
    expect(await events.return?.()).toMatchObject({ done: true })
    expect(await waiting).toMatchObject({ done: true })
    const [step] = await stepsOf(idle, run)
    const log = idle.runs.followLog(viewer, step!.id, 0)[Symbol.asyncIterator]()
    expect((await log.next()).value).toMatchObject({ text: '', ended: false })
    const next = log.next()
    expect(await log.return?.()).toMatchObject({ done: true })
    expect(await next).toMatchObject({ done: true })
    await idle.runs.cancel(viewer, run.id)
  })

  it('P8 shows a stranger nothing of a run', async () => {
    await withEngine(async (engine) => {
      const run = await submit(engine, single('private'))
      await untilEnd(engine, run)
      const [step] = await stepsOf(engine, run)
      const stranger = await makeViewer(database.db)
      expect(await engine.runs.byId(stranger, run.id)).toBeNull()
      expect(await engine.runs.stepById(stranger, step!.id)).toBeNull()
      expect(
        (await engine.runs.list(stranger, { first: 10, after: null, projectId: null, state: null }))
          .nodes,
      ).toEqual([])
      expect(
        (await engine.runs.list(stranger, { first: 10, after: null, projectId, state: null }))
          .nodes,
      ).toEqual([])
      await expect(engine.runs.cancel(stranger, run.id)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      await expect(engine.runs.log(stranger, step!.id, 0, 10)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      const events = engine.runs.events(stranger, run.id, null)[Symbol.asyncIterator]()
      await expect(events.next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
      const boss: Viewer = { ...stranger, role: 'administrator' }
      expect(await engine.runs.byId(boss, run.id)).not.toBeNull()
      expect(await engine.runs.byId(viewer, 'nonsense')).toBeNull()
    })
  })

  it('gives a step the token of its run, which dies with it', async () => {
    const answers: number[] = []
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await withEngine(
      async (engine) => {
        server.on('request', (request, response) => {
          void engine.handleMlflow(request, response).then(() => answers.push(response.statusCode))
        })
        const show = ['MLFLOW_RUN_ID', 'MLFLOW_TRACKING_TOKEN', 'MLFLOW_TRACKING_URI']
        const spec = single('tracked', { show, seconds: 2 })
        const run = await submit(engine, spec)
        await expect
          .poll(async () => (await stepsOf(engine, run))[0]?.progress, { timeout: 20_000 })
          .toBeGreaterThan(0)
        const [step] = await stepsOf(engine, run)
        const { text } = await engine.runs.log(viewer, step!.id, 0, 65_536)
        const shown: Record<string, string> = Object.fromEntries(
          [...text.matchAll(/^(MLFLOW_\w+) = (.*)$/gm)].map((m): [string, string] => [
            m[1]!,
            m[2]!,
          ]),
        )
        expect(shown).toMatchObject({ MLFLOW_RUN_ID: run.id, MLFLOW_TRACKING_URI: address })
        const log = () =>
          fetch(`${address}/api/2.0/mlflow/runs/log-metric`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              authorization: `Bearer ${shown['MLFLOW_TRACKING_TOKEN']}`,
            },
            body: JSON.stringify({
              run_id: run.id,
              key: 'loss',
              value: 0.5,
              timestamp: Date.now(),
              step: 1,
            }),
          })
        expect((await log()).status).toBe(200)
        await untilEnd(engine, run)
        expect((await log()).status).toBe(403)
        // What it logged belongs to a run that takes its results from the cache, too.
        const again = await submit(engine, spec)
        await untilEnd(engine, again)
        expect((await stepsOf(engine, again))[0]).toMatchObject({ state: 'CACHED', progress: 1 })
        const copied = await engine.runs.metrics(viewer, again.id, null, 100)
        expect(copied).toMatchObject([{ key: 'loss', points: [{ value: 0.5 }] }])
        expect(await engine.runs.metrics(viewer, run.id, null, 100)).toMatchObject([
          { key: 'loss', points: [{ value: 0.5 }] },
        ])
        const { rows } = await sql<{
          all: string
        }>`select row_to_json(run)::text as all from run where id = ${run.id}`.execute(database.db)
        expect(rows[0]?.all).not.toContain(shown['MLFLOW_TRACKING_TOKEN'])
      },
      { publicUrl: () => address },
    )
    await new Promise((done) => server.close(done))
    expect(answers).toEqual([200, 403])
  })
})
