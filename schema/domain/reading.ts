import type { Json } from './canonical-json.ts'
import type { Intent, Language } from './intent.ts'

/** Who read a goal: the built-in grammar, or a language model whose answer was checked. */
export type Reader = 'grammar' | 'llm'

/** Why the language model's answer was not used. Closed: pages have a sentence for each. */
export const fallbacks = [
  'OFF',
  'BREAKER_OPEN',
  'CAP_REACHED',
  'TIMED_OUT',
  'RATE_LIMITED',
  'SERVER_ERROR',
  'UNREACHABLE',
  'TOO_LARGE',
  'UNREADABLE',
  'REFUSED',
] as const
export type Fallback = (typeof fallbacks)[number]

/** One slot as each reader understood it. */
export interface Agreement {
  readonly path: string
  readonly grammar: Json | null
  readonly llm: Json | null
  readonly taken: Reader
}

/** A goal's reading with the account of who read what. */
export interface RefinedReading extends Intent {
  readonly language: Language
  readonly reader: Reader
  /** What was understood, in a few plain sentences of the one who read it. */
  readonly explanation: string
  readonly fallback: Fallback | null
  /** A sentence about the fallback; null when the model's answer was used. */
  readonly notice: string | null
  readonly agreement: readonly Agreement[]
  /** What the model said that was not believed, and why. */
  readonly dropped: readonly { readonly path: string; readonly why: string }[]
}

/** A goal while it is read: the explanation as far as it has come, and at the end the reading. */
export interface ReadingStep {
  /** Whose words the explanation is. */
  readonly reader: Reader
  readonly explanation: string
  /** Null until the end. */
  readonly reading: RefinedReading | null
}
