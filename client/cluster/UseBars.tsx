import { formatBytes, formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import type { Amounts } from './cluster-queries.ts'

export interface ResourceRow {
  readonly key: string
  readonly label: string
  readonly amounts: Amounts
  readonly bytes?: boolean
}

export function amountText(value: number | null, bytes = false): string {
  return value === null
    ? '–'
    : bytes
      ? formatBytes(value)
      : formatNumber(Math.round(value * 10) / 10)
}

export function percentText(share: number | null): string {
  return share === null ? '–' : `${Number((share * 100).toFixed(1))} %`
}

const width = (part: number, total: number) =>
  `${total <= 0 ? 0 : Math.min(100, (part / total) * 100)}%`

/** How full each resource is, at a glance: what is used within what is requested within all there is. */
export function UseBars({ rows }: { rows: readonly ResourceRow[] }) {
  const { t } = useText()
  return (
    <ul className="use-bars" data-testid="use-bars">
      {rows.map(({ key, label, amounts, bytes }) => (
        <li key={key}>
          <div className="use-head">
            <strong>{label}</strong>
            <span>
              {t.cluster.bar(
                amountText(amounts.requested, bytes),
                amountText(amounts.total, bytes),
                amounts.used === null ? null : percentText(amounts.share),
              )}
            </span>
          </div>
          <div className="use-bar" aria-hidden="true">
            <span className="held" style={{ width: width(amounts.requested, amounts.total) }} />
            <span className="busy" style={{ width: width(amounts.used ?? 0, amounts.total) }} />
          </div>
        </li>
      ))}
    </ul>
  )
}

export function UseLegend() {
  const { t } = useText()
  return (
    <p className="legend">
      <span className="swatch busy" /> {t.cluster.used} <span className="swatch held" />{' '}
      {t.cluster.requested} <span className="swatch" /> {t.cluster.idle}
    </p>
  )
}

export function UseTable({ rows }: { rows: readonly ResourceRow[] }) {
  const { t } = useText()
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t.cluster.resources}>
      <table className="stacks" data-testid="use-table">
        <thead>
          <tr>
            <th>{t.cluster.resource}</th>
            <th>{t.cluster.total}</th>
            <th>{t.cluster.requested}</th>
            <th>{t.cluster.usedShare}</th>
            <th>{t.cluster.idle}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, label, amounts, bytes }) => (
            <tr key={key}>
              <td className="whole">{label}</td>
              <td data-label={t.cluster.total}>{amountText(amounts.total, bytes)}</td>
              <td data-label={t.cluster.requested}>{amountText(amounts.requested, bytes)}</td>
              <td data-label={t.cluster.usedShare}>
                {amounts.used === null
                  ? t.cluster.unmeasured
                  : `${amountText(amounts.used, bytes)} (${percentText(amounts.share)})`}
              </td>
              <td data-label={t.cluster.idle}>{amountText(amounts.idle, bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
