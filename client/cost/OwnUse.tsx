import { useAsk } from '../graph/ask.ts'
import { graphql } from '../graph/graphql.ts'
import { money } from '../request/resources.ts'
import { formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const OwnUseQuery = graphql(`
  query OwnUse {
    ownUse {
      quota {
        gpus
        gpuHours
        usedGpus
        usedGpuHours
      }
      costs {
        currency
        amount
      }
      budgets {
        key
        currency
        amount
        spent
        committed
      }
    }
  }
`)

interface RowProps {
  readonly label: string
  readonly used: number
  readonly limit: number | null
  readonly text: string
}

function Row({ label, used, limit, text }: RowProps) {
  return (
    <div className="measure" data-testid="own-use-row">
      <span>{label}</span>
      {limit !== null && limit > 0 && (
        <progress aria-label={label} max={limit} value={Math.min(used, limit)} />
      )}
      <span>{text}</span>
    </div>
  )
}

/** What the viewer uses, and how much of it is allowed: before a request is refused for it. */
export function OwnUse() {
  const { t, language } = useText()
  const words = t.costs.own
  const { data, error, again } = useAsk(OwnUseQuery, {})
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return null
  const { quota, costs, budgets } = data.ownUse
  const told = (used: number, limit: number | null) =>
    limit === null
      ? words.free(formatNumber(used))
      : t.queue.quotas.of(formatNumber(used), formatNumber(limit))
  const priced = budgets.map((budget) => budget.currency)
  return (
    <section className="card" data-testid="own-use">
      <h2>{words.title}</h2>
      <Row
        label={words.gpus}
        used={quota.usedGpus}
        limit={quota.gpus}
        text={told(quota.usedGpus, quota.gpus)}
      />
      <Row
        label={words.hours}
        used={quota.usedGpuHours}
        limit={quota.gpuHours}
        text={told(quota.usedGpuHours, quota.gpuHours)}
      />
      {budgets.map((budget) => (
        <Row
          key={budget.key}
          label={words.budget}
          used={budget.spent}
          limit={budget.amount}
          text={[
            t.costs.spent(
              money(budget.currency, budget.spent, language),
              money(budget.currency, budget.amount, language),
            ),
            ...(budget.committed > 0
              ? [t.costs.committed(money(budget.currency, budget.committed, language))]
              : []),
          ].join(' · ')}
        />
      ))}
      {costs
        .filter(({ currency }) => !priced.includes(currency))
        .map(({ currency, amount }) => (
          <Row
            key={currency}
            label={words.cost}
            used={amount}
            limit={null}
            text={money(currency, amount, language)}
          />
        ))}
      <p className="quiet">{words.help}</p>
    </section>
  )
}
