import { curation as curating } from '#intelligence/index.ts'
import type {
  Candidate,
  CandidateReason,
  Curation,
  CurationEstimate,
  Round,
  VerdictValue,
} from '#schema/domain/curation.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { CurationsPort } from '#schema/ports/curation.ts'
import { curationStrategies } from '#schema/domain/curation.ts'
import type { Audit } from '../audit/audit.ts'
import { readAttributes } from '../attribute/attributes.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { DatasetMaker } from '../dataset/dataset-maker.ts'
import { newestGoal } from '../goal/goals.ts'
import type { PoolEmbedder, PoolVectors } from '../pool/pool-embedding.ts'
import { findImages, findPool, findPoolOfProject, touchPool } from '../pool/pool-store.ts'
import type { Curator } from './curator.ts'
import type { NearestImages } from './nearest-images.ts'
import {
  allVerdicts,
  auditedImages,
  countVerdicts,
  findCandidate,
  findCandidateFor,
  findCandidateOfImage,
  findCuration,
  findCurationFor,
  findRound,
  findRoundFor,
  insertCuration,
  insertRound,
  keepVerdict,
  listCandidates,
  listRounds,
  listWaiting,
  lockCuration,
  newestCuration,
  newestRound,
  readProgress,
  readReview,
  standingVerdicts,
  takeForAudit,
  type CurationAccess,
  type ReviewState,
  type StandingVerdict,
} from './curation-store.ts'

export interface CurationsDeps {
  readonly db: Db
  readonly embedder: PoolEmbedder
  readonly datasets: DatasetMaker
  readonly curator: Curator
  readonly nearest: NearestImages
  /** A text as a vector of this embedder; null when that embedder is not at hand. @throws DomainError BAD_INPUT without a text side */
  embedText(embedder: string, text: string): Promise<Float32Array | null>
  readonly audit: Audit
  newId(): Id
  now(): Date
}

const defaultRoundSize = 10
/** Of a round that another reviewer's pictures come into: design 04's 10 to 20 %. */
const overlapShare = 0.15

type Chosen = ReturnType<typeof curating.selectRound>[number]

const acceptAtOnce = 10_000

/** A seed from a key: the low 31 bits, so that the same curation always chooses alike. */
function seedOf(id: Id): number {
  return Number.parseInt(id.slice(-8), 16) & 0x7fff_ffff
}

/** What each person said first of an image on a candidate: a mended verdict says nothing of how people agree. */
function ratingsOf(verdicts: readonly StandingVerdict[]): curating.Rating[] {
  const seen = new Set<string>()
  return verdicts.flatMap(({ personId, imageId, value, settles }) => {
    const key = `${personId} ${imageId}`
    if (settles || seen.has(key)) return []
    seen.add(key)
    return [{ person: personId, image: imageId, value }]
  })
}

export function createCurations(deps: CurationsDeps): CurationsPort {
  const { db, newId, curator, audit } = deps
  const ready = new Map<Id, { key: string; chosen: Promise<readonly Chosen[]> }>()

  async function projectOf(poolId: Id, on: Db | Trx = db): Promise<Id> {
    const pool = await findPool(on, poolId)
    if (pool === null) throw new DomainError('NOT_FOUND', 'There is no such pool.')
    return pool.projectId
  }

  async function accessFor(viewer: Viewer, id: Id): Promise<CurationAccess> {
    const access = await findCurationFor(db, viewer, id)
    if (access === null) throw new DomainError('NOT_FOUND', 'There is no such curation.')
    return access
  }

  async function curationFor(viewer: Viewer, id: Id): Promise<Curation> {
    return (await accessFor(viewer, id)).curation
  }

  async function orNull<T>(work: Promise<T>): Promise<T | null> {
    return work.catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null
      throw error
    })
  }

  function mustBeOpen(curation: Curation): void {
    if (curation.state !== 'OPEN') {
      throw new DomainError(
        'ILLEGAL_STATE',
        'This review is finished: start a new one to judge more pictures.',
      )
    }
  }

  // A pool of which every picture was found to have its vector: counted once for each state of the pool.
  const whole = new WeakSet<PoolVectors>()

  async function readyVectors(poolId: Id, embedder: string): Promise<PoolVectors> {
    const before = await deps.embedder.vectors(poolId, embedder)
    if (whole.has(before)) return before
    const progress = await deps.embedder.progress(poolId)
    if (progress.total === 0) {
      throw new DomainError(
        'POOL_EMPTY',
        'The pool has no picture to judge: upload some, or use an excluded one anyway.',
      )
    }
    if (
      embedder === progress.embedder &&
      progress.done < progress.total &&
      progress.state !== 'FAILED'
    ) {
      throw new DomainError(
        'ILLEGAL_STATE',
        `The pictures are still being looked at (${progress.done} of ${progress.total}): try again in a moment.`,
        { done: progress.done, total: progress.total },
      )
    }
    const pool = await deps.embedder.vectors(poolId, embedder)
    if (pool.ids.length === progress.total) whole.add(pool)
    return pool
  }

  async function writeRound(
    trx: Trx,
    curation: Curation,
    input: {
      id: Id
      ordinal: number
      personId: Id
      chosen: readonly { id: Id; partner: Id | null; reason: CandidateReason }[]
      verdicts: number
      pool: number
    },
  ): Promise<Round> {
    return insertRound(trx, {
      id: input.id,
      curationId: curation.id,
      ordinal: input.ordinal,
      personId: input.personId,
      body: {
        seed: curation.seed,
        strategy: curation.strategy,
        embedder: curation.embedder,
        verdicts: input.verdicts,
        pool: input.pool,
      },
      candidates: input.chosen.map((candidate) => ({
        id: newId(),
        imageId: candidate.id,
        partnerId: candidate.partner,
        reason: candidate.reason,
      })),
    })
  }

  /** What would be chosen now; the same question again (prefetched while the person looked) has its answer at once. */
  async function choose(
    curation: Curation,
    pool: PoolVectors,
    state: ReviewState,
  ): Promise<readonly Chosen[]> {
    const verdicts = new Map(state.verdicts.map(({ imageId, value }) => [imageId, value]))
    const { shown } = state
    const round = state.newest + 1
    const told = [...verdicts].map(([id, value]) => `${id}${value}`).join()
    const key = `${round} ${shown.size} ${pool.ids.length} ${told}`
    let known = ready.get(curation.id)
    if (known?.key !== key) {
      const chosen = curator.ask('selectRound', pool, {
        seed: curation.seed,
        round,
        size: curation.roundSize,
        verdicts,
        shown,
        method: curation.strategy,
      })
      known = { key, chosen }
      if (ready.size > 50) ready.clear()
      ready.set(curation.id, known)
      chosen.catch(() => ready.delete(curation.id))
    }
    return known.chosen
  }

  const ahead = new Map<Id, { again: boolean }>()

  /** Begins on the next round while the person looks at this one; a failure shows when the round is asked for. */
  function prefetch(curation: Curation): void {
    const running = ahead.get(curation.id)
    if (running !== undefined) {
      // One at a time: what was said meanwhile makes it begin once more, not once for each verdict.
      running.again = true
      return
    }
    const turn = { again: false }
    ahead.set(curation.id, turn)
    void (async () => {
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      await choose(curation, pool, await readReview(db, curation.id, null))
    })()
      .catch(() => undefined)
      .finally(() => {
        ahead.delete(curation.id)
        if (turn.again) prefetch(curation)
      })
  }

  /** Some pictures that another reviewer judged and this one did not, and one of this one's own again: neither says so. */
  async function withOverlap(
    viewer: Viewer,
    curation: Curation,
    ordinal: number,
    chosen: readonly Chosen[],
    all: readonly StandingVerdict[],
  ): Promise<readonly Chosen[]> {
    const verdicts = all.filter((it) => it.candidateId !== null)
    // What was settled or accepted from a list shows its verdict to everybody: no blind repeat any more.
    const open = new Set(all.filter((it) => it.candidateId === null).map((it) => it.imageId))
    const own = verdicts.filter((it) => it.personId === viewer.id)
    const mine = new Set(own.map((it) => it.imageId))
    const raters = new Map<Id, Set<Id>>()
    for (const { imageId, personId } of verdicts)
      raters.set(imageId, (raters.get(imageId) ?? new Set()).add(personId))
    const others = [...raters].flatMap(([imageId, people]) =>
      !mine.has(imageId) && !open.has(imageId) && people.size === 1 ? [imageId] : [],
    )
    if (verdicts.every((it) => it.personId === viewer.id)) return chosen
    const again: Id[] = []
    const places = Math.max(1, Math.round(overlapShare * curation.roundSize))
    for (let place = 0; place < places && others.length > 0; place += 1)
      again.push(...others.splice((curation.seed + 7 * ordinal + place) % others.length, 1))
    const old = own.slice(0, -2 * curation.roundSize).filter((it) => !open.has(it.imageId))
    if (old.length > 0 && ordinal % 2 === 0)
      again.push(old[(curation.seed + ordinal) % old.length]!.imageId)
    const repeated: Chosen[] = []
    for (const imageId of new Set(again)) {
      const before = await findCandidateOfImage(db, curation.id, imageId)
      if (before === null || !chosen.length) continue
      const reason = before.reason as Chosen['reason']
      repeated.push({ id: imageId, partner: before.partnerId, reason })
    }
    const kept = chosen.slice(0, Math.max(1, curation.roundSize - repeated.length))
    // Not at the end, where they would be told apart.
    return kept.flatMap((item, index) => {
      const at = Math.floor(((index + 0.5) * repeated.length) / kept.length)
      const before = index === 0 ? -1 : Math.floor(((index - 0.5) * repeated.length) / kept.length)
      return at !== before && repeated[at] !== undefined ? [item, repeated[at]] : [item]
    })
  }

  /** Representation of person attributes in a set, among the pictures of the review; empty unless a person turned them on. */
  async function attributesOf(
    projectId: Id,
    pool: readonly Id[],
    chosen: readonly Id[],
  ): Promise<curating.AttributeShares[]> {
    const all = await readAttributes(db, projectId)
    if (all.size === 0) return []
    const inPool = new Set(pool)
    return [...all].map(([name, values]) =>
      curating.attributeShares({
        name,
        valueOf: new Map([...values].filter(([id]) => inPool.has(id))),
        chosen,
      }),
    )
  }

  async function said(curationId: Id): Promise<Map<Id, VerdictValue>> {
    return standingVerdicts(db, curationId)
  }

  /** One entry for all verdicts of a person since the last one: what they said, what they took back, and a hash of it. */
  async function auditVerdicts(
    trx: Trx,
    viewer: Viewer,
    { curation, projectId }: CurationAccess,
  ): Promise<void> {
    const body = await takeForAudit(trx, curation.id, viewer.id, deps.now())
    if (body === null) return
    await audit(trx, {
      viewer,
      projectId,
      action: 'verdictsRecord',
      subject: curation.id,
      body,
    })
  }

  async function judge(
    trx: Trx,
    curation: Curation,
    viewer: Viewer,
    verdict: {
      id: Id
      candidateId: Id | null
      imageId: Id
      value: VerdictValue
      milliseconds: number
      settles?: boolean
    },
  ): Promise<void> {
    await trx
      .insertInto('verdict')
      .values({
        id: verdict.id,
        candidate_id: verdict.candidateId,
        curation_id: curation.id,
        image_id: verdict.imageId,
        person_id: viewer.id,
        value: verdict.value,
        milliseconds: verdict.milliseconds,
        settles: verdict.settles ?? false,
      })
      .execute()
  }

  async function candidateFor(
    viewer: Viewer,
    id: Id,
  ): Promise<{ candidate: Candidate; curation: Curation }> {
    const found = await findCandidateFor(db, viewer, id)
    if (found === null) throw new DomainError('NOT_FOUND', 'There is no such candidate.')
    return found
  }

  return {
    byId: (viewer, id) => orNull(curationFor(viewer, id)),
    async latest(viewer, projectId) {
      await requireProject(db, viewer, projectId)
      const pool = await findPoolOfProject(db, projectId)
      return pool === null ? null : newestCuration(db, pool.id)
    },
    async start(viewer, input) {
      const projectId = await projectOf(input.poolId)
      await requireProject(db, viewer, projectId)
      const size = input.size ?? defaultRoundSize
      if (!Number.isInteger(size) || size < 1 || size > 100) {
        throw new DomainError('BAD_INPUT', `"size" is ${size}: a round has 1 to 100 candidates.`)
      }
      if (input.id !== null) {
        const same = await findCuration(db, input.id)
        if (same?.poolId === input.poolId) return same
        if (same !== null)
          throw new DomainError(
            'ID_REUSED',
            `The id ${input.id} already stands for another curation.`,
          )
      }
      const strategy = input.strategy ?? 'blend'
      if (!curationStrategies.includes(strategy)) {
        throw new DomainError(
          'BAD_INPUT',
          `"strategy" is "${String(strategy).slice(0, 40)}": choose one of ${curationStrategies.join(', ')}.`,
        )
      }
      const open = await newestCuration(db, input.poolId, 'OPEN')
      if (open !== null) return open
      const { embedder } = await deps.embedder.progress(input.poolId)
      const pool = await readyVectors(input.poolId, embedder)
      const id = input.id ?? newId()
      const seed = seedOf(id)
      const chosen = await curator.ask('selectRound', pool, {
        seed,
        round: 0,
        size,
        verdicts: new Map(),
        shown: new Set(),
        method: strategy,
      })
      const goal = await newestGoal(db, projectId)
      return db.transaction().execute(async (trx) => {
        // The pool's row is the lock: two starts at once find one another.
        await trx
          .selectFrom('pool')
          .select('id')
          .where('id', '=', input.poolId)
          .forUpdate()
          .execute()
        const meanwhile = await newestCuration(trx, input.poolId, 'OPEN')
        if (meanwhile !== null) return meanwhile
        const curation = await insertCuration(trx, {
          id,
          poolId: input.poolId,
          goalId: goal?.id ?? null,
          embedder,
          seed,
          roundSize: size,
          strategy,
          createdBy: viewer.id,
        })
        await audit(trx, {
          viewer,
          projectId,
          action: 'curationStart',
          subject: id,
          body: { pool: input.poolId, embedder, seed, strategy, size },
        })
        await writeRound(trx, curation, {
          id: newId(),
          ordinal: 0,
          personId: viewer.id,
          chosen,
          verdicts: 0,
          pool: pool.ids.length,
        })
        return curation
      })
    },
    async nextRound(viewer, input) {
      const access = await accessFor(viewer, input.curationId)
      const { curation } = access
      // Asked for at once: none needs the other's answer.
      const asked = Promise.all([
        readyVectors(curation.poolId, curation.embedder),
        readReview(db, curation.id, viewer.id),
      ])
      asked.catch(() => undefined)
      if (input.id !== null) {
        const same = await findRound(db, input.id)
        if (same?.curationId === curation.id) return same
        if (same !== null)
          throw new DomainError('ID_REUSED', `The id ${input.id} already stands for another round.`)
      }
      mustBeOpen(curation)
      const [pool, found] = await asked
      let mine: number | null = null
      // Another reviewer may take the same pictures in between: then it is chosen anew.
      for (let turn = 0; ; turn += 1) {
        const state = turn === 0 ? found : await readReview(db, curation.id, viewer.id)
        const before = (mine ??= state.mine)
        const ordinal = state.newest + 1
        const chosen = await choose(curation, pool, state)
        if (chosen.length === 0) {
          throw new DomainError(
            'ILLEGAL_STATE',
            'Every picture has been shown: finish the review, or upload more pictures.',
          )
        }
        const all = await withOverlap(viewer, curation, ordinal, chosen, state.verdicts)
        const made = await db.transaction().execute(async (trx) => {
          mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
          const now = await readProgress(trx, curation.id, viewer.id)
          if (now.mine !== null && now.mine.ordinal > before) return now.mine
          if (now.newest !== state.newest || now.shown !== state.shown.size) return null
          await auditVerdicts(trx, viewer, access)
          return writeRound(trx, curation, {
            id: input.id ?? newId(),
            ordinal,
            personId: viewer.id,
            chosen: all,
            verdicts: new Set(state.verdicts.map(({ imageId }) => imageId)).size,
            pool: pool.ids.length,
          })
        })
        if (made !== null) return made
        if (turn === 9)
          throw new DomainError(
            'CONFLICT',
            'Others took the next pictures: ask for the next again.',
          )
      }
    },
    async currentRound(viewer, curationId) {
      await curationFor(viewer, curationId)
      return newestRound(db, curationId, viewer.id)
    },
    roundById: (viewer, id) => findRoundFor(db, viewer, id),
    async rounds(viewer, curationId, page) {
      await curationFor(viewer, curationId)
      return listRounds(db, curationId, page)
    },
    async candidates(viewer, roundId, page) {
      if ((await findRoundFor(db, viewer, roundId)) === null)
        throw new DomainError('NOT_FOUND', 'There is no such round.')
      return listCandidates(db, roundId, page)
    },
    async candidateById(viewer, id) {
      return (await orNull(candidateFor(viewer, id)))?.candidate ?? null
    },
    async estimate(viewer, curationId): Promise<CurationEstimate> {
      const curation = await curationFor(viewer, curationId)
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const verdicts = await allVerdicts(db, curation.id)
      const { kappa } = curating.agreementAmong(ratingsOf(verdicts))
      const result = await curator.ask('estimate', pool, {
        seed: curation.seed,
        verdicts: new Map(verdicts.map(({ imageId, value }) => [imageId, value])),
        audits: await auditedImages(db, curation.id),
        ...(kappa === null ? {} : { humanKappa: kappa }),
      })
      return {
        kappa: result.kappa,
        kappaLow: result.kappaLow,
        kappaHigh: result.kappaHigh,
        expectedAccepted: result.expectedAccepted,
        moreLabels: result.moreLabels,
        suggestStop: result.suggestStop,
        reason: result.reason.text,
        reasonKey: result.reason.key,
        reasonParams: result.reason.params,
      }
    },
    async waiting(viewer, curationId) {
      await curationFor(viewer, curationId)
      return listWaiting(db, curationId, viewer.id)
    },
    async counts(viewer, curationId) {
      await curationFor(viewer, curationId)
      return countVerdicts(await said(curationId))
    },
    async recordVerdict(viewer, input) {
      const { candidate, curation } = await candidateFor(viewer, input.candidateId)
      if (!Number.isInteger(input.milliseconds) || input.milliseconds < 0) {
        throw new DomainError(
          'BAD_INPUT',
          `"milliseconds" is ${input.milliseconds}: it is how long the person looked, 0 or more.`,
        )
      }
      const milliseconds = Math.min(input.milliseconds, 86_400_000)
      const id = input.id ?? newId()
      const kept =
        candidate.verdict === null &&
        (await keepVerdict(db, {
          id,
          candidate,
          personId: viewer.id,
          value: input.value,
          milliseconds,
        }))
      // A second word on a picture, one that was sent twice, or one that comes too late: looked at with care.
      if (kept) {
        prefetch(curation)
        return { ...candidate, verdict: input.value }
      }
      await db.transaction().execute(async (trx) => {
        const locked = await lockCuration(trx, curation.id)
        if (input.id !== null) {
          const same = await trx
            .selectFrom('verdict')
            .select(['candidate_id', 'value'])
            .where('id', '=', input.id)
            .executeTakeFirst()
          if (same !== undefined) {
            if (same.candidate_id === candidate.id && same.value === input.value) return
            throw new DomainError(
              'ID_REUSED',
              `The id ${input.id} already stands for another verdict.`,
            )
          }
        }
        mustBeOpen(locked ?? curation)
        const round = await newestRound(trx, curation.id, viewer.id)
        if (candidate.verdict !== null && round !== null && round.id !== candidate.roundId) {
          throw new DomainError(
            'ILLEGAL_STATE',
            'This picture was judged in an earlier round, which is over: undo back to it to change the verdict.',
          )
        }
        await judge(trx, curation, viewer, {
          id,
          candidateId: candidate.id,
          imageId: candidate.imageId,
          value: input.value,
          milliseconds,
        })
      })
      prefetch(curation)
      return { ...candidate, verdict: input.value }
    },
    async undoVerdict(viewer, curationId) {
      const curation = await curationFor(viewer, curationId)
      const candidateId = await db.transaction().execute(async (trx) => {
        mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
        const newest = await trx
          .selectFrom('verdict')
          .select(['id', 'candidate_id'])
          .where('curation_id', '=', curation.id)
          .where('person_id', '=', viewer.id)
          .where('candidate_id', 'is not', null)
          .where('undone_at', 'is', null)
          .orderBy('ordinal', 'desc')
          .limit(1)
          .executeTakeFirst()
        if (newest === undefined)
          throw new DomainError('ILLEGAL_STATE', 'There is no verdict of yours left to take back.')
        await trx
          .updateTable('verdict')
          .set({ undone_at: deps.now(), audited_at: null })
          .where('id', '=', newest.id)
          .execute()
        return newest.candidate_id
      })
      const candidate = candidateId === null ? null : await findCandidate(db, candidateId)
      if (candidate === null) throw new DomainError('NOT_FOUND', 'There is no such candidate.')
      return candidate
    },
    async acceptImages(viewer, curationId, imageIds) {
      const access = await accessFor(viewer, curationId)
      const { curation } = access
      if (imageIds.length > acceptAtOnce) {
        throw new DomainError(
          'TOO_LARGE',
          `${imageIds.length} images at once: accept at most ${acceptAtOnce} at a time.`,
        )
      }
      const images = await findImages(db, imageIds)
      for (const id of imageIds) {
        const image = images.get(id)
        if (image === undefined || image.pool_id !== curation.poolId) {
          throw new DomainError('NOT_FOUND', `The image ${id} is not in this pool.`)
        }
        if (image.excluded_reason !== null && !image.included_anyway) {
          throw new DomainError(
            'ILLEGAL_STATE',
            `${image.file_name} is excluded: use it anyway first.`,
          )
        }
      }
      await db.transaction().execute(async (trx) => {
        mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
        const standing = await standingVerdicts(trx, curation.id)
        for (const imageId of new Set(imageIds)) {
          if (standing.get(imageId) === 'ACCEPT') continue
          await judge(trx, curation, viewer, {
            id: newId(),
            candidateId: null,
            imageId,
            value: 'ACCEPT',
            milliseconds: 0,
          })
        }
        await auditVerdicts(trx, viewer, access)
      })
      return curation
    },
    async agreement(viewer, curationId) {
      await curationFor(viewer, curationId)
      const verdicts = await allVerdicts(db, curationId)
      const people = [...new Set(verdicts.map(({ personId }) => personId))]
      const names = new Map(
        people.length === 0
          ? []
          : (
              await db
                .selectFrom('person')
                .select(['id', 'name'])
                .where('id', 'in', people)
                .execute()
            ).map((row) => [row.id, row.name]),
      )
      return {
        ...curating.agreementAmong(ratingsOf(verdicts)),
        reviewers: people.map((personId) => {
          const own = verdicts.filter((it) => it.personId === personId && it.candidateId !== null)
          const times = own.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
          const first = new Map<Id, VerdictValue>()
          let [same, repeats] = [0, 0]
          for (const { imageId, value, settles } of own) {
            if (settles) continue
            const before = first.get(imageId)
            if (before !== undefined) {
              repeats += 1
              if (before === value) same += 1
            }
            first.set(imageId, value)
          }
          return {
            personId,
            name: names.get(personId) ?? '',
            verdicts: own.length,
            medianMilliseconds: times[times.length >> 1] ?? 0,
            steadiness: repeats === 0 ? null : same / repeats,
          }
        }),
      }
    },
    async secondLooks(viewer, curationId) {
      const curation = await curationFor(viewer, curationId)
      const verdicts = await allVerdicts(db, curationId)
      const settled = new Set(verdicts.filter((it) => it.settles).map(({ imageId }) => imageId))
      const standing = new Map(verdicts.map(({ imageId, value }) => [imageId, value]))
      const byImage = new Map<Id, Map<Id, VerdictValue>>()
      for (const { imageId, personId, value } of verdicts)
        byImage.set(
          imageId,
          (byImage.get(imageId) ?? new Map<Id, VerdictValue>()).set(personId, value),
        )
      const disputed = [...byImage].flatMap(([imageId, values]) =>
        new Set(values.values()).size > 1 && !settled.has(imageId) ? [imageId] : [],
      )
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const suspected = await curator.ask('suspects', pool, {
        seed: curation.seed,
        verdicts: standing,
      })
      return [
        ...disputed.map((imageId) => ({
          kind: 'disagreement' as const,
          imageId,
          value: standing.get(imageId)!,
          probability: null,
        })),
        ...suspected.flatMap(({ id, value, probability }) =>
          settled.has(id) || disputed.includes(id)
            ? []
            : [{ kind: 'suspect' as const, imageId: id, value, probability }],
        ),
      ]
    },
    async settle(viewer, input) {
      const access = await accessFor(viewer, input.curationId)
      const { curation } = access
      const image = (await findImages(db, [input.imageId])).get(input.imageId)
      if (image === undefined || image.pool_id !== curation.poolId)
        throw new DomainError('NOT_FOUND', `The image ${input.imageId} is not in this pool.`)
      await db.transaction().execute(async (trx) => {
        mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
        await judge(trx, curation, viewer, {
          id: newId(),
          candidateId: null,
          imageId: input.imageId,
          value: input.value,
          milliseconds: 0,
          settles: true,
        })
        await auditVerdicts(trx, viewer, access)
      })
      return curation
    },
    async similar(viewer, curationId, imageId, size) {
      const curation = await curationFor(viewer, curationId)
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const row = pool.ids.indexOf(imageId)
      if (row < 0)
        throw new DomainError('NOT_FOUND', `The image ${imageId} is not used in this review.`)
      const query = pool.vectors.slice(row * pool.dim, (row + 1) * pool.dim)
      const found = await deps.nearest({
        poolId: curation.poolId,
        embedder: curation.embedder,
        pool,
        query,
        size: Math.min(size, 500) + 1,
      })
      return found.filter((id) => id !== imageId).slice(0, size)
    },
    async search(viewer, curationId, text, size) {
      const curation = await curationFor(viewer, curationId)
      const words = text.normalize('NFC').trim()
      if (words === '' || words.length > 300)
        throw new DomainError(
          'BAD_INPUT',
          `The text to search for has ${words.length} characters: 1 to 300.`,
        )
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      if (pool.ids.length === 0) return []
      const query = await deps.embedText(curation.embedder, words)
      if (query === null)
        throw new DomainError(
          'BAD_INPUT',
          `These pictures were looked at by ${curation.embedder}, which cannot read text: search by a picture instead, or install CLIP.`,
        )
      return deps.nearest({
        poolId: curation.poolId,
        embedder: curation.embedder,
        pool,
        query,
        size: Math.min(size, 500),
      })
    },
    async ask(viewer, input) {
      const curation = await curationFor(viewer, input.curationId)
      mustBeOpen(curation)
      const pool = await readyVectors(curation.poolId, curation.embedder)
      const known = new Set(pool.ids)
      const stray = input.imageIds.find((id) => !known.has(id))
      if (stray !== undefined)
        throw new DomainError('NOT_FOUND', `The image ${stray} is not used in this review.`)
      return db.transaction().execute(async (trx) => {
        mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
        const judged = await standingVerdicts(trx, curation.id)
        const wanted = [...new Set(input.imageIds)].filter((id) => !judged.has(id)).slice(0, 100)
        if (wanted.length === 0)
          throw new DomainError('ILLEGAL_STATE', 'All of these pictures were judged already.')
        return writeRound(trx, curation, {
          id: newId(),
          ordinal: ((await newestRound(trx, curation.id))?.ordinal ?? -1) + 1,
          personId: viewer.id,
          chosen: wanted.map((id) => ({
            id,
            partner: null,
            reason: {
              kind: 'asked',
              terms: {},
              key: 'curation.asked',
              params: {},
              text: 'You asked for it on the map.',
            },
          })),
          verdicts: judged.size,
          pool: pool.ids.length,
        })
      })
    },
    async finalSet(viewer, curationId, size) {
      const { curation, projectId } = await accessFor(viewer, curationId)
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const verdicts = await said(curation.id)
      const set = await curator.ask('finalSet', pool, {
        seed: curation.seed,
        verdicts,
        ...(size === null ? {} : { size }),
      })
      const shares = await curator.ask('representation', pool, {
        seed: curation.seed,
        chosen: set.ids,
      })
      return {
        size: set.ids.length,
        suggested: set.suggested,
        maximum: set.maximum,
        imageIds: set.ids,
        coverage: set.coverage,
        poolCoverage: shares.coverage,
        clusters: shares.clusters.map(({ medoid, ...share }) => ({ ...share, imageId: medoid })),
        attributes: await attributesOf(projectId, pool.ids, set.ids),
      }
    },
    async finish(viewer, input) {
      const access = await accessFor(viewer, input.curationId)
      const { curation } = access
      const made = await deps.datasets.ofCuration(curation.id)
      if (curation.state === 'FINISHED' && made !== null) return made
      const verdicts = await said(curation.id)
      const accepted = [...verdicts].flatMap(([imageId, value]) =>
        value === 'ACCEPT' ? [imageId] : [],
      )
      if (accepted.length === 0) {
        throw new DomainError(
          'POOL_EMPTY',
          'No picture is accepted yet: accept at least one, then finish.',
        )
      }
      let chosen = accepted
      if (input.size !== null) {
        if (!Number.isInteger(input.size) || input.size < 1) {
          throw new DomainError(
            'BAD_INPUT',
            `"size" is ${input.size}: a data set has 1 image or more.`,
          )
        }
        const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
        const set = await curator.ask('finalSet', pool, {
          seed: curation.seed,
          verdicts,
          size: input.size,
        })
        chosen = set.ids
      }
      return deps.datasets.make({
        id: input.id ?? newId(),
        projectId: access.projectId,
        curationId: curation.id,
        imageIds: chosen,
        createdBy: viewer.id,
        inTransaction: async (trx, version) => {
          mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
          await auditVerdicts(trx, viewer, access)
          await audit(trx, {
            viewer,
            projectId: access.projectId,
            action: 'curationFinish',
            subject: curation.id,
            body: version,
          })
          await trx
            .updateTable('curation')
            .set({ state: 'FINISHED' })
            .where('id', '=', curation.id)
            .execute()
          await touchPool(trx, curation.poolId)
        },
      })
    },
  }
}
