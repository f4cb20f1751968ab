import { useRef, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { money, textOf } from '../request/resources.ts'
import { formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'
import { OwnUse } from './OwnUse.tsx'
import { OwnerSelect, OwnersParts, ownerInput, ownersOf } from './Owner.tsx'

const CostsQuery = graphql(
  `
    query Costs {
      viewer {
        role
      }
      prices {
        deviceType
        currency
        perHour
        spotFactor
      }
      budgets {
        key
        owner
        scope
        name
        currency
        amount
        spent
        committed
        notices
      }
      ...OwnersParts
    }
  `,
  [OwnersParts],
)
const UsageQuery = graphql(`
  query Usage($by: UsageGrouping!, $month: String) {
    usage(by: $by, month: $month) {
      key
      name
      gpuHours
      cpuHours
      unpricedGpuHours
      costs {
        currency
        amount
      }
    }
  }
`)
const PriceSet = graphql(
  `
    mutation PriceSet($input: PriceSetInput!) {
      priceSet(input: $input) {
        __typename
        ... on Price {
          deviceType
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const BudgetSet = graphql(
  `
    mutation BudgetSet($input: BudgetSetInput!) {
      budgetSet(input: $input) {
        __typename
        ... on Budget {
          key
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Costs = ResultOf<typeof CostsQuery>
const groups = ['PROJECT', 'PERSON', 'RUN', 'MONTH'] as const

/** This month and the eleven before it, as 2026-11. */
function months(): string[] {
  const now = new Date()
  return Array.from({ length: 12 }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  )
}

export function CostsPage() {
  const { t } = useText()
  const { data, error, again } = useAsk(CostsQuery, {})
  const [turn, setTurn] = useState(0)
  const changed = () => {
    again()
    setTurn(turn + 1)
  }
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  const sets = data.viewer.role === 'ADMINISTRATOR'
  return (
    <>
      <h1>{t.costs.title}</h1>
      <OwnUse key={turn} />
      <UsageTable />
      <div className="two even">
        <Budgets costs={data} sets={sets} onChanged={changed} />
        <Prices costs={data} sets={sets} onChanged={again} />
      </div>
    </>
  )
}

function UsageTable() {
  const { t, language } = useText()
  const words = t.costs
  const [by, setBy] = useState<(typeof groups)[number]>('PROJECT')
  const [month, setMonth] = useState<string | null>(months()[0]!)
  const { data, error, again } = useAsk(UsageQuery, { by, month })
  const most = Math.max(0, ...(data?.usage.map((row) => row.gpuHours || row.cpuHours) ?? []))
  return (
    <section className="card">
      <div className="row between">
        <div className="row" role="group" aria-label={words.by}>
          {groups.map((it) => (
            <button key={it} className="small" aria-pressed={by === it} onClick={() => setBy(it)}>
              {words.group[it]}
            </button>
          ))}
        </div>
        <label className="inline">
          {words.month}
          <select
            value={month ?? ''}
            onChange={(event) => setMonth(event.target.value === '' ? null : event.target.value)}
          >
            {months().map((it) => (
              <option key={it}>{it}</option>
            ))}
            <option value="">{words.allTime}</option>
          </select>
        </label>
      </div>
      <Problem error={error} again={again} />
      {data === null ? (
        error === null && <Loading />
      ) : data.usage.length === 0 ? (
        <Empty text={words.empty}>
          <Link to="/">{t.requests.toStart}</Link>
        </Empty>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
          <table className="stacks" data-testid="usage">
            <thead>
              <tr>
                <th>{words.group[by]}</th>
                <th>{words.gpuHours}</th>
                <th>{words.cpuHours}</th>
                <th>{words.cost}</th>
              </tr>
            </thead>
            <tbody>
              {data.usage.map((row) => (
                <tr key={row.key}>
                  <td className="whole">
                    {by === 'RUN' ? (
                      <Link to={runPath(btoa(`Run:${row.key}`))}>{row.name}</Link>
                    ) : (
                      row.name
                    )}
                    <span className="bar" aria-hidden="true">
                      <span
                        style={{
                          width: `${most === 0 ? 0 : (100 * (row.gpuHours || row.cpuHours)) / most}%`,
                        }}
                      />
                    </span>
                  </td>
                  <td data-label={words.gpuHours}>{formatNumber(row.gpuHours)}</td>
                  <td data-label={words.cpuHours}>{formatNumber(row.cpuHours)}</td>
                  <td data-label={words.cost}>
                    <span>
                      {row.costs.map((it) => money(it.currency, it.amount, language)).join(' · ') ||
                        '–'}
                      {row.unpricedGpuHours > 0 && (
                        <small className="quiet">
                          {' '}
                          ({words.unpriced(formatNumber(row.unpricedGpuHours))})
                        </small>
                      )}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

interface PartProps {
  readonly costs: Costs
  readonly sets: boolean
  onChanged(): void
}

function Budgets({ costs, sets, onChanged }: PartProps) {
  const { t, language } = useText()
  const words = t.costs
  const doing = useDoing()
  const owners = ownersOf(costs, costs.budgets)
  const [removed, setRemoved] = useState<Removed | null>(null)
  const [chosen, setChosen] = useState({ owner: '', currency: 'USD' })
  const form = useRef<HTMLFormElement>(null)
  const before = costs.budgets.find(
    (it) => (it.owner ?? '') === chosen.owner && it.currency === chosen.currency,
  )
  const set = (
    input: { currency: string; amount?: number; project?: string; person?: string },
    undo: Removed | null = null,
  ) =>
    doing.run(async () => {
      await act(BudgetSet, { input })
      setRemoved(undo)
      onChanged()
    })
  return (
    <section className="card">
      <h2>{words.budgets}</h2>
      {costs.budgets.length === 0 && <p className="quiet">{words.budgetsEmpty}</p>}
      {costs.budgets.map((budget) => {
        const name = budget.scope === 'ALL' ? words.everything : budget.name
        const told = (amount: number) => money(budget.currency, amount, language)
        return (
          <div key={budget.key} className="budget" data-testid="budget">
            <div className="row between">
              <strong>
                {name}{' '}
                {budget.scope !== 'ALL' && (
                  <small className="quiet">{words.group[budget.scope]}</small>
                )}
              </strong>
              {sets && (
                <span className="row">
                  <button
                    className="small"
                    aria-label={words.changeBudget(name)}
                    onClick={() => {
                      setChosen({ owner: budget.owner ?? '', currency: budget.currency })
                      requestAnimationFrame(() =>
                        form.current
                          ?.querySelector<HTMLInputElement>('input[name=amount]')
                          ?.focus(),
                      )
                    }}
                  >
                    {t.queue.quotas.change}
                  </button>
                  <button
                    className="small"
                    aria-label={words.removeBudget(name)}
                    disabled={doing.busy}
                    onClick={() => {
                      const whose = {
                        currency: budget.currency,
                        ...ownerInput(budget.owner ?? ''),
                      }
                      set(whose, { name, back: () => set({ ...whose, amount: budget.amount }) })
                    }}
                  >
                    {words.remove}
                  </button>
                </span>
              )}
            </div>
            <progress
              aria-label={name}
              max={Math.max(budget.amount, 0.01)}
              value={Math.min(budget.spent, budget.amount)}
            />
            <p>
              {words.spent(told(budget.spent), told(budget.amount))}
              {budget.committed > 0 && ` · ${words.committed(told(budget.committed))}`}
            </p>
            {budget.notices.length > 0 && (
              <p className="notice">
                {budget.notices.includes(100) ? words.notice100 : words.notice80}
              </p>
            )}
          </div>
        )
      })}
      {sets && (
        <form
          ref={form}
          className="settings"
          onSubmit={(event) => {
            event.preventDefault()
            const given = new FormData(event.currentTarget)
            set({
              currency: chosen.currency,
              amount: Number(given.get('amount')),
              ...ownerInput(chosen.owner),
            })
          }}
        >
          <OwnerSelect
            label={words.budgetFor}
            owners={owners}
            value={chosen.owner}
            everything={words.everything}
            onChange={(owner) => setChosen({ ...chosen, owner })}
          />
          <label>
            {words.currency}
            <input
              name="currency"
              value={chosen.currency}
              maxLength={3}
              required
              onChange={(event) =>
                setChosen({ ...chosen, currency: event.target.value.toUpperCase() })
              }
            />
          </label>
          <label key={`${chosen.owner} ${chosen.currency} ${before?.amount}`}>
            {words.amount}
            <input
              name="amount"
              type="number"
              min={0}
              step="any"
              required
              defaultValue={before?.amount ?? ''}
            />
          </label>
          <button disabled={doing.busy}>{words.setBudget}</button>
        </form>
      )}
      <Undo removed={removed} busy={doing.busy} />
      <Problem error={doing.error} />
    </section>
  )
}

interface Removed {
  readonly name: string
  back(): void
}

/** What was removed, and how it comes back. */
function Undo({ removed, busy }: { removed: Removed | null; busy: boolean }) {
  const { t } = useText()
  return (
    <div role="status">
      {removed !== null && (
        <p className="row">
          {t.costs.removed(removed.name)}
          <button className="small" disabled={busy} onClick={() => removed.back()}>
            {t.costs.undo}
          </button>
        </p>
      )}
    </div>
  )
}

function Prices({ costs, sets, onChanged }: PartProps) {
  const { t, language } = useText()
  const words = t.costs
  const doing = useDoing()
  const [removed, setRemoved] = useState<Removed | null>(null)
  const set = (
    input: { deviceType: string; currency: string; perHour?: number; spotFactor?: number },
    undo: Removed | null = null,
  ) =>
    doing.run(async () => {
      await act(PriceSet, { input })
      setRemoved(undo)
      onChanged()
    })
  return (
    <section className="card">
      <h2>{words.prices}</h2>
      {costs.prices.length === 0 ? (
        <p className="quiet">{words.pricesEmpty}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.prices}>
          <table className="stacks" data-testid="prices">
            <thead>
              <tr>
                <th>{words.device}</th>
                <th>{words.perHour}</th>
                <th>{words.spotFactor}</th>
                {sets && (
                  <th>
                    <span className="hidden">{words.remove}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {costs.prices.map((price) => (
                <tr key={`${price.deviceType} ${price.currency}`}>
                  <td data-label={words.device}>{price.deviceType}</td>
                  <td data-label={words.perHour}>
                    {money(price.currency, price.perHour, language)}
                  </td>
                  <td data-label={words.spotFactor}>{formatNumber(price.spotFactor)}</td>
                  {sets && (
                    <td>
                      <button
                        className="small"
                        aria-label={words.removeOf(price.deviceType)}
                        disabled={doing.busy}
                        onClick={() => {
                          const { deviceType, currency, perHour, spotFactor } = price
                          set(
                            { deviceType, currency },
                            {
                              name: deviceType,
                              back: () => set({ deviceType, currency, perHour, spotFactor }),
                            },
                          )
                        }}
                      >
                        {words.remove}
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {sets && (
        <form
          className="settings"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            set({
              deviceType: textOf(form, 'device'),
              currency: textOf(form, 'currency').toUpperCase(),
              perHour: Number(form.get('perHour')),
              spotFactor: Number(form.get('spotFactor')),
            })
          }}
        >
          <label>
            {words.device}
            <input name="device" required maxLength={63} placeholder="A100" />
            <small>{words.deviceHelp}</small>
          </label>
          <label>
            {words.currency}
            <input name="currency" defaultValue="USD" maxLength={3} required />
          </label>
          <label>
            {words.perHour}
            <input name="perHour" type="number" min={0} step="any" required />
          </label>
          <label>
            {words.spotFactor}
            <input
              name="spotFactor"
              type="number"
              min={0.01}
              max={1}
              step="any"
              defaultValue={1}
              required
            />
          </label>
          <button disabled={doing.busy}>{words.set}</button>
        </form>
      )}
      <Undo removed={removed} busy={doing.busy} />
      <Problem error={doing.error} />
    </section>
  )
}
