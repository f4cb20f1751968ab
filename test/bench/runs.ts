import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openDataFolder } from '#server/db/data-folder.ts'
import { openDatabase } from '#server/db/pool.ts'
import { fakeComponent, fakeSpec, makeFakeComponents } from '#test/engine/fake-components.ts'
import { makeEngine, makeProject, makeViewer, python, storeSpec } from '#test/engine/make-engine.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'
import { report, type Measure } from './report.ts'
import { runToEnd } from './run-to-end.ts'

const count = 20
const execute = promisify(execFile)

/** Runs of one step that does nothing, from the first submission to the last end. */
async function throughEngine(kind: 'pglite' | 'postgres', root: string): Promise<number> {
  await using test = await makeTestDatabase(kind)
  await using database = await openDatabase(test.config)
  await using dataFolder = await openDataFolder(join(root, kind))
  await using engine = makeEngine(database, dataFolder, await makeFakeComponents(root))
  const viewer = await makeViewer(database.db)
  const projectId = await makeProject(database.db, viewer)
  const stop = new AbortController()
  const working = engine.start(stop.signal)
  try {
    const specs: string[] = []
    for (let salt = 0; salt < count; salt += 1) {
      const outputs = [{ name: 'dataset', type: 'dataset' }] as const
      // Each with a salt of its own: nothing comes from the cache.
      const step = fakeComponent(1, 'step', 'data_loader', { outputs }, { ticks: 0, salt })
      specs.push(await storeSpec(database.db, viewer, projectId, fakeSpec([step], [])))
    }
    const begun = performance.now()
    await Promise.all(specs.map((specId) => runToEnd(engine, viewer, specId)))
    return (count * 1_000) / (performance.now() - begun)
  } finally {
    stop.abort()
    await working
  }
}

/** The same process without an engine, as many at once as there are cores. */
async function bare(root: string): Promise<number> {
  const main = join(await makeFakeComponents(root), 'fake', 'main.py')
  const begun = performance.now()
  let next = 0
  const work = async () => {
    while (next < count) {
      next += 1
      const folder = join(root, `bare-${next}`)
      const env = {
        ...process.env,
        AUTODIDACT_IN: join(folder, 'in'),
        AUTODIDACT_OUT: join(folder, 'out'),
        AUTODIDACT_RUN: 'run',
        AUTODIDACT_STEP: 'step',
        AUTODIDACT_ATTEMPT: '1',
      }
      await mkdir(env.AUTODIDACT_IN, { recursive: true })
      const params = { ticks: 0, salt: next, outputs: ['dataset'] }
      await writeFile(join(env.AUTODIDACT_IN, 'params.json'), JSON.stringify(params))
      await execute(python, [main], { env, cwd: folder })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return (count * 1_000) / (performance.now() - begun)
}

/** One-step runs a second, each in a process of its own under its supervisor. */
export async function runs(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'autodidact-bench-'))
  try {
    const baseline = await bare(root)
    const measures: Measure[] = []
    for (const kind of databaseKinds) {
      const value = await throughEngine(kind, root)
      const name = `one-step runs, local executor, ${kind}`
      measures.push({ name, value, unit: 'runs/s', goal: null, baseline, holds: null })
    }
    report('runs', measures)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
