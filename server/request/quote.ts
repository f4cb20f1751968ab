import { quoteOf, type CostQuote } from '#schema/domain/cost.ts'
import { capsOfSpec, type ResourceCaps } from '#schema/domain/request.ts'
import type { Spec } from '#schema/domain/spec.ts'
import type { SpecEstimate } from '#schema/domain/stored-spec.ts'
import { currentPrices } from '../cost/price-store.ts'
import type { OpenDatabase } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'
import { demandOf, matching } from '../queue/demand.ts'

/** What a plan would take and cost by today's prices. */
export type Quoter = (
  spec: Spec,
  estimate: SpecEstimate | null,
  caps?: ResourceCaps,
) => Promise<CostQuote>

export function createQuoter(deps: { database: OpenDatabase; executor: Executor }): Quoter {
  return async (spec, estimate, caps = capsOfSpec(spec)) => {
    const prices = await currentPrices(deps.database.db)
    // What a component without a type will get is told by what would fit it; the others need no answer of a cluster.
    const ask = demandOf(spec).devices.find((it) => it.type === null)
    const capacity = ask === undefined ? null : await deps.executor.capacity()
    const index = ask === undefined || capacity === null ? undefined : matching(ask, capacity)[0]
    const device = capacity?.devices.find((it) => it.index === index)?.name ?? null
    return quoteOf(spec, estimate, caps, prices, device)
  }
}
