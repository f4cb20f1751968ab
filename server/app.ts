import { randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { catalogue } from '#intelligence/index.ts'
import type { Context } from '#schema/builder.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { createIdMaker, type Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { schema } from '#schema/index.ts'
import type { Ports } from '#schema/ports.ts'
import { createAudit } from './audit/audit.ts'
import { createClusters } from './cluster/clusters.ts'
import type { ClusterSource } from './cluster/cluster-source.ts'
import { readApiOf } from './cluster/kubernetes-api.ts'
import { createKubernetesSource } from './cluster/kubernetes-source.ts'
import { createLocalSource } from './cluster/local-source.ts'
import { createPrometheus } from './cluster/prometheus.ts'
import { createAudits } from './audit/audits.ts'
import { createCosts } from './cost/costs.ts'
import { createCurator } from './curation/curator.ts'
import { createNearestImages } from './curation/nearest-images.ts'
import { createCaptioner } from './caption/captioner.ts'
import { createAttributes } from './attribute/attributes.ts'
import { createCaptions } from './caption/captions.ts'
import { createCurations } from './curation/curations.ts'
import { createDatasetMaker } from './dataset/dataset-maker.ts'
import { exportFormats } from './dataset/dataset-export.ts'
import { createDatasets } from './dataset/datasets.ts'
import { openDataFolder, type DataFolder } from './db/data-folder.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase, type Db, type OpenDatabase } from './db/pool.ts'
import { chooseEmbedder } from './embedding/choose-embedder.ts'
import { createEmbedding } from './embedding/embedding.ts'
import type { Config } from './env.ts'
import type { ClusterOptions } from './executor/kubernetes/cluster.ts'
import type { KubernetesApi } from './executor/kubernetes/devices-discover.ts'
import type { ConnectDeps } from './executor/kubernetes/connect-executor.ts'
import { createAsks } from './goal/asks.ts'
import { createGoals } from './goal/goals.ts'
import { bearerToken, fromOurPages, isLoopback, sameSecret } from './http/access.ts'
import { createCourier } from './http/courier.ts'
import { answerFile, answerPage, attachment, createSigner, signedFileUrl } from './http/files.ts'
import { answerJson, createGraphql } from './http/graphql.ts'
import type { Log } from './http/policy.ts'
import { createSocket } from './http/socket.ts'
import { createEnvironment } from './job/environment.ts'
import { createLlmLedger } from './llm/llm-ledger.ts'
import { createLlmReader, type LlmReader } from './llm/llm-reader.ts'
import { createLlmSettings } from './llm/llm-settings.ts'
import { createModels } from './model/models.ts'
import { createPlatform } from './platform/platforms.ts'
import { findSampleProject, makeSampleProject } from './platform/sample-project.ts'
import { createPoolEmbedder } from './pool/pool-embedding.ts'
import { createIntake } from './pool/pool-intake.ts'
import { createPools } from './pool/pools.ts'
import { createPersons } from './person/persons.ts'
import { createProjects } from './project/projects.ts'
import { createEngine } from './run/engine.ts'
import { deviceOf, localDevice } from './spec/device.ts'
import { createSpecs } from './spec/specs.ts'
import type { ArtifactStore } from './store/artifact-store.ts'
import { createDiskStore } from './store/disk.ts'

export interface AppOptions {
  readonly log?: Log
  /** Made by tests: an open database instead of the configured one. Closed with the app. */
  readonly database?: OpenDatabase
}

/** A running platform. Dispose it to stop: steps of runs go on under their supervisors. */
export interface App extends AsyncDisposable {
  /** Where it answers, without a slash at its end. */
  readonly url: string
  /** What clients must send; null in open mode. */
  readonly token: string | null
  readonly ports: Ports
  readonly owner: Viewer
  readonly config: Config
}

const version = '0.1.0'

async function secretOf(folder: DataFolder): Promise<string> {
  const path = folder.path('secret')
  const stored = await readFile(path, 'utf8').catch(() => null)
  if (stored !== null && stored.length >= 32) return stored
  const made = randomBytes(32).toString('base64url')
  await writeFile(path, made, { mode: 0o600 })
  await chmod(path, 0o600)
  return made
}

/** The one person of a fresh installation. */
async function ensureOwner(db: Db, newId: () => Id): Promise<Viewer> {
  const read = () =>
    db
      .selectFrom('person')
      .select(['id', 'name', 'role'])
      .where('role', '=', 'administrator')
      .orderBy('created_at')
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
  const found = await read()
  if (found !== undefined) return found
  await db
    .insertInto('person')
    .values({ id: newId(), name: 'Owner', role: 'administrator' })
    .execute()
  const made = await read()
  if (made === undefined) throw new Error('the owner was not stored')
  return made
}

/** Files on disk, or in a bucket; its SDK is loaded (300 ms) only where it is used. */
async function openStore(
  { s3 }: Config,
  dataFolder: DataFolder,
  stack: AsyncDisposableStack,
): Promise<ArtifactStore> {
  if (s3 === null) return createDiskStore({ root: dataFolder.root })
  const { createS3Store } = await import('./store/s3.ts')
  return stack.use(createS3Store({ ...s3, cacheFolder: dataFolder.path('cache') }))
}

/** null: steps are processes on this machine. */
async function openExecutor({ kubernetes }: Config, deps: Omit<ConnectDeps, 'settings'>) {
  if (kubernetes === null) return null
  const { connectKubernetes } = await import('./executor/kubernetes/connect-executor.ts')
  return connectKubernetes({ ...deps, settings: kubernetes })
}

function storePorts({ s3 }: Config): number[] {
  const address = s3?.publicEndpoint ?? s3?.endpoint ?? null
  if (address === null) return s3 === null ? [] : [443]
  const { port, protocol } = new URL(address)
  return [port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)]
}

/** Asks at most once in so many milliseconds; everybody in between hears the same answer. */
function remember<T>(ask: () => Promise<T>, milliseconds: number): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null
  return () => {
    if (last === null || performance.now() - last.at > milliseconds)
      last = { at: performance.now(), answer: ask() }
    return last.answer
  }
}

/** This machine, the cluster that runs go to, and those that are only shown; the client (2 s) is loaded only for them. */
async function clusterSources(
  { clusterContexts, kubernetes, prometheusUrl }: Config,
  now: () => Date,
  stack: AsyncDisposableStack,
  mainReader: KubernetesApi | null,
): Promise<{ sources: ClusterSource[]; main: ClusterSource }> {
  const local = createLocalSource({ now })
  const sources: ClusterSource[] = [local]
  if (clusterContexts.length === 0 && kubernetes === null) return { sources, main: local }
  const { openCluster } = await import('./executor/kubernetes/cluster.ts')
  const { label } = await import('./executor/kubernetes/job-manifest.ts')
  const open = async (
    options: ClusterOptions,
    executor: string,
    reader: KubernetesApi | null = null,
  ) => {
    const api = await openCluster(options)
    stack.defer(() => api.close())
    const source = createKubernetesSource({
      name: api.context,
      context: api.context,
      api: reader ?? readApiOf(api),
      prometheus: prometheusUrl === null ? null : createPrometheus(prometheusUrl),
      runLabel: label.run,
      executor,
    })
    if (sources.every((it) => it.context !== source.context)) sources.push(source)
    return source
  }
  const main = kubernetes === null ? local : await open(kubernetes, 'kubernetes', mainReader)
  for (const context of clusterContexts) await open({ kubeconfig: null, context }, 'none')
  return { sources, main }
}

/** The only place that composes: configuration in, running platform out. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  await using stack = new AsyncDisposableStack()
  const log: Log =
    options.log ??
    ((message, facts) => console.error(message, facts === undefined ? '' : JSON.stringify(facts)))
  const now = () => new Date()
  const newId = createIdMaker()

  const dataFolder = stack.use(await openDataFolder(config.dataFolder))
  const database = stack.use(
    options.database ??
      (await openDatabase(
        config.databaseUrl === null
          ? { kind: 'pglite', folder: dataFolder.path('pg') }
          : { kind: 'postgres', url: config.databaseUrl },
      )),
  )
  const { db } = database
  await migrate(db)
  const owner = await ensureOwner(db, newId)
  const secret = await secretOf(dataFolder)
  const signer = createSigner(secret, now)
  const fileUrl = signedFileUrl(signer)
  const audit = createAudit({ newId, now, secret })
  const store = await openStore(config, dataFolder, stack)
  const storeHealth = remember(() => store.health(), 10_000)
  const token =
    config.token ?? (isLoopback(config.host) ? null : randomBytes(24).toString('base64url'))
  let url = ''

  const environment = stack.use(
    createEnvironment({
      database,
      cacheFolder: config.environmentsFolder,
      componentsFolder: config.componentsFolder,
      python: config.python,
      processEnvironment: config.processEnvironment,
      now,
      log,
    }),
  )
  const visionFolder = () => {
    const python = environment.python()
    return python === null ? null : join(python, '..', '..', 'vision')
  }

  const embedding = stack.use(createEmbedding())
  const poolEmbedder = createPoolEmbedder({
    db,
    store,
    embedding,
    choose: () =>
      chooseEmbedder({
        visionFolder: visionFolder(),
        modelsFolder: config.clipFolder,
        allowHub: config.allowHub,
      }),
    log,
  })
  stack.defer(() => poolEmbedder.close())
  const intake = createIntake({
    db,
    store,
    tempFolder: dataFolder.path('tmp'),
    newId,
    now,
    audit,
    onImages: (poolId) => poolEmbedder.poke(poolId),
    log,
  })
  const pools = createPools({ database, intake, embedder: poolEmbedder, fileUrl, audit })
  const datasetMaker = createDatasetMaker({ db, store, folder: dataFolder.path('datasets') })
  const models = createModels({
    db,
    store,
    now,
    newId,
    lockHash: () => environment.lockHash(),
    fileUrl,
    downloadUrl: (id) => signer.sign(`/models/${id}/download`),
    audit,
  })
  const executor = await openExecutor(config, {
    db,
    store,
    dataRoot: dataFolder.root,
    secret,
    publicUrl: () => config.publicUrl ?? url,
    ports: storePorts(config),
    log,
    now,
  })
  stack.defer(() => executor?.close())
  const engine = stack.use(
    createEngine({
      ...(executor === null ? {} : { executor: executor.executor }),
      database,
      store,
      dataFolder,
      now,
      newId,
      secret,
      publicUrl: () => config.publicUrl ?? url,
      componentsFolder: config.componentsFolder,
      baseModelFolders: config.baseModelFolders,
      processEnvironment: config.processEnvironment,
      environment,
      fileUrl,
      onRunSucceeded: (trx, run) => models.record(trx, run),
      audit,
      log,
    }),
  )
  const datasets = createDatasets({
    db,
    fileUrl,
    store,
    sign: (path) => signer.sign(path),
    audit,
    now,
  })
  const curator = createCurator()
  stack.defer(() => curator.close())
  const courier = createCourier({ database, store, secret, log })
  const ownDevice = await localDevice()
  let lastDevice = ownDevice
  // What a plan may count on: the cluster's best GPU, or this machine's.
  const device = async () => {
    if (executor !== null)
      lastDevice = await executor.executor.capacity().then(deviceOf, () => lastDevice)
    return lastDevice
  }
  void device()
  const specs = createSpecs({ db, now, newId, device, audit })
  const ledger = createLlmLedger({ db, now, newId })
  const llmSettings = createLlmSettings({
    db,
    ledger,
    settings: config.llm,
    secret,
    audit,
    now,
    probe: (viewer, goal) => llm.probe(viewer, goal),
  })
  const llm: LlmReader = createLlmReader({
    db,
    ledger,
    available: config.llm !== null,
    settings: () => llmSettings.current(),
    fetch: globalThis.fetch,
    now,
  })
  const clusters = await createClusters({
    database,
    ...(await clusterSources(config, now, stack, executor?.executor.reader ?? null)),
    runs: engine.runs,
    newId,
    now,
    log,
  })
  const ports: Ports = {
    platform: createPlatform({
      database,
      version,
      executor: config.kubernetes === null ? 'local' : 'kubernetes',
      notices: async () => {
        const { ok, message } = await storeHealth()
        const embedded =
          'The embedded database is for one machine and one process; use DATABASE_URL for more.'
        return [...(ok ? [] : [message]), ...(database.kind === 'pglite' ? [embedded] : [])]
      },
      embedder: () =>
        poolEmbedder.choice() ?? {
          id: 'descriptor',
          why: 'The better models are still being prepared.',
        },
      environment: () => environment.state(),
      sampleProjectId: () => findSampleProject(db),
    }),
    persons: createPersons({ db }),
    projects: createProjects({ db, newId, audit }),
    llmSettings,
    goals: createGoals({
      db,
      llm,
      audit,
      newId,
      defaultBaseModel: () => catalogue.defaultBaseModel(lastDevice),
      planning: { device, now, quote: engine.quoteUnsaved },
      seen: async (poolId) => (await pools.sees(owner, poolId)).slice(0, 3),
    }),
    pools,
    curations: createCurations({
      db,
      embedder: poolEmbedder,
      datasets: datasetMaker,
      curator,
      nearest: createNearestImages(database, curator),
      embedText: async (embedder, text) => {
        const choice = poolEmbedder.choice()
        if (choice?.id !== embedder) return null
        return embedding.embedText(choice, [text])
      },
      audit,
      newId,
      now,
    }),
    datasets,
    attributes: createAttributes({ db, audit }),
    captions: createCaptions({
      db,
      store,
      audit,
      newId,
      now,
      captioner:
        config.llm === null || config.captionModel === null
          ? null
          : createCaptioner({
              ledger,
              fetch: globalThis.fetch,
              now,
              settings: { ...config.llm, model: config.captionModel, maxReplyTokens: 100 },
            }),
    }),
    specs,
    asks: createAsks({
      db,
      audit,
      newId,
      now,
      device,
      defaultBaseModel: () => catalogue.defaultBaseModel(lastDevice),
      quote: async (viewer, id) => (await engine.requests.quote(viewer, id, {})).quote,
      keepSpec: (viewer, source, changed, intentId) =>
        specs.keepChanged(viewer, source, changed, intentId),
    }),
    requests: engine.requests,
    queue: engine.queue,
    costs: createCosts({ db, newId, audit }),
    runs: engine.runs,
    models: models.port,
    clusters: clusters.port,
    audits: createAudits({ db, secret }),
  }

  const publicHost = config.publicUrl === null ? [] : [new URL(config.publicUrl).hostname]
  const doors = { token, hosts: publicHost }
  function viewerBy(given: string | null): Viewer | null {
    if (token === null) return owner
    return given !== null && sameSecret(given, token) ? owner : null
  }
  const introspection = !config.production
  const graphql = await createGraphql({ schema, introspection, log })
  stack.defer(() => graphql.stop())

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', 'http://localhost')
    const path = address.pathname
    response.setHeader('x-content-type-options', 'nosniff')
    if (path === '/health/live') return answerJson(response, 200, { ok: true })
    if (path === '/health/ready') {
      const ready = await db
        .selectFrom('person')
        .select('id')
        .limit(1)
        .execute()
        .then(
          () => true,
          () => false,
        )
      return answerJson(response, ready ? 200 : 503, { ok: ready })
    }
    // Steps call by their run's token, from wherever they run.
    if (await engine.handleMlflow(request, response)) return
    if (await courier(request, response)) return
    if (!fromOurPages(request, doors)) {
      return answerJson(response, 403, {
        errors: [
          {
            message:
              'This address is not one that the platform is known by: open it by its own name, or set AUTODIDACT_PUBLIC_URL.',
            extensions: { code: 'FORBIDDEN' },
          },
        ],
      })
    }
    if (path === '/graphql') {
      return graphql.handle(request, response, () =>
        Promise.resolve({ ports, viewer: viewerBy(bearerToken(request)) } satisfies Context),
      )
    }
    if (path.startsWith('/upload/')) {
      if (request.method !== 'POST')
        return answerJson(response, 405, { code: 'BAD_INPUT', message: 'Send files by POST.' })
      const { entries, account, vectors } = await intake.receive(
        path.slice('/upload/'.length),
        request,
      )
      return answerJson(response, 200, {
        entries: entries.map(({ fileName, outcome, message, bytes }) => ({
          fileName,
          outcome,
          message,
          bytes,
        })),
        account,
        vectors,
      })
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answerJson(response, 405, {
        code: 'BAD_INPUT',
        message: 'There is nothing to do here.',
      })
    }
    if (path.startsWith('/files/')) return answerFile(request, response, address, { store, signer })
    const model = /^\/models\/([0-9a-f-]{36})\/download$/.exec(path)?.[1]
    if (model !== undefined) {
      const file = signer.holds(address) ? await models.download(model) : null
      if (file === null) {
        response
          .writeHead(404, { 'content-type': 'text/plain' })
          .end('There is no such download any more: open the model again.')
        return
      }
      response.writeHead(200, {
        'content-type': file.contentType,
        'content-disposition': attachment(file.fileName),
        ...(file.bytes === null ? {} : { 'content-length': file.bytes }),
      })
      await pipeline(file.stream, response).catch(() => undefined)
      return
    }
    const dataset = /^\/datasets\/([0-9a-f-]{36})\/(captions|imagefolder|dvc)$/.exec(path)
    if (dataset !== null) {
      const format = exportFormats.find((it) => it === dataset[2])!
      const file = signer.holds(address) ? await datasets.download(dataset[1]!, format) : null
      if (file === null) {
        response
          .writeHead(404, { 'content-type': 'text/plain' })
          .end('There is no such download any more: open the data set again.')
        return
      }
      response.writeHead(200, {
        'content-type': 'application/zip',
        'content-disposition': attachment(file.fileName),
      })
      await pipeline(file.stream, response).catch(() => undefined)
      return
    }
    return answerPage(request, response, address, config.clientFolder)
  }

  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof DomainError && !response.headersSent) {
        const status =
          { FORBIDDEN: 403, NOT_FOUND: 404, TOO_LARGE: 413, STORAGE_FULL: 507 }[
            error.code as 'FORBIDDEN'
          ] ?? 400
        // The rest of a refused upload is not read.
        response.setHeader('connection', 'close')
        answerJson(response, status, { code: error.code, message: error.message })
        return
      }
      log('request failed', {
        path: request.url,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
      if (!response.headersSent)
        answerJson(response, 500, {
          code: 'INTERNAL',
          message: 'Something went wrong on our side.',
        })
      else response.destroy()
    })
  })
  // Two thousand pictures take longer than Node's five minutes for a request.
  http.requestTimeout = 0
  http.headersTimeout = 30_000
  const socket = createSocket(http, {
    schema,
    introspection,
    log,
    allowed: (request) => fromOurPages(request, doors),
    context: (given) => {
      const viewer = viewerBy(given)
      return Promise.resolve(viewer === null ? null : { ports, viewer })
    },
  })
  await new Promise<void>((done, fail) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      fail(
        error.code === 'EADDRINUSE'
          ? new DomainError(
              'CONFLICT',
              `Port ${config.port} on ${config.host} is taken: stop what uses it, or choose another with PORT.`,
            )
          : error,
      )
    })
    http.listen(config.port, config.host, done)
  })
  const address = http.address() as AddressInfo
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
  stack.defer(async () => {
    await socket.close()
    http.closeAllConnections()
    await new Promise<void>((done) => http.close(() => done()))
  })

  const stop = new AbortController()
  const working = engine.start(stop.signal)
  const sampling = clusters.start(stop.signal)
  stack.defer(async () => {
    stop.abort()
    await working
    await sampling
  })

  // What every step on a cluster needs is tried once, before the first one does.
  void executor?.executor.reach().then(
    (problem) => problem !== null && log(problem),
    (error: unknown) =>
      log('Whether pods reach the platform could not be tried.', { error: String(error) }),
  )

  void poolEmbedder
    .refresh()
    .catch((error: unknown) => log('embedding could not start', { error: String(error) }))
  void environment
    .prepare()
    .then(async (ready) => {
      if (!ready || stop.signal.aborted) return
      await poolEmbedder.refresh()
      if (!config.sample) return
      await makeSampleProject({
        db,
        intake,
        componentsFolder: config.componentsFolder,
        tempFolder: dataFolder.path('tmp'),
        ownerId: owner.id,
        newId,
        python: () => environment.python(),
      })
    })
    .catch((error: unknown) =>
      log('the sample project could not be made', { error: String(error) }),
    )

  const owned = stack.move()
  return {
    url,
    token,
    ports,
    owner,
    config,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
