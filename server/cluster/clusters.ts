import { setTimeout as sleep } from 'node:timers/promises'
import {
  historyLevels,
  type Amounts,
  type Cluster,
  type ClusterReading,
  type DeviceGroup,
  type DevicePreview,
} from '#schema/domain/cluster.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { ClustersPort } from '#schema/ports/cluster.ts'
import type { RunsPort } from '#schema/ports/run.ts'
import { releaseLease, takeLease } from '../db/lease.ts'
import type { OpenDatabase } from '../db/pool.ts'
import { preflight, type Preflight } from '../executor/kubernetes/devices-preflight.ts'
import type { Log } from '../http/policy.ts'
import { abortable } from '../live/abortable.ts'
import type { ClusterSource } from './cluster-source.ts'
import {
  addSample,
  dropOldSamples,
  ensureCluster,
  findCluster,
  listClusters,
  readHeld,
  readHistory,
} from './cluster-store.ts'

export interface ClustersDeps {
  readonly database: OpenDatabase
  /** This machine first. */
  readonly sources: readonly ClusterSource[]
  /** Of them, where runs go. */
  readonly main: ClusterSource
  /** Of runs, the ones that a viewer may see. */
  readonly runs: Pick<RunsPort, 'byId'>
  newId(): Id
  now(): Date
  readonly log: Log
  /** How often use is written down. */
  readonly sampleMs?: number
  /** How old a reading may be that is given out again. */
  readonly freshMs?: number
}

export interface Clusters {
  readonly port: ClustersPort
  /** Writes use down until told to stop: one process of the installation does, by a lease. */
  start(signal: AbortSignal): Promise<void>
}

const leaseName = 'cluster/samples'
const maxGroups = 50
const maxHistoryPoints = 2_000

interface Known {
  readonly cluster: Cluster
  readonly source: ClusterSource
  reading: ClusterReading | null
  readAt: number
  /** How long the last reading took: who takes long is asked less often. */
  tookMs: number
  /** The figures as text, and how often they have changed. */
  figures: string
  version: number
  under: Promise<ClusterReading> | null
}

const nothing: Amounts = { total: 0, requested: 0, used: null }

/** Like devices together: the matching ones first, then by number. */
export function groupDevices(devices: Preflight['devices']): DeviceGroup[] {
  const groups = new Map<string, DeviceGroup & { nodes: string[]; count: number; free: number }>()
  for (const device of devices) {
    // Sentences name their own node: those of one kind stand together.
    const why = device.node === null ? device.why : device.why.replaceAll(device.node, '…')
    const key = `${device.type}\n${device.memoryMib}\n${device.matches}\n${why}`
    let group = groups.get(key)
    if (group === undefined) {
      group = {
        type: device.type,
        memoryBytes: device.memoryMib === null ? null : device.memoryMib * 2 ** 20,
        matches: device.matches,
        why: device.why,
        count: 0,
        free: 0,
        nodes: [],
      }
      groups.set(key, group)
    }
    group.count += device.count
    group.free += device.free
    if (device.node !== null && group.nodes.length < 5 && !group.nodes.includes(device.node))
      group.nodes.push(device.node)
  }
  return [...groups.values()]
    .sort((a, b) => Number(b.matches) - Number(a.matches) || b.count - a.count)
    .slice(0, maxGroups)
}

export function previewOf(found: Preflight): DevicePreview {
  const { verdict, sentence, matching, free } = found
  return { verdict, sentence, matching, free, groups: groupDevices(found.devices) }
}

/** Clusters, what they have and how it is used. Readings are shared by all who watch. */
export async function createClusters(deps: ClustersDeps): Promise<Clusters> {
  const { database, sources, now, log } = deps
  const { db } = database
  const sampleMs = deps.sampleMs ?? 15_000
  const freshMs = deps.freshMs ?? 2_000
  const known = new Map<Id, Known>()
  for (const source of sources) {
    const cluster = await ensureCluster(db, source, deps.newId)
    known.set(cluster.id, {
      cluster,
      source,
      reading: null,
      readAt: -Infinity,
      tookMs: 0,
      figures: '',
      version: 0,
      under: null,
    })
  }

  async function take(it: Known): Promise<ClusterReading> {
    const base = { clusterId: it.cluster.id, at: now() }
    try {
      const observed = await it.source.observe(await readHeld(db))
      return { ...base, state: 'READY', ...observed }
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      log('a cluster did not answer', { cluster: it.cluster.name, error: cause })
      const last = it.reading
      const notice = `The cluster "${it.cluster.name}" does not answer; its figures are of ${(last?.at ?? base.at).toISOString()}. Check its API server and the kubeconfig.`
      // The figures keep the moment at which they were true.
      if (last !== null) return { ...last, state: 'UNREACHABLE', notices: [notice] }
      return {
        ...base,
        state: 'UNREACHABLE',
        notices: [
          `The cluster "${it.cluster.name}" does not answer. Check its API server and the kubeconfig.`,
        ],
        abilities: [],
        gpus: nothing,
        gpuTypes: [],
        cpu: nothing,
        memory: nothing,
        nodeCounts: { ACTIVE: 0, DRAIN: 0, DOWN: 0 },
        runs: [],
        nodes: [],
        devices: [],
      }
    }
  }

  const patience = ({ tookMs }: Known) => Math.max(freshMs, 4 * tookMs)

  /** One reading at a time, and none while the last one is fresh, however many ask. */
  function fresh(it: Known): Promise<ClusterReading> {
    if (it.under !== null) return it.under
    const begun = performance.now()
    if (it.reading !== null && begun - it.readAt < patience(it)) return Promise.resolve(it.reading)
    it.under = take(it)
      .then((reading) => {
        it.reading = reading
        it.readAt = performance.now()
        it.tookMs = it.readAt - begun
        const figures = JSON.stringify({ ...reading, at: null })
        if (figures !== it.figures) it.version += 1
        it.figures = figures
        return reading
      })
      .finally(() => {
        it.under = null
      })
    return it.under
  }

  /** P8: which run holds a device is told to those who may see the run. */
  async function visibleTo(viewer: Viewer, reading: ClusterReading): Promise<ClusterReading> {
    const ids = new Set([
      ...reading.runs.map((it) => it.runId),
      ...reading.devices.flatMap((it) => (it.runId === null ? [] : [it.runId])),
    ])
    if (ids.size === 0) return reading
    const seen = new Set<Id>()
    for (const id of ids)
      if ((await deps.runs.byId(viewer, id).catch(() => null)) !== null) seen.add(id)
    return {
      ...reading,
      runs: reading.runs.filter((it) => seen.has(it.runId)),
      devices: reading.devices.map((device) =>
        device.runId === null || seen.has(device.runId) ? device : { ...device, runId: null },
      ),
    }
  }

  async function require(id: Id): Promise<Known> {
    const it = known.get(id)
    if (it !== undefined) return it
    if ((await findCluster(db, id)) === null)
      throw new DomainError('NOT_FOUND', 'There is no such cluster.')
    throw new DomainError(
      'UNAVAILABLE',
      'This cluster is no longer configured: add its context to the kubeconfig again.',
    )
  }

  function main(): Known {
    const it = [...known.values()].find(({ source }) => source === deps.main)
    if (it === undefined) throw new DomainError('NOT_FOUND', 'No cluster is configured.')
    return it
  }

  const port: ClustersPort = {
    byId: (_viewer, id) => findCluster(db, id),
    list: (_viewer, page) => listClusters(db, page),
    async reading(viewer, id) {
      const it = known.get(id)
      return it === undefined ? null : visibleTo(viewer, await fresh(it))
    },
    readings: (viewer, id, outer) =>
      abortable(async function* (signal) {
        const it = await require(id)
        let told = -1
        while (!signal.aborted) {
          const reading = await fresh(it)
          // Newest wins; what did not change is not told again.
          if (it.version !== told) {
            told = it.version
            yield await visibleTo(viewer, reading)
          }
          await sleep(patience(it), undefined, { signal }).catch(() => undefined)
        }
      }, outer),
    async history(_viewer, id, { series, type, since, until, maxPoints }) {
      await require(id)
      if (!(since < until))
        throw new DomainError('BAD_INPUT', '"since" lies behind "until": exchange them.')
      if (!Number.isInteger(maxPoints) || maxPoints < 2 || maxPoints > maxHistoryPoints)
        throw new DomainError(
          'BAD_INPUT',
          `"maxPoints" is ${maxPoints}: ask for 2 to ${maxHistoryPoints}.`,
        )
      if (type !== null && series !== 'GPU')
        throw new DomainError('BAD_INPUT', `"type" goes with the series GPU, not ${series}.`)
      const span = (until.getTime() - since.getTime()) / 1_000
      const age = (now().getTime() - since.getTime()) / 1_000
      const coarsest = historyLevels.at(-1)!
      const level =
        historyLevels.find(
          ({ seconds, keepSeconds }) => span / seconds <= maxPoints && age <= keepSeconds,
        ) ?? coarsest
      const points = await readHistory(db, id, {
        series: type === null ? series : `GPU:${type}`,
        seconds: level.seconds,
        since,
        until,
      })
      // Longer than the coarsest level has points for: the newest of them.
      return { seconds: level.seconds, points: points.slice(-maxPoints) }
    },
    async preview(_viewer, id, resources) {
      const it = id === null ? main() : await require(id)
      const inventory = await it.source.inventory().catch((error: unknown) => {
        if (error instanceof DomainError) throw error
        throw new DomainError(
          'UNAVAILABLE',
          `The cluster "${it.cluster.name}" does not answer: its devices cannot be looked at now.`,
          {},
          { cause: error },
        )
      })
      const found = preflight(resources, inventory, { tolerations: it.source.tolerations })
      return found === null ? null : previewOf(found)
    },
  }

  async function sample(it: Known): Promise<void> {
    const reading = await fresh(it)
    if (reading.state !== 'READY') return
    const series = new Map<string, Amounts>([
      ['GPU', reading.gpus],
      ['CPU', reading.cpu],
      ['MEMORY', reading.memory],
      ...reading.gpuTypes.slice(0, 50).map((row) => [`GPU:${row.type}`, row] as const),
    ])
    await db.transaction().execute((trx) => addSample(trx, it.cluster.id, reading.at, series))
  }

  async function start(signal: AbortSignal): Promise<void> {
    const holder = deps.newId()
    let turns = 0
    while (!signal.aborted) {
      try {
        if ((await takeLease(db, leaseName, holder)) !== null) {
          for (const it of known.values()) await sample(it)
          if (turns % 240 === 0) await dropOldSamples(db, now())
          turns += 1
        }
      } catch (error) {
        if (!signal.aborted)
          log('use of clusters could not be written down', {
            error: error instanceof Error ? error.message : String(error),
          })
      }
      await sleep(sampleMs, undefined, { signal }).catch(() => undefined)
    }
    await releaseLease(db, leaseName, holder).catch(() => undefined)
  }

  return { port, start }
}
