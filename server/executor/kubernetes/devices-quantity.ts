const powers: Readonly<Record<string, readonly [bigint, bigint]>> = {
  n: [1n, 1_000_000_000n],
  u: [1n, 1_000_000n],
  m: [1n, 1_000n],
  '': [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [2n ** 30n, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
  Ei: [2n ** 60n, 1n],
}

const pattern =
  /^([+-]?)(\d{1,30})(?:\.(\d{0,20}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/

/** A Kubernetes quantity in billionths, exactly; null when the text is none. */
export function parseKubernetesQuantity(text: string): bigint | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, sign, whole = '0', fraction = '', suffix = '', exponent] = match
  const digits = BigInt(whole + fraction)
  const [factor, divisor] = powers[suffix]!
  const shift = Number(exponent ?? 0) - fraction.length + 9
  const scaled =
    shift >= 0
      ? (digits * factor * 10n ** BigInt(shift)) / divisor
      : (digits * factor) / (divisor * 10n ** BigInt(-shift))
  return sign === '-' ? -scaled : scaled
}

/** @throws RangeError when one is no quantity */
export function compareQuantities(left: string, right: string): number {
  const [one, two] = [parseKubernetesQuantity(left), parseKubernetesQuantity(right)]
  if (one === null || two === null)
    throw new RangeError(`"${one === null ? left : right}" is not a quantity`)
  return one < two ? -1 : one > two ? 1 : 0
}

/** A cluster has thousands of nodes, devices and pods, and a few dozen quantities. */
const numbers = new Map<string, number>()
const numbersKept = 10_000

/** As a plain number (bytes, cores, pieces); 0 for what cannot be read. */
export function quantityNumber(text: string | number | undefined): number {
  if (text === undefined) return 0
  const key = String(text)
  const known = numbers.get(key)
  if (known !== undefined) return known
  const exact = parseKubernetesQuantity(key)
  const value = exact === null ? 0 : Number(exact) / 1e9
  if (numbers.size >= numbersKept) numbers.clear()
  numbers.set(key, value)
  return value
}
