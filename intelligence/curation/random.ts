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

/** A draw from Beta(a, b), a and b above 0. */
export function betaDraw(a: number, b: number, random: Random): number {
  const x = gammaDraw(a, random)
  const y = gammaDraw(b, random)
  return x + y > 0 ? x / (x + y) : a / (a + b)
}

// Marsaglia and Tsang (2000); shapes below one by their boost.
function gammaDraw(shape: number, random: Random): number {
  if (shape < 1) return gammaDraw(shape + 1, random) * (1 - random.next()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = random.normal()
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    const u = 1 - random.next()
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** A draw from the binomial distribution; by the normal one where both counts are large. */
export function countDraw(size: number, share: number, random: Random): number {
  const mean = size * share
  const spread = Math.sqrt(mean * (1 - share))
  if (spread > 5) return Math.min(size, Math.max(0, Math.round(mean + spread * random.normal())))
  // By the gaps between hits, which are few (or the misses are).
  const rare = Math.min(share, 1 - share)
  if (!(rare > 1e-12)) return share > 0.5 ? size : 0
  let hits = 0
  const scale = Math.log1p(-rare)
  for (let place = 0; ; hits += 1) {
    place += 1 + Math.floor(Math.log(1 - random.next()) / scale)
    if (place > size) return share > 0.5 ? size - hits : hits
  }
}
