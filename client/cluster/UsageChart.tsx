import { useEffect, useState } from 'react'
import { useAsk } from '../graph/ask.ts'
import { useText } from '../text/Text.tsx'
import { formatDate } from '../text/format.ts'
import { Problem } from '../ui/Notice.tsx'
import { HistoryQuery } from './cluster-queries.ts'
import { amountText } from './UseBars.tsx'

const ranges = { hour: 3_600, day: 86_400, month: 30 * 86_400, year: 365 * 86_400 } as const
type Range = keyof typeof ranges

interface UsageChartProps {
  readonly cluster: string
  /** GPU types that there are. */
  readonly types: readonly string[]
}

interface Point {
  readonly at: string
  readonly total: number
  readonly requested: number
  readonly used: number | null
}

/** Total, requested and used over time; an interval without a reading is a gap. */
function Curves({
  points,
  seconds,
  bytes,
}: {
  points: readonly Point[]
  seconds: number
  bytes: boolean
}) {
  const { t, language } = useText()
  const times = points.map((point) => new Date(point.at).getTime())
  const from = times[0]!
  const span = times.at(-1)! - from || 1
  const top = Math.max(...points.map((point) => Math.max(point.total, point.requested))) || 1
  const x = (at: number) => (((times[at]! - from) / span) * 600).toFixed(1)
  const y = (value: number) => (150 - (Math.min(value, top) / top) * 144).toFixed(1)
  const path = (of: (point: Point) => number | null) => {
    let text = ''
    let pen = false
    points.forEach((point, at) => {
      const value = of(point)
      if (at > 0 && times[at]! - times[at - 1]! > seconds * 3_000) pen = false
      if (value === null) pen = false
      else {
        text += `${pen ? 'L' : 'M'}${x(at)} ${y(value)}`
        pen = true
      }
    })
    return text
  }
  const last = points.at(-1)!
  return (
    <figure className="usage">
      <svg
        viewBox="0 0 600 156"
        preserveAspectRatio="none"
        role="img"
        aria-label={t.cluster.chartLabel(
          amountText(last.used, bytes),
          amountText(last.requested, bytes),
          amountText(last.total, bytes),
        )}
      >
        <path className="total" d={path((point) => point.total)} />
        <path className="held" d={path((point) => point.requested)} />
        <path className="busy" d={path((point) => point.used)} />
      </svg>
      <figcaption>
        <span>{formatDate(points[0]!.at, language)}</span>
        <span>{formatDate(last.at, language)}</span>
      </figcaption>
      <p className="legend">
        <span className="swatch busy" /> {t.cluster.used} {amountText(last.used, bytes)}{' '}
        <span className="swatch held" /> {t.cluster.requested} {amountText(last.requested, bytes)}{' '}
        <span className="swatch total" /> {t.cluster.total} {amountText(last.total, bytes)}
      </p>
    </figure>
  )
}

export function UsageChart({ cluster, types }: UsageChartProps) {
  const { t } = useText()
  const [range, setRange] = useState<Range>('hour')
  const [wanted, setWanted] = useState(types.length > 0 ? 'GPU' : 'CPU')
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  const type = wanted.startsWith('GPU:') ? wanted.slice(4) : null
  const series = type === null ? (wanted as 'GPU' | 'CPU' | 'MEMORY') : 'GPU'
  const { data, error, again } = useAsk(HistoryQuery, {
    cluster,
    series,
    type,
    since: new Date(now - ranges[range] * 1_000).toISOString(),
  })
  const node = data?.node
  const found = node != null && 'history' in node ? node.history : null
  return (
    <section className="card">
      <div className="section-head">
        <h2>{t.cluster.overTime}</h2>
        <select
          aria-label={t.cluster.resource}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        >
          {types.length > 0 && <option value="GPU">GPU</option>}
          {types.map((name) => (
            <option key={name} value={`GPU:${name}`}>
              {name === '' ? t.cluster.unnamed : name}
            </option>
          ))}
          <option value="CPU">CPU</option>
          <option value="MEMORY">{t.cluster.memory}</option>
        </select>
        <div className="ranges" role="group" aria-label={t.cluster.range}>
          {(Object.keys(ranges) as Range[]).map((name) => (
            <button
              key={name}
              className="small"
              aria-pressed={range === name}
              onClick={() => {
                setRange(name)
                setNow(Date.now())
              }}
            >
              {t.cluster.ranges[name]}
            </button>
          ))}
        </div>
      </div>
      <Problem error={error} again={again} />
      {found === null || found.points.length < 2 ? (
        <p className="quiet">{t.cluster.noHistory}</p>
      ) : (
        <Curves points={found.points} seconds={found.seconds} bytes={series === 'MEMORY'} />
      )}
    </section>
  )
}
