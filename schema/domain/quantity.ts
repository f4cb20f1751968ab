import { DomainError } from './errors.ts'

/** An amount of memory as a person wrote it, beside what it means. `bytes` is NaN when the text has no meaning. */
export interface Quantity {
  readonly text: string
  readonly bytes: number
}

/** A duration as written ("2h", "90m", 3600); `seconds` is NaN when it has no meaning. */
export interface Duration {
  readonly written: string | number
  readonly seconds: number
}

/** CPU as written ("500m", 2); `cores` is NaN when it has no meaning. */
export interface Cpu {
  readonly written: string | number
  readonly cores: number
}

const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 }
const quantityPattern = /^(\d{1,18}(?:\.\d{1,9})?) ?([kmgtp]?)(i?)(b?)$/i

/** Reads "128GB" (powers of 1000) and "128Gi" (powers of 1024); never throws, so that a canvas can show the fault. */
export function readQuantity(text: string): Quantity {
  const match = quantityPattern.exec(text)
  if (match === null) return { text, bytes: Number.NaN }
  const [, number = '', letter = '', binary = ''] = match
  if (binary !== '' && letter === '') return { text, bytes: Number.NaN }
  const base = binary === '' ? 1000 : 1024
  return { text, bytes: Math.round(Number(number) * base ** (powers[letter.toLowerCase()] ?? 0)) }
}

/** As {@link readQuantity}, but refuses text that has no meaning. */
export function parseQuantity(text: string): Quantity {
  const quantity = readQuantity(text)
  if (Number.isNaN(quantity.bytes)) {
    throw new DomainError(
      'BAD_INPUT',
      `"${text.slice(0, 40)}" is not an amount: write it as "16GB" or "16Gi".`,
    )
  }
  return quantity
}

const durationPattern = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,10})s)?$/

export function readDuration(written: string | number): Duration {
  if (typeof written === 'number') return { written, seconds: written }
  const match = durationPattern.exec(written)
  if (match === null || written === '') return { written, seconds: Number.NaN }
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return { written, seconds: days! * 86_400 + hours! * 3_600 + minutes! * 60 + seconds! }
}

export function readCpu(written: string | number): Cpu {
  if (typeof written === 'number') return { written, cores: written }
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(m?)$/.exec(written)
  if (match === null) return { written, cores: Number.NaN }
  return { written, cores: Number(match[1]) / (match[2] === 'm' ? 1000 : 1) }
}
