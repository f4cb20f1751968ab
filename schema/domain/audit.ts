import type { Id } from './id.ts'

/** One action of one person, as it was written down when it happened. */
export interface AuditRecord {
  readonly id: Id
  readonly ordinal: number
  readonly person: string | null
  readonly action: string
  /** The key of what it was done to. */
  readonly subject: string
  readonly body: unknown
  readonly at: Date
}

/** Where a chain is not what was written. */
export interface AuditFault {
  /** The project's id; null: the installation's own chain. */
  readonly projectId: Id | null
  readonly ordinal: number
  readonly message: string
}

export interface AuditReport {
  readonly chains: number
  readonly entries: number
  /** At most 100. */
  readonly faults: readonly AuditFault[]
}
