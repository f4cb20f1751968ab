import { randomUUID } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseKinds } from '#test/harness/database.ts'
import { noisePicture, startTestApp, type TestApp } from '#test/harness/app.ts'

const submit = `mutation ($text: String!) { goalSubmit(input: { text: $text }) { ... on Goal { id project { id pool { id } } } } }`
const candidates = `round { id ordinal candidates { edges { node { id rank verdict image { id fileName } reason { kind text terms } } } } }`
const start = `mutation ($pool: ID!) { curationStart(input: { pool: $pool, size: 4 }) { ... on Curation { id seed embedder ${candidates} } ... on Error { code message } } }`
const next = `mutation ($curation: ID!) { roundNext(input: { curation: $curation }) { ... on Round { id ordinal candidates { edges { node { id image { id } } } } } ... on Error { code message } } }`
const judge = `mutation ($input: VerdictRecordInput!) { verdictRecord(input: $input) { ... on Candidate { id verdict } ... on Error { code message } } }`
const undo = `mutation ($curation: ID!) { verdictUndo(input: { curation: $curation }) { ... on Candidate { id verdict } ... on Error { code message } } }`
const finish = `mutation ($curation: ID!, $size: Int) { curationFinish(input: { curation: $curation, size: $size }) { ... on DatasetVersion { id hash imageCount classNoun triggerWord } ... on Error { code message } } }`
const synthesise = `mutation ($input: SpecSynthesiseInput!) { specSynthesise(input: $input) { ... on Spec { id hash text problems { message } settings { name value } } ... on Error { code message } ... on BadInput { problems { path message } } } }`

describe.each(databaseKinds)('from files to a spec [%s]', (kind) => {
  let open: TestApp
  let project: { id: string; pool: { id: string } }
  let goal: string
  beforeAll(async () => {
    open = await startTestApp({ kind })
    const { goalSubmit } = await open.ask(submit, { text: 'train a LoRA of my cat' })
    project = goalSubmit.project
    goal = goalSubmit.id
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
  })

  async function newPool(): Promise<string> {
    const { goalSubmit } = await open.ask(submit, { text: 'train a LoRA of my cat' })
    return goalSubmit.project.pool.id
  }

  async function embedded(pool: string): Promise<void> {
    await expect
      .poll(
        async () =>
          (
            await open.ask(
              `query ($id: ID!) { node(id: $id) { ... on Pool { embedding { state done total } } } }`,
              { id: pool },
            )
          ).node.embedding.state,
        {
          timeout: 60_000,
          interval: 200,
        },
      )
      .toBe('DONE')
  }

  it('CU-01 names what it refuses, and the picture that another looks like', async () => {
    const first = await noisePicture(7)
    const { entries } = await open.upload(await newPool(), [
      { name: 'my-cat.png', bytes: first },
      {
        name: 'again.jpg',
        bytes: await sharp(Buffer.from(first)).jpeg({ quality: 80 }).toBuffer(),
      },
      { name: 'holiday.zip', bytes: Buffer.from('PK\u0003\u0004 no zip') },
    ])
    const told = (name: string) => entries.find((it) => it.fileName === name)
    expect(told('again.jpg')).toMatchObject({
      outcome: 'NEAR_DUPLICATE',
      message: 'Looks the same as my-cat.png.',
    })
    expect(told('holiday.zip')?.outcome).toBe('BROKEN')
  })

  it('CU-01 accounts for every file: used + excluded = uploaded', async () => {
    const first = await noisePicture(1)
    const jpeg = await sharp(await noisePicture(50))
      .jpeg()
      .toBuffer()
    const files = [
      ...(await Promise.all(
        Array.from({ length: 10 }, async (_, index) => ({
          name: `cat-${index}.png`,
          bytes: index === 0 ? first : await noisePicture(index + 1),
        })),
      )),
      { name: 'again.png', bytes: first },
      {
        name: 'nearly.jpg',
        bytes: await sharp(Buffer.from(first)).jpeg({ quality: 80 }).toBuffer(),
      },
      { name: 'tiny.png', bytes: await noisePicture(90, 24) },
      { name: 'notes.txt', bytes: Buffer.from('no picture') },
      { name: 'text.jpg', bytes: Buffer.from('no picture either') },
      { name: 'cut.jpg', bytes: jpeg.subarray(0, jpeg.length / 2) },
      { name: 'nothing.png', bytes: new Uint8Array() },
      {
        name: 'drawing.svg',
        bytes: Buffer.from(
          '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        ),
      },
    ]
    const { entries, account } = await open.upload(project.pool.id, files)
    const outcome = (name: string) => entries.find((entry) => entry.fileName === name)?.outcome
    expect(entries).toHaveLength(files.length)
    expect(outcome('cat-3.png')).toBe('STORED')
    expect(outcome('again.png')).toBe('EXACT_DUPLICATE')
    expect(outcome('nearly.jpg')).toBe('NEAR_DUPLICATE')
    expect(outcome('tiny.png')).toBe('TOO_SMALL')
    for (const name of ['notes.txt', 'text.jpg', 'drawing.svg'])
      expect([name, outcome(name)]).toEqual([name, 'UNSUPPORTED'])
    for (const name of ['cut.jpg', 'nothing.png'])
      expect([name, outcome(name)]).toEqual([name, 'BROKEN'])
    for (const entry of entries)
      if (entry.outcome !== 'STORED') expect(entry.message.length).toBeGreaterThan(5)
    expect(account).toMatchObject({ uploaded: files.length, used: 10, excluded: 8 })
    expect(account.used + account.excluded).toBe(account.uploaded)
    await embedded(project.pool.id)
    const { node } = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Pool { account { uploaded used excluded byReason { reason count } } embedding { embedder why done total } images(filter: EXCLUDED) { edges { node { id fileName thumbnailUrl excluded { reason message } } } } map { image x y cluster } } } }`,
      { id: project.pool.id },
    )
    expect(node.embedding).toMatchObject({ embedder: 'descriptor', done: 10, total: 10 })
    expect(node.map).toHaveLength(10)
    const aside = node.images.edges[0].node
    expect((await fetch(`${open.url}${aside.thumbnailUrl}`)).headers.get('content-type')).toBe(
      'image/webp',
    )
    expect(
      (await fetch(`${open.url}${String(aside.thumbnailUrl).replace(/s=./, 's=_')}`)).status,
    ).toBe(403)
    const { imageInclude } = await open.ask(
      `mutation ($image: ID!) { imageInclude(input: { image: $image }) { ... on Image { excluded { reason } } } }`,
      { image: aside.id },
    )
    expect(imageInclude.excluded).toBeNull()
    await open.ask(
      `mutation ($image: ID!) { imageExclude(input: { image: $image }) { ... on Image { id } } }`,
      { image: aside.id },
    )
  })

  it('a review begins only when there is something to judge', async () => {
    const { curationStart } = await open.ask(start, { pool: await newPool() })
    expect(curationStart).toMatchObject({ code: 'POOL_EMPTY' })
  })

  it('CU-04 rounds, verdicts, undo, and a data set version that never changes', async () => {
    await embedded(project.pool.id)
    const { curationStart: curation } = await open.ask(start, { pool: project.pool.id })
    const again = await open.ask(start, { pool: project.pool.id })
    expect(again.curationStart.id).toBe(curation.id)
    const shown = curation.round.candidates.edges.map((edge: { node: object }) => edge.node)
    expect(shown).toHaveLength(4)
    for (const candidate of shown) expect(candidate.reason.text.length).toBeGreaterThan(5)
    expect((await open.ask(finish, { curation: curation.id })).curationFinish).toMatchObject({
      code: 'POOL_EMPTY',
    })

    const verdict = async (input: object) =>
      (await open.ask(judge, { input: { milliseconds: 800, ...input } })).verdictRecord
    const id = randomUUID()
    expect((await verdict({ id, candidate: shown[0].id, value: 'ACCEPT' })).verdict).toBe('ACCEPT')
    expect((await verdict({ id, candidate: shown[0].id, value: 'ACCEPT' })).verdict).toBe('ACCEPT')
    expect(await verdict({ id, candidate: shown[0].id, value: 'REJECT' })).toMatchObject({
      code: 'ID_REUSED',
    })
    await verdict({ candidate: shown[1].id, value: 'REJECT' })
    await verdict({ candidate: shown[2].id, value: 'UNSURE' })
    await verdict({ candidate: shown[3].id, value: 'REJECT' })
    expect((await open.ask(undo, { curation: curation.id })).verdictUndo).toEqual({
      id: shown[3].id,
      verdict: null,
    })
    await verdict({ candidate: shown[3].id, value: 'ACCEPT' })
    expect(
      await verdict({ candidate: shown[3].id, value: 'ACCEPT', milliseconds: -5 }),
    ).toMatchObject({ code: 'BAD_INPUT' })

    const { roundNext } = await open.ask(next, { curation: curation.id })
    expect(roundNext.ordinal).toBe(1)
    const before = new Set(shown.map((candidate: { image: { id: string } }) => candidate.image.id))
    const second = roundNext.candidates.edges.map((edge: { node: object }) => edge.node)
    for (const candidate of second) expect(before.has(candidate.image.id)).toBe(false)
    expect(await verdict({ candidate: shown[0].id, value: 'REJECT' })).toMatchObject({
      code: 'ILLEGAL_STATE',
    })
    expect(
      await verdict({
        candidate: Buffer.from(`Candidate:${randomUUID()}`).toString('base64'),
        value: 'REJECT',
      }),
    ).toMatchObject({ code: 'NOT_FOUND' })
    for (const candidate of second) await verdict({ candidate: candidate.id, value: 'ACCEPT' })

    const { node } = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Curation { verdicts { accepted rejected unsure } estimate { kappa expectedAccepted moreLabels suggestStop reason } finalSet { size suggested maximum coverage images { edges { node { id } } } } } } }`,
      { id: curation.id },
    )
    expect(node.verdicts).toEqual({ accepted: 6, rejected: 1, unsure: 1 })
    expect(node.finalSet.maximum).toBe(6)

    const { curationFinish: version } = await open.ask(finish, { curation: curation.id, size: 5 })
    expect(version).toMatchObject({ imageCount: 5, classNoun: 'cat', triggerWord: 'sks' })
    expect((await open.ask(finish, { curation: curation.id })).curationFinish.hash).toBe(
      version.hash,
    )
    expect(await verdict({ candidate: second[0].id, value: 'REJECT' })).toMatchObject({
      code: 'ILLEGAL_STATE',
    })

    const { specSynthesise: spec } = await open.ask(synthesise, {
      input: { goal, datasetVersion: version.id, settings: { steps: 20 } },
    })
    expect(spec.problems).toEqual([])
    expect(JSON.parse(spec.text).components[0].params.dataset).toBe(version.hash)
    const { specSynthesise: refused } = await open.ask(synthesise, {
      input: { goal, datasetVersion: version.id, settings: { rank: 100_000 } },
    })
    expect(refused.code).toBe('BAD_INPUT')
    expect(refused.problems[0].path).toContain('rank')
  })

  it('an unknown strategy is refused by name', async () => {
    const { goalSubmit } = await open.ask(submit, { text: 'train a full fine-tune of my cat' })
    const { curationStart } = await open.ask(start, { pool: project.pool.id })
    const first = curationStart.round.candidates.edges[0].node
    await open.ask(judge, { input: { candidate: first.id, value: 'ACCEPT', milliseconds: 1 } })
    const { curationFinish } = await open.ask(finish, { curation: curationStart.id })
    const { specSynthesise } = await open.ask(synthesise, {
      input: { goal: goalSubmit.id, datasetVersion: curationFinish.id },
    })
    expect(specSynthesise.code).toMatch(/INTENT_UNSUPPORTED|BAD_INPUT|NOT_FOUND/)
  })
})
