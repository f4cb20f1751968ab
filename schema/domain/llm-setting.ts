import { z } from 'zod'

/** What an administrator may set of the language model; null takes the environment's value. */
export const llmChangeSchema = z.strictObject({
  enabled: z.boolean(),
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
  /** Whether the environment names a server; without one nothing can be asked. */
  readonly available: boolean
  readonly enabled: boolean
  /** Host of the server, never its key. */
  readonly host: string | null
  readonly model: string | null
  readonly timeoutSeconds: number
  readonly dailyTokens: number
  readonly dailyMoney: number
  readonly priceIn: number
  readonly priceOut: number
}
