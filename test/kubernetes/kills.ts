// `kill -9` of a server on a real cluster, at named points and at random, behind an API that fails: what an onlooker sees
// of it. A few in `crash.test.ts`, hundreds in `npm run soak kubernetes`.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '#schema/domain/id.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import type { KubernetesObject } from '#server/executor/kubernetes/api.ts'
import { Reflector } from '#server/executor/kubernetes/watch.ts'
import { makeTestDatabase, testDatabaseUrl } from '#test/harness/database.ts'
import { seeded } from '#test/harness/fake-kubernetes.ts'
import { startFaultProxy } from '#test/harness/fault-proxy.ts'
import { listAll, removeNamespaces } from './cluster.ts'
import { makeStandIn } from './stand-in.ts'
import type { CrashHostOptions, CrashReport } from './crash-host.ts'

const host = join(import.meta.dirname, 'crash-host.ts')
const points = [
  'run-started',
  'attempt-committed',
  'attempt-launched',
  'attempt-started',
  'exit-seen',
  'outputs-kept',
  'step-committed',
  'run-ended',
]

interface Life {
  readonly report: CrashReport | null
  readonly killed: boolean
  readonly output: string
}

function live(options: CrashHostOptions, killAfterMs: number | null): Promise<Life> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [host, JSON.stringify(options)], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let timer: NodeJS.Timeout | null = null
    const limit = setTimeout(() => child.kill('SIGKILL'), 180_000)
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (killAfterMs === null || timer !== null || !output.includes('working')) return
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', (_code, signal) => {
      clearTimeout(limit)
      if (timer !== null) clearTimeout(timer)
      const line = /^report (.*)$/m.exec(output)?.[1]
      done({
        report: line === undefined ? null : (JSON.parse(line) as CrashReport),
        killed: signal === 'SIGKILL',
        output,
      })
    })
  })
}

interface Admin {
  readonly server: string
  readonly ca: string
  readonly cert: string
  readonly key: string
}

function administrator(): Admin {
  const test = '/var/lib/test-cluster/bin/kubectl'
  const own = existsSync(test) ? test : 'kubectl'
  const words = ['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json']
  const config = JSON.parse(execFileSync(own, words).toString())
  const plain = (text: string) => Buffer.from(text, 'base64').toString()
  const { cluster } = config.clusters[0]
  const { user } = config.users[0]
  return {
    server: cluster.server,
    ca: plain(cluster['certificate-authority-data']),
    cert: plain(user['client-certificate-data']),
    key: plain(user['client-key-data']),
  }
}

export interface Kills {
  readonly kills: number
  readonly runs: number
  readonly attempts: number
  /** Jobs or pods beyond one for an attempt, attempts beyond one for a step, lines of a log that came twice. */
  readonly doubled: readonly string[]
  /** Runs, lines or objects that are not there, and objects that nobody cleared away. */
  readonly lost: readonly string[]
  /** Lives that neither ended nor died, and runs that did not end. */
  readonly stuck: readonly string[]
  /** What the proxy did meanwhile. */
  readonly calls: number
  readonly faults: number
}

/** @param tell called after each life */
export async function playKills(
  kills: number,
  seed: number,
  tell: (line: string) => void = () => undefined,
): Promise<Kills> {
  const prefix = `k-c${Date.now().toString(36)}`
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-crash-'))
  await using database = testDatabaseUrl === null ? null : await makeTestDatabase('postgres')
  const api = await openCluster({ kubeconfig: null, context: null })
  await using proxy = await startFaultProxy(administrator(), seed, {
    lost: 0.03,
    deaf: 0.03,
    busy: 0.03,
    cut: 0.3,
    silent: 0.1,
    expired: 0.1,
  })
  const stop = new AbortController()
  /** What an onlooker saw: Jobs and pods by attempt, whatever the server believes. */
  const jobs = new Map<string, Set<string>>()
  const pods = new Map<string, Set<string>>()
  const look = (path: string, seen: Map<string, Set<string>>) =>
    new Reflector<KubernetesObject>({
      api,
      path,
      labelSelector: `autodidact.dev/installation=${prefix}`,
      log: () => undefined,
      onChange: (_change, { metadata }) => {
        const attempt = metadata.labels?.['autodidact.dev/attempt'] ?? ''
        seen.set(attempt, (seen.get(attempt) ?? new Set()).add(metadata.uid ?? ''))
      },
    }).run(stop.signal)
  void look('/apis/batch/v1/jobs', jobs)
  void look('/api/v1/pods', pods)
  const random = seeded(seed)
  const config = database?.config
  const options: CrashHostOptions = {
    root: join(folder, 'data'),
    url: config?.kind === 'postgres' ? config.url : null,
    server: proxy.url,
    prefix,
    courierImage: await makeStandIn(),
    dieAt: null,
    viewer: newId(),
    project: newId(),
    runs: [],
  }
  const doubled: string[] = []
  const lost: string[] = []
  const stuck: string[] = []
  try {
    const runs: { spec: string; request: string }[] = []
    let killed = 0
    while (killed < kills && stuck.length < 3) {
      // New work as long as it goes on, so that there is always something to die in.
      runs.push({ spec: newId(), request: newId() })
      const point = points[Math.floor(random() * points.length)]!
      const named = random() < 0.6
      const life = await live(
        { ...options, runs, dieAt: named ? { point, nth: 1 } : null },
        named ? 8_000 : 200 + random() * 4_000,
      )
      if (life.killed) killed += 1
      else if (life.report === null) stuck.push(`a life ended by itself: ${life.output}`)
      if (killed % 10 === 0) tell(`${killed} kills, ${runs.length} runs, ${stuck.length} stuck`)
    }
    proxy.heal()
    const { report, output } = await live({ ...options, runs }, null)
    if (report === null) stuck.push(`the last life did not end: ${output}`)
    const attempts = report?.attempts ?? []
    for (const state of report?.runs ?? [])
      if (state !== 'SUCCEEDED') lost.push(`a run ended as ${state}`)
    const missing = runs.length - (report?.runs.length ?? 0)
    if (missing > 0) lost.push(`${missing} runs are not there`)
    for (const { id, ordinal, state } of attempts) {
      if (ordinal > 1) doubled.push(`attempt ${ordinal} of a step: ${id}`)
      if (state !== 'SUCCEEDED') lost.push(`the attempt ${id} ended as ${state}`)
    }
    const whole = [1, 2, 3].map((i) => `progress: 0.${i} tick ${i}\n`).join('')
    for (const log of report?.logs ?? [])
      if (log !== whole) (log.length > whole.length ? doubled : lost).push(`log lines: ${log}`)
    await sleep(2_000)
    const ids = new Set(attempts.map(({ id }) => id))
    for (const [kind, seen] of [
      ['Job', jobs],
      ['pod', pods],
    ] as const) {
      for (const [id, uids] of seen)
        if (uids.size > 1 || !ids.has(id)) doubled.push(`${uids.size} ${kind}s of ${id}`)
      for (const id of ids) if (!seen.has(id)) lost.push(`the ${kind} of ${id}`)
    }
    const left = [
      ...(await listAll('batch/v1', 'jobs', prefix)),
      ...(await listAll('v1', 'secrets', prefix)),
    ]
    for (const { kind, metadata } of left) lost.push(`left behind: ${kind} ${metadata.name}`)
    const { calls, ...counts } = proxy.counts
    const faults = Object.values(counts).reduce((sum, count) => sum + count, 0)
    return {
      kills: killed,
      runs: runs.length,
      attempts: attempts.length,
      doubled,
      lost,
      stuck,
      calls,
      faults,
    }
  } finally {
    stop.abort()
    await removeNamespaces(prefix)
    api.close()
    await rm(folder, { recursive: true, force: true })
  }
}
