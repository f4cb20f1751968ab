// A server reduced to its run engine on a real cluster, to be killed at will: it submits runs under fixed ids (again after
// each start: that must change nothing), works until all have ended, and prints what is in the database.
import { join } from 'node:path'
import { openDataFolder } from '#server/db/data-folder.ts'
import { migrate } from '#server/db/migrate.ts'
import { openDatabase } from '#server/db/pool.ts'
import {
  forgetAttempt,
  forgetCheckpoint,
  outputsOf,
  savePlan,
} from '#server/executor/courier-store.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import { fakeComponent, fakeSpec } from '#test/engine/fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from '#test/engine/make-engine.ts'
import { makeExecutor } from '#test/harness/kubernetes-scenario.ts'

export interface CrashHostOptions {
  readonly root: string
  /** Null: PGlite in the data folder. */
  readonly url: string | null
  /** Null: the kubeconfig's own; else a proxy that stands before it. */
  readonly server: string | null
  readonly prefix: string
  readonly courierImage: string
  readonly dieAt: { readonly point: string; readonly nth: number } | null
  readonly viewer: string
  readonly project: string
  readonly runs: readonly { readonly spec: string; readonly request: string }[]
}

export interface CrashReport {
  readonly runs: readonly string[]
  readonly attempts: readonly { id: string; step: string; ordinal: number; state: string }[]
  readonly logs: readonly string[]
}

const script = 'for i in 1 2 3; do echo "progress: 0.$i tick $i"; sleep 0.5; done'

async function main(options: CrashHostOptions): Promise<void> {
  const { root, prefix } = options
  const dataFolder = await openDataFolder(root)
  const database = await openDatabase(
    options.url === null
      ? { kind: 'pglite', folder: join(root, 'pg') }
      : { kind: 'postgres', url: options.url, poolSize: 4 },
  )
  const { db } = database
  await migrate(db)
  const api = await openCluster({
    kubeconfig: null,
    context: null,
    ...(options.server === null ? {} : { server: options.server }),
  })
  let reached = 0
  const executor = makeExecutor(api, root, {
    installation: prefix,
    namespacePrefix: prefix,
    courierImage: options.courierImage,
    allowedImages: ['localhost/*'],
    records: {
      savePlan: (attemptId, plan) => savePlan(db, attemptId, plan),
      outputsOf: (attemptId) => outputsOf(db, attemptId),
      forgetAttempt: (attemptId) => forgetAttempt(db, attemptId),
      forgetCheckpoint: (stepId) => forgetCheckpoint(db, stepId),
    },
    watchIdleMs: 5_000,
  })
  const engine = makeEngine(database, dataFolder, '', {
    executor,
    reached: (point) => {
      if (point !== options.dieAt?.point) return
      reached += 1
      if (reached === options.dieAt.nth) process.kill(process.pid, 'SIGKILL')
    },
  })
  const viewer = await makeViewer(db, options.viewer)
  await makeProject(db, viewer, options.project)
  const stop = new AbortController()
  void engine.start(stop.signal)
  for (const [salt, { spec, request }] of options.runs.entries()) {
    const plan = fakeSpec(
      [
        fakeComponent(
          1,
          'step',
          'custom',
          {},
          { salt },
          {
            image: { registry: 'localhost/busybox', tag: '1' },
            command: ['sh', '-c', script],
            resources: { cpu: { written: 0.05, cores: 0.05 } },
          },
        ),
      ],
      [],
    )
    await storeSpec(db, viewer, options.project, plan, spec)
    const input = { id: request, specId: spec, priority: 'NORMAL', isTest: false } as const
    await engine.requests.submit(viewer, input)
  }
  console.log('working')
  for (;;) {
    const open = await db
      .selectFrom('run')
      .select('id')
      .where('state', 'not in', ['SUCCEEDED', 'FAILED', 'CANCELLED'])
      .execute()
    if (open.length === 0) break
    await new Promise((done) => setTimeout(done, 100))
  }
  const runs = await db.selectFrom('run').select(['id', 'state']).execute()
  const attempts = await db
    .selectFrom('attempt')
    .innerJoin('step', 'step.id', 'attempt.step_id')
    .select(['attempt.id', 'step.name', 'attempt.ordinal', 'attempt.state'])
    .execute()
  const logs = []
  for (const { id } of attempts) {
    const { bytes } = await executor.logs(id, 0, 10_000)
    logs.push(new TextDecoder().decode(bytes))
  }
  const report: CrashReport = {
    runs: runs.map((run) => run.state),
    attempts: attempts.map(({ id, name, ordinal, state }) => ({ id, step: name, ordinal, state })),
    logs,
  }
  console.log(`report ${JSON.stringify(report)}`)
  // What is being cleared away is cleared away.
  await new Promise((done) => setTimeout(done, 3_000))
  process.exit(0)
}

await main(JSON.parse(process.argv[2]!) as CrashHostOptions)
