import { createHash } from 'node:crypto'
import { z } from 'zod'
import { worstCost, type LlmSettings } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Db } from '../db/pool.ts'

/** Asks a vision model about a picture, within the caps and the breaker that hold for the language model. */
export interface Captioner {
  readonly model: string
  /**
   * @param picture bytes of a JPEG, PNG or WebP
   * @throws DomainError BUDGET_EXCEEDED at the day's cap, UNAVAILABLE while the breaker is open or when it does not answer
   */
  ask(
    viewer: Viewer,
    input: { system: string; question: string; picture: Buffer; mime: string },
  ): Promise<string>
}

const replySchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
  usage: z
    .object({
      prompt_tokens: z.number().nonnegative(),
      completion_tokens: z.number().nonnegative(),
    })
    .optional(),
})

// What servers count for a picture of 512 pixels is 85 to 1,100 tokens.
const pictureTokens = 1_200
const largestReply = 64 * 1024
const breakerAfter = 3
const breakerMs = 60_000

const dayOf = (now: Date): Date => new Date(now.toISOString().slice(0, 10))

/** Composes the captioner of an OpenAI-compatible endpoint. */
export function createCaptioner(deps: {
  db: Db
  settings: LlmSettings
  fetch: typeof fetch
  now(): Date
  newId(): Id
}): Captioner {
  const { db, settings } = deps
  // A breaker of its own: a captioner that fails must not silence the reading of goals.
  const breakerName = `captioner ${settings.model}`

  async function breaker(): Promise<{ failures: number; openUntil: number }> {
    const row = await db
      .selectFrom('llm_breaker')
      .select(['failures', 'open_until'])
      .where('model', '=', breakerName)
      .executeTakeFirst()
    return { failures: row?.failures ?? 0, openUntil: row?.open_until?.getTime() ?? 0 }
  }

  async function note(failed: boolean, before: number): Promise<void> {
    if (!failed && before === 0) return
    const failures = failed ? before + 1 : 0
    const row = {
      failures,
      open_until: failures >= breakerAfter ? new Date(deps.now().getTime() + breakerMs) : null,
    }
    await db
      .insertInto('llm_breaker')
      .values({ model: breakerName, ...row })
      .onConflict((conflict) => conflict.column('model').doUpdateSet(row))
      .execute()
  }

  /** Reserves the most that the call may cost before it is made: two at once cannot pass the cap together. */
  async function reserve(
    viewer: Viewer,
    told: { system: string; question: string; sha256: string },
  ) {
    const characters = told.system.length + told.question.length + pictureTokens
    const worst = worstCost(settings, characters)
    const id = deps.newId()
    const left = await db.transaction().execute(async (trx) => {
      await trx.selectFrom('person').select('id').where('id', '=', viewer.id).forUpdate().execute()
      const spent = await trx
        .selectFrom('llm_call')
        .select(({ fn }) => [fn.sum('tokens').as('tokens'), fn.sum('money').as('money')])
        .where('person_id', '=', viewer.id)
        .where('created_at', '>=', dayOf(deps.now()))
        .executeTakeFirst()
      if (
        Number(spent?.tokens ?? 0) + worst.tokens > settings.dailyTokens ||
        Number(spent?.money ?? 0) + worst.money > settings.dailyMoney
      )
        return false
      await trx
        .insertInto('llm_call')
        .values({
          id,
          person_id: viewer.id,
          model: settings.model,
          prompt_hash: createHash('sha256').update(JSON.stringify(told)).digest('hex'),
          // The picture itself stays in the store; its hash says which it was.
          prompt: JSON.stringify(told),
          outcome: 'RUNNING',
          tokens: worst.tokens,
          money: worst.money,
          created_at: deps.now(),
        })
        .execute()
      return true
    })
    if (!left)
      throw new DomainError(
        'BUDGET_EXCEEDED',
        'Your share of the vision model for today is used up: go on tomorrow, or write the captions by hand.',
      )
    return id
  }

  async function call(
    system: string,
    question: string,
    image: string,
  ): Promise<z.infer<typeof replySchema>> {
    const response = await deps.fetch(`${settings.url}/chat/completions`, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(settings.timeoutMs),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${settings.key}` },
      body: JSON.stringify({
        model: settings.model,
        temperature: 0,
        max_tokens: settings.maxReplyTokens,
        messages: [
          { role: 'system', content: system },
          {
            role: 'user',
            content: [
              { type: 'text', text: question },
              { type: 'image_url', image_url: { url: image } },
            ],
          },
        ],
      }),
    })
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > largestReply) throw new Error('the reply is too long')
      chunks.push(chunk)
    }
    return replySchema.parse(JSON.parse(Buffer.concat(chunks).toString()))
  }

  return {
    model: settings.model,
    async ask(viewer, { system, question, picture, mime }) {
      const { failures, openUntil } = await breaker()
      if (openUntil > deps.now().getTime())
        throw new DomainError(
          'UNAVAILABLE',
          'The vision model failed several times: it is asked again in a minute.',
        )
      const sha256 = createHash('sha256').update(picture).digest('hex')
      const id = await reserve(viewer, { system, question, sha256 })
      const begun = performance.now()
      const close = (row: {
        outcome: string
        tokens: number
        money: number
        reply: string | null
      }) =>
        db
          .updateTable('llm_call')
          .set({ ...row, attempts: 1, milliseconds: Math.round(performance.now() - begun) })
          .where('id', '=', id)
          .execute()
      try {
        const data = `data:${mime};base64,${picture.toString('base64')}`
        const { choices, usage } = await call(system, question, data)
        const text = choices[0]!.message.content ?? ''
        const [tokensIn, tokensOut] = [usage?.prompt_tokens ?? 0, usage?.completion_tokens ?? 0]
        await close({
          outcome: 'OK',
          reply: text.replaceAll('\u0000', ''),
          tokens: Math.min(2 ** 31 - 1, Math.round(tokensIn + tokensOut)),
          money: (tokensIn * settings.priceIn + tokensOut * settings.priceOut) / 1e6,
        })
        await note(false, failures)
        return text
      } catch {
        await close({ outcome: 'FAILED', reply: null, tokens: 0, money: 0 })
        await note(true, failures)
        throw new DomainError(
          'UNAVAILABLE',
          `The vision model ${settings.model} did not answer as it should: try again, or write the captions by hand.`,
        )
      }
    },
  }
}
