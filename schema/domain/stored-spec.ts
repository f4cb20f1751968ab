import type { Json } from './canonical-json.ts'
import type { Problem } from './errors.ts'
import type { Id } from './id.ts'

/** What a spec will take, with a low, a likely and a high figure. */
export interface SpecEstimate {
  readonly seconds: { readonly low: number; readonly likely: number; readonly high: number }
  readonly memoryBytes: { readonly low: number; readonly likely: number; readonly high: number }
}

/** A spec as it was stored: immutable. `text` is its wire JSON, byte for byte. */
export interface StoredSpec {
  readonly id: Id
  readonly projectId: Id
  readonly goalId: Id | null
  readonly intentId: Id | null
  readonly datasetVersionId: Id | null
  readonly pipelineId: string
  readonly name: string
  readonly version: string
  /** "sha256:<hex>" of what runs: env_vars, components, workflow, storage. */
  readonly hash: string
  readonly text: string
  readonly estimate: SpecEstimate | null
  readonly createdAt: Date
}

/** A setting that the template exposes, with the reason for its value. */
export interface SpecSetting {
  readonly name: string
  readonly value: Json
  readonly reason: string
  readonly minimum: number | null
  readonly maximum: number | null
  readonly options: readonly Json[] | null
}

/** What a text would be as a spec. */
export interface SpecCheck {
  /** The spec as plain wire JSON; null when the text has not its shape. */
  readonly spec: Json | null
  readonly problems: readonly Problem[]
  readonly hash: string | null
}
