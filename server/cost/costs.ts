import { sql } from 'kysely'
import { roundMoney, type Budget, type Money, type Usage } from '#schema/domain/cost.ts'
import { DomainError, InvalidError, type Problem } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { CostsPort } from '#schema/ports/cost.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import { isId, sees } from '../run/visible.ts'
import { spentBy, tellBudgets } from './budget-store.ts'
import { currentPrices } from './price-store.ts'
import { pricesOfPart, thisMonth, usageParts } from './usage-store.ts'

export interface CostsDeps {
  readonly db: Db
  newId(): Id
  audit?(
    trx: Trx,
    entry: { viewer: Viewer; projectId: Id | null; action: string; subject: string; body: object },
  ): Promise<void>
}

const currencyPattern = /^[A-Z]{3}$/
const nobody = '00000000-0000-0000-0000-000000000000'

interface UsageRecord {
  readonly key: string
  readonly name: string
  readonly gpu_seconds: number
  readonly cpu_seconds: number
  readonly unpriced_seconds: number
  readonly costs: readonly Money[] | null
}

function toUsage(row: UsageRecord | undefined): Usage {
  return {
    gpuHours: (row?.gpu_seconds ?? 0) / 3600,
    cpuHours: (row?.cpu_seconds ?? 0) / 3600,
    costs: (row?.costs ?? []).map(({ currency, amount }) => ({
      currency,
      amount: roundMoney(amount),
    })),
    unpricedGpuHours: (row?.unpriced_seconds ?? 0) / 3600,
  }
}

export function createCosts(deps: CostsDeps): CostsPort {
  const { db } = deps

  function requireAdministrator(viewer: Viewer, what: string): void {
    if (viewer.role !== 'administrator')
      throw new DomainError('FORBIDDEN', `Only an administrator can set ${what}.`)
  }

  function checkCurrency(currency: string, problems: Problem[]): void {
    if (!currencyPattern.test(currency))
      problems.push({
        path: 'currency',
        code: 'BAD_INPUT',
        message: `"${currency.slice(0, 20)}" is not a currency: write three capital letters, such as USD or KRW.`,
      })
  }

  /** Sums of the parts by a key, with the money of each. */
  async function sums(
    parts: ReturnType<typeof usageParts>,
    key: ReturnType<typeof sql>,
    name: ReturnType<typeof sql>,
  ): Promise<UsageRecord[]> {
    const { rows } = await sql<UsageRecord>`
      with part as (${parts}),
      keyed as (
        select part.*, ${key} as key, ${name} as name from part
        join run on run.id = part.run_id join spec on spec.id = run.spec_id
        join project on project.id = part.project_id join person on person.id = part.person_id
      ),
      money as (
        select part.key, money.currency,
          sum(part.seconds * part.units * money.per_hour / 3600 * case when part.spot then money.spot_factor else 1 end) as amount
        from keyed part cross join lateral (${pricesOfPart}) money group by part.key, money.currency
      )
      select part.key, min(part.name) as name,
        coalesce(sum(part.seconds * part.units) filter (where part.kind = 'gpu'), 0)::float as gpu_seconds,
        coalesce(sum(part.seconds * part.units) filter (where part.kind = 'cpu'), 0)::float as cpu_seconds,
        coalesce(sum(part.seconds * part.units) filter (where part.kind = 'gpu'
          and not exists (select 1 from (${pricesOfPart}) priced)), 0)::float as unpriced_seconds,
        (select jsonb_agg(jsonb_build_object('currency', money.currency, 'amount', money.amount) order by money.currency)
          from money where money.key = part.key) as costs
      from keyed part group by part.key
      order by gpu_seconds desc, cpu_seconds desc, part.key limit 500`.execute(db)
    return rows
  }

  async function readBudgets(viewer: Viewer): Promise<Budget[]> {
    let query = db
      .selectFrom('budget')
      .leftJoin('project', 'project.id', 'budget.project_id')
      .leftJoin('person', 'person.id', 'budget.person_id')
      .select([
        'budget.id',
        'budget.project_id',
        'budget.person_id',
        'budget.currency',
        'budget.amount',
        'project.name as project_name',
        'person.name as person_name',
      ])
    if (viewer.role !== 'administrator')
      query = query.where((eb) =>
        eb.or([eb('budget.person_id', '=', viewer.id), eb('project.created_by', '=', viewer.id)]),
      )
    const rows = await query.orderBy('budget.id').limit(500).execute()
    await tellBudgets(db)
    const notices = await db
      .selectFrom('budget_notice')
      .select(['budget_id', 'percent'])
      .where(sql<boolean>`month = (${thisMonth} at time zone 'UTC')::date`)
      .orderBy('percent')
      .execute()
    return Promise.all(
      rows.map(async (row) => ({
        id: row.id,
        projectId: row.project_id,
        personId: row.person_id,
        name: row.project_name ?? row.person_name ?? '',
        currency: row.currency,
        amount: row.amount,
        ...(await spentBy(db, row)),
        notices: notices.filter((it) => it.budget_id === row.id).map((it) => it.percent),
      })),
    )
  }

  return {
    prices: () => currentPrices(db),
    async setPrice(viewer, { deviceType, currency, perHour, spotFactor }) {
      requireAdministrator(viewer, 'prices')
      const problems: Problem[] = []
      if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/.test(deviceType))
        problems.push({
          path: 'deviceType',
          code: 'BAD_INPUT',
          message: `"${deviceType.slice(0, 60)}" is not the name of a device type, such as A100 or cpu.`,
        })
      checkCurrency(currency, problems)
      if (perHour !== null && !(perHour >= 0 && perHour <= 1e9))
        problems.push({
          path: 'perHour',
          code: 'BAD_INPUT',
          message: `The price per hour must be 0 to 10^9, not ${perHour}.`,
        })
      if (!(spotFactor > 0 && spotFactor <= 1))
        problems.push({
          path: 'spotFactor',
          code: 'BAD_INPUT',
          message: `The spot factor must be more than 0 and at most 1, not ${spotFactor}.`,
        })
      if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('price')
          .values({
            id: deps.newId(),
            device_type: deviceType,
            currency,
            per_hour: perHour,
            spot_factor: spotFactor,
          })
          .execute()
        await deps.audit?.(trx, {
          viewer,
          projectId: null,
          action: 'priceSet',
          subject: `${deviceType} ${currency}`,
          body: { perHour, spotFactor },
        })
      })
      return { deviceType, currency, perHour: perHour ?? 0, spotFactor }
    },
    async ofRun(viewer, runId) {
      const row = isId(runId)
        ? await db.selectFrom('run').select('project_id').where('id', '=', runId).executeTakeFirst()
        : undefined
      if (row === undefined || !(await sees(db, viewer, row.project_id)))
        throw new DomainError('NOT_FOUND', 'There is no such run.')
      const parts = usageParts(sql`'-infinity'::timestamptz`, sql`now()`, sql`run.id = ${runId}`)
      const [usage] = await sums(parts, sql`part.run_id::text`, sql`spec.name`)
      return toUsage(usage)
    },
    async usage(viewer, { by, month, projectId }) {
      if (month !== null && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
        throw new DomainError(
          'BAD_INPUT',
          `"${month.slice(0, 20)}" is not a month: write it as 2026-11.`,
        )
      if (projectId !== null) await requireProject(db, viewer, projectId)
      const whose = [
        ...(viewer.role === 'administrator'
          ? []
          : [
              sql`exists (select 1 from project where project.id = run.project_id and project.created_by = ${viewer.id})`,
            ]),
        ...(projectId === null ? [] : [sql`run.project_id = ${projectId}`]),
      ]
      const where = whose.length === 0 ? sql`true` : sql.join(whose, sql` and `)
      const begin = sql`(${`${month ?? '1970-01'}-01`}::timestamp at time zone 'UTC')`
      const [from, to] =
        month === null
          ? [sql`'-infinity'::timestamptz`, sql`now()`]
          : [
              begin,
              sql`least(now(), (${`${month}-01`}::timestamp + interval '1 month') at time zone 'UTC')`,
            ]
      if (by === 'MONTH') {
        // A step that runs over midnight of the last day counts in both months.
        const { rows: months } = await sql<{ month: string }>`
          select distinct to_char(span, 'YYYY-MM') as month from attempt join run on run.id = attempt.run_id
          cross join lateral generate_series(date_trunc('month', attempt.started_at at time zone 'UTC'),
            coalesce(attempt.ended_at, now()) at time zone 'UTC', interval '1 month') span
          where attempt.started_at is not null and ${where} ${month === null ? sql`` : sql`and to_char(span, 'YYYY-MM') = ${month}`}
          order by month desc limit 60`.execute(db)
        return Promise.all(
          months.map(async ({ month }) => {
            const first = sql`(${`${month}-01`}::timestamp at time zone 'UTC')`
            const end = sql`least(now(), (${`${month}-01`}::timestamp + interval '1 month') at time zone 'UTC')`
            const [row] = await sums(
              usageParts(first, end, where),
              sql`${month}::text`,
              sql`${month}::text`,
            )
            return { key: month, name: month, ...toUsage(row) }
          }),
        )
      }
      const [key, name] = {
        RUN: [sql`part.run_id::text`, sql`spec.name`],
        PERSON: [sql`part.person_id::text`, sql`person.name`],
        PROJECT: [sql`part.project_id::text`, sql`project.name`],
      }[by] as [ReturnType<typeof sql>, ReturnType<typeof sql>]
      const rows = await sums(usageParts(from, to, where), key, name)
      return rows.map((row) => ({ key: row.key, name: row.name, ...toUsage(row) }))
    },
    budgets: readBudgets,
    async setBudget(viewer, { projectId, personId, currency, amount }) {
      requireAdministrator(viewer, 'budgets')
      const problems: Problem[] = []
      checkCurrency(currency, problems)
      if (projectId !== null && personId !== null)
        problems.push({
          path: 'project',
          code: 'BAD_INPUT',
          message: 'A budget is for one project, one person, or everything: name at most one.',
        })
      if (amount !== null && !(amount >= 0 && amount <= 1e12))
        problems.push({
          path: 'amount',
          code: 'BAD_INPUT',
          message: `The amount must be 0 to 10^12, not ${amount}.`,
        })
      if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
      const made = await db.transaction().execute(async (trx) => {
        for (const [table, id] of [
          ['project', projectId],
          ['person', personId],
        ] as const) {
          if (id === null) continue
          const owner = await trx
            .selectFrom(table)
            .select('id')
            .where('id', '=', id)
            .executeTakeFirst()
          if (owner === undefined) throw new DomainError('NOT_FOUND', `There is no such ${table}.`)
        }
        const owner = projectId ?? personId ?? nobody
        const before = await sql<{ id: Id }>`select id from budget
          where coalesce(project_id, person_id, ${nobody}::uuid) = ${owner}::uuid and currency = ${currency} for update`.execute(
          trx,
        )
        const id = before.rows[0]?.id ?? deps.newId()
        if (amount === null) await trx.deleteFrom('budget').where('id', '=', id).execute()
        else
          await trx
            .insertInto('budget')
            .values({ id, project_id: projectId, person_id: personId, currency, amount })
            .onConflict((conflict) =>
              conflict.column('id').doUpdateSet({ amount, changed_at: sql<Date>`now()` }),
            )
            .execute()
        // What was told of another amount is told anew when it holds.
        await trx.deleteFrom('budget_notice').where('budget_id', '=', id).execute()
        await deps.audit?.(trx, {
          viewer,
          projectId,
          action: 'budgetSet',
          subject: owner,
          body: { currency, amount },
        })
        return id
      })
      const found = (await readBudgets(viewer)).find((budget) => budget.id === made)
      return (
        found ?? {
          id: made,
          projectId,
          personId,
          name: '',
          currency,
          amount: 0,
          spent: 0,
          committed: 0,
          notices: [],
        }
      )
    },
  }
}
