import { z } from 'zod'
import type { Json } from './canonical-json.ts'
import { DomainError } from './errors.ts'

export const languages = ['en', 'ko', 'other'] as const
export type Language = (typeof languages)[number]

export const tasks = ['subject', 'style', 'concept', 'text', 'unknown'] as const
export type Task = (typeof tasks)[number]

export const strategyIds = ['lora', 'dreambooth', 'dreambooth_lora', 'full', 'text_lora'] as const
export type StrategyId = (typeof strategyIds)[number]

export const qualities = ['fast', 'balanced', 'best'] as const
export type Quality = (typeof qualities)[number]

export const slotSources = ['said', 'inferred', 'default'] as const
export type SlotSource = (typeof slotSources)[number]

/** Text that a person typed or may type: one line, no control characters, so that it can stand in a caption. */
const label = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine(
      (text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text) && text.isWellFormed(),
      'must be printable text',
    )

/** A word of the prompt: what a text encoder sees as one unit, in any script. */
const word = label(40).refine(
  (text) => /^[\p{L}\p{N}_-]+$/u.test(text),
  'must be one word of letters, digits, "-" and "_"',
)

/** What each slot may hold. The catalogue's ids (base models) are checked where the catalogue is known. */
export const slotSchemas = {
  task: z.enum(tasks),
  'subject.name': label(60),
  'subject.classNoun': label(60),
  style: label(80),
  triggerWord: word,
  baseModel: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be the id of a base model'),
  strategy: z.enum(strategyIds),
  quality: z.enum(qualities),
  'limits.gpus': z.int().min(0).max(1024),
  'limits.gpuMemory': z.number().positive().max(10_000),
  'limits.hours': z.number().positive().max(8_760),
  'limits.money': z.strictObject({
    amount: z.number().nonnegative().max(1e12),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code such as USD'),
  }),
  'settings.rank': z.int().min(1).max(256),
  'settings.alpha': z.number().min(0.01).max(1024),
  'settings.learningRate': z.number().min(1e-8).max(1),
  'settings.steps': z.int().min(1).max(100_000),
  'settings.resolution': z.int().min(64).max(2048).multipleOf(8),
  'settings.batchSize': z.int().min(1).max(256),
  outputs: z
    .array(z.enum(['diffusers', 'kohya']))
    .min(1)
    .max(2),
  language: z.enum(languages),
} as const

export type SlotPath = keyof typeof slotSchemas
export const slotPaths = Object.keys(slotSchemas) as readonly SlotPath[]
export type SlotValues = { [P in SlotPath]: z.infer<(typeof slotSchemas)[P]> }

/** One thing that was understood, and from where: shown as a chip. */
export interface Slot<V = SlotValues[SlotPath]> {
  readonly value: V
  readonly source: SlotSource
  /** UTF-16 offsets into the goal as typed; null when no words of it said so. */
  readonly span: readonly [number, number] | null
  readonly confidence: number
  /** Short text for the chip: "from 'cat'". */
  readonly reason: string
}

export type Slots = { readonly [P in SlotPath]?: Slot<SlotValues[P]> }

/** The one thing worth asking. The first option is the default. */
export interface Question {
  readonly slot: SlotPath
  readonly text: string
  readonly options: readonly { readonly value: Json; readonly label: string }[]
}

/** The structured reading of a goal. */
export interface Intent {
  readonly slots: Slots
  readonly question: Question | null
}

const slotShape = Object.fromEntries(
  slotPaths.map((path) => [
    path,
    z
      .strictObject({
        value: slotSchemas[path],
        source: z.enum(slotSources),
        span: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).nullable(),
        confidence: z.number().min(0).max(1),
        reason: z.string().max(300),
      })
      .optional(),
  ]),
)

/** Closed: an unknown slot, key or value is refused. */
export const intentSchema: z.ZodType<Intent> = z.strictObject({
  slots: z.strictObject(slotShape),
  question: z
    .strictObject({
      slot: z.enum(slotPaths),
      text: z.string().max(500),
      options: z.array(z.strictObject({ value: z.json(), label: z.string().max(200) })).max(12),
    })
    .nullable(),
})

export function isSlotPath(path: string): path is SlotPath {
  return Object.hasOwn(slotSchemas, path)
}

export function slotValue<P extends SlotPath>(intent: Intent, path: P): SlotValues[P] | undefined {
  return intent.slots[path]?.value
}

/** The value as the slot takes it, or a BAD_INPUT that names the slot. */
export function checkSlotValue<P extends SlotPath>(path: P, value: unknown): SlotValues[P] {
  const result = slotSchemas[path].safeParse(value)
  if (!result.success) {
    const why =
      result.error.issues[0]?.message.replace(/^Invalid (?:input|option|string): /, '') ?? 'unfit'
    throw new DomainError('BAD_INPUT', `${path}: this value does not fit (${why}).`, { slot: path })
  }
  return result.data as SlotValues[P]
}

/**
 * A person's edit of one slot: the value becomes theirs (`said`, no span); null removes it.
 * An edit of the asked slot answers the question.
 */
export function reviseIntent(intent: Intent, path: string, value: unknown): Intent {
  if (!isSlotPath(path)) {
    throw new DomainError(
      'BAD_INPUT',
      `"${path.slice(0, 60)}" is no slot of an intent: use one of ${slotPaths.join(', ')}.`,
      {
        slot: path.slice(0, 60),
      },
    )
  }
  const question = intent.question?.slot === path ? null : intent.question
  const slots: Record<string, unknown> = { ...intent.slots }
  if (value === null || value === undefined) delete slots[path]
  else
    slots[path] = {
      value: checkSlotValue(path, value),
      source: 'said',
      span: null,
      confidence: 1,
      reason: 'set by you',
    }
  return { slots: slots, question }
}
