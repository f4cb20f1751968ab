import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { noisePicture, postTo, startTestApp, type TestApp } from '#test/harness/app.ts'

let open: TestApp
beforeAll(async () => {
  open = await startTestApp()
})
afterAll(async () => {
  await open[Symbol.asyncDispose]()
})

/** The first error of an operation over WebSocket. */
async function overSocket(test: TestApp, query: string, variables: Record<string, unknown> = {}) {
  const client = test.socket()
  try {
    return await new Promise<{ code: unknown; message: string } | null>((done) => {
      client.subscribe(
        { query, variables },
        {
          next: (result) => {
            const error = result.errors?.[0]
            done(
              error === undefined
                ? null
                : { code: error.extensions?.['code'], message: error.message },
            )
          },
          error: (error) => {
            const [first] = error as { message: string; extensions?: { code?: unknown } }[]
            done({ code: first?.extensions?.code, message: first?.message ?? '' })
          },
          complete: () => done(null),
        },
      )
    })
  } finally {
    await client.dispose()
  }
}

const deep = `{ projects { edges { node { goal { project { goal { project { goal { project { goal { project { goal { project { goal { id } } } } } } } } } } } } } } }`
const manyAliases = `{ ${Array.from({ length: 100 }, (_, index) => `a${index}: viewer { id }`).join(' ')} }`
const manyDirectives = `{ viewer { ${Array.from({ length: 50 }, () => 'id @include(if: true)').join(' ')} } }`
const manyTokens = `{ viewer { ${'id '.repeat(5_000)} } }`

describe('bad operations, on HTTP and on WebSocket alike', () => {
  const cases: [string, string, string][] = [
    ['an unknown field', '{ nope }', 'BAD_INPUT'],
    ['a syntax error', '{ viewer {', 'BAD_INPUT'],
    ['too deep', deep, 'BAD_INPUT'],
    ['too many aliases', manyAliases, 'BAD_INPUT'],
    ['too many directives', manyDirectives, 'BAD_INPUT'],
    ['too many tokens', manyTokens, 'BAD_INPUT'],
    ['a page of 1,000', '{ runs(first: 1000) { edges { node { id } } } }', 'BAD_INPUT'],
    ['a page of 0', '{ runs(first: 0) { edges { node { id } } } }', 'BAD_INPUT'],
    [
      'a made-up cursor',
      '{ runs(first: 1, after: "bm9wZQ") { edges { node { id } } } }',
      'BAD_INPUT',
    ],
    ['a wrong variable', '{ goalRead(text: 5) { language } }', 'BAD_INPUT'],
    [
      'an id of another type',
      '{ goalRead(text: "my cat", pool: "UnVuOjE=") { language } }',
      'BAD_INPUT',
    ],
  ]
  it.each(cases)('%s', async (_name, query, code) => {
    const answer = await open.post(query)
    expect(answer.errors?.[0]?.extensions?.code).toBe(code)
    expect(answer.text).not.toMatch(/stack|node_modules|select |Did you mean/i)
    const told = await overSocket(open, query)
    expect(told?.code).toBe(code)
    expect(told?.message).toBe(answer.errors?.[0]?.message)
  })

  it('refuses GET, other content types, batches, bodies that are no JSON or too large', async () => {
    const send = (init: RequestInit) => fetch(`${open.url}/graphql`, init)
    expect((await send({ method: 'GET' })).status).toBe(405)
    expect(
      (
        await send({
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: '{"query":"{viewer{id}}"}',
        })
      ).status,
    ).toBe(415)
    const json = { 'content-type': 'application/json' }
    expect(
      (await send({ method: 'POST', headers: json, body: '[{"query":"{viewer{id}}"}]' })).status,
    ).toBe(400)
    expect((await send({ method: 'POST', headers: json, body: '{' })).status).toBe(400)
    expect(
      (
        await send({
          method: 'POST',
          headers: json,
          body: JSON.stringify({ query: 'x'.repeat(1_100_000) }),
        })
      ).status,
    ).toBe(413)
  })

  it('answers only pages of its own address', async () => {
    const evil = await open.post('{ viewer { id } }', {}, { origin: 'http://evil.example' })
    expect([evil.status, evil.errors?.[0]?.extensions?.code]).toEqual([403, 'FORBIDDEN'])
    const own = await open.post('{ viewer { id } }', {}, { origin: open.url })
    expect(own.status).toBe(200)
    const socket = new WebSocket(
      `${open.url.replace('http', 'ws')}/graphql`,
      'graphql-transport-ws',
      { origin: 'http://evil.example' },
    )
    const refused = await new Promise((done) => {
      socket.on('error', (error) => done(error.message))
      socket.on('open', () => done('open'))
    })
    expect(refused).toMatch(/403/)
  })

  it('ends a socket that sends more than 64 KB at once', async () => {
    const socket = new WebSocket(
      `${open.url.replace('http', 'ws')}/graphql`,
      'graphql-transport-ws',
    )
    const code = await new Promise((done) => {
      socket.on('open', () => socket.send('x'.repeat(70_000)))
      socket.on('close', (closed) => done(closed))
      socket.on('error', () => undefined)
    })
    expect(code).toBe(1009)
  })
})

describe('token and production mode', () => {
  it('wants the token on both transports, and hides the schema', async () => {
    const token = 'a-token-of-32-characters-or-more'
    const config = { token, production: true }
    await using closed = await startTestApp({ config })
    const query = '{ viewer { name } }'
    expect((await postTo(closed.url, query)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
    expect(
      (await closed.post(query, {}, { authorization: 'Bearer wrong' })).errors?.[0]?.extensions
        ?.code,
    ).toBe('UNAUTHENTICATED')
    const authorization = `Bearer ${token}`
    expect((await closed.post(query, {}, { authorization })).data.viewer.name).toBe('Owner')
    expect(
      (await closed.post('{ __schema { types { name } } }', {}, { authorization })).errors?.[0]
        ?.extensions?.code,
    ).toBe('BAD_INPUT')
    const ask = (params: Record<string, unknown>) =>
      new Promise((done) => {
        const client = closed.socket(params)
        client.subscribe(
          { query },
          {
            next: (result) => done(result.data),
            error: (error) => done((error as CloseEvent).code),
            complete: () => undefined,
          },
        )
      })
    expect(await ask({ token: 'wrong' })).toBe(4403)
    expect(await ask({ token })).toEqual({ viewer: { name: 'Owner' } })
  })
})

const submit = `mutation ($input: GoalSubmitInput!) { goalSubmit(input: $input) { __typename ... on Goal { id text language project { id pool { id } } intent { revision slots { path value source span } question { slot } } } ... on Error { code message } } }`

describe('IN-01 goals', () => {
  it('reads English and Korean, every slot with its source', async () => {
    const { goalSubmit } = await open.ask(submit, {
      input: { text: '내 고양이 Fluffy를 수채화 스타일로 학습시켜줘' },
    })
    expect(goalSubmit).toMatchObject({ __typename: 'Goal', language: 'ko' })
    const slots = goalSubmit.intent.slots as {
      path: string
      value: unknown
      source: string
      span: number[] | null
    }[]
    expect(slots.find((slot) => slot.path === 'subject.classNoun')).toMatchObject({
      value: 'cat',
      source: 'SAID',
    })
    for (const slot of slots) expect(['SAID', 'INFERRED', 'DEFAULT']).toContain(slot.source)
  })

  it('refuses an empty or endless goal and takes an absurd or foreign one with a question', async () => {
    for (const text of ['', '   ', 'x'.repeat(2_001)]) {
      const { goalSubmit } = await open.ask(submit, { input: { text } })
      expect(goalSubmit.code).toBe('GOAL_UNREADABLE')
    }
    for (const text of ['asdf qwer', 'Обучи модель моей кошки', '🐱🐱🐱']) {
      const { goalSubmit } = await open.ask(submit, { input: { text } })
      expect(goalSubmit.intent.question).not.toBeNull()
    }
  })

  it('takes a goal once however often it is sent, and refuses the id for another', async () => {
    const id = randomUUID()
    const first = await open.ask(submit, { input: { id, text: 'train a LoRA of my dog' } })
    const again = await open.ask(submit, { input: { id, text: 'train a LoRA of my dog' } })
    expect(again.goalSubmit.id).toBe(first.goalSubmit.id)
    const other = await open.ask(submit, { input: { id, text: 'train a LoRA of my cat' } })
    expect(other.goalSubmit).toMatchObject({ __typename: 'Refused', code: 'ID_REUSED' })
  })

  it('IN-03 revises a slot, names a bad one, and sees that somebody was faster', async () => {
    const { goalSubmit: goal } = await open.ask(submit, {
      input: { text: 'train a LoRA of my cat' },
    })
    const revise = `mutation ($input: IntentReviseInput!) { intentRevise(input: $input) { ... on Intent { revision slots { path value source } } ... on Error { code message } } }`
    const run = async (input: object) =>
      (await open.ask(revise, { input: { goal: goal.id, ...input } })).intentRevise
    const revised = await run({ path: 'settings.rank', value: 8, revision: 1 })
    expect(revised.revision).toBe(2)
    expect(revised.slots).toContainEqual({ path: 'settings.rank', value: 8, source: 'SAID' })
    expect(await run({ path: 'settings.rank', value: -1 })).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('settings.rank'),
    })
    expect(await run({ path: 'baseModel', value: 'no-such-model' })).toMatchObject({
      code: 'BAD_INPUT',
    })
    expect(await run({ path: 'nonsense', value: 1 })).toMatchObject({ code: 'BAD_INPUT' })
    expect(await run({ path: 'style', value: 'ink', revision: 1 })).toMatchObject({
      code: 'CONFLICT',
    })
  })
})

describe('upload tickets', () => {
  it('serve once, and only with their secret', async () => {
    const { goalSubmit } = await open.ask(submit, { input: { text: 'train a LoRA of my cat' } })
    const begin = `mutation ($pool: ID!) { uploadBegin(input: { pool: $pool }) { ... on UploadTicket { url } } }`
    const { uploadBegin } = await open.ask(begin, { pool: goalSubmit.project.pool.id })
    const send = async (path: string) => {
      const form = new FormData()
      form.append('files', new Blob([new Uint8Array(await noisePicture(1))]), 'a.png')
      return fetch(`${open.url}${path}`, { method: 'POST', body: form })
    }
    expect((await send(`${String(uploadBegin.url)}x`)).status).toBe(403)
    expect((await send(uploadBegin.url)).status).toBe(200)
    expect((await send(uploadBegin.url)).status).toBe(403)
  })
})

describe('a second process', () => {
  it('does not take the data folder of a living one', async () => {
    await expect(startTestApp({ config: { dataFolder: open.folder } })).rejects.toThrow(
      /already uses the data folder/,
    )
    expect((await postTo(open.url, '{ viewer { name } }')).status).toBe(200)
  })
})
