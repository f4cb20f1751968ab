/** What the server says, in English, with its parameters in braces; the same in another language; whether it only stands within another. */
export type Sentence = readonly [english: string, other: string, part?: 'part']
export type Sentences = readonly Sentence[]

interface Compiled {
  readonly head: string
  readonly pattern: RegExp
  readonly names: readonly string[]
  readonly other: string
  readonly weight: number
  readonly part: boolean
}

const blank = /\{(\w+[#;~]?)\}/
const special = /[.*+?^${}()|[\]\\]/g
const mostDeep = 6
/** A reply of the server may hold a whole log; no sentence of the platform is as long as this. */
const longest = 4_000

function compile([english, other, part]: Sentence): Compiled {
  const parts = english.split(blank)
  const names = parts.filter((_, at) => at % 2 === 1)
  const source = parts
    .map((part, at) =>
      at % 2 === 0
        ? part.replace(special, '\\$&')
        : part.endsWith('#')
          ? '(-?[\\d.,]+(?:e[+-]?\\d+)?)'
          : '(.*?)',
    )
    .join('')
  const weight = parts.reduce((sum, part, at) => sum + (at % 2 === 0 ? part.length : 0), 0)
  return {
    head: parts[0]!,
    pattern: new RegExp(`^${source}$`, 's'),
    names,
    other,
    weight,
    part: part === 'part',
  }
}

/** Whether a word ends in a consonant when it is said in Korean; null: nobody can tell. */
function closes(word: string): boolean | null {
  const last = /[\p{L}\p{N}](?=[^\p{L}\p{N}]*$)/u.exec(word)?.[0]
  if (last === undefined) return null
  if (last >= '가' && last <= '힣') return (last.charCodeAt(0) - 0xac00) % 28 !== 0
  if (/\d/.test(last)) return '013678'.includes(last)
  return /[lmnr]/i.test(last)
}

/** "차트을(를)" -> "차트를": the particle that the word before it takes. */
export function chooseParticles(text: string): string {
  if (!text.includes('(')) return text
  return text.replace(
    /(\S+?)(을\(를\)|은\(는\)|이\(가\)|과\(와\)|\(으\)로)/gu,
    (whole, word: string, particle: string) => {
      const closed = closes(word)
      if (closed === null) return whole
      if (particle === '(으)로') {
        const rieul =
          /[가-힣]/.test(word.at(-1)!) && (word.at(-1)!.charCodeAt(0) - 0xac00) % 28 === 8
        return `${word}${closed && !rieul ? '으로' : '로'}`
      }
      return `${word}${closed ? particle[0] : particle[2]}`
    },
  )
}

/** Fills a template's blanks: ('{n}장', {n: '3'}) -> '3장'. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return chooseParticles(template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? ''))
}

/**
 * Says the server's sentences in another language. The server writes each in English, as its terminal, its logs and
 * every other client show it; a page finds the sentence by its fixed words, takes the parameters out, says those that
 * are sentences themselves likewise, and leaves alone what it does not know: names, log lines, words of people.
 *
 * `{name}` is anything, `{name#}` a figure, `{name;}` several with "; " between them, `{name~}` not ours to say otherwise.
 */
export function createSayer(sentences: Sentences): (text: string) => string {
  const known = new Map<string, Sentence>()
  const open: Compiled[] = []
  for (const sentence of sentences) {
    if (blank.test(sentence[0])) open.push(compile(sentence))
    else known.set(sentence[0], sentence)
  }
  // The more fixed words, the surer; a figure is surer than anything.
  open.sort((a, b) => b.weight - a.weight)
  const said = new Map<string, string>()

  function find(text: string, depth: number): string | null {
    const whole = known.get(text)
    if (whole !== undefined && (depth > 0 || whole[2] === undefined)) return whole[1]
    for (const { head, pattern, names, other, part } of open) {
      if ((part && depth === 0) || !text.startsWith(head)) continue
      const match = pattern.exec(text)
      if (match === null) continue
      const values = new Map(
        names.map((name, at) => [
          name.replace(/[#;~]$/, ''),
          valueText(name, match[at + 1]!, depth + 1),
        ]),
      )
      return fill(other, Object.fromEntries(values))
    }
    // "It has 40 GiB of memory." is the reason "it has 40 GiB of memory" by itself.
    if (depth === 0 && /^[A-Z].*\.$/s.test(text)) {
      const reason = find(`${text[0]!.toLowerCase()}${text.slice(1, -1)}`, 1)
      if (reason !== null) return `${reason}.`
    }
    return null
  }

  function valueText(name: string, value: string, depth: number): string {
    if (depth > mostDeep || /[#~]$/.test(name)) return value
    const values = name.endsWith(';') ? value.split('; ') : [value]
    return values.map((it) => find(it, depth) ?? it).join('; ')
  }

  return (text) => {
    if (text === '' || text.length > longest) return text
    let told = said.get(text)
    if (told === undefined) {
      told = find(text, 0) ?? text
      if (said.size > 2_000) said.clear()
      said.set(text, told)
    }
    return told
  }
}
