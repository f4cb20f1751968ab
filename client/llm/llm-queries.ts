import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'

export const RoleQuery = graphql(`
  query LlmRole {
    viewer {
      role
    }
  }
`)

const Settings = graphql(`
  fragment LlmParts on LlmSetting {
    available
    enabled
    host
    url
    fromEnvironment
    keyStored
    model
    timeoutSeconds
    dailyTokens
    dailyMoney
    priceIn
    priceOut
  }
`)

const State = graphql(`
  fragment LlmStateParts on LlmState {
    failures
    openUntil
    calls
    failed
    tokens
    money
    people {
      name
      calls
      tokens
      money
    }
  }
`)

export const LlmQuery = graphql(
  `
    query Llm {
      llmSettings {
        ...LlmParts
      }
      llmState {
        ...LlmStateParts
      }
    }
  `,
  [Settings, State],
)

export const LlmCallsQuery = graphql(`
  query LlmCalls($first: Int!) {
    llmCalls(first: $first) {
      edges {
        node {
          person
          at
          model
          outcome
          prompt
          reply
          tokens
          money
          milliseconds
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`)

export const LlmSet = graphql(
  `
    mutation LlmSet($input: LlmSettingsSetInput!) {
      llmSettingsSet(input: $input) {
        __typename
        ... on LlmSetting {
          ...LlmParts
        }
        ...Failure
      }
    }
  `,
  [Failure, Settings],
)

export const LlmTest = graphql(
  `
    mutation LlmTest {
      llmTest(input: {}) {
        __typename
        ... on LlmProbe {
          fallback
          milliseconds
          tokens
          money
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

export const LlmRetry = graphql(
  `
    mutation LlmRetry($model: String!) {
      llmRetry(input: { model: $model }) {
        __typename
        ... on LlmState {
          ...LlmStateParts
        }
        ...Failure
      }
    }
  `,
  [Failure, State],
)

export type Llm = ResultOf<typeof LlmQuery>
export type Probe = Extract<ResultOf<typeof LlmTest>['llmTest'], { __typename: 'LlmProbe' }>
