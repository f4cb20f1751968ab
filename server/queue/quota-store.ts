import { sql } from 'kysely'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import { budgetsOf, spentBy, tellBudgets } from '../cost/budget-store.ts'
import type { Db, Trx } from '../db/pool.ts'

/** A quota as it is checked. */
export interface QuotaRow {
  readonly id: Id
  readonly project_id: Id | null
  readonly person_id: Id | null
  readonly gpus: number | null
  readonly gpu_hours: number | null
}

/** GPUs that a project's or a person's runs hold now: what a run was given, or more if its branches use more. */
export async function gpusInUse(db: Db | Trx): Promise<{
  readonly projects: ReadonlyMap<Id, number>
  readonly people: ReadonlyMap<Id, number>
}> {
  const { rows } = await sql<{ project_id: Id; created_by: Id; gpus: number }>`
    select run.project_id, run.created_by, sum(greatest(run.gpus, coalesce(held.devices, 0)))::int as gpus
    from run left join lateral (
      select sum(device_count) as devices from attempt
      where attempt.run_id = run.id and attempt.state in ('PENDING', 'SUBMITTING', 'STARTED')
    ) held on true
    where run.state in ('RUNNING', 'CANCELLING')
    group by run.project_id, run.created_by`.execute(db)
  const projects = new Map<Id, number>()
  const people = new Map<Id, number>()
  for (const { project_id, created_by, gpus } of rows) {
    projects.set(project_id, (projects.get(project_id) ?? 0) + gpus)
    people.set(created_by, (people.get(created_by) ?? 0) + gpus)
  }
  return { projects, people }
}

/** GPU seconds of this month by project and by person. */
export async function gpuSecondsUsed(db: Db | Trx): Promise<{
  readonly projects: ReadonlyMap<Id, number>
  readonly people: ReadonlyMap<Id, number>
}> {
  const { rows } = await sql<{ project_id: Id; created_by: Id; seconds: number }>`
    with month as (select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as begins)
    select run.project_id, run.created_by, sum(attempt.device_count * extract(epoch from
      coalesce(attempt.ended_at, now()) - greatest(attempt.started_at, month.begins)))::float as seconds
    from attempt join run on run.id = attempt.run_id cross join month
    where attempt.device_count > 0 and attempt.started_at is not null
      and (attempt.ended_at is null or attempt.ended_at > month.begins)
    group by run.project_id, run.created_by`.execute(db)
  const projects = new Map<Id, number>()
  const people = new Map<Id, number>()
  for (const { project_id, created_by, seconds } of rows) {
    projects.set(project_id, (projects.get(project_id) ?? 0) + seconds)
    people.set(created_by, (people.get(created_by) ?? 0) + seconds)
  }
  return { projects, people }
}

/** GPU seconds of this month: used, and what work that waits or runs may still use. */
export async function gpuSeconds(
  db: Db | Trx,
  whose: { readonly projectId: Id } | { readonly personId: Id },
): Promise<{ used: number; committed: number }> {
  const mine =
    'projectId' in whose
      ? sql`run.project_id = ${whose.projectId}`
      : sql`run.created_by = ${whose.personId}`
  const { rows } = await sql<{ used: number; committed: number }>`
    with month as (select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' as begins),
    per_run as (
      select run.id, run.state, run.gpu_seconds_bound as bound,
        coalesce(sum(attempt.device_count * extract(epoch from coalesce(attempt.ended_at, now()) - attempt.started_at)), 0) as ever,
        coalesce(sum(attempt.device_count * greatest(0, extract(epoch from
          coalesce(attempt.ended_at, now()) - greatest(attempt.started_at, month.begins)))), 0) as used
      from run cross join month
      left join attempt on attempt.run_id = run.id and attempt.started_at is not null and attempt.device_count > 0
      where ${mine} and (run.state in ('WAITING', 'RUNNING', 'CANCELLING') or run.ended_at > month.begins)
      group by run.id
    )
    select coalesce(sum(used), 0)::float as used,
      coalesce(sum(greatest(0, coalesce(bound, 0) - ever)) filter (where state in ('WAITING', 'RUNNING', 'CANCELLING')), 0)::float as committed
    from per_run`.execute(db)
  return rows[0]!
}

function hours(seconds: number): number {
  return Math.round(seconds / 36) / 100
}

/** What a run would take of quotas and budgets. */
export interface Wish {
  readonly projectId: Id
  readonly personId: Id
  /** The most GPUs of any of its components. */
  readonly gpus: number
  /** Null: nothing bounds it. */
  readonly gpuHoursBound: number | null
  /** Currency -> at most so much; a currency that is missing has no price for it. */
  readonly costBound: Readonly<Record<string, number>>
}

/**
 * Refuses what does not fit quotas and budgets any more. Their rows are locked until the transaction ends, so
 * whoever comes at the same time counts what this one takes (P9).
 *
 * @throws DomainError QUOTA_EXCEEDED or BUDGET_EXCEEDED, with the figures
 */
export async function admit(trx: Trx, wish: Wish): Promise<void> {
  const quotas: QuotaRow[] = await trx
    .selectFrom('quota')
    .select(['id', 'project_id', 'person_id', 'gpus', 'gpu_hours'])
    .where((eb) =>
      eb.or([eb('project_id', '=', wish.projectId), eb('person_id', '=', wish.personId)]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
  for (const quota of quotas) {
    const whose = quota.project_id === null ? 'Your' : 'The project’s'
    if (quota.gpus !== null && wish.gpus > quota.gpus) {
      throw new DomainError(
        'QUOTA_EXCEEDED',
        `${whose} quota is ${quota.gpus} GPUs at once, and this asks for ${wish.gpus}: it could never start. Ask for fewer, or ask an administrator to raise the quota.`,
        { quota: quota.gpus, asked: wish.gpus, unit: 'GPUs at once' },
      )
    }
    if (quota.gpu_hours === null || wish.gpus === 0) continue
    if (wish.gpuHoursBound === null) {
      throw new DomainError(
        'QUOTA_EXCEEDED',
        `${whose} GPU hours are limited, and nothing says how long this may run: set a longest run time.`,
        { quota: quota.gpu_hours, unit: 'GPU hours a month' },
      )
    }
    const { used, committed } = await gpuSeconds(
      trx,
      quota.project_id === null ? { personId: wish.personId } : { projectId: wish.projectId },
    )
    const left = quota.gpu_hours - (used + committed) / 3600
    if (wish.gpuHoursBound > left + 1e-9) {
      throw new DomainError(
        'QUOTA_EXCEEDED',
        `${whose} quota is ${quota.gpu_hours} GPU hours a month: ${hours(used)} are used and ${hours(committed)} promised to work that waits or runs, so ${Math.round(wish.gpuHoursBound * 100) / 100} more do not fit.`,
        {
          quota: quota.gpu_hours,
          used: hours(used),
          committed: hours(committed),
          asked: Math.round(wish.gpuHoursBound * 100) / 100,
          unit: 'GPU hours a month',
        },
      )
    }
  }
  const budgets = await budgetsOf(trx, wish)
  for (const budget of budgets) {
    const more = wish.costBound[budget.currency]
    if (more === undefined) {
      if (wish.gpus === 0) continue
      throw new DomainError(
        'BUDGET_EXCEEDED',
        `There is a budget in ${budget.currency}, but what this costs in ${budget.currency} is not known: it needs a price for its devices and a time limit.`,
        { budget: budget.amount, currency: budget.currency },
      )
    }
    const { spent, committed } = await spentBy(trx, budget)
    if (spent + committed + more > budget.amount + 1e-6) {
      throw new DomainError(
        'BUDGET_EXCEEDED',
        `The month’s budget is ${budget.amount} ${budget.currency}: ${spent.toFixed(2)} are spent and ${committed.toFixed(2)} promised to work that waits or runs, so up to ${more.toFixed(2)} more do not fit.`,
        {
          budget: budget.amount,
          currency: budget.currency,
          spent: Math.round(spent * 100) / 100,
          committed: Math.round(committed * 100) / 100,
          asked: more,
        },
      )
    }
  }
  await tellBudgets(trx)
}

/** All quotas by whose they are, for the scheduler. */
export async function quotasByOwner(db: Db | Trx): Promise<{
  readonly projects: ReadonlyMap<Id, QuotaRow>
  readonly people: ReadonlyMap<Id, QuotaRow>
}> {
  const rows = await db
    .selectFrom('quota')
    .select(['id', 'project_id', 'person_id', 'gpus', 'gpu_hours'])
    .execute()
  return {
    projects: new Map(
      rows.flatMap((row) => (row.project_id === null ? [] : [[row.project_id, row]])),
    ),
    people: new Map(rows.flatMap((row) => (row.person_id === null ? [] : [[row.person_id, row]]))),
  }
}
