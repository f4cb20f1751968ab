import type { BreakerState, LlmSettings } from '#intelligence/index.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Db, Trx } from '../db/pool.ts'

interface Cost {
  readonly tokens: number
  readonly money: number
}

/** What models are asked and cost, each person's cap a day, and the breaker of each model. */
export interface LlmLedger {
  /** Sets the most that a call may cost aside before it is made; null at the day's cap. */
  reserve(
    viewer: Viewer,
    settings: LlmSettings,
    worst: Cost,
    call: { readonly promptHash: string; readonly prompt: object },
  ): Promise<{ readonly id: string; readonly spent: Cost } | null>
  /** What the call came to, in the place of what was set aside. */
  close(
    id: string,
    call: Cost & {
      readonly outcome: string
      readonly reply: string | null
      readonly attempts: number
      readonly milliseconds: number
    },
  ): Promise<void>
  breaker(name: string): Promise<BreakerState>
  setBreaker(name: string, state: BreakerState): Promise<void>
  /** Closes it: the model is asked again. Part of a change that is recorded. */
  resetBreaker(trx: Trx, name: string): Promise<void>
  /** Who asked today (UTC), those who spent most first. */
  today(): Promise<PersonToday[]>
}

interface PersonToday extends Cost {
  readonly name: string
  readonly calls: number
  readonly failed: number
}

/** Midnight (UTC), from which a person's day of calls counts. */
export function dayOf(now: Date): Date {
  const day = new Date(now)
  day.setUTCHours(0, 0, 0, 0)
  return day
}

export function createLlmLedger(deps: { db: Db; now(): Date; newId(): Id }): LlmLedger {
  const { db } = deps
  return {
    async reserve(viewer, settings, worst, call) {
      const id = deps.newId()
      return db.transaction().execute(async (trx) => {
        // The person's row is the lock: what is reserved is counted before the next one looks.
        await trx
          .selectFrom('person')
          .select('id')
          .where('id', '=', viewer.id)
          .forUpdate()
          .execute()
        const row = await trx
          .selectFrom('llm_call')
          .select(({ fn }) => [fn.sum('tokens').as('tokens'), fn.sum('money').as('money')])
          .where('person_id', '=', viewer.id)
          .where('created_at', '>=', dayOf(deps.now()))
          .executeTakeFirst()
        const spent = { tokens: Number(row?.tokens ?? 0), money: Number(row?.money ?? 0) }
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
            prompt_hash: call.promptHash,
            prompt: JSON.stringify(call.prompt),
            outcome: 'RUNNING',
            tokens: worst.tokens,
            money: worst.money,
            created_at: deps.now(),
          })
          .execute()
        return { id, spent }
      })
    },
    async close(id, { outcome, reply, tokens, money, attempts, milliseconds }) {
      await db
        .updateTable('llm_call')
        .set({
          outcome,
          // A null character cannot stand in a text of Postgres.
          reply: reply?.replaceAll('\u0000', '') ?? null,
          tokens: Math.min(2 ** 31 - 1, Math.round(tokens)),
          money,
          attempts,
          milliseconds: Math.round(milliseconds),
        })
        .where('id', '=', id)
        .execute()
    },
    async breaker(name) {
      const row = await db
        .selectFrom('llm_breaker')
        .select(['failures', 'open_until'])
        .where('model', '=', name)
        .executeTakeFirst()
      return { failures: row?.failures ?? 0, openUntil: row?.open_until?.getTime() ?? 0 }
    },
    async setBreaker(name, { failures, openUntil }) {
      const row = { failures, open_until: openUntil === 0 ? null : new Date(openUntil) }
      await db
        .insertInto('llm_breaker')
        .values({ model: name, ...row })
        .onConflict((conflict) => conflict.column('model').doUpdateSet(row))
        .execute()
    },
    async resetBreaker(trx, name) {
      await trx.deleteFrom('llm_breaker').where('model', '=', name).execute()
    },
    async today() {
      const rows = await db
        .selectFrom('llm_call')
        .innerJoin('person', 'person.id', 'llm_call.person_id')
        .select(({ fn, eb }) => [
          'person.id',
          'person.name',
          fn.countAll().as('calls'),
          fn
            .countAll()
            .filterWhere(eb('outcome', 'not in', ['OK', 'RUNNING']))
            .as('failed'),
          fn.sum('tokens').as('tokens'),
          fn.sum('money').as('money'),
        ])
        .where('llm_call.created_at', '>=', dayOf(deps.now()))
        .groupBy(['person.id', 'person.name'])
        .orderBy('tokens', 'desc')
        .orderBy('person.id')
        .execute()
      return rows.map((row) => ({
        name: row.name,
        calls: Number(row.calls),
        failed: Number(row.failed),
        tokens: Number(row.tokens),
        money: Number(row.money),
      }))
    },
  }
}
