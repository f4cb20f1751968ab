import { sql } from 'kysely'
import type { CostQuote } from '#schema/domain/cost.ts'
import type { Id } from '#schema/domain/id.ts'
import type { WaitReason } from '#schema/domain/queue.ts'
import { approvalSignature, type ResourceCaps } from '#schema/domain/request.ts'
import { parseSpec, specHash, type Component, type Resources } from '#schema/domain/spec.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { Capacity } from '../executor/executor.ts'
import { readDemand } from '../queue/demand.ts'
import { advanceClock } from '../queue/fair-share.ts'
import { slotsOf, takenNow, waitingRuns, type QueueKey, type Taken } from '../queue/queue-store.ts'
import { gpusInUse, gpuSecondsUsed, quotasByOwner, type QuotaRow } from '../queue/quota-store.ts'
import { choose, type Choice, type Candidate } from '../queue/schedule.ts'
import { findSlot, type Slot } from './slots.ts'

const nothing: Slot = { cores: 0, memoryBytes: 0, devices: [] }

/** How far the scheduler looks behind the head; first only a little, since mostly one of the first fits. */
const glance = 8
const window = 64
/** Projects and people at their quota are left out of the next look; so many looks at most. */
const looks = 8

/** A waiting run with what the scheduler must know of it. */
export interface Waiting extends Candidate, QueueKey {
  readonly project_id: Id
  readonly created_by: Id
  readonly spec_id: Id
  readonly request_id: Id
  readonly gpus: number
  readonly expected_seconds: number | null
  /** Whether anybody has a quota: told by the same statement, since every look asks. */
  readonly limited: boolean
}

/** Reads waiting runs in the queue's order. */
export async function readWaiting(
  db: Db | Trx,
  limit: number,
  without: { projects: readonly Id[]; people: readonly Id[] } = { projects: [], people: [] },
): Promise<Waiting[]> {
  let query = waitingRuns(db)
    .select([
      'run.id',
      'run.priority',
      'run.rank',
      'run.fair_tag',
      'run.project_id',
      'run.created_by',
      'run.spec_id',
      'run.request_id',
      'run.gpus',
      'run.expected_seconds',
      'run.demand',
      sql<boolean>`(select exists (select 1 from quota where gpus is not null or gpu_hours is not null))`.as(
        'limited',
      ),
    ])
    .limit(limit)
  // Work that asks for no GPU is never held back by a quota on GPUs.
  if (without.projects.length > 0)
    query = query.where((eb) =>
      eb.or([eb('run.gpus', '=', 0), eb('run.project_id', 'not in', without.projects)]),
    )
  if (without.people.length > 0)
    query = query.where((eb) =>
      eb.or([eb('run.gpus', '=', 0), eb('run.created_by', 'not in', without.people)]),
    )
  const rows = await query.execute()
  return rows.map(({ demand, ...row }) => ({
    ...row,
    runId: row.id,
    demand: readDemand(demand),
  }))
}

/** Tells which waiting runs a quota holds back, and by which. */
export interface Gate {
  holds(run: Pick<Waiting, 'project_id' | 'created_by' | 'gpus'>): WaitReason[]
}

/**
 * Quotas as they stand now.
 *
 * @param hours whether GPU hours are looked at, too; they are read only where somebody has a quota on them
 */
export async function readGate(db: Db | Trx, hours = true): Promise<Gate> {
  const quotas = await quotasByOwner(db)
  if (quotas.projects.size === 0 && quotas.people.size === 0) return { holds: () => [] }
  const used = await gpusInUse(db)
  const all = [...quotas.projects.values(), ...quotas.people.values()]
  const limited = hours ? all.filter((quota) => quota.gpu_hours !== null) : []
  const seconds = limited.length === 0 ? null : await gpuSecondsUsed(db)
  const spent = new Map<QuotaRow, number>(
    limited.map((quota) => [
      quota,
      ((quota.project_id === null
        ? seconds?.people.get(quota.person_id!)
        : seconds?.projects.get(quota.project_id)) ?? 0) / 3600,
    ]),
  )
  const reasons = (
    quota: QuotaRow | undefined,
    inUse: number,
    gpus: number,
    who: 'PROJECT' | 'PERSON',
  ): WaitReason[] => {
    if (quota === undefined || gpus === 0) return []
    const found: WaitReason[] = []
    if (quota.gpus !== null && inUse + gpus > quota.gpus)
      found.push({
        code: `QUOTA_GPUS_${who}`,
        params: { quota: quota.gpus, used: inUse, asked: gpus },
      })
    const used = spent.get(quota)
    if (used !== undefined && used >= quota.gpu_hours!)
      found.push({
        code: `QUOTA_HOURS_${who}`,
        params: { quota: quota.gpu_hours!, used: Math.round(used * 100) / 100 },
      })
    return found
  }
  return {
    holds: (run) => [
      ...reasons(
        quotas.projects.get(run.project_id),
        used.projects.get(run.project_id) ?? 0,
        run.gpus,
        'PROJECT',
      ),
      ...reasons(
        quotas.people.get(run.created_by),
        used.people.get(run.created_by) ?? 0,
        run.gpus,
        'PERSON',
      ),
    ],
  }
}

/** The run that starts next and what it is given, or null while nothing can start. */
async function chooseNext(
  db: Db | Trx,
  capacity: Capacity,
  holdings?: readonly Taken[],
): Promise<Choice<Waiting> | null> {
  const gate = await readGate(db)
  const taken = slotsOf(holdings ?? (await takenNow(db)))
  const projects = new Set<Id>()
  const people = new Set<Id>()
  let limit = glance
  for (let look = 0; look < looks; look += 1) {
    const read = await readWaiting(db, limit, { projects: [...projects], people: [...people] })
    const candidates: Waiting[] = []
    let held = false
    for (const run of read) {
      const reasons = gate.holds(run)
      if (reasons.length === 0) {
        candidates.push(run)
        continue
      }
      held = true
      // Only a quota that is used up holds back all of its owner's GPU work; one that is merely too small for
      // this run may still let a smaller one through.
      for (const { code, params } of reasons) {
        const full = code.startsWith('QUOTA_HOURS') || params['used'] === params['quota']
        if (full)
          (code.endsWith('PROJECT') ? projects : people).add(
            code.endsWith('PROJECT') ? run.project_id : run.created_by,
          )
      }
    }
    // Judged in order, so what a short look chooses a long one would choose as well.
    const choice = choose(candidates, capacity, taken)
    if (choice !== null || read.length < limit) return choice
    if (limit === window && (!held || candidates.length > 0)) return null
    limit = window
  }
  return null
}

/**
 * The runs that start next, in their order, and what each is given: what {@link chooseNext} says one after the other.
 * While somebody has a quota, one at a time: the next depends on what the one before has used of it.
 */
export async function chooseSome(
  db: Db | Trx,
  capacity: Capacity,
  holdings: readonly Taken[],
  most: number,
): Promise<Choice<Waiting>[]> {
  const taken = slotsOf(holdings)
  const choices: Choice<Waiting>[] = []
  const chosen = new Set<Id>()
  for (const limit of [glance, window + most]) {
    const read = await readWaiting(db, limit)
    if (read[0]?.limited === true) {
      const next = await chooseNext(db, capacity, holdings)
      return next === null ? [] : [next]
    }
    const waiting = read.filter((run) => !chosen.has(run.id))
    while (choices.length < most) {
      const choice = choose(waiting.slice(0, window), capacity, taken)
      if (choice === null) break
      choices.push(choice)
      chosen.add(choice.candidate.id)
      taken.push(choice.slot)
      waiting.splice(waiting.indexOf(choice.candidate), 1)
    }
    if (choices.length >= most || read.length < limit) break
  }
  return choices
}

/**
 * Whether a chosen run may still start, asked in the transaction that starts it with its slot as reservation.
 * Locks the fair-share clock, so that two schedulers never judge the same quota on GPUs at once.
 *
 * @returns false when a quota has filled since it was chosen
 */
export async function mayStart(trx: Trx, { candidate }: Choice<Waiting>): Promise<boolean> {
  const limited = await advanceClock(trx, candidate.fair_tag)
  if (!limited) return true
  const gate = await readGate(trx, false)
  return gate.holds(candidate).length === 0
}

/**
 * The slot of a step: within what its run was given, where nobody else can be; or, for branches that run side by
 * side, from what is free, as far as nobody ahead of it waits for that and a quota allows it.
 */
export async function slotForStep(
  db: Db,
  step: { readonly runId: Id; readonly resources: Resources },
  capacity: Capacity,
  mayExceed: boolean,
  taken: readonly Taken[],
): Promise<Slot | null> {
  const own = taken.find((it) => it.runId === step.runId)
  const { reserved, attempts } = own ?? { reserved: nothing, attempts: [] }
  const given: Capacity = {
    cores: reserved.cores,
    memoryBytes: reserved.memoryBytes,
    devices:
      reserved.devices.length === 0
        ? []
        : capacity.devices.filter((device) => reserved.devices.includes(device.index)),
  }
  // Cores and memory are capped by what there is, so the slot is measured on the whole machine first.
  const cores = Math.min(step.resources.cpu?.cores ?? 1, capacity.cores)
  const memoryBytes = Math.min(step.resources.memory?.bytes ?? 0, capacity.memoryBytes)
  if (cores <= given.cores + 1e-9 && memoryBytes <= given.memoryBytes) {
    const slot = findSlot(step.resources, given, attempts)
    if (slot !== null) return slot
  }
  if (!mayExceed) return null
  const others = taken.filter((it) => it !== own)
  const slot = findSlot(step.resources, capacity, [...slotsOf(others), ...attempts])
  if (slot === null || slot.devices.length === 0) return slot
  const run = await db
    .selectFrom('run')
    .select(['project_id', 'created_by', 'gpus'])
    .where('id', '=', step.runId)
    .executeTakeFirstOrThrow()
  const held = attempts.reduce((sum, it) => sum + it.devices.length, 0)
  const more = held + slot.devices.length - Math.max(run.gpus, held)
  if (more > 0 && (await readGate(db)).holds({ ...run, gpus: more }).length > 0) return null
  return slot
}

/** What a request says about how its steps run. */
export interface LaunchTerms {
  readonly caps: Partial<ResourceCaps>
  /** Component name -> the digest that was shown when the request was made. */
  readonly images: Readonly<Record<string, string>>
  /** Labels of the nodes that its queue is bound to; {}: all nodes. */
  readonly nodes: Readonly<Record<string, string>>
}

export async function launchTerms(db: Db | Trx, requestId: Id): Promise<LaunchTerms> {
  const row = await db
    .selectFrom('request')
    .leftJoin('queue', 'queue.name', 'request.queue')
    .select(['request.caps', 'request.images', 'queue.nodes'])
    .where('request.id', '=', requestId)
    .executeTakeFirst()
  return {
    caps: row?.caps ?? {},
    images: (row?.images ?? {}) as Record<string, string>,
    nodes: (row?.nodes ?? {}) as Record<string, string>,
  }
}

/** The component as its request lets it run: no attempt is longer than the longest run time. */
export function capped(component: Component, { caps }: Pick<LaunchTerms, 'caps'>): Component {
  const longest = caps.maxSeconds
  if (longest === undefined || longest === null) return component
  if (component.timeout !== undefined && component.timeout.seconds <= longest) return component
  return { ...component, timeout: { written: longest, seconds: longest } }
}

/**
 * Whether what an administrator approved is still what would run: the stored plan, the images, the caps and the
 * cost bound are hashed anew (P6).
 *
 * @param digest of a component's image now; null where the executor pins the approved one itself
 * @returns a sentence that names what changed, or null
 */
export async function approvalFault(
  db: Db,
  requestId: Id,
  digest: ((component: Component) => Promise<string>) | null,
): Promise<string | null> {
  const state = await db
    .selectFrom('request')
    .select(['state', 'decided_by'])
    .where('id', '=', requestId)
    .executeTakeFirst()
  if (state === undefined) return 'Its request is gone.'
  if (state.state !== 'APPROVED') return 'Its request is not approved.'
  // Under the thresholds nobody signed anything.
  if (state.decided_by === null) return null
  const row = await db
    .selectFrom('request')
    .innerJoin('spec', 'spec.id', 'request.spec_id')
    .select([
      'request.spec_hash',
      'request.images',
      'request.caps',
      'request.quote',
      'request.signature',
      'spec.body',
    ])
    .where('request.id', '=', requestId)
    .executeTakeFirstOrThrow()
  const { spec } = parseSpec(row.body)
  if (spec === null || specHash(spec) !== row.spec_hash)
    return 'The plan is not the one that was approved.'
  const images = row.images as Record<string, string>
  if (digest !== null) {
    for (const component of spec.components) {
      if ((await digest(component)) !== images[component.name])
        return `The image of "${component.name}" is not the one that was approved.`
    }
  }
  const signature = approvalSignature({
    specHash: row.spec_hash,
    images,
    caps: row.caps as ResourceCaps,
    costBound: (row.quote as CostQuote | null)?.bound ?? [],
  })
  return signature === row.signature ? null : 'Its resources are not those that were approved.'
}
