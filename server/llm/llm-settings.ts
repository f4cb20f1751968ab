import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { LlmSettings } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { llmChangeSchema, type LlmProbe, type LlmState } from '#schema/domain/llm-setting.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { LlmSettingsPort } from '#schema/ports/llm-setting.ts'
import type { Audit } from '../audit/audit.ts'
import type { Db } from '../db/pool.ts'
import type { LlmLedger } from './llm-ledger.ts'

export interface LlmSettingsDeps {
  readonly db: Db
  /** Of the environment; null: it names no server. */
  readonly settings: LlmSettings | null
  /** Of this installation: stored keys are sealed with it. */
  readonly secret: string
  readonly audit: Audit
  readonly ledger: LlmLedger
  now(): Date
  probe(viewer: Viewer, goal: string | null): Promise<LlmProbe>
}

/** What holds for a server that administrators name where the environment names none. */
const usual = {
  timeoutMs: 15_000,
  maxReplyTokens: 1000,
  priceIn: 0,
  priceOut: 0,
  dailyTokens: 500_000,
  dailyMoney: 1,
}

/** A key under the installation's secret and the address that it belongs to: copied to another address it does not open. */
export function sealKey(key: string, url: string, secret: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealOf(url, secret), iv)
  const sealed = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Null when it was sealed elsewhere or for another address. */
export function openKey(sealed: string, url: string, secret: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealOf(url, secret), bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

const sealOf = (url: string, secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'autodidact', `llm-key:${url}`, 32))

/**
 * The environment's settings under those of administrators. The environment's key goes to the environment's address alone, and a
 * stored key to the address that it was typed with: no page can send a key elsewhere.
 */
export function createLlmSettings(
  deps: LlmSettingsDeps,
): LlmSettingsPort & { current(): Promise<LlmSettings | null> } {
  const { db, settings, secret, ledger } = deps

  async function stored() {
    return db.selectFrom('llm_setting').selectAll().executeTakeFirst()
  }
  type Row = NonNullable<Awaited<ReturnType<typeof stored>>>

  /** The server alone: whose address, whose key. */
  function serverOf(row: Row | undefined): LlmSettings | null {
    if (row?.url == null) return settings
    const key = row.key_sealed === null ? 'none' : openKey(row.key_sealed, row.url, secret)
    return {
      ...(settings ?? { ...usual, model: '' }),
      url: row.url,
      // sealed by another installation: the server will refuse, and the page says what to do
      key: key ?? 'none',
    }
  }

  async function current(): Promise<LlmSettings | null> {
    const row = await stored()
    const base = serverOf(row)
    if (base === null || row === undefined) return base
    const model = row.model ?? base.model
    if (!row.enabled || model === '') return null
    return {
      ...base,
      model,
      timeoutMs: row.timeout_ms ?? base.timeoutMs,
      dailyTokens: row.daily_tokens ?? base.dailyTokens,
      dailyMoney: row.daily_money ?? base.dailyMoney,
      priceIn: row.price_in ?? base.priceIn,
      priceOut: row.price_out ?? base.priceOut,
    }
  }

  function requireAdministrator(viewer: Viewer): void {
    if (viewer.role !== 'administrator')
      throw new DomainError('FORBIDDEN', 'Only an administrator sets the language model.')
  }

  async function get(viewer: Viewer) {
    requireAdministrator(viewer)
    const row = await stored()
    const base = serverOf(row)
    const model = row?.model ?? base?.model ?? ''
    // what would hold once a server is named
    const given = base ?? usual
    return {
      available: base !== null,
      enabled: base !== null && (row?.enabled ?? true),
      host: base === null ? null : new URL(base.url).host,
      url: row?.url ?? null,
      fromEnvironment: settings !== null,
      keyStored: row?.key_sealed != null,
      model: model === '' ? null : model,
      timeoutSeconds: (row?.timeout_ms ?? given.timeoutMs) / 1000,
      dailyTokens: row?.daily_tokens ?? given.dailyTokens,
      dailyMoney: row?.daily_money ?? given.dailyMoney,
      priceIn: row?.price_in ?? given.priceIn,
      priceOut: row?.price_out ?? given.priceOut,
    }
  }

  async function state(viewer: Viewer): Promise<LlmState> {
    requireAdministrator(viewer)
    const now = await current()
    const { failures, openUntil } =
      now === null ? { failures: 0, openUntil: 0 } : await ledger.breaker(now.model)
    const people = await ledger.today()
    const sum = (key: 'calls' | 'failed' | 'tokens' | 'money'): number =>
      people.reduce((total, person) => total + person[key], 0)
    return {
      failures,
      openUntil: openUntil > deps.now().getTime() ? new Date(openUntil) : null,
      calls: sum('calls'),
      failed: sum('failed'),
      tokens: sum('tokens'),
      money: sum('money'),
      people: people.slice(0, 10),
    }
  }

  return {
    current,
    get,
    state,
    async calls(viewer, page) {
      requireAdministrator(viewer)
      return ledger.calls(page)
    },
    async test(viewer, goal) {
      requireAdministrator(viewer)
      return deps.probe(viewer, goal)
    },
    async retry(viewer, model) {
      requireAdministrator(viewer)
      await db.transaction().execute(async (trx) => {
        await ledger.resetBreaker(trx, model)
        await deps.audit(trx, {
          viewer,
          projectId: null,
          action: 'llmRetry',
          subject: 'language model',
          body: { model },
        })
      })
      return state(viewer)
    },
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
      const refuse = (field: string, sentence: string): DomainError =>
        new DomainError('BAD_INPUT', sentence, { field })
      const { url, key, timeoutSeconds, dailyTokens, dailyMoney, priceIn, priceOut, ...rest } =
        parsed.data
      if (url !== null && /^(?:169\.254\.|\[fe80:)/i.test(new URL(url).hostname))
        throw refuse('url', 'url: a link-local address is no language model’s.')
      const before = await stored()
      if (url === null && key !== null && key !== '')
        throw refuse(
          'key',
          'key: the environment’s server takes the environment’s key; set an address beside it.',
        )
      if (url === null && settings === null && rest.enabled)
        throw refuse(
          'enabled',
          'enabled: no server is named; set an address here, or AUTODIDACT_LLM_URL and AUTODIDACT_LLM_MODEL in the environment.',
        )
      if (url !== null && rest.enabled && (rest.model ?? settings?.model ?? '') === '')
        throw refuse('model', 'model: say which model of this server is asked.')
      const same = before?.url != null && before.url === url
      if (url !== null && key === null && !same)
        throw refuse(
          'key',
          'key: a new address needs its own key; leave it empty where the server takes none.',
        )
      const key_sealed =
        url === null || key === ''
          ? null
          : key === null
            ? (before?.key_sealed ?? null)
            : sealKey(key, url, secret)
      const row = {
        ...rest,
        url,
        key_sealed,
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
        // another server or key may work where the one before failed
        const model = row.model ?? settings?.model
        if (model !== undefined) await ledger.resetBreaker(trx, model)
        await deps.audit(trx, {
          viewer,
          projectId: null,
          action: 'llmSettingsSet',
          subject: 'language model',
          // that a key was set is told, never the key
          body: { ...parsed.data, key: key === null ? 'kept' : key === '' ? 'none' : 'set' },
        })
      })
      return get(viewer)
    },
  }
}
