import type { Id } from './id.ts'
import type { Intent } from './intent.ts'

/** What a person typed, verbatim. */
export interface Goal {
  readonly id: Id
  readonly projectId: Id
  readonly text: string
  readonly language: string
  readonly createdAt: Date
}

/** One revision of a goal's structured reading; every revision is kept. */
export interface StoredIntent {
  readonly id: Id
  readonly goalId: Id
  readonly revision: number
  readonly body: Intent
}
