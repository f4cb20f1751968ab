import type { Words } from './en.ts'

/** 1536 -> "1.5 kB" */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** 95 -> "2 min" */
export function formatSeconds(seconds: number, t: Words): string {
  if (seconds < 60) return t.time.seconds(Math.max(1, Math.round(seconds)))
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return t.time.minutes(minutes)
  return t.time.hours(Math.floor(minutes / 60), minutes % 60)
}

/** The page's language as its reader writes it: "en" of a British browser -> "en-GB". */
export function localeOf(language: string): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language
}

export function formatDate(at: string, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(new Date(at))
}

/** A figure to read at a glance: three significant digits. */
export function formatNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 100_000))
    return value.toExponential(2)
  return String(Number(value.toPrecision(3)))
}

/** A metric's value by its name: sizes as sizes. */
export function formatFigure(name: string, value: number): string {
  return /(^|_)bytes$/.test(name) ? formatBytes(value) : formatNumber(value)
}

/** JSON text of a value for people: strings as they are. */
export function formatValue(value: unknown): string {
  return typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.map(formatValue).join(', ')
      : JSON.stringify(value)
}

/** A slot of the intent for people: {amount: 5, currency: "USD"} -> "$5.00", 2 hours -> "2 h". */
export function formatSlot(path: string, value: unknown, language: string, t: Words): string {
  if (path === 'limits.money' && typeof value === 'object' && value !== null) {
    const { amount, currency } = value as { amount?: unknown; currency?: unknown }
    if (typeof amount === 'number' && typeof currency === 'string')
      return new Intl.NumberFormat(localeOf(language), {
        style: 'currency',
        currency,
        trailingZeroDisplay: 'stripIfInteger',
      }).format(amount)
  }
  if (path === 'limits.hours' && typeof value === 'number') return formatSeconds(value * 3600, t)
  return t.value[`${path}.${formatValue(value)}`] ?? formatValue(value)
}

/** A metric's name for people: identity_ratio -> "identity ratio" where no better word is known. */
export function metricName(key: string, t: Words): string {
  return t.metric[key] ?? key.replaceAll('_', ' ')
}

/** A setting's name as runs record it, for people: evaluator.sample_count -> "evaluator · Final samples". */
export function settingName(recorded: string, t: Words): string {
  const at = recorded.lastIndexOf('.')
  const own = recorded.slice(at + 1)
  const name =
    t.setting[own.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())] ??
    own.replaceAll('_', ' ')
  return at < 0 ? name : `${recorded.slice(0, at)} · ${name}`
}

/** Its value as runs record it, for people: "all" -> "All layers", strategy "lora" -> "LoRA". */
export function settingValue(recorded: string, value: string, t: Words): string {
  if (value === '' || value === 'null') return '–'
  const own = recorded.slice(recorded.lastIndexOf('.') + 1)
  return t.value[`${own}.${value}`] ?? t.option[value] ?? value
}
