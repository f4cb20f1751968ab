import type { Find, Named } from '../find.ts'
import {
  english,
  hypernymOf,
  wideAdjectives,
  wideNouns,
  wideOthers,
  wideVerbs,
  wordForms,
} from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import { realWords } from '../lexicon/en/real-words.ts'
import type { Normalised } from '../normalise.ts'
import { atMost, clausesOf, featuresBy } from '../rank.ts'
import type { Candidate, Put } from '../rank.ts'
import { isNegated } from './nouns.ts'
import { asideClauses } from './phrases.ts'
import {
  articles,
  generic,
  isEnglishWord,
  isUnknown,
  matchesAt,
  nounOf,
  oneSlip,
  owners,
  singularOf,
} from './words.ts'
import type { Word } from './words.ts'

/** A goal whose names, looks and settings are found: what is left to choose is its subject. */
export interface Scene {
  readonly words: readonly Word[]
  readonly nouns: readonly Find[]
  /** Nouns that are spelt like verbs or small words and stand where those do. */
  readonly doubtful: readonly Find[]
  readonly name: Named | null
  readonly normalised: Normalised
  /** Strategies and base models. */
  readonly fixed: readonly Find[]
  readonly styles: readonly Find[]
  readonly openStyle: Named | null
}

/** Whether the lexicon, WordNet, or neither knows a noun. */
type Known = 'lexicon' | 'doubtful' | 'wide' | 'other' | 'open'

const wordSet = (list: string): ReadonlySet<string> => new Set(list.split(' '))

const prepositions = wordSet(
  'in on at with near under behind beside against by over like as into for from of through around among between next inside without about to outside above below along across off onto per',
)
/** Words that stand for themselves in a feature: pronouns, auxiliaries, conjunctions. */
const closed = wordSet(
  "i we he she they you it i'm i've we've we're it's he's she's they're who what that which whose where when while if because so but and or & than then not no never don't just only please pls can could would will should do does did is are was were be been has have had am named called me us him them mine",
)
const asking = wordSet(
  'train training learn learns learning teach teaching capture memorize recognize recognise finetune fine tune make making create build generate generating want need needs get got know love draw use using based adopted bought sell sells selling show see give run',
)
const pronouns = wordSet('it he she him her they them its his one ones this that')
const products = wordSet('lora loras model models dreambooth checkpoint embedding')

/** Heads that say little alone: what stands before them belongs to the name of the thing ("popcorn machine", "lipstick case"). */
const relational = wordSet(
  'machine engine box case blade label wheel lens kit set tool pad pump pit tank stand holder rack board building die station unit system roll tub mill press cover sleeve tag horn harp cart tray',
)

/** Young ones and groups of an animal. */
const animals = wordSet(
  'cub pup puppy calf foal kit kitten hatchling baby chick lamb family couple pair gang herd flock litter twin buddy friend pal',
)

const insideOf = (word: Word, span: { start: number; end: number } | null): boolean =>
  span !== null && word.start >= span.start && word.end <= span.end

/** "my catt", "our gitar": where a noun must stand, a short one is mended too. */
function nearNoun(word: string): string | null {
  if (word.length < 4 || realWords.has(word) || isEnglishWord(word)) return null
  for (const single of singularOf(word)) {
    for (const [form, list] of wordForms) {
      if (form[0] !== single[0] || form.length < 3 || !oneSlip(single, form)) continue
      const noun = list.find((item) => item.kind === 'noun' && item.words.length === 1)
      if (noun !== undefined) return noun.value
    }
  }
  return null
}

/** "kalimba": a word that no lexicon knows may be a thing as well. */
function openFinds({ words, nouns, doubtful, fixed, styles, name, openStyle }: Scene): Find[] {
  // "drum kit", "popcorn machine": everyday words that end a compound
  const behindNoun = (index: number): boolean =>
    !words[index]!.breaks &&
    nouns.some((find) => find.to === index - 1) &&
    singularOf(words[index]!.lower).some((one) => relational.has(one))
  return words.flatMap((word, index): Find[] => {
    const { lower } = word
    // the first word's capital says nothing
    const small = index === 0 ? { ...word, text: lower } : word
    if (
      lower.length < 3 ||
      !(isUnknown(small) || behindNoun(index)) ||
      /['.]/.test(lower) ||
      closed.has(lower) ||
      asking.has(lower) ||
      prepositions.has(lower) ||
      [...fixed, ...styles, ...nouns, ...doubtful, openStyle, name].some((span) =>
        insideOf(word, span),
      ) ||
      matchesAt(words, index).some(({ form }) => form.kind !== 'generic')
    )
      return []
    const near = word.text === lower ? nearNoun(lower) : null
    return [nounOf(word, index, near ?? singularOf(lower).at(-1)!)]
  })
}

/** What kind of word each is, as far as the choice of a subject needs it. */
function wordClasses(
  { words, name, fixed, styles, openStyle }: Scene,
  nouns: readonly Find[],
): string[] {
  return words.map((word, index) => {
    const { lower } = word
    if (word.kind === 'number') return 'number'
    if (word.kind !== 'latin') return 'sign'
    if (owners.has(lower)) return lower === 'my' || lower === 'our' ? 'my' : 'owner'
    if (lower === 'a' || lower === 'an') return 'a'
    if (lower === 'the') return 'the'
    if (articles.has(lower)) return 'article'
    if (prepositions.has(lower) || closed.has(lower) || asking.has(lower)) return lower
    if (products.has(lower)) return 'lora'
    if (insideOf(word, name)) return 'name'
    if (lower.endsWith("'s")) return 'possessor'
    const single = singularOf(lower).at(-1)!
    if (english.media.has(single) || generic.has(single)) return 'picture'
    const within = (find: Find): boolean => index >= find.from && index <= find.to
    if (nouns.some(within)) return 'noun'
    if (styles.some(within) || insideOf(word, openStyle)) return 'style'
    if (fixed.some(within)) return 'fixed'
    if (lower.endsWith('ing')) return 'ing'
    if (lower.endsWith('ed')) return 'ed'
    if (lower.endsWith('ly')) return 'ly'
    if (/^\p{Lu}/u.test(word.text) && index > 0) return 'capital'
    if (wideAdjectives().has(lower)) return 'adjective'
    if (wideVerbs().has(single)) return 'verb'
    if (commonWords.has(lower)) return 'common'
    return wideOthers().has(single) ? 'abstract' : 'unknown'
  })
}

const most = 40

const determiners = wordSet('my owner a the article')
const premodifiers = wordSet(
  'adjective ed ly common abstract unknown capital number style ing verb',
)

interface PhraseStart {
  readonly determiner: string
  readonly governor: string
  /** Index of the governing word, -1 where a clause opens. */
  readonly governorAt: number
  readonly above: string
}

/** The determiner before a noun phrase, and the word that governs the phrase. */
function phraseStart(
  words: readonly Word[],
  classes: readonly string[],
  first: number,
): PhraseStart {
  let determiner = 'bare'
  let at = first - 1
  while (at >= 0 && !words[at + 1]!.breaks) {
    const kind = classes[at]!
    if (determiners.has(kind) || kind === 'possessor') {
      determiner = kind
      at -= 1
      break
    }
    if (!premodifiers.has(kind) || first - at >= 5) break
    at -= 1
  }
  if (determiner === 'bare') at = first - 1
  const edge = at < 0 || words[at + 1]!.breaks
  return {
    determiner,
    governor: at < 0 ? '^' : edge ? '|' : classes[at]!,
    governorAt: edge ? -1 : at,
    above: edge || at < 1 || words[at]!.breaks ? '^' : classes[at - 1]!,
  }
}

/** What a candidate is called: with the noun before it where its own word says too little. */
function compoundOf(
  words: readonly Word[],
  find: Find,
  before: Find,
  known: boolean,
): string | null {
  const word = words[find.to]!.lower
  const kind = hypernymOf(before.value)
  // "seal pup", "raccoon family"
  if (kind === 'animal' && animals.has(singularOf(word).at(-1)!)) return before.value
  const head = singularOf(word).find((one) => wideNouns().has(one) || wideOthers().has(one))
  if (
    head === undefined ||
    find.from !== find.to ||
    (known && !relational.has(head)) ||
    find.value.includes(' ') ||
    /(?:ing|ed)$/.test(head) ||
    kind === 'person' ||
    kind === 'place'
  )
    return null
  const lead = words.slice(before.from, before.to + 1).map(({ lower }) => lower)
  return [...lead, head].join(' ')
}

/** The words of a goal as the features of every candidate look at them. */
interface View {
  readonly scene: Scene
  /** Candidates in the order of the words. */
  readonly finds: readonly Find[]
  readonly classes: readonly string[]
  readonly asides: readonly boolean[]
  /** Number of the clause of each word, from 0. */
  readonly clauses: readonly number[]
  readonly isOpen: ReadonlySet<Find>
  readonly unsure: ReadonlySet<Find>
  readonly starts: ReadonlyMap<number, Find>
  readonly ends: ReadonlyMap<number, Find>
}

const kindOf = (find: Find): string => hypernymOf(find.value) ?? 'none'

const owns = (words: readonly Word[], find: Find): boolean => /'s?$/.test(words[find.to]!.lower)

function viewOf(scene: Scene): View {
  const { words, nouns } = scene
  const open = openFinds(scene)
  const unsure = scene.doubtful.filter(({ from }) => {
    const { lower } = words[from]!
    return !asking.has(lower) && !closed.has(lower) && !products.has(lower) && lower !== 'thing'
  })
  const finds = atMost(
    most,
    [...nouns, ...unsure, ...open].sort((a, b) => a.from - b.from),
  )
  return {
    scene,
    finds,
    classes: wordClasses(scene, nouns),
    asides: asideClauses(words, nouns),
    clauses: clausesOf(words),
    isOpen: new Set(open),
    unsure: new Set(unsure),
    starts: new Map(finds.map((find) => [find.from, find])),
    ends: new Map(finds.map((find) => [find.to, find])),
  }
}

function knownOf({ isOpen, unsure }: View, find: Find): Known {
  if (isOpen.has(find)) return wideOthers().has(find.value) ? 'other' : 'open'
  if (unsure.has(find)) return 'doubtful'
  return find.wide === true ? 'wide' : 'lexicon'
}

const classAt = ({ classes }: View, index: number): string =>
  classes[index] ?? (index < 0 ? '^' : '$')

const wordAt = ({ scene }: View, index: number): string =>
  scene.words[index]?.lower ?? (index < 0 ? '^' : '$')

/** The punctuation before a word: "" where there is none. */
function signBefore({ scene: { words, normalised } }: View, index: number): string {
  const word = words[index]
  if (word === undefined) return '$'
  if (!word.breaks) return ''
  return (
    /[.!?:;,(/]/.exec(normalised.text.slice(words[index - 1]?.end ?? 0, word.start))?.[0] ?? '|'
  )
}

/** The candidates right before and right behind, in the same phrase. */
function besides(
  { scene: { words }, starts, ends }: View,
  find: Find,
): { before: Find | undefined; after: Find | undefined } {
  return {
    before: words[find.from]!.breaks ? undefined : ends.get(find.from - 1),
    after: words[find.to + 1]?.breaks === false ? starts.get(find.to + 1) : undefined,
  }
}

/** The determiner and governor of the phrase that ends in a candidate. */
function phraseOf({ scene: { words }, classes, ends }: View, find: Find): PhraseStart {
  let first = find.from
  while (first > 0 && !words[first]!.breaks) {
    const before = ends.get(first - 1)
    if (before === undefined || owns(words, before)) break
    first = before.from
  }
  return phraseStart(words, classes, first)
}

/** What the noun is by itself. */
function putItself(view: View, find: Find, put: Put): void {
  const { words } = view.scene
  const word = words[find.from]!
  const single = find.from === find.to
  put('known', knownOf(view, find))
  put('kind', kindOf(find))
  put('value', find.value)
  put('verb', single && (wideVerbs().has(find.value) || wideVerbs().has(word.lower)))
  put('adjective', single && wideAdjectives().has(word.lower))
  put('plural', words[find.to]!.lower.endsWith('s'))
  put('capital', /^\p{Lu}/u.test(word.text), find.from > 0)
  put('words', Math.min(3, find.to - find.from + 1))
  put('length', Math.min(3, words[find.to]!.lower.length >> 1))
  put('slip', find.slip)
  put('negated', isNegated(words, find))
  put('styled', view.scene.styles.length > 0, knownOf(view, find))
}

/** Its phrase: determiner, governor, the words around it. */
function putPhrase(view: View, find: Find, phrase: PhraseStart, put: Put): void {
  const { words } = view.scene
  const { determiner, governor, governorAt, above } = phrase
  const kind = kindOf(find)
  const known = knownOf(view, find)
  const left = words[find.from]!.breaks ? '|' : classAt(view, find.from - 1)
  const right = words[find.to + 1]?.breaks === true ? '|' : classAt(view, find.to + 1)
  put('left', left)
  put('right', right)
  put('around', left, right)
  put('left2', classAt(view, find.from - 2), left)
  put('right2', right, classAt(view, find.to + 2))
  put('determiner', determiner)
  put('governor', governor)
  put('above', above, governor)
  put('phrase', determiner, governor)
  put('kind governor', kind, governor)
  put('kind determiner', kind, determiner)
  put('known determiner', known, determiner)
  put('known governor', known, governor)
  put('word before', wordAt(view, find.from - 1))
  put('word after', wordAt(view, find.to + 1))
  put('words before', wordAt(view, find.from - 2), wordAt(view, find.from - 1))
  put('words after', wordAt(view, find.to + 1), wordAt(view, find.to + 2))
  put('phrase before', governorAt < 0 ? governor : words[governorAt]!.lower, determiner)
}

/** The nouns right beside it: whose it is, what it is the head of, what it modifies. */
function putBesides(view: View, find: Find, put: Put): void {
  const { words } = view.scene
  const { before, after } = besides(view, find)
  const kind = kindOf(find)
  const known = knownOf(view, find)
  const openOr = (other: Find): string => (view.isOpen.has(other) ? 'open' : kindOf(other))
  if (owns(words, find)) {
    const right = words[find.to + 1]?.breaks === true ? '|' : classAt(view, find.to + 1)
    put('owns')
    put('owns what', after === undefined ? right : kindOf(after))
    put('owner', kind)
  } else if (after !== undefined) {
    put('modifies', view.isOpen.has(after) ? 'open' : 'known')
    put('modifies kinds', kind, kindOf(after))
    put('modifies known', known, knownOf(view, after))
    put('modifies value', after.value)
    if (view.isOpen.has(after))
      put('before open', /^\p{Lu}/u.test(words[after.from]!.text) ? 'capital' : 'small')
  }
  if (before !== undefined && !owns(words, before)) {
    put('head of', openOr(before))
    put('head kinds', kind, openOr(before))
    put('head known', known, knownOf(view, before))
    put('head value', find.value)
  }
}

/** Its clause and sentence: how they open, what follows, where something is asked for. */
function putClause(view: View, find: Find, phrase: PhraseStart, put: Put): void {
  const { words } = view.scene
  const last = Math.min(3, view.clauses.at(-1) ?? 0)
  const clause = Math.min(3, view.clauses[find.from]!)
  put('segment', clause)
  put('segments', clause, last)
  put('segment phrase', clause, phrase.governor, phrase.determiner)
  put('sign before', words[find.from]!.breaks ? signBefore(view, find.from) : '')
  put('sign after', signBefore(view, find.to + 1))
  put('aside', view.asides[find.from]!)
  put('kind aside', view.asides[find.from]!, kindOf(find))
  let opens = find.from
  while (opens > 0 && !words[opens]!.breaks) opens -= 1
  let closes = find.to + 1
  while (closes < words.length && !words[closes]!.breaks) closes += 1
  put('clause opens', wordAt(view, opens), wordAt(view, opens + 1))
  put('clause opener', wordAt(view, opens))
  put('clause after', wordAt(view, closes), wordAt(view, closes + 1))
  put('clause next', wordAt(view, closes))
  put('clause before', wordAt(view, opens - 2), wordAt(view, opens - 1))
  const fullStop = (index: number): boolean => /[.!?\n;]/.test(signBefore(view, index))
  let from = find.from
  while (from > 0 && !fullStop(from)) from -= 1
  let to = find.from + 1
  while (to < words.length && !fullStop(to)) to += 1
  const asks = (start: number, end: number): boolean =>
    words
      .slice(start, end)
      .some(
        ({ lower }, offset) =>
          asking.has(lower) || lower === "i'd" || view.classes[start + offset] === 'lora',
      )
  const pronoun = (start: number, end: number): string =>
    words.slice(start, end).find(({ lower }) => pronouns.has(lower))?.lower ?? '-'
  put('asks', asks(from, find.from), asks(find.to + 1, to), last > 0)
  put('asks elsewhere', asks(0, from), asks(to, words.length), asks(from, to))
  put('pronoun', pronoun(find.to + 1, to), pronoun(to, words.length), kindOf(find) === 'person')
}

/** Its place among the other nouns, the name and the verbs of asking. */
function putOrder(view: View, find: Find, phrase: PhraseStart, put: Put): void {
  const { words, nouns, name } = view.scene
  const kind = kindOf(find)
  const order = view.finds.indexOf(find)
  const lexical = nouns.filter((noun) => noun.wide !== true)
  const rank = nouns.indexOf(find)
  const lexicalRank = lexical.indexOf(find)
  put('order', Math.min(3, order))
  put('last', order === view.finds.length - 1)
  put('noun order', rank < 0 ? 'x' : Math.min(3, rank), Math.min(4, nouns.length))
  put(
    'lexical order',
    lexicalRank < 0 ? `x${Math.min(1, lexical.length)}` : Math.min(3, lexicalRank),
  )
  const same = view.finds.filter((other) => other.value === find.value)
  if (same.length > 1) {
    put('twice')
    put('mention', find === same[0] ? 'first' : 'later', phrase.determiner)
  }
  for (const other of nouns.slice(0, most))
    if (other !== find)
      put('beside', kind, kindOf(other), other.from < find.from ? 'before' : 'after')
  if (name !== null) {
    const next = name.start >= find.end && name.start - find.end < 3
    put('name', name.start < find.end ? 'before' : next ? 'next' : 'after')
    put('named kind', kind, next)
  }
  const between = (from: number, to: number): number =>
    nouns.filter((other) => other.from > from && other.from < to).length
  const verb = words.findLastIndex(
    ({ lower }, index) =>
      index < find.from && (asking.has(lower) || view.classes[index] === 'lora'),
  )
  put('asked', verb < 0 ? '-' : view.classes[verb]!)
  put('asked order', verb < 0 ? '-' : between(verb, find.from))
  const naming = words.findIndex(({ lower }) => lower === 'named' || lower === 'called')
  if (naming >= 0) put('naming', naming > find.from, Math.min(2, between(find.from, naming)))
}

/** Every noun of a goal with its features: indicator names, closed but for the nouns' own words. */
export function candidatesOf(scene: Scene): Candidate[] {
  const view = viewOf(scene)
  const { words } = scene
  return view.finds.map((find) => {
    const phrase = phraseOf(view, find)
    const features = featuresBy((put) => {
      putItself(view, find, put)
      putPhrase(view, find, phrase, put)
      putBesides(view, find, put)
      putClause(view, find, phrase, put)
      putOrder(view, find, phrase, put)
    })
    const known = knownOf(view, find)
    const { before } = besides(view, find)
    const compound =
      before === undefined || owns(words, before) || view.isOpen.has(before)
        ? null
        : compoundOf(words, find, before, known === 'lexicon' || known === 'wide')
    return {
      find,
      noun: compound ?? find.value,
      known: known !== 'open' && known !== 'other',
      owned: phrase.determiner === 'my',
      features,
    }
  })
}

/** Features of the reading in which none of the nouns is to be learnt: a name says all, or nothing does. */
export function noneOf({ words, nouns, name, styles, openStyle }: Scene): string[] {
  return [
    'none',
    `none nouns ${Math.min(3, nouns.length)}`,
    `none lexical ${Math.min(2, nouns.filter((find) => find.wide !== true).length)}`,
    `none name ${name !== null}`,
    `none look ${styles.length > 0 || openStyle !== null}`,
    `none words ${Math.min(5, words.length >> 2)}`,
    `none name nouns ${name !== null} ${Math.min(2, nouns.length)}`,
  ]
}
