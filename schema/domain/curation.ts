import type { AttributeShares } from './attribute.ts'
import type { Id } from './id.ts'

export const verdictValues = ['ACCEPT', 'REJECT', 'UNSURE'] as const
export type VerdictValue = (typeof verdictValues)[number]

/** Ways to choose the next candidates, for comparison; `blend` is the product's. */
export const curationStrategies = [
  'blend',
  'random',
  'medoid',
  'typiclust',
  'core-set',
  'entropy',
  'margin',
] as const
export type CurationStrategy = (typeof curationStrategies)[number]

export interface Curation {
  readonly id: Id
  readonly poolId: Id
  readonly goalId: Id | null
  readonly embedder: string
  readonly seed: number
  readonly roundSize: number
  readonly strategy: CurationStrategy
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
  /** Key and parameters of the reason, for another language. */
  readonly reasonKey: string
  readonly reasonParams: Readonly<Record<string, string | number>>
}

/** How far the reviewers of a curation mean the same; figures are null where no two judged one image. */
export interface ReviewerAgreement {
  readonly alpha: number | null
  readonly kappa: number | null
  readonly pabak: number | null
  readonly shared: number
  readonly reviewers: readonly ReviewerFigures[]
}

export interface ReviewerFigures {
  readonly personId: Id
  readonly name: string
  readonly verdicts: number
  readonly medianMilliseconds: number
  /** Share of blind repeats on which the person said the same again; null where there were none. */
  readonly steadiness: number | null
}

/** A verdict worth a second look: reviewers differ, or the rest of the verdicts speak against it. */
export interface SecondLook {
  readonly kind: 'disagreement' | 'suspect'
  readonly imageId: Id
  readonly value: VerdictValue
  /** P(accept) by a probe that has not seen the verdict; null for a disagreement. */
  readonly probability: number | null
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
  /** Share of the pool that lies as near to the set as to its own 30th neighbour. */
  readonly poolCoverage: number
  readonly clusters: readonly ClusterShare[]
  /** Of person attributes, where they are turned on; empty else. */
  readonly attributes: readonly AttributeShares[]
}

export interface ClusterShare {
  readonly cluster: number
  /** The most typical image. */
  readonly imageId: Id
  readonly pool: number
  readonly chosen: number
  /** Share of the set over share of the pool; flagged under 0.8 in groups of 1 % and more. */
  readonly ratio: number
  readonly flagged: boolean
}
