import { sql } from 'kysely'
import { breakerRule, type BreakerState, type LlmSettings } from '#intelligence/index.ts'
import type { LlmCall } from '#schema/domain/llm-setting.ts'
import type { Page, Slice } from '#schema/ports/page.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { slice } from '../db/keyset.ts'
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
  /**
   * Whether the model may be asked: null while it is left alone. After that time one call is let through as a trial, and the rest
   * wait for what comes of it; a trial whose process died is over after `trialMs`.
   */
  admit(name: string, trialMs: number): Promise<BreakerState | null>
  /** What came of an admitted call, counted in one statement: calls at once lose no failure. */
  settle(name: string, came: 'ok' | 'failed' | 'neither'): Promise<void>
  setBreaker(name: string, state: BreakerState): Promise<void>
  /** Closes it: the model is asked again. Part of a change that is recorded. */
  resetBreaker(trx: Trx, name: string): Promise<void>
  /** What was asked and answered, newest first. */
  calls(page: Page): Promise<Slice<LlmCall>>
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
    async admit(name, trialMs) {
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('llm_breaker')
          .select(['failures', 'open_until'])
          .where('model', '=', name)
          .forUpdate()
          .executeTakeFirst()
        const now = deps.now().getTime()
        if (row?.open_until == null) return { failures: row?.failures ?? 0, openUntil: 0 }
        if (row.open_until.getTime() > now) return null
        await trx
          .updateTable('llm_breaker')
          .set({ open_until: new Date(now + trialMs) })
          .where('model', '=', name)
          .execute()
        return { failures: row.failures, openUntil: 0 }
      })
    },
    async settle(name, came) {
      if (came === 'ok') {
        await db
          .updateTable('llm_breaker')
          .set({ failures: 0, open_until: null })
          .where('model', '=', name)
          .execute()
        return
      }
      const until = new Date(deps.now().getTime() + breakerRule.milliseconds)
      if (came === 'neither') {
        // a trial that told nothing: closed it is not
        await db
          .updateTable('llm_breaker')
          .set({ open_until: until })
          .where('model', '=', name)
          .where('failures', '>=', breakerRule.after)
          .execute()
        return
      }
      await db
        .insertInto('llm_breaker')
        .values({ model: name, failures: 1, open_until: breakerRule.after <= 1 ? until : null })
        .onConflict((conflict) =>
          conflict.column('model').doUpdateSet((eb) => ({
            failures: eb('llm_breaker.failures', '+', 1),
            open_until: sql<Date | null>`case when llm_breaker.failures >= ${breakerRule.after - 1} then ${until}::timestamptz end`,
          })),
        )
        .execute()
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
    async calls({ first, after }) {
      let query = db
        .selectFrom('llm_call')
        .innerJoin('person', 'person.id', 'llm_call.person_id')
        .selectAll('llm_call')
        .select('person.name as person_name')
        .orderBy('llm_call.id', 'desc')
        .limit(first + 1)
      if (after !== null) query = query.where('llm_call.id', '<', after)
      const rows = await query.execute()
      return slice(
        rows.map((row): LlmCall => ({
          id: row.id,
          person: row.person_name,
          at: row.created_at,
          model: row.model,
          outcome: row.outcome,
          prompt: JSON.stringify(row.prompt),
          reply: row.reply,
          tokens: row.tokens,
          money: row.money,
          attempts: row.attempts,
          milliseconds: row.milliseconds,
        })),
        first,
      )
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
