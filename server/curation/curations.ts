import { curation as curator } from '#intelligence/index.ts'
import type {
  Candidate,
  Curation,
  CurationEstimate,
  Round,
  VerdictValue,
} from '#schema/domain/curation.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { CurationsPort } from '#schema/ports/curation.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import type { DatasetMaker } from '../dataset/dataset-maker.ts'
import { newestGoal } from '../goal/goals.ts'
import type { PoolEmbedder, PoolVectors } from '../pool/pool-embedding.ts'
import { findImages, findPool, findPoolOfProject, touchPool } from '../pool/pool-store.ts'
import {
  countVerdicts,
  findCandidate,
  findCandidateOfImage,
  findCuration,
  findRound,
  insertCuration,
  insertRound,
  listCandidates,
  listRounds,
  lockCuration,
  newestCuration,
  newestRound,
  shownImages,
  standingVerdicts,
} from './curation-store.ts'

export interface CurationsDeps {
  readonly db: Db
  readonly embedder: PoolEmbedder
  readonly datasets: DatasetMaker
  newId(): Id
  now(): Date
}

const defaultRoundSize = 10
const acceptAtOnce = 10_000

/** A seed from a key: the low 31 bits, so that the same curation always chooses alike. */
function seedOf(id: Id): number {
  return Number.parseInt(id.slice(-8), 16) & 0x7fff_ffff
}

export function createCurations(deps: CurationsDeps): CurationsPort {
  const { db, newId } = deps

  async function projectOf(poolId: Id): Promise<Id> {
    const pool = await findPool(db, poolId)
    if (pool === null) throw new DomainError('NOT_FOUND', 'There is no such pool.')
    return pool.projectId
  }

  async function curationFor(viewer: Viewer, id: Id): Promise<Curation> {
    const curation = await findCuration(db, id)
    const gone = new DomainError('NOT_FOUND', 'There is no such curation.')
    if (curation === null) throw gone
    await requireProject(db, viewer, await projectOf(curation.poolId)).catch(() => {
      throw gone
    })
    return curation
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

  async function readyVectors(poolId: Id, embedder: string): Promise<PoolVectors> {
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
    return deps.embedder.vectors(poolId, embedder)
  }

  async function writeRound(
    trx: Trx,
    curation: Curation,
    input: {
      id: Id
      ordinal: number
      chosen: readonly curatorCandidate[]
      verdicts: number
      pool: number
    },
  ): Promise<Round> {
    return insertRound(trx, {
      id: input.id,
      curationId: curation.id,
      ordinal: input.ordinal,
      body: {
        seed: curation.seed,
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
  type curatorCandidate = ReturnType<typeof curator.selectRound>[number]

  async function said(curationId: Id): Promise<Map<Id, VerdictValue>> {
    return standingVerdicts(db, curationId)
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
      })
      .execute()
  }

  async function candidateFor(
    viewer: Viewer,
    id: Id,
  ): Promise<{ candidate: Candidate; curation: Curation }> {
    const candidate = await findCandidate(db, id)
    const gone = new DomainError('NOT_FOUND', 'There is no such candidate.')
    if (candidate === null) throw gone
    const curation = await curationFor(viewer, candidate.curationId).catch(() => {
      throw gone
    })
    return { candidate, curation }
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
      const open = await newestCuration(db, input.poolId, 'OPEN')
      if (open !== null) return open
      const { embedder } = await deps.embedder.progress(input.poolId)
      const pool = await readyVectors(input.poolId, embedder)
      const id = input.id ?? newId()
      const seed = seedOf(id)
      const chosen = curator.startCuration({ ...pool, seed, roundSize: size })
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
          createdBy: viewer.id,
        })
        await writeRound(trx, curation, {
          id: newId(),
          ordinal: 0,
          chosen,
          verdicts: 0,
          pool: pool.ids.length,
        })
        return curation
      })
    },
    async nextRound(viewer, input) {
      const curation = await curationFor(viewer, input.curationId)
      if (input.id !== null) {
        const same = await findRound(db, input.id)
        if (same?.curationId === curation.id) return same
        if (same !== null)
          throw new DomainError('ID_REUSED', `The id ${input.id} already stands for another round.`)
      }
      mustBeOpen(curation)
      const pool = await readyVectors(curation.poolId, curation.embedder)
      const before = await newestRound(db, curation.id)
      const ordinal = (before?.ordinal ?? -1) + 1
      const verdicts = await said(curation.id)
      const chosen = curator.selectRound({
        ...pool,
        seed: curation.seed,
        round: ordinal,
        size: curation.roundSize,
        verdicts,
        shown: await shownImages(db, curation.id),
      })
      if (chosen.length === 0) {
        throw new DomainError(
          'ILLEGAL_STATE',
          'Every picture has been shown: finish the review, or upload more pictures.',
        )
      }
      return db.transaction().execute(async (trx) => {
        await lockCuration(trx, curation.id)
        const newest = await newestRound(trx, curation.id)
        if (newest !== null && newest.ordinal >= ordinal) return newest
        return writeRound(trx, curation, {
          id: input.id ?? newId(),
          ordinal,
          chosen,
          verdicts: verdicts.size,
          pool: pool.ids.length,
        })
      })
    },
    async currentRound(viewer, curationId) {
      await curationFor(viewer, curationId)
      return newestRound(db, curationId)
    },
    async roundById(viewer, id) {
      const round = await findRound(db, id)
      return round !== null && (await orNull(curationFor(viewer, round.curationId))) !== null
        ? round
        : null
    },
    async rounds(viewer, curationId, page) {
      await curationFor(viewer, curationId)
      return listRounds(db, curationId, page)
    },
    async candidates(viewer, roundId, page) {
      const round = await findRound(db, roundId)
      if (round === null) throw new DomainError('NOT_FOUND', 'There is no such round.')
      await curationFor(viewer, round.curationId)
      return listCandidates(db, roundId, page)
    },
    async candidateById(viewer, id) {
      return (await orNull(candidateFor(viewer, id)))?.candidate ?? null
    },
    async estimate(viewer, curationId): Promise<CurationEstimate> {
      const curation = await curationFor(viewer, curationId)
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const result = curator.estimate({
        ...pool,
        seed: curation.seed,
        verdicts: await said(curation.id),
      })
      return {
        kappa: result.kappa,
        kappaLow: result.kappaLow,
        kappaHigh: result.kappaHigh,
        expectedAccepted: result.expectedAccepted,
        moreLabels: result.moreLabels,
        suggestStop: result.suggestStop,
        reason: result.reason.text,
      }
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
        const round = await newestRound(trx, curation.id)
        if (candidate.verdict !== null && round !== null && round.id !== candidate.roundId) {
          throw new DomainError(
            'ILLEGAL_STATE',
            'This picture was judged in an earlier round, which is over: undo back to it to change the verdict.',
          )
        }
        await judge(trx, curation, viewer, {
          id: input.id ?? newId(),
          candidateId: candidate.id,
          imageId: candidate.imageId,
          value: input.value,
          milliseconds: Math.min(input.milliseconds, 86_400_000),
        })
      })
      return { ...candidate, verdict: input.value }
    },
    async undoVerdict(viewer, curationId) {
      const curation = await curationFor(viewer, curationId)
      const imageId = await db.transaction().execute(async (trx) => {
        mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
        const newest = await trx
          .selectFrom('verdict')
          .select(['id', 'image_id'])
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
          .set({ undone_at: deps.now() })
          .where('id', '=', newest.id)
          .execute()
        return newest.image_id
      })
      const candidate = await findCandidateOfImage(db, curation.id, imageId)
      if (candidate === null) throw new DomainError('NOT_FOUND', 'There is no such candidate.')
      return candidate
    },
    async acceptImages(viewer, curationId, imageIds) {
      const curation = await curationFor(viewer, curationId)
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
      })
      return curation
    },
    async finalSet(viewer, curationId, size) {
      const curation = await curationFor(viewer, curationId)
      const pool = await deps.embedder.vectors(curation.poolId, curation.embedder)
      const verdicts = await said(curation.id)
      const set = curator.finalSet({
        ...pool,
        seed: curation.seed,
        verdicts,
        ...(size === null ? {} : { size }),
      })
      return {
        size: set.ids.length,
        suggested: set.suggested,
        maximum: set.maximum,
        imageIds: set.ids,
        coverage: set.coverage,
      }
    },
    async finish(viewer, input) {
      const curation = await curationFor(viewer, input.curationId)
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
        chosen = curator.finalSet({ ...pool, seed: curation.seed, verdicts, size: input.size }).ids
      }
      return deps.datasets.make({
        id: input.id ?? newId(),
        projectId: await projectOf(curation.poolId),
        curationId: curation.id,
        imageIds: chosen,
        createdBy: viewer.id,
        inTransaction: async (trx) => {
          mustBeOpen((await lockCuration(trx, curation.id)) ?? curation)
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
