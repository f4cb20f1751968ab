import { createHash, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Candidate, VerdictValue } from '#schema/domain/curation.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { CurationsPort } from '#schema/ports/curation.ts'
import { createAudit } from '#server/audit/audit.ts'
import { createCurator, type Curator } from '#server/curation/curator.ts'
import { createNearestImages } from '#server/curation/nearest-images.ts'
import { createCurations } from '#server/curation/curations.ts'
import type { PoolEmbedder, PoolVectors } from '#server/pool/pool-embedding.ts'
import { openDatabase, type OpenDatabase } from '#server/db/pool.ts'
import { createPoolEmbedder } from '#server/pool/pool-embedding.ts'
import { databaseKinds, makeTestDatabase, type TestDatabase } from '#test/harness/database.ts'

const everything = { first: 100, after: null }
const count = 120

describe.each(databaseKinds)('CU-07 several reviewers [%s]', (kind) => {
  let made: TestDatabase
  let database: OpenDatabase
  let curator: Curator
  let embedder: PoolEmbedder
  let port: CurationsPort
  const pool = randomUUID()
  const [ann, ben] = ['Ann', 'Ben'].map((name): Viewer => ({
    id: randomUUID(),
    name,
    role: 'administrator',
  })) as [Viewer, Viewer]

  beforeAll(async () => {
    made = await makeTestDatabase(kind)
    database = await openDatabase(made.config)
    const { db } = database
    for (const { id, name, role } of [ann, ben])
      await db.insertInto('person').values({ id, name, role }).execute()
    const project = randomUUID()
    await db.insertInto('project').values({ id: project, name: 'p', created_by: ann.id }).execute()
    await db
      .insertInto('pool')
      .values({ id: pool, project_id: project, embedder: 'descriptor', embedding_state: 'DONE' })
      .execute()
    for (let row = 0; row < count; row += 1) {
      const id = randomUUID()
      const hash = createHash('sha256').update(id).digest('hex')
      await db
        .insertInto('image')
        .values({
          id,
          pool_id: pool,
          sha256: hash,
          blob_sha256: hash,
          thumbnail_sha256: hash,
          file_name: `${row}.png`,
          format: 'png',
          width: 64,
          height: 64,
          bytes: 1,
          measures: '{}',
          dhash: hash.slice(0, 16),
          excluded_reason: null,
          excluded_message: null,
          duplicate_of: null,
          sees: null,
          caption: null,
        })
        .execute()
      // Two groups along the first axes, the rest is noise from the hash.
      const vector = Array.from(
        { length: 8 },
        (_, axis) =>
          (axis === row % 2 ? 2 : 0) +
          Number.parseInt(hash.slice(2 * axis, 2 * axis + 2), 16) / 255,
      )
      await db
        .insertInto('embedding')
        .values({
          image_id: id,
          embedder: 'descriptor',
          vector: sql<string>`${JSON.stringify(vector)}::halfvec`,
        })
        .execute()
    }
    curator = createCurator()
    embedder = createPoolEmbedder({
      db,
      choose: () => Promise.reject(new Error('all vectors are there')),
      log: () => undefined,
    } as unknown as Parameters<typeof createPoolEmbedder>[0])
    port = createCurations({
      db,
      embedder,
      curator,
      datasets: undefined as never,
      nearest: createNearestImages(database, curator, 10),
      embedText: (_embedder, text) =>
        Promise.resolve(text === 'even' ? Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0) : null),
      audit: createAudit({ newId: randomUUID, now: () => new Date(), secret: 'a secret' }),
      newId: randomUUID,
      now: () => new Date(),
    })
  })
  afterAll(async () => {
    await curator.close()
    await embedder.close()
    await database[Symbol.asyncDispose]()
    await made[Symbol.asyncDispose]()
  })

  async function wants(candidate: Candidate): Promise<VerdictValue> {
    const image = await database.db
      .selectFrom('image')
      .select('file_name')
      .where('id', '=', candidate.imageId)
      .executeTakeFirstOrThrow()
    return Number.parseInt(image.file_name, 10) % 2 === 0 ? 'ACCEPT' : 'REJECT'
  }

  async function judgeRound(viewer: Viewer, roundId: string, turn = false): Promise<string[]> {
    const { nodes } = await port.candidates(viewer, roundId, everything)
    for (const candidate of nodes) {
      const value = await wants(candidate)
      await port.recordVerdict(viewer, {
        id: null,
        candidateId: candidate.id,
        value: turn ? (value === 'ACCEPT' ? 'REJECT' : 'ACCEPT') : value,
        milliseconds: 500,
      })
    }
    return nodes.map(({ imageId }) => imageId)
  }

  it('gives two who ask at the same moment different pictures, but for a planned overlap', async () => {
    const curation = await port.start(ann, { id: null, poolId: pool, size: 10 })
    const first = await port.currentRound(ann, curation.id)
    expect(await port.currentRound(ben, curation.id)).toBeNull()
    await judgeRound(ann, first!.id)
    for (let turn = 0; turn < 3; turn += 1) {
      const [one, two] = await Promise.all([
        port.nextRound(ann, { id: null, curationId: curation.id }),
        port.nextRound(ben, { id: null, curationId: curation.id }),
      ])
      expect(one.id).not.toBe(two.id)
      const [anns, bens] = [await judgeRound(ann, one.id), await judgeRound(ben, two.id)]
      expect(anns.filter((id) => bens.includes(id)).length).toBeLessThanOrEqual(2)
      expect(new Set(anns).size).toBe(anns.length)
    }
    const agreement = await port.agreement(ann, curation.id)
    expect(agreement.shared).toBeGreaterThanOrEqual(3)
    expect(agreement).toMatchObject({ alpha: 1, kappa: 1, pabak: 1 })
    expect(
      agreement.reviewers.map(({ name, medianMilliseconds }) => [name, medianMilliseconds]),
    ).toEqual(
      expect.arrayContaining([
        ['Ann', 500],
        ['Ben', 500],
      ]),
    )
  })

  it('lists disagreements and verdicts that the others speak against, until they are settled', async () => {
    const curation = await port.start(ben, { id: null, poolId: pool, size: 10 })
    const before = await port.secondLooks(ben, curation.id)
    expect(before.filter(({ kind: why }) => why === 'disagreement')).toEqual([])
    const round = await port.nextRound(ben, { id: null, curationId: curation.id })
    const judged = await judgeRound(ben, round.id, true)
    const looks = await port.secondLooks(ann, curation.id)
    expect(looks.length).toBeGreaterThan(0)
    // Ben turned a whole round round; a right verdict at the border may stand among his.
    const his = looks.filter(({ imageId }) => judged.includes(imageId))
    expect(his.length).toBeGreaterThan(looks.length / 2)
    for (const { imageId, value } of looks)
      await port.settle(ann, {
        curationId: curation.id,
        imageId,
        value: value === 'ACCEPT' ? 'REJECT' : 'ACCEPT',
      })
    const after = await port.secondLooks(ann, curation.id)
    for (const { imageId } of after) expect(looks.map((it) => it.imageId)).not.toContain(imageId)
  })

  it('CU-05 undo gives back exactly what was there', async () => {
    const curation = await port.start(ann, { id: null, poolId: pool, size: 10 })
    const before = await port.counts(ann, curation.id)
    const round = await port.nextRound(ann, { id: null, curationId: curation.id })
    const { length } = await judgeRound(ann, round.id)
    expect(await port.counts(ann, curation.id)).not.toEqual(before)
    for (let turn = 0; turn < length; turn += 1) await port.undoVerdict(ann, curation.id)
    expect(await port.counts(ann, curation.id)).toEqual(before)
    const { nodes } = await port.candidates(ann, round.id, everything)
    for (const { verdict } of nodes) expect(verdict).toBeNull()
  })

  it('CU-05 what waits is told again after a reload, and the audit log covers each verdict once', async () => {
    const curation = await port.start(ann, { id: null, poolId: pool, size: 10 })
    const entries = async () =>
      (
        await database.db
          .selectFrom('audit')
          .select('body')
          .where('action', '=', 'verdictsRecord')
          .where('person_id', '=', ann.id)
          .orderBy('ordinal')
          .execute()
      ).map(({ body }) => body as { verdicts: number; undone: number; digest: string })
    await port.nextRound(ann, { id: null, curationId: curation.id })
    const before = await entries()
    const waiting = await port.waiting(ann, curation.id)
    expect(waiting.length).toBeGreaterThanOrEqual(10)
    const [first, second, third] = waiting as [Candidate, Candidate, Candidate]
    for (const { id } of [first, second, third])
      await port.recordVerdict(ann, { id: null, candidateId: id, value: 'ACCEPT', milliseconds: 5 })
    await port.undoVerdict(ann, curation.id)
    // The next round is asked for while some of this one still wait.
    const round = await port.nextRound(ann, { id: null, curationId: curation.id })
    const now = await port.waiting(ann, curation.id)
    expect(now.slice(0, waiting.length - 2).map(({ id }) => id)).toEqual(
      waiting.slice(2).map(({ id }) => id),
    )
    expect(now.filter(({ roundId }) => roundId === round.id).length).toBeGreaterThan(0)
    expect(new Set(now.map(({ id }) => id)).size).toBe(now.length)
    const told = (await entries()).slice(before.length)
    expect(told).toMatchObject([{ verdicts: 3, undone: 1 }])
    await port.undoVerdict(ann, curation.id)
    await port.nextRound(ann, { id: null, curationId: curation.id })
    expect((await entries()).slice(before.length + 1)).toMatchObject([{ verdicts: 1, undone: 1 }])
  })

  it('CU-10 finds similar pictures, without the picture itself; asks for more from a place on the map', async () => {
    const curation = await port.start(ann, { id: null, poolId: pool, size: 10 })
    const vectors: PoolVectors = await embedder.vectors(pool, 'descriptor')
    const found = await port.similar(ann, curation.id, vectors.ids[0]!, 10)
    expect(found).toHaveLength(10)
    expect(found).not.toContain(vectors.ids[0])
    await expect(port.similar(ann, curation.id, randomUUID(), 10)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    // On Postgres by the index, beside another pool's vectors and another embedder's: the same as by comparing all.
    const exact = await curator.ask('nearest', vectors, {
      query: vectors.vectors.slice(0, vectors.dim),
      size: 11,
    })
    const exactly = exact.map(({ id }) => id).slice(1)
    expect(found.filter((id) => exactly.includes(id)).length).toBeGreaterThanOrEqual(9)
    const indexes = await sql<{ name: string }>`
      select indexname as name from pg_indexes where indexname like 'embedding_hnsw_%'`.execute(
      database.db,
    )
    expect(indexes.rows.map(({ name }) => name)).toEqual(
      kind === 'postgres' ? ['embedding_hnsw_descriptor_8'] : [],
    )
    const even = await port.search(ann, curation.id, ' even ', 20)
    expect(even).toHaveLength(20)
    const names = await database.db
      .selectFrom('image')
      .select('file_name')
      .where('id', 'in', even)
      .execute()
    for (const row of names) expect(Number.parseInt(row.file_name, 10) % 2).toBe(0)
    for (const text of ['a cat', '', 'x'.repeat(301)])
      await expect(port.search(ann, curation.id, text, 20)).rejects.toMatchObject({
        code: 'BAD_INPUT',
      })
    const judged = await database.db
      .selectFrom('verdict')
      .select('image_id')
      .where('undone_at', 'is', null)
      .execute()
    const open = vectors.ids.filter((id) => !judged.some((row) => row.image_id === id)).slice(0, 3)
    const round = await port.ask(ann, { curationId: curation.id, imageIds: open })
    const { nodes } = await port.candidates(ann, round.id, everything)
    expect(nodes.map(({ imageId }) => imageId).sort()).toEqual([...open].sort())
    await expect(
      port.ask(ann, { curationId: curation.id, imageIds: [judged[0]!.image_id] }),
    ).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
  })

  it('refuses a strategy that is none', async () => {
    await expect(
      port.start(ann, { id: null, poolId: pool, size: 10, strategy: 'best' as never }),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})
