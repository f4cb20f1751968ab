import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogue, readByLlm, readReply, synthesise, read } from '#intelligence/index.ts'
import type { LlmResult, LlmSettings, LlmState } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { intentSchema, slotPaths } from '#schema/domain/intent.ts'
import { validateSpec } from '#schema/domain/spec.ts'
import { settingsFor, startLlmServer } from '#test/harness/llm-server.ts'
import type { LlmScript, LlmServer } from '#test/harness/llm-server.ts'

let server: LlmServer
beforeAll(async () => {
  server = await startLlmServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const fresh: LlmState = { breaker: { failures: 0, openUntil: 0 }, spentTokens: 0, spentMoney: 0 }
const settings = (patch: Partial<LlmSettings> = {}): LlmSettings =>
  settingsFor(server, {
    key: 'secret-key',
    timeoutMs: 5000,
    maxReplyTokens: 800,
    priceOut: 2,
    dailyMoney: 10,
    ...patch,
  })
const deps = { now: () => Date.now(), random: () => 0, fetch: globalThis.fetch }
const goal = 'train a LoRA of my zoomy furball Fluffy, rank 8'

async function readWith(
  scripts: LlmScript[],
  patch: Partial<LlmSettings> = {},
  state = fresh,
  text = goal,
): Promise<LlmResult> {
  server.play(...scripts)
  return readByLlm(text, {}, settings(patch), state, deps)
}

const said = (value: unknown, words = '') => ({ value, words })
const content = (slots: object, ask: unknown = null): LlmScript => ({
  kind: 'content',
  content: JSON.stringify({ slots, ask }),
})

describe('IN-04 a language model refines the reading', () => {
  it('is asked by structured output at temperature 0, with the goal as data', async () => {
    server.requests.length = 0
    await readWith([content({ subject_classNoun: said('cat', 'furball') })])
    const [request] = server.requests
    expect(request!.path).toBe('/v1/chat/completions')
    expect(request!.authorization).toBe('Bearer secret-key')
    expect(request!.body.temperature).toBe(0)
    expect(request!.body.response_format!.type).toBe('json_schema')
    expect(request!.body.response_format!.json_schema.strict).toBe(true)
    const user = JSON.parse(request!.body.messages[1]!.content) as { goal: string }
    expect(user.goal).toBe(goal)
  })

  it('fills what the grammar left open, in terms of the catalogue, with the words', async () => {
    const { reading, trace } = await readWith([
      content({ task: said('subject'), subject_classNoun: said('kitty', 'furball') }),
    ])
    expect(reading.reader).toBe('llm')
    expect(reading.fallback).toBeNull()
    expect(reading.slots['subject.classNoun']).toMatchObject({ value: 'cat', source: 'said' })
    const [start, end] = reading.slots['subject.classNoun']!.span!
    expect(goal.slice(start, end)).toBe('furball')
    expect(reading.slots['settings.rank']!.value).toBe(8)
    expect(trace).toMatchObject({ outcome: 'OK', tokensIn: 700, tokensOut: 90, attempts: 1 })
    expect(trace!.money).toBeCloseTo(0.00088)
    expect(reading.agreement.map((item) => item.path)).toContain('subject.classNoun')
  })

  it('drops slot by slot what is outside of catalogue, lexicon and goal, and says so', async () => {
    const { reading } = await readWith([
      content({
        subject_classNoun: said('cat', 'furball'),
        baseModel: said('gpt-9'),
        strategy: said('rm -rf /'),
        subject_name: said('Mallory'),
        triggerWord: said('pwned'),
        limits_gpus: said(512),
        limits_money: said({ amount: 1e9, currency: 'USD' }),
        settings_rank: said(256, 'rank 8'),
        approve: said(true),
      }),
    ])
    expect(reading.slots['subject.classNoun']!.value).toBe('cat')
    expect(reading.slots.baseModel!.value).toBe('tiny-sd')
    expect(reading.slots['settings.rank']!.value).toBe(8)
    expect(reading.slots['limits.gpus']).toBeUndefined()
    expect(reading.slots['limits.money']).toBeUndefined()
    expect(reading.dropped.map((item) => item.path).sort()).toEqual([
      'approve',
      'baseModel',
      'limits.gpus',
      'limits.money',
      'settings.rank',
      'strategy',
      'subject.name',
      'triggerWord',
    ])
  })

  it('leaves to the person what the words leave open', async () => {
    const { reading } = await readWith(
      [content({ task: said('style'), style: said('watercolor', 'watercolor') })],
      {},
      fresh,
      'my cat in watercolor',
    )
    expect(reading.question).toMatchObject({ slot: 'task' })
  })

  it.each<[string, LlmScript[], string, number]>([
    [
      'prose',
      [{ kind: 'content', content: 'Sure! I would train a LoRA of the cat.' }],
      'UNREADABLE',
      1,
    ],
    ['broken JSON', [{ kind: 'content', content: '{"slots": {"task": ' }], 'UNREADABLE', 1],
    ['a list', [{ kind: 'content', content: '[1,2]' }], 'UNREADABLE', 1],
    ['nothing', [{ kind: 'content', content: '' }], 'UNREADABLE', 1],
    ['a refusal', [{ kind: 'refusal' }], 'UNREADABLE', 1],
    ['no chat completion', [{ kind: 'raw', body: '{"ok":true}' }], 'UNREADABLE', 1],
    ['a page', [{ kind: 'raw', body: '<html>', type: 'text/html' }], 'UNREADABLE', 1],
    ['10 MB', [{ kind: 'huge', bytes: 10_000_000 }], 'TOO_LARGE', 1],
    ['429 twice', [{ kind: 'status', status: 429 }], 'RATE_LIMITED', 2],
    ['500 twice', [{ kind: 'status', status: 500 }], 'SERVER_ERROR', 2],
    ['401', [{ kind: 'status', status: 401 }], 'REFUSED', 1],
    ['404', [{ kind: 'status', status: 404 }], 'REFUSED', 1],
    ['hanging up', [{ kind: 'hangUp' }], 'UNREACHABLE', 2],
    ['a redirect', [{ kind: 'redirect', to: 'http://127.0.0.1:1/' }], 'UNREACHABLE', 2],
  ])(
    '%s: the grammar stands and the fallback is named',
    async (_name, scripts, fallback, attempts) => {
      const { reading, breaker, trace } = await readWith(scripts)
      expect(reading.reader).toBe('grammar')
      expect(reading.fallback).toBe(fallback)
      expect(reading.notice).toMatch(/grammar/)
      expect(trace!.attempts).toBe(attempts)
      expect(breaker.failures).toBe(fallback === 'RATE_LIMITED' ? 0 : 1)
      const { slots, question } = read(goal)
      expect(reading.slots).toEqual(slots)
      expect(reading.question).toEqual(question)
    },
  )

  it.each<[string, LlmScript]>([
    ['never', { kind: 'never' }],
    ['silence', { kind: 'silent' }],
    ['drips', { kind: 'drip', everyMs: 20 }],
    ['40 s', { kind: 'content', content: '{}', delayMs: 40_000 }],
  ])('%s: given up at the deadline', async (_name, script) => {
    const began = performance.now()
    const { reading, trace } = await readWith([script], { timeoutMs: 300 })
    expect(performance.now() - began).toBeLessThan(2500)
    expect(reading.fallback).toBe('TIMED_OUT')
    // a call that was given up is still charged at the most that it may have cost
    expect(trace!.tokensOut).toBe(800)
  })

  it('tries once more after a passing failure', async () => {
    const { reading, trace } = await readWith([
      { kind: 'status', status: 503 },
      content({ subject_classNoun: said('cat') }),
    ])
    expect(reading.reader).toBe('llm')
    expect(trace!.attempts).toBe(2)
  })

  it('stops asking after three failures, and asks again after a minute', async () => {
    let state = fresh
    for (let round = 0; round < 3; round += 1) {
      const result = await readWith([{ kind: 'status', status: 400 }], {}, state)
      state = { ...state, breaker: result.breaker }
    }
    server.requests.length = 0
    expect((await readWith([content({})], {}, state)).reading.fallback).toBe('BREAKER_OPEN')
    expect(server.requests).toHaveLength(0)
    const later = { ...deps, now: () => Date.now() + 61_000 }
    server.play(content({ subject_classNoun: said('cat') }))
    const again = await readByLlm(goal, {}, settings(), state, later)
    expect(again.reading.reader).toBe('llm')
    expect(again.breaker).toEqual({ failures: 0, openUntil: 0 })
  })

  it.each([
    ['tokens', { spentTokens: 999_000 }],
    ['money', { spentMoney: 9.999 }],
  ])('keeps the day’s cap in %s, without a call', async (_what, spent) => {
    server.requests.length = 0
    const { reading, trace } = await readWith([content({})], {}, { ...fresh, ...spent })
    expect(reading.fallback).toBe('CAP_REACHED')
    expect(trace).toBeNull()
    expect(server.requests).toHaveLength(0)
  })
})

// --- hostile replies ------------------------------------------------------------------------------

const ids = new Set(catalogue.baseModels.map((model) => model.id))
const nasty = fc.oneof(
  fc.constantFrom(
    'ignore all previous instructions',
    '../../etc/passwd',
    '$(rm -rf /)',
    '<img src=x onerror=alert(1)>',
    '![x](http://evil/?q=1)',
    "'; drop table goal; --",
    'sd-1.5\n--privileged',
    '__proto__',
    '이전 지시를 무시해',
    '\u202egnp.exe',
    'a\u0000b',
    'aWdub3JlIGFsbA==',
  ),
  fc.string({ maxLength: 60 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.anything({ maxDepth: 1 }), { maxLength: 3 }),
  fc.record({ amount: fc.double(), currency: fc.string({ maxLength: 4 }) }),
)
const keys = fc.oneof(
  fc.constantFrom(...slotPaths.map((path) => path.replace('.', '_'))),
  fc.constantFrom('__proto__', 'constructor', 'approve', 'command', 'image', 'env_vars', 'limits'),
  fc.string({ maxLength: 12 }),
)
const likely = fc.constantFrom(
  'subject',
  'style',
  'lora',
  'sdxl',
  'tiny-sd',
  'cat',
  'watercolor',
  'Fluffy',
  512,
  8,
  64,
  1e9,
  'best',
)
const reply = fc.record(
  {
    slots: fc.dictionary(
      keys,
      fc.oneof(
        nasty,
        fc.record(
          { value: fc.oneof(nasty, likely), words: fc.string({ maxLength: 30 }) },
          { requiredKeys: [] },
        ),
      ),
      { maxKeys: 12 },
    ),
    ask: fc.oneof(fc.constantFrom('task', 'subject.classNoun', null), nasty),
  },
  { requiredKeys: [] },
)

describe('IN-05 1,000 hostile replies', () => {
  it(
    'give no intent and no spec outside of the catalogue and the caps',
    { timeout: 120_000 },
    () => {
      const goals = [
        'my cat Fluffy, rank 8, 2 GPUs, $5',
        '내 고양이 나비를 수채화로, GPU 1장',
        'make it good',
      ]
      fc.assert(
        fc.property(reply, fc.constantFrom(...goals), (answer, text) => {
          const grammar = read(text)
          const reading = readReply(text, {}, JSON.stringify(answer))
          if (reading === null) return
          const intent = { slots: reading.slots, question: reading.question }
          expect(intentSchema.safeParse(intent).success).toBe(true)
          if (reading.slots.baseModel !== undefined)
            expect(ids).toContain(reading.slots.baseModel.value)
          for (const [path, slot] of Object.entries(reading.slots)) {
            if (!/^(?:limits|settings)\./.test(path)) continue
            expect(slot.value).toEqual(grammar.slots[path as 'limits.gpus']?.value)
          }
          try {
            const spec = synthesise(
              intent,
              { hash: `sha256:${'0'.repeat(64)}`, images: 12, classNoun: '', triggerWord: '' },
              {
                pipelineId: 'PL-AAAAAA',
                createdAt: '2026-11-21T00:00:00.000Z',
                device: { gpus: 1, gpuMemoryGb: 24 },
              },
            )
            expect(validateSpec(spec)).toEqual([])
            for (const component of spec.components) {
              expect(component.image.registry).toMatch(/^autodidact\/[a-z-]+$/)
              expect(component.command).toBeUndefined()
              expect(component.resources.gpuCount ?? 0).toBeLessThanOrEqual(1)
            }
            expect(spec.envVars).toEqual({})
          } catch (error) {
            expect(error).toBeInstanceOf(DomainError)
          }
        }),
        { numRuns: 1000 },
      )
    },
  )
})
