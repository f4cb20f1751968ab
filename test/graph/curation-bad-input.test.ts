import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseKinds } from '#test/harness/database.ts'
import { noisePicture, startTestApp, type TestApp } from '../harness/app.ts'
import { safetensors } from '../harness/safetensors.ts'

const rawId = (global: string): string =>
  Buffer.from(global, 'base64').toString().split(':').at(-1)!

interface Node {
  readonly id: string
  readonly image: { readonly fileName: string }
}
interface Started {
  readonly __typename: string
  readonly id: string
  readonly code: string
  readonly message: string
  readonly embedder: string
  readonly round: { readonly candidates: { readonly edges: { readonly node: Node }[] } }
}
type Answered = { __typename: string; code?: string; message?: string } & Record<string, any>

const estimateFields = `estimate { kappa kappaLow kappaHigh expectedAccepted moreLabels suggestStop reasonKey }`

describe.each(databaseKinds)('CU bad input, through GraphQL [%s]', (kind) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ kind })
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
  })

  async function newPool(): Promise<string> {
    const made = await app.ask(
      `mutation { projectCreate(input: { name: "Bad" }) { ... on Project { pool { id } } } }`,
    )
    return made.projectCreate.pool.id as string
  }

  /** A pool of pictures whose vectors are these, written as an upload and an import would. */
  async function poolOf(vectors: readonly (readonly number[])[]): Promise<string> {
    const pool = await newPool()
    const id = rawId(pool)
    await app.db
      .updateTable('pool')
      .set({ embedder: 'imported:test', embedding_state: 'DONE' })
      .where('id', '=', id)
      .execute()
    const rows = vectors.map((vector) => ({ id: crypto.randomUUID(), vector }))
    for (let from = 0; from < rows.length; from += 500) {
      const part = rows.slice(from, from + 500)
      await app.db
        .insertInto('image')
        .values(
          part.map((row, index) => ({
            id: row.id,
            pool_id: id,
            sha256: row.id,
            blob_sha256: '0'.repeat(64),
            thumbnail_sha256: '0'.repeat(64),
            file_name: `${from + index}.png`,
            format: 'png',
            width: 64,
            height: 64,
            bytes: 1,
            measures: '{}',
            dhash: row.id.slice(0, 8).padEnd(16, '0'),
          })),
        )
        .execute()
      await app.db
        .insertInto('embedding')
        .values(
          part.map((row) => ({
            image_id: row.id,
            embedder: 'imported:test',
            vector: sql<string>`${`[${row.vector.join()}]`}::halfvec`,
          })),
        )
        .execute()
    }
    return pool
  }

  const start = async (pool: string): Promise<Started> =>
    (
      await app.ask(
        `mutation ($pool: ID!) { curationStart(input: { pool: $pool }) { __typename ... on Curation { id embedder round { candidates(first: 100) { edges { node { id image { fileName } } } } } } ... on Error { code message } } }`,
        { pool },
      )
    ).curationStart as Started
  const nodesOf = (round: Started['round']): Node[] => round.candidates.edges.map((it) => it.node)
  const judge = async (candidate: string, value: string): Promise<Answered> =>
    (
      await app.ask(
        `mutation ($candidate: ID!, $value: VerdictValue!) { verdictRecord(input: { candidate: $candidate, value: $value, milliseconds: 1 }) { __typename ... on Candidate { verdict } ... on Error { code message } } }`,
        { candidate, value },
      )
    ).verdictRecord as Answered
  const next = async (curation: string): Promise<Answered> =>
    (
      await app.ask(
        `mutation ($curation: ID!) { roundNext(input: { curation: $curation }) { __typename ... on Round { ordinal candidates(first: 100) { edges { node { id image { fileName } } } } } ... on Error { code message } } }`,
        { curation },
      )
    ).roundNext as Answered
  const look = async (curation: string): Promise<any> =>
    (
      await app.ask(
        `query ($id: ID!) { node(id: $id) { ... on Curation { ${estimateFields} verdicts { accepted rejected unsure } finalSet { size maximum coverage poolCoverage clusters { cluster ratio } } } } }`,
        { id: curation },
      )
    ).node

  /** Judges all that comes, round after round, until the platform says that nothing is left. */
  async function wholeReview(
    pool: string,
    value: (turn: number) => string,
  ): Promise<{ curation: string; seen: string[]; end: Answered }> {
    const started = await start(pool)
    expect(started.__typename).toBe('Curation')
    const seen: string[] = []
    let open = nodesOf(started.round)
    for (;;) {
      for (const node of open) {
        seen.push(node.image.fileName)
        expect((await judge(node.id, value(seen.length))).__typename).toBe('Candidate')
      }
      const answer = await next(started.id)
      if (answer.__typename !== 'Round') return { curation: started.id, seen, end: answer }
      open = nodesOf(answer as unknown as Started['round'])
      expect(open.length).toBeGreaterThan(0)
    }
  }

  it('a pool of no pictures is refused by name, and its map is empty', async () => {
    const pool = await newPool()
    expect(await start(pool)).toMatchObject({ code: 'POOL_EMPTY' })
    const { node } = await app.ask(
      `query ($id: ID!) { node(id: $id) { ... on Pool { map { x } } } }`,
      {
        id: pool,
      },
    )
    expect(node.map).toEqual([])
  })

  it.each([1, 2])('a pool of %i: each is shown once, then it says that all were', async (count) => {
    const pool = await poolOf(Array.from({ length: count }, (_, row) => [1, row, 0]))
    const { curation, seen, end } = await wholeReview(pool, () => 'ACCEPT')
    expect(seen.sort()).toEqual(Array.from({ length: count }, (_, row) => `${row}.png`))
    expect(end).toMatchObject({ code: 'ILLEGAL_STATE' })
    const told = await look(curation)
    expect(told.verdicts).toEqual({ accepted: count, rejected: 0, unsure: 0 })
    expect(told.estimate).toMatchObject({
      expectedAccepted: count,
      suggestStop: true,
      moreLabels: 0,
    })
    expect(told.finalSet).toMatchObject({ maximum: count })
    expect(told.finalSet.size).toBeGreaterThan(0)
  })

  it('all pictures alike: every one comes once, and no figure is NaN', async () => {
    const pool = await poolOf(Array.from({ length: 33 }, () => [0.5, 0.5, 0.5, 0.5]))
    const { curation, seen } = await wholeReview(pool, (turn) =>
      turn % 2 === 0 ? 'ACCEPT' : 'REJECT',
    )
    expect(new Set(seen).size).toBe(33)
    expect(seen).toHaveLength(33)
    const told = await look(curation)
    expect(JSON.stringify(told)).not.toContain('NaN')
    expect(told.finalSet.maximum).toBe(16)
    expect(told.finalSet.coverage).toBeGreaterThanOrEqual(0)
  })

  it('all rejected: it goes on to the end, says so, and makes no data set of nothing', async () => {
    const pool = await poolOf(
      Array.from({ length: 30 }, (_, row) => [Math.cos(row), Math.sin(row), 0.2]),
    )
    const { curation, seen } = await wholeReview(pool, () => 'REJECT')
    expect(new Set(seen).size).toBe(30)
    const told = await look(curation)
    expect(told.estimate).toMatchObject({ reasonKey: 'estimate.none', expectedAccepted: 0 })
    expect(told.finalSet).toMatchObject({ size: 0, maximum: 0, coverage: 0 })
    const { curationFinish } = await app.ask(
      `mutation ($curation: ID!) { curationFinish(input: { curation: $curation }) { __typename ... on Error { code message } } }`,
      { curation },
    )
    expect(curationFinish).toMatchObject({ code: 'POOL_EMPTY' })
  })

  it('one tight cluster and nothing else is gone through like any other', async () => {
    const pool = await poolOf(
      Array.from({ length: 40 }, (_, row) => [1, 1e-3 * Math.sin(row), 1e-3 * Math.cos(3 * row)]),
    )
    const { curation, seen } = await wholeReview(pool, (turn) => (turn < 20 ? 'ACCEPT' : 'REJECT'))
    expect(new Set(seen).size).toBe(40)
    const told = await look(curation)
    expect(told.finalSet.clusters.every((it: { ratio: number }) => Number.isFinite(it.ratio))).toBe(
      true,
    )
  })

  it('contradictory verdicts on pictures that look the same: the estimate admits that it cannot tell', async () => {
    // Twenty pairs of equal vectors, one of each accepted and one rejected.
    const pool = await poolOf(
      Array.from({ length: 60 }, (_, row) => {
        const pair = Math.floor(row / 2)
        return [Math.cos(pair), Math.sin(pair), Math.cos(2.3 * pair), 0.3]
      }),
    )
    const started = await start(pool)
    let open = nodesOf(started.round)
    let judged = 0
    while (judged < 50) {
      for (const node of open) {
        const value = Number.parseInt(node.image.fileName, 10) % 2 === 0 ? 'ACCEPT' : 'REJECT'
        await judge(node.id, value)
        judged += 1
      }
      open = nodesOf((await next(started.id)) as unknown as Started['round'])
    }
    const told = await look(started.id)
    expect(told.estimate.kappa).toBeLessThan(0.6)
    expect(told.estimate.kappaLow).toBeLessThan(0.3)
    expect(told.estimate.reasonKey).not.toBe('estimate.agrees')
  })

  it('a vector of another length is named, and setting its picture aside mends it', async () => {
    const pool = await poolOf([...Array.from({ length: 8 }, (_, row) => [row, 1, 0]), [1, 2]])
    const answer = await start(pool)
    expect(answer).toMatchObject({ code: 'BAD_INPUT' })
    expect(answer.message).toMatch(/vector of image .* numbers/)
    const wrong = await app.db
      .selectFrom('image')
      .select('id')
      .where('pool_id', '=', rawId(pool))
      .where('file_name', '=', '8.png')
      .executeTakeFirstOrThrow()
    expect(answer.message).toContain(wrong.id)
    const image = Buffer.from(`Image:${wrong.id}`).toString('base64')
    await app.ask(
      `mutation ($image: ID!) { imageExclude(input: { image: $image }) { __typename } }`,
      { image },
    )
    expect((await start(pool)).__typename).toBe('Curation')
  })

  it('an embedder that changes half-way leaves the open review with its own vectors', async () => {
    const pool = await poolOf(
      Array.from({ length: 24 }, (_, row) => [Math.cos(row), Math.sin(row), 1]),
    )
    const started = await start(pool)
    expect(started.embedder).toBe('imported:test')
    const open = nodesOf(started.round)
    for (const node of open.slice(0, 5)) await judge(node.id, 'ACCEPT')
    // Another model looks at the pool: longer vectors, of half of the pictures so far.
    const id = rawId(pool)
    await app.db.updateTable('pool').set({ embedder: 'descriptor' }).where('id', '=', id).execute()
    const images = await app.db.selectFrom('image').select('id').where('pool_id', '=', id).execute()
    for (const image of images.slice(0, 12))
      await app.db
        .insertInto('embedding')
        .values({
          image_id: image.id,
          embedder: 'descriptor',
          vector: sql<string>`'[1,2,3,4,5,6,7]'::halfvec`,
        })
        .execute()
    for (const node of open.slice(5)) await judge(node.id, 'REJECT')
    const answer = await next(started.id)
    expect(answer.__typename).toBe('Round')
    expect((await look(started.id)).estimate.expectedAccepted).toBeGreaterThan(0)
    const again = await start(pool)
    expect(again).toMatchObject({ id: started.id, embedder: 'imported:test' })
  })

  it('two words on one candidate at the same moment: both are kept, the newest stands, none is lost', async () => {
    const pool = await poolOf(
      Array.from({ length: 12 }, (_, row) => [Math.cos(row), Math.sin(row), 1]),
    )
    const started = await start(pool)
    const [node] = nodesOf(started.round)
    const answers = await Promise.all([
      judge(node!.id, 'ACCEPT'),
      judge(node!.id, 'REJECT'),
      judge(node!.id, 'ACCEPT'),
    ])
    expect(answers.every((it) => it.__typename === 'Candidate')).toBe(true)
    const kept = await app.db
      .selectFrom('verdict')
      .select('value')
      .where('candidate_id', '=', rawId(node!.id))
      .orderBy('ordinal')
      .execute()
    expect(kept).toHaveLength(3)
    const { node: now } = await app.ask(
      `query ($id: ID!) { node(id: $id) { ... on Candidate { verdict } } }`,
      { id: node!.id },
    )
    expect(now.verdict).toBe(kept.at(-1)!.value)
    const { verdicts } = await look(started.id)
    expect(verdicts.accepted + verdicts.rejected).toBe(1)
    // The same word sent twice by its own key is one verdict.
    const key = crypto.randomUUID()
    const same = `mutation { verdictRecord(input: { id: "${key}", candidate: "${nodesOf(started.round)[1]!.id}", value: ACCEPT, milliseconds: 1 }) { __typename ... on Error { code } } }`
    const twice = await Promise.all([app.ask(same), app.ask(same)])
    expect(twice.map((it) => it.verdictRecord.__typename)).toEqual(['Candidate', 'Candidate'])
    const once = await app.db.selectFrom('verdict').select('id').where('id', '=', key).execute()
    expect(once).toHaveLength(1)
  })

  it('a review that is finished while a verdict is on its way takes it wholly or refuses it', async () => {
    const pool = await poolOf(
      Array.from({ length: 12 }, (_, row) => [Math.cos(row), Math.sin(row), 1]),
    )
    const started = await start(pool)
    const open = nodesOf(started.round)
    await judge(open[0]!.id, 'ACCEPT')
    await app.db
      .updateTable('curation')
      .set({ state: 'FINISHED' })
      .where('id', '=', rawId(started.id))
      .execute()
    expect(await judge(open[1]!.id, 'ACCEPT')).toMatchObject({ code: 'ILLEGAL_STATE' })
    expect(await next(started.id)).toMatchObject({ code: 'ILLEGAL_STATE' })
    const kept = await app.db
      .selectFrom('verdict')
      .select('id')
      .where('curation_id', '=', rawId(started.id))
      .execute()
    expect(kept).toHaveLength(1)
  })

  describe('CU-12 vectors that were made elsewhere', () => {
    const names = Array.from({ length: 14 }, (_, row) => `${row}.png`)
    const rows = names.map((_, row) => [row < 7 ? 1 : -1, Math.sin(row), 0.1 * row])
    let pool: string
    const send = async (bytes: Uint8Array): Promise<Record<string, unknown>> => {
      const answer = (await app.upload(pool, [
        { name: 'dinov2.safetensors', bytes },
      ])) as unknown as {
        vectors: Record<string, unknown>[]
        entries: unknown[]
      }
      expect(answer.entries).toEqual([])
      return answer.vectors[0]!
    }
    beforeAll(async () => {
      pool = await newPool()
      await app.upload(
        pool,
        await Promise.all(
          names.map(async (name, row) => ({ name, bytes: await noisePicture(row + 1, 96) })),
        ),
      )
    })

    it.each([
      ['no safetensors', () => new Uint8Array(40), /header/],
      ['cut off', () => safetensors(rows, { names }).slice(0, -5), /cut off/],
      ['a name too few', () => safetensors(rows, { names: names.slice(1) }), /13 names for 14/],
      ['a name twice', () => safetensors(rows, { names: names.with(1, '0.png') }), /twice/],
      ['no names', () => safetensors(rows, {}), /"names"/],
      [
        'an unknown name',
        () => safetensors(rows, { names: names.with(3, 'who.png') }),
        /"who.png"/,
      ],
      [
        'a used picture without a row',
        () => safetensors(rows.slice(1), { names: names.slice(1) }),
        /1 used pictures.*0\.png/,
      ],
      [
        'NaN',
        () => safetensors(rows.with(5, [NaN, 0, 0]), { names }),
        /"5\.png" \(row 5\).*not a finite/,
      ],
      [
        'infinity',
        () => safetensors(rows.with(5, [Infinity, 0, 0]), { names }),
        /"5\.png" \(row 5\).*not a finite/,
      ],
      ['zeros', () => safetensors(rows.with(2, [0, 0, 0]), { names }), /"2\.png" \(row 2\).*zeros/],
      [
        'too wide',
        () =>
          safetensors(
            names.map(() => Array.from({ length: 4001 }, () => 1)),
            { names },
          ),
        /4001 numbers/,
      ],
      [
        'another tensor',
        () => safetensors(rows, { names }, 'weights'),
        /"embeddings" is missing.*weights/,
      ],
    ])('%s is refused by name, and nothing changes', async (_what, bytes, message) => {
      const told = await send(bytes())
      expect(told).toMatchObject({ outcome: 'REFUSED', code: 'BAD_INPUT' })
      expect(told['message']).toMatch(message)
      const kept = await app.db
        .selectFrom('embedding')
        .select('image_id')
        .where('embedder', '=', 'imported:dinov2')
        .execute()
      expect(kept).toEqual([])
    })

    it('good ones are what the review compares by, and a picture without one is told', async () => {
      const told = await send(safetensors(rows, { names }))
      expect(told).toMatchObject({
        outcome: 'IMPORTED',
        embedder: 'imported:dinov2',
        images: 14,
        dim: 3,
      })
      const started = await start(pool)
      expect(started).toMatchObject({ __typename: 'Curation', embedder: 'imported:dinov2' })
      const near = await app.ask(
        `query ($id: ID!, $image: ID!) { node(id: $id) { ... on Curation { similar(image: $image, first: 6) { edges { node { fileName } } } } } }`,
        {
          id: started.id,
          image: Buffer.from(
            `Image:${(await app.db.selectFrom('image').select('id').where('pool_id', '=', rawId(pool)).where('file_name', '=', '0.png').executeTakeFirstOrThrow()).id}`,
          ).toString('base64'),
        },
      )
      // By our vectors 0.png belongs to 1 ... 6, whatever the pictures show.
      const like = near.node.similar.edges.map((it: any) => Number.parseInt(it.node.fileName, 10))
      expect(like.every((row: number) => row < 7)).toBe(true)
      expect(await send(safetensors(rows, { names }))).toMatchObject({
        outcome: 'REFUSED',
        code: 'ILLEGAL_STATE',
      })
      await app.upload(pool, [{ name: 'late.png', bytes: await noisePicture(99, 96) }])
      const embedding = async (): Promise<any> =>
        (
          await app.ask(
            `query ($id: ID!) { node(id: $id) { ... on Pool { embedding { embedder state message done total } } } }`,
            { id: pool },
          )
        ).node.embedding
      await expect.poll(async () => (await embedding()).state, { timeout: 10_000 }).toBe('FAILED')
      expect(await embedding()).toMatchObject({ embedder: 'imported:dinov2', done: 14, total: 15 })
      expect((await embedding()).message).toContain('1 pictures have no vector')
      // The review goes on with those that have one.
      expect((await next(started.id)).__typename).toBe('Round')
      const forget = async (): Promise<Answered> =>
        (
          await app.ask(
            `mutation ($pool: ID!) { vectorsForget(input: { pool: $pool }) { __typename ... on Error { code message } } }`,
            { pool },
          )
        ).vectorsForget as Answered
      expect(await forget()).toMatchObject({ code: 'ILLEGAL_STATE' })
      await app.db
        .updateTable('curation')
        .set({ state: 'FINISHED' })
        .where('id', '=', rawId(started.id))
        .execute()
      expect((await forget()).__typename).toBe('Pool')
      // The platform looks at the pictures itself again.
      await expect
        .poll(async () => (await embedding()).embedder, { timeout: 30_000 })
        .toBe('descriptor')
      const left = await app.db
        .selectFrom('embedding')
        .select('image_id')
        .where('embedder', '=', 'imported:dinov2')
        .execute()
      expect(left).toEqual([])
      const audit = await app.db
        .selectFrom('audit')
        .select('action')
        .where('action', '=', 'vectorsImport')
        .execute()
      expect(audit).toHaveLength(1)
    })
  })
})
