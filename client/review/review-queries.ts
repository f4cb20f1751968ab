import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'

export const ReviewCandidate = graphql(`
  fragment ReviewCandidate on Candidate {
    id
    image {
      id
      url
      thumbnailUrl
      fileName
      sees
    }
    partner {
      url
      fileName
    }
    reason {
      kind
      text
      key
      params
      terms
    }
  }
`)
export const RoundNext = graphql(
  `
    mutation RoundNext($id: String!, $curation: ID!) {
      roundNext(input: { id: $id, curation: $curation }) {
        __typename
        ... on Round {
          id
          ordinal
          candidates(first: 100) {
            edges {
              node {
                ...ReviewCandidate
              }
            }
          }
        }
        ...Failure
      }
    }
  `,
  [ReviewCandidate, Failure],
)
export const VerdictRecord = graphql(
  `
    mutation VerdictRecord(
      $id: String!
      $candidate: ID!
      $value: VerdictValue!
      $milliseconds: Int!
    ) {
      verdictRecord(
        input: { id: $id, candidate: $candidate, value: $value, milliseconds: $milliseconds }
      ) {
        __typename
        ... on Candidate {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
export const VerdictUndo = graphql(
  `
    mutation VerdictUndo($curation: ID!) {
      verdictUndo(input: { curation: $curation }) {
        __typename
        ... on Candidate {
          ...ReviewCandidate
        }
        ...Failure
      }
    }
  `,
  [ReviewCandidate, Failure],
)
export const ReviewCounts = graphql(`
  query ReviewCounts($curation: ID!) {
    node(id: $curation) {
      __typename
      ... on Curation {
        id
        verdicts {
          accepted
          rejected
          unsure
        }
      }
    }
  }
`)

export type Value = 'ACCEPT' | 'REJECT' | 'UNSURE'
export type Candidate = ResultOf<typeof ReviewCandidate>
export interface Counts {
  readonly accepted: number
  readonly rejected: number
  readonly unsure: number
}
/** What the review page knows of its curation. */
export interface ReviewedCuration {
  readonly id: string
  readonly verdicts: Counts
  readonly estimate: {
    readonly kappa: number | null
    readonly kappaLow: number | null
    readonly kappaHigh: number | null
    readonly moreLabels: number
    readonly suggestStop: boolean
    readonly reason: string
    readonly reasonKey: string
    readonly reasonParams: unknown
  }
  readonly round: { readonly ordinal: number } | null
  readonly waiting: readonly Candidate[]
}
