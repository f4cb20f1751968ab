import type { Id } from './id.ts'

export const verdictValues = ['ACCEPT', 'REJECT', 'UNSURE'] as const
export type VerdictValue = (typeof verdictValues)[number]

export interface Curation {
  readonly id: Id
  readonly poolId: Id
  readonly goalId: Id | null
  readonly embedder: string
  readonly seed: number
  readonly roundSize: number
  readonly state: 'OPEN' | 'FINISHED'
  readonly createdAt: Date
}

export interface Round {
  readonly id: Id
  readonly curationId: Id
  readonly ordinal: number
}

export interface CandidateReason {
  readonly kind: string
  readonly text: string
  /** The key and parameters of the text, for another language. */
  readonly key: string
  readonly params: Readonly<Record<string, string | number>>
  /** Every score term, so that the choice can be replayed. */
  readonly terms: Readonly<Record<string, number>>
}

export interface Candidate {
  readonly id: Id
  readonly roundId: Id
  readonly curationId: Id
  readonly imageId: Id
  readonly partnerId: Id | null
  readonly rank: number
  readonly reason: CandidateReason
  readonly verdict: VerdictValue | null
}

export interface CurationEstimate {
  readonly kappa: number | null
  readonly kappaLow: number | null
  readonly kappaHigh: number | null
  readonly expectedAccepted: number
  readonly moreLabels: number
  readonly suggestStop: boolean
  readonly reason: string
}

export interface VerdictCounts {
  readonly accepted: number
  readonly rejected: number
  readonly unsure: number
}

export interface FinalSet {
  readonly size: number
  readonly suggested: number
  readonly maximum: number
  readonly imageIds: readonly Id[]
  readonly coverage: number
}
