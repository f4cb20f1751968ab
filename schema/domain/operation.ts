import { z } from 'zod'
import { isSlotPath } from './intent.ts'

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must name a component')

/** What a conversation may do to a plan: a closed set, so that nobody's words reach further than a person's clicks. */
export const operationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('slot'),
    path: z.string().refine(isSlotPath, 'must be a slot of an intent'),
    value: z.json(),
  }),
  z.strictObject({
    kind: z.literal('setting'),
    name: z.string().max(60),
    value: z.union([z.number(), z.boolean(), z.string().max(300)]),
  }),
  z.strictObject({
    kind: z.literal('param'),
    component: name,
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'must name a parameter'),
    value: z.union([z.number(), z.boolean(), z.string().max(300)]),
  }),
  z.strictObject({
    kind: z.literal('resources'),
    component: name,
    key: z.enum(['gpu_count', 'gpu_memory', 'memory', 'cpu']),
    value: z.union([z.number(), z.string().max(20)]),
  }),
  z.strictObject({
    kind: z.literal('add'),
    type: z.enum(['data_loader', 'preprocessor', 'trainer', 'evaluator']),
    after: name.nullable(),
  }),
  z.strictObject({ kind: z.literal('remove'), component: name }),
  z.strictObject({ kind: z.literal('connect'), from: name, to: name }),
  z.strictObject({ kind: z.literal('disconnect'), from: name, to: name }),
])
export type Operation = z.infer<typeof operationSchema>
export const operationsSchema = z.array(operationSchema).max(20)

/** One line of a difference: null stands for nothing there. */
export interface Change {
  readonly path: string
  readonly before: string | null
  readonly after: string | null
}

/** Why something is what it is. */
export interface Reason {
  /** A setting, slot or component, or `time`, `cost`, `memory`, `question`. */
  readonly about: string
  /** The same with its value, in words. */
  readonly subject: string
  readonly reason: string
}

/** What words of a conversation mean for a plan; nothing is changed yet. */
export interface Proposal {
  readonly language: string
  readonly operations: readonly Operation[]
  readonly intentChanges: readonly Change[]
  readonly specChanges: readonly Change[]
  /** The plan as it would be, wire JSON; null when the plan stays or there is none. */
  readonly specText: string | null
  /** Answers to "why": what was asked about and the reason. */
  readonly reasons: readonly Reason[]
  /** The words ask to take the last change back. */
  readonly undo: boolean
  /** What was not understood or cannot be done, and what can be said instead; null otherwise. */
  readonly notice: string | null
}
