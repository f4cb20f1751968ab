import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { QueuePort } from '#schema/ports/queue.ts'
import type { RequestsPort } from '#schema/ports/request.ts'
import type { RunsPort } from '#schema/ports/run.ts'
import type { DataFolder } from '../db/data-folder.ts'
import type { OpenDatabase, Trx } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'
import { LocalExecutor } from '../executor/local/local-executor.ts'
import { createMlflow } from '../http/mlflow.ts'
import type { ComponentEnvironment } from '../job/environment.ts'
import { createOutbox } from '../live/outbox.ts'
import { createQueue } from '../queue/queue.ts'
import { createQuoter, type Quoter } from '../request/quote.ts'
import { createRequests } from '../request/requests.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { Reconciler, type Point, type RunRecord } from './reconciler.ts'
import { createRuns } from './runs.ts'

export interface EngineDeps {
  readonly database: OpenDatabase
  readonly store: ArtifactStore
  /** Held by this process: that is what makes taking over a dead one's work at once safe. */
  readonly dataFolder: DataFolder
  now(): Date
  newId(): Id
  /** The installation's secret; the tokens of runs are derived from it. */
  readonly secret: string
  /** What steps call, without a slash at its end; asked when a step starts. */
  publicUrl(): string
  readonly componentsFolder: string
  readonly baseModelFolders: readonly string[]
  /** What a step inherits: PATH, HOME, LANG, TMPDIR, HF_*, proxies. */
  readonly processEnvironment: Readonly<Record<string, string>>
  readonly environment: ComponentEnvironment
  fileUrl(sha256: string, name: string): string
  /** Called in the transaction that ends a run well. */
  onRunSucceeded(trx: Trx, run: RunRecord): Promise<{ modelVersionId: string } | null>
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id | null; action: string; subject: string; body: object },
  ): Promise<void>
  log(message: string, facts?: object): void
  /** Where steps run; left away: as processes on this machine. */
  readonly executor?: Executor
  /** The first pause before a failed step is tried again; it doubles. */
  readonly retryBaseMs?: number
  /** Told at each named place; tests die there. */
  reached?(point: Point): void
}

export interface Engine extends AsyncDisposable {
  readonly requests: RequestsPort
  /** What a plan that is not stored would cost. */
  readonly quoteUnsaved: Quoter
  readonly queue: QueuePort
  readonly runs: RunsPort
  /** Reconciles until the signal aborts, then gives its lease back; steps that run go on without it. */
  start(signal: AbortSignal): Promise<void>
  /** Answers the run-scoped part of MLflow's wire; false when the path is not its own. */
  handleMlflow(request: IncomingMessage, response: ServerResponse): Promise<boolean>
}

/** Requests, runs, the reconciler with its local executor, live events and tracking, composed. */
export function createEngine(deps: EngineDeps): Engine {
  const { database, store, dataFolder, environment } = deps
  const local = () =>
    new LocalExecutor({
      dataRoot: dataFolder.root,
      componentsFolder: deps.componentsFolder,
      baseModelFolders: deps.baseModelFolders,
      processEnvironment: deps.processEnvironment,
      blobs: {
        place: (sha256, path) => store.link(sha256, path),
        // Not moved: collecting again after a crash must find the file.
        keep: (path) => store.putFile(path),
      },
      python: () => environment.python(),
      lockHash: () => environment.lockHash(),
    })
  const executor = deps.executor ?? local()
  const outbox = createOutbox({ database })
  const mlflow = createMlflow({ database, store })
  const reconciler = new Reconciler({
    ...deps,
    executor,
    place: `${hostname()}:${dataFolder.root}`,
  })
  return {
    requests: createRequests({ ...deps, executor }),
    quoteUnsaved: createQuoter({ database, executor }),
    queue: createQueue({ ...deps, executor }),
    runs: createRuns({ ...deps, executor, outbox }),
    async start(signal) {
      const tidying = database.kind === 'pglite' ? tidyNowAndThen(database) : undefined
      try {
        await reconciler.run(signal)
      } finally {
        clearInterval(tidying)
      }
    },
    handleMlflow: mlflow,
    [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
  }
}

const tidyMs = 600_000

/** PGlite has no vacuum of its own: without one, places in the queue are counted by reading every run. */
function tidyNowAndThen({ db }: OpenDatabase): ReturnType<typeof setInterval> {
  const tidy = async (): Promise<void> => {
    for (const table of ['run', 'step', 'attempt', 'run_event'])
      await sql`vacuum analyze ${sql.table(table)}`.execute(db)
  }
  // What cannot be tidied now is next time; nothing depends on it but speed.
  return setInterval(() => void tidy().catch(() => undefined), tidyMs).unref()
}
