import enNouns from './lexicon/en/class-nouns.json' with { type: 'json' }
import enStyles from './lexicon/en/styles.json' with { type: 'json' }
import enTerms from './lexicon/en/terms.json' with { type: 'json' }
import enWide from './lexicon/en/wide-nouns.json' with { type: 'json' }
import emoji from './lexicon/emoji.json' with { type: 'json' }
import hypernyms from './lexicon/hypernyms.json' with { type: 'json' }
import koNouns from './lexicon/ko/class-nouns.json' with { type: 'json' }
import koStyles from './lexicon/ko/styles.json' with { type: 'json' }
import koTerms from './lexicon/ko/terms.json' with { type: 'json' }

export type Kind =
  | 'noun'
  | 'style'
  | 'base'
  | 'strategy'
  | 'quality'
  | 'output'
  | 'text'
  | 'concept'
  | 'generic'
  | 'ambiguousBase'

export interface Entry {
  readonly kind: Kind
  readonly value: string
  readonly form: string
}

type Table = Readonly<Record<string, readonly string[]>>

const kinds: Readonly<Record<string, Kind>> = {
  baseModels: 'base',
  strategies: 'strategy',
  quality: 'quality',
  outputs: 'output',
}

function entriesOf(
  terms: Readonly<Record<string, unknown>>,
  nouns: Table,
  styles: Table,
  ownNames: boolean,
): Entry[] {
  const entries: Entry[] = []
  for (const [section, kind] of Object.entries(kinds)) {
    for (const [value, forms] of Object.entries(terms[section] as Table)) {
      for (const form of forms) entries.push({ kind, value, form })
    }
  }
  for (const kind of ['ambiguousBase', 'text', 'concept', 'generic'] as const) {
    for (const form of terms[kind] as readonly string[]) entries.push({ kind, value: form, form })
  }
  for (const [kind, table] of [
    ['noun', nouns],
    ['style', styles],
  ] as const) {
    for (const [value, forms] of Object.entries(table)) {
      for (const form of ownNames ? [value, ...forms] : forms) entries.push({ kind, value, form })
    }
  }
  return entries
}

// --- English: sequences of words -----------------------------------------------------------------

export interface WordForm extends Entry {
  readonly words: readonly string[]
}

/** Words of a form, as the tokeniser would cut them: "t-shirt" -> t, shirt; "sd1.5" -> sd, 1.5. */
export function wordsOf(form: string): string[] {
  return form.toLowerCase().match(/[\p{L}\p{M}]+(?:'[a-z]{1,2}(?!\p{L}))?|\d+(?:[.,]\d+)*/gu) ?? []
}

const irregulars: Readonly<Record<string, string>> = {
  mice: 'mouse',
  lice: 'louse',
  geese: 'goose',
  teeth: 'tooth',
  feet: 'foot',
  oxen: 'ox',
  children: 'child',
  grandchildren: 'grandchild',
  cacti: 'cactus',
  fungi: 'fungus',
  octopi: 'octopus',
  hippopotami: 'hippopotamus',
  alumni: 'alumnus',
  dice: 'die',
  larvae: 'larva',
  vertebrae: 'vertebra',
  phalaenopses: 'phalaenopsis',
}

/** Singulars that an English plural may stand for, the word itself first. */
export function singulars(word: string): string[] {
  const bare = word.replace(/'s$|'$/, '')
  const result = [word]
  if (bare !== word) result.push(bare)
  if (bare.length > 3 && bare.endsWith('ies')) result.push(`${bare.slice(0, -3)}y`)
  if (bare.length > 3 && bare.endsWith('ves'))
    result.push(`${bare.slice(0, -3)}f`, `${bare.slice(0, -3)}fe`)
  if (bare.length > 3 && bare.endsWith('es')) result.push(bare.slice(0, -2))
  if (bare.length > 2 && bare.endsWith('s') && !/(?:ss|us)$/.test(bare))
    result.push(bare.slice(0, -1))
  const irregular = irregulars[bare]
  if (irregular !== undefined) result.push(irregular)
  else if (bare.length > 4 && bare.endsWith('men')) result.push(`${bare.slice(0, -3)}man`)
  else if (bare.length > 5 && bare.endsWith('mice')) result.push(`${bare.slice(0, -4)}mouse`)
  return result
}

const englishEntries = entriesOf(enTerms, enNouns, enStyles, true)
export const wordForms: ReadonlyMap<string, readonly WordForm[]> = (() => {
  const map = new Map<string, WordForm[]>()
  for (const entry of englishEntries) {
    const words = wordsOf(entry.form)
    if (words.length === 0) continue
    const list = map.get(words[0]!) ?? []
    list.push({ ...entry, words })
    map.set(words[0]!, list)
  }
  for (const list of map.values()) list.sort((a, b) => b.words.length - a.words.length)
  return map
})()

/** "guineapig", "oilpainting": forms of two words and more, written as one. */
export const joinedForms: ReadonlyMap<string, WordForm> = (() => {
  const map = new Map<string, WordForm>()
  for (const list of wordForms.values()) {
    for (const form of list) {
      if (form.words.length < 2 || !form.words.every((word) => /^[a-z]+$/.test(word))) continue
      const joined = form.words.join('')
      if (joined.length > 6 && !wordForms.has(joined)) map.set(joined, form)
    }
  }
  return map
})()

/** Long single words, to mend one slip of the finger. */
export const longWords: ReadonlyMap<number, readonly string[]> = (() => {
  const map = new Map<number, string[]>()
  for (const [word, list] of wordForms) {
    if (word.length < 6 || !list.some((form) => form.words.length === 1 && form.kind !== 'generic'))
      continue
    map.set(word.length, [...(map.get(word.length) ?? []), word])
  }
  return map
})()

export const english = {
  // as the words of a goal are joined: "sci-fi" is sci, fi
  weakStyles: new Set(enTerms.weakStyles.flatMap((form) => [form, wordsOf(form).join(' ')])),
  styleCues: new Set(enTerms.styleCues),
  lightNouns: new Set(enTerms.lightNouns),
  media: new Set(enTerms.media),
  /** Media and techniques: they give way to a movement or an artist beside them. */
  techniques: new Set(enTerms.techniques),
  /** Games, films and series: a look only with a cue, else where a figure comes from. */
  franchises: new Set(enTerms.franchises),
} as const

// --- Korean: characters, spaces free ---------------------------------------------------------------

export interface Trie {
  readonly next: Map<string, Trie>
  entries: Entry[]
}

export const koreanTrie: Trie = (() => {
  const root: Trie = { next: new Map(), entries: [] }
  // "A1111용", "golden retriever 사진": Latin terms of several parts stand in Korean sentences too
  const latin = englishEntries.filter(
    (entry) => entry.kind !== 'generic' && wordsOf(entry.form).length > 1,
  )
  for (const entry of [...entriesOf(koTerms, koNouns, koStyles, false), ...latin]) {
    let node = root
    for (const char of entry.form.toLowerCase().replaceAll(' ', '')) {
      let child = node.next.get(char)
      if (child === undefined) {
        child = { next: new Map(), entries: [] }
        node.next.set(char, child)
      }
      node = child
    }
    node.entries.push(entry)
  }
  return root
})()

export const korean = { notNames: new Set(koTerms.notNames) } as const

/** The first Korean form of a class noun or style, for labels. */
export function koreanName(value: string): string {
  return (koNouns as Table)[value]?.[0] ?? (koStyles as Table)[value]?.[0] ?? value
}

const kindOfNoun: ReadonlyMap<string, string> = new Map(
  Object.entries(hypernyms as Table).flatMap(([kind, nouns]) =>
    nouns.map((noun) => [noun, kind] as const),
  ),
)

/** What kind of thing a class noun is ("animal", "vehicle"). */
export function hypernymOf(noun: string): string | undefined {
  return kindOfNoun.get(noun) ?? wideNouns().get(noun)?.kind
}

export interface WideNoun {
  readonly value: string
  readonly kind: string
  /** A compound that is no kind of its last word: a jelly bean is no bean. */
  readonly own: boolean
}

let wide: ReadonlyMap<string, WideNoun> | undefined

/** The tens of thousands of things that WordNet knows, by their words with spaces; read when first asked for. */
export function wideNouns(): ReadonlyMap<string, WideNoun> {
  if (wide !== undefined) return wide
  const map = new Map<string, WideNoun>()
  for (const [key, list] of Object.entries(enWide.nouns)) {
    // "animal>dog": a breed is its class
    const [kind, folded] = key.split('>') as [string, string?]
    for (const lemma of list.split(' ')) {
      const own = lemma.endsWith('*')
      const form = (own ? lemma.slice(0, -1) : lemma).replaceAll('_', ' ')
      if (form.startsWith('the ')) continue
      map.set(form, { value: folded ?? form, kind, own })
    }
  }
  return (wide = map)
}

const wordSet = (list: string): (() => ReadonlySet<string>) => {
  let set: ReadonlySet<string> | undefined
  return () => (set ??= new Set(list.split(' ')))
}

/** Nouns that are as often, or more often, verbs. */
export const wideVerbs = wordSet(enWide.verbs)
/** Nouns that are as often, or more often, adjectives. */
export const wideAdjectives = wordSet(enWide.adjectives)
/** Nouns that name no thing ("herd", "project"). */
export const wideOthers = wordSet(enWide.others)

/** What a picture sign shows. */
export function nounOfEmoji(sign: string): string | undefined {
  return Object.hasOwn(emoji, sign) ? (emoji as Readonly<Record<string, string>>)[sign] : undefined
}

/** Whether a text is a class noun of the lexicon. */
export function isClassNoun(noun: string): boolean {
  return Object.hasOwn(enNouns, noun)
}

/** The look that a text names ("Ghibli style" -> studio ghibli); null when no lexicon knows it. */
export function styleOf(text: string): string | null {
  const words = wordsOf(text.replace(/\s+(?:style|look|aesthetic|art style)\s*$/i, ''))
  const form = wordForms
    .get(words[0] ?? '')
    ?.find((item) => item.kind === 'style' && item.words.join(' ') === words.join(' '))
  return form?.value ?? null
}

/** The class noun of a vision model's label: "Egyptian cat" -> cat; a label that is unknown stays as it is. */
export function classNounOf(label: string): string {
  const words = wordsOf(label.split(',')[0] ?? '')
  for (let start = 0; start < words.length; start += 1) {
    const tail = words.slice(start)
    for (const last of singulars(tail.at(-1)!)) {
      const wanted = [...tail.slice(0, -1), last].join(' ')
      const form = wordForms
        .get(wanted.split(' ')[0]!)
        ?.find((item) => item.kind === 'noun' && item.words.join(' ') === wanted)
      if (form !== undefined) return form.value
    }
  }
  return words.join(' ')
}
