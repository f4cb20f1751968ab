import { formatNumber } from '../text/format.ts'
import { useText } from '../text/Text.tsx'

interface MetricChartProps {
  readonly name: string
  readonly points: readonly { readonly step: number; readonly value: number | null }[]
}

/** One curve with its last figure; a NaN leaves a gap. */
export function MetricChart({ name, points }: MetricChartProps) {
  const { t } = useText()
  const known = points.flatMap(({ step, value }) => (value === null ? [] : [{ step, value }]))
  const last = known.at(-1)
  if (last === undefined) return null
  const values = known.map((point) => point.value)
  const low = Math.min(...values)
  const high = Math.max(...values)
  const span = high - low || 1
  const from = points[0]!.step
  const width = points.at(-1)!.step - from || 1
  let pen = 'M'
  let path = ''
  for (const { step, value } of points) {
    if (value === null) pen = 'M'
    else {
      path += `${pen}${(((step - from) / width) * 300).toFixed(1)} ${(104 - ((value - low) / span) * 100).toFixed(1)}`
      pen = 'L'
    }
  }
  return (
    <figure className="chart" data-testid="metric-chart">
      <figcaption>
        <span>{name}</span>
        <strong>{formatNumber(last.value)}</strong>
      </figcaption>
      {known.length > 1 && (
        <svg
          viewBox="0 0 300 108"
          preserveAspectRatio="none"
          role="img"
          aria-label={`${name}: ${formatNumber(values[0]!)} → ${formatNumber(last.value)}`}
        >
          <path d={path} />
        </svg>
      )}
      {known.length > 1 && (
        <small className="row between quiet" aria-hidden="true">
          <span>{t.run.atStep(from)}</span>
          <span>
            {formatNumber(low)} – {formatNumber(high)}
          </span>
          <span>{t.run.atStep(points.at(-1)!.step)}</span>
        </small>
      )}
    </figure>
  )
}
