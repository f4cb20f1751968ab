import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { curationStrategies } from '#schema/domain/curation.ts'
import type {
  Candidate,
  CandidateReason,
  Curation,
  Round,
  VerdictCounts,
  VerdictValue,
} from '#schema/domain/curation.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Page, Slice } from '#schema/ports/page.ts'
import { slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'

const curationColumns = [
  'id',
  'pool_id',
  'goal_id',
  'embedder',
  'seed',
  'round_size',
  'state',
  'strategy',
  'created_at',
] as const

interface CurationRow {
  id: string
  pool_id: string
  goal_id: string | null
  embedder: string
  seed: number
  round_size: number
  state: 'OPEN' | 'FINISHED'
  strategy: string
  created_at: Date
}

function rowToCuration(row: CurationRow): Curation {
  return {
    id: row.id,
    poolId: row.pool_id,
    goalId: row.goal_id,
    embedder: row.embedder,
    seed: row.seed,
    roundSize: row.round_size,
    state: row.state,
    strategy: curationStrategies.find((it) => it === row.strategy) ?? 'blend',
    createdAt: row.created_at,
  }
}

export async function findCuration(db: Db | Trx, id: Id): Promise<Curation | null> {
  const row = await db
    .selectFrom('curation')
    .select(curationColumns)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : rowToCuration(row)
}

/** Locks the curation for the transaction: rounds and verdicts of one curation come one after the other. */
export async function lockCuration(trx: Trx, id: Id): Promise<Curation | null> {
  const row = await trx
    .selectFrom('curation')
    .select(curationColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row === undefined ? null : rowToCuration(row)
}

export async function newestCuration(
  db: Db | Trx,
  poolId: Id,
  state?: 'OPEN',
): Promise<Curation | null> {
  let query = db
    .selectFrom('curation')
    .select(curationColumns)
    .where('pool_id', '=', poolId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
  if (state !== undefined) query = query.where('state', '=', state)
  const row = await query.executeTakeFirst()
  return row === undefined ? null : rowToCuration(row)
}

export async function insertCuration(
  trx: Trx,
  input: Omit<Curation, 'state' | 'createdAt'> & { createdBy: Id },
): Promise<Curation> {
  const row = await trx
    .insertInto('curation')
    .values({
      id: input.id,
      pool_id: input.poolId,
      goal_id: input.goalId,
      embedder: input.embedder,
      seed: input.seed,
      round_size: input.roundSize,
      state: 'OPEN',
      strategy: input.strategy,
      created_by: input.createdBy,
    })
    .returning(curationColumns)
    .executeTakeFirstOrThrow()
  return rowToCuration(row)
}

function rowToRound(row: { id: string; curation_id: string; ordinal: number }): Round {
  return { id: row.id, curationId: row.curation_id, ordinal: row.ordinal }
}

export async function findRound(db: Db | Trx, id: Id): Promise<Round | null> {
  const row = await db
    .selectFrom('round')
    .select(['id', 'curation_id', 'ordinal'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : rowToRound(row)
}

/** The person's newest round; those of nobody (the first, and older reviews) count for whoever began. */
export async function newestRound(
  db: Db | Trx,
  curationId: Id,
  personId?: Id,
): Promise<Round | null> {
  let query = db
    .selectFrom('round')
    .select(['id', 'curation_id', 'ordinal'])
    .where('curation_id', '=', curationId)
    .orderBy('ordinal', 'desc')
    .limit(1)
  if (personId !== undefined)
    query = query.where((on) =>
      on.or([on('person_id', '=', personId), on('person_id', 'is', null)]),
    )
  const row = await query.executeTakeFirst()
  return row === undefined ? null : rowToRound(row)
}

export async function listRounds(db: Db, curationId: Id, page: Page): Promise<Slice<Round>> {
  let query = db
    .selectFrom('round')
    .select(['id', 'curation_id', 'ordinal'])
    .where('curation_id', '=', curationId)
    .orderBy('id')
    .limit(page.first + 1)
  if (page.after !== null) query = query.where('id', '>', page.after)
  return slice((await query.execute()).map(rowToRound), page.first)
}

export interface NewCandidate {
  readonly id: Id
  readonly imageId: Id
  readonly partnerId: Id | null
  readonly reason: CandidateReason
}

/** Writes a round with its candidates; the round's body keeps what the choice was made from. */
export async function insertRound(
  trx: Trx,
  input: {
    id: Id
    curationId: Id
    ordinal: number
    personId: Id
    body: object
    candidates: readonly NewCandidate[]
  },
): Promise<Round> {
  await trx
    .insertInto('round')
    .values({
      id: input.id,
      curation_id: input.curationId,
      ordinal: input.ordinal,
      person_id: input.personId,
      body: JSON.stringify(input.body),
    })
    .execute()
  if (input.candidates.length > 0) {
    await trx
      .insertInto('candidate')
      .values(
        input.candidates.map((candidate, rank) => ({
          id: candidate.id,
          round_id: input.id,
          curation_id: input.curationId,
          image_id: candidate.imageId,
          partner_id: candidate.partnerId,
          rank,
          reason: JSON.stringify(candidate.reason),
        })),
      )
      .execute()
  }
  return { id: input.id, curationId: input.curationId, ordinal: input.ordinal }
}

/**
 * The verdict that stands on a candidate: the newest one on it that was not taken back, or one on its image from a list.
 * What another reviewer said of the same image in a round of theirs does not show here.
 */
const standing = sql<VerdictValue | null>`(
  select verdict.value from verdict
  where verdict.curation_id = candidate.curation_id and verdict.image_id = candidate.image_id and verdict.undone_at is null
    and (verdict.candidate_id = candidate.id or verdict.candidate_id is null)
  order by verdict.ordinal desc limit 1)`

const candidateColumns = [
  'candidate.id',
  'candidate.round_id',
  'candidate.curation_id',
  'candidate.image_id',
  'candidate.partner_id',
  'candidate.rank',
  'candidate.reason',
] as const

function rowToCandidate(row: {
  id: string
  round_id: string
  curation_id: string
  image_id: string
  partner_id: string | null
  rank: number
  reason: unknown
  verdict: VerdictValue | null
}): Candidate {
  return {
    id: row.id,
    roundId: row.round_id,
    curationId: row.curation_id,
    imageId: row.image_id,
    partnerId: row.partner_id,
    rank: row.rank,
    reason: row.reason as CandidateReason,
    verdict: row.verdict,
  }
}

export async function findCandidate(db: Db | Trx, id: Id): Promise<Candidate | null> {
  const row = await db
    .selectFrom('candidate')
    .select([...candidateColumns, standing.as('verdict')])
    .where('candidate.id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : rowToCandidate(row)
}

export async function findCandidateOfImage(
  db: Db | Trx,
  curationId: Id,
  imageId: Id,
): Promise<Candidate | null> {
  const row = await db
    .selectFrom('candidate')
    .select([...candidateColumns, standing.as('verdict')])
    .where('candidate.curation_id', '=', curationId)
    .where('candidate.image_id', '=', imageId)
    .orderBy('candidate.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : rowToCandidate(row)
}

export async function listCandidates(db: Db, roundId: Id, page: Page): Promise<Slice<Candidate>> {
  let query = db
    .selectFrom('candidate')
    .select([...candidateColumns, standing.as('verdict')])
    .where('candidate.round_id', '=', roundId)
    .orderBy('candidate.id')
    .limit(page.first + 1)
  if (page.after !== null) query = query.where('candidate.id', '>', page.after)
  return slice((await query.execute()).map(rowToCandidate), page.first)
}

/** Images that were shown in any round of the curation. */
export async function shownImages(db: Db | Trx, curationId: Id): Promise<Set<Id>> {
  const rows = await db
    .selectFrom('candidate')
    .select('image_id')
    .where('curation_id', '=', curationId)
    .execute()
  return new Set(rows.map((row) => row.image_id))
}

/** Everybody's verdicts that were not taken back, oldest first. */
export interface StandingVerdict {
  readonly imageId: Id
  readonly personId: Id
  readonly value: VerdictValue
  readonly milliseconds: number
  readonly settles: boolean
  readonly candidateId: Id | null
}

export async function allVerdicts(db: Db | Trx, curationId: Id): Promise<StandingVerdict[]> {
  const rows = await db
    .selectFrom('verdict')
    .select(['image_id', 'person_id', 'value', 'milliseconds', 'settles', 'candidate_id'])
    .where('curation_id', '=', curationId)
    .where('undone_at', 'is', null)
    .orderBy('ordinal')
    .execute()
  return rows.map((row) => ({
    imageId: row.image_id,
    personId: row.person_id,
    value: row.value,
    milliseconds: row.milliseconds,
    settles: row.settles,
    candidateId: row.candidate_id,
  }))
}

/** By image: the newest verdict that was not taken back. */
export async function standingVerdicts(
  db: Db | Trx,
  curationId: Id,
): Promise<Map<Id, VerdictValue>> {
  const found = await allVerdicts(db, curationId)
  return new Map(found.map(({ imageId, value }) => [imageId, value]))
}

/** Images that were picked at random. */
export async function auditedImages(db: Db | Trx, curationId: Id): Promise<Set<Id>> {
  const rows = await db
    .selectFrom('candidate')
    .select('image_id')
    .where('curation_id', '=', curationId)
    .where(sql<boolean>`reason ->> 'kind' = 'audit'`)
    .execute()
  return new Set(rows.map((row) => row.image_id))
}

export function countVerdicts(verdicts: ReadonlyMap<Id, VerdictValue>): VerdictCounts {
  const counts = { ACCEPT: 0, REJECT: 0, UNSURE: 0 }
  for (const value of verdicts.values()) counts[value] += 1
  return { accepted: counts.ACCEPT, rejected: counts.REJECT, unsure: counts.UNSURE }
}

/** What a person said in the curation, or took back, since the audit log was last written; null when nothing. */
export async function verdictsSinceAudit(
  trx: Trx,
  curationId: Id,
  personId: Id,
): Promise<{ ids: Id[]; verdicts: number; undone: number; digest: string } | null> {
  const rows = await trx
    .selectFrom('verdict')
    .select(['id', 'image_id', 'value', 'undone_at'])
    .where('curation_id', '=', curationId)
    .where('person_id', '=', personId)
    .where('audited_at', 'is', null)
    .orderBy('ordinal')
    .execute()
  if (rows.length === 0) return null
  const told = rows.map(
    (row) => `${row.id} ${row.image_id} ${row.undone_at === null ? row.value : 'UNDONE'}`,
  )
  return {
    ids: rows.map((row) => row.id),
    verdicts: rows.length,
    undone: rows.filter((row) => row.undone_at !== null).length,
    digest: createHash('sha256').update(told.join('\n')).digest('hex'),
  }
}

/** Candidates of the person's rounds that nobody has judged yet, in the order to judge them; 200 at most. */
export async function listWaiting(db: Db, curationId: Id, personId: Id): Promise<Candidate[]> {
  const rows = await db
    .selectFrom('candidate')
    .innerJoin('round', 'round.id', 'candidate.round_id')
    .select([...candidateColumns, standing.as('verdict')])
    .where('candidate.curation_id', '=', curationId)
    .where((on) => on.or([on('round.person_id', '=', personId), on('round.person_id', 'is', null)]))
    .where(standing, 'is', null)
    .orderBy('round.ordinal')
    .orderBy('candidate.rank')
    .limit(200)
    .execute()
  return rows.map(rowToCandidate)
}
