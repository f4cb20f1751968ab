import { graphql } from './graphql.ts'

/** Why a mutation was refused, each problem of a bad input among it: what `act` makes a Refusal of. */
export const Failure = graphql(`
  fragment Failure on Error {
    code
    message
    ... on BadInput {
      problems {
        path
        code
        message
      }
    }
  }
`)
