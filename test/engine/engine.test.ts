import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Run, RunEvent } from '#schema/domain/run.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { openDataFolder, type DataFolder } from '#server/db/data-folder.ts'
import type { OpenDatabase } from '#server/db/pool.ts'
import type { Engine } from '#server/run/engine.ts'
import { artifactsOfRun } from '#server/run/run-store.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { fakeComponent, fakeSpec, fourSteps, makeFakeComponents } from './fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from './make-engine.ts'

describeOnBoth('SC-03 the run engine with real processes', (open) => {
  let root: string
  let dataFolder: DataFolder
  let database: OpenDatabase
  let engine: Engine
  let viewer: Viewer
  let projectId: string
  let ended: Promise<void>
  const stop = new AbortController()
  const succeeded: string[] = []

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'autodidact-engine-'))
    dataFolder = await openDataFolder(join(root, 'data'))
    database = await open()
    engine = makeEngine(database, dataFolder, await makeFakeComponents(root), {
      onRunSucceeded: (_trx, run) => {
        succeeded.push(run.id)
        return Promise.resolve(null)
      },
    })
    viewer = await makeViewer(database.db)
    projectId = await makeProject(database.db, viewer)
    ended = engine.start(stop.signal)
  })

  afterAll(async () => {
    stop.abort()
    await ended
    await engine[Symbol.asyncDispose]()
    await dataFolder[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })

  async function submit(spec: Spec): Promise<Run> {
    const specId = await storeSpec(database.db, viewer, projectId, spec)
    const request = await engine.requests.submit(viewer, {
      id: newId(),
      specId,
      priority: 'NORMAL',
      isTest: false,
    })
    return (await engine.requests.runOf(viewer, request.id))!
  }

  async function untilEnd(run: Run): Promise<{ run: Run; events: RunEvent[] }> {
    const events: RunEvent[] = []
    for await (const batch of engine.runs.events(viewer, run.id, null)) {
      events.push(...batch.events)
      if (batch.ended) break
    }
    return { run: (await engine.runs.byId(viewer, run.id))!, events }
  }

  async function stepsOf(run: Run) {
    const { nodes } = await engine.runs.steps(viewer, run.id, { first: 100, after: null })
    return nodes
  }

  it('runs four steps to the end, with events in order and each output stored by content', async () => {
    const { run, events } = await untilEnd(await submit(fourSteps({ seconds: 1.2 })))
    expect(run.state).toBe('SUCCEEDED')
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
    expect(
      events.filter((event) => event.kind === 'RUN_STATE').map((event) => event.runState),
    ).toEqual(['WAITING', 'RUNNING', 'SUCCEEDED'])
    expect(events.at(-1)?.runState).toBe('SUCCEEDED')
    expect(events.some((event) => event.kind === 'PROGRESS')).toBe(true)
    expect(succeeded).toContain(run.id)
    const artifacts = await artifactsOfRun(database.db, run.id)
    expect(artifacts.map((artifact) => `${artifact.stepName}.${artifact.name}`).sort()).toEqual([
      'data-loader.dataset',
      'evaluator.metrics',
      'evaluator.samples',
      'preprocessor.dataset',
      'trainer.model',
    ])
    const samples = artifacts.find((artifact) => artifact.name === 'samples')!
    expect(samples.files.map((file) => file.path)).toEqual(['deep/what.json'])
    const { sha256 } = samples.files[0]!
    const blob = dataFolder.path('blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
    const what = JSON.parse(await readFile(blob, 'utf8')) as {
      saw: Record<string, Record<string, string>>
    }
    expect(Object.keys(what.saw)).toEqual(['dataset', 'model'])
    expect(JSON.parse(what.saw['dataset']!['deep/what.json']!)).toMatchObject({
      step: 'preprocessor',
    })
    const [first] = await stepsOf(run)
    const log = await engine.runs.log(viewer, first!.id, 0, 65536)
    expect(log.text).toContain('고양이')
    expect(log).toMatchObject({ from: 0, to: log.size, ended: true })
  })

  it('SC-07 takes the results of an equal step, and names what differs when it is not equal', async () => {
    const again = await untilEnd(await submit(fourSteps({ seconds: 1.2 })))
    expect(again.run.state).toBe('SUCCEEDED')
    expect((await stepsOf(again.run)).map((step) => step.state)).toEqual(Array(4).fill('CACHED'))
    expect((await artifactsOfRun(database.db, again.run.id)).length).toBe(5)
    const spec = fourSteps({ seconds: 1.2 })
    const other = {
      ...spec,
      components: spec.components.map((component) =>
        component.name === 'trainer'
          ? { ...component, params: { ...component.params, salt: 7 } }
          : component,
      ),
    }
    const changed = await untilEnd(await submit(other))
    const steps = await stepsOf(changed.run)
    expect(steps.map((step) => step.state)).toEqual(['CACHED', 'CACHED', 'SUCCEEDED', 'SUCCEEDED'])
    expect(steps[2]?.cacheNote).toMatch(/setting "salt" changed from absent to 7/)
    expect(steps[3]?.cacheNote).toMatch(/input "model" changed/)
  })

  it('SC-08 tries a failing step again as often as the spec says, then fails with the reason', async () => {
    const out = { outputs: [{ name: 'file', type: 'file' }] }
    const once = fakeSpec(
      [fakeComponent(1, 'flaky', 'custom', out, { fail_attempts: 1 }, { retries: 1 })],
      [],
    )
    const good = await untilEnd(await submit(once))
    expect(good.run.state).toBe('SUCCEEDED')
    const [step] = await stepsOf(good.run)
    const attempts = await engine.runs.attempts(viewer, step!.id, { first: 10, after: null })
    expect(attempts.nodes.map((attempt) => [attempt.state, attempt.exitCode])).toEqual([
      ['FAILED', 3],
      ['SUCCEEDED', 0],
    ])
    const never = fakeSpec(
      [
        fakeComponent(1, 'broken', 'custom', out, { fail_attempts: 9 }),
        fakeComponent(2, 'after', 'custom', { inputs: [{ name: 'file', type: 'file' }] }),
      ],
      [['broken', 'after']],
    )
    const bad = await untilEnd(await submit(never))
    expect(bad.run.state).toBe('FAILED')
    expect(bad.run.failure).toMatchObject({ code: 'STEP_FAILED' })
    expect(bad.run.failure?.cause).toContain('the test asked for this failure')
    expect((await stepsOf(bad.run)).map((step) => step.state)).toEqual(['FAILED', 'SKIPPED'])
  })

  it('names a declared output that is missing, a time limit, and a killed process', async () => {
    const out = { outputs: [{ name: 'file', type: 'file' }] }
    const silent = fakeSpec(
      [{ ...fakeComponent(1, 'silent', 'custom', out), params: { outputs: [] } }],
      [],
    )
    const late = fakeSpec(
      [
        fakeComponent(
          1,
          'late',
          'custom',
          out,
          { seconds: 30 },
          { timeout: { written: 1, seconds: 1 } },
        ),
      ],
      [],
    )
    const shot = fakeSpec([fakeComponent(1, 'shot', 'custom', out, { kill: 9 })], [])
    const ends = await Promise.all(
      [silent, late, shot].map(async (spec) => untilEnd(await submit(spec))),
    )
    expect(ends.map((end) => end.run.failure?.code)).toEqual([
      'OUTPUT_MISSING',
      'TIME_LIMIT',
      'OUT_OF_MEMORY',
    ])
  })

  it('SC-09 cancels a waiting run at once and a running one with its process', async () => {
    const spec = fakeSpec([fakeComponent(1, 'long', 'custom', {}, { seconds: 60, salt: 1 })], [])
    const run = await submit(spec)
    await expect
      .poll(async () => (await stepsOf(run))[0]?.state, { timeout: 10_000 })
      .toBe('RUNNING')
    const cancelling = await engine.runs.cancel(viewer, run.id)
    expect(cancelling.state).toBe('CANCELLING')
    const end = await untilEnd(run)
    expect(end.run.state).toBe('CANCELLED')
    expect((await stepsOf(end.run)).map((step) => step.state)).toEqual(['CANCELLED'])
    const [step] = await stepsOf(run)
    const { nodes } = await engine.runs.attempts(viewer, step!.id, { first: 10, after: null })
    expect(nodes.map((attempt) => attempt.state)).toEqual(['CANCELLED'])
    expect((await engine.runs.cancel(viewer, run.id)).state).toBe('CANCELLED')
    const done = await untilEnd(await submit(fourSteps()))
    await expect(engine.runs.cancel(viewer, done.run.id)).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
    })
  })

  it('WR-04 submits once however often it is sent, and refuses images of others by name', async () => {
    const specId = await storeSpec(database.db, viewer, projectId, fourSteps())
    const submission = { id: newId(), specId, priority: 'LOW', isTest: false } as const
    const [one, two] = [
      await engine.requests.submit(viewer, submission),
      await engine.requests.submit(viewer, submission),
    ]
    expect(two).toEqual(one)
    await expect(
      engine.requests.submit(viewer, { ...submission, priority: 'HIGH' }),
    ).rejects.toMatchObject({ code: 'ID_REUSED' })
    const foreign = fakeSpec(
      [
        {
          ...fakeComponent(1, 'theirs', 'custom', {}),
          image: { registry: 'docker.io/evil', tag: '1' },
        },
      ],
      [],
    )
    const foreignId = await storeSpec(database.db, viewer, projectId, foreign)
    await expect(
      engine.requests.submit(viewer, { ...submission, id: null, specId: foreignId }),
    ).rejects.toMatchObject({ code: 'SPEC_INVALID', problems: [{ path: 'components[0].image' }] })
    const stranger = await makeViewer(database.db)
    await expect(
      engine.requests.submit(stranger, { ...submission, id: null }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await untilEnd((await engine.requests.runOf(viewer, one.id))!)
  })
})
