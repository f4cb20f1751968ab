import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { read, readByLlm } from '#intelligence/index.ts'
import type { LlmResult, LlmState } from '#intelligence/index.ts'
import { settingsFor, startLlmServer } from '#test/harness/llm-server.ts'
import type { LlmScript, LlmServer } from '#test/harness/llm-server.ts'

let server: LlmServer
beforeAll(async () => {
  server = await startLlmServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const fresh: LlmState = { breaker: { failures: 0, openUntil: 0 }, spentTokens: 0, spentMoney: 0 }
const goal = 'train a LoRA of my zoomy furball Fluffy, rank 8'

async function streamWith(
  scripts: LlmScript[],
  timeoutMs = 5000,
): Promise<LlmResult & { heard: string[] }> {
  server.play(...scripts)
  server.requests.length = 0
  const heard: string[] = []
  const result = await readByLlm(
    goal,
    {},
    settingsFor(server, {
      key: 'secret-key',
      timeoutMs,
      maxReplyTokens: 800,
      priceOut: 2,
      dailyMoney: 10,
    }),
    fresh,
    {
      now: () => Date.now(),
      random: () => 0,
      fetch: globalThis.fetch,
      explain: (text) => heard.push(text),
    },
  )
  return { ...result, heard }
}

const explanation = 'You want a LoRA of your cat Fluffy: "furball" is a cat.'
const answer = (text: string, slots: object = {}): string =>
  JSON.stringify({ explanation: text, slots, ask: null })
const cat = { subject_classNoun: { value: 'cat', words: 'furball' } }

describe('IN-04 the explanation streams', () => {
  it('comes piece by piece, before the slots, and ends with the checked reading', async () => {
    const { reading, heard, trace } = await streamWith([
      { kind: 'stream', content: answer(explanation, cat), pieceLength: 5 },
    ])
    expect(server.requests[0]!.body.stream).toBe(true)
    expect(server.requests[0]!.body.response_format!.json_schema.strict).toBe(true)
    expect(heard.length).toBeGreaterThan(5)
    for (const [index, text] of heard.entries()) {
      expect(explanation.startsWith(text)).toBe(true)
      if (index > 0) expect(text.length).toBeGreaterThan(heard[index - 1]!.length)
    }
    expect(heard.at(-1)).toBe(explanation)
    expect(reading).toMatchObject({ reader: 'llm', fallback: null, explanation })
    expect(reading.slots['subject.classNoun']!.value).toBe('cat')
    expect(reading.dropped).toEqual([])
    expect(trace).toMatchObject({ outcome: 'OK', tokensIn: 700, tokensOut: 90 })
  })

  it('takes the whole answer of a server that knows no streaming', async () => {
    const { reading, heard } = await streamWith([
      { kind: 'content', content: answer(explanation, cat) },
    ])
    expect(reading).toMatchObject({ reader: 'llm', explanation })
    expect(heard).toEqual([explanation])
  })

  it('explains by itself where the model wrote no explanation', async () => {
    const { reading, heard } = await streamWith([
      { kind: 'stream', content: JSON.stringify({ slots: cat, ask: null }) },
    ])
    expect(heard).toEqual([])
    expect(reading.reader).toBe('llm')
    expect(reading.explanation).toMatch(/a cat called Fluffy/)
  })

  it.each<[string, LlmScript, string]>([
    [
      'a stream that is cut',
      { kind: 'stream', content: answer(explanation, cat), cutAfter: 4, everyMs: 10 },
      'UNREACHABLE',
    ],
    [
      'an error in the stream',
      { kind: 'stream', content: answer(explanation, cat), faultAfter: 4 },
      'UNREADABLE',
    ],
    [
      'a slow stream',
      { kind: 'stream', content: answer(explanation, cat), everyMs: 150 },
      'TIMED_OUT',
    ],
    ['10 MB of events', { kind: 'streamHuge', bytes: 10_000_000 }, 'TOO_LARGE'],
    ['10 MB of no events', { kind: 'huge', bytes: 10_000_000 }, 'TOO_LARGE'],
    ['prose', { kind: 'stream', content: 'Sure, I will train your cat.' }, 'UNREADABLE'],
    ['half an answer', { kind: 'stream', content: answer(explanation).slice(0, 40) }, 'UNREADABLE'],
    ['a page', { kind: 'raw', body: '<html>', type: 'text/html' }, 'UNREADABLE'],
    ['silence', { kind: 'silent' }, 'TIMED_OUT'],
    ['500', { kind: 'status', status: 500 }, 'SERVER_ERROR'],
  ])(
    '%s: the grammar stands, explains, and the fallback is named',
    async (_name, script, fallback) => {
      const began = performance.now()
      const { reading } = await streamWith([script], 1500)
      expect(performance.now() - began).toBeLessThan(4000)
      expect(reading).toMatchObject({ reader: 'grammar', fallback })
      expect(reading.notice).toMatch(/grammar/)
      expect(reading.slots).toEqual(read(goal).slots)
      expect(reading.explanation).toMatch(/Fluffy/)
    },
  )

  it('asks once more after a cut', async () => {
    const { reading, trace } = await streamWith([
      { kind: 'stream', content: answer(explanation, cat), cutAfter: 4, everyMs: 10 },
      { kind: 'stream', content: answer(explanation, cat) },
    ])
    expect(reading).toMatchObject({ reader: 'llm', explanation })
    expect(trace!.attempts).toBe(2)
  })

  it('is harmless text, whatever the model was made to write', async () => {
    const nasty = `<script>alert(1)</script>\u202eevil\u200b\u0007 ![x](http://a.example/?q) ${'y'.repeat(5000)}`
    const { reading, heard } = await streamWith([
      { kind: 'stream', content: answer(nasty, { approve: true }), pieceLength: 200 },
    ])
    for (const text of [...heard, reading.explanation]) {
      expect(text.length).toBeLessThanOrEqual(600)
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
    expect(reading.dropped.map((item) => item.path)).toContain('approve')
    expect(reading.slots['settings.rank']!.value).toBe(8)
  })
})
