import { createHash } from 'node:crypto'
import {
  loadLlm,
  promptFor,
  readByGrammar,
  readByLlm,
  readReply,
  worstCost,
  type BreakerState,
  type LlmResult,
  type LlmSettings,
  type ReadContext,
} from '#intelligence/index.ts'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { ReadingStep, RefinedReading } from '#schema/domain/reading.ts'
import type { LlmProbe } from '#schema/domain/llm-setting.ts'
import type { Db } from '../db/pool.ts'
import { dayOf, type LlmLedger } from './llm-ledger.ts'

export interface LlmReaderDeps {
  readonly db: Db
  readonly ledger: LlmLedger
  /** Whether the environment names a server at all. */
  readonly available: boolean
  /** What holds now, the administrators' settings over the environment's; null: no model is asked. */
  settings(): Promise<LlmSettings | null>
  readonly fetch: typeof fetch
  now(): Date
}

/** Reads goals with a language model's help, and keeps what intelligence must not: calls, caps, the breaker. */
export interface LlmReader {
  /** Calls the model unless this person has an answer to the same question from today. */
  read(
    viewer: Viewer,
    goal: string,
    context: ReadContext,
    explain?: (explanation: string) => void,
  ): Promise<RefinedReading>
  /**
   * The same, step by step: the grammar's explanation at once, the model's as it comes, the reading at the end. A call goes on when
   * the listener leaves: it is paid for, and its answer is kept.
   */
  follow(
    viewer: Viewer,
    goal: string,
    context: ReadContext,
    signal: AbortSignal,
  ): AsyncGenerator<ReadingStep, void>
  /** One call past cache and breaker, which closes the breaker when it succeeds; counts against the caller's day. */
  probe(viewer: Viewer, goal: string | null): Promise<LlmProbe>
  /** The reading by an answer that is already there; null without one. Costs nothing. */
  known(viewer: Viewer, goal: string, context: ReadContext): Promise<RefinedReading | null>
}

/** Composes the reader; without settings every reading is the grammar's and says so. */
export function createLlmReader(deps: LlmReaderDeps): LlmReader {
  const { db, ledger } = deps
  // over a second of loading: not while the first person waits
  if (deps.available) setTimeout(() => void loadLlm().catch(() => undefined), 0).unref()

  const hashOf = (settings: LlmSettings, goal: string, context: ReadContext): string =>
    createHash('sha256')
      .update(canonicalJson([settings.model, { ...promptFor(goal, context) }]))
      .digest('hex')

  async function keptReply(viewer: Viewer, hash: string): Promise<string | null> {
    const row = await db
      .selectFrom('llm_call')
      .select('reply')
      .where('prompt_hash', '=', hash)
      .where('person_id', '=', viewer.id)
      .where('outcome', '=', 'OK')
      .where('created_at', '>=', dayOf(deps.now()))
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.reply ?? null
  }

  async function known(
    viewer: Viewer,
    goal: string,
    context: ReadContext,
  ): Promise<RefinedReading | null> {
    const settings = await deps.settings()
    if (settings === null) return null
    const reply = await keptReply(viewer, hashOf(settings, goal, context))
    return reply === null ? null : readReply(goal, context, reply)
  }

  /** One call, counted: null at the caller's cap. */
  async function call(
    viewer: Viewer,
    goal: string,
    context: ReadContext,
    settings: LlmSettings,
    /** Null: a probe, whose failure leaves the breaker as it is. */
    breaker: BreakerState | null,
    explain?: (explanation: string) => void,
  ): Promise<LlmResult | null> {
    const prompt = promptFor(goal, context)
    const worst = worstCost(settings, prompt.system.length + prompt.user.length)
    const reserved = await ledger.reserve(viewer, settings, worst, {
      promptHash: hashOf(settings, goal, context),
      prompt,
    })
    if (reserved === null) {
      if (breaker !== null) await ledger.settle(settings.model, 'neither')
      return null
    }
    const result = await readByLlm(
      goal,
      context,
      settings,
      {
        breaker: breaker ?? { failures: 0, openUntil: 0 },
        spentTokens: reserved.spent.tokens,
        spentMoney: reserved.spent.money,
      },
      {
        now: () => deps.now().getTime(),
        random: Math.random,
        fetch: deps.fetch,
        ...(explain === undefined ? {} : { explain }),
      },
    )
    const { reading, trace } = result
    await ledger.close(reserved.id, {
      outcome: trace?.outcome ?? reading.fallback ?? 'OK',
      reply: trace?.reply ?? null,
      tokens: trace === null ? 0 : trace.tokensIn + trace.tokensOut,
      money: trace?.money ?? 0,
      attempts: trace?.attempts ?? 0,
      milliseconds: trace?.milliseconds ?? 0,
    })
    if (breaker !== null)
      await ledger.settle(
        settings.model,
        trace?.outcome === 'OK'
          ? 'ok'
          : trace === null || trace.outcome === 'RATE_LIMITED'
            ? 'neither'
            : 'failed',
      )
    return result
  }

  async function read(
    viewer: Viewer,
    goal: string,
    context: ReadContext,
    explain?: (explanation: string) => void,
  ): Promise<RefinedReading> {
    const settings = await deps.settings()
    if (settings === null) return readByGrammar(goal, context, 'OFF')
    const before = await known(viewer, goal, context)
    if (before !== null) return before
    const breaker = await ledger.admit(settings.model, settings.timeoutMs + 5_000)
    if (breaker === null) return readByGrammar(goal, context, 'BREAKER_OPEN')
    const result = await call(viewer, goal, context, settings, breaker, explain)
    return result?.reading ?? readByGrammar(goal, context, 'CAP_REACHED')
  }

  return {
    known,
    read,
    async *follow(viewer, goal, context, signal) {
      const { explanation } = readByGrammar(goal, context, 'OFF')
      yield { reader: 'grammar', explanation, reading: null }
      let heard = ''
      let told = ''
      let wake: () => void = () => undefined
      let reading: RefinedReading | null = null
      let failed: unknown = null
      const stir = (): void => wake()
      void read(viewer, goal, context, (text) => {
        heard = text
        stir()
      })
        .then((done) => (reading = done))
        .catch((error: unknown) => (failed = error))
        .finally(stir)
      signal.addEventListener('abort', stir)
      try {
        for (;;) {
          if (signal.aborted) return
          if (failed !== null) throw failed as Error
          if (reading !== null) break
          if (heard !== told) {
            told = heard
            yield { reader: 'llm', explanation: told, reading: null }
            // newest wins: what came meanwhile is told together
            await new Promise((done) => setTimeout(done, tellEveryMs))
            continue
          }
          await new Promise<void>((done) => (wake = done))
        }
      } finally {
        signal.removeEventListener('abort', stir)
      }
      const done: RefinedReading = reading
      yield { reader: done.reader, explanation: done.explanation, reading: done }
    },
    async probe(viewer, goal) {
      const settings = await deps.settings()
      if (settings === null) return { outcome: 'OFF', milliseconds: 0, tokens: 0, money: 0 }
      const result = await call(viewer, goal ?? 'train a LoRA of my cat Fluffy', {}, settings, null)
      if (result?.trace == null)
        return { outcome: 'CAP_REACHED', milliseconds: 0, tokens: 0, money: 0 }
      const { outcome, milliseconds, tokensIn, tokensOut, money } = result.trace
      if (outcome === 'OK') await ledger.settle(settings.model, 'ok')
      return { outcome, milliseconds, tokens: tokensIn + tokensOut, money }
    },
  }
}

const tellEveryMs = 50
