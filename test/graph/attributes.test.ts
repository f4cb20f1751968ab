import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseKinds } from '#test/harness/database.ts'
import { noisePicture, startTestApp, type TestApp } from '../harness/app.ts'
import { safetensors } from '../harness/safetensors.ts'

describe.each(databaseKinds)('CU-08 person attributes [%s]', (kind) => {
  let app: TestApp
  let pool: string
  let curation: string
  const names = Array.from({ length: 20 }, (_, row) => `${row}.png`)

  beforeAll(async () => {
    app = await startTestApp({ kind })
    const made = await app.ask(
      `mutation { projectCreate(input: { name: "People" }) { ... on Project { pool { id } } } }`,
    )
    pool = made.projectCreate.pool.id
    await app.upload(pool, [
      ...(await Promise.all(
        names.map(async (name, row) => ({ name, bytes: await noisePicture(row + 1, 96) })),
      )),
      {
        name: 'v.safetensors',
        bytes: safetensors(
          names.map((_, row) => [Math.cos(row), Math.sin(row), 1]),
          { names },
        ),
      },
    ])
    const { curationStart } = await app.ask(
      `mutation ($pool: ID!) { curationStart(input: { pool: $pool, size: 20 }) { ... on Curation { id round { candidates(first: 100) { edges { node { id image { fileName } } } } } } ... on Error { message } } }`,
      { pool },
    )
    curation = curationStart.id
    for (const { node } of curationStart.round.candidates.edges)
      await app.ask(
        `mutation ($candidate: ID!) { verdictRecord(input: { candidate: $candidate, value: ${Number.parseInt(node.image.fileName, 10) < 14 ? 'ACCEPT' : 'REJECT'}, milliseconds: 1 }) { __typename } }`,
        { candidate: node.id },
      )
  })
  afterAll(async () => {
    await app[Symbol.asyncDispose]()
  })

  const change = async (operation: string, more = ''): Promise<any> =>
    (
      await app.ask(
        `mutation ($pool: ID!) { ${operation}(input: { pool: $pool ${more} }) { __typename ... on Pool { attributes { on names } } ... on Error { code message } } }`,
        { pool },
      )
    )[operation]
  const load = (csv: string): Promise<any> =>
    change('attributesImport', `csv: ${JSON.stringify(csv)}`)
  const shares = async (): Promise<any[]> =>
    (
      await app.ask(
        `query ($id: ID!) { node(id: $id) { ... on Curation { finalSet(size: 14) { size attributes { name hidden values { value pool ratio flagged } } } } } }`,
        { id: curation },
      )
    ).node.finalSet.attributes
  const kept = async (): Promise<number> =>
    (await app.db.selectFrom('image_attribute').select('name').execute()).length
  const audited = async (): Promise<string[]> =>
    (
      await app.db
        .selectFrom('audit')
        .select('action')
        .where('action', 'like', 'attributes%')
        .orderBy('ordinal')
        .execute()
    ).map(({ action }) => action)

  // 0-13 are accepted. Of "a" 8 of 10 are, of "b" 5 of 8; "c" is two pictures only.
  const group = (row: number): string => (row < 8 || row > 17 ? 'a' : row > 15 ? 'c' : 'b')
  const csv = ['file,age', ...names.map((name, row) => `${name},${group(row)}`)].join('\n')

  it('are off: nothing is taken, and nothing is told', async () => {
    const { node } = await app.ask(
      `query ($id: ID!) { node(id: $id) { ... on Pool { attributes { on names } } } }`,
      { id: pool },
    )
    expect(node.attributes).toEqual({ on: false, names: [] })
    expect(await load(csv)).toMatchObject({ code: 'ILLEGAL_STATE' })
    expect([await kept(), await shares()]).toEqual([0, []])
  })

  it('are told of groups of five and more, once a person turned them on', async () => {
    expect((await change('attributesTurnOn')).attributes).toEqual({ on: true, names: [] })
    await change('attributesTurnOn')
    expect((await load(csv)).attributes).toEqual({ on: true, names: ['age'] })
    const [found] = await shares()
    // c has two pictures; told beside a alone, b's number would give c's away.
    expect(found).toMatchObject({ name: 'age', hidden: 2 })
    expect(found.values).toEqual([{ value: 'a', pool: 10, ratio: 1.14, flagged: false }])
    expect(await audited()).toEqual(['attributesOn', 'attributesImport'])
  })

  it.each([
    ['', /first line/],
    ['name,age\n0.png,a', /first line/],
    ['file,age,age\n0.png,a,b', /"age" is there twice/],
    ['file,age\nwho.png,a', /Line 2: the pool has no file "who\.png"/],
    ['file,age\n0.png,a\n\n0.png,b', /Line 4: "0\.png" was on line 2/],
    ['file,age\n0.png,a,b', /Line 2: 3 cells/],
    ['file,age\n0.png,"a', /line 2 is never closed/],
    [`file,age\n0.png,${'x'.repeat(61)}`, /61 characters/],
    ['file,age\n0.png,', /no picture a value/],
    [`file,${Array.from({ length: 11 }, (_, at) => `k${at}`).join()}\n0.png,1`, /11 attributes/],
  ])('bad labels %j are refused by line, and the old ones stay', async (bad, message) => {
    const before = await kept()
    const answer = await load(bad)
    expect(answer).toMatchObject({ code: 'BAD_INPUT' })
    expect(answer.message).toMatch(message)
    expect(await kept()).toBe(before)
  })

  it('have no field that tells what a picture is', async () => {
    const { __schema } = await app.ask('{ __schema { types { name fields { name } } } }')
    const image = __schema.types.find((it: { name: string }) => it.name === 'Image')
    expect(image.fields.map((it: { name: string }) => it.name).join()).not.toMatch(/attribute/i)
    const { rows } = { rows: await app.db.selectFrom('audit').select('body').execute() }
    expect(JSON.stringify(rows)).not.toContain('"a"')
  })

  it('are gone when they are turned off', async () => {
    expect((await change('attributesTurnOff')).attributes).toEqual({ on: false, names: [] })
    expect([await kept(), await shares()]).toEqual([0, []])
    expect(await audited()).toEqual(['attributesOn', 'attributesImport', 'attributesOff'])
    await change('attributesTurnOn')
    expect(await shares()).toEqual([])
  })
})
