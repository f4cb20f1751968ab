import { sphericalKMeans } from './k-means.ts'
import { fitProbe, labelsOf, type Labels, type Probe, type VerdictValue } from './probe.ts'
import { seededRandom, type Random } from './random.ts'
import { medoidsOf, membersOf, structureOf, type Structure } from './structure.ts'
import { dotRows, type VectorPool } from './vectors.ts'

/** The ways to choose that researchers may compare; `blend` is the product's. */
export const methodIds = [
  'blend',
  'random',
  'medoid',
  'typiclust',
  'core-set',
  'entropy',
  'margin',
] as const
export type MethodId = (typeof methodIds)[number]

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
  readonly method?: MethodId
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
  for (const id of [...input.shown, ...input.verdicts.keys()]) {
    const row = pool.rowOf.get(id)
    if (row !== undefined) free[row] = 0
  }
  const seen = new Int32Array(cells.k)
  free.forEach((value, row) => {
    if (value === 0) seen[cells.assignments[row]!] = seen[cells.assignments[row]!]! + 1
  })
  const labels = labelsOf(pool, input.verdicts)
  const method = input.method ?? 'blend'
  const scene: Scene = {
    structure,
    labels,
    probe:
      method === 'blend' || method === 'entropy' || method === 'margin'
        ? fitProbe(pool, labels)
        : null,
    free,
    random: seededRandom(input.seed, 'round', input.round),
    seen,
    picked: [],
  }
  const left = free.reduce((sum, value) => sum + value, 0)
  const size = Math.max(0, Math.min(Math.floor(input.size), left))
  if (size > 0) choose(scene, method, size)
  return scene.picked.map(({ candidate }) => candidate)
}

function choose(scene: Scene, method: MethodId, size: number): void {
  const untouched = scene.free.every((value) => value === 1)
  switch (method) {
    case 'random':
      return takeAudit(scene, size)
    case 'core-set':
      return takeFarthest(scene, size)
    case 'entropy':
    case 'margin':
      // For two classes both rank alike.
      return scene.probe === null ? takeAudit(scene, size) : takeUncertain(scene, size)
    case 'medoid':
      return takeMedoids(scene, size)
    case 'typiclust':
      return takeTypical(scene, size)
    case 'blend':
      if (untouched) return takeMedoids(scene, size)
      return scene.probe === null ? takeTypical(scene, size) : takeMix(scene, size)
  }
}

// Half boundary once both sides are known, a quarter blend, the rest the fairness floor and one in eight at random.
function takeMix(scene: Scene, size: number): void {
  const { accepted, rejected } = scene.labels
  const audit = Math.max(size >= 4 ? 1 : 0, Math.round(size / 8))
  const fair = size >= 6 ? Math.max(1, Math.round(size / 8)) : 0
  const boundary = accepted >= 5 && rejected >= 5 ? Math.floor(size / 2) : 0
  takeBoundary(scene, boundary)
  takeBlend(scene, size - audit - fair - scene.picked.length)
  takeUnderrepresented(scene, fair)
  takeAudit(scene, audit)
  takeBlend(scene, size - scene.picked.length)
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

function medoidReason(scene: Scene, row: number, similar: number): Reason {
  return {
    kind: 'medoid',
    terms: { ...termsOf(scene, row), similar },
    key: similar > 1 ? 'curation.medoid' : 'curation.alone',
    params: { similar },
    text:
      similar > 1
        ? `Stands for a group of ${similar} similar pictures.`
        : 'Unlike any other picture of the pool.',
  }
}

// TypiClust: the group least looked at, the largest first, its most typical picture.
function takeTypical(scene: Scene, size: number): void {
  const { cells, density } = scene.structure
  const members = membersOf(cells)
  for (let taken = 0; taken < size; taken += 1) {
    let cell = -1
    for (let other = 0; other < cells.k; other += 1) {
      if (!members[other]!.some((row) => scene.free[row] === 1)) continue
      if (
        cell < 0 ||
        scene.seen[other]! < scene.seen[cell]! ||
        (scene.seen[other] === scene.seen[cell] && members[other]!.length > members[cell]!.length)
      )
        cell = other
    }
    if (cell < 0) return
    const row = best(
      members[cell]!.filter((member) => scene.free[member] === 1),
      (member) => density[member]!,
    )
    take(scene, row, medoidReason(scene, row, members[cell]!.length))
  }
}

function takeUncertain(scene: Scene, size: number): void {
  const probe = scene.probe!
  const rows = freeRows(scene).sort(
    (a, b) => uncertainty(probe, b) - uncertainty(probe, a) || a - b,
  )
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

// Uncertainty x density; the weight moves to uncertainty as groups get covered (after DCoM). Medoids of the best keep it varied.
function takeBlend(scene: Scene, size: number): void {
  if (size <= 0) return
  const { structure, probe } = scene
  const { cells, density, space, spaceDim } = structure
  const covered = scene.seen.reduce(
    (sum, value, cell) => sum + (value > 0 ? cells.sizes[cell]! : 0),
    0,
  )
  const coverage = structure.pool.count === 0 ? 1 : covered / structure.pool.count
  const weight = coverageWeight(coverage)
  const score = (row: number): number =>
    uncertainty(probe!, row) ** weight * (0.05 + 0.95 * density[row]!) ** (1 - weight)
  const rows = freeRows(scene).sort((a, b) => score(b) - score(a) || a - b)
  const short = rows.slice(0, Math.max(size, Math.min(25 * size, Math.ceil(rows.length / 3))))
  const part = gather(space, spaceDim, short)
  const partition = sphericalKMeans(
    part,
    spaceDim,
    size,
    seededRandom(2, scene.random.below(2 ** 31)),
    {
      weights: Float32Array.from(short, (row) => score(row) + 1e-3),
    },
  )
  const chosen = membersOf(partition).map((members) =>
    best(
      members.map((index) => short[index]!),
      score,
    ),
  )
  for (const row of chosen.sort((a, b) => score(b) - score(a) || a - b))
    take(
      scene,
      row,
      uncertainReason(scene, row, {
        score: round(score(row)),
        weight: round(weight),
        coverage: round(coverage),
      }),
    )
}

function coverageWeight(coverage: number): number {
  const steep = 10
  const middle = 0.5
  return (1 + Math.exp(-steep * (1 - middle))) / (1 + Math.exp(-steep * (coverage - middle)))
}

/**
 * Pairs across the border: a picture not yet judged and the nearest one on the other side, judged if possible (after
 * "Achieving 10,000x training data reduction with high-fidelity labels"). One for each group first.
 */
function takeBoundary(scene: Scene, size: number): void {
  if (size <= 0) return
  const { structure, probe, labels } = scene
  const { space, spaceDim, cells } = structure
  const sideOf = new Map(labels.rows.map((row, index) => [row, labels.signs[index]!]))
  const rows = freeRows(scene)
    .sort((a, b) => uncertainty(probe!, b) - uncertainty(probe!, a) || a - b)
    .slice(0, Math.max(200, 10 * size))
  const pairs = rows.map((row) => {
    const side = probe!.probability[row]! >= 0.5 ? 1 : -1
    let partner = -1
    let nearness = -Infinity
    for (const [other, sign] of sideOf) {
      if (sign === side) continue
      const value = dotRows(space, row, space, other, spaceDim)
      if (value > nearness) {
        nearness = value
        partner = other
      }
    }
    return {
      row,
      side,
      partner,
      nearness,
      score: (1 + nearness) * (0.1 + uncertainty(probe!, row)),
    }
  })
  pairs.sort((a, b) => b.score - a.score || a.row - b.row)
  const used = new Int32Array(cells.k)
  for (let most = 1; most <= size && scene.picked.length < size; most += 1)
    for (const pair of pairs) {
      const cell = cells.assignments[pair.row]!
      if (scene.picked.length >= size) return
      if (scene.free[pair.row] === 0 || used[cell]! >= most) continue
      used[cell] = used[cell]! + 1
      const said = pair.side > 0 ? 'rejected' : 'accepted'
      take(
        scene,
        pair.row,
        {
          kind: 'boundary',
          terms: {
            ...termsOf(scene, pair.row),
            similarity: round(pair.nearness),
            score: round(pair.score),
          },
          key: pair.side > 0 ? 'curation.boundary.rejected' : 'curation.boundary.accepted',
          params: {},
          text: `Close to a picture that you ${said}, but the curator leans the other way.`,
        },
        pair.partner,
      )
    }
}

// Groups of which least was shown for their size: nobody is left out because the curator is sure of itself.
function takeUnderrepresented(scene: Scene, size: number): void {
  const { cells, density } = scene.structure
  const members = membersOf(cells)
  for (let taken = 0; taken < size; taken += 1) {
    let cell = -1
    let lowest = Infinity
    for (let other = 0; other < cells.k; other += 1) {
      if (!members[other]!.some((row) => scene.free[row] === 1)) continue
      const share = (scene.seen[other]! + 0.5) / (cells.sizes[other]! + 1)
      if (share < lowest) {
        lowest = share
        cell = other
      }
    }
    if (cell < 0) return
    const row = best(
      members[cell]!.filter((member) => scene.free[member] === 1),
      (member) => density[member]!,
    )
    const [shown, similar] = [scene.seen[cell]!, cells.sizes[cell]!]
    take(scene, row, {
      kind: 'fairness',
      terms: { ...termsOf(scene, row), shown, similar, share: round(lowest) },
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
  return 1 - Math.abs(2 * probe.probability[row]! - 1)
}

function best(rows: readonly number[], score: (row: number) => number): number {
  let winner = rows[0]!
  for (const row of rows) if (score(row) > score(winner)) winner = row
  return winner
}

function gather(rows: Float32Array, dim: number, wanted: readonly number[]): Float32Array {
  const out = new Float32Array(wanted.length * dim)
  wanted.forEach((row, index) => out.set(rows.subarray(row * dim, (row + 1) * dim), index * dim))
  return out
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
