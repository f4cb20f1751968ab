import { createHash } from 'node:crypto'
import {
  loadLlm,
  promptFor,
  readByGrammar,
  readByLlm,
  readReply,
  worstCost,
  type LlmSettings,
  type ReadContext,
} from '#intelligence/index.ts'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { RefinedReading } from '#schema/domain/reading.ts'
import type { Db } from '../db/pool.ts'
import { createLlmLedger, dayOf } from './llm-ledger.ts'

export interface LlmReaderDeps {
  readonly db: Db
  /** Whether the environment names a server at all. */
  readonly available: boolean
  /** What holds now, the administrators' settings over the environment's; null: no model is asked. */
  settings(): Promise<LlmSettings | null>
  readonly fetch: typeof fetch
  now(): Date
  newId(): Id
}

/** Reads goals with a language model's help, and keeps what intelligence must not: calls, caps, the breaker. */
export interface LlmReader {
  /** Calls the model unless this person has an answer to the same question from today. */
  read(viewer: Viewer, goal: string, context: ReadContext): Promise<RefinedReading>
  /** The reading by an answer that is already there; null without one. Costs nothing. */
  known(viewer: Viewer, goal: string, context: ReadContext): Promise<RefinedReading | null>
}

/** Composes the reader; without settings every reading is the grammar's and says so. */
export function createLlmReader(deps: LlmReaderDeps): LlmReader {
  const { db } = deps
  const ledger = createLlmLedger(deps)
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

  return {
    known,
    async read(viewer, goal, context) {
      const settings = await deps.settings()
      if (settings === null) return readByGrammar(goal, context, 'OFF')
      const before = await known(viewer, goal, context)
      if (before !== null) return before
      const prompt = promptFor(goal, context)
      const worst = worstCost(settings, prompt.system.length + prompt.user.length)
      const breaker = await ledger.breaker(settings.model)
      if (breaker.openUntil > deps.now().getTime())
        return readByGrammar(goal, context, 'BREAKER_OPEN')
      const reserved = await ledger.reserve(viewer, settings, worst, {
        promptHash: hashOf(settings, goal, context),
        prompt,
      })
      if (reserved === null) return readByGrammar(goal, context, 'CAP_REACHED')
      const {
        reading,
        trace,
        breaker: after,
      } = await readByLlm(
        goal,
        context,
        settings,
        { breaker, spentTokens: reserved.spent.tokens, spentMoney: reserved.spent.money },
        { now: () => deps.now().getTime(), random: Math.random, fetch: deps.fetch },
      )
      await ledger.close(reserved.id, {
        outcome: trace?.outcome ?? reading.fallback ?? 'OK',
        reply: trace?.reply ?? null,
        tokens: trace === null ? 0 : trace.tokensIn + trace.tokensOut,
        money: trace?.money ?? 0,
        attempts: trace?.attempts ?? 0,
        milliseconds: trace?.milliseconds ?? 0,
      })
      if (after.failures !== breaker.failures || after.openUntil !== breaker.openUntil)
        await ledger.setBreaker(settings.model, after)
      return reading
    },
  }
}
