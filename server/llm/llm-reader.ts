import { createHash } from 'node:crypto'
import {
  loadLlm,
  promptFor,
  readByGrammar,
  readByLlm,
  readReply,
  worstCost,
  type BreakerState,
  type LlmSettings,
  type ReadContext,
} from '#intelligence/index.ts'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { RefinedReading } from '#schema/domain/reading.ts'
import type { Db, Trx } from '../db/pool.ts'

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

const dayOf = (now: Date): Date => {
  const day = new Date(now)
  day.setUTCHours(0, 0, 0, 0)
  return day
}

/** Composes the reader; without settings every reading is the grammar's and says so. */
export function createLlmReader(deps: LlmReaderDeps): LlmReader {
  const { db } = deps
  // over a second of loading: not while the first person waits
  if (deps.available) setTimeout(() => void loadLlm().catch(() => undefined), 0).unref()

  const hashOf = (settings: LlmSettings, goal: string, context: ReadContext): string =>
    createHash('sha256')
      .update(canonicalJson([settings.model, { ...promptFor(goal, context) }]))
      .digest('hex')

  async function spentToday(trx: Db | Trx, person: Id): Promise<{ tokens: number; money: number }> {
    const row = await trx
      .selectFrom('llm_call')
      .select(({ fn }) => [fn.sum('tokens').as('tokens'), fn.sum('money').as('money')])
      .where('person_id', '=', person)
      .where('created_at', '>=', dayOf(deps.now()))
      .executeTakeFirst()
    return { tokens: Number(row?.tokens ?? 0), money: Number(row?.money ?? 0) }
  }

  async function breakerNow(model: string): Promise<BreakerState> {
    const row = await db
      .selectFrom('llm_breaker')
      .select(['failures', 'open_until'])
      .where('model', '=', model)
      .executeTakeFirst()
    return { failures: row?.failures ?? 0, openUntil: row?.open_until?.getTime() ?? 0 }
  }

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
      const breaker = await breakerNow(settings.model)
      if (breaker.openUntil > deps.now().getTime())
        return readByGrammar(goal, context, 'BREAKER_OPEN')
      const id = deps.newId()
      const reserved = await db.transaction().execute(async (trx) => {
        // the person's row is the lock: what is reserved is counted before the next one looks
        await trx
          .selectFrom('person')
          .select('id')
          .where('id', '=', viewer.id)
          .forUpdate()
          .execute()
        const spent = await spentToday(trx, viewer.id)
        if (
          spent.tokens + worst.tokens > settings.dailyTokens ||
          spent.money + worst.money > settings.dailyMoney
        )
          return null
        await trx
          .insertInto('llm_call')
          .values({
            id,
            person_id: viewer.id,
            model: settings.model,
            prompt_hash: hashOf(settings, goal, context),
            prompt: JSON.stringify(prompt),
            outcome: 'RUNNING',
            tokens: worst.tokens,
            money: worst.money,
            created_at: deps.now(),
          })
          .execute()
        return spent
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
        { breaker, spentTokens: reserved.tokens, spentMoney: reserved.money },
        { now: () => deps.now().getTime(), random: Math.random, fetch: deps.fetch },
      )
      await db
        .updateTable('llm_call')
        .set({
          // a null character cannot stand in a text of Postgres
          reply: trace?.reply?.replaceAll('\u0000', '') ?? null,
          outcome: trace?.outcome ?? reading.fallback ?? 'OK',
          tokens: trace === null ? 0 : Math.min(2 ** 31 - 1, trace.tokensIn + trace.tokensOut),
          money: trace?.money ?? 0,
          attempts: trace?.attempts ?? 0,
          milliseconds: Math.round(trace?.milliseconds ?? 0),
        })
        .where('id', '=', id)
        .execute()
      if (after.failures !== breaker.failures || after.openUntil !== breaker.openUntil) {
        const row = {
          failures: after.failures,
          open_until: after.openUntil === 0 ? null : new Date(after.openUntil),
        }
        await db
          .insertInto('llm_breaker')
          .values({ model: settings.model, ...row })
          .onConflict((conflict) => conflict.column('model').doUpdateSet(row))
          .execute()
      }
      return reading
    },
  }
}
