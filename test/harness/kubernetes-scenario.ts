import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '#schema/domain/id.ts'
import { NotNow, type Exit, type Launch } from '#server/executor/executor.ts'
import type { ClusterApi } from '#server/executor/kubernetes/api.ts'
import {
  KubernetesExecutor,
  type CourierRecords,
} from '#server/executor/kubernetes/kubernetes-executor.ts'
import { FakeKubernetes, seeded, type Fate, type Faults } from './fake-kubernetes.ts'

export interface Scenario {
  readonly seed: number
  readonly attempts: number
  readonly faults: Partial<Faults>
  readonly fates: readonly Fate[]
  /** The process dies about so often. */
  readonly crashes: number
  /** Attempts that a person stops, from 0 to 1. */
  readonly stops: number
  /** Everything must be over by then. */
  readonly limitMs: number
}

export interface Outcome {
  readonly problems: readonly string[]
  readonly faults: number
  readonly crashes: number
  readonly exits: ReadonlyMap<string, { fate: Fate; exit: Exit | null; stopped: boolean }>
}

/** Records as the database keeps them: they outlive each process. */
function memoryRecords(): CourierRecords {
  return {
    savePlan: () => Promise.resolve(),
    outputsOf: () => Promise.resolve([]),
    forgetAttempt: () => Promise.resolve(),
    forgetCheckpoint: () => Promise.resolve(),
  }
}

export function testLaunch(more: Partial<Launch> = {}): Launch {
  return {
    attemptId: newId(),
    projectId: '01990000-0000-7000-8000-000000000001',
    runId: newId(),
    stepId: newId(),
    ordinal: 1,
    component: {
      order: 1,
      name: 'trainer',
      type: 'trainer',
      image: { registry: 'autodidact/trainer', tag: '1' },
      resources: {},
      params: {},
    },
    params: {},
    environment: { MLFLOW_TRACKING_TOKEN: 'secret' },
    inputs: [],
    outputs: [],
    storage: { type: 'local', path: '/datasets/none' },
    devices: [],
    ...more,
  }
}

export function makeExecutor(
  api: ClusterApi,
  dataRoot: string,
  more: Partial<ConstructorParameters<typeof KubernetesExecutor>[0]> = {},
): KubernetesExecutor {
  return new KubernetesExecutor({
    api,
    installation: 'test',
    namespacePrefix: 'k-test',
    namespacePlan: 'per-project',
    courierImage: 'courier:1',
    componentsImage: 'components:1',
    allowedImages: [],
    publicUrl: () => 'http://10.88.0.1:4173',
    ports: [],
    dataRoot,
    records: memoryRecords(),
    courierToken: (attemptId) => `token of ${attemptId}`,
    dataFiles: () => Promise.resolve([]),
    log: () => undefined,
    now: () => new Date(),
    ...more,
  })
}

/** An API that a dead process can reach no more: what it had sent may still be done. */
function mortal(api: ClusterApi): { api: ClusterApi; kill(): void } {
  const dead = new AbortController()
  const gone = () => new Promise<never>(() => undefined)
  return {
    api: {
      ...api,
      call: async (...given) => {
        if (dead.signal.aborted) return gone()
        const reply = await api.call(...given)
        return dead.signal.aborted ? gone() : reply
      },
      stream: (path, options) => {
        if (dead.signal.aborted) return gone()
        const signals = options.signal === undefined ? [dead.signal] : [options.signal, dead.signal]
        return api.stream(path, { ...options, signal: AbortSignal.any(signals) })
      },
    },
    kill: () => dead.abort(),
  }
}

/**
 * Attempts driven as the reconciler drives them, on a cluster that fails by seed and by processes that die by seed, and
 * what must hold whatever happened: each attempt has one Job, ends as its pod did, has its whole log, leaves nothing.
 */
export async function playScenario(scenario: Scenario): Promise<Outcome> {
  const { seed } = scenario
  const random = seeded(seed ^ 0x5bd1e995)
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-scenario-'))
  const attempts = Array.from({ length: scenario.attempts }, () => ({
    launch: testLaunch(),
    fate: scenario.fates[Math.floor(random() * scenario.fates.length)]!,
    lines: Array.from({ length: Math.floor(random() * 30) }, (_, line) => `line ${line}`),
    stopped: random() < scenario.stops,
    state: 'SUBMITTING',
    exit: null as Exit | null,
    trouble: null as string | null,
  }))
  const byId = new Map(attempts.map((attempt) => [attempt.launch.attemptId, attempt]))
  const cluster = new FakeKubernetes({
    seed,
    faults: scenario.faults,
    fate: (id) => byId.get(id)?.fate ?? 'succeeds',
    lines: (id) => byId.get(id)?.lines ?? [],
    pageSize: 3,
  })
  const records = memoryRecords()
  let crashes = 0
  let last: () => void = () => undefined

  /** One life of the server, until it dies or all is over. */
  async function live(): Promise<void> {
    const { api, kill } = mortal(cluster.api())
    const executor = makeExecutor(api, folder, {
      records,
      now: () => cluster.now(),
      retryBaseMs: 1,
      watchIdleMs: 200,
    })
    let over = false
    const unwatch = executor.watch(() => undefined)
    const work = async (attempt: (typeof attempts)[number]): Promise<void> => {
      const { attemptId } = attempt.launch
      while (!over && attempt.state !== 'DONE') {
        try {
          if (attempt.state === 'ENDED') {
            await executor.release(attemptId)
            if (!over) attempt.state = 'DONE'
            break
          }
          const seen = await executor.observe(attemptId)
          if (over) return
          if (seen.state === 'absent' && attempt.state === 'STARTED') {
            attempt.trouble = 'a started attempt was said to be absent'
            attempt.state = 'DONE'
          } else if (seen.state === 'absent') {
            await executor.start(attempt.launch)
            if (!over) attempt.state = 'STARTED'
          } else if (seen.state === 'running') {
            attempt.state = 'STARTED'
            if (attempt.stopped) await executor.stop(attemptId)
          } else if (seen.state === 'ended') {
            attempt.exit = seen.exit
            attempt.state = 'ENDED'
          }
        } catch (error) {
          if (over) return
          if (!(error instanceof NotNow)) {
            attempt.trouble = String(error)
            attempt.state = 'DONE'
          }
        }
        await sleep(1 + random() * 4)
      }
    }
    const end = sleep(crashes < scenario.crashes ? 5 + random() * 120 : 600_000, undefined, {
      ref: false,
    })
    // A new life begins with clearing up after the last one, as the reconciler's sweep does.
    const sweep = async (): Promise<void> => {
      for (const { launch, state } of attempts)
        if (state === 'DONE') await executor.release(launch.attemptId)
    }
    await Promise.race([Promise.all([sweep(), ...attempts.map(work)]), end])
    if (attempts.some((attempt) => attempt.state !== 'DONE')) {
      crashes += 1
      kill()
    }
    over = true
    // The last life goes on until all is cleared away.
    if (attempts.every((attempt) => attempt.state === 'DONE')) last = unwatch
    else {
      unwatch()
      // A dead process writes nothing more; ours may be in the middle of an append.
      await sleep(20)
    }
  }

  const deadline = performance.now() + scenario.limitMs
  const watchdog = async (): Promise<void> => {
    while (performance.now() < deadline) await sleep(50, undefined, { ref: false })
  }
  const problems: string[] = []
  const all = (async () => {
    while (attempts.some((attempt) => attempt.state !== 'DONE') && performance.now() < deadline)
      await live()
  })()
  await Promise.race([all, watchdog()])
  for (const { launch, fate, lines, stopped, state, exit, trouble } of attempts) {
    const id = launch.attemptId.slice(-6)
    const made = cluster.made.get(launch.attemptId) ?? []
    if (trouble !== null) problems.push(`${id} (${fate}): ${trouble}`)
    if (state !== 'DONE') problems.push(`${id} (${fate}): stuck as ${state}`)
    if (made.length !== 1) problems.push(`${id} (${fate}): ${made.length} Jobs were made`)
    if ((cluster.together.get(launch.attemptId) ?? 0) > 1)
      problems.push(`${id} (${fate}): two pods at once`)
    if (exit === null) continue
    if (!stopped && expected(fate, exit) !== true)
      problems.push(`${id} (${fate}): ended as ${JSON.stringify(exit)}`)
    const read = await readFile(
      join(folder, 'attempts', launch.attemptId, 'log', 'output.log'),
      'utf8',
    ).catch(() => '')
    const whole = lines.map((line) => `${line}\n`).join('')
    // One whose pod was taken away may lack its last lines; none may be doubled or out of order.
    const fits = fate === 'succeeds' && !stopped ? read === whole : whole.startsWith(read)
    if (!fits) {
      const raw = await readFile(
        join(folder, 'attempts', launch.attemptId, 'log', 'raw.log'),
        'utf8',
      ).catch(() => '')
      problems.push(
        `${id} (${fate}): its log is ${JSON.stringify(read)}, raw ${JSON.stringify(raw)}`,
      )
    }
  }
  cluster.heal()
  const settle = performance.now() + 15_000
  const left = () => [...cluster.all('jobs'), ...cluster.all('secrets')]
  if (problems.length === 0) while (left().length > 0 && performance.now() < settle) await sleep(20)
  if (problems.length === 0 && left().length > 0)
    problems.push(
      `left behind: ${left()
        .map((it) => `${it.kind} ${JSON.stringify(it.metadata)}`)
        .join(', ')}`,
    )
  last()
  cluster.close()
  await rm(folder, { recursive: true, force: true })
  const { lost, deaf, busy, cut, silent, expired } = cluster.counts
  return {
    problems,
    faults: lost + deaf + busy + cut + silent + expired,
    crashes,
    exits: new Map(
      attempts.map(({ launch, fate, exit, stopped }) => [
        launch.attemptId,
        { fate, exit, stopped },
      ]),
    ),
  }
}

function expected(fate: Fate, exit: Exit): boolean {
  switch (fate) {
    case 'succeeds':
      return exit.reason === 'exited' && exit.exitCode === 0
    case 'fails':
      return exit.reason === 'exited' && exit.exitCode === 3
    case 'oom':
      return exit.cause === 'out_of_memory'
    case 'evicted':
      return exit.cause === 'evicted'
    case 'preempted':
      return exit.cause === 'preempted'
    case 'node-lost':
      return exit.cause === 'node_lost'
    case 'job-deleted':
      return exit.cause === 'deleted'
    case 'pod-deleted':
      return exit.cause === 'deleted' || exit.cause === 'node_lost'
    case 'image':
      return exit.cause === 'image_pull'
    case 'stays':
      return true
  }
}
