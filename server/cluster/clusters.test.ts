import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Amounts } from '#schema/domain/cluster.ts'
import { createIdMaker } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import type { ClusterSource, HeldByRun } from './cluster-source.ts'
import { addSample, dropOldSamples, readHistory } from './cluster-store.ts'
import { createClusters, type ClustersDeps } from './clusters.ts'
import { createLocalSource, parseGpus } from './local-source.ts'
import { readDcgm } from './prometheus.ts'

const viewer: Viewer = {
  id: '00000000-0000-7000-8000-000000000001',
  name: 'a',
  role: 'administrator',
}
const smi = [
  '0, GPU-aa, NVIDIA L4, 23034, 1024, 37, 51, 42.10',
  '1, GPU-bb, NVIDIA A100-SXM4-80GB, 81920, 0, 0, 30, [N/A]',
  'a line that nvidia-smi never prints',
].join('\n')

const makeClusters = (deps: Omit<ClustersDeps, 'main'>) =>
  createClusters({ ...deps, main: deps.sources[0]! })

describe('RS-01 this machine', () => {
  it('reads nvidia-smi, and null where a card does not tell', () => {
    expect(parseGpus(smi)).toEqual([
      {
        index: 0,
        uuid: 'GPU-aa',
        name: 'NVIDIA L4',
        memoryBytes: 23_034 * 2 ** 20,
        memoryUsedBytes: 2 ** 30,
        utilisation: 0.37,
        celsius: 51,
        watts: 42.1,
      },
      {
        index: 1,
        uuid: 'GPU-bb',
        name: 'NVIDIA A100-SXM4-80GB',
        memoryBytes: 81_920 * 2 ** 20,
        memoryUsedBytes: 0,
        utilisation: 0,
        celsius: 30,
        watts: null,
      },
    ])
    expect(parseGpus('')).toEqual([])
  })

  it('tells what runs hold, by the books, and what was busy in the window', async () => {
    let time = 0
    let csv = smi
    const source = createLocalSource({
      now: () => new Date(time),
      gpus: () => Promise.resolve(parseGpus(csv)),
    })
    const held: HeldByRun[] = [
      { runId: 'r1', executor: 'local', cores: 2, memoryBytes: 4e9, devices: [1] },
      { runId: 'r2', executor: 'kubernetes', cores: 64, memoryBytes: 1e12, devices: [0] },
    ]
    const first = await source.observe(held)
    expect(first.gpus).toEqual({ total: 2, requested: 1, used: 1 })
    expect(first.cpu).toMatchObject({ requested: 2 })
    expect(first.memory).toMatchObject({ requested: 4e9 })
    expect(first.memory.used).toBeGreaterThan(0)
    expect(first.runs).toEqual([
      {
        runId: 'r1',
        gpus: { total: 1, requested: 1, used: 0 },
        cpu: { total: 2, requested: 2, used: null },
        memory: { total: 4e9, requested: 4e9, used: null },
      },
    ])
    csv = smi.replace(' 37,', ' 0,')
    time = 4 * 60_000
    expect((await source.observe([])).gpus.used).toBe(1)
    time = 10 * 60_000
    expect((await source.observe([])).gpus.used).toBe(0)
  })
})

describe('RS-01 DCGM through Prometheus', () => {
  const sample = (name: string, labels: Record<string, string>, value: string) => ({
    metric: { __name__: name, ...labels },
    value: [1, value] as [number, string],
  })
  it('joins the series of a device, by uuid, with the pod that uses it', () => {
    const one = { UUID: 'GPU-1', gpu: '0', modelName: 'NVIDIA L4', Hostname: 'n1' }
    const pod = { exported_pod: 'job-1', exported_namespace: 'p', pod: 'dcgm-x', namespace: 'mon' }
    expect(
      readDcgm(
        [
          sample('DCGM_FI_DEV_GPU_UTIL', { ...one, ...pod }, '0'),
          sample('DCGM_FI_DEV_FB_USED', one, '1024'),
          sample('DCGM_FI_DEV_FB_FREE', one, '22010'),
          sample('DCGM_FI_DEV_GPU_TEMP', one, '41'),
          sample('DCGM_FI_DEV_POWER_USAGE', one, 'NaN'),
        ],
        [sample('', one, '80'), sample('', { UUID: 'GPU-gone' }, '100')],
      ),
    ).toEqual([
      {
        uuid: 'GPU-1',
        node: 'n1',
        index: '0',
        type: 'NVIDIA L4',
        utilisation: 0,
        peak: 0.8,
        memoryBytes: 23_034 * 2 ** 20,
        memoryUsedBytes: 2 ** 30,
        celsius: 41,
        watts: null,
        pod: { namespace: 'p', name: 'job-1' },
      },
    ])
  })
})

function fakeSource(observe: ClusterSource['observe']): ClusterSource {
  const local = createLocalSource({ now: () => new Date(), gpus: () => Promise.resolve([]) })
  return { ...local, observe }
}

describeOnBoth('RS-06 use over time', (open) => {
  const newId = createIdMaker()
  const amounts = (total: number, requested: number, used: number | null): Amounts => ({
    total,
    requested,
    used,
  })

  it('keeps means and peaks at three levels, and forgets each in its time', async () => {
    const database = await open()
    const { db } = database
    const { port } = await makeClusters({
      database,
      sources: [createLocalSource({ now: () => new Date() })],
      runs: { byId: () => Promise.resolve(null) },
      newId,
      now: () => new Date('2026-11-21T12:00:00Z'),
      log: () => undefined,
    })
    const cluster = (await port.list(viewer, { first: 10, after: null })).nodes[0]!
    expect(cluster).toMatchObject({ kind: 'LOCAL', context: null })
    const begin = new Date('2026-11-21T11:00:00Z').getTime()
    for (let at = 0; at < 40; at += 1)
      await db
        .transaction()
        .execute((trx) =>
          addSample(
            trx,
            cluster.id,
            new Date(begin + at * 15_000),
            new Map([['GPU', amounts(16, 12, at < 20 ? 10 : at === 30 ? 16 : null)]]),
          ),
        )
    const fine = await readHistory(db, cluster.id, {
      series: 'GPU',
      seconds: 15,
      since: new Date(begin),
      until: new Date(begin + 3_600_000),
    })
    expect(fine).toHaveLength(40)
    expect(fine[0]).toEqual({
      at: new Date(begin),
      total: 16,
      requested: 12,
      used: 10,
      usedPeak: 10,
    })
    expect(fine[25]).toMatchObject({ used: null, usedPeak: null })
    const wanted = { series: 'GPU' as const, type: null, until: new Date(begin + 3_600_000) }
    const coarse = await port.history(viewer, cluster.id, {
      ...wanted,
      since: new Date(begin),
      maxPoints: 20,
    })
    expect(coarse).toEqual({
      seconds: 300,
      points: [
        { at: new Date(begin), total: 16, requested: 12, used: 10, usedPeak: 10 },
        { at: new Date(begin + 300_000), total: 16, requested: 12, used: 16, usedPeak: 16 },
      ],
    })
    // Older than the finest level is kept: the next one answers, however many points may come.
    const old = await port.history(viewer, cluster.id, {
      ...wanted,
      since: new Date(begin - 8 * 3_600_000),
      maxPoints: 2_000,
    })
    expect(old.seconds).toBe(300)
    await dropOldSamples(db, new Date(begin + 7 * 3_600_000))
    const left = await db
      .selectFrom('cluster_sample')
      .select(['seconds'])
      .orderBy('seconds')
      .execute()
    expect(left.map((row) => row.seconds)).toEqual([300, 300, 3_600])
  })

  it('refuses charts that make no sense', async () => {
    const database = await open()
    const { port } = await makeClusters({
      database,
      sources: [createLocalSource({ now: () => new Date() })],
      runs: { byId: () => Promise.resolve(null) },
      newId,
      now: () => new Date(),
      log: () => undefined,
    })
    const { id } = (await port.list(viewer, { first: 1, after: null })).nodes[0]!
    const ask = (change: object) =>
      port.history(viewer, id, {
        series: 'GPU',
        type: null,
        since: new Date(0),
        until: new Date(1),
        maxPoints: 100,
        ...change,
      })
    await expect(ask({ until: new Date(-1) })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(ask({ maxPoints: 1 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(ask({ maxPoints: 1e9 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(ask({ series: 'CPU', type: 'L4' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(
      port.history(viewer, newId(), {
        series: 'CPU',
        type: null,
        since: new Date(0),
        until: new Date(1),
        maxPoints: 2,
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('samples by lease: of two processes one writes', async () => {
    const database = await open()
    const { db } = database
    const make = () =>
      makeClusters({
        database,
        sources: [createLocalSource({ now: () => new Date(), gpus: () => Promise.resolve([]) })],
        runs: { byId: () => Promise.resolve(null) },
        newId,
        now: () => new Date(),
        log: (message, facts) => console.error(message, facts),
        sampleMs: 100,
        freshMs: 10,
      })
    const [one, two] = [await make(), await make()]
    const stop = new AbortController()
    const both = [one.start(stop.signal), two.start(stop.signal)]
    await sleep(800)
    stop.abort()
    await Promise.all(both)
    const rows = await db
      .selectFrom('cluster_sample')
      .select(['count', 'series'])
      .where('seconds', '=', 3_600)
      .where('series', '=', 'CPU')
      .execute()
    const written = rows.reduce((sum, row) => sum + row.count, 0)
    expect(written).toBeGreaterThan(1)
    // Twice as many would have been written by two.
    expect(written).toBeLessThanOrEqual(9)
  })
})

describeOnBoth('RS readings', (open) => {
  const newId = createIdMaker()

  it('keeps the last figures of a cluster that does not answer, and says so', async () => {
    const database = await open()
    let answers = true
    const local = createLocalSource({
      now: () => new Date(),
      gpus: () => Promise.resolve(parseGpus(smi)),
    })
    const { port } = await makeClusters({
      database,
      sources: [
        fakeSource((held) =>
          answers ? local.observe(held) : Promise.reject(new Error('connection refused')),
        ),
      ],
      runs: { byId: () => Promise.resolve(null) },
      newId,
      now: () => new Date(),
      log: () => undefined,
      freshMs: 20,
    })
    const { id } = (await port.list(viewer, { first: 1, after: null })).nodes[0]!
    const seen: string[] = []
    for await (const reading of port.readings(viewer, id)) {
      seen.push(`${reading.state} ${reading.gpus.total}`)
      if (seen.length === 1) answers = false
      if (reading.state === 'UNREACHABLE') {
        expect(reading.notices[0]).toMatch(/does not answer/)
        break
      }
    }
    expect(seen[0]).toBe('READY 2')
    expect(seen.at(-1)).toBe('UNREACHABLE 2')
  })

  it('P8 hides whose run holds a device from those who may not see it', async () => {
    const database = await open()
    const local = createLocalSource({
      now: () => new Date(),
      gpus: () => Promise.resolve(parseGpus(smi)),
    })
    const held = [{ runId: newId(), executor: 'local', cores: 1, memoryBytes: 1, devices: [0] }]
    const { port } = await makeClusters({
      database,
      sources: [fakeSource(() => local.observe(held))],
      runs: { byId: () => Promise.resolve(null) },
      newId,
      now: () => new Date(),
      log: () => undefined,
    })
    const { id } = (await port.list(viewer, { first: 1, after: null })).nodes[0]!
    const reading = (await port.reading(viewer, id))!
    expect(reading.gpus.requested).toBe(1)
    expect(reading.runs).toEqual([])
    expect(reading.devices.map((device) => device.runId)).toEqual([null, null])
  })

  it('previews the devices of this machine, each with its reason', async () => {
    const database = await open()
    const { port } = await makeClusters({
      database,
      sources: [
        createLocalSource({ now: () => new Date(), gpus: () => Promise.resolve(parseGpus(smi)) }),
      ],
      runs: { byId: () => Promise.resolve(null) },
      newId,
      now: () => new Date(),
      log: () => undefined,
    })
    const preview = await port.preview(viewer, null, {
      gpuMemory: { text: '40GB', bytes: 40e9 },
    })
    expect(preview).toMatchObject({ verdict: 'NOW', matching: 1, free: 1 })
    expect(preview!.groups.map((group) => [group.type, group.matches, group.why])).toEqual([
      ['NVIDIA A100-SXM4-80GB', true, ''],
      ['NVIDIA L4', false, 'It has 22.5 GiB of memory, at least 37 GiB are asked for (40GB).'],
    ])
    expect(await port.preview(viewer, null, {})).toBeNull()
    await expect(port.preview(viewer, null, { gpuCount: 1e9 })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    })
  })
})
