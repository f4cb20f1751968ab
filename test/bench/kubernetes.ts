// `npm run bench:kubernetes`: what our engine costs on a real API server, beside bare Job creation in the same run. Pods run on
// simulated nodes (kwok), so that the node is not what is measured: 1,000 nodes with 8,000 GPUs, made and removed here.
//   npm run bench:kubernetes -- --runs 300 --active 1000 --chains 100
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import type { Viewer } from '#schema/domain/person.ts'
import { newId } from '#schema/domain/id.ts'
import type { Component } from '#schema/domain/spec.ts'
import { openDataFolder } from '#server/db/data-folder.ts'
import { openDatabase } from '#server/db/pool.ts'
import type { ClusterApi } from '#server/executor/kubernetes/api.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import { label } from '#server/executor/kubernetes/job-manifest.ts'
import type { JobObject } from '#server/executor/kubernetes/job-status.ts'
import { Reflector } from '#server/executor/kubernetes/watch.ts'
import type { Engine } from '#server/run/engine.ts'
import { fakeComponent, fakeSpec } from '#test/engine/fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from '#test/engine/make-engine.ts'
import { makeTestDatabase, testDatabaseUrl } from '#test/harness/database.ts'
import { makeExecutor } from '#test/harness/kubernetes-scenario.ts'
import { removeNamespaces } from '#test/kubernetes/cluster.ts'
import { percentile, report, type Measure } from './report.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '300' },
    active: { type: 'string', default: '1000' },
    chains: { type: 'string', default: '100' },
    // Milliseconds from one chain of two steps to the next.
    pace: { type: 'string', default: '1000' },
  },
})
const runCount = Number(values.runs)
const activeCount = Number(values.active)
const chainCount = Number(values.chains)
const subscribersOfAChain = 2
const paceMs = Number(values.pace)
const together = 32
const prefix = `k-b${Date.now().toString(36)}`
const tools =
  process.env['TEST_CLUSTER_FOLDER'] ?? join(import.meta.dirname, '../../../shared/cluster')
const toleration = { key: 'kwok.x-k8s.io/node', operator: 'Exists' } as const
const clock = () => performance.now()
const say = (text: string): void =>
  console.log(`# ${new Date().toISOString().slice(11, 19)} ${text}`)

const direct = await openCluster({ kubeconfig: null, context: null })
const benchLabel = 'bench'

/** What an onlooker sees: when each Job was first seen to be complete, by its name. */
const completed = new Map<string, number>()
const waiting = new Map<string, () => void>()
/** When the request for each Job of ours left, by run and step of the run. */
const posted = new Map<string, number>()
/** When the first request that makes anything for a Job of ours left: its Secret's. By the name that both have. */
const created = new Map<string, number>()
const stepOf = new Map<string, { run: string; step: string }>()
/** Jobs that go on until the bench ends. */
const lasting = new Set<string>()

function isComplete(job: JobObject): boolean {
  return (
    job.status?.conditions?.some((it) => it.type === 'Complete' && it.status === 'True') === true
  )
}

function look(labelSelector: string, signal: AbortSignal, seen: (job: JobObject) => void): void {
  void new Reflector<JobObject>({
    api: direct,
    path: '/apis/batch/v1/jobs',
    labelSelector,
    log: () => undefined,
    onChange: (change, job) => {
      if (change !== 'deleted' && isComplete(job)) seen(job)
    },
  }).run(signal)
}

/**
 * The real API, but for what a node without a kubelet cannot do: pods are bound to the simulated nodes, run as long as
 * their command sleeps, and have an empty log, open for as long.
 */
function simulating(api: ClusterApi): ClusterApi {
  return {
    ...api,
    call: (method, path, options) => {
      if (method === 'POST' && path.endsWith('/secrets')) {
        const { metadata } = options?.body as { metadata: { name: string } }
        created.set(metadata.name, clock())
      }
      if (method !== 'POST' || !path.endsWith('/jobs')) return api.call(method, path, options)
      const job = structuredClone(options?.body) as any
      const { template } = job.spec
      const { command } = template.spec.containers[0] as { command: string[] }
      template.spec.nodeSelector = { ...template.spec.nodeSelector, type: 'kwok' }
      template.metadata.annotations = {
        ...template.metadata.annotations,
        'simulated/runs-for': command[1] === '3600' ? '1h' : '100ms',
      }
      const { labels, name } = job.metadata
      posted.set(`${labels[label.run]}/${command[2] ?? ''}`, clock())
      pattern ??= structuredClone(job)
      if (command[1] === '3600') lasting.add(name)
      stepOf.set(name, { run: labels[label.run], step: command[2] ?? '' })
      return api.call(method, path, { ...options, body: job })
    },
    stream: (path, options) => {
      if (!path.endsWith('/log')) return api.stream(path, options)
      const job = path
        .split('/')
        .at(-2)!
        .replace(/-[^-]+$/, '')
      // As a node would: a log that is followed ends with its container.
      const stream = lasting.has(job) ? new PassThrough() : Readable.from([])
      options.signal?.addEventListener('abort', () => stream.destroy(), { once: true })
      return Promise.resolve({ status: 200, body: null, stream })
    },
  }
}

async function inLanes(count: number, work: (index: number) => Promise<void>): Promise<number> {
  let next = 0
  const begun = clock()
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: together }, lane))
  return (count * 1_000) / (clock() - begun)
}

/** The first Job that the engine posted: what the baseline of the same work posts, too. */
let pattern: any = null
let bareJobs = 0

/** What the engine asks of the cluster for a run, by a loop that does nothing else: Secret, Job, both removed after the end. */
async function postSame(namespace: string): Promise<{ name: string; clear(): Promise<void> }> {
  const name = `same-${bareJobs++}`
  const call = async (method: string, path: string, body: unknown, contentType?: string) => {
    const reply = await direct.call(method, path, {
      body,
      ...(contentType === undefined ? {} : { contentType }),
    })
    if (reply.status > 299) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`)
  }
  const [core, batch] = [
    `/api/v1/namespaces/${namespace}`,
    `/apis/batch/v1/namespaces/${namespace}`,
  ]
  const labels = { [benchLabel]: prefix }
  const job = structuredClone(pattern)
  job.metadata = { ...job.metadata, name, namespace, labels }
  job.spec.template.metadata.labels = labels
  for (const volume of job.spec.template.spec.volumes ?? [])
    if (volume.secret !== undefined) volume.secret.secretName = name
  await call('POST', `${core}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels },
    stringData: { token: 'x'.repeat(100) },
  })
  await call('POST', `${batch}/jobs`, job)
  return {
    name,
    async clear() {
      await call('DELETE', `${core}/secrets/${name}`, {})
      const free = { metadata: { finalizers: null } }
      await call('PATCH', `${batch}/jobs/${name}`, free, 'application/merge-patch+json')
      await call('DELETE', `${batch}/jobs/${name}?propagationPolicy=Background`, {})
    },
  }
}

async function postBare(namespace: string): Promise<string> {
  const name = `bare-${bareJobs++}`
  const { status, body } = await direct.call(
    'POST',
    `/apis/batch/v1/namespaces/${namespace}/jobs`,
    {
      body: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, labels: { [benchLabel]: prefix } },
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: 'Never',
              nodeSelector: { type: 'kwok' },
              tolerations: [toleration],
              containers: [{ name: 'x', image: 'localhost/busybox:1' }],
            },
          },
        },
      },
    },
  )
  if (status !== 201) throw new Error(`a bare Job was refused: ${JSON.stringify(body)}`)
  return name
}

async function bareNamespace(): Promise<string> {
  const namespace = `${prefix}-bare`
  await direct.call('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  })
  return namespace
}

const complete = (name: string): Promise<void> =>
  completed.has(name) ? Promise.resolve() : new Promise((done) => waiting.set(name, done))

/** POST to Complete by a watch, nothing else: what one can hope for. All are posted at once, as the engine's are. */
async function bareRuns(count: number): Promise<number> {
  const namespace = await bareNamespace()
  const begun = clock()
  const names: string[] = []
  await inLanes(count, async () => void names.push(await postBare(namespace)))
  await Promise.all(names.map(complete))
  return (count * 1_000) / (clock() - begun)
}

/** The same objects as the engine's, posted, awaited and removed. */
async function sameRuns(count: number): Promise<number> {
  const namespace = await bareNamespace()
  const begun = clock()
  const ended: Promise<void>[] = []
  const cleared: Promise<void>[] = []
  await inLanes(count, async () => {
    const { name, clear } = await postSame(namespace)
    // It is over when it has ended; what is cleared meanwhile costs the others their time, as it does with the engine.
    ended.push(complete(name).then(() => void cleared.push(clear())))
  })
  await Promise.all(ended)
  const rate = (count * 1_000) / (clock() - begun)
  await Promise.all(cleared)
  return rate
}

/** CPU seconds so far, by whose they are. */
function cpuSeconds(): Map<string, number> {
  const ticks = 100
  const folder = '/var/lib/test-cluster/run'
  const named = new Map<string, string>()
  for (const file of existsSync(folder) ? readdirSync(folder) : [])
    if (file.endsWith('.pid')) {
      const whose = /apiserver|etcd/.test(file) ? 'API server and etcd' : 'rest of the cluster'
      named.set(readFileSync(join(folder, file), 'utf8').trim(), whose)
    }
  named.set(String(process.pid), 'engine and bench')
  const seconds = new Map<string, number>()
  for (const id of readdirSync('/proc')) {
    if (!/^\d+$/.test(id)) continue
    try {
      const [, comm = '', rest = ''] =
        /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? []
      const whose = named.get(id) ?? (comm.startsWith('postgres') ? 'database' : 'others')
      const fields = rest.split(' ')
      const used = (Number(fields[11]) + Number(fields[12])) / ticks
      seconds.set(whose, (seconds.get(whose) ?? 0) + used)
    } catch {
      // It has ended meanwhile.
    }
  }
  return seconds
}

/** What each took of the machine while something was done, in % of one core. */
async function shares<T>(work: () => Promise<T>): Promise<[T, string]> {
  const before = cpuSeconds()
  const begun = clock()
  const result = await work()
  const after = cpuSeconds()
  const wall = (clock() - begun) / 1_000
  const told = [...after].map(([whose, used]) => {
    const share = Math.max(0, ((used - (before.get(whose) ?? 0)) * 100) / wall)
    return `${whose} ${share.toFixed(0)} %`
  })
  return [result, told.join(', ')]
}

interface Chains {
  /** First Job seen complete by the onlooker -> the first request leaves that makes something for the second. */
  readonly next: number[]
  /** The same until the second Job's own request leaves. */
  readonly nextJob: number[]
  /** Job seen complete by the onlooker -> the same heard by a subscriber. */
  readonly heard: number[]
}

/** Two Jobs, one after the other, by a program that watches and posts; its subscribers are told by a second watch. */
async function bareChains(count: number): Promise<Chains> {
  const namespace = await bareNamespace()
  const stop = new AbortController()
  const next: number[] = []
  const heard: number[] = []
  const second = new Map<string, () => void>()
  const done: Promise<void>[] = []
  const seenBy = new Map<string, number>()
  look(`${benchLabel}=${prefix}`, stop.signal, (job) => {
    const { name } = job.metadata
    if (seenBy.has(name)) return
    seenBy.set(name, clock())
    second.get(name)?.()
  })
  await sleep(500)
  for (let index = 0; index < count; index += 1) {
    done.push(
      (async () => {
        for (const last of [false, true]) {
          const name = await postBare(namespace)
          if (!seenBy.has(name)) await new Promise<void>((go) => second.set(name, go))
          const at = clock()
          while (!completed.has(name)) await sleep(5)
          const seen = completed.get(name)!
          if (!last) next.push(Math.max(0, at - seen))
          heard.push(Math.max(0, seenBy.get(name)! - seen))
        }
      })(),
    )
    await sleep(paceMs)
  }
  await Promise.all(done)
  stop.abort()
  return { next, nextJob: next, heard }
}

interface Bench {
  readonly engine: Engine
  readonly viewer: Viewer
  submit(steps: readonly (readonly string[])[], more?: Partial<Component>): Promise<string>
}

/** Until the run has ended, as a subscriber. */
async function ended({ engine, viewer }: Bench, runId: string): Promise<void> {
  for await (const batch of engine.runs.events(viewer, runId, null)) if (batch.ended) break
  const run = await engine.runs.byId(viewer, runId)
  if (run?.state !== 'SUCCEEDED') throw new Error(`the run ended as ${run?.state}`)
}

async function ourRuns(bench: Bench, count: number): Promise<number> {
  const begun = clock()
  const ids: string[] = []
  await inLanes(count, async () => void ids.push(await bench.submit([['sleep', '0', 'a']])))
  await Promise.all(ids.map((id) => ended(bench, id)))
  return (count * 1_000) / (clock() - begun)
}

async function ourChains(bench: Bench, count: number): Promise<Chains> {
  const { engine, viewer } = bench
  const next: number[] = []
  const nextJob: number[] = []
  const heard: number[] = []
  const work: Promise<void>[] = []
  for (let index = 0; index < count; index += 1) {
    const begun = clock()
    const id = await bench.submit([
      ['sleep', '0', 'a'],
      ['sleep', '0', 'b'],
    ])
    const told: { step: string; at: number }[] = []
    const listen = async (): Promise<void> => {
      for await (const batch of engine.runs.events(viewer, id, null)) {
        for (const event of batch.events)
          if (event.kind === 'STEP_STATE' && event.stepState === 'SUCCEEDED')
            told.push({ step: event.step ?? '', at: clock() })
        if (batch.ended) break
      }
    }
    const finish = async (): Promise<void> => {
      await Promise.all(Array.from({ length: subscribersOfAChain }, listen))
      await ended(bench, id)
      await sleep(500)
      const seen = new Map<string, number>()
      for (const [name, of] of stepOf)
        if (of.run === id && completed.has(name)) seen.set(of.step, completed.get(name)!)
      const second = [...stepOf].find(([, of]) => of.run === id && of.step === 'b')![0]
      next.push(Math.max(0, created.get(second)! - seen.get('a')!))
      nextJob.push(Math.max(0, posted.get(`${id}/b`)! - seen.get('a')!))
      for (const { step, at } of told) heard.push(Math.max(0, at - seen.get(step)!))
    }
    work.push(finish())
    await sleep(Math.max(0, paceMs - (clock() - begun)))
  }
  await Promise.all(work)
  return { next, nextJob, heard }
}

/** The nodes go last: pods on a node that is gone stay until the cluster's garbage collector finds them. */
async function removeAll(): Promise<void> {
  await removeNamespaces(prefix)
  const begun = clock()
  while (clock() - begun < 120_000) {
    const { body } = await direct.call('GET', '/api/v1/namespaces')
    const { items } = body as { items: { metadata: { name: string } }[] }
    if (!items.some(({ metadata }) => metadata.name.startsWith(prefix))) break
    await sleep(2_000)
  }
  nodes('--delete')
}

// What was made has to be removed, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void (async () => {
      await removeAll()
      process.exit(1)
    })()
  })

const folder = await mkdtemp(join(tmpdir(), 'kubernetes-bench-'))
const stop = new AbortController()
const nodes = (...given: string[]) =>
  execFileSync(join(tools, 'nodes'), [...given, '--prefix', prefix], { encoding: 'utf8' }).trim()
let failure: unknown = null
try {
  say(nodes(values.nodes))
  for (const selector of [`${benchLabel}=${prefix}`, `${label.installation}=${prefix}`])
    look(selector, stop.signal, ({ metadata: { name } }) => {
      if (!completed.has(name)) completed.set(name, clock())
      waiting.get(name)?.()
      waiting.delete(name)
    })
  const kind = testDatabaseUrl === null ? 'pglite' : 'postgres'
  await using test = await makeTestDatabase(kind)
  await using database = await openDatabase(
    // As many connections as the product has.
    test.config.kind === 'postgres' ? { ...test.config, poolSize: 10 } : test.config,
  )
  await using dataFolder = await openDataFolder(join(folder, 'data'))
  const { db } = database
  const executor = makeExecutor(simulating(direct), folder, {
    installation: prefix,
    namespacePrefix: prefix,
    allowedImages: ['localhost/*'],
    tolerations: [toleration],
    courierImage: 'localhost/busybox:1',
    log: (message, facts) => console.error(message, facts),
  })
  await using engine = makeEngine(database, dataFolder, '', { executor })
  const viewer = await makeViewer(db)
  // A project's namespace holds 1,000 pods at most.
  const projects = await Promise.all(Array.from({ length: 4 }, () => makeProject(db, viewer)))
  let salt = 0
  const bench: Bench = {
    engine,
    viewer,
    async submit(steps, more = {}) {
      // Each with a salt of its own: nothing comes from the cache.
      const components = steps.map((command, index) =>
        fakeComponent(
          index + 1,
          command[2]!,
          'custom',
          {},
          { salt: salt++ },
          {
            image: { registry: 'localhost/busybox', tag: '1' },
            command: [...command],
            resources: { cpu: { written: 0.1, cores: 0.1 } },
            ...more,
          },
        ),
      )
      const edges = steps
        .slice(1)
        .map((command, index): [string, string] => [steps[index]![2]!, command[2]!])
      const specId = await storeSpec(
        db,
        viewer,
        projects[salt % projects.length]!,
        fakeSpec(components, edges),
      )
      const request = await engine.requests.submit(viewer, {
        id: newId(),
        specId,
        priority: 'NORMAL',
        isTest: false,
      })
      return (await engine.requests.runOf(viewer, request.id))!.id
    },
  }
  const engineStop = new AbortController()
  const working = engine.start(engineStop.signal)
  const rates: {
    active: number
    bare: number
    same: number | null
    own: number
    shares: string
  }[] = []
  const rate = async (active: number): Promise<void> => {
    const [bare, ofBare] = await shares(() => bareRuns(runCount))
    say(`bare: ${bare.toFixed(1)}/s (${ofBare})`)
    // Once is enough of what takes longest.
    const [same, ofSame] =
      rates[0]?.same !== undefined ? [null, ''] : await shares(() => sameRuns(runCount))
    if (same !== null) say(`the same objects: ${same.toFixed(1)}/s (${ofSame})`)
    const [own, ofOwn] = await shares(() => ourRuns(bench, runCount))
    say(`ours: ${own.toFixed(1)}/s (${ofOwn})`)
    rates.push({ active, bare, same, own, shares: ofOwn })
  }
  await bench.submit([['sleep', '0', 'a']]).then((id) => ended(bench, id))
  await rate(0)
  say(`${activeCount} runs, each with a GPU, that go on`)
  const begun = clock()
  const lastly: Partial<Component> = {
    resources: { cpu: { written: 0.1, cores: 0.1 }, gpuCount: 1 },
  }
  await inLanes(
    activeCount,
    async () => void (await bench.submit([['sleep', '3600', 'a']], lastly)),
  )
  say(`submitted after ${((clock() - begun) / 1_000).toFixed(0)} s`)
  let running = 0
  while (running < activeCount && clock() - begun < 200_000) {
    await sleep(5_000)
    const { count } = await db
      .selectFrom('attempt')
      .select((eb) => eb.fn.countAll().as('count'))
      .where('state', '=', 'STARTED')
      // Its pod has a place: only then does what follows measure them, and not the making of pods.
      .where('node', 'is not', null)
      .executeTakeFirstOrThrow()
    running = Number(count)
    const { rows } = await sql<{ told: string }>`
      select count(*) || ' x ' || run.state || '/' || step.state || '/' || coalesce(attempt.state, 'none') || ' ' || left(step.message, 80) as told
      from run join step on step.run_id = run.id left join attempt on attempt.step_id = step.id
      where run.state in ('WAITING', 'RUNNING', 'FAILED')
      group by run.state, step.state, attempt.state, left(step.message, 80) order by count(*) desc limit 5`.execute(
      db,
    )
    say(`${running} are running: ${rows.map(({ told }) => told).join('; ')}`)
  }
  const filled = (running * 1_000) / (clock() - begun)
  await rate(running)
  say('chains of two steps')
  const bare = await bareChains(chainCount)
  const own = await ourChains(bench, chainCount)
  const { rss: resident, heapTotal, heapUsed, external } = process.memoryUsage()
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
  say(
    `memory: ${mib(resident)} MiB resident, heap ${mib(heapUsed)} of ${mib(heapTotal)}, outside it ${mib(external)}`,
  )
  const rss = resident / 2 ** 20
  engineStop.abort()
  await working
  const where = `${values.nodes} nodes, ${Number(values.nodes) * 8} GPUs, ${running} active runs`
  const p = percentile
  const measures: Measure[] = [
    ...rates.flatMap(({ active, bare, same, own, shares }) => [
      {
        name: `one-step runs, request to the end, beside bare Jobs: one POST each (${runCount} runs, ${values.nodes} nodes, ${active} active runs; ${shares})`,
        value: own,
        unit: 'runs/s',
        goal: '>= 0.6 of bare Jobs',
        baseline: bare,
        holds: own >= 0.6 * bare,
      },
      ...(same === null
        ? []
        : [
            {
              name: 'the same beside the same objects: Secret and Job posted and removed, by a loop',
              value: own,
              unit: 'runs/s',
              goal: '>= 0.6 of the same objects',
              baseline: same,
              holds: own >= 0.6 * same,
            },
          ]),
    ]),
    {
      name: `runs with a GPU brought to run, of ${activeCount}`,
      value: running,
      unit: 'runs',
      goal: '1000',
      baseline: null,
      holds: running >= 1_000,
    },
    {
      name: 'of these, started',
      value: filled,
      unit: 'runs/s',
      goal: null,
      baseline: null,
      holds: null,
    },
    ...([50, 99] as const).map((share) => ({
      name: `step end -> next create call, p${share} (${chainCount} runs, one begun every ${paceMs} ms, ${where})`,
      value: p(own.next, share),
      unit: 'ms',
      goal: share === 99 ? '<= 150' : null,
      baseline: p(bare.next, share),
      holds: share === 99 ? p(own.next, 99) <= 150 : null,
    })),
    {
      name: 'step end -> the next Job itself (after its Secret), p99',
      value: p(own.nextJob, 99),
      unit: 'ms',
      goal: null,
      baseline: p(bare.nextJob, 99),
      holds: null,
    },
    ...([50, 99] as const).map((share) => ({
      name: `Job's end -> subscriber, p${share} (${chainCount * subscribersOfAChain} subscribers in this process, ${where})`,
      value: p(own.heard, share),
      unit: 'ms',
      goal: share === 99 ? '<= 250' : null,
      baseline: p(bare.heard, share),
      holds: share === 99 ? p(own.heard, 99) <= 250 : null,
    })),
    {
      name: 'resident memory of engine and bench in one process',
      value: rss,
      unit: 'MiB',
      goal: '<= 512',
      baseline: null,
      holds: rss <= 512,
    },
  ]
  report('kubernetes', measures)
} catch (error) {
  failure = error
  console.error(error)
} finally {
  stop.abort()
  await removeAll()
  direct.close()
  await rm(folder, { recursive: true, force: true })
}
process.exit(failure === null ? 0 : 1)
