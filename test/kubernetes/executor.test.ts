import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NotNow, type Exit, type Launch } from '#server/executor/executor.ts'
import type { ClusterApi } from '#server/executor/kubernetes/api.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import { namespaceManifest } from '#server/executor/kubernetes/job-manifest.ts'
import type { KubernetesExecutor } from '#server/executor/kubernetes/kubernetes-executor.ts'
import { jobName, namespaceOf } from '#server/executor/kubernetes/names.ts'
import { hostileLaunch, manifestOf } from '#test/harness/hostile-launch.ts'
import { makeExecutor, testLaunch } from '#test/harness/kubernetes-scenario.ts'
import { classifyExit } from '#server/run/failure.ts'
import { startFaultProxy } from '#test/harness/fault-proxy.ts'
import { listAll, reachable, removeNamespaces } from './cluster.ts'
import { administrator } from './kills.ts'
import { makeStandIn } from './stand-in.ts'

const prefix = `k-x${Date.now().toString(36)}`
const busybox = { registry: 'localhost/busybox', tag: '1' }

/** A step that runs a shell script. */
function shell(script: string, more: Partial<Launch['component']> = {}): Launch {
  return testLaunch({
    component: {
      order: 1,
      name: 'step',
      type: 'custom',
      image: busybox,
      command: ['sh', '-c', script],
      resources: {},
      params: {},
      ...more,
    },
  })
}

describe.skipIf(process.env['KUBECONFIG'] === undefined)('the executor on a real cluster', () => {
  let api: ClusterApi
  let folder: string
  let executor: KubernetesExecutor
  let unwatch: () => void
  /** Its steps have 16 MiB of disk. */
  let small: KubernetesExecutor
  let unwatchSmall: () => void
  const namespace = () => namespaceOf(prefix, 'per-project', testLaunch().projectId)

  beforeAll(async () => {
    api = await openCluster({ kubeconfig: null, context: null })
    folder = await mkdtemp(join(tmpdir(), 'kubernetes-executor-'))
    executor = makeExecutor(api, folder, {
      namespacePrefix: prefix,
      installation: prefix,
      courierImage: await makeStandIn(),
      allowedImages: ['localhost/*', 'registry.invalid/*'],
      log: (message, facts) => console.error(message, facts),
    })
    unwatch = executor.watch(() => undefined)
    small = makeExecutor(api, await mkdtemp(join(tmpdir(), 'kubernetes-small-')), {
      namespacePrefix: `${prefix}-small`,
      installation: `${prefix}-small`,
      courierImage: await makeStandIn(),
      allowedImages: ['localhost/*'],
      scratch: '16Mi',
    })
    unwatchSmall = small.watch(() => undefined)
  })
  afterAll(async () => {
    unwatch?.()
    unwatchSmall?.()
    await removeNamespaces(prefix)
    api?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Looks until the attempt has ended; meanwhile what it waits for. */
  async function ended(
    { attemptId }: Launch,
    look: (seconds: number) => void | Promise<void> = () => undefined,
    by: KubernetesExecutor = executor,
  ): Promise<Exit> {
    const begun = performance.now()
    for (;;) {
      const seen = await by.observe(attemptId)
      if (seen.state === 'ended') return seen.exit
      if (seen.state !== 'running') throw new Error(`it is ${seen.state}`)
      await look((performance.now() - begun) / 1000)
      await sleep(200)
    }
  }
  async function running({ attemptId }: Launch, by: KubernetesExecutor = executor): Promise<void> {
    for (;;) {
      const seen = await by.observe(attemptId)
      if (seen.state === 'running' && seen.waitingFor === undefined) return
      if (seen.state === 'ended') throw new Error(`it ended: ${JSON.stringify(seen.exit)}`)
      await sleep(100)
    }
  }
  const podsOf = async ({ attemptId }: Launch, place = namespace()): Promise<any[]> => {
    const { body } = await api.call('GET', `/api/v1/namespaces/${place}/pods`, {
      query: { labelSelector: `autodidact.dev/attempt=${attemptId}` },
    })
    return (body as { items: any[] }).items
  }
  const sentence = (exit: Exit) => classifyExit('step', exit, '')

  it('runs a step, keeps its whole log, and leaves nothing', async () => {
    const launch = shell('i=0; while [ $i -lt 2000 ]; do echo "line $i ✓"; i=$((i+1)); done')
    await executor.start(launch)
    // Again, as after a crash: the same Job is adopted.
    await executor.start(launch)
    const exit = await ended(launch)
    expect(exit).toMatchObject({ reason: 'exited', exitCode: 0 })
    const log = await readFile(
      join(folder, 'attempts', launch.attemptId, 'log', 'output.log'),
      'utf8',
    )
    expect(log).toBe(Array.from({ length: 2_000 }, (_, line) => `line ${line} ✓\n`).join(''))
    await executor.release(launch.attemptId)
    const left = [
      ...(await listAll('batch/v1', 'jobs', prefix)),
      ...(await listAll('v1', 'secrets', prefix)),
    ]
    expect(left.map((it) => it.metadata.name)).toEqual([])
  })

  it('tells every way in which a pod ends, by name', { timeout: 300_000 }, async () => {
    const patient = 'trap "exit 143" TERM; while :; do sleep 1 & wait $!; done'
    const cases: Record<string, () => Promise<void>> = {
      'its own exit code': async () => {
        const launch = shell('echo "error: no picture can be read"; exit 3')
        await executor.start(launch)
        const exit = await ended(launch)
        expect(exit).toMatchObject({ reason: 'exited', exitCode: 3 })
        expect(exit.cause).toBeUndefined()
        expect(sentence(exit).fault).toBe('user')
      },
      'out of memory': async () => {
        const launch = shell('tail /dev/zero', {
          resources: { memory: { text: '24Mi', bytes: 24 * 2 ** 20 } },
        })
        await executor.start(launch)
        const exit = await ended(launch)
        expect(exit).toMatchObject({ cause: 'out_of_memory' })
        expect(sentence(exit).failure.code).toBe('OUT_OF_MEMORY')
      },
      'time limit': async () => {
        const launch = shell(patient, { timeout: { written: 3, seconds: 3 } })
        await executor.start(launch)
        const exit = await ended(launch)
        expect(exit.reason).toBe('time_limit')
        expect(sentence(exit).failure.code).toBe('TIME_LIMIT')
      },
      'the disk it was given is full': async () => {
        const launch = shell(
          'dd if=/dev/zero of=/work/big bs=1M count=64 2>/dev/null; echo written; sleep 240',
        )
        await small.start(launch)
        const exit = await ended(launch, undefined, small)
        expect(exit).toMatchObject({ cause: 'disk_limit' })
        expect(exit.detail).toMatch(/exceed/)
        expect(sentence(exit)).toMatchObject({ fault: 'user', failure: { code: 'DISK_FULL' } })
        await small.release(launch.attemptId)
      },
      stopped: async () => {
        const launch = shell(patient)
        await executor.start(launch)
        await running(launch)
        await executor.stop(launch.attemptId)
        expect((await ended(launch)).reason).toBe('stopped')
      },
      'pod deleted by hand': async () => {
        const launch = shell(patient)
        await executor.start(launch)
        await running(launch)
        const [pod] = await podsOf(launch)
        await api.call('DELETE', `/api/v1/namespaces/${namespace()}/pods/${pod.metadata.name}`)
        const exit = await ended(launch)
        expect(sentence(exit).fault, JSON.stringify(exit)).toBe('infrastructure')
        // Its Job makes no second one.
        expect((await podsOf(launch)).length).toBeLessThanOrEqual(1)
      },
      'Job deleted by hand': async () => {
        const launch = shell(patient)
        await executor.start(launch)
        await running(launch)
        const name = jobName({ installation: prefix, ...launch })
        await api.call('DELETE', `/apis/batch/v1/namespaces/${namespace()}/jobs/${name}`, {
          query: { propagationPolicy: 'Background' },
        })
        const exit = await ended(launch)
        expect(exit.cause).toBe('deleted')
        // Over means over: nothing of it runs any more.
        for (const pod of await podsOf(launch)) expect(pod.status.phase).toMatch(/Succeeded|Failed/)
        expect(sentence(exit).fault).toBe('infrastructure')
      },
      evicted: async () => {
        const launch = shell(patient)
        await executor.start(launch)
        await running(launch)
        const [pod] = await podsOf(launch)
        await api.call(
          'POST',
          `/api/v1/namespaces/${namespace()}/pods/${pod.metadata.name}/eviction`,
          {
            body: {
              apiVersion: 'policy/v1',
              kind: 'Eviction',
              metadata: { name: pod.metadata.name, namespace: namespace() },
            },
          },
        )
        const exit = await ended(launch)
        expect(exit.cause).toBe('evicted')
        expect(sentence(exit)).toMatchObject({
          fault: 'infrastructure',
          failure: { code: 'EVICTED' },
        })
      },
      'no such command': async () => {
        const launch = shell('', { command: ['/no/such/program'] })
        await executor.start(launch)
        const exit = await ended(launch)
        expect(exit.reason).toBe('not_started')
        expect(exit.detail).toMatch(/no such file/)
      },
      'image that cannot be pulled': async () => {
        const launch = shell('', { image: { registry: 'registry.invalid/none', tag: '1' } })
        await executor.start(launch)
        let said = ''
        const exit = await ended(launch, async () => {
          const seen = await executor.observe(launch.attemptId)
          if (seen.state === 'running') said = seen.waitingFor ?? said
        })
        expect(said).not.toBe('')
        expect(exit).toMatchObject({ reason: 'not_started', cause: 'image_pull' })
        expect(exit.detail).toMatch(/registry\.invalid/)
        expect(sentence(exit).failure.code).toBe('IMAGE_PULL_FAILED')
      },
      'a claim that nothing can meet': async () => {
        const launch = shell('true', { resources: { gpuType: 'H100', gpuCount: 1 } })
        await executor.start(launch)
        for (let look = 0; ; look += 1) {
          const seen = await executor.observe(launch.attemptId)
          if (seen.state === 'running' && /cannot allocate/.test(seen.waitingFor ?? '')) break
          expect(look, JSON.stringify(seen)).toBeLessThan(100)
          await sleep(200)
        }
        await executor.stop(launch.attemptId)
        expect((await ended(launch)).reason).toBe('stopped')
        await executor.release(launch.attemptId)
        expect(await listAll('resource.k8s.io/v1', 'resourceclaimtemplates', prefix)).toEqual([])
      },
    }
    const outcomes = await Promise.allSettled(Object.values(cases).map((play) => play()))
    const failed = Object.keys(cases).flatMap((name, index) => {
      const outcome = outcomes[index]!
      return outcome.status === 'rejected' ? [`${name}: ${String(outcome.reason)}`] : []
    })
    expect(failed).toEqual([])
  })

  it('goes on after the API server was away for a minute, with the whole log', async () => {
    await using proxy = await startFaultProxy(administrator(), 1, {})
    const behind = await openCluster({ kubeconfig: null, context: null, server: proxy.url })
    // An installation of its own: two of one would both write the log, which the leader's lease forbids.
    const own = await mkdtemp(join(tmpdir(), 'kubernetes-away-'))
    const other = makeExecutor(behind, own, {
      namespacePrefix: `${prefix}-away`,
      installation: `${prefix}-away`,
      courierImage: await makeStandIn(),
      allowedImages: ['localhost/*'],
    })
    const leave = other.watch(() => undefined)
    try {
      const launch = shell('i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1)); sleep 1; done')
      await other.start(launch)
      await running(launch, other)
      await sleep(2_000)
      proxy.down(true)
      const away = performance.now()
      const late = shell('true')
      await expect(other.start(late)).rejects.toThrow(NotNow)
      await sleep(60_000 - (performance.now() - away))
      proxy.down(false)
      const exit = await ended(launch, undefined, other)
      expect(exit).toMatchObject({ reason: 'exited', exitCode: 0 })
      const { bytes } = await other.logs(launch.attemptId, 0, 10_000)
      const lines = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('')
      expect(new TextDecoder().decode(bytes)).toBe(lines)
      // What was refused while it was away is made now, once.
      await other.start(late)
      expect((await ended(late, undefined, other)).exitCode).toBe(0)
      const place = namespaceOf(`${prefix}-away`, 'per-project', late.projectId)
      expect((await podsOf(late, place)).length).toBe(1)
      for (const { attemptId } of [launch, late]) await other.release(attemptId)
    } finally {
      leave()
      behind.close()
      await rm(own, { recursive: true, force: true })
    }
  })

  it('waits while a quota is full, and says so', async () => {
    const path = `/api/v1/namespaces/${namespace()}/resourcequotas/autodidact`
    const limit = (count: string) =>
      api.call('PATCH', path, {
        contentType: 'application/merge-patch+json',
        body: { spec: { hard: { 'count/jobs.batch': count } } },
      })
    await limit('0')
    const launch = shell('true')
    // The quota controller needs a moment.
    await sleep(1_500)
    await expect(executor.start(launch)).rejects.toThrow(NotNow)
    await expect(executor.start(launch)).rejects.toThrow(/quota/)
    expect(await executor.observe(launch.attemptId)).toEqual({ state: 'absent' })
    await limit('1000')
    for (let look = 0; look < 20; look += 1) {
      try {
        await executor.start(launch)
        break
      } catch (error) {
        if (!(error instanceof NotNow)) throw error
        await sleep(500)
      }
    }
    expect((await ended(launch)).exitCode).toBe(0)
    await executor.release(launch.attemptId)
  })

  it('refuses a Job under its name that is somebody else’s', async () => {
    const launch = shell('true')
    const name = jobName({ installation: prefix, ...launch })
    const foreign = await api.call('POST', `/apis/batch/v1/namespaces/${namespace()}/jobs`, {
      body: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, namespace: namespace() },
        spec: {
          suspend: true,
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'x', image: 'localhost/busybox:1' }],
            },
          },
        },
      },
    })
    expect(foreign.status).toBe(201)
    await expect(executor.start(launch)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it.skipIf(process.env['TEST_COURIER_IMAGE'] === undefined)(
    'tells from a pod whether the platform is reached, and what is wrong when not',
    async () => {
      const http = createServer((_request, response) => response.end('{}'))
      await new Promise<void>((done) => http.listen(0, '0.0.0.0', done))
      const { port } = http.address() as { port: number }
      const asked = (url: string) =>
        makeExecutor(api, folder, {
          namespacePrefix: prefix,
          installation: prefix,
          courierImage: process.env['TEST_COURIER_IMAGE']!,
          publicUrl: () => url,
        }).reach()
      try {
        expect(await asked(`http://${reachable()}:${port}`)).toBeNull()
        expect(await asked('http://127.0.0.1:4173')).toMatch(
          /^Pods of the cluster do not reach the platform at http:\/\/127\.0\.0\.1:4173 \(.*connection refused\)\. Set AUTODIDACT_PUBLIC_URL/,
        )
        const left = await listAll('batch/v1', 'jobs', `${prefix}-preflight`)
        expect(left.filter((it) => it.metadata.deletionTimestamp === undefined)).toEqual([])
      } finally {
        http.close()
      }
    },
  )

  it('makes nothing that the API server or "restricted" would refuse', async () => {
    const project = testLaunch().projectId
    const strict = namespaceOf('autodidact', 'per-project', project)
    const own = `${prefix}-dry`
    for (const { path, object } of namespaceManifest({
      namespace: own,
      installation: prefix,
      ports: [1],
    }).slice(0, 1))
      expect((await api.call('POST', path, { body: object })).status).toBe(201)
    const launches = fc.sample(hostileLaunch, { numRuns: 400, seed: 7 })
    const refusals: string[] = []
    let made = 0
    for (const launch of launches) {
      const manifest = manifestOf(launch)
      if (manifest === null) continue
      const moved = JSON.parse(
        JSON.stringify(manifest).replaceAll(`"${strict}"`, `"${own}"`),
      ) as typeof manifest
      const { spec, metadata } = moved.job.spec.template
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name: moved.job.metadata.name, namespace: own },
        spec,
      }
      for (const [path, body] of [
        [`/api/v1/namespaces/${own}/pods`, pod],
        [`/apis/batch/v1/namespaces/${own}/jobs`, moved.job],
        [`/api/v1/namespaces/${own}/secrets`, moved.secret],
        ...moved.claimTemplates.map(
          (it) =>
            [`/apis/resource.k8s.io/v1/namespaces/${own}/resourceclaimtemplates`, it] as const,
        ),
      ] as const) {
        made += 1
        const reply = await api.call('POST', path, { query: { dryRun: 'All' }, body })
        if (reply.status !== 201) refusals.push(JSON.stringify(reply.body).slice(0, 300))
      }
    }
    expect(made).toBeGreaterThan(200)
    expect(refusals).toEqual([])
  })
})
