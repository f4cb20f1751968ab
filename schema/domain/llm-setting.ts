import { z } from 'zod'
import type { Id } from './id.ts'
import type { Fallback } from './reading.ts'

/** A key belongs in its own field: an address is shown. */
function isBare(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password, search, hash } = new URL(text)
  return username === '' && password === '' && search === '' && hash === ''
}

/** What an administrator may set of the language model; null takes the environment's value. */
export const llmChangeSchema = z.strictObject({
  enabled: z.boolean(),
  /** Null: the environment's server, with the environment's key. */
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .max(500)
    .refine(isBare, 'must have no name, password, query or fragment')
    .transform((url) => url.replace(/\/+$/, ''))
    .nullable(),
  /** Null keeps the one that is stored for the same address; empty: the server needs none. Never given back. */
  key: z
    .string()
    .max(1000)
    .regex(/^[\u0021-\u007e]*$/, 'must be printable characters without spaces')
    .nullable(),
  model: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._:@/+-]*$/u, 'must be the name of a model')
    .nullable(),
  timeoutSeconds: z.number().min(1).max(120).nullable(),
  dailyTokens: z.int().min(0).max(2_000_000_000).nullable(),
  dailyMoney: z.number().min(0).max(1e6).nullable(),
  priceIn: z.number().min(0).max(1e6).nullable(),
  priceOut: z.number().min(0).max(1e6).nullable(),
})
export type LlmChange = z.infer<typeof llmChangeSchema>

/** What holds now. */
export interface LlmSetting {
  /** Whether a server is named, by the environment or an administrator; without one nothing can be asked. */
  readonly available: boolean
  readonly enabled: boolean
  /** Host of the server, never its key. */
  readonly host: string | null
  /** The address that administrators have set; null: the environment's. */
  readonly url: string | null
  /** Whether the environment names a server. */
  readonly fromEnvironment: boolean
  /** Whether a key is stored for `url`; it is never shown. */
  readonly keyStored: boolean
  readonly model: string | null
  readonly timeoutSeconds: number
  readonly dailyTokens: number
  readonly dailyMoney: number
  readonly priceIn: number
  readonly priceOut: number
}

/** How the model does today: its breaker and what everybody spent. */
export interface LlmState {
  readonly failures: number
  /** Until when it is left alone; null: it is asked. */
  readonly openUntil: Date | null
  readonly calls: number
  readonly failed: number
  readonly tokens: number
  /** USD. */
  readonly money: number
  /** Those who spent most today, at most ten. */
  readonly people: readonly {
    readonly name: string
    readonly calls: number
    readonly tokens: number
    readonly money: number
  }[]
}

/** One call, as it is kept: what was asked and answered. */
export interface LlmCall {
  readonly id: Id
  readonly person: string
  readonly at: Date
  readonly model: string
  /** OK, RUNNING or why it was not used. */
  readonly outcome: string
  /** The messages as they were sent, JSON; a key is no part of them. */
  readonly prompt: string
  readonly reply: string | null
  readonly tokens: number
  readonly money: number
  readonly attempts: number
  readonly milliseconds: number
}

/** What a test call came to. */
export interface LlmProbe {
  readonly outcome: 'OK' | Fallback
  readonly milliseconds: number
  readonly tokens: number
  readonly money: number
}
