import type { CostQuote } from './cost.ts'
import type { Id } from './id.ts'
import type { Intent } from './intent.ts'
import type { SpecEstimate } from './stored-spec.ts'

/** What a person typed, verbatim. */
export interface Goal {
  readonly id: Id
  readonly projectId: Id
  readonly text: string
  readonly language: string
  readonly createdAt: Date
}

/** The plan that a goal would come to, before there are pictures: nothing of it is stored. */
export interface PlanPreview {
  /** In order. */
  readonly components: readonly { readonly name: string; readonly type: string }[]
  readonly estimate: SpecEstimate | null
  readonly quote: CostQuote | null
  /** How many pictures it was reckoned with. */
  readonly images: number
  /** Why there is no plan yet; null when there is one. */
  readonly refusal: { readonly slot: string | null; readonly message: string } | null
}

/** One revision of a goal's structured reading; every revision is kept. */
export interface StoredIntent {
  readonly id: Id
  readonly goalId: Id
  readonly revision: number
  readonly body: Intent
}
