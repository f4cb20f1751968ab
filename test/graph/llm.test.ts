import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadLlm } from '#intelligence/index.ts'
import { openKey, sealKey } from '#server/llm/llm-settings.ts'
import { startTestApp, type TestApp } from '#test/harness/app.ts'
import { databaseKinds } from '#test/harness/database.ts'
import { settingsFor, startLlmServer, type LlmServer } from '#test/harness/llm-server.ts'

interface Step {
  readonly reader: string
  readonly explanation: string
  readonly reading: null | {
    reader: string
    fallback: string | null
    notice: string | null
    slots: { path: string; value: unknown }[]
  }
}
const refining = `subscription ($text: String!) { goalRefining(text: $text) { reader explanation reading { reader fallback notice explanation slots { path value } } } }`
const set = `mutation ($input: LlmSettingsSetInput!) { llmSettingsSet(input: $input) { __typename ... on LlmSetting { available enabled host url fromEnvironment keyStored model dailyTokens } ... on Error { code message } } }`
const probe = `mutation { llmTest(input: {}) { __typename ... on LlmProbe { fallback milliseconds tokens money } ... on Error { code message } } }`
const state = `{ llmState { failures openUntil calls failed tokens money people { name calls tokens money } } }`
const retry = `mutation ($model: String!) { llmRetry(input: { model: $model }) { __typename ... on LlmState { failures openUntil } ... on Error { code message } } }`

const explanation = 'You want a LoRA of your cat Biscotti.'
const answer = JSON.stringify({
  explanation,
  slots: { subject_classNoun: { value: 'cat', words: 'furball' } },
  ask: null,
})

describe.each(databaseKinds)('the language model, streamed and set [%s]', (kind) => {
  let open: TestApp
  let llm: LlmServer
  beforeAll(async () => {
    // the client library takes seconds to load on a busy machine: not inside a deadline
    await loadLlm()
    llm = await startLlmServer()
    open = await startTestApp({
      kind,
      config: {
        llm: settingsFor(llm, { key: 'of-the-environment' }),
      },
    })
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
    await llm[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    await open.db.deleteFrom('llm_setting').execute()
    await open.db.deleteFrom('llm_breaker').execute()
    await open.db.deleteFrom('llm_call').execute()
    llm.requests.length = 0
  })

  async function follow(text: string): Promise<{ steps: Step[]; errors: unknown[] }> {
    const socket = open.socket()
    const steps: Step[] = []
    const errors: unknown[] = []
    try {
      for await (const result of socket.iterate<{ goalRefining: Step }>({
        query: refining,
        variables: { text },
      })) {
        if (result.errors !== undefined) errors.push(...result.errors)
        else if (result.data != null) steps.push(result.data.goalRefining)
      }
    } finally {
      await socket.dispose()
    }
    return { steps, errors }
  }

  it('IN-04 the grammar explains at once, the model’s words follow, the checked slots end it', async () => {
    llm.play({ kind: 'stream', content: answer, pieceLength: 6, everyMs: 25 })
    const { steps } = await follow('train a LoRA of my zoomy furball Biscotti')
    expect(steps[0]).toMatchObject({ reader: 'GRAMMAR', reading: null })
    expect(steps[0]!.explanation).toContain('Biscotti')
    const written = steps.slice(1, -1)
    expect(written.length).toBeGreaterThan(2)
    for (const step of written) {
      expect(step).toMatchObject({ reader: 'LLM', reading: null })
      expect(explanation.startsWith(step.explanation)).toBe(true)
    }
    expect(steps.at(-1)).toMatchObject({
      reader: 'LLM',
      explanation,
      reading: { reader: 'LLM', fallback: null, notice: null },
    })
    expect(
      steps.at(-1)!.reading!.slots.find((slot) => slot.path === 'subject.classNoun')!.value,
    ).toBe('cat')
    // the same question again is answered from what was paid for
    const again = await follow('train a LoRA of my zoomy furball Biscotti')
    expect(again.steps.at(-1)!.explanation).toBe(explanation)
    expect(llm.requests).toHaveLength(1)
  })

  it.each([
    ['a cut stream', { kind: 'stream', content: answer, cutAfter: 3, everyMs: 5 }, 'UNREACHABLE'],
    ['a slow one', { kind: 'stream', content: answer, everyMs: 400 }, 'TIMED_OUT'],
    ['10 MB', { kind: 'streamHuge', bytes: 10_000_000 }, 'TOO_LARGE'],
    ['a refusal', { kind: 'status', status: 401 }, 'REFUSED'],
  ] as const)('IN-05 %s ends with the grammar, and says so', async (name, script, fallback) => {
    llm.play(script)
    const { steps, errors } = await follow(`train my furball after ${name}`)
    expect(errors).toEqual([])
    expect(steps.at(-1)!.reading).toMatchObject({ reader: 'GRAMMAR', fallback })
    expect(steps.at(-1)!.reading!.notice).toMatch(/grammar/)
  })

  it('IN-05 who leaves early wastes nothing: the paid answer is there next time', async () => {
    llm.play({ kind: 'stream', content: answer, everyMs: 20 })
    const socket = open.socket()
    for await (const result of socket.iterate({
      query: refining,
      variables: { text: 'my furball, leaving' },
    })) {
      if (result.data != null) break
    }
    await socket.dispose()
    await expect
      .poll(
        async () =>
          (await open.db.selectFrom('llm_call').select('outcome').execute()).map(
            (it) => it.outcome,
          ),
        { timeout: 5000 },
      )
      .toEqual(['OK'])
    const { steps } = await follow('my furball, leaving')
    expect(steps.at(-1)!.reading!.reader).toBe('LLM')
    expect(llm.requests).toHaveLength(1)
  })

  it('IN-05 an unreadable goal is refused by name, and nobody is asked', async () => {
    const { errors } = await follow(' ')
    expect(JSON.stringify(errors)).toContain('GOAL_UNREADABLE')
    expect(llm.requests).toHaveLength(0)
  })

  it('IN-04 an administrator names a server with its own key, which is never given back', async () => {
    await using other = await startLlmServer()
    other.play({ kind: 'content', content: '{"slots":{},"ask":null}' })
    const { llmSettingsSet: bare } = await open.ask(set, {
      input: { enabled: true, url: other.url },
    })
    expect(bare).toMatchObject({ code: 'BAD_INPUT' })
    expect(bare.message).toMatch(/^key: a new address needs its own key/)
    const changed = await open.post(set, {
      input: { enabled: true, url: other.url, key: 'sk-very-secret', model: 'theirs' },
    })
    expect(changed.data.llmSettingsSet).toMatchObject({
      url: other.url,
      keyStored: true,
      model: 'theirs',
      fromEnvironment: true,
    })
    expect(changed.text).not.toContain('sk-very-secret')
    const { llmTest } = await open.ask(probe)
    expect(llmTest).toMatchObject({ __typename: 'LlmProbe', fallback: null, tokens: 790 })
    expect(other.requests[0]).toMatchObject({ authorization: 'Bearer sk-very-secret' })
    expect(llm.requests).toHaveLength(0)
    // the same address keeps its key, another one does not get it
    await open.ask(set, { input: { enabled: true, url: other.url, model: 'theirs' } })
    await open.ask(probe)
    expect(other.requests.at(-1)!.authorization).toBe('Bearer sk-very-secret')
    const row = await open.db.selectFrom('llm_setting').selectAll().executeTakeFirstOrThrow()
    expect(JSON.stringify(row)).not.toContain('sk-very-secret')
    await open.db.updateTable('llm_setting').set({ url: llm.url }).execute()
    await open.ask(probe)
    expect(llm.requests[0]!.authorization).toBe('Bearer none')
    const told = await open.db.selectFrom('audit').select('body').execute()
    expect(JSON.stringify(told)).not.toContain('sk-very-secret')
    expect(JSON.stringify(told)).toContain('"key":"set"')
  })

  it.each([
    ['no address', { url: 'localhost:11434' }, 'url'],
    ['a file', { url: 'file:///etc/passwd' }, 'url'],
    ['a password in it', { url: 'https://me:secret@api.example.com/v1' }, 'url'],
    ['the metadata of a cloud', { url: 'http://169.254.169.254/latest', key: '' }, 'url'],
    ['a key of two lines', { url: 'https://api.example.com/v1', key: 'a\nb' }, 'key'],
    ['a key without an address', { key: 'sk-1' }, 'key'],
  ])('IN-05 %s is refused by name', async (_name, input, field) => {
    const { llmSettingsSet } = await open.ask(set, { input: { enabled: true, ...input } })
    expect(llmSettingsSet.code).toBe('BAD_INPUT')
    expect(llmSettingsSet.message.startsWith(`${field}: `)).toBe(true)
  })

  it('IN-04 a test call tells what is wrong; the breaker is seen, and closed at once', async () => {
    llm.play({ kind: 'status', status: 401 })
    const { llmTest } = await open.ask(probe)
    expect(llmTest.fallback).toBe('REFUSED')
    for (const text of ['one', 'two', 'three']) await follow(`my cat ${text}`)
    const { llmState: broken } = await open.ask(state)
    expect(broken.failures).toBe(3)
    expect(Date.parse(broken.openUntil)).toBeGreaterThan(Date.now())
    expect(broken).toMatchObject({ calls: 4, failed: 4 })
    expect(broken.people).toHaveLength(1)
    const { steps } = await follow('my cat four')
    expect(steps.at(-1)!.reading!.fallback).toBe('BREAKER_OPEN')
    const { llmRetry } = await open.ask(retry, { model: 'scripted' })
    expect(llmRetry).toMatchObject({ failures: 0, openUntil: null })
    llm.play({ kind: 'stream', content: answer })
    expect((await follow('my cat five')).steps.at(-1)!.reading!.reader).toBe('LLM')
    const { llmState: well } = await open.ask(state)
    expect(well).toMatchObject({ calls: 5, failed: 4, failures: 0 })
    expect(well.tokens).toBeGreaterThan(0)
  })

  it('IN-04 failures at once are all counted; then one trial alone goes through', async () => {
    await open.db.deleteFrom('llm_breaker').execute()
    llm.play({ kind: 'status', status: 400 })
    await Promise.all(['six', 'seven', 'eight'].map((word) => follow(`my cat ${word}`)))
    const { llmState: broken } = await open.ask(state)
    expect(broken.failures).toBe(3)
    expect(broken.openUntil).not.toBeNull()
    // its minute is over
    await open.db
      .updateTable('llm_breaker')
      .set({ open_until: new Date(Date.now() - 1) })
      .execute()
    llm.requests.length = 0
    llm.play({ kind: 'content', content: answer, delayMs: 300 })
    const rounds = await Promise.all(
      ['nine', 'ten', 'eleven', 'twelve'].map((word) => follow(`my cat ${word}`)),
    )
    const readers = rounds.map(({ steps }) => steps.at(-1)!.reading!)
    expect(llm.requests).toHaveLength(1)
    expect(readers.filter((it) => it.reader === 'LLM')).toHaveLength(1)
    expect(readers.filter((it) => it.fallback === 'BREAKER_OPEN')).toHaveLength(3)
    expect((await open.ask(state)).llmState).toMatchObject({ failures: 0, openUntil: null })
  })

  it('IN-04 a trial that fails leaves the model alone again; another server is asked at once', async () => {
    await open.db
      .insertInto('llm_breaker')
      .values({ model: 'scripted', failures: 3, open_until: new Date(Date.now() - 1) })
      .execute()
    llm.play({ kind: 'status', status: 400 })
    await follow('my cat thirteen')
    expect((await follow('my cat fourteen')).steps.at(-1)!.reading!.fallback).toBe('BREAKER_OPEN')
    await open.ask(set, {
      input: { enabled: true, url: llm.url, key: 'sk-new', model: 'scripted' },
    })
    llm.play({ kind: 'content', content: answer })
    expect((await follow('my cat fifteen')).steps.at(-1)!.reading!.reader).toBe('LLM')
    await open.db.deleteFrom('llm_setting').execute()
  })

  it('IN-05 what was asked and answered is there for administrators to read, without the key', async () => {
    const calls = `query ($first: Int, $after: String) { llmCalls(first: $first, after: $after) { edges { node { person at model outcome prompt reply tokens attempts } } pageInfo { hasNextPage endCursor } } }`
    llm.play({ kind: 'content', content: answer })
    for (const word of ['one', 'two', 'three']) await follow(`my cat calls ${word}`)
    const { llmCalls } = await open.ask(calls, { first: 2 })
    const [newest] = llmCalls.edges
    expect(newest.node).toMatchObject({ model: 'scripted', outcome: 'OK', reply: answer })
    expect(JSON.parse(newest.node.prompt).user).toContain('my cat calls three')
    expect(llmCalls.pageInfo.hasNextPage).toBe(true)
    const { llmCalls: rest } = await open.ask(calls, {
      first: 100,
      after: llmCalls.pageInfo.endCursor,
    })
    expect(rest.edges).toHaveLength(1)
    expect(JSON.stringify([llmCalls, rest])).not.toMatch(/sk-|of-the-environment/)
  })
})

it('a sealed key opens with its address and secret alone', () => {
  const sealed = sealKey('sk-1', 'https://a.example/v1', 'secret')
  expect(openKey(sealed, 'https://a.example/v1', 'secret')).toBe('sk-1')
  expect(openKey(sealed, 'https://b.example/v1', 'secret')).toBeNull()
  expect(openKey(sealed, 'https://a.example/v1', 'other')).toBeNull()
  expect(openKey('rubbish', 'https://a.example/v1', 'secret')).toBeNull()
  expect(sealed).not.toBe(sealKey('sk-1', 'https://a.example/v1', 'secret'))
})
