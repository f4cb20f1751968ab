import { hypernymOf, korean } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import type { Candidate } from '../rank.ts'
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

/** Every noun of a goal with its features: indicator names. Korean says by endings what English says by place. */
export function candidatesOf(scene: Scene): Candidate[] {
  const { eojeols, name } = scene
  const open = new Set(openFinds(scene))
  const all = [...scene.nouns, ...open].sort((a, b) => a.start - b.start)
  const finds = all.length <= most ? all : [...all.slice(0, most - 8), ...all.slice(-8)]
  const nouns = finds.filter((find) => !open.has(find))
  const sentence: number[] = []
  for (const [index, eojeol] of eojeols.entries())
    sentence.push(index === 0 ? 0 : sentence[index - 1]! + Number(eojeol.breaks))
  const lastSentence = Math.min(3, sentence.at(-1) ?? 0)
  const kindOf = (find: Find): string =>
    open.has(find) ? 'open' : (hypernymOf(find.value) ?? 'none')
  /** What an eojeol is to its neighbours: what it names, or its own ending. */
  const classAt = (index: number): string => {
    const eojeol = eojeols[index]
    if (eojeol === undefined) return index < 0 ? '^' : '$'
    if (isOwner(eojeol)) return 'owner'
    if (name !== null && eojeol.start < name.end && name.start < eojeol.end) return 'name'
    const found = nouns.find((find) => find.from === index)
    if (found !== undefined) return `noun ${kindOf(found)} ${eojeol.tail}`
    const [piece] = eojeol.pieces
    if (piece !== undefined)
      return piece.entry.kind === 'generic'
        ? `${piece.entry.form} ${eojeol.tail}`
        : `${piece.entry.kind} ${eojeol.tail}`
    if (/^\d/.test(eojeol.text)) return '#'
    if (isAdnominal(eojeol)) return 'adnominal'
    return eojeol.latin ? 'latin' : `~${eojeol.lower.slice(-1)}`
  }

  return finds.map((find, order) => {
    const features: string[] = []
    const put = (...parts: (string | number | boolean)[]): void => {
      features.push(parts.join(' '))
    }
    const eojeol = eojeols[find.from]!
    const kind = kindOf(find)
    const known = !open.has(find)
    const tail = open.has(find)
      ? eojeol.text.slice(find.end - eojeol.start)
      : find.end === eojeol.pieces.at(-1)?.end
        ? eojeol.tail
        : '+'
    const at = (step: number): Eojeol | undefined => eojeols[find.from + step]
    const next = at(1)?.breaks === true ? undefined : at(1)
    const before = eojeol.breaks ? undefined : at(-1)
    const nextWord = next?.lower ?? '$'
    const sameBefore = finds.find((other) => other.end === find.start)
    const sameAfter = finds.find((other) => other.start === find.end)
    const headOf =
      before === undefined
        ? undefined
        : nouns.find((other) => other.from === find.from - 1 && before.tail === '')
    const modifies =
      next === undefined || tail !== ''
        ? undefined
        : finds.find((other) => other.from === find.from + 1)
    const segment = Math.min(3, sentence[find.from]!)
    const owned =
      ownerBefore(eojeols, find) ||
      (/^(?:우리|울|내|제|저희)/.test(eojeol.lower) && find.start > eojeol.start)
    put('known', known)
    put('kind', kind)
    put('value', find.value)
    put('tail', tail)
    put('kind tail', kind, tail)
    put('tail ends', tail.slice(-1))
    put('next class', classAt(find.from + 1))
    put('tail next', tail, classAt(find.from + 1))
    for (const size of [1, 2, 3]) {
      put('next', size, nextWord.slice(0, size))
      put('tail next', tail, nextWord.slice(0, size))
    }
    put('next ends', nextWord.slice(-2))
    put('next after', classAt(find.from + 2))
    put('next two', nextWord.slice(0, 2), at(2)?.lower.slice(0, 2) ?? '$')
    const beforeWord = before?.lower ?? '^'
    put('before class', classAt(find.from - 1))
    put('before', beforeWord)
    put('before ends', beforeWord.slice(-1))
    put('before ends', beforeWord.slice(-2))
    put('before kind', beforeWord.slice(-1), kind)
    put('before two', at(-2)?.lower.slice(-1) ?? '^', beforeWord.slice(-1))
    put('adnominal', isAdnominal(before))
    put('adnominal kind', isAdnominal(before), kind)
    put('owned', owned)
    put('owned kind', owned, kind)
    put('segment', segment, lastSentence)
    put('segment tail', segment, tail)
    put('breaks', eojeol.breaks)
    put('ends clause', next === undefined, find.from === eojeols.length - 1)
    if (sameBefore !== undefined) put('glued before', kindOf(sameBefore), kind)
    if (sameAfter !== undefined) put('glued after', kind, kindOf(sameAfter))
    if (sameAfter !== undefined) put('glued value', sameAfter.value)
    if (headOf !== undefined) {
      put('head of', kindOf(headOf), kind)
      put('head value', find.value)
    }
    if (modifies !== undefined) {
      put('modifies', kind, kindOf(modifies))
      put('modifies value', modifies.value)
    }
    const rank = nouns.indexOf(find)
    put('order', Math.min(3, order), Math.min(4, finds.length))
    put('noun order', rank < 0 ? 'x' : Math.min(3, rank), Math.min(4, nouns.length))
    put('from last', rank < 0 ? 'x' : Math.min(3, nouns.length - 1 - rank))
    put('length', Math.min(5, find.text.length))
    put('known length', known, Math.min(5, find.text.length))
    put('slip', find.slip)
    if (finds.some((other) => other !== find && other.value === find.value)) put('twice')
    for (const other of nouns)
      if (other !== find)
        put('beside', kind, kindOf(other), other.start < find.start ? 'before' : 'after')
    if (name !== null) {
      put(
        'name',
        name.start >= find.end
          ? name.start - find.end <= 3
            ? 'next'
            : 'after'
          : find.start - name.end <= 8
            ? 'just before'
            : 'before',
      )
      put('named kind', kind, name.start >= find.end && name.start - find.end <= 3)
    }
    let last = find.from
    while (last + 1 < eojeols.length && !eojeols[last + 1]!.breaks) last += 1
    const end = eojeols[last]!
    put('predicate', end.lower.slice(0, 2), tail)
    put('predicate ends', end.lower.slice(-2), tail)
    put('distance', Math.min(4, last - find.from), tail)
    return { find, noun: find.value, known, owned, features }
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
