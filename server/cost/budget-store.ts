import { sql } from 'kysely'
import type { Id } from '#schema/domain/id.ts'
import type { Db, Trx } from '../db/pool.ts'
import { pricesOfPart, thisMonth, usageParts } from './usage-store.ts'

export interface BudgetRow {
  readonly id: Id
  readonly project_id: Id | null
  readonly person_id: Id | null
  readonly currency: string
  readonly amount: number
}

const columns = ['id', 'project_id', 'person_id', 'currency', 'amount'] as const

/** The budgets that a run of this project and person draws on, locked until the transaction ends. */
export async function budgetsOf(
  trx: Trx,
  whose: { readonly projectId: Id; readonly personId: Id },
): Promise<BudgetRow[]> {
  return trx
    .selectFrom('budget')
    .select(columns)
    .where((eb) =>
      eb.or([
        eb('project_id', '=', whose.projectId),
        eb('person_id', '=', whose.personId),
        eb.and([eb('project_id', 'is', null), eb('person_id', 'is', null)]),
      ]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
}

function ownRuns(budget: BudgetRow) {
  if (budget.project_id !== null) return sql`run.project_id = ${budget.project_id}`
  return budget.person_id === null ? sql`true` : sql`run.created_by = ${budget.person_id}`
}

/** This month's spending, and what waiting and running work may still cost beyond what it has. */
export async function spentBy(
  db: Db | Trx,
  budget: BudgetRow,
): Promise<{ spent: number; committed: number }> {
  const mine = ownRuns(budget)
  const cost = sql`part.seconds * part.units * money.per_hour / 3600 * case when part.spot then money.spot_factor else 1 end`
  const { rows } = await sql<{ spent: number; committed: number }>`
    with month_parts as (${usageParts(thisMonth, sql`now()`, mine)}),
    all_parts as (${usageParts(sql`'-infinity'::timestamptz`, sql`now()`, sql`${mine} and run.state in ('RUNNING', 'CANCELLING')`)}),
    spent as (
      select coalesce(sum(${cost}), 0)::float as amount
      from month_parts part cross join lateral (${pricesOfPart}) money where money.currency = ${budget.currency}
    ),
    ever as (
      select part.run_id, sum(${cost})::float as amount
      from all_parts part cross join lateral (${pricesOfPart}) money where money.currency = ${budget.currency}
      group by part.run_id
    ),
    promised as (
      select coalesce(sum(greatest(0, (run.cost_bound->>${budget.currency})::float - coalesce(ever.amount, 0))), 0)::float as amount
      from run left join ever on ever.run_id = run.id
      where ${mine} and run.state in ('WAITING', 'RUNNING', 'CANCELLING') and run.cost_bound->>${budget.currency} is not null
    )
    select spent.amount as spent, promised.amount as committed from spent, promised`.execute(db)
  return rows[0]!
}

/** CO-03: writes down, once a month each, that 80 or 100 % of a budget are spent. */
export async function tellBudgets(db: Db | Trx): Promise<void> {
  const budgets = await db.selectFrom('budget').select(columns).execute()
  for (const budget of budgets) {
    if (budget.amount === 0) continue
    const { spent } = await spentBy(db, budget)
    for (const percent of [80, 100]) {
      if (spent < (budget.amount * percent) / 100) continue
      await sql`insert into budget_notice (budget_id, month, percent)
        values (${budget.id}, (now() at time zone 'UTC')::date - extract(day from now() at time zone 'UTC')::int + 1, ${percent})
        on conflict do nothing`.execute(db)
    }
  }
}
