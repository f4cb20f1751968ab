// A server reduced to its run engine, to be killed at will: it submits one run under fixed ids (again after each
// start: that must change nothing), works until the run has ended, and prints what is in the database.
import { join } from 'node:path'
import { openDataFolder } from '#server/db/data-folder.ts'
import { migrate } from '#server/db/migrate.ts'
import { openDatabase } from '#server/db/pool.ts'
import { appendRunEvent } from '#server/live/log.ts'
import { artifactsOfRun } from '#server/run/run-store.ts'
import { fourSteps } from './fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from './make-engine.ts'

export interface HostOptions {
  readonly root: string
  readonly componentsFolder: string
  /** Null: PGlite in the data folder. */
  readonly url: string | null
  /** Dies at this point, the nth time that it is reached. */
  readonly dieAt: { readonly point: string; readonly nth: number } | null
  readonly seconds: number
  readonly ids: {
    readonly viewer: string
    readonly project: string
    readonly spec: string
    readonly request: string
  }
}

export interface HostReport {
  readonly state: string
  readonly steps: { name: string; state: string }[]
  readonly attempts: { step: string; ordinal: number; state: string }[]
  readonly artifacts: string[]
  readonly seqs: number[]
  readonly runStates: string[]
  readonly models: number
}

async function main(options: HostOptions): Promise<void> {
  const { root, ids } = options
  const dataFolder = await openDataFolder(root)
  const database = await openDatabase(
    options.url === null
      ? { kind: 'pglite', folder: join(root, 'pg') }
      : { kind: 'postgres', url: options.url, poolSize: 4 },
  )
  const { db } = database
  await migrate(db)
  let reached = 0
  const engine = makeEngine(database, dataFolder, options.componentsFolder, {
    reached: (point) => {
      if (point !== options.dieAt?.point) return
      reached += 1
      if (reached === options.dieAt.nth) process.kill(process.pid, 'SIGKILL')
    },
    // Stands for the model that is recorded in the same transaction: once, whatever happens.
    onRunSucceeded: async (trx, run) => {
      await trx
        .insertInto('advisor_record')
        .values({ run_id: run.id, body: JSON.stringify({ at: run.endedAt }) })
        .execute()
      await appendRunEvent(trx, run.id, { kind: 'MODEL', message: 'recorded' })
      return null
    },
  })
  const viewer = await makeViewer(db, ids.viewer)
  await makeProject(db, viewer, ids.project)
  await storeSpec(
    db,
    viewer,
    ids.project,
    fourSteps({ seconds: options.seconds, ledger: join(root, 'ledger') }),
    ids.spec,
  )
  const stop = new AbortController()
  const working = engine.start(stop.signal)
  const request = await engine.requests.submit(viewer, {
    id: ids.request,
    specId: ids.spec,
    priority: 'NORMAL',
    isTest: false,
  })
  const run = (await engine.requests.runOf(viewer, request.id))!
  console.log('working')
  const seqs: number[] = []
  const runStates: string[] = []
  let models = 0
  for await (const batch of engine.runs.events(viewer, run.id, null)) {
    for (const event of batch.events) {
      seqs.push(event.seq)
      if (event.kind === 'RUN_STATE') runStates.push(event.runState ?? '')
      if (event.kind === 'MODEL') models += 1
    }
    if (batch.ended) break
  }
  const steps = await engine.runs.steps(viewer, run.id, { first: 100, after: null })
  const attempts: HostReport['attempts'] = []
  for (const step of steps.nodes) {
    const { nodes } = await engine.runs.attempts(viewer, step.id, { first: 100, after: null })
    attempts.push(...nodes.map(({ ordinal, state }) => ({ step: step.name, ordinal, state })))
  }
  const report: HostReport = {
    state: (await engine.runs.byId(viewer, run.id))!.state,
    steps: steps.nodes.map(({ name, state }) => ({ name, state })),
    attempts,
    artifacts: (await artifactsOfRun(db, run.id))
      .map((artifact) => `${artifact.stepName}.${artifact.name}`)
      .sort(),
    seqs,
    runStates,
    models,
  }
  console.log(`report ${JSON.stringify(report)}`)
  stop.abort()
  await working
  await engine[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await dataFolder[Symbol.asyncDispose]()
}

await main(JSON.parse(process.argv[2]!) as HostOptions)
