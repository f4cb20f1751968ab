import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'

const RunFailure = graphql(`
  fragment RunFailure on Failure {
    sentence
    cause
    fix
    fault {
      code
      facts {
        name
        value
      }
    }
  }
`)

export const RunQuery = graphql(
  `
    query RunPage($id: ID!) {
      node(id: $id) {
        __typename
        ... on Run {
          id
          state
          createdAt
          startedAt
          endedAt
          progress
          message
          secondsLeft
          cursor
          failure {
            ...RunFailure
          }
          project {
            id
            name
          }
          spec {
            name
            components {
              name
              type
            }
            edges {
              from
              to
            }
          }
          steps(first: 100) {
            edges {
              node {
                id
                name
                type
                state
                progress
                message
                cacheNote
                failure {
                  ...RunFailure
                }
                attempts(first: 20) {
                  edges {
                    node {
                      ordinal
                      node
                      deviceType
                      deviceCount
                    }
                  }
                }
              }
            }
          }
          metrics(maxPoints: 400) {
            key
            points {
              step
              value
            }
          }
          files {
            path
            url
            kind
            step
          }
          params {
            name
            value
          }
          modelVersion {
            id
          }
        }
      }
    }
  `,
  [RunFailure],
)
export const RunEventsDocument = graphql(
  `
    subscription RunEvents($run: ID!, $after: String) {
      runEvents(run: $run, after: $after) {
        cursor
        ended
        events {
          seq
          kind
          step
          stepState
          runState
          progress
          message
          metrics {
            key
            value
            step
          }
          file {
            path
            url
            kind
            step
          }
          failure {
            ...RunFailure
          }
        }
      }
    }
  `,
  [RunFailure],
)
export const RunCancel = graphql(
  `
    mutation RunCancel($run: ID!) {
      runCancel(input: { run: $run }) {
        __typename
        ... on Run {
          id
          state
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
