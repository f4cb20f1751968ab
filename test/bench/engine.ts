import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from '#server/db/data-folder.ts'
import { openDatabase } from '#server/db/pool.ts'
import { fakeComponent, fakeSpec } from '#test/engine/fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from '#test/engine/make-engine.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'
import { FakeKubernetes } from '#test/harness/fake-kubernetes.ts'
import { makeExecutor } from '#test/harness/kubernetes-scenario.ts'
import { percentile, report, type Measure } from './report.ts'
import { runToEnd } from './run-to-end.ts'

const count = 200

/** One-step runs on a cluster in this process: what the engine and its database take of the time. */
export async function engine(): Promise<void> {
  const measures: Measure[] = []
  for (const kind of databaseKinds) {
    const folder = await mkdtemp(join(tmpdir(), 'engine-bench-'))
    const cluster = new FakeKubernetes({ seed: 1, tickMs: 5 })
    try {
      await using test = await makeTestDatabase(kind)
      await using database = await openDatabase(
        test.config.kind === 'postgres' ? { ...test.config, poolSize: 10 } : test.config,
      )
      await using dataFolder = await openDataFolder(join(folder, 'data'))
      const { db } = database
      const executor = makeExecutor(cluster.api(), folder, { allowedImages: ['localhost/*'] })
      await using engine = makeEngine(database, dataFolder, '', { executor })
      const viewer = await makeViewer(db)
      const project = await makeProject(db, viewer)
      const stop = new AbortController()
      const working = engine.start(stop.signal)
      const specs: string[] = []
      for (let salt = 0; salt < count; salt += 1) {
        const step = fakeComponent(
          1,
          'step',
          'custom',
          {},
          { salt },
          {
            image: { registry: 'localhost/busybox', tag: '1' },
            command: ['true'],
            resources: { cpu: { written: 0.01, cores: 0.01 } },
          },
        )
        specs.push(await storeSpec(db, viewer, project, fakeSpec([step], [])))
      }
      const used = process.cpuUsage()
      const begun = performance.now()
      const times = await Promise.all(specs.map((specId) => runToEnd(engine, viewer, specId)))
      const wall = performance.now() - begun
      const { user, system } = process.cpuUsage(used)
      stop.abort()
      await working
      measures.push(
        {
          name: `one-step runs on the in-process cluster, ${count} at once, ${kind}`,
          value: (count * 1_000) / wall,
          unit: 'runs/s',
          goal: '>= 50',
          baseline: null,
          holds: (count * 1_000) / wall >= 50,
        },
        {
          name: `CPU time of this process for each (engine, cluster and bench), ${kind}`,
          value: (user + system) / 1_000 / count,
          unit: 'ms',
          goal: null,
          baseline: null,
          holds: null,
        },
        {
          name: `request to the end p99, ${kind}`,
          value: percentile(times, 99),
          unit: 'ms',
          goal: null,
          baseline: null,
          holds: null,
        },
      )
    } finally {
      cluster.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
  report('engine', measures)
}
