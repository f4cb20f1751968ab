import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startTestApp } from '../harness/app.ts'

const clusters = `query { clusters { edges { node { id name kind context reading {
  state notices abilities active drain down
  cpu { total requested used idle share } memory { total requested used idle }
  nodes { name state message cpu { total } } devices { key } runs { run { id } } } } } } }`

describe('RS-01..06 over GraphQL, on a machine without a cluster', () => {
  it('tells what this machine has, live, and keeps it for charts', async () => {
    await using app = await startTestApp()
    const [cluster, ...others] = (await app.ask(clusters)).clusters.edges.map((it: any) => it.node)
    expect(others).toEqual([])
    expect(cluster).toMatchObject({ kind: 'LOCAL', context: null })
    const { reading } = cluster
    expect(reading).toMatchObject({ state: 'READY', active: 1, drain: 0, down: 0, runs: [] })
    expect(reading.cpu.total).toBeGreaterThanOrEqual(1)
    expect(reading.cpu.idle).toBe(reading.cpu.total - reading.cpu.requested)
    expect(reading.memory.used).toBeGreaterThan(0)
    expect(reading.nodes).toHaveLength(1)

    for (const field of ['gpuReadings', 'nodeReadings']) {
      const seen: any[] = []
      const socket = app.socket()
      const stream = socket.iterate({
        query: `subscription ($cluster: ID!) { ${field}(cluster: $cluster) { at state cpu { used } nodes { name } } }`,
        variables: { cluster: cluster.id },
      })
      for await (const message of stream) {
        expect(message.errors).toBeUndefined()
        seen.push((message.data as any)[field])
        if (seen.length === 2) break
      }
      expect(new Date(seen[1].at) > new Date(seen[0].at)).toBe(true)
      await socket.dispose()
    }

    const history = `query ($id: ID!, $since: DateTime!, $max: Int) { node(id: $id) { ... on Cluster {
      history(series: CPU, since: $since, maxPoints: $max) { seconds points { at total requested used usedPeak } } } } }`
    const since = new Date(Date.now() - 600_000).toISOString()
    let points: any[] = []
    for (let turn = 0; turn < 50 && points.length === 0; turn += 1) {
      const data = await app.ask(history, { id: cluster.id, since })
      points = data.node.history.points
      await sleep(200)
    }
    expect(points[0]).toMatchObject({ total: reading.cpu.total, requested: 0 })
  })

  it('refuses what cannot be asked, by name', async () => {
    await using app = await startTestApp()
    const { id } = (await app.ask(clusters)).clusters.edges[0].node
    const code = async (query: string, variables: object = {}) => {
      const answer = await app.post(query, variables)
      return [answer.errors?.[0]?.extensions?.code, answer.errors?.[0]?.message]
    }
    const preview = (args: string) => code(`query { devicePreview(${args}) { verdict } }`)
    expect(await preview('gpuCount: 1000000000')).toEqual([
      'BAD_INPUT',
      expect.stringMatching(/1000000000/),
    ])
    expect(await preview('gpuMemory: "-4GB"')).toEqual(['BAD_INPUT', expect.stringMatching(/-4GB/)])
    expect(await preview('gpuCount: 1, memory: "much"')).toEqual([
      'BAD_INPUT',
      expect.stringMatching(/much/),
    ])
    expect(await preview('gpuCount: 1, cluster: "nonsense"')).toEqual([
      'BAD_INPUT',
      expect.stringMatching(/nonsense/),
    ])
    const gone = Buffer.from('Cluster:00000000-0000-7000-8000-000000000000').toString('base64')
    expect((await preview(`gpuCount: 1, cluster: "${gone}"`))[0]).toBe('NOT_FOUND')
    const list = (first: number) =>
      code(
        `query ($id: ID!) { node(id: $id) { ... on Cluster { reading { devices(first: ${first}) { key } } } } }`,
        { id },
      )
    expect((await list(0))[0]).toBe('BAD_INPUT')
    expect((await list(100_000))[0]).toBe('BAD_INPUT')
    // This machine of the tests has no GPU.
    const { devicePreview } = await app.ask('query { devicePreview(gpuCount: 1024) { verdict } }')
    expect(devicePreview).toEqual({ verdict: 'NEVER' })
    expect((await app.ask('query { devicePreview { verdict } }')).devicePreview).toBeNull()
  })
})

describe('RS-01 several clusters by the contexts of a kubeconfig', () => {
  it('are shown beside this machine; those that do not answer say so by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autodidact-contexts-'))
    const names = ['seoul', 'busan']
    const kubeconfig = join(folder, 'config')
    await writeFile(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'seoul',
        clusters: names.map((name) => ({ name, cluster: { server: 'http://127.0.0.1:9' } })),
        users: [{ name: 'nobody', user: {} }],
        contexts: names.map((name) => ({ name, context: { cluster: name, user: 'nobody' } })),
      }),
    )
    const before = process.env['KUBECONFIG']
    process.env['KUBECONFIG'] = kubeconfig
    try {
      await using app = await startTestApp({ config: { clusterContexts: names } })
      const found = (await app.ask(clusters)).clusters.edges.map((it: any) => it.node)
      expect(found.map((it: any) => [it.kind, it.context])).toEqual([
        ['LOCAL', null],
        ['KUBERNETES', 'seoul'],
        ['KUBERNETES', 'busan'],
      ])
      for (const name of names) {
        const { id } = found.find((it: any) => it.context === name)
        await expect
          .poll(
            async () =>
              (
                await app.ask(
                  `query ($id: ID!) { node(id: $id) { ... on Cluster { reading { state notices } } } }`,
                  { id },
                )
              ).node.reading,
            { timeout: 20_000 },
          )
          .toMatchObject({
            state: 'UNREACHABLE',
            notices: [expect.stringContaining(`The cluster "${name}" does not answer`)],
          })
      }
      await expect(startTestApp({ config: { clusterContexts: ['jeju'] } })).rejects.toThrow(
        'no context "jeju": it has seoul, busan',
      )
    } finally {
      if (before === undefined) delete process.env['KUBECONFIG']
      else process.env['KUBECONFIG'] = before
      await rm(folder, { recursive: true, force: true })
    }
  })
})
