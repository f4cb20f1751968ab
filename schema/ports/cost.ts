import type { Budget, Price, Usage, UsageGrouping, UsageRow } from '../domain/cost.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'

export interface BudgetSetting {
  readonly projectId: Id | null
  readonly personId: Id | null
  readonly currency: string
  /** Null: the budget is taken away. */
  readonly amount: number | null
}

export interface CostsPort {
  prices(viewer: Viewer): Promise<Price[]>
  /** From now on; what ran before keeps its price. `perHour` null takes the price back. @throws DomainError FORBIDDEN; InvalidError BAD_INPUT */
  setPrice(
    viewer: Viewer,
    price: Omit<Price, 'perHour'> & { readonly perHour: number | null },
  ): Promise<Price>
  /** What one run used and cost. @throws DomainError NOT_FOUND */
  ofRun(viewer: Viewer, runId: Id): Promise<Usage>
  /**
   * What was used in a month (2026-11; null: of all time), by run, person, project or month: the largest first, at most 500.
   *
   * @throws DomainError BAD_INPUT, NOT_FOUND
   */
  usage(
    viewer: Viewer,
    filter: {
      readonly by: UsageGrouping
      readonly month: string | null
      readonly projectId: Id | null
    },
  ): Promise<UsageRow[]>
  /** Those that concern the viewer; an administrator sees all, at most 500. */
  budgets(viewer: Viewer): Promise<Budget[]>
  /** @throws DomainError FORBIDDEN, NOT_FOUND; InvalidError BAD_INPUT */
  setBudget(viewer: Viewer, setting: BudgetSetting): Promise<Budget>
}
