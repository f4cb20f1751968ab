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
import type { Viewer } from '#schema/domain/person.ts'
import { maySee } from '../auth/access.ts'
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

/** A curation and its project. */
export interface CurationAccess {
  readonly curation: Curation
  readonly projectId: Id
}

const accessColumns = [
  'curation.id',
  'curation.pool_id',
  'curation.goal_id',
  'curation.embedder',
  'curation.seed',
  'curation.round_size',
  'curation.state',
  'curation.strategy',
  'curation.created_at',
  'pool.project_id',
  'project.created_by as owner',
] as const

function accessOf(
  viewer: Viewer,
  row: (CurationRow & { project_id: string; owner: string }) | undefined,
): CurationAccess | null {
  return row === undefined || !maySee(viewer, row.owner)
    ? null
    : { curation: rowToCuration(row), projectId: row.project_id }
}

/** The curation when the viewer may see it, in one question. */
export async function findCurationFor(
  db: Db | Trx,
  viewer: Viewer,
  id: Id,
): Promise<CurationAccess | null> {
  const row = await db
    .selectFrom('curation')
    .innerJoin('pool', 'pool.id', 'curation.pool_id')
    .innerJoin('project', 'project.id', 'pool.project_id')
    .select(accessColumns)
    .where('curation.id', '=', id)
    .executeTakeFirst()
  return accessOf(viewer, row)
}

/** The round when the viewer may see it, in one question. */
export async function findRoundFor(db: Db, viewer: Viewer, id: Id): Promise<Round | null> {
  const row = await db
    .selectFrom('round')
    .innerJoin('curation', 'curation.id', 'round.curation_id')
    .innerJoin('pool', 'pool.id', 'curation.pool_id')
    .innerJoin('project', 'project.id', 'pool.project_id')
    .select(['round.id', 'round.curation_id', 'round.ordinal', 'project.created_by as owner'])
    .where('round.id', '=', id)
    .executeTakeFirst()
  return row === undefined || !maySee(viewer, row.owner) ? null : rowToRound(row)
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
    .orderBy('ordinal')
    .limit(page.first + 1)
  // By their number: whoever asks for a round may give it an id.
  if (page.after !== null)
    query = query.where('ordinal', '>', (from) =>
      from.selectFrom('round').select('ordinal').where('id', '=', page.after),
    )
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
  const round = {
    id: input.id,
    curation_id: input.curationId,
    ordinal: input.ordinal,
    person_id: input.personId,
    body: JSON.stringify(input.body),
  }
  if (input.candidates.length === 0) await trx.insertInto('round').values(round).execute()
  else
    await trx
      .with('made', (on) => on.insertInto('round').values(round).returning('id'))
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

/** The candidate and its curation when the viewer may see it, in one question. */
export async function findCandidateFor(
  db: Db,
  viewer: Viewer,
  id: Id,
): Promise<(CurationAccess & { candidate: Candidate }) | null> {
  const row = await db
    .selectFrom('candidate')
    .innerJoin('curation', 'curation.id', 'candidate.curation_id')
    .innerJoin('pool', 'pool.id', 'curation.pool_id')
    .innerJoin('project', 'project.id', 'pool.project_id')
    .select([
      ...accessColumns.slice(1),
      'candidate.id as candidate_id',
      'candidate.round_id',
      'candidate.curation_id',
      'candidate.image_id',
      'candidate.partner_id',
      'candidate.rank',
      'candidate.reason',
      standing.as('verdict'),
    ])
    .where('candidate.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return null
  const found = row as typeof row & Omit<Parameters<typeof accessOf>[1] & object, 'id'>
  const access = accessOf(viewer, { ...found, id: row.curation_id })
  return access === null
    ? null
    : { ...access, candidate: rowToCandidate({ ...row, id: row.candidate_id }) }
}

/**
 * Writes a verdict while the curation is open, in one statement: the curation's row is its lock. False when nothing was
 * written: the curation is finished, or the id is taken.
 */
export async function keepVerdict(
  db: Db,
  verdict: {
    id: Id
    candidate: Candidate
    personId: Id
    value: VerdictValue
    milliseconds: number
  },
): Promise<boolean> {
  const { candidate } = verdict
  const { rows } = await sql<{ id: string }>`
    with open as (
      select id from curation where id = ${candidate.curationId} and state = 'OPEN' for update)
    insert into verdict (id, candidate_id, curation_id, image_id, person_id, value, milliseconds)
    select ${verdict.id}::uuid, ${candidate.id}::uuid, open.id, ${candidate.imageId}::uuid,
      ${verdict.personId}::uuid, ${verdict.value}, ${verdict.milliseconds}::integer
    from open
    on conflict (id) do nothing
    returning id`.execute(db)
  return rows.length > 0
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

/** All that the choice of the next round depends on, of one moment. */
export interface ReviewState {
  /** Everybody's verdicts that were not taken back, oldest first. */
  readonly verdicts: readonly StandingVerdict[]
  readonly shown: ReadonlySet<Id>
  /** Ordinal of the newest round, and of the person's newest; -1 without one. */
  readonly newest: number
  readonly mine: number
}

type VerdictTuple = [Id, Id, VerdictValue, number, boolean, Id | null]

/** One question for what was said, what was shown and which rounds there are. */
export async function readReview(
  db: Db | Trx,
  curationId: Id,
  personId: Id | null,
): Promise<ReviewState> {
  const { rows } = await sql<{
    verdicts: VerdictTuple[] | null
    shown: Id[] | null
    newest: number | null
    mine: number | null
  }>`select
      (select json_agg(json_build_array(image_id, person_id, value, milliseconds, settles, candidate_id) order by ordinal)
        from verdict where curation_id = ${curationId} and undone_at is null) as verdicts,
      (select json_agg(distinct image_id) from candidate where curation_id = ${curationId}) as shown,
      (select max(ordinal) from round where curation_id = ${curationId}) as newest,
      (select max(ordinal) from round where curation_id = ${curationId}
        and (person_id = ${personId}::uuid or person_id is null)) as mine`.execute(db)
  const row = rows[0]!
  return {
    verdicts: (row.verdicts ?? []).map(
      ([imageId, person, value, milliseconds, settles, candidateId]) => ({
        imageId,
        personId: person,
        value,
        milliseconds,
        settles,
        candidateId,
      }),
    ),
    shown: new Set(row.shown ?? []),
    newest: row.newest ?? -1,
    mine: row.mine ?? -1,
  }
}

/** Whether others went on meanwhile: what must be the same under the lock for a choice to stand. */
export async function readProgress(
  trx: Trx,
  curationId: Id,
  personId: Id,
): Promise<{ newest: number; mine: Round | null; shown: number }> {
  const { rows } = await sql<{
    newest: number | null
    shown: number
    id: string | null
    ordinal: number | null
  }>`select
      (select max(ordinal) from round where curation_id = ${curationId}) as newest,
      (select count(distinct image_id)::integer from candidate where curation_id = ${curationId}) as shown,
      mine.id, mine.ordinal
    from (select 1) as one left join lateral (
      select id, ordinal from round where curation_id = ${curationId}
        and (person_id = ${personId} or person_id is null)
      order by ordinal desc limit 1) as mine on true`.execute(trx)
  const row = rows[0]!
  return {
    newest: row.newest ?? -1,
    shown: row.shown,
    mine:
      row.id === null || row.ordinal === null
        ? null
        : { id: row.id, curationId, ordinal: row.ordinal },
  }
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

/** Marks what a person said in the curation, or took back, as audited now, and tells what it was; null when nothing. */
export async function takeForAudit(
  trx: Trx,
  curationId: Id,
  personId: Id,
  now: Date,
): Promise<{ verdicts: number; undone: number; digest: string } | null> {
  const rows = await trx
    .updateTable('verdict')
    .set({ audited_at: now })
    .where('curation_id', '=', curationId)
    .where('person_id', '=', personId)
    .where('audited_at', 'is', null)
    .returning(['id', 'ordinal', 'image_id', 'value', 'undone_at'])
    .execute()
  if (rows.length === 0) return null
  const told = rows
    .sort((a, b) => Number(a.ordinal) - Number(b.ordinal))
    .map((row) => `${row.id} ${row.image_id} ${row.undone_at === null ? row.value : 'UNDONE'}`)
  return {
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
