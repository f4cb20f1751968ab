import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import type { ClusterApi, KubernetesObject } from '#server/executor/kubernetes/api.ts'
import { Reflector } from '#server/executor/kubernetes/watch.ts'
import { makeTestDatabase, testDatabaseUrl, type TestDatabase } from '#test/harness/database.ts'
import { seeded } from '#test/harness/fake-kubernetes.ts'
import { startFaultProxy, type FaultProxy } from '#test/harness/fault-proxy.ts'
import { listAll, removeNamespaces } from './cluster.ts'
import { makeStandIn } from './stand-in.ts'
import type { CrashHostOptions, CrashReport } from './crash-host.ts'

const host = join(import.meta.dirname, 'crash-host.ts')
const prefix = `k-c${Date.now().toString(36)}`
/** `npm run test:kubernetes` kills so often; KILLS=200 for the long run. */
const kills = Number(process.env['KILLS'] ?? 10)
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
  const own = '/var/lib/test-cluster/bin/kubectl'
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

describe.skipIf(process.env['KUBECONFIG'] === undefined)('P1 P2 kill -9 on a real cluster', () => {
  let folder: string
  let database: TestDatabase | null = null
  let api: ClusterApi
  let proxy: FaultProxy
  const stop = new AbortController()
  /** What an onlooker saw: Jobs and pods by attempt, whatever the server believes. */
  const jobs = new Map<string, Set<string>>()
  const pods = new Map<string, Set<string>>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubernetes-crash-'))
    if (testDatabaseUrl !== null) database = await makeTestDatabase('postgres')
    api = await openCluster({ kubeconfig: null, context: null })
    proxy = await startFaultProxy(administrator(), 7, {
      lost: 0.03,
      deaf: 0.03,
      busy: 0.03,
      cut: 0.3,
      silent: 0.1,
      expired: 0.1,
    })
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
  })
  afterAll(async () => {
    stop.abort()
    await removeNamespaces(prefix)
    await proxy?.[Symbol.asyncDispose]()
    api?.close()
    await database?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it(
    `${kills} kills at named points and at random, behind an API that fails: none doubled, lost or stuck`,
    { timeout: 60_000 + kills * 15_000 },
    async () => {
      const random = seeded(20261121)
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
      const runs: { spec: string; request: string }[] = []
      let killed = 0
      let stuck = 0
      while (killed < kills) {
        // New work as long as it goes on, so that there is always something to die in.
        runs.push({ spec: newId(), request: newId() })
        const point = points[Math.floor(random() * points.length)]!
        const named = random() < 0.6
        const life = await live(
          { ...options, runs, dieAt: named ? { point, nth: 1 } : null },
          named ? 8_000 : 200 + random() * 4_000,
        )
        if (life.killed) killed += 1
        else if (life.report === null) {
          stuck += 1
          expect(stuck, life.output).toBeLessThan(3)
        }
      }
      proxy.heal()
      const { report, output } = await live({ ...options, runs }, null)
      expect(report, output).not.toBeNull()
      expect(report!.runs).toEqual(runs.map(() => 'SUCCEEDED'))
      expect(
        report!.attempts.map(({ step, ordinal, state }) => ({ step, ordinal, state })),
      ).toEqual(runs.map(() => ({ step: 'step', ordinal: 1, state: 'SUCCEEDED' })))
      for (const log of report!.logs)
        expect(log).toBe([1, 2, 3].map((i) => `progress: 0.${i} tick ${i}\n`).join(''))
      await sleep(2_000)
      for (const { id } of report!.attempts) {
        expect(jobs.get(id)?.size, `Jobs of ${id}`).toBe(1)
        expect(pods.get(id)?.size, `pods of ${id}`).toBe(1)
      }
      expect(jobs.size).toBe(report!.attempts.length)
      const left = [
        ...(await listAll('batch/v1', 'jobs', prefix)),
        ...(await listAll('v1', 'secrets', prefix)),
      ]
      expect(left.map((it) => it.metadata.name)).toEqual([])
      const { calls, lost, deaf, busy, cut, silent, expired } = proxy.counts
      const faults = { lost, deaf, busy, cut, silent, expired }
      console.log(JSON.stringify({ kills: killed, runs: runs.length, calls, faults }))
      expect(lost + deaf + busy).toBeGreaterThan(kills / 2)
    },
  )
})
