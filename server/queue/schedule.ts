import type { Id } from '#schema/domain/id.ts'
import type { Capacity } from '../executor/executor.ts'
import type { Slot } from '../run/slots.ts'
import { matching, neverMet, place, type Demand } from './demand.ts'

/** A waiting run as the scheduler sees it. */
export interface Candidate {
  readonly runId: Id
  readonly demand: Demand
}

export interface Choice<C extends Candidate> {
  readonly candidate: C
  /** Empty for what can never be met: it starts, and its step fails by name instead of holding up the queue. */
  readonly slot: Slot
  /** The head that it goes before, without being able to delay it. */
  readonly overtakes: C | null
}

const none: Slot = { cores: 0, memoryBytes: 0, devices: [] }
const maxSums = 4_096

/**
 * The largest sum of some of the amounts that is not above the limit; the limit itself when there are too many
 * different sums to tell, which leaves no room: the safe side.
 */
export function largestSum(amounts: readonly number[], limit: number): number {
  if (limit < 0) return 0
  let whole = 0
  for (const amount of amounts) whole += amount
  if (whole <= limit) return whole
  let sums = new Set([0])
  for (const amount of amounts) {
    if (amount <= 0) continue
    const next = new Set(sums)
    for (const sum of sums) if (sum + amount <= limit + 1e-9) next.add(sum + amount)
    if (next.size > maxSums) return limit
    sums = next
  }
  return Math.max(...sums)
}

/**
 * Whether giving this slot away could ever let the head start later, however the running work ends.
 * The head starts as soon as what still runs leaves it enough; for every such rest of the running work
 * there must be room for the slot as well. Judged figure by figure, which is enough (SC-01).
 */
export function mayDelay(
  head: Demand,
  slot: Slot,
  capacity: Capacity,
  taken: readonly Slot[],
): boolean {
  const short = (
    all: number,
    wanted: number,
    extra: number,
    amounts: readonly number[],
  ): boolean => {
    if (extra === 0) return false
    const limit = all - Math.min(wanted, all)
    return extra > limit - largestSum(amounts, limit) + 1e-9
  }
  if (
    short(
      capacity.cores,
      head.cores,
      slot.cores,
      taken.map((it) => it.cores),
    ) ||
    short(
      capacity.memoryBytes,
      head.memoryBytes,
      slot.memoryBytes,
      taken.map((it) => it.memoryBytes),
    )
  )
    return true
  if (slot.devices.length === 0 || head.devices.length === 0) return false
  const wanted = head.devices.map((ask) => new Set(matching(ask, capacity)))
  const overlap = (it: Slot, set: ReadonlySet<number>) =>
    it.devices.filter((index) => set.has(index)).length
  // Several wishes can be met in many ways: then none of their devices is given away.
  if (wanted.length > 1) return wanted.some((set) => overlap(slot, set) > 0)
  const set = wanted[0]!
  return short(
    set.size,
    head.devices[0]!.count,
    overlap(slot, set),
    taken.map((it) => overlap(it, set)),
  )
}

/**
 * Who starts next: the first candidate that fits, or one behind the head that cannot delay it.
 *
 * @param candidates in the queue's order, without those that a quota holds back
 */
export function choose<C extends Candidate>(
  candidates: readonly C[],
  capacity: Capacity,
  taken: readonly Slot[],
): Choice<C> | null {
  let head: C | null = null
  let avoid: ReadonlySet<number> = new Set()
  for (const candidate of candidates) {
    const { demand } = candidate
    if (neverMet(demand, capacity) !== null) return { candidate, slot: none, overtakes: head }
    const slot = place(demand, capacity, taken, avoid)
    if (slot === null) {
      if (head === null) {
        head = candidate
        avoid = new Set(demand.devices.flatMap((ask) => matching(ask, capacity)))
      }
      continue
    }
    if (head === null || !mayDelay(head.demand, slot, capacity, taken))
      return { candidate, slot, overtakes: head }
  }
  return null
}

/** Running work and when it will be over, in seconds from now. */
export interface Running {
  readonly slot: Slot
  readonly endsIn: number
}

/**
 * When each candidate would start, in seconds from now, if work takes as long as expected; null where nobody can tell.
 */
export function expectStarts(
  candidates: readonly (Candidate & { readonly seconds: number })[],
  capacity: Capacity,
  running: readonly Running[],
): Map<Id, number> {
  const starts = new Map<Id, number>()
  let now = 0
  let active = [...running]
  let waiting = [...candidates]
  while (waiting.length > 0) {
    const choice = choose(
      waiting,
      capacity,
      active.map((it) => it.slot),
    )
    if (choice !== null) {
      const { candidate, slot } = choice
      starts.set(candidate.runId, now)
      active.push({ slot, endsIn: now + candidate.seconds })
      waiting = waiting.filter((it) => it !== candidate)
      continue
    }
    const next = Math.min(...active.map((it) => it.endsIn))
    if (!Number.isFinite(next)) break
    now = Math.max(now, next)
    active = active.filter((it) => it.endsIn > now)
  }
  return starts
}
