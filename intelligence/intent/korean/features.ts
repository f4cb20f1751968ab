import { hypernymOf, korean } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import { atMost, clausesOf, featuresBy } from '../rank.ts'
import type { Candidate, Put } from '../rank.ts'
import { inflected, stripParticle } from './morphology.ts'
import { isAdnominal } from './phrases.ts'
import { isOwner, owners } from './words.ts'
import type { Eojeol } from './words.ts'

/** A goal whose names, looks and settings are found: what is left to choose is its subject. */
export interface Scene {
  readonly eojeols: readonly Eojeol[]
  readonly nouns: readonly Find[]
  readonly finds: readonly Find[]
  readonly name: Named | null
}

/** Every noun looks at every other one; a goal of a sentence or two has no more. */
const most = 32

/** "칼림바를": a word that no lexicon knows may be a thing as well. */
function openFinds({ eojeols, finds, name }: Scene): Find[] {
  return eojeols.flatMap((eojeol, index): Find[] => {
    if (eojeol.pieces.length > 0 || eojeol.latin || eojeol.quoted) return []
    const word = stripParticle(eojeol.text)
    const start = eojeol.start
    const end = start + word.length
    if (
      word.length < 2 ||
      word.length > 8 ||
      !/^[가-힣]+$/.test(word) ||
      inflected.test(eojeol.text) ||
      inflected.test(word) ||
      korean.notNames.has(word) ||
      owners.has(word) ||
      isAdnominal(eojeol) ||
      /(?:게|히|서|고|며|면|지|처럼|같이|까지|부터|마다|거나|라도|적인|스런|는데|네요|어요|아요)$/.test(
        eojeol.text,
      ) ||
      finds.some((find) => find.start < end && start < find.end) ||
      (name !== null && name.start < end && start < name.end)
    )
      return []
    return [
      {
        kind: 'noun',
        value: word,
        start,
        end,
        from: index,
        to: index,
        text: word,
        negated: false,
        slip: false,
      },
    ]
  })
}

/** "우리 작은 고양이": an owner within three words before. */
function ownerBefore(eojeols: readonly Eojeol[], find: Find): boolean {
  for (let back = 1; back <= 3; back += 1) {
    const before = eojeols[find.from - back]
    if (before === undefined || eojeols[find.from - back + 1]!.breaks) return false
    if (isOwner(before)) return true
    if (/(?:를|을|에서|로|으로)$/.test(before.lower)) return false
  }
  return false
}

/** The eojeols of a goal as the features of every candidate look at them. */
interface View {
  readonly scene: Scene
  /** Candidates in the order of the words. */
  readonly finds: readonly Find[]
  /** The candidates that a lexicon knows. */
  readonly nouns: readonly Find[]
  readonly isOpen: ReadonlySet<Find>
  /** Number of the clause of each eojeol, from 0. */
  readonly clauses: readonly number[]
}

function viewOf(scene: Scene): View {
  const isOpen = new Set(openFinds(scene))
  const finds = atMost(
    most,
    [...scene.nouns, ...isOpen].sort((a, b) => a.start - b.start),
  )
  return {
    scene,
    finds,
    nouns: finds.filter((find) => !isOpen.has(find)),
    isOpen,
    clauses: clausesOf(scene.eojeols),
  }
}

const kindOf = ({ isOpen }: View, find: Find): string =>
  isOpen.has(find) ? 'open' : (hypernymOf(find.value) ?? 'none')

/** What an eojeol is to its neighbours: what it names, or its own ending. */
function classAt(view: View, index: number): string {
  const { eojeols, name } = view.scene
  const eojeol = eojeols[index]
  if (eojeol === undefined) return index < 0 ? '^' : '$'
  if (isOwner(eojeol)) return 'owner'
  if (name !== null && eojeol.start < name.end && name.start < eojeol.end) return 'name'
  const found = view.nouns.find((find) => find.from === index)
  if (found !== undefined) return `noun ${kindOf(view, found)} ${eojeol.tail}`
  const [piece] = eojeol.pieces
  if (piece !== undefined)
    return piece.entry.kind === 'generic'
      ? `${piece.entry.form} ${eojeol.tail}`
      : `${piece.entry.kind} ${eojeol.tail}`
  if (/^\d/.test(eojeol.text)) return '#'
  if (isAdnominal(eojeol)) return 'adnominal'
  return eojeol.latin ? 'latin' : `~${eojeol.lower.slice(-1)}`
}

/** Particles and endings right behind a candidate; "+" where another piece follows in its eojeol. */
function tailOf({ scene: { eojeols }, isOpen }: View, find: Find): string {
  const eojeol = eojeols[find.from]!
  if (isOpen.has(find)) return eojeol.text.slice(find.end - eojeol.start)
  return find.end === eojeol.pieces.at(-1)?.end ? eojeol.tail : '+'
}

/** The eojeols right before and right behind, in the same clause. */
function besides(
  { scene: { eojeols } }: View,
  find: Find,
): { before: Eojeol | undefined; next: Eojeol | undefined } {
  const next = eojeols[find.from + 1]
  return {
    before: eojeols[find.from]!.breaks ? undefined : eojeols[find.from - 1],
    next: next?.breaks === true ? undefined : next,
  }
}

const isOwned = ({ scene: { eojeols } }: View, find: Find): boolean =>
  ownerBefore(eojeols, find) ||
  (/^(?:우리|울|내|제|저희)/.test(eojeols[find.from]!.lower) &&
    find.start > eojeols[find.from]!.start)

/** What the noun is by itself, and its particle. */
function putItself(view: View, find: Find, put: Put): void {
  const kind = kindOf(view, find)
  const known = !view.isOpen.has(find)
  const tail = tailOf(view, find)
  const owned = isOwned(view, find)
  put('known', known)
  put('kind', kind)
  put('value', find.value)
  put('tail', tail)
  put('kind tail', kind, tail)
  put('tail ends', tail.slice(-1))
  put('owned', owned)
  put('owned kind', owned, kind)
  put('length', Math.min(5, find.text.length))
  put('known length', known, Math.min(5, find.text.length))
  put('slip', find.slip)
}

/** What follows: the verb or noun that its particle leads to. */
function putNext(view: View, find: Find, put: Put): void {
  const tail = tailOf(view, find)
  const word = besides(view, find).next?.lower ?? '$'
  put('next class', classAt(view, find.from + 1))
  put('tail next', tail, classAt(view, find.from + 1))
  for (const size of [1, 2, 3]) {
    put('next', size, word.slice(0, size))
    put('tail next', tail, word.slice(0, size))
  }
  put('next ends', word.slice(-2))
  put('next after', classAt(view, find.from + 2))
  put('next two', word.slice(0, 2), view.scene.eojeols[find.from + 2]?.lower.slice(0, 2) ?? '$')
}

/** What stands before: an owner, an adnominal clause, a noun that it is the head of. */
function putBefore(view: View, find: Find, put: Put): void {
  const { before } = besides(view, find)
  const kind = kindOf(view, find)
  const word = before?.lower ?? '^'
  put('before class', classAt(view, find.from - 1))
  put('before', word)
  put('before ends', word.slice(-1))
  put('before ends', word.slice(-2))
  put('before kind', word.slice(-1), kind)
  put('before two', view.scene.eojeols[find.from - 2]?.lower.slice(-1) ?? '^', word.slice(-1))
  put('adnominal', isAdnominal(before))
  put('adnominal kind', isAdnominal(before), kind)
}

/** The nouns that are glued to it or stand beside it without a particle. */
function putCompound(view: View, find: Find, put: Put): void {
  const kind = kindOf(view, find)
  const { before, next } = besides(view, find)
  const gluedBefore = view.finds.find((other) => other.end === find.start)
  const gluedAfter = view.finds.find((other) => other.start === find.end)
  const headOf =
    before?.tail === '' ? view.nouns.find((other) => other.from === find.from - 1) : undefined
  const modifies =
    next !== undefined && tailOf(view, find) === ''
      ? view.finds.find((other) => other.from === find.from + 1)
      : undefined
  if (gluedBefore !== undefined) put('glued before', kindOf(view, gluedBefore), kind)
  if (gluedAfter !== undefined) {
    put('glued after', kind, kindOf(view, gluedAfter))
    put('glued value', gluedAfter.value)
  }
  if (headOf !== undefined) {
    put('head of', kindOf(view, headOf), kind)
    put('head value', find.value)
  }
  if (modifies !== undefined) {
    put('modifies', kind, kindOf(view, modifies))
    put('modifies value', modifies.value)
  }
}

/** Its clause, and the predicate that ends it. */
function putClause(view: View, find: Find, put: Put): void {
  const { eojeols } = view.scene
  const tail = tailOf(view, find)
  const clause = Math.min(3, view.clauses[find.from]!)
  put('segment', clause, Math.min(3, view.clauses.at(-1) ?? 0))
  put('segment tail', clause, tail)
  put('breaks', eojeols[find.from]!.breaks)
  put('ends clause', besides(view, find).next === undefined, find.from === eojeols.length - 1)
  let last = find.from
  while (last + 1 < eojeols.length && !eojeols[last + 1]!.breaks) last += 1
  const predicate = eojeols[last]!.lower
  put('predicate', predicate.slice(0, 2), tail)
  put('predicate ends', predicate.slice(-2), tail)
  put('distance', Math.min(4, last - find.from), tail)
}

/** Its place among the other nouns and the name. */
function putOrder(view: View, find: Find, put: Put): void {
  const { finds, nouns, scene } = view
  const { name } = scene
  const kind = kindOf(view, find)
  const rank = nouns.indexOf(find)
  put('order', Math.min(3, finds.indexOf(find)), Math.min(4, finds.length))
  put('noun order', rank < 0 ? 'x' : Math.min(3, rank), Math.min(4, nouns.length))
  put('from last', rank < 0 ? 'x' : Math.min(3, nouns.length - 1 - rank))
  if (finds.some((other) => other !== find && other.value === find.value)) put('twice')
  for (const other of nouns)
    if (other !== find)
      put('beside', kind, kindOf(view, other), other.start < find.start ? 'before' : 'after')
  if (name === null) return
  const behind = name.start >= find.end
  const near = behind ? name.start - find.end <= 3 : find.start - name.end <= 8
  put('name', behind ? (near ? 'next' : 'after') : near ? 'just before' : 'before')
  put('named kind', kind, behind && near)
}

/** Every noun of a goal with its features: indicator names. Korean says by endings what English says by place. */
export function candidatesOf(scene: Scene): Candidate[] {
  const view = viewOf(scene)
  return view.finds.map((find) => {
    return {
      find,
      noun: find.value,
      known: !view.isOpen.has(find),
      owned: isOwned(view, find),
      features: featuresBy((put) => {
        putItself(view, find, put)
        putNext(view, find, put)
        putBefore(view, find, put)
        putCompound(view, find, put)
        putClause(view, find, put)
        putOrder(view, find, put)
      }),
    }
  })
}

/** Features of the reading in which none of the nouns is to be learnt. */
export function noneOf({ eojeols, nouns, name, finds }: Scene): string[] {
  const look = finds.some((find) => find.kind === 'style')
  return [
    'none',
    `none nouns ${Math.min(3, nouns.length)}`,
    `none name ${name !== null}`,
    `none look ${look}`,
    `none words ${Math.min(5, eojeols.length >> 2)}`,
    `none name nouns ${name !== null} ${Math.min(2, nouns.length)}`,
  ]
}
