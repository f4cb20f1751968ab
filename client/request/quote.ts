import { graphql } from '../graph/graphql.ts'

/** What is requested, as a cap. */
export const ResourcesParts = graphql(`
  fragment ResourcesParts on RequestResources {
    gpuType
    gpuCount
    gpuMemoryBytes
    cpu
    memoryBytes
    maxSeconds
  }
`)

/** What exceeds a threshold. */
export const MarkParts = graphql(`
  fragment MarkParts on ThresholdMark {
    component
    what
    asked
    threshold
  }
`)

/** What a plan would take and cost: to whoever requests it and to whoever approves it. */
export const QuoteParts = graphql(`
  fragment QuoteParts on CostQuote {
    seconds {
      low
      likely
      high
    }
    gpuHours {
      likely
    }
    costs {
      currency
      low
      likely
      high
    }
    spotCosts {
      currency
      likely
    }
    bound {
      currency
      amount
    }
    unpriced
  }
`)
