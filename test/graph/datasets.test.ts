import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noisePicture, startTestApp, type TestApp } from '#test/harness/app.ts'
import { databaseKinds } from '#test/harness/database.ts'

const create = `mutation { projectCreate(input: { name: "Versions" }) { ... on Project { id pool { id } } ... on Error { message } } }`
const poolQuery = `query ($id: ID!) { node(id: $id) { ... on Pool {
  account { uploaded used excluded } embedding { done total }
  images(first: 100) { edges { node { id caption excluded { reason } } } } } } }`
const versionsQuery = `query ($id: ID!) { node(id: $id) { ... on Project {
  datasetVersions(first: 50) { edges { node { id hash imageCount images(first: 100) { edges { node { id sha256 } } } } } } } } }`
const onImage = (name: string): string =>
  `mutation ($image: ID!) { ${name}(input: { image: $image }) { ... on Error { code message } } }`

type Step =
  | { kind: 'upload'; seeds: number[] }
  | { kind: 'exclude' | 'include' | 'caption'; at: number }
  | { kind: 'version'; at: number; size: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('upload' as const),
    // A seed again is the same bytes again; 0 is no picture.
    seeds: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constantFrom('exclude' as const, 'include' as const, 'caption' as const),
    at: fc.nat(20),
  }),
  fc.record({
    kind: fc.constant('version' as const),
    at: fc.nat(20),
    size: fc.integer({ min: 1, max: 6 }),
  }),
)

describe.each(databaseKinds)('CU-11 data set versions [%s]', (kind) => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ kind })
  }, 60_000)
  afterAll(() => app[Symbol.asyncDispose]())

  async function project(): Promise<{ id: string; pool: string }> {
    const { projectCreate } = await app.ask(create)
    return { id: projectCreate.id, pool: projectCreate.pool.id }
  }
  const poolOf = async (pool: string) => (await app.ask(poolQuery, { id: pool })).node
  const versionsOf = async (id: string) =>
    (await app.ask(versionsQuery, { id })).node.datasetVersions.edges.map(
      ({ node }: { node: unknown }) => node,
    ) as {
      id: string
      hash: string
      imageCount: number
      images: { edges: { node: { id: string; sha256: string } }[] }
    }[]
  async function looked(pool: string): Promise<void> {
    await expect
      .poll(
        async () => {
          const { embedding } = await poolOf(pool)
          return embedding.total - embedding.done
        },
        { timeout: 20_000 },
      )
      .toBe(0)
  }
  async function makeVersion(
    pool: string,
    images: string[],
  ): Promise<{ id: string; hash: string }> {
    await looked(pool)
    const { curationStart } = await app.ask(
      `mutation ($pool: ID!) { curationStart(input: { pool: $pool }) { ... on Curation { id } ... on Error { message } } }`,
      { pool },
    )
    await app.ask(
      `mutation ($curation: ID!, $images: [ID!]!) { imagesAccept(input: { curation: $curation, images: $images }) { ... on Error { message } } }`,
      { curation: curationStart.id, images },
    )
    const { curationFinish } = await app.ask(
      `mutation ($curation: ID!) { curationFinish(input: { curation: $curation }) { ... on DatasetVersion { id hash } ... on Error { message } } }`,
      { curation: curationStart.id },
    )
    return curationFinish
  }
  async function files(seeds: readonly number[]) {
    return Promise.all(
      seeds.map(async (seed, index) => ({
        name: `${index}-${seed}.png`,
        bytes: seed === 0 ? new TextEncoder().encode('no picture') : await noisePicture(seed, 96),
      })),
    )
  }

  it(
    'used + excluded = uploaded after every step; no image of a version ever changes its hash',
    { timeout: 180_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
          const { id, pool } = await project()
          let uploaded = 0
          const hashes = new Map<string, string>()
          const manifests = new Map<string, string>()
          for (const it of steps) {
            const before = await poolOf(pool)
            const images: string[] = before.images.edges.map(
              ({ node }: { node: { id: string } }) => node.id,
            )
            const used: string[] = before.images.edges.flatMap(
              ({ node }: { node: { id: string; excluded: unknown } }) =>
                node.excluded === null ? [node.id] : [],
            )
            if (it.kind === 'upload') {
              await app.upload(pool, await files(it.seeds))
              uploaded += it.seeds.length
            } else if (it.kind === 'version') {
              const from = it.at % Math.max(1, used.length)
              const chosen = used.slice(from, from + it.size)
              if (chosen.length > 0) await makeVersion(pool, chosen)
            } else if (images.length > 0) {
              const image = images[it.at % images.length]!
              if (it.kind === 'caption')
                await app.ask(
                  `mutation ($image: ID!, $text: String!) { captionSet(input: { image: $image, text: $text }) { ... on Error { message } } }`,
                  { image, text: `caption ${it.at}` },
                )
              else
                await app.ask(onImage(it.kind === 'exclude' ? 'imageExclude' : 'imageInclude'), {
                  image,
                })
            }
            const { account } = await poolOf(pool)
            expect(account.uploaded).toBe(uploaded)
            expect(account.used + account.excluded).toBe(account.uploaded)
            for (const version of await versionsOf(id)) {
              const list = version.images.edges.map(({ node }) => `${node.id} ${node.sha256}`)
              expect(list).toHaveLength(version.imageCount)
              for (const { node } of version.images.edges)
                expect(hashes.get(node.id) ?? node.sha256).toBe(node.sha256)
              for (const { node } of version.images.edges) hashes.set(node.id, node.sha256)
              const told = `${version.hash} ${list.join()}`
              expect(manifests.get(version.id) ?? told).toBe(told)
              manifests.set(version.id, told)
            }
          }
        }),
        { numRuns: 6, endOnFailure: true },
      )
    },
  )

  it('a version taken up again is the newest, its captions are back; the diff told what changed', async () => {
    const { id, pool } = await project()
    await app.upload(pool, await files([1, 2, 3, 4]))
    const images: string[] = (await poolOf(pool)).images.edges.map(
      ({ node }: { node: { id: string } }) => node.id,
    )
    await app.ask(
      `mutation ($image: ID!) { captionSet(input: { image: $image, text: "first words" }) { ... on Error { message } } }`,
      { image: images[0] },
    )
    const first = await makeVersion(pool, images.slice(0, 3))
    await app.ask(
      `mutation ($image: ID!) { captionSet(input: { image: $image, text: "second words" }) { ... on Error { message } } }`,
      { image: images[0] },
    )
    const second = await makeVersion(pool, [images[0]!, images[1]!, images[3]!])
    expect((await versionsOf(id)).map((it) => it.id)).toEqual([second.id, first.id])
    const { node } = await app.ask(
      `query ($id: ID!, $from: ID!) { node(id: $id) { ... on DatasetVersion { diff(from: $from) { kept added { sha256 } removed { sha256 } recaptioned { before after } } } } }`,
      { id: second.id, from: first.id },
    )
    expect(node.diff).toMatchObject({
      kept: 1,
      recaptioned: [{ before: 'first words', after: 'second words' }],
    })
    expect([node.diff.added.length, node.diff.removed.length]).toEqual([1, 1])
    await app.ask(onImage('imageExclude'), { image: images[2] })
    const { datasetRestore } = await app.ask(
      `mutation ($version: ID!) { datasetRestore(input: { datasetVersion: $version }) { ... on DatasetVersion { id hash } ... on Error { message } } }`,
      { version: first.id },
    )
    expect(datasetRestore).toEqual({ id: first.id, hash: first.hash })
    expect((await versionsOf(id)).map((it) => it.id)).toEqual([first.id, second.id])
    const now = (await poolOf(pool)).images.edges.map(({ node: it }: { node: any }) => it)
    expect(now.find((it: any) => it.id === images[0]).caption).toBe('first words')
    expect(now.find((it: any) => it.id === images[2]).excluded).toBeNull()
    // Made again from what is there now, it is the same version, to the bit.
    expect((await makeVersion(pool, images.slice(0, 3))).hash).toBe(first.hash)
    const audited = await app.db
      .selectFrom('audit')
      .select('subject')
      .where('action', '=', 'datasetRestore')
      .execute()
    expect(audited.length).toBeGreaterThan(0)
  })
})
