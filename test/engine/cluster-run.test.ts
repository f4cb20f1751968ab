import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import { openDataFolder } from '#server/db/data-folder.ts'
import type { Executor, Launch, Observation } from '#server/executor/executor.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { fakeComponent, fakeSpec } from './fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from './make-engine.ts'

/** A cluster of one node that pins images: its tags move whenever somebody looks. */
function makeCluster() {
  const launches: Launch[] = []
  const looks = new Map<string, number>()
  let build = 0
  const executor: Executor = {
    name: 'stand-in',
    pinsImages: true,
    usesEnvironment: false,
    capacity: () =>
      Promise.resolve({
        cores: 8,
        memoryBytes: 64e9,
        devices: [{ index: 0, name: 'NVIDIA A100', memoryBytes: 80 * 2 ** 30 }],
      }),
    refuses: () => null,
    digest: () => Promise.resolve(`sha256:${String((build += 1)).padStart(64, '0')}`),
    start: (launch) => Promise.resolve(void launches.push(launch)),
    observe(attemptId): Promise<Observation> {
      const launch = launches.find((it) => it.attemptId === attemptId)
      if (launch === undefined) return Promise.resolve({ state: 'absent' })
      const seen = (looks.get(attemptId) ?? 0) + 1
      looks.set(attemptId, seen)
      if (seen === 1) return Promise.resolve({ state: 'running', waitingFor: 'waiting for a node' })
      if (seen < 4) return Promise.resolve({ state: 'running', node: 'gpu-node-7' })
      const at = new Date()
      return Promise.resolve({
        state: 'ended',
        exit: {
          exitCode: 0,
          signal: null,
          reason: 'exited',
          detail: '',
          diskFull: false,
          startedAt: at,
          endedAt: at,
        },
      })
    },
    stop: () => Promise.resolve(),
    logs: () => Promise.resolve({ bytes: new Uint8Array(), size: 0 }),
    collect: () => Promise.resolve([]),
    release: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    recover: () => Promise.resolve(),
    watch: () => () => undefined,
  }
  return { executor, launches }
}

describeOnBoth('a run on a cluster', (open) => {
  it('P6 runs the image that the request showed, and says on which node and devices it is', async () => {
    const root = await mkdtemp(join(tmpdir(), 'autodidact-cluster-run-'))
    const database = await open()
    const dataFolder = await openDataFolder(join(root, 'data'))
    const { executor, launches } = makeCluster()
    const engine = makeEngine(database, dataFolder, root, { executor })
    const stop = new AbortController()
    const ended = engine.start(stop.signal)
    try {
      const viewer = await makeViewer(database.db)
      const project = await makeProject(database.db, viewer)
      const step = fakeComponent(1, 'trainer', 'trainer', {}, {}, { resources: { gpuCount: 1 } })
      const specId = await storeSpec(database.db, viewer, project, fakeSpec([step], []))
      const request = await engine.requests.submit(viewer, { id: newId(), specId, isTest: false })
      const shown = request.images['trainer']
      expect(shown).toMatch(/^sha256:0+1$/)
      const run = (await engine.requests.runOf(viewer, request.id))!
      await expect
        .poll(async () => (await engine.runs.byId(viewer, run.id))?.state, { timeout: 30_000 })
        .toBe('SUCCEEDED')
      // The tag has moved on since; nobody asked it again.
      expect(launches.map((launch) => launch.digest)).toEqual([shown])
      const attempt = await database.db
        .selectFrom('attempt')
        .select(['id', 'node'])
        .where('run_id', '=', run.id)
        .executeTakeFirstOrThrow()
      expect(await engine.runs.attemptById(viewer, attempt.id)).toMatchObject({
        node: 'gpu-node-7',
        deviceType: 'NVIDIA A100',
        deviceCount: 1,
      })
      const { cache_fields: fields } = await database.db
        .selectFrom('step')
        .select('cache_fields')
        .where('run_id', '=', run.id)
        .executeTakeFirstOrThrow()
      expect(fields).toMatchObject({ image: shown })
    } finally {
      stop.abort()
      await ended
      await engine[Symbol.asyncDispose]()
      await dataFolder[Symbol.asyncDispose]()
      await rm(root, { recursive: true, force: true })
    }
  })
})
