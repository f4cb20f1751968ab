import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { idleOf, shareUsed, sumAmounts } from '#schema/domain/cluster.ts'
import { startTestApp } from '../harness/app.ts'
import { openTestApi, type TestApi } from './api.ts'
import { runDifferential } from './differential.ts'

// The folder beside the checkout, or where it usually is.
const folders = [join(import.meta.dirname, '../../../shared'), '/work/shared']
const tool = (path: string) => folders.map((folder) => join(folder, path)).find(existsSync)
const nodesTool = tool('cluster/nodes')
const prometheus = tool('servers/prometheus/start')

function context(): string {
  return execFileSync(
    existsSync('/var/lib/test-cluster/bin/kubectl')
      ? '/var/lib/test-cluster/bin/kubectl'
      : 'kubectl',
    ['config', 'current-context'],
  )
    .toString()
    .trim()
}

async function withSimulated<T>(name: string, args: string[], work: () => Promise<T>): Promise<T> {
  execFileSync(nodesTool!, [...args, '--prefix', name])
  try {
    return await work()
  } finally {
    execFileSync(nodesTool!, ['--delete', '--prefix', name])
  }
}

/** Pods on simulated nodes, one GPU each, in a namespace of their own. */
async function occupy(api: TestApi, namespace: string, prefix: string, count: number) {
  await api.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  })
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await api.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)) !== null) break
    await sleep(100)
  }
  for (let at = 0; at < count; at += 1)
    await api.call('POST', `/api/v1/namespaces/${namespace}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p-${at}` },
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    {
                      key: 'kubernetes.io/hostname',
                      operator: 'In',
                      values: [`${prefix}-0`, `${prefix}-1`],
                    },
                  ],
                },
              ],
            },
          },
        },
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'main',
            image: 'localhost/busybox:1',
            resources: { limits: { 'nvidia.com/gpu': '1', cpu: '2' } },
          },
        ],
      },
    })
  for (let turn = 0; turn < 100; turn += 1) {
    const pods = (await api.list(`/api/v1/namespaces/${namespace}/pods`)) as any[]
    if (pods.every((pod) => pod.spec.nodeName !== undefined)) return
    await sleep(200)
  }
  throw new Error('the pods were not scheduled')
}

describe('SC-02 the preflight and the real scheduler', () => {
  it('agree on a sample of seeded sets', { timeout: 300_000 }, async () => {
    using api = openTestApi()
    const name = `d-test-${process.pid}`
    const report = await runDifferential(api, {
      namespace: name,
      prefix: name,
      sets: 8,
      wishes: 8,
      seed: Date.now() % 1_000_000,
    })
    expect(report.disagreements).toEqual([])
    expect(report).toMatchObject({
      sets: 8,
      wishes: 64,
      agreed: 64,
      celErrors: 0,
      rejectedByApi: 0,
    })
  })
})

describe.skipIf(nodesTool === undefined || prometheus === undefined)(
  'RS-01 from the cluster and from DCGM',
  () => {
    it('reads the A100 row: 16 / 12 / 10, 62.5 % used, 4 idle', { timeout: 300_000 }, async () => {
      using api = openTestApi()
      const prefix = `d-a100-${process.pid}`
      // The exporter of 16 GPUs, 10 of them busy.
      const exporter = createServer((_request, response) => {
        const lines = Array.from({ length: 16 }, (_, at) => {
          const labels = `gpu="${at % 8}",UUID="GPU-${prefix}-${at}",modelName="NVIDIA A100-SXM4-80GB",Hostname="${prefix}-${Math.floor(at / 8)}"`
          return `DCGM_FI_DEV_GPU_UTIL{${labels}} ${at < 10 ? 50 : 0}\nDCGM_FI_DEV_FB_USED{${labels}} 1024\nDCGM_FI_DEV_FB_FREE{${labels}} 80896`
        })
        response.setHeader('content-type', 'text/plain; version=0.0.4')
        response.end(`${lines.join('\n')}\n`)
      })
      await new Promise<void>((done) => exporter.listen(0, '127.0.0.1', done))
      const { port } = exporter.address() as AddressInfo
      const folder = await mkdtemp(join(tmpdir(), 'devices-prometheus-'))
      const told = execFileSync('bash', [prometheus!, folder, `127.0.0.1:${port}`], {
        env: { ...process.env, PROMETHEUS_PORT: '19391' },
      }).toString()
      const prometheusUrl = /https?:\/\/\S+/.exec(told)![0]
      try {
        await withSimulated(
          prefix,
          ['2', '--gpus', '8', '--model', 'NVIDIA A100-SXM4-80GB'],
          async () => {
            await occupy(api, prefix, prefix, 12)
            const contextName = context()
            await using platform = await startTestApp({
              config: { clusterContexts: [contextName], prometheusUrl },
            })
            const query = `query { clusters { edges { node { id name kind reading { state notices abilities active drain down
                gpuTypes { type amounts { total requested used idle share } }
                nodes(first: 1000) { name state gpus { total requested used } cpu { total requested } } } } } } }`
            // Others may have A100 of their own on a shared cluster: these nodes are ours.
            let reading: any
            let row: any
            const own = () =>
              reading.nodes.filter((node: any) => node.name.startsWith(prefix)) as any[]
            for (let turn = 0; turn < 40 && row?.used !== 10; turn += 1) {
              const data = await platform.ask(query)
              const cluster = data.clusters.edges.find((it: any) => it.node.kind === 'KUBERNETES')
              expect(cluster.node.name).toBe(contextName)
              reading = cluster.node.reading
              row = sumAmounts(own().map((node) => node.gpus))
              await sleep(1_000)
            }
            expect(row, reading.notices.join(' ')).toEqual({ total: 16, requested: 12, used: 10 })
            expect([shareUsed(row), idleOf(row)]).toEqual([0.625, 4])
            const type = reading.gpuTypes.find((it: any) => it.type === 'NVIDIA A100-SXM4-80GB')
            expect(type.amounts.total).toBeGreaterThanOrEqual(16)
            expect(reading.state).toBe('READY')
            expect(reading.abilities).toContain('Dynamic Resource Allocation')
            expect(own().map((node) => node.state)).toEqual(['ACTIVE', 'ACTIVE'])
            expect(own().reduce((sum, node) => sum + node.cpu.requested, 0)).toBeCloseTo(24)
            // RS-04: a cordoned node drains.
            await api.call(
              'PATCH',
              `/api/v1/nodes/${prefix}-0`,
              { spec: { unschedulable: true } },
              'application/merge-patch+json',
            )
            let state: unknown
            for (let turn = 0; turn < 40 && state !== 'DRAIN'; turn += 1) {
              await sleep(1_000)
              const again = await platform.ask(query)
              state = again.clusters.edges
                .find((it: any) => it.node.kind === 'KUBERNETES')
                .node.reading.nodes.find((it: any) => it.name === `${prefix}-0`).state
            }
            expect(state).toBe('DRAIN')
            const preview = await platform.ask(
              `query { devicePreview(gpuType: "A100", gpuCount: 9) { verdict sentence matching groups { type matches why count free } } }`,
            )
            expect(preview.devicePreview.verdict).toBe('NEVER')
          },
        )
      } finally {
        process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')))
        exporter.closeAllConnections()
        exporter.close()
        await rm(folder, { recursive: true, force: true, maxRetries: 5 })
        await api.call('DELETE', `/api/v1/namespaces/${prefix}`)
      }
    })
  },
)
