import { graphql } from '../graph/graphql.ts'

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
