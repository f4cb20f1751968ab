import { formatSeconds, localeOf } from '../text/format.ts'
import type { Words } from '../text/en.ts'

export interface Resources {
  readonly gpuType: string | null
  readonly gpuCount: number
  readonly gpuMemoryBytes: number | null
  readonly cpu: number | null
  readonly memoryBytes: number | null
  readonly maxSeconds: number | null
}

/** Memory as people ask for it: 128e9 -> "128GB", 2^34 -> "16Gi". */
export function memoryText(bytes: number): string {
  const gib = bytes / 1024 ** 3
  if (bytes % 1e9 !== 0 && Number.isInteger(gib)) return `${gib}Gi`
  const mib = bytes / 1024 ** 2
  if (bytes % 1e6 !== 0 && Number.isInteger(mib)) return `${mib}Mi`
  return bytes >= 1e9
    ? `${Number((bytes / 1e9).toPrecision(4))}GB`
    : `${Number((bytes / 1e6).toPrecision(4))}MB`
}

/** "A100 x 4, 128GB" or "CPU x 8, 32GB" (design 06). */
export function resourcesText(resources: Resources, t: Words): string {
  const { gpuType, gpuCount, gpuMemoryBytes, cpu, memoryBytes } = resources
  const parts: string[] = []
  if (gpuCount > 0) {
    const least = gpuMemoryBytes === null ? '' : ` (≥ ${memoryText(gpuMemoryBytes)})`
    parts.push(`${gpuType ?? 'GPU'}${least} x ${gpuCount}`)
  } else if (cpu !== null) parts.push(`CPU x ${cpu}`)
  if (memoryBytes !== null) parts.push(memoryText(memoryBytes))
  return parts.length === 0 ? t.requests.none : parts.join(', ')
}

/** 5400 -> "1h30m", as the server reads it. */
export function durationText(seconds: number): string {
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = Math.round(seconds % 60)
  return (
    [
      hours > 0 ? `${hours}h` : '',
      minutes > 0 ? `${minutes}m` : '',
      rest > 0 ? `${rest}s` : '',
    ].join('') || '0s'
  )
}

export function money(currency: string, amount: number, language: string): string {
  return new Intl.NumberFormat(localeOf(language), { style: 'currency', currency }).format(amount)
}

interface Quote {
  readonly seconds: { low: number; likely: number; high: number } | null
  readonly gpuHours: { likely: number } | null
  readonly costs: readonly { currency: string; low: number; likely: number; high: number }[]
  readonly spotCosts: readonly { currency: string; likely: number }[]
  readonly bound: readonly { currency: string; amount: number }[]
  readonly unpriced: readonly string[]
}

/** The figures of a quote as label and text. */
export function quoteLines(quote: Quote, t: Words, language: string): [string, string][] {
  const words = t.requests
  const lines: [string, string][] = []
  const { seconds, gpuHours } = quote
  lines.push([
    words.time,
    seconds === null
      ? words.unknown
      : `${formatSeconds(seconds.likely, t)} (${t.plan.range(formatSeconds(seconds.low, t), formatSeconds(seconds.high, t))})`,
  ])
  if (gpuHours !== null && gpuHours.likely > 0)
    lines.push([words.gpuHours, String(Number(gpuHours.likely.toPrecision(3)))])
  const costs = quote.costs.map((cost) => {
    const spot = quote.spotCosts.find((it) => it.currency === cost.currency)
    const range = t.plan.range(
      money(cost.currency, cost.low, language),
      money(cost.currency, cost.high, language),
    )
    const cheaper =
      spot !== undefined && spot.likely < cost.likely
        ? ` · ${money(spot.currency, spot.likely, language)} ${words.spot}`
        : ''
    return `${money(cost.currency, cost.likely, language)} (${range})${cheaper}`
  })
  const bounds = quote.bound
    .filter((it) => it.amount > 0)
    .map((it) => words.atMost(money(it.currency, it.amount, language)))
  const unpriced = quote.unpriced.length > 0 ? [words.unpriced(quote.unpriced.join(', '))] : []
  lines.push([
    words.cost,
    [...costs, ...bounds, ...unpriced].join(' · ') ||
      (seconds === null ? words.unknown : words.noPrice),
  ])
  return lines
}

/** A text field of a form; '' when it is empty or not there. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}
