import { useEffect, useState } from 'react'
import { ask, asRefusal } from '../graph/ask.ts'
import { graphql, type Json, type ResultOf } from '../graph/graphql.ts'
import { formatBytes, formatSeconds } from '../text/format.ts'
import { useText } from '../text/Text.tsx'

const GoalPlan = graphql(`
  query GoalPlan($text: String!, $images: Int, $changes: JSON) {
    goalPlan(text: $text, images: $images, changes: $changes) {
      components {
        name
        type
      }
      seconds {
        low
        likely
        high
      }
      memoryBytes {
        low
        likely
        high
      }
      quote {
        costs {
          currency
          low
          likely
          high
        }
      }
      images
      refusal
    }
  }
`)
type Glance = ResultOf<typeof GoalPlan>['goalPlan']

/** After the chips, which must not wait for it. */
const restMs = 200

/** The plan that the words come to: its steps, time, memory and cost with how far they may be off. */
export function PlanGlance({
  text,
  images,
  changes,
}: {
  readonly text: string
  readonly images: number
  readonly changes: Readonly<Record<string, Json>>
}) {
  const { t, say, language } = useText()
  const [plan, setPlan] = useState<Glance | null>(null)
  const [fault, setFault] = useState<string | null>(null)
  const asked = JSON.stringify([text, images, changes])
  useEffect(() => {
    let wanted = true
    const timer = setTimeout(() => {
      const [about, count, set] = JSON.parse(asked) as [string, number, Record<string, Json>]
      ask(GoalPlan, { text: about, images: count === 0 ? null : count, changes: set }).then(
        ({ goalPlan }) => {
          if (!wanted) return
          setPlan(goalPlan)
          setFault(null)
        },
        (reason: unknown) => {
          if (!wanted) return
          setPlan(null)
          setFault(asRefusal(reason).message)
        },
      )
    }, restMs)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [asked])
  const refusal = fault ?? plan?.refusal ?? null
  if (refusal !== null && refusal !== '')
    return (
      <p className="notice" data-testid="plan-glance">
        {t.start.noPlan}: {say(refusal)}
      </p>
    )
  if (plan === null) return null
  const money = (amount: number, currency: string): string =>
    new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      maximumSignificantDigits: 2,
    }).format(amount)
  return (
    <section className="card glance" data-testid="plan-glance" aria-label={t.start.plan}>
      <p className="quiet">
        {t.start.plan} · {t.start.planWith(plan.images, images > 0)}
      </p>
      <ol className="line">
        {plan.components.map((part) => (
          <li key={part.name} className={part.type}>
            {t.part[part.type] ?? part.name}
          </li>
        ))}
      </ol>
      <p className="row">
        {plan.seconds !== null && (
          <span>
            <span className="quiet">{t.plan.estimate}</span>{' '}
            <strong>{formatSeconds(plan.seconds.likely, t)}</strong>{' '}
            <span className="quiet">
              (
              {t.plan.range(
                formatSeconds(plan.seconds.low, t),
                formatSeconds(plan.seconds.high, t),
              )}
              )
            </span>
          </span>
        )}
        {plan.memoryBytes !== null && (
          <span>
            <span className="quiet">{t.plan.memory}</span>{' '}
            <strong>{formatBytes(plan.memoryBytes.likely)}</strong>{' '}
            <span className="quiet">
              ({t.plan.range(formatBytes(plan.memoryBytes.low), formatBytes(plan.memoryBytes.high))}
              )
            </span>
          </span>
        )}
        <span>
          <span className="quiet">{t.start.cost}</span>{' '}
          {plan.quote === null || plan.quote.costs.length === 0 ? (
            <span className="quiet">{t.start.noPrice}</span>
          ) : (
            plan.quote.costs.map((cost) => (
              <span key={cost.currency}>
                <strong>{money(cost.likely, cost.currency)}</strong>{' '}
                <span className="quiet">
                  ({t.plan.range(money(cost.low, cost.currency), money(cost.high, cost.currency))})
                </span>{' '}
              </span>
            ))
          )}
        </span>
      </p>
    </section>
  )
}
