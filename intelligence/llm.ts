import type { ChatOpenAI } from '@langchain/openai'
import type { Fallback, RefinedReading } from '#schema/domain/reading.ts'
import { explanationOf, explanationSoFar } from './intent/explanation.ts'
import { readGoal } from './intent/grammar.ts'
import type { ReadContext, Reading } from './intent/grammar.ts'
import { answerSchema, llmPrompt, mergeAnswer, parseAnswer } from './intent/llm-answer.ts'

/** The one impure file of this layer: clock, chance and network are handed in; breaker and caps are kept by the server. */

export interface LlmSettings {
  /** Base URL of any OpenAI-compatible server, with its version: http://localhost:11434/v1 */
  readonly url: string
  readonly key: string
  readonly model: string
  /** For the whole answer, both attempts. */
  readonly timeoutMs: number
  readonly maxReplyTokens: number
  /** USD for a million tokens. */
  readonly priceIn: number
  readonly priceOut: number
  readonly dailyTokens: number
  readonly dailyMoney: number
}

export interface BreakerState {
  readonly failures: number
  /** Milliseconds since the epoch; 0: closed. */
  readonly openUntil: number
}

export interface LlmState {
  readonly breaker: BreakerState
  /** Of this person, today. */
  readonly spentTokens: number
  readonly spentMoney: number
}

export interface LlmDeps {
  now(): number
  random(): number
  fetch: typeof fetch
  /** Hears the explanation as far as it has come; with it the answer is streamed. */
  explain?(explanation: string): void
}

/** What is kept for the audit. */
export interface LlmTrace {
  readonly prompt: { readonly system: string; readonly user: string }
  /** As it came, at most 64 KiB; null when nothing came. */
  readonly reply: string | null
  readonly tokensIn: number
  readonly tokensOut: number
  readonly money: number
  readonly attempts: number
  readonly milliseconds: number
  readonly outcome: 'OK' | Fallback
}

export interface LlmResult {
  readonly reading: RefinedReading
  readonly breaker: BreakerState
  /** Null when no call was made. */
  readonly trace: LlmTrace | null
}

/** After so many failures in a row a model is left alone for so long. */
export const breakerRule = { after: 3, milliseconds: 60_000 } as const
const maxReplyBytes = 256 * 1024
/** Each token of a stream comes in an envelope of some 200 bytes. */
const maxStreamBytes = 4 * 256 * 1024
const maxKept = 64 * 1024

const notices: Readonly<Record<Fallback, readonly [string, string]>> = {
  OFF: [
    'No language model is set up: the built-in grammar read this.',
    '언어 모델이 설정되지 않아 내장 문법이 읽었습니다.',
  ],
  BREAKER_OPEN: [
    'The language model failed several times: for a minute the built-in grammar reads alone.',
    '언어 모델이 여러 번 실패해 잠시 내장 문법만으로 읽습니다.',
  ],
  CAP_REACHED: [
    'Today’s allowance for the language model is used up: the built-in grammar read this.',
    '오늘의 언어 모델 사용 한도를 다 써서 내장 문법이 읽었습니다.',
  ],
  TIMED_OUT: [
    'The language model took too long: the built-in grammar read this.',
    '언어 모델이 너무 오래 걸려 내장 문법이 읽었습니다.',
  ],
  RATE_LIMITED: [
    'The language model takes no more calls now: the built-in grammar read this.',
    '언어 모델이 지금은 요청을 더 받지 않아 내장 문법이 읽었습니다.',
  ],
  SERVER_ERROR: [
    'The language model’s server failed: the built-in grammar read this.',
    '언어 모델 서버에 오류가 있어 내장 문법이 읽었습니다.',
  ],
  UNREACHABLE: [
    'The language model cannot be reached: the built-in grammar read this.',
    '언어 모델에 연결할 수 없어 내장 문법이 읽었습니다.',
  ],
  TOO_LARGE: [
    'The language model answered far too much: the built-in grammar read this.',
    '언어 모델의 답이 너무 길어 내장 문법이 읽었습니다.',
  ],
  UNREADABLE: [
    'The language model’s answer had not the agreed form: the built-in grammar read this.',
    '언어 모델의 답이 약속한 형식이 아니어서 내장 문법이 읽었습니다.',
  ],
  REFUSED: [
    'The language model’s server refused the call (key or model name): the built-in grammar read this.',
    '언어 모델 서버가 요청을 거부해(키 또는 모델 이름) 내장 문법이 읽었습니다.',
  ],
}

/** The grammar's reading, with the reason why no model had a say. */
export function readByGrammar(
  goal: string,
  context: ReadContext,
  fallback: Fallback,
): RefinedReading {
  return fallenBack(readGoal(goal, context), fallback)
}

function fallenBack(reading: Reading, fallback: Fallback): RefinedReading {
  const { slots, question, language } = reading
  const notice = notices[fallback][language === 'ko' ? 1 : 0]
  return {
    slots,
    question,
    language,
    reader: 'grammar',
    explanation: explanationOf(reading, language),
    fallback,
    notice,
    agreement: [],
    dropped: [],
  }
}

/** An upper bound of what a call takes: a character is at most a token or so. */
export function worstCost(
  settings: LlmSettings,
  characters: number,
): { tokens: number; money: number } {
  const tokens = characters + settings.maxReplyTokens
  return {
    tokens,
    money: (characters * settings.priceIn + settings.maxReplyTokens * settings.priceOut) / 1e6,
  }
}

/** The prompt of a goal, so that the server can find an answer that it already paid for. */
export function promptFor(goal: string, context: ReadContext): LlmTrace['prompt'] {
  return llmPrompt(readGoal(goal, context), context)
}

/** A reply that was kept, read again by today's rules; null when it cannot be used. */
export function readReply(
  goal: string,
  context: ReadContext,
  reply: string,
): RefinedReading | null {
  const merged = mergeAnswer(readGoal(goal, context), parseAnswer(reply), context)
  if (merged === null) return null
  const { slots, question, language } = merged.reading
  return {
    slots,
    question,
    language,
    reader: 'llm',
    explanation:
      merged.explanation === '' ? explanationOf(merged.reading, language) : merged.explanation,
    fallback: null,
    notice: null,
    agreement: merged.agreement,
    dropped: merged.dropped,
  }
}

/**
 * Reads a goal by the grammar, then asks the model to refine it. Never fails for the model's sake: what goes wrong is named in
 * `fallback`, and the grammar's reading stands.
 *
 * @throws DomainError GOAL_UNREADABLE, as the grammar does
 */
export async function readByLlm(
  goal: string,
  context: ReadContext,
  settings: LlmSettings,
  state: LlmState,
  deps: LlmDeps,
  signal?: AbortSignal,
): Promise<LlmResult> {
  const grammar = readGoal(goal, context)
  const prompt = llmPrompt(grammar, context)
  const { breaker } = state
  const without = (fallback: Fallback): LlmResult => ({
    reading: fallenBack(grammar, fallback),
    breaker,
    trace: null,
  })
  if (breaker.openUntil > deps.now()) return without('BREAKER_OPEN')
  const worst = worstCost(settings, prompt.system.length + prompt.user.length)
  if (
    state.spentTokens + worst.tokens > settings.dailyTokens ||
    state.spentMoney + worst.money > settings.dailyMoney
  )
    return without('CAP_REACHED')

  const began = deps.now()
  const call = await callTwice(prompt, settings, deps, signal)
  const reading = call.text === null ? null : readReply(goal, context, call.text)
  const outcome = call.outcome ?? (reading === null ? 'UNREADABLE' : 'OK')
  const failed = outcome !== 'OK' && outcome !== 'RATE_LIMITED'
  const failures = failed ? breaker.failures + 1 : outcome === 'OK' ? 0 : breaker.failures
  return {
    reading: reading ?? fallenBack(grammar, outcome as Fallback),
    breaker: {
      failures,
      openUntil: failures >= breakerRule.after ? deps.now() + breakerRule.milliseconds : 0,
    },
    trace: {
      prompt,
      reply: call.text?.slice(0, maxKept) ?? null,
      tokensIn: call.tokensIn,
      tokensOut: call.tokensOut,
      money: (call.tokensIn * settings.priceIn + call.tokensOut * settings.priceOut) / 1e6,
      attempts: call.attempts,
      milliseconds: deps.now() - began,
      outcome,
    },
  }
}

interface Call {
  readonly text: string | null
  readonly outcome: Fallback | null
  readonly tokensIn: number
  readonly tokensOut: number
  readonly attempts: number
}

/** One attempt and, for what may pass, one more after a jittered pause; one deadline over both. */
async function callTwice(
  prompt: LlmTrace['prompt'],
  settings: LlmSettings,
  deps: LlmDeps,
  signal: AbortSignal | undefined,
): Promise<Call> {
  const deadline = AbortSignal.timeout(settings.timeoutMs)
  const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  let outcome: Fallback = 'UNREACHABLE'
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const seen = { tooLarge: false, cut: false, status: 0 }
    try {
      const answer = await callOnce(prompt, settings, deps, stop, seen)
      return { ...answer, outcome: null, attempts: attempt }
    } catch (error) {
      outcome = outcomeOf(error, stop, seen)
      const again = ['RATE_LIMITED', 'SERVER_ERROR', 'UNREACHABLE'].includes(outcome)
      if (!again || attempt === 2) {
        // a failed call may have been charged: the prompt at least counts
        const charged = outcome === 'UNREACHABLE' || outcome === 'REFUSED' ? 0 : 1
        const tokensIn = Math.ceil((prompt.system.length + prompt.user.length) / 3) * charged
        const tokensOut = ['TIMED_OUT', 'TOO_LARGE'].includes(outcome) ? settings.maxReplyTokens : 0
        return { text: null, outcome, tokensIn, tokensOut, attempts: attempt }
      }
      const paused = await pause(200 + deps.random() * 400, stop)
      if (!paused)
        return { text: null, outcome: 'TIMED_OUT', tokensIn: 0, tokensOut: 0, attempts: attempt }
    }
  }
  throw new Error('unreachable')
}

/** What the wire showed of one attempt, which the client's errors do not tell. */
interface Seen {
  tooLarge: boolean
  /** The connection went in the middle of a stream. */
  cut: boolean
  status: number
}

function outcomeOf(error: unknown, stop: AbortSignal, seen: Seen): Fallback {
  if (seen.tooLarge) return 'TOO_LARGE'
  if (stop.aborted) return 'TIMED_OUT'
  if (seen.cut) return 'UNREACHABLE'
  const status = seen.status
  if (status === 429) return 'RATE_LIMITED'
  if (status >= 500) return 'SERVER_ERROR'
  if (status >= 400) return 'REFUSED'
  if (status >= 200) return 'UNREADABLE'
  return error instanceof Error && error.name === 'AbortError' ? 'TIMED_OUT' : 'UNREACHABLE'
}

/** langchain takes over a second to load: only who uses it waits, and the server loads it ahead when a model is set up. */
export async function loadLlm(): Promise<{ readonly ChatOpenAI: typeof ChatOpenAI }> {
  return import('@langchain/openai')
}

async function callOnce(
  prompt: LlmTrace['prompt'],
  settings: LlmSettings,
  deps: LlmDeps,
  stop: AbortSignal,
  seen: Seen,
): Promise<{ text: string; tokensIn: number; tokensOut: number }> {
  const { explain } = deps
  const { ChatOpenAI: Chat } = await loadLlm()
  const limited: typeof fetch = async (input, init) => {
    const response = await deps.fetch(input, { ...init, signal: stop, redirect: 'error' })
    seen.status = response.status
    const { status, headers } = response
    if (explain !== undefined && response.ok && response.body !== null) {
      const events = /event-stream/i.test(headers.get('content-type') ?? '')
      const body = events
        ? limitedStream(response.body, stop, seen)
        : asEvents(await readLimited(response, stop, seen))
      return new Response(body, { status, headers: { 'content-type': 'text/event-stream' } })
    }
    return new Response(await readLimited(response, stop, seen), { status, headers })
  }
  const model = new Chat({
    model: settings.model,
    apiKey: settings.key,
    temperature: 0,
    maxTokens: settings.maxReplyTokens,
    // retries and time-outs are ours: one deadline over everything
    maxRetries: 0,
    timeout: settings.timeoutMs,
    configuration: { baseURL: settings.url, fetch: limited },
  })
  const messages = [
    { role: 'system', content: prompt.system },
    { role: 'user', content: prompt.user },
  ]
  const count = (given: number | undefined, characters: number): number =>
    given !== undefined && Number.isFinite(given) && given >= 0
      ? Math.min(given, 10_000_000)
      : Math.ceil(characters / 3)
  const promptSize = prompt.system.length + prompt.user.length
  if (explain !== undefined) {
    let text = ''
    let said = ''
    let usage: Usage | undefined
    const pieces = await model.stream(messages, {
      signal: stop,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'intent', strict: true, schema: answerSchema },
      },
    })
    for await (const piece of pieces) {
      text += textOf(piece.content)
      usage = piece.usage_metadata ?? usage
      const now = explanationSoFar(text)
      if (now.length > said.length) explain((said = now))
    }
    stop.throwIfAborted()
    return {
      text,
      tokensIn: count(usage?.input_tokens, promptSize),
      tokensOut: count(usage?.output_tokens, text.length),
    }
  }
  const structured = model.withStructuredOutput(answerSchema, {
    method: 'jsonSchema',
    includeRaw: true,
    strict: true,
  })
  const aborted = new Promise<never>((_resolve, reject) => {
    stop.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')), {
      once: true,
    })
  })
  const { raw } = await Promise.race([structured.invoke(messages, { signal: stop }), aborted])
  const usage = (raw as { usage_metadata?: Usage }).usage_metadata
  const text = textOf(raw.content)
  return {
    text,
    tokensIn: count(usage?.input_tokens, promptSize),
    tokensOut: count(usage?.output_tokens, text.length),
  }
}

interface Usage {
  readonly input_tokens?: number
  readonly output_tokens?: number
}

function textOf(content: string | readonly object[]): string {
  return typeof content === 'string'
    ? content
    : content
        .map((part) => ('text' in part && typeof part.text === 'string' ? part.text : ''))
        .join('')
}

/** A server that knows no streaming answers at once: its answer as one event. What is no completion stays as it is. */
function asEvents(body: string): string {
  try {
    const answer = JSON.parse(body) as {
      id?: string
      model?: string
      choices?: { message?: { content?: string | null } }[]
      usage?: object
    }
    const content = answer.choices?.[0]?.message?.content
    const head = { id: answer.id, object: 'chat.completion.chunk', created: 0, model: answer.model }
    const chunk = {
      ...head,
      choices: [{ index: 0, delta: { role: 'assistant', content: content ?? '' } }],
    }
    const usage = { ...head, choices: [], usage: answer.usage }
    return `data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(usage)}\n\ndata: [DONE]\n\n`
  } catch {
    return 'data: [DONE]\n\n'
  }
}

/** The events as they come, ended with an error once there are more than of any honest answer. */
function limitedStream(
  body: ReadableStream<Uint8Array>,
  stop: AbortSignal,
  seen: Seen,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let size = 0
  return new ReadableStream({
    async pull(controller) {
      stop.throwIfAborted()
      const { done, value } = await reader.read().catch((error: unknown) => {
        seen.cut = true
        throw error
      })
      if (done) {
        controller.close()
        return
      }
      size += value.byteLength
      if (size > maxStreamBytes) {
        seen.tooLarge = true
        await reader.cancel().catch(() => undefined)
        throw new Error('the reply is too large')
      }
      controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** The body, cut off with an error once it is larger than any honest answer. */
async function readLimited(
  response: Response,
  stop: AbortSignal,
  seen: { tooLarge: boolean },
): Promise<string> {
  if (response.body === null) return ''
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let size = 0
  let text = ''
  for (;;) {
    stop.throwIfAborted()
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxReplyBytes) {
      seen.tooLarge = true
      await reader.cancel().catch(() => undefined)
      throw new Error('the reply is too large')
    }
    text += decoder.decode(value, { stream: true })
  }
}

function pause(milliseconds: number, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      stop.removeEventListener('abort', onAbort)
      resolve(true)
    }, milliseconds)
    stop.addEventListener('abort', onAbort, { once: true })
  })
}
