// `npm run bench:kubernetes`: what our protocol costs on a real API server, beside bare Job creation in the same run. Pods run on
// simulated nodes (kwok), so that the node is not what is measured: `../shared/cluster/nodes 1000 --prefix k-bench`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '#schema/domain/id.ts'
import { NotNow, type Launch } from '#server/executor/executor.ts'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import { makeExecutor, testLaunch } from '#test/harness/kubernetes-scenario.ts'
import { removeNamespaces } from '#test/kubernetes/cluster.ts'
import { percentile, report, type Measure } from './report.ts'

const [count = 150] = process.argv.slice(2).map(Number)
const together = 32
const prefix = `k-b${Date.now().toString(36)}`
const toleration = { key: 'kwok.x-k8s.io/node', operator: 'Exists' } as const
const api = await openCluster({ kubeconfig: null, context: null })
const folder = await mkdtemp(join(tmpdir(), 'kubernetes-bench-'))

async function inLanes(work: (index: number) => Promise<void>): Promise<number> {
  let next = 0
  const begun = performance.now()
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: together }, lane))
  return (count * 1_000) / (performance.now() - begun)
}

/** POST to Complete, nothing else: what one can hope for. */
async function bare(): Promise<number> {
  const namespace = `${prefix}-bare`
  await api.call('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  })
  const path = `/apis/batch/v1/namespaces/${namespace}/jobs`
  return inLanes(async (index) => {
    const name = `bare-${index}`
    await api.call('POST', path, {
      body: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
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
    })
    for (;;) {
      const { body } = await api.call('GET', `${path}/${name}`)
      if ((body as any).status?.conditions?.some((it: any) => it.type === 'Complete')) return
      await sleep(100)
    }
  })
}

const ends: number[] = []

/** The whole protocol: plan, secret, Job, watch, outcome, log, release. */
async function ours(): Promise<number> {
  const hearers = new Map<string, () => void>()
  const executor = makeExecutor(api, folder, {
    installation: prefix,
    namespacePrefix: prefix,
    allowedImages: ['localhost/*'],
    tolerations: [toleration],
    courierImage: 'localhost/busybox:1',
  })
  const unwatch = executor.watch((attemptId) => hearers.get(attemptId)?.())
  await executor.recover()
  const rate = await inLanes(async () => {
    const launch: Launch = {
      ...testLaunch(),
      attemptId: newId(),
      nodes: { type: 'kwok' },
      component: {
        order: 1,
        name: 'step',
        type: 'custom',
        image: { registry: 'localhost/busybox', tag: '1' },
        resources: {},
        params: {},
      },
    }
    for (;;) {
      try {
        await executor.start(launch)
        break
      } catch (error) {
        if (!(error instanceof NotNow)) throw error
        await sleep(200)
      }
    }
    for (;;) {
      const heard = new Promise<void>((done) => hearers.set(launch.attemptId, done))
      const seen = await executor.observe(launch.attemptId)
      if (seen.state === 'ended') {
        ends.push(Date.now() - seen.exit.endedAt.getTime())
        break
      }
      await Promise.race([heard, sleep(2_000)])
    }
    hearers.delete(launch.attemptId)
    await executor.release(launch.attemptId)
  })
  unwatch()
  return rate
}

try {
  const nodes = ((await api.call('GET', '/api/v1/nodes')).body as any).items.length as number
  const baseline = await bare()
  const own = await ours()
  const measures: Measure[] = [
    {
      name: `one-step attempts, POST to released (${nodes} nodes, ${count} attempts, ${together} at once)`,
      value: own,
      unit: '1/s',
      goal: '>= 0.6 of bare Jobs',
      baseline,
      holds: own >= 0.6 * baseline,
    },
    {
      name: 'container end -> outcome known, p50 (container times are whole seconds)',
      value: percentile(ends, 50),
      unit: 'ms',
      goal: null,
      baseline: null,
      holds: null,
    },
  ]
  report('kubernetes', measures)
} finally {
  await removeNamespaces(prefix)
  api.close()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)
