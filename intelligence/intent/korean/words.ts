import { hypernymOf, korean, koreanTrie, singulars, wordForms } from '../lexicon.ts'
import type { Entry, Trie } from '../lexicon.ts'
import type { Normalised, Token } from '../normalise.ts'
import { koreanCommonWords } from '../lexicon/ko/common-words.ts'
import { oneSlip } from '../english/words.ts'
import {
  fitsParticle,
  inflected,
  particles,
  particleStarts,
  stripParticle,
  verbal,
} from './morphology.ts'

export interface Piece {
  readonly entry: Entry
  readonly alternatives: readonly Entry[]
  readonly start: number
  readonly end: number
}

export interface Eojeol {
  readonly text: string
  readonly lower: string
  readonly start: number
  readonly end: number
  readonly pieces: readonly Piece[]
  /** What follows the last piece: particles and endings. */
  readonly tail: string
  /** Every part is known. */
  readonly whole: boolean
  readonly breaks: boolean
  readonly quoted: boolean
  readonly latin: boolean
}

export const owners = new Set(
  '내 제 우리 저희 나의 저의 우리집 저희집 울 이 우리의 나만의 저만의 내가 제가 여친의'.split(' '),
)

export const isOwner = (eojeol: Eojeol | undefined): boolean =>
  eojeol !== undefined && (owners.has(eojeol.lower.replaceAll(' ', '')) || eojeol.lower === 'my')

const kindOrder: Readonly<Record<string, number>> = {
  strategy: 0,
  base: 1,
  output: 2,
  style: 3,
  noun: 4,
  text: 5,
  quality: 6,
  concept: 7,
  ambiguousBase: 8,
  generic: 9,
}

/** Walks the trie from `at`, over one space where the form goes on; all ends with their entries. */
export function formsAt(
  lower: string,
  at: number,
): { end: number; entries: readonly Entry[]; spaces: number }[] {
  const found: { end: number; entries: readonly Entry[]; spaces: number }[] = []
  const walk = (node: Trie, index: number, spaces: number): void => {
    // "배우게 하고" holds no guest house: what is written apart has three syllables
    if (node.entries.length > 0 && (spaces === 0 || index - at - spaces > 2))
      found.push({ end: index, entries: node.entries, spaces })
    const next = lower[index]
    if (next === undefined) return
    const child = node.next.get(next)
    if (child !== undefined) walk(child, index + 1, spaces)
    else if (next === ' ' && index > at && spaces < 2) {
      // "레몬청 사진" is no cyanotype: what is written apart begins with its word
      if (spaces === 0 && at > 0 && /\p{L}/u.test(lower[at - 1]!)) return
      // "작년에 산 딸기": bought
      if (index === at + 1 && lower[at] === '산') return
      const over = node.next.get(lower[index + 1] ?? '')
      if (over !== undefined) walk(over, index + 2, spaces + 1)
    }
  }
  walk(koreanTrie, at, 0)
  return found.sort((a, b) => b.end - a.end)
}

interface Cut {
  readonly pieces: Piece[]
  readonly end: number
  /** Particles and endings behind the last piece. */
  readonly tail: string
}

/** Where the letters and figures from `from` on end. */
function wordEnd(lower: string, from: number): number {
  let end = from
  while (
    end < lower.length &&
    /[\p{L}\p{M}\d.]/u.test(lower[end]!) &&
    !(lower[end] === '.' && !/\d/.test(lower[end + 1] ?? ''))
  )
    end += 1
  return end
}

/** What may be glued to a form of two words. */
const trained = /^(?:을|를)?(?:학습|훈련|하|해|한|할|시키|시켜|만들|로라)/

const linking = /^(?:들)?(?:으로|로|을|를|은|는|이|가|의|와|과|랑|이랑|하고|만|도|에서|에|한테)?\s?/

/** Cuts from `at` on, the longest forms first; `effort` bounds the search. */
function cutFrom(lower: string, at: number, depth: number, effort: { steps: number }): Cut | null {
  effort.steps += 1
  if (effort.steps > 400 || depth > 8) return null
  for (const { end, entries, spaces } of formsAt(lower, at)) {
    const stop = wordEnd(lower, end)
    const rest = lower.slice(end, stop)
    const sorted = [...entries].sort((a, b) => kindOrder[a.kind]! - kindOrder[b.kind]!)
    const piece: Piece = { entry: sorted[0]!, alternatives: sorted, start: at, end }
    const stem = lower.slice(at, end)
    const ending = { pieces: [piece], end: stop, tail: rest }
    if (rest === '') return ending
    // "단체 티셔츠" holds no 단체티
    if (spaces > 0 && !particles.test(rest) && !trained.test(rest)) continue
    const suffix = linking.exec(rest)![0]
    const onward =
      cutFrom(lower, end, depth + 1, effort) ??
      (suffix.length > 0 && suffix.length < rest.length
        ? cutFrom(lower, end + suffix.length, depth + 1, effort)
        : null)
    const fits = fitsParticle(stem, rest)
    const [further] = onward?.tail === '' ? onward.pieces : []
    const goesOn = further !== undefined && further.end - further.start > 1
    if (particles.test(rest) && fits && !goesOn) return ending
    if (onward !== null)
      return { pieces: [piece, ...onward.pieces], end: onward.end, tail: onward.tail }
    if (
      stem.length > 1 &&
      (verbal.test(rest) || inflected.test(rest) || (/^(?:을|를)/.test(rest) && fits))
    )
      return ending
  }
  return null
}

/** Cuts one eojeol (a stretch without spaces, or with those inside a known form) into known parts and a tail. */
export function cut(lower: string, start: number): Cut | null {
  const result = cutFrom(lower, start, 0, { steps: 0 })
  // "배달", "매장": a word cut into single syllables is another word
  const syllables =
    result !== null &&
    result.pieces.length > 1 &&
    result.pieces.every((piece) => /^[가-힣]$/.test(lower.slice(piece.start, piece.end))) &&
    result.pieces[1]!.start === result.pieces[0]!.end
  return syllables ? null : result
}

/** "내 cat을", "watercolor 스타일": a Latin word in a Korean sentence. */
export function latinPiece(token: Token): Piece | null {
  for (const word of singulars(token.lower)) {
    const entries = (wordForms.get(word) ?? []).filter(
      (form) => form.words.length === 1 && form.kind !== 'generic',
    )
    const sorted = [...entries].sort((a, b) => kindOrder[a.kind]! - kindOrder[b.kind]!)
    if (sorted[0] !== undefined) {
      return { entry: sorted[0], alternatives: sorted, start: token.start, end: token.end }
    }
  }
  return null
}

/** One syllable that says what a long unknown word is: a 너와집 is a house. */
export const heads: Readonly<Record<string, string>> = {
  집: 'house',
  꽃: 'flower',
  빵: 'bread',
  떡: 'rice cake',
  탕: 'soup',
  국: 'soup',
  죽: 'porridge',
  칼: 'knife',
  검: 'sword',
  컵: 'cup',
  잔: 'cup',
  탑: 'tower',
  섬: 'island',
  옷: 'outfit',
  복: 'uniform',
  함: 'box',
  견: 'dog',
  묘: 'cat',
  닭: 'chicken',
  병: 'bottle',
  잼: 'jam jar',
  길: 'road',
  밭: 'field',
  숲: 'forest',
  등: 'lamp',
  펜: 'pen',
  탈: 'mask',
  산: 'mountain',
  강: 'river',
  궁: 'palace',
  역: 'train station',
}

/** "남산타워", "코끼리저금통": an unknown compound is what its last part is. */
export function headOf(lower: string, token: Token): { pieces: Piece[]; tail: string } | null {
  const prefixed = /^[은금동옥왕헌새참돌꽃털철흑백적청황대소맨생]/.test(token.lower)
  // "판초콜릿": behind one syllable a long word is as sure
  const long = cut(lower, token.start + 1)
  const far = long?.pieces.at(-1)
  if (
    long !== null &&
    far?.entry.kind === 'noun' &&
    long.pieces.length === 1 &&
    long.end === token.end &&
    far.end - far.start > 2
  )
    return { pieces: [far], tail: long.tail }
  for (let at = token.start + (prefixed ? 1 : 2); at < token.end - 1; at += 1) {
    const parsed = cut(lower, at)
    const last = parsed?.pieces.at(-1)
    if (parsed === null || last === undefined || parsed.end !== token.end) continue
    if (last.entry.kind === 'noun' && last.end - last.start > 1)
      return { pieces: [last], tail: parsed.tail }
  }
  const stem = token.lower.replace(
    /(?<=.{3})(?:을|를|의|만|은|는|이|으로|들|들을|이요|이에요|입니다)$/,
    '',
  )
  const value = stem.length >= 3 ? heads[stem.at(-1)!] : undefined
  if (value === undefined || /(?:우리|저희|내|제)집$/.test(stem)) return null
  const entry: Entry = { kind: 'noun', value, form: stem }
  const end = token.start + stem.length
  return {
    pieces: [{ entry, alternatives: [entry], start: token.start, end }],
    tail: token.lower.slice(stem.length),
  }
}

/** After "강아지" an unknown word is its name. */
export function followsLiving(before: Eojeol | undefined, breaks: boolean): boolean {
  const last = before?.pieces.at(-1)
  if (before === undefined || last === undefined || breaks || before.tail !== '') return false
  return (
    last.entry.kind === 'noun' &&
    ['animal', 'person', 'toy'].includes(hypernymOf(last.entry.value) ?? '')
  )
}

/** Letters of a syllable block: 강 -> ㄱㅏㅇ, so that one slip of the finger is one letter. */
export function lettersOf(text: string): string {
  return text.normalize('NFD')
}

/** By the first letter and the number of letters. */
const longForms: ReadonlyMap<string, readonly (readonly [string, Entry])[]> = (() => {
  const map = new Map<string, (readonly [string, Entry])[]>()
  const walk = (node: Trie, form: string): void => {
    for (const entry of node.entries) {
      if (form.length < 3 || !/^[가-힣]+$/.test(form) || entry.kind === 'generic') continue
      const letters = lettersOf(form)
      const key = `${letters[0]!}${letters.length}`
      const list = map.get(key)
      if (list === undefined) map.set(key, [[letters, entry]])
      else list.push([letters, entry])
    }
    for (const [char, child] of node.next) walk(child, form + char)
  }
  walk(koreanTrie, '')
  return map
})()

/** "수체화", "강이지를": an unknown word of three syllables or more within one letter of a known form. */
export function mend(token: Token): { pieces: Piece[]; tail: string } | null {
  for (const cutAt of [token.lower.length, ...particleStarts(token.lower)]) {
    const stem = token.lower.slice(0, cutAt)
    // "그리신", "찍으시던" are verbs
    if (
      stem.length < 3 ||
      korean.notNames.has(stem) ||
      /(?:[리시으하주]신|[시하리쓰]던|[으시]는|[주하시]세)$/.test(stem)
    )
      continue
    const letters = lettersOf(stem)
    let best: readonly [string, Entry] | null = null
    for (const length of [letters.length, letters.length - 1, letters.length + 1]) {
      for (const form of longForms.get(`${letters[0]!}${length}`) ?? []) {
        if (!oneSlip(letters, form[0])) continue
        if (best === null || (soundsAlike(letters, form[0]) && !soundsAlike(letters, best[0])))
          best = form
      }
    }
    if (best !== null) {
      const [, entry] = best
      const piece = { entry, alternatives: [entry], start: token.start, end: token.start + cutAt }
      return { pieces: [piece], tail: token.lower.slice(cutAt) }
    }
  }
  return null
}

/** ㅐ and ㅔ, ㅚ, ㅙ and ㅞ are one sound to most speakers. */
function soundsAlike(a: string, b: string): boolean {
  const merged = (text: string): string =>
    text.replaceAll(/[\u1162\u1166]/g, 'e').replaceAll(/[\u116b\u1170\u116c]/g, 'w')
  return merged(a) === merged(b)
}

const gluedOwner = /^(?:우리집|저희집|우리|저희|나의|제가|내|제|울)(?=[가-힣]{2})/

/** What a token is cut into, and where it ends. */
interface Parsed {
  readonly pieces: readonly Piece[]
  readonly tail: string
  readonly end: number
  readonly known: boolean
}

/** "우리강아지를": an owner written into its noun; both, or null. */
function ownerAndNoun(lower: string, token: Token): { at: number; noun: Cut } | null {
  const owner = gluedOwner.exec(token.lower)
  if (owner === null) return null
  const at = token.start + owner[0].length
  const noun = cut(lower, at)
  return noun?.pieces.some((piece) => piece.entry.kind === 'noun' && piece.end - piece.start > 1)
    ? { at, noun }
    : null
}

/** What a token that cannot be cut whole still says: a foreign word, a compound's head, a slip of the finger. */
function parseUncut(lower: string, token: Token, ofName: boolean): Parsed {
  if (token.kind === 'hangul') {
    const found = ofName ? null : (headOf(lower, token) ?? mend(token))
    return {
      pieces: found?.pieces ?? [],
      tail: found?.tail ?? '',
      end: token.end,
      known: found !== null,
    }
  }
  // "Fluffy를", "SDXL로": what is glued to a Latin word is its particle
  const glued =
    token.kind === 'latin' || token.kind === 'number'
      ? /^\p{Script=Hangul}+/u.exec(lower.slice(token.end))
      : null
  const end = glued !== null && particles.test(glued[0]) ? token.end + glued[0].length : token.end
  if (token.kind !== 'latin') return { pieces: [], tail: '', end, known: false }
  const foreign = latinPiece(token)
  return {
    pieces: foreign === null ? [] : [foreign],
    tail: lower.slice(token.end, end),
    end,
    known: foreign !== null,
  }
}

/** "돌봄", "가지치기를": an everyday word is not cut, unless the lexicon has it. */
function isCommon(lower: string, token: Token): boolean {
  const word = koreanCommonWords.has(token.lower) ? token.lower : stripParticle(token.lower)
  return (
    koreanCommonWords.has(word) &&
    !formsAt(lower, token.start).some(({ end }) => end >= token.start + word.length)
  )
}

function parse(lower: string, token: Token, ofName: boolean): Parsed {
  if (token.kind === 'hangul' && isCommon(lower, token))
    return { pieces: [], tail: '', end: token.end, known: false }
  const direct = cut(lower, token.start)
  if (direct === null) return parseUncut(lower, token, ofName)
  // "강이지" is no river: a known form of three syllables is one slip away
  const [piece] = direct.pieces
  const river = direct.pieces.length === 1 && piece!.end - piece!.start === 1
  const slip = river && direct.tail.length > 1 && token.kind === 'hangul' ? mend(token) : null
  return slip === null ? { ...direct, known: true } : { ...slip, end: token.end, known: true }
}

/** The words of a goal: what stands between spaces, cut into what the lexicons know. */
export function eojeolsOf(normalised: Normalised, tokens: readonly Token[]): Eojeol[] {
  const { lower, text } = normalised
  const result: Eojeol[] = []
  let breaks = false
  let quote = ''
  let done = 0
  const push = (start: number, parsed: Parsed, latin: boolean): void => {
    result.push({
      text: text.slice(start, parsed.end),
      lower: lower.slice(start, parsed.end),
      start,
      end: parsed.end,
      pieces: parsed.pieces,
      tail: parsed.tail,
      whole: parsed.known,
      breaks,
      quoted: quote !== '',
      latin,
    })
    breaks = false
    done = parsed.end
  }
  for (const token of tokens) {
    if (token.start < done) continue
    if (token.kind === 'other' && !/\p{L}/u.test(token.text)) {
      if (token.text === '"' || token.text === "'") quote = quote === token.text ? '' : token.text
      else if (/[.,;:!?()[\]{}|/\n]/.test(token.text)) breaks = true
      continue
    }
    const both =
      token.kind === 'hangul' && cut(lower, token.start) === null
        ? ownerAndNoun(lower, token)
        : null
    if (both !== null) {
      push(token.start, { pieces: [], tail: '', end: both.at, known: false }, false)
      push(both.at, { ...both.noun, known: true }, false)
      continue
    }
    const ofName = followsLiving(result.at(-1), breaks)
    push(token.start, parse(lower, token, ofName), token.kind === 'latin')
  }
  return result
}
