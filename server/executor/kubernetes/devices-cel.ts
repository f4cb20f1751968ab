import { compareQuantities, parseKubernetesQuantity } from './devices-quantity.ts'

/**
 * The part of CEL that device selectors are written in, so that the preflight judges by the very expression
 * that the scheduler gets. What it does not know makes the expression unknown, never a guess.
 * Reference: kubernetes.io/docs, "Dynamic Resource Allocation", CEL environment of `device`.
 */
export type CelVerdict =
  | { readonly kind: 'match' }
  | { readonly kind: 'no_match' }
  /** The scheduler would fail on it, for every device that it looks at. */
  | { readonly kind: 'error'; readonly message: string }

export interface CelDevice {
  readonly driver: string
  /** By domain, then by name. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, CelAttribute>>>>
  readonly capacity: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type CelAttribute = string | boolean | number | { readonly version: string }

/** A compiled selector; null when it uses what this reader does not know. */
export type CelSelectorFunction = (device: CelDevice) => CelVerdict

class CelError extends Error {}
class Unknown extends Error {}

interface QuantityValue {
  readonly quantity: string
}
interface VersionValue {
  readonly version: string
}
interface MapValue {
  readonly map: Readonly<Record<string, unknown>>
  readonly keys: 'domains' | 'names'
}
type Value = string | boolean | number | QuantityValue | VersionValue | Value[] | MapValue
type Evaluate = (device: CelDevice) => Value

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign' | 'end'
  readonly text: string
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
}

function tokens(source: string): Token[] {
  const found: Token[] = []
  const pattern =
    /\s+|([A-Za-z_][A-Za-z0-9_]*)|(\d+(?:\.\d+)?)|('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(&&|\|\||==|!=|<=|>=|[!<>?:()[\].,-])/y
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source)
    if (match === null) throw new Unknown()
    const [, word, number, text, sign] = match
    if (word !== undefined) found.push({ kind: 'word', text: word })
    else if (number !== undefined) found.push({ kind: 'number', text: number })
    else if (text !== undefined)
      found.push({
        kind: 'text',
        text: text.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => {
          const meant = escapes[letter]
          if (meant === undefined) throw new Unknown()
          return meant
        }),
      })
    else if (sign !== undefined) found.push({ kind: 'sign', text: sign })
  }
  return [...found, { kind: 'end', text: '' }]
}

const isMap = (value: Value): value is MapValue =>
  typeof value === 'object' && !Array.isArray(value) && 'map' in value
const isQuantity = (value: Value): value is QuantityValue =>
  typeof value === 'object' && 'quantity' in value
const isVersion = (value: Value): value is VersionValue =>
  typeof value === 'object' && 'version' in value

function compareVersions(left: string, right: string): number {
  const parse = (text: string) => {
    const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(text)
    if (match === null) throw new CelError(`"${text}" is not a semantic version`)
    return match
  }
  const [one, two] = [parse(left), parse(right)]
  for (const at of [1, 2, 3]) {
    const difference = Number(one[at]) - Number(two[at])
    if (difference !== 0) return Math.sign(difference)
  }
  if (one[4] === two[4]) return 0
  if (one[4] === undefined) return 1
  if (two[4] === undefined) return -1
  const [a, b] = [one[4].split('.'), two[4].split('.')]
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [x, y] = [a[at], b[at]]
    if (x === undefined) return -1
    if (y === undefined) return 1
    if (x === y) continue
    const [numeric, other] = [/^\d+$/.test(x), /^\d+$/.test(y)]
    if (numeric && other) return Math.sign(Number(x) - Number(y))
    if (numeric !== other) return numeric ? -1 : 1
    return x < y ? -1 : 1
  }
  return 0
}

function same(left: Value, right: Value): boolean {
  if (isQuantity(left) && isQuantity(right))
    return compareQuantities(left.quantity, right.quantity) === 0
  if (isVersion(left) && isVersion(right)) return compareVersions(left.version, right.version) === 0
  if (Array.isArray(left) || Array.isArray(right) || isMap(left) || isMap(right))
    throw new Unknown()
  // Kubernetes' own types refuse to be compared with others; CEL's are then merely unequal.
  if (isQuantity(left) || isVersion(left)) throw new CelError('no such overload')
  return left === right
}

const nothing: MapValue = { map: {}, keys: 'names' }

function select(value: Value, key: Value): Value {
  if (!isMap(value) || typeof key !== 'string') throw new CelError('no such overload')
  const found = Object.hasOwn(value.map, key) ? value.map[key] : undefined
  if (value.keys === 'domains')
    // A domain that a device lacks is an empty map, by Kubernetes' own rule.
    return found === undefined
      ? nothing
      : { map: found as Readonly<Record<string, unknown>>, keys: 'names' }
  if (found === undefined) throw new CelError(`no such key: ${key}`)
  return found as Value
}

function order(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return Math.sign(left - right)
  if (typeof left === 'string' && typeof right === 'string')
    return left < right ? -1 : left > right ? 1 : 0
  throw new CelError('no such overload')
}

function pattern(source: string): RegExp {
  const inline = source.startsWith('(?i)')
  try {
    return new RegExp(inline ? source.slice(4) : source, inline ? 'iu' : 'u')
  } catch {
    throw new Unknown()
  }
}

function call(target: Value, name: string, args: readonly Value[]): Value {
  const [first] = args
  if (typeof target === 'string') {
    if (name === 'lowerAscii' && args.length === 0)
      return target.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    if (name === 'upperAscii' && args.length === 0)
      return target.replace(/[a-z]/g, (letter) => letter.toUpperCase())
    if (name === 'size' && args.length === 0) return [...target].length
    if (args.length === 1) {
      if (typeof first !== 'string') throw new CelError('no such overload')
      if (name === 'contains') return target.includes(first)
      if (name === 'startsWith') return target.startsWith(first)
      if (name === 'endsWith') return target.endsWith(first)
      if (name === 'matches') return pattern(first).test(target)
    }
    throw new Unknown()
  }
  const compared = (): number => {
    if (first !== undefined && isQuantity(target) && isQuantity(first))
      return compareQuantities(target.quantity, first.quantity)
    if (first !== undefined && isVersion(target) && isVersion(first))
      return compareVersions(target.version, first.version)
    throw new CelError(`no such overload: ${name}`)
  }
  switch (name) {
    case 'compareTo':
      return compared()
    case 'isGreaterThan':
      return compared() > 0
    case 'isLessThan':
      return compared() < 0
    case 'matches':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'lowerAscii':
      throw new CelError(`no such overload: ${name}`)
    default:
      throw new Unknown()
  }
}

function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw new CelError('no such overload')
  return value
}

/** `&&` and `||` take either side's decision over the other side's error, as CEL does. */
function junction(left: Evaluate, right: Evaluate, decisive: boolean): Evaluate {
  return (device) => {
    let fault: CelError | null = null
    for (const side of [left, right]) {
      try {
        if (truth(side(device)) === decisive) return decisive
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        fault ??= error
      }
    }
    if (fault !== null) throw fault
    return !decisive
  }
}

class Reader {
  #at = 0
  readonly #tokens: readonly Token[]

  constructor(source: string) {
    this.#tokens = tokens(source)
  }

  whole(): Evaluate {
    const value = this.#ternary()
    if (this.#next.kind !== 'end') throw new Unknown()
    return value
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }

  #take(...signs: string[]): string | null {
    const { kind, text } = this.#next
    if ((kind !== 'sign' && text !== 'in') || kind === 'text' || !signs.includes(text)) return null
    this.#at += 1
    return text
  }

  #need(sign: string): void {
    if (this.#take(sign) === null) throw new Unknown()
  }

  #ternary(): Evaluate {
    const condition = this.#or()
    if (this.#take('?') === null) return condition
    const yes = this.#ternary()
    this.#need(':')
    const no = this.#ternary()
    return (device) => (truth(condition(device)) ? yes(device) : no(device))
  }

  #or(): Evaluate {
    let left = this.#and()
    while (this.#take('||') !== null) left = junction(left, this.#and(), true)
    return left
  }

  #and(): Evaluate {
    let left = this.#relation()
    while (this.#take('&&') !== null) left = junction(left, this.#relation(), false)
    return left
  }

  #relation(): Evaluate {
    let left = this.#unary()
    for (;;) {
      const sign = this.#take('==', '!=', '<', '<=', '>', '>=', 'in')
      if (sign === null) return left
      const [one, two] = [left, this.#unary()]
      left = (device) => {
        const [a, b] = [one(device), two(device)]
        if (sign === '==') return same(a, b)
        if (sign === '!=') return !same(a, b)
        if (sign === 'in') {
          // A list passes over what cannot be compared.
          if (Array.isArray(b)) return b.some((item) => !isVersion(a) && same(a, item))
          if (!isMap(b) || typeof a !== 'string') throw new CelError('no such overload')
          return Object.hasOwn(b.map, a)
        }
        const compared = order(a, b)
        return sign === '<'
          ? compared < 0
          : sign === '<='
            ? compared <= 0
            : sign === '>'
              ? compared > 0
              : compared >= 0
      }
    }
  }

  #unary(): Evaluate {
    if (this.#take('!') !== null) {
      const value = this.#unary()
      return (device) => !truth(value(device))
    }
    if (this.#take('-') !== null) {
      const value = this.#unary()
      return (device) => {
        const number = value(device)
        if (typeof number !== 'number') throw new CelError('no such overload')
        return -number
      }
    }
    return this.#member()
  }

  #arguments(): Evaluate[] {
    const found: Evaluate[] = []
    if (this.#take(')') !== null) return found
    do found.push(this.#ternary())
    while (this.#take(',') !== null)
    this.#need(')')
    return found
  }

  #member(): Evaluate {
    let value = this.#primary()
    for (;;) {
      if (this.#take('.') !== null) {
        const { kind, text: name } = this.#next
        if (kind !== 'word') throw new Unknown()
        this.#at += 1
        const target = value
        if (this.#take('(') !== null) {
          const args = this.#arguments()
          value = (device) =>
            call(
              target(device),
              name,
              args.map((argument) => argument(device)),
            )
        } else value = (device) => select(target(device), name)
      } else if (this.#take('[') !== null) {
        const [target, key] = [value, this.#ternary()]
        this.#need(']')
        value = (device) => select(target(device), key(device))
      } else return value
    }
  }

  #primary(): Evaluate {
    const { kind, text } = this.#next
    if (this.#take('(') !== null) {
      const value = this.#ternary()
      this.#need(')')
      return value
    }
    if (this.#take('[') !== null) {
      const items: Evaluate[] = []
      if (this.#take(']') === null) {
        do items.push(this.#ternary())
        while (this.#take(',') !== null)
        this.#need(']')
      }
      return (device) => items.map((item) => item(device))
    }
    this.#at += 1
    if (kind === 'text') return () => text
    if (kind === 'number') return () => Number(text)
    if (kind !== 'word') throw new Unknown()
    if (text === 'true' || text === 'false') return () => text === 'true'
    if (text === 'device') return this.#device()
    if (text === 'quantity' || text === 'semver') {
      this.#need('(')
      const [argument, ...more] = this.#arguments()
      if (argument === undefined || more.length > 0) throw new Unknown()
      return (device) => {
        const given = argument(device)
        if (typeof given !== 'string') throw new CelError('no such overload')
        if (text === 'semver') {
          compareVersions(given, given)
          return { version: given }
        }
        if (parseKubernetesQuantity(given) === null) throw new CelError(`"${given}" is no quantity`)
        return { quantity: given }
      }
    }
    throw new Unknown()
  }

  #device(): Evaluate {
    this.#need('.')
    const { text } = this.#next
    this.#at += 1
    switch (text) {
      case 'driver':
        return (device) => device.driver
      case 'attributes':
        return (device) => ({ map: device.attributes, keys: 'domains' })
      case 'capacity':
        return (device) => ({ map: quantities(device), keys: 'domains' })
      default:
        throw new Unknown()
    }
  }
}

const wrapped = new WeakMap<CelDevice, Record<string, Record<string, QuantityValue>>>()
function quantities(device: CelDevice): Record<string, Record<string, QuantityValue>> {
  const known = wrapped.get(device)
  if (known !== undefined) return known
  const made = Object.fromEntries(
    Object.entries(device.capacity).map(([domain, names]) => [
      domain,
      Object.fromEntries(
        Object.entries(names).map(([name, quantity]) => [name, { quantity }] as const),
      ),
    ]),
  )
  wrapped.set(device, made)
  return made
}

const match: CelVerdict = { kind: 'match' }
const noMatch: CelVerdict = { kind: 'no_match' }

/** Compiles a device selector; null when it uses more of CEL than this reader knows. */
export function compileCel(source: string): CelSelectorFunction | null {
  let evaluate: Evaluate
  try {
    evaluate = new Reader(source).whole()
  } catch (error) {
    if (error instanceof Unknown) return null
    throw error
  }
  return (device) => {
    try {
      return truth(evaluate(device)) ? match : noMatch
    } catch (error) {
      if (error instanceof CelError || error instanceof Unknown)
        return { kind: 'error', message: error.message }
      throw error
    }
  }
}
