import type { CurationStrategy, VerdictValue } from '#schema/domain/curation.ts'
import { sphericalKMeans } from './k-means.ts'
import { coverWith, type Cover } from './coverage.ts'
import { fitProbe, labelsOf, labelsOfClasses, type Labels, type Probe } from './probe.ts'
import { seededRandom, type Random } from './random.ts'
import { medoidsOf, membersOf, structureOf, type Structure } from './structure.ts'
import { dotRows, gather, type VectorPool } from './vectors.ts'

export type ReasonKind = 'medoid' | 'uncertain' | 'boundary' | 'fairness' | 'audit'

/** Why a picture was chosen: every score term, a text key with its parameters, and the English sentence. */
export interface Reason {
  readonly kind: ReasonKind
  readonly terms: Record<string, number>
  readonly key: string
  readonly params: Record<string, string | number>
  readonly text: string
}

export interface Candidate {
  readonly id: string
  /** The other side of a boundary pair, to be shown beside it. */
  readonly partner: string | null
  readonly reason: Reason
}

export interface Said {
  /** By image id; ids that are not in the pool are passed over. */
  readonly verdicts: ReadonlyMap<string, VerdictValue>
}

export interface RoundInput extends VectorPool, Said {
  readonly seed: number
  readonly round: number
  readonly size: number
  readonly shown: ReadonlySet<string>
  readonly method?: CurationStrategy
  /** Instead of verdicts: a class for each judged image, for experiments with more than two. */
  readonly classes?: ReadonlyMap<string, number>
}

interface Scene {
  readonly structure: Structure
  readonly labels: Labels
  readonly probe: Probe | null
  /** 1 for a row that may still be chosen. */
  readonly free: Uint8Array
  readonly random: Random
  /** How many of each cell were shown or labelled. */
  readonly seen: Int32Array
  /** The rows that were shown or judged before this round. */
  readonly before: readonly number[]
  readonly picked: { row: number; candidate: Candidate }[]
}

/** The first round: medoids. */
export function startCuration(
  input: VectorPool & { seed: number; roundSize: number },
): Candidate[] {
  return selectRound({
    ...input,
    round: 0,
    size: input.roundSize,
    verdicts: new Map(),
    shown: new Set(),
  })
}

/**
 * The pictures to be judged next. Depends on nothing but its input: the same seed and verdicts give the same candidates.
 * Never one that was shown or judged; fewer than `size` when the pool is used up.
 */
export function selectRound(input: RoundInput): Candidate[] {
  const structure = structureOf(input, input.seed)
  const { pool, cells } = structure
  const free = new Uint8Array(pool.count).fill(1)
  const judged = input.classes ?? input.verdicts
  for (const id of [...input.shown, ...judged.keys()]) {
    const row = pool.rowOf.get(id)
    if (row !== undefined) free[row] = 0
  }
  const seen = new Int32Array(cells.k)
  const before: number[] = []
  free.forEach((value, row) => {
    if (value === 1) return
    before.push(row)
    seen[cells.assignments[row]!] = seen[cells.assignments[row]!]! + 1
  })
  const labels =
    input.classes === undefined
      ? labelsOf(pool, input.verdicts)
      : labelsOfClasses(pool, input.classes)
  const method = input.method ?? 'blend'
  const scene: Scene = {
    structure,
    labels,
    probe:
      method === 'blend' || method === 'entropy' || method === 'margin'
        ? fitProbe(structure, labels)
        : null,
    free,
    random: seededRandom(input.seed, 'round', input.round),
    seen,
    before,
    picked: [],
  }
  const left = free.reduce((sum, value) => sum + value, 0)
  const size = Math.max(0, Math.min(Math.floor(input.size), left))
  if (size > 0) choose(scene, method, size)
  return scene.picked.map(({ candidate }) => candidate)
}

function choose(scene: Scene, method: CurationStrategy, size: number): void {
  switch (method) {
    case 'random':
      return takeAudit(scene, size)
    case 'core-set':
      return takeFarthest(scene, size)
    case 'entropy':
    case 'margin':
      return scene.probe === null
        ? takeAudit(scene, size)
        : takeUncertain(
            scene,
            size,
            method === 'margin' ? scene.probe.uncertainty : scene.probe.entropy,
          )
    case 'medoid':
      return takeMedoids(scene, size)
    case 'typiclust':
      return takeTypical(scene, size)
    case 'blend':
      return takeMix(scene, size)
  }
}

/**
 * Mostly pictures that cover what is still in doubt (all that is unseen, before both sides are known), two in ten from
 * where nobody has looked, and one in ten at random, which keeps the estimate honest.
 */
function takeMix(scene: Scene, size: number): void {
  const begun = scene.free.includes(0)
  // With one kind of verdict only, all of a round seeks the other kind where nobody has looked: there is nothing yet of
  // which an audit could tell whether it is honest.
  const seeking = begun && scene.probe === null
  const audit = begun && !seeking ? Math.round(size / 10) : 0
  const fair = seeking ? size : begun ? Math.round(size / 5) : 0
  takeUnderrepresented(scene, fair)
  takeAudit(scene, audit)
  takeCovering(scene, size - scene.picked.length)
}

function take(scene: Scene, row: number, reason: Reason, partner: number | null = null): void {
  const { pool, cells } = scene.structure
  scene.free[row] = 0
  const cell = cells.assignments[row]!
  scene.seen[cell] = scene.seen[cell]! + 1
  scene.picked.push({
    row,
    candidate: {
      id: pool.ids[row]!,
      partner: partner === null ? null : pool.ids[partner]!,
      reason,
    },
  })
}

function freeRows(scene: Scene): number[] {
  const rows: number[] = []
  scene.free.forEach((value, row) => {
    if (value === 1) rows.push(row)
  })
  return rows
}

function termsOf(scene: Scene, row: number): Record<string, number> {
  const { structure, probe } = scene
  const terms: Record<string, number> = {
    density: round(structure.density[row]!),
    quality: round(structure.pool.quality[row]!),
    cluster: structure.cells.assignments[row]!,
  }
  if (probe !== null) {
    terms['probability'] = round(probe.probability[row]!)
    terms['uncertainty'] = round(uncertainty(probe, row))
  }
  return terms
}

function takeMedoids(scene: Scene, size: number): void {
  const { structure } = scene
  const { space, spaceDim, pool } = structure
  const rows = freeRows(scene)
  const part = gather(space, spaceDim, rows)
  const partition = sphericalKMeans(
    part,
    spaceDim,
    size,
    seededRandom(1, 'medoids', rows.length, scene.random.below(2 ** 31)),
  )
  const local: Structure = {
    ...structure,
    space: part,
    density: Float32Array.from(rows, (row) => structure.density[row]!),
    pool: { ...pool, quality: Float32Array.from(rows, (row) => pool.quality[row]!) },
  }
  const medoids = medoidsOf(local, partition)
  const order = Array.from(medoids.keys()).sort(
    (a, b) => partition.sizes[b]! - partition.sizes[a]! || medoids[a]! - medoids[b]!,
  )
  for (const cluster of order) {
    const row = rows[medoids[cluster]!]!
    const similar = partition.sizes[cluster]!
    take(scene, row, medoidReason(scene, row, similar))
  }
}

function medoidReason(
  scene: Scene,
  row: number,
  similar: number,
  more: Record<string, number> = {},
): Reason {
  return {
    kind: 'medoid',
    terms: { ...termsOf(scene, row), similar, ...more },
    key: similar > 1 ? 'curation.medoid' : 'curation.alone',
    params: { similar },
    text:
      similar > 1
        ? `Stands for a group of ${similar} similar pictures.`
        : 'Unlike any other picture of the pool.',
  }
}

// TypiClust: as many groups as there will be labels; the largest without one, its most typical picture.
function takeTypical(scene: Scene, size: number): void {
  const { space, spaceDim, pool } = scene.structure
  const seen = scene.free.reduce((sum, value) => sum + 1 - value, 0)
  const partition = sphericalKMeans(
    space,
    spaceDim,
    Math.min(pool.count, seen + size, 500),
    seededRandom(3, scene.random.below(2 ** 31)),
  )
  const members = membersOf(partition)
  const labelled = members.map((rows) => rows.filter((row) => scene.free[row] === 0).length)
  for (let taken = 0; taken < size; taken += 1) {
    let group = -1
    for (let other = 0; other < partition.k; other += 1) {
      if (labelled[other]! >= members[other]!.length) continue
      if (
        group < 0 ||
        labelled[other]! < labelled[group]! ||
        (labelled[other] === labelled[group] && members[other]!.length > members[group]!.length)
      )
        group = other
    }
    if (group < 0) return
    const row = mostTypical(scene, members[group]!)
    labelled[group] = labelled[group]! + 1
    take(scene, row, medoidReason(scene, row, members[group]!.length))
  }
}

// One over the mean distance to the 20 nearest of the group (half of a small group).
function mostTypical(scene: Scene, members: readonly number[]): number {
  const { space, spaceDim } = scene.structure
  const neighbours = Math.min(20, Math.max(1, Math.floor(members.length / 2)))
  return best(
    members.filter((row) => scene.free[row] === 1),
    (row) => {
      const distances = members
        .filter((other) => other !== row)
        .map((other) => 1 - dotRows(space, row, space, other, spaceDim))
        .sort((a, b) => a - b)
        .slice(0, neighbours)
      return -distances.reduce((sum, value) => sum + value, 0) / Math.max(1, distances.length)
    },
  )
}

function takeUncertain(scene: Scene, size: number, doubt: Float32Array): void {
  const rows = freeRows(scene).sort((a, b) => doubt[b]! - doubt[a]! || a - b)
  for (const row of rows.slice(0, size)) take(scene, row, uncertainReason(scene, row))
}

function uncertainReason(scene: Scene, row: number, more: Record<string, number> = {}): Reason {
  const percent = Math.round(100 * scene.probe!.probability[row]!)
  return {
    kind: 'uncertain',
    terms: { ...termsOf(scene, row), ...more },
    key: 'curation.uncertain',
    params: { percent },
    text: `The curator cannot tell yet (${percent} % for accept), and there are many like it.`,
  }
}

/**
 * Facility location over what is in doubt: each pick is the picture that best stands for the rest, each of which counts
 * by its uncertainty. While the probe knows nothing this seeks density; as groups get covered it moves to the border.
 */
function takeCovering(scene: Scene, size: number): void {
  if (size <= 0) return
  const { probe } = scene
  const cover = coverOf(scene)
  for (const { row, stands, gain } of cover.best(size, scene.free, doubtOf(scene))) {
    if (probe === null) {
      take(scene, row, medoidReason(scene, row, stands, { gain: round(gain) }))
      continue
    }
    const partner = borderPartner(scene, row)
    if (partner === null)
      take(scene, row, uncertainReason(scene, row, { gain: round(gain), stands }))
    else takeBoundary(scene, row, partner, gain)
  }
}

function doubtOf({ probe }: Scene): Float32Array | null {
  return probe === null ? null : probe.uncertainty
}

function coverOf({ structure, before, picked }: Scene): Cover {
  return coverWith(
    structure,
    before,
    picked.map(({ row }) => row),
  )
}

/** The nearest judged picture of the other side, once both sides have five and the probe cannot tell this one. */
function borderPartner(
  scene: Scene,
  row: number,
): { row: number; nearness: number; side: number } | null {
  const { labels, probe, structure } = scene
  if (Math.min(labels.accepted, labels.rejected) < 5 || uncertainty(probe!, row) < 0.5) return null
  const side = probe!.probability[row]! >= 0.5 ? 1 : 0
  let partner = -1
  let nearness = -Infinity
  labels.rows.forEach((other, index) => {
    if (labels.classes[index] === side) return
    const value = dotRows(structure.space, row, structure.space, other, structure.spaceDim)
    if (value > nearness) {
      nearness = value
      partner = other
    }
  })
  return partner < 0 ? null : { row: partner, nearness, side }
}

function takeBoundary(
  scene: Scene,
  row: number,
  partner: { row: number; nearness: number; side: number },
  gain: number,
): void {
  const said = partner.side === 1 ? 'rejected' : 'accepted'
  take(
    scene,
    row,
    {
      kind: 'boundary',
      terms: { ...termsOf(scene, row), similarity: round(partner.nearness), gain: round(gain) },
      key: `curation.boundary.${said}`,
      params: {},
      text: `Close to a picture that you ${said}, but the curator leans the other way.`,
    },
    partner.row,
  )
}

// Pictures least like any that was shown: nobody is left out because the curator is sure of itself.
function takeUnderrepresented(scene: Scene, size: number): void {
  for (let taken = 0; taken < size; taken += 1) {
    // A group that nobody has seen may hide among odd pictures: while one kind is sought, every second pick is of a group.
    const ofGroup = scene.probe === null && taken % 2 === 1
    const found = coverOf(scene).loneliest(scene.free, ofGroup)
    if (found === null) return
    const cell = scene.structure.cells.assignments[found.row]!
    const [shown, similar] = [scene.seen[cell]!, scene.structure.cells.sizes[cell]!]
    take(scene, found.row, {
      kind: 'fairness',
      terms: { ...termsOf(scene, found.row), shown, similar, nearness: round(found.nearness) },
      key: 'curation.fairness',
      params: { shown, similar },
      text: `From a group of ${similar} similar pictures of which only ${shown} ${shown === 1 ? 'was' : 'were'} shown.`,
    })
  }
}

function takeAudit(scene: Scene, size: number): void {
  const rows = freeRows(scene)
  for (let taken = 0; taken < size && rows.length > 0; taken += 1) {
    const at = scene.random.below(rows.length)
    const row = rows[at]!
    rows[at] = rows[rows.length - 1]!
    rows.pop()
    take(scene, row, {
      kind: 'audit',
      terms: termsOf(scene, row),
      key: 'curation.audit',
      params: {},
      text: 'Picked at random, to check that the estimate is honest.',
    })
  }
}

// k-center: the picture farthest from all that were seen.
function takeFarthest(scene: Scene, size: number): void {
  const { space, spaceDim, pool } = scene.structure
  const gap = new Float32Array(pool.count).fill(2)
  const mark = (row: number): void => {
    for (let other = 0; other < pool.count; other += 1)
      gap[other] = Math.min(gap[other]!, 1 - dotRows(space, row, space, other, spaceDim))
  }
  scene.free.forEach((value, row) => {
    if (value === 0) mark(row)
  })
  for (let taken = 0; taken < size; taken += 1) {
    const rows = freeRows(scene)
    const row =
      rows.length === pool.count
        ? rows[scene.random.below(rows.length)]!
        : best(rows, (item) => gap[item]!)
    take(scene, row, medoidReason(scene, row, 1))
    mark(row)
  }
}

function uncertainty(probe: Probe, row: number): number {
  return probe.uncertainty[row]!
}

function best(rows: readonly number[], score: (row: number) => number): number {
  let winner = rows[0]!
  let highest = -Infinity
  for (const row of rows) {
    const value = score(row)
    if (value > highest) {
      winner = row
      highest = value
    }
  }
  return winner
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
