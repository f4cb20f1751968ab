import type { LlmSettings } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { llmChangeSchema } from '#schema/domain/llm-setting.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { LlmSettingsPort } from '#schema/ports/llm-setting.ts'
import type { Audit } from '../audit/audit.ts'
import type { Db } from '../db/pool.ts'

export interface LlmSettingsDeps {
  readonly db: Db
  /** Of the environment; null: it names no server. */
  readonly settings: LlmSettings | null
  readonly audit: Audit
  now(): Date
}

/**
 * The environment's settings under those of administrators. The server's address and key are the environment's alone: a key
 * never goes to an address that somebody typed into a page.
 */
export function createLlmSettings(
  deps: LlmSettingsDeps,
): LlmSettingsPort & { current(): Promise<LlmSettings | null> } {
  const { db, settings } = deps

  async function stored() {
    return db.selectFrom('llm_setting').selectAll().executeTakeFirst()
  }

  async function current(): Promise<LlmSettings | null> {
    if (settings === null) return null
    const row = await stored()
    if (row === undefined) return settings
    if (!row.enabled) return null
    return {
      ...settings,
      model: row.model ?? settings.model,
      timeoutMs: row.timeout_ms ?? settings.timeoutMs,
      dailyTokens: row.daily_tokens ?? settings.dailyTokens,
      dailyMoney: row.daily_money ?? settings.dailyMoney,
      priceIn: row.price_in ?? settings.priceIn,
      priceOut: row.price_out ?? settings.priceOut,
    }
  }

  function requireAdministrator(viewer: Viewer): void {
    if (viewer.role !== 'administrator')
      throw new DomainError('FORBIDDEN', 'Only an administrator sets the language model.')
  }

  async function get(viewer: Viewer) {
    requireAdministrator(viewer)
    const row = await stored()
    const now = {
      model: row?.model ?? settings?.model ?? null,
      timeoutSeconds: (row?.timeout_ms ?? settings?.timeoutMs ?? 0) / 1000,
      dailyTokens: row?.daily_tokens ?? settings?.dailyTokens ?? 0,
      dailyMoney: row?.daily_money ?? settings?.dailyMoney ?? 0,
      priceIn: row?.price_in ?? settings?.priceIn ?? 0,
      priceOut: row?.price_out ?? settings?.priceOut ?? 0,
    }
    return {
      available: settings !== null,
      enabled: settings !== null && (row?.enabled ?? true),
      host: settings === null ? null : new URL(settings.url).host,
      ...now,
    }
  }

  return {
    current,
    get,
    async set(viewer, change) {
      requireAdministrator(viewer)
      const parsed = llmChangeSchema.safeParse(change)
      if (!parsed.success) {
        const [issue] = parsed.error.issues
        const field = issue?.path.join('.') ?? 'input'
        throw new DomainError('BAD_INPUT', `${field}: ${issue?.message ?? 'does not fit'}.`, {
          field,
        })
      }
      if (settings === null && parsed.data.enabled)
        throw new DomainError(
          'BAD_INPUT',
          'enabled: the environment names no server; set AUTODIDACT_LLM_URL and AUTODIDACT_LLM_MODEL first.',
          { field: 'enabled' },
        )
      const { timeoutSeconds, dailyTokens, dailyMoney, priceIn, priceOut, ...rest } = parsed.data
      const row = {
        ...rest,
        timeout_ms: timeoutSeconds === null ? null : Math.round(timeoutSeconds * 1000),
        daily_tokens: dailyTokens,
        daily_money: dailyMoney,
        price_in: priceIn,
        price_out: priceOut,
        changed_at: deps.now(),
      }
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('llm_setting')
          .values({ id: true, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute()
        await deps.audit(trx, {
          viewer,
          projectId: null,
          action: 'llmSettingsSet',
          subject: 'language model',
          body: parsed.data,
        })
      })
      return get(viewer)
    },
  }
}
