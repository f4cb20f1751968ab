import { createHash } from 'node:crypto'
import { z } from 'zod'
import { worstCost, type LlmSettings } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { LlmLedger } from '../llm/llm-ledger.ts'

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

/** Composes the captioner of an OpenAI-compatible endpoint. */
export function createCaptioner(deps: {
  ledger: LlmLedger
  settings: LlmSettings
  fetch: typeof fetch
  now(): Date
}): Captioner {
  const { settings, ledger } = deps
  // A breaker of its own: a captioner that fails must not silence the reading of goals.
  const breakerName = `captioner ${settings.model}`

  /** Reserves the most that the call may cost before it is made: two at once cannot pass the cap together. */
  async function reserve(
    viewer: Viewer,
    told: { system: string; question: string; sha256: string },
  ): Promise<string> {
    const characters = told.system.length + told.question.length + pictureTokens
    // The picture itself stays in the store; its hash says which it was.
    const reserved = await ledger.reserve(viewer, settings, worstCost(settings, characters), {
      promptHash: createHash('sha256').update(JSON.stringify(told)).digest('hex'),
      prompt: told,
    })
    if (reserved === null)
      throw new DomainError(
        'BUDGET_EXCEEDED',
        'Your share of the vision model for today is used up: go on tomorrow, or write the captions by hand.',
      )
    return reserved.id
  }

  async function note(failed: boolean, before: number): Promise<void> {
    if (!failed && before === 0) return
    const failures = failed ? before + 1 : 0
    const openUntil = failures >= breakerAfter ? deps.now().getTime() + breakerMs : 0
    await ledger.setBreaker(breakerName, { failures, openUntil })
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
      const { failures, openUntil } = await ledger.breaker(breakerName)
      if (openUntil > deps.now().getTime())
        throw new DomainError(
          'UNAVAILABLE',
          'The vision model failed several times: it is asked again in a minute.',
        )
      const sha256 = createHash('sha256').update(picture).digest('hex')
      const id = await reserve(viewer, { system, question, sha256 })
      const begun = performance.now()
      const close = (outcome: string, reply: string | null, tokens: number, money: number) =>
        ledger.close(id, {
          outcome,
          reply,
          tokens,
          money,
          attempts: 1,
          milliseconds: performance.now() - begun,
        })
      try {
        const data = `data:${mime};base64,${picture.toString('base64')}`
        const { choices, usage } = await call(system, question, data)
        const text = choices[0]!.message.content ?? ''
        const [tokensIn, tokensOut] = [usage?.prompt_tokens ?? 0, usage?.completion_tokens ?? 0]
        const money = (tokensIn * settings.priceIn + tokensOut * settings.priceOut) / 1e6
        await close('OK', text, tokensIn + tokensOut, money)
        await note(false, failures)
        return text
      } catch {
        await close('FAILED', null, 0, 0)
        await note(true, failures)
        throw new DomainError(
          'UNAVAILABLE',
          `The vision model ${settings.model} did not answer as it should: try again, or write the captions by hand.`,
        )
      }
    },
  }
}
