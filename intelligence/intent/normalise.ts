/** A goal made comparable, with the way back: every character knows where it stood in what was typed. */
export interface Normalised {
  /** NFKC, straight quotes, no invisible characters; case kept. */
  readonly text: string
  /** `text` in lower case, character for character. */
  readonly lower: string
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
const invisible = /[\p{Cf}\p{Cc}\u115f\u1160\u3164\ufe00-\ufe0f]/u
const quotes: Readonly<Record<string, string>> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u201a': "'",
  '\u201b': "'",
  '\u2032': "'",
  '\u00b4': "'",
  '`': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u201e': '"',
  '\u2033': '"',
  '\u00ab': '"',
  '\u00bb': '"',
  '\u300c': '"',
  '\u300d': '"',
  '\u300e': '"',
  '\u300f': '"',
  '\u3008': '"',
  '\u3009': '"',
  '\u300a': '"',
  '\u300b': '"',
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\u2212': '-',
  '\u30fb': ' ',
  '\u00d7': 'x',
  '\u3002': '.',
  '\u3001': ',',
}

export function normalise(goal: string): Normalised {
  let text = ''
  let lower = ''
  const starts: number[] = []
  const ends: number[] = []
  const push = (piece: string, start: number, end: number): void => {
    for (const unit of piece) {
      if (invisible.test(unit) && !/\s/.test(unit)) continue
      // "ㅋㅋ", "ㅠㅠ" laugh and cry; NFKC has made them conjoining letters
      const plain = quotes[unit] ?? (/[\s\u1100-\u11ff\u3131-\u318e]/.test(unit) ? ' ' : unit)
      const small = plain.toLowerCase()
      text += plain
      lower += small.length === plain.length ? small : plain
      for (let index = 0; index < plain.length; index += 1) {
        starts.push(start)
        ends.push(end)
      }
    }
  }
  if (/^[\u0020-\u007e\uac00-\ud7a3]*$/.test(goal)) {
    for (let index = 0; index < goal.length; index += 1) push(goal[index]!, index, index + 1)
  } else {
    for (const { segment, index } of segmenter.segment(goal))
      push(segment.normalize('NFKC'), index, index + segment.length)
  }
  return { text, lower, starts, ends }
}

/** Offsets of a stretch of the normalised text in the goal as typed. */
export function spanOf(normalised: Normalised, start: number, end: number): [number, number] {
  return [normalised.starts[start] ?? 0, normalised.ends[Math.max(start, end - 1)] ?? 0]
}

export interface Token {
  readonly text: string
  readonly lower: string
  readonly start: number
  readonly end: number
  readonly kind: 'latin' | 'hangul' | 'number' | 'other'
  /** White space stands before it. */
  readonly spaced: boolean
}

const tokenPattern =
  /\p{Script=Hangul}+|[\p{Script=Latin}\p{M}]+(?:'[A-Za-z]{1,2}(?![\p{L}]))?|\d+(?:[.,]\d+)*|[\p{L}\p{M}]+|\S/gu

export function tokenise(normalised: Normalised): Token[] {
  const tokens: Token[] = []
  for (const match of normalised.text.matchAll(tokenPattern)) {
    const [text] = match
    const start = match.index
    const kind = /^\p{Script=Hangul}/u.test(text)
      ? 'hangul'
      : /^\p{Script=Latin}/u.test(text)
        ? 'latin'
        : /^\d/.test(text)
          ? 'number'
          : 'other'
    tokens.push({
      text,
      lower: normalised.lower.slice(start, start + text.length),
      start,
      end: start + text.length,
      kind,
      spaced: start === 0 || normalised.text[start - 1] === ' ',
    })
  }
  return tokens
}
