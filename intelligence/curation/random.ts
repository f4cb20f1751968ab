/** A repeatable stream of numbers: the same seed and salts give the same stream on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(limit: number): number
  /** Standard normal. */
  normal(): number
}

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ (value | 0), 0x9e3779b1)
  h ^= h >>> 15
  h = Math.imul(h, 0x85ebca77)
  return h ^ (h >>> 13)
}

function saltOf(salt: string | number): number {
  if (typeof salt === 'number') return salt
  let hash = 2166136261
  for (let index = 0; index < salt.length; index += 1)
    hash = Math.imul(hash ^ salt.charCodeAt(index), 16777619)
  return hash
}

/** sfc32 by Chris Doty-Humphrey, warmed up. Salts keep the streams of different steps apart. */
export function seededRandom(seed: number, ...salts: (string | number)[]): Random {
  let state = mix(0x2545f491, seed)
  for (const salt of salts) state = mix(state, saltOf(salt))
  let a = mix(state, 1)
  let b = mix(state, 2)
  let c = mix(state, 3)
  let d = 1
  const bits = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let index = 0; index < 15; index += 1) bits()
  const next = (): number => bits() / 4294967296
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}
