import { describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { databaseKinds } from '#test/harness/database.ts'
import { noisePicture, startTestApp, type TestApp } from '#test/harness/app.ts'

const check = `{ auditCheck { chains entries faults { ordinal message } } }`

async function withActions(open: TestApp): Promise<{ project: string; pool: string }> {
  const { projectCreate } = await open.ask(
    `mutation { projectCreate(input: { name: "cats" }) { ... on Project { id pool { id } } ... on Error { message } } }`,
  )
  const pool = projectCreate.pool.id as string
  await open.upload(pool, [{ name: 'cat.png', bytes: await noisePicture(1) }])
  const { node } = await open.ask(
    `query ($id: ID!) { node(id: $id) { ... on Pool { images { edges { node { id } } } } } }`,
    { id: pool },
  )
  const image = node.images.edges[0].node.id as string
  for (const name of ['imageExclude', 'imageInclude'])
    await open.ask(
      `mutation ($image: ID!) { ${name}(input: { image: $image }) { __typename ... on Error { message } } }`,
      { image },
    )
  await open.ask(
    `mutation ($image: ID!) { captionSet(input: { image: $image, text: "a cat, 1.50 m" }) { __typename } }`,
    { image },
  )
  return { project: projectCreate.id, pool }
}

describe.each(databaseKinds)('P7 the record of actions [%s]', (kind) => {
  it('has each action once, and is as it was written', async () => {
    await using open = await startTestApp({ kind })
    const { project } = await withActions(open)
    const { node } = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Project { audit { edges { node { ordinal person action body } } } } } }`,
      { id: project },
    )
    const records = node.audit.edges.map((edge: any) => edge.node)
    expect(records.map((record: any) => record.action)).toEqual([
      'captionSet',
      'imageInclude',
      'imageExclude',
      'uploadBegin',
      'projectCreate',
    ])
    expect(records[0]).toMatchObject({
      ordinal: 5,
      person: 'Owner',
      body: { caption: 'a cat, 1.50 m' },
    })
    expect((await open.ask(check)).auditCheck).toEqual({ chains: 1, entries: 5, faults: [] })
  })

  it('shows what was changed, left out, cut off at the end, or put there by somebody else', async () => {
    await using open = await startTestApp({ kind })
    await withActions(open)
    const faults = async () =>
      (await open.ask(check)).auditCheck.faults.map(
        (fault: any) => `${fault.ordinal} ${fault.message}`,
      )
    const row = (ordinal: number) =>
      open.db
        .selectFrom('audit')
        .selectAll()
        .where('ordinal', '=', ordinal)
        .executeTakeFirstOrThrow()
    const second = await row(2)
    await open.db.updateTable('audit').set({ action: 'nothing' }).where('ordinal', '=', 2).execute()
    expect(await faults()).toEqual(['2 Entry 2 was changed after it was written.'])
    await open.db
      .updateTable('audit')
      .set({ action: second.action })
      .where('ordinal', '=', 2)
      .execute()
    expect(await faults()).toEqual([])

    const last = await row(5)
    await open.db.deleteFrom('audit').where('ordinal', '=', 5).execute()
    expect(await faults()).toEqual(['5 Entries 5 to 5 are missing at the end.'])
    // Whoever cuts the end off and mends the head in the database lacks the secret.
    await open.db.updateTable('audit_head').set({ ordinal: 4, hash: last.previous_hash }).execute()
    expect(await faults()).toEqual(['4 The signed end of the chain is not ours.'])
    await open.db.deleteFrom('audit_head').execute()
    expect(await faults()).toEqual(['0 The signed end of the chain is not ours.'])
  })

  it('finds an entry missing in the middle', async () => {
    await using open = await startTestApp({ kind })
    await withActions(open)
    await open.db.deleteFrom('audit').where('ordinal', '=', 3).execute()
    const { auditCheck } = await open.ask(check)
    expect(auditCheck.faults[0]).toEqual({ ordinal: 4, message: 'Entry 3 is missing.' })
  })

  it.runIf(kind === 'postgres')('keeps one chain under fifty actions at once', async () => {
    await using open = await startTestApp({ kind })
    const { pool } = await withActions(open)
    const begun = await Promise.all(
      Array.from({ length: 50 }, () =>
        open.ask(`mutation ($pool: ID!) { uploadBegin(input: { pool: $pool }) { __typename } }`, {
          pool,
        }),
      ),
    )
    expect(begun.every((it) => it.uploadBegin.__typename === 'UploadTicket')).toBe(true)
    expect((await open.ask(check)).auditCheck).toEqual({ chains: 1, entries: 55, faults: [] })
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from audit_head`.execute(
      open.db,
    )
    expect(rows[0]?.n).toBe(1)
  })
})

describe.each(databaseKinds)('CU-01 two uploads at once [%s]', (kind) => {
  it('find each other’s like pictures', async () => {
    await using open = await startTestApp({ kind })
    const { default: sharp } = await import('sharp')
    const { goalSubmit } = await open.ask(
      `mutation { goalSubmit(input: { text: "train a LoRA of my cat" }) { ... on Goal { project { pool { id } } } } }`,
    )
    const pool = goalSubmit.project.pool.id as string
    const share = async (quality: number) =>
      Promise.all(
        Array.from({ length: 8 }, async (_, index) => ({
          name: `cat-${index}-${quality}.jpg`,
          bytes: await sharp(Buffer.from(await noisePicture(index + 1)))
            .jpeg({ quality })
            .toBuffer(),
        })),
      )
    const [first, second] = await Promise.all([share(95), share(80)])
    await Promise.all([open.upload(pool, first), open.upload(pool, second)])
    const { node } = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Pool { account { uploaded used excluded byReason { reason count } } } } }`,
      { id: pool },
    )
    expect(node.account).toMatchObject({ uploaded: 16, used: 8, excluded: 8 })
    expect(node.account.byReason).toContainEqual({ reason: 'NEAR_DUPLICATE', count: 8 })
  })
})
