import { english, hypernymOf, korean, koreanTrie, singulars, wordForms } from './lexicon.ts'
import type { Entry, Trie } from './lexicon.ts'
import { unlessHalf, type Evidence, type Find, type Named } from './find.ts'
import type { Normalised, Token } from './normalise.ts'
import { oneSlip } from './english/words.ts'

const particle =
  '들|이면|면|이랑|이나|이라도|이라는|라는|이라고|이라|이며|이고|이지만|이지|이에요|이예요|예요|에요|이야|이요|입니다|이다|인데|이던|이|가|을|를|은|는|의|에서|에게서|에게|에|께|한테|로서|로써|로만|으로만|으로|로|과|와|랑|하고|도|만|까지|부터|처럼|같은|같이|보다|마다|나|라도|밖에|조차|인|라고|고|며|라|야|아|요|님|씨|양|군|용|풍|체|느낌|스러운|스럽게|적인|적|화된|화|쪽|뿐|째|란|이란|든|이든|좀|께|이랑께|랑께|이지예|인디|인디요|이오|이옵니다|이여|여|이네|네|이네요|네요'
const particles = new RegExp(`^(?:${particle})*$`)
const verbal =
  /^(?:(?:을|를)?\s?)(?:학습|훈련|생성|변환|제작|파인튜닝|튜닝)?(?:하|해|한|할|했|시켜|시키|시킨|시킬|돼|되|된|될|줘|주|중|용)/
/** Looks like an inflected verb or adjective, not like a noun or a name. */
const inflected =
  /(?:해줘|해주세요|해줄래|해라|하기|하게|하고|하는|하던|하며|하면|하여|해서|했던|했어|했다|했음|합니다|할래|할게|하자|하세요|하려고|하려는|한다|시켜|시켜줘|시키고|시키는|싶어|싶어요|싶은|싶다|싶습니다|싶은데|줘|줘요|주세요|주고|주라|줄래|줄|줄게|어줘|아줘|있는|있어|있어요|있게|없는|없이|없어|나온|나오는|나오게|찍은|찍힌|그린|그려|그린|만든|만드는|만들고|만들어|만들|되는|되게|된|될|됐으면|돼|싶|습니다|습니까|어요|아요|네요|군요|거야|거예요|겁니다|건데|려고|려는|면서|지만|니까|는데|은데|도록|듯이|답게|롭게|롭고|스럽게|스러운|로운|다운|같은|좋겠어|좋겠다|좋겠어요|좋아|봐줘|볼래|볼게|바꿔|바꿔줘|배운|배워|닮은|입은|쓴|신은|앉은|웃는|자는|부탁해|부탁해요|부탁드려요|드립니다|합시다|할까|할까요|가능한|가능해|원해|원해요|였으면|으면|려면|다면|겠어|겠다|해요|해|함|됨|임|이소|하이소|이소예|랑게|랑께|혀줘|혀|하소|하소서|옵소서|려|려구요|려고요|옵니다|봐라|봐|해바|바라|보라|하렴|하거라|거라|자꾸나|할라고|할라는디|는디|쓸거|쓸거임|할거|할거임|할거야|ㄱㄱ|고고|됩니까|되냐|하냐|주라|달라|다오|주오|뽑자|하마)$/

interface Piece {
  readonly entry: Entry
  readonly alternatives: readonly Entry[]
  readonly start: number
  readonly end: number
}

interface Eojeol {
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

function hasFinal(char: string): boolean {
  const code = char.codePointAt(0)! - 0xac00
  return code >= 0 && code < 11172 && code % 28 !== 0
}

/** 을/은/이/과/으로 follow a closed syllable, 를/는/가/와/로 an open one (or ㄹ). */
function fitsParticle(stem: string, tail: string): boolean {
  const last = stem.at(-1)
  if (last === undefined || tail === '') return true
  const code = last.codePointAt(0)! - 0xac00
  if (code < 0 || code >= 11172) return true
  const closed = code % 28 !== 0
  const rieul = code % 28 === 8
  if (/^(?:을|은|과|이랑|이라|이고|이며|이나|이에요|이야|이라는|이란)/.test(tail)) return closed
  // "체스판예요" is misspelt often
  if (/^(?:를|는|와|랑|라는)/.test(tail)) return !closed
  if (/^가(?![가-힣])/.test(tail)) return !closed
  if (/^으로/.test(tail)) return closed && !rieul
  if (/^로(?![가-힣]*라)/.test(tail)) return !closed || rieul
  return true
}

/** Walks the trie from `at`, over one space where the form goes on; all ends with their entries. */
function formsAt(
  lower: string,
  at: number,
): { end: number; entries: readonly Entry[]; spaces: number }[] {
  const found: { end: number; entries: readonly Entry[]; spaces: number }[] = []
  const walk = (node: Trie, index: number, spaces: number): void => {
    if (node.entries.length > 0) found.push({ end: index, entries: node.entries, spaces })
    const next = lower[index]
    if (next === undefined) return
    const child = node.next.get(next)
    if (child !== undefined) walk(child, index + 1, spaces)
    else if (next === ' ' && index > at && spaces < 2) {
      const over = node.next.get(lower[index + 1] ?? '')
      if (over !== undefined) walk(over, index + 2, spaces + 1)
    }
  }
  walk(koreanTrie, at, 0)
  return found.sort((a, b) => b.end - a.end)
}

/** Cuts one eojeol (a stretch without spaces, or with those inside a known form) into known parts and a tail. */
function cut(
  lower: string,
  start: number,
  limit: number,
): { pieces: Piece[]; end: number; tail: string; whole: boolean } | null {
  const wordEnd = (from: number): number => {
    let end = from
    while (
      end < limit &&
      /[\p{L}\p{M}\d.]/u.test(lower[end]!) &&
      !(lower[end] === '.' && !/\d/.test(lower[end + 1] ?? ''))
    )
      end += 1
    return end
  }
  let steps = 0
  const go = (at: number, depth: number): { pieces: Piece[]; end: number; tail: string } | null => {
    steps += 1
    if (steps > 400 || depth > 8) return null
    for (const { end, entries } of formsAt(lower, at)) {
      const stop = wordEnd(end)
      const rest = lower.slice(end, stop)
      const sorted = [...entries].sort((a, b) => kindOrder[a.kind]! - kindOrder[b.kind]!)
      const piece: Piece = { entry: sorted[0]!, alternatives: sorted, start: at, end }
      const stem = lower.slice(at, end)
      if (rest === '') return { pieces: [piece], end: stop, tail: '' }
      const suffix =
        /^(?:들)?(?:으로|로|을|를|은|는|이|가|의|와|과|랑|이랑|하고|만|도|에서|에|한테)?\s?/.exec(
          rest,
        )![0]
      const onward =
        go(end, depth + 1) ??
        (suffix.length > 0 && suffix.length < rest.length
          ? go(end + suffix.length, depth + 1)
          : null)
      const plain = particles.test(rest) && (stem.length > 1 || fitsParticle(stem, rest))
      if (
        plain &&
        fitsParticle(stem, rest) &&
        !(
          onward !== null &&
          onward.tail === '' &&
          onward.pieces.length > 0 &&
          onward.pieces[0]!.end - onward.pieces[0]!.start > 1
        )
      ) {
        return { pieces: [piece], end: stop, tail: rest }
      }
      if (onward !== null)
        return { pieces: [piece, ...onward.pieces], end: onward.end, tail: onward.tail }
      if (
        stem.length > 1 &&
        (verbal.test(rest) ||
          inflected.test(rest) ||
          (/^(?:을|를)/.test(rest) && fitsParticle(stem, rest)))
      )
        return { pieces: [piece], end: stop, tail: rest }
    }
    return null
  }
  const result = go(start, 0)
  // "배달", "매장": a word cut into single syllables is another word
  if (
    result !== null &&
    result.pieces.length > 1 &&
    result.pieces.every((piece) => /^[가-힣]$/.test(lower.slice(piece.start, piece.end))) &&
    result.pieces[1]!.start === result.pieces[0]!.end
  )
    return null
  return result === null ? null : { ...result, whole: true }
}

/** "내 cat을", "watercolor 스타일": a Latin word in a Korean sentence. */
function latinPiece(token: Token): Piece | null {
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
const heads: Readonly<Record<string, string>> = {
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
}

/** "남산타워", "코끼리저금통": an unknown compound is what its last part is. */
function headOf(lower: string, token: Token): { pieces: Piece[]; tail: string } | null {
  const prefixed = /^[은금동옥왕헌새참돌꽃털철흑백적청황대소맨생]/.test(token.lower)
  // "판초콜릿": behind one syllable a long word is as sure
  const long = cut(lower, token.start + 1, lower.length)
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
    const parsed = cut(lower, at, lower.length)
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
function followsLiving(before: Eojeol | undefined, breaks: boolean): boolean {
  const last = before?.pieces.at(-1)
  if (before === undefined || last === undefined || breaks || before.tail !== '') return false
  return (
    last.entry.kind === 'noun' &&
    ['animal', 'person', 'toy'].includes(hypernymOf(last.entry.value) ?? '')
  )
}

/** Letters of a syllable block: 강 -> ㄱㅏㅇ, so that one slip of the finger is one letter. */
function lettersOf(text: string): string {
  return text.normalize('NFD')
}

const longForms: ReadonlyMap<number, readonly (readonly [string, Entry])[]> = (() => {
  const map = new Map<number, (readonly [string, Entry])[]>()
  const walk = (node: Trie, form: string): void => {
    for (const entry of node.entries) {
      if (form.length < 3 || !/^[가-힣]+$/.test(form) || entry.kind === 'generic') continue
      const letters = lettersOf(form)
      map.set(letters.length, [...(map.get(letters.length) ?? []), [letters, entry]])
    }
    for (const [char, child] of node.next) walk(child, form + char)
  }
  walk(koreanTrie, '')
  return map
})()

/** "수체화", "강이지를": an unknown word of three syllables or more within one letter of a known form. */
function mend(token: Token): { pieces: Piece[]; tail: string } | null {
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
      for (const form of longForms.get(length) ?? []) {
        if (form[0][0] !== letters[0] || !oneSlip(letters, form[0])) continue
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

/** Where a trailing particle may begin, longest stem first. */
function particleStarts(word: string): number[] {
  const starts: number[] = []
  for (let at = word.length - 1; at >= Math.max(3, word.length - 4); at -= 1) {
    if (
      /^(?:들?(?:을|를|이|가|은|는|의|도|만|와|과|랑|이랑|로|으로|에서|에게|한테|에)|요|이요|예요|이에요|입니다|인데|인데요)$/.test(
        word.slice(at),
      )
    )
      starts.push(at)
  }
  return starts
}

const gluedOwner = /^(?:우리집|저희집|우리|저희|나의|제가|내|제|울)(?=[가-힣]{2})/

function eojeolsOf(normalised: Normalised, tokens: readonly Token[]): Eojeol[] {
  const { lower, text } = normalised
  const result: Eojeol[] = []
  let breaks = false
  let quote = ''
  let done = 0
  for (const token of tokens) {
    if (token.start < done) continue
    if (token.kind === 'other' && !/\p{L}/u.test(token.text)) {
      if (token.text === '"' || token.text === "'") quote = quote === token.text ? '' : token.text
      else if (/[.,;:!?()[\]{}|/\n]/.test(token.text)) breaks = true
      continue
    }
    const whole = cut(lower, token.start, lower.length)
    const glued_ = whole === null && token.kind === 'hangul' ? gluedOwner.exec(token.lower) : null
    const after = glued_ === null ? null : cut(lower, token.start + glued_[0].length, lower.length)
    if (
      glued_ !== null &&
      after !== null &&
      after.pieces.some((piece) => piece.entry.kind === 'noun' && piece.end - piece.start > 1)
    ) {
      result.push({
        text: glued_[0],
        lower: glued_[0],
        start: token.start,
        end: token.start + glued_[0].length,
        pieces: [],
        tail: '',
        whole: false,
        breaks,
        quoted: quote !== '',
        latin: false,
      })
      result.push({
        text: text.slice(token.start + glued_[0].length, after.end),
        lower: lower.slice(token.start + glued_[0].length, after.end),
        start: token.start + glued_[0].length,
        end: after.end,
        pieces: after.pieces,
        tail: after.tail,
        whole: true,
        breaks: false,
        quoted: quote !== '',
        latin: false,
      })
      breaks = false
      done = after.end
      continue
    }
    const direct = whole
    // "강이지" is no river: a known form of three syllables is one slip away
    const river =
      direct?.pieces.length === 1 && direct.pieces[0]!.end - direct.pieces[0]!.start === 1
    const slip = river && direct.tail.length > 1 && token.kind === 'hangul' ? mend(token) : null
    const parsed =
      slip === null ? direct : { pieces: slip.pieces, tail: slip.tail, end: token.end, whole: true }
    let end = token.end
    if (parsed !== null) end = parsed.end
    else if (token.kind === 'latin' || token.kind === 'number') {
      // "Fluffy를", "SDXL로": what is glued to a Latin word is its particle
      const glued = /^\p{Script=Hangul}+/u.exec(lower.slice(token.end))
      if (glued !== null && particles.test(glued[0])) end = token.end + glued[0].length
    }
    const foreign = parsed === null && token.kind === 'latin' ? latinPiece(token) : null
    const tailNoun =
      parsed === null && token.kind === 'hangul' && !followsLiving(result.at(-1), breaks)
        ? headOf(lower, token)
        : null
    const mended =
      parsed === null &&
      tailNoun === null &&
      token.kind === 'hangul' &&
      !followsLiving(result.at(-1), breaks)
        ? mend(token)
        : null
    const known = parsed !== null || foreign !== null || tailNoun !== null || mended !== null
    result.push({
      text: text.slice(token.start, end),
      lower: lower.slice(token.start, end),
      start: token.start,
      end,
      pieces:
        parsed?.pieces ??
        (foreign !== null ? [foreign] : (tailNoun?.pieces ?? mended?.pieces ?? [])),
      tail:
        parsed?.tail ??
        tailNoun?.tail ??
        mended?.tail ??
        (token.kind === 'latin' ? lower.slice(token.end, end) : ''),
      whole: known,
      breaks,
      quoted: quote !== '',
      latin: token.kind === 'latin',
    })
    breaks = false
    done = end
  }
  return result
}

const shortRisky = new Set([
  '말',
  '차',
  '배',
  '개',
  '새',
  '게',
  '매',
  '양',
  '용',
  '공',
  '연',
  '활',
  '종',
  '잔',
  '병',
  '초',
  '풀',
  '섬',
  '달',
  '별',
  '산',
  '강',
  '밭',
  '눈',
  '감',
  '회',
  '국',
  '떡',
  '술',
  '책',
  '펜',
  '집',
  '절',
  '탑',
  '탈',
  '힐',
  '티',
  '코',
  '톱',
  '칼',
  '총',
  '검',
  '돌',
  '뼈',
  '방',
  '문',
  '창',
  '빗',
  '북',
  '쥐',
  '벌',
  '뱀',
  '곰',
  '소',
  '닭',
  '붓',
  '옷',
  '꽃',
  '컵',
  '빵',
  '밥',
  '왕',
  '형',
  '딸',
  '난',
  '팬',
  '캔',
  '솥',
  '성',
  '숲',
  '캔디',
  '기사',
  '나비',
  '가지',
  '다리',
  '사과',
  '의상',
  '배우',
  '장미',
  '보드',
  '스탠드',
  '파이',
  '카드',
  '절벽',
  '무사',
  '상품',
  '물건',
  '나무',
  '바다',
  '묘',
  '냥',
  '범',
  '학',
  '보석',
  '도치',
  '아이',
  '거미',
])
const owners = new Set([
  '내',
  '제',
  '우리',
  '저희',
  '나의',
  '저의',
  '우리집',
  '저희집',
  '울',
  '이',
  '우리의',
  '나만의',
  '저만의',
  '내가',
  '제가',
  '여친의',
])

const isOwner = (eojeol: Eojeol | undefined): boolean =>
  eojeol !== undefined && (owners.has(eojeol.lower.replaceAll(' ', '')) || eojeol.lower === 'my')

export function readKorean(normalised: Normalised, tokens: readonly Token[]): Evidence {
  const eojeols = eojeolsOf(normalised, tokens)
  const { lower } = normalised
  const finds: Find[] = []
  for (const [index, eojeol] of eojeols.entries()) {
    for (const [at, piece] of eojeol.pieces.entries()) {
      const entry = choose(eojeols, index, at, piece)
      if (entry === null) continue
      finds.push({
        kind: entry.kind,
        value: entry.value,
        start: piece.start,
        end: piece.end,
        from: index,
        to: index,
        text: normalised.text.slice(piece.start, piece.end),
        negated: isNegated(lower, piece.end, eojeol),
        slip: false,
      })
    }
  }
  const name = unlessHalf(findName(eojeols, finds, normalised), normalised.text)
  const trigger = triggerOf(normalised)
  const outside = (find: Find): boolean =>
    ![name, trigger].some((item) => item !== null && find.start < item.end && item.start < find.end)
  const kept = finds.filter(outside)
  const styles = kept.filter(
    (find) =>
      find.kind === 'style' && isStyle(find, eojeols[find.from]!, eojeols[find.from + 1], lower),
  )
  const allNouns = kept.filter((find) => find.kind === 'noun')
  // the strongest look counts: "내 스케치를 수채화 일러스트로"
  const weight = (find: Find): number =>
    // "우키요에 목판화풍": a movement or an artist says more than a technique
    (english.techniques.has(find.value) ? 0 : 1) -
    // "90년대 애니": the years say less than the look
    (era.test(find.value) ? 4 : 0) +
    (weakStyle.test(find.text.toLowerCase()) ? 0 : 2) +
    (/^\s?(?:스타일|풍|화풍|느낌|로|으로)/.test(lower.slice(find.end)) ? 1 : 0)
  const [liveStyle] = styles.filter((find) => !find.negated).sort((a, b) => weight(b) - weight(a))
  const artist =
    liveStyle !== undefined && english.techniques.has(liveStyle.value)
      ? artistBefore(normalised, eojeols, liveStyle, kept)
      : null
  const unlisted =
    artist ??
    (liveStyle === undefined || era.test(liveStyle.value)
      ? openStyleOf(normalised, eojeols, kept)
      : null)
  // "북유럽풍 소파": an adjective of the thing, not a look to learn
  const adjective =
    unlisted !== null &&
    /^풍\s/.test(lower.slice(unlisted.end)) &&
    allNouns.some(
      (find) =>
        find.start === unlisted.end + 2 &&
        !['animal', 'person'].includes(hypernymOf(find.value) ?? 'person'),
    )
  const open = adjective ? null : unlisted
  const home =
    /(?:우리|저희|내|제)\s?(집)(?:을|를|만|의)?(?:\s?(?:사진|이미지|로라|모델|학습|수채|유화|그림|스타일)|$|[.,!?])/.exec(
      lower,
    )
  if (home !== null && allNouns.length === 0) {
    const end = home.index + home[0].indexOf('집') + 1
    allNouns.push({
      kind: 'noun',
      value: 'house',
      start: end - 1,
      end,
      from: Math.max(
        0,
        eojeols.findIndex((item) => item.end >= end),
      ),
      to: 0,
      text: '집',
      negated: false,
      slip: false,
    })
  }
  const nouns = allNouns.filter(
    (find) => open === null || find.end <= open.start || find.start >= open.end,
  )
  // "내 사진", "우리 애": who asks, and whose child
  const self =
    nouns.length === 0
      ? /(?:^|\s)((?:내|제|나의|저의)\s?(?:사진|모습)(?!\s?(?:톤|보정|스타일|느낌|색감|무드|분위기|작풍))|(?:우리|저희)\s?애|(?:저|나)(?=를\s?(?:학습|훈련|배우|그려|그리|모델)))(?=들|의|를|가|는|으로|로|\s|$)/du.exec(
          lower,
        )
      : null
  if (self !== null) {
    const [start, end] = (self as RegExpExecArray & { indices: [number, number][] }).indices[1]!
    nouns.push({
      kind: 'noun',
      value: self[1]!.endsWith('애') ? 'child' : 'person',
      start,
      end,
      from: Math.max(
        0,
        eojeols.findIndex((item) => item.end >= end),
      ),
      to: 0,
      text: normalised.text.slice(start, end),
      negated: false,
      slip: false,
    })
  }
  const ofLook = (find: Find): boolean =>
    (liveStyle !== undefined || open !== null) &&
    /^\s?(?:디자인\s?)?(?:스타일|화풍|그림체)(?!로(?!라))/.test(lower.slice(find.end)) &&
    !isOwner(eojeols[find.from - 1])
  // "민화 스타일 호랑이 그림들": what the pictures of a look show
  const depicts = (find: Find): boolean =>
    !find.negated &&
    (styles.some((hit) => !hit.negated) || /스타일|화풍|그림체|작풍/.test(lower)) &&
    /^\s?(?:그림|일러스트|드로잉|낙서|작품|삽화)들?(?:\s?\d+\s?장)?(?:의|을|를|로|으로|만|,|\s|$)/.test(
      lower.slice(find.end),
    ) &&
    /스타일|화풍|그림체|작풍/.test(lower) &&
    !/(?:스타일|화풍|그림체)(?:은|는|이|을|를)?\s?(?:말고|아니|빼고|필요)/.test(lower)
  // "우리 아들 낙서 스타일": whose drawings
  const whoseWork = (find: Find): boolean =>
    hypernymOf(find.value) === 'person' &&
    find.value !== 'character' &&
    /^(?:이|가|의)?\s?(?:그린\s)?(?:[가-힣]+\s)?(?:낙서|그림|드로잉|글씨|손글씨|스케치|일러스트|만화|작품|수채화|유화)\s?(?:의\s?)?(?:스타일|화풍|그림체|느낌|체)/.test(
      lower.slice(find.end),
    )
  const hand = nouns.some(
    (find) => find.value === 'handwriting' && /^\s?(?:스타일|느낌|체)/.test(lower.slice(find.end)),
  )
  const whichLook = hand || nouns.some(ofLook) || nouns.some(whoseWork) || nouns.some(depicts)
  const style: Named | null =
    liveStyle === undefined || artist !== null || open !== null
      ? open
      : { value: liveStyle.value, start: liveStyle.start, end: liveStyle.end, confidence: 0.95 }

  const has = (pattern: RegExp): boolean => pattern.test(lower)
  const denial = lower.search(
    /(?:스타일|화풍|그림체|느낌)(?:은|는|이|을|를)?\s?(?:말고|아니고|아니라|아닌|빼고|필요\s?없|상관\s?없|무시|안\s?배|배우지)/,
  )
  // "고흐 스타일 말고 클림트 스타일로": another look instead
  const styleDenied = denial >= 0 && !styles.some((find) => !find.negated && find.start > denial)
  const onlyStyle =
    has(/(?:스타일|화풍|그림체|느낌|분위기|색감|작화|붓터치)(?:만|만을|만\s)(?!들)/) ||
    (nouns.some((find) => find.negated) &&
      (styles.some((find) => !find.negated) || has(/스타일|화풍|그림체/)))
  const styleWanted =
    !styleDenied &&
    (onlyStyle ||
      has(
        /(?:이미지|사진|그림|작품)들?의\s?(?:스타일|느낌|분위기|색감)|(?:^|[\s의])화풍|그림체|작화|그림\s?스타일|아트\s?스타일|스타일\s?(?:로라|lora|모델|학습|훈련)|붓\s?터치|작풍|드로잉\s?스타일|보정\s?스타일|사진\s?스타일|디자인\s?스타일|선화\s?느낌|색감|색보정|컬러\s?그레이딩|필체|펜선|채색\s?(?:방식|스타일)|(?:사진|필름|색)\s?톤|톤(?:을|만)?\s?(?:그대로\s?)?(?:학습|배|익)|무드(?:를|만)?\s?(?:학습|배)|(?:기법|느낌|분위기|터치)(?:을|를)\s?(?:제|내|저희|우리)\s?(?:[가-힣]+\s)?(?:그림|작품|사진)들?(?:에서|으로|로)|(?:이|이런|그런|저런|요런|비슷한)\s?(?:그림|사진|이미지|작품)?들?(?:의)?\s?(?:느낌|스타일|분위기|감성)(?:으로|로)|톤\s?앤\s?매너/,
      ) ||
      has(
        /(?:스타일|느낌|분위기|색감|기법)(?:을|를)\s?(?:그대로\s?|똑같이\s?|잘\s?)?(?:[가-힣]+(?:게|히|로|도록)\s)?(?:학습|훈련|배|익|따라|흉내|모방|재현|가르|담|캡처|복제|파인튜닝|lora|로라)/,
      ) ||
      has(
        /(?:내|제|우리|나의|저의|나만의)\s?(?:[가-힣]+\s){0,2}(?:스타일|그림들|그림을|그림으로|일러스트들?을|작품들?을|드로잉)/,
      ))
  const drawsLike = has(
    /(?:^|\s)(?:나|저|제가|내가|우리)(?:처럼|같이|하듯|랑\s?(?:똑같이|비슷하게)|와\s?똑같이)\s?(?:[가-힣]+\s){0,2}(?:그리|그려|그린|칠하|찍|써|쓰)|(?:그리|그린|그렸|찍|칠하|만들)(?:던|는|신|시던|은)?\s?(?:식|방식|방법|스타일|것처럼|거처럼|대로)(?:으로|로|대로|을|를|처럼)?\s?(?:[가-힣]+\s){0,2}(?:그리|그려|배|학습|찍|만들|따라|$)|(?:그림|낙서|드로잉|스케치|작품)들?\s?(?:처럼|같이|같은)\s?(?:[가-힣]+\s){0,2}(?:그리|그려|그린)/,
  )
  const styleOfResults =
    // "소금빵 접사": how it was photographed
    (nouns.length > 0 &&
      liveStyle !== undefined &&
      /^(?:photorealistic|studio photography|hdr|macro photography)$/.test(liveStyle.value)) ||
    has(/(?:은|는|으로|로)\s?(?:나중에|추후에?|이후에|따로|프롬프트)|프롬프트(?:로|에서|에)\s/) ||
    (has(
      /(?:그려|그릴|그리고\s?싶|그린\s?것처럼\s?만|변환|바꿔|바꾸|뽑|생성해|렌더)(?:줘|주|고|서|보|내|달|\s|[가-힣])?/,
    ) &&
      !/학습|훈련|배우|배워|lora|로라|파인튜닝/.test(
        lower.replace(
          /.*(?:학습|훈련)(?:시켜서|해서|시킨\s?(?:다음|뒤|후)|한\s?(?:다음|뒤|후)|하고|시키고|시켜|해)/,
          '',
        ),
      )) ||
    has(
      /(?:으로|로|처럼|풍의?|스타일의?)\s?(?:[가-힣]+\s){0,2}(?:그림|이미지|사진|초상화|일러스트|포스터|스티커)?(?:을|를)?\s?(?:그려|그릴|그리고|만들고\s?싶|만들|생성|뽑|변환|바꿔|나오게|보고\s?싶)/,
    )
  return {
    finds: kept,
    subjects: rankSubjects(
      eojeols,
      nouns.filter(
        (find) =>
          !ofLook(find) &&
          !whoseWork(find) &&
          !depicts(find) &&
          !(hand && find.value === 'handwriting') &&
          // "볼펜 낙서 느낌": what the look is made with
          !styles.some(
            (style) =>
              !style.negated &&
              (style.start === find.end || style.start === find.end + 1) &&
              /^\s?(?:스타일|느낌|화풍|그림체|감성|체|풍)(?!로(?!라))/.test(
                lower.slice(style.end),
              ) &&
              /^(?:pen|pencil|fountain pen|crayon|marker|brush|paintbrush|chalk|ballpoint pen)$/.test(
                find.value,
              ) &&
              !isOwner(eojeols[find.from - 1]),
          ) &&
          // "탐정만화 느낌": what kind of look
          !styles.some(
            (style) =>
              style.start === find.end &&
              !style.negated &&
              ['manga', 'comic book', 'webtoon', 'anime', 'cartoon'].includes(style.value) &&
              !isOwner(eojeols[find.from - 1]),
          ),
      ),
      name,
      kept,
    ),
    name,
    style: styleDenied ? null : style,
    trigger,
    styleWanted: styleWanted || ((drawsLike || whichLook) && !styleDenied),
    styleDenied,
    subjectDenied: onlyStyle || drawsLike,
    styleOfResults,
    textWanted:
      writes.test(lower) ||
      kept.some(
        (find) =>
          (find.kind === 'text' || find.value === 'llm' || find.value === 'text_lora') &&
          !find.negated,
      ),
    conceptWanted: kept.some((find) => find.kind === 'concept' && !find.negated),
  }
}

/** "이메일 답장 써주는 모델", "리뷰를 요약하는": what is written, and a verb of writing. */
const writes =
  /(?:답장|답변|이메일|메일|문장|소설|동화|기사문?|뉴스|보고서|공문|논문|회의록|후기|리뷰|카피|대본|자막|상품\s?설명|설명문|공지|블로그\s?글|글|시|가사|코드|계약서|이력서|자소서|대화|질문)(?:들)?(?:에|을|를|도)?\s?(?:자동(?:으로)?\s?|대신\s?|잘\s?)?(?:써\s?주|써줘|써줄|쓰는|쓸|작성|요약|번역|답하|답해|대답|분류|교정|이어\s?쓰|생성하는|만들어\s?주는)/

/** Among homonyms, and against short words that are usually something else. */
function choose(eojeols: readonly Eojeol[], index: number, at: number, piece: Piece): Entry | null {
  const eojeol = eojeols[index]!
  const form = eojeol.lower.slice(piece.start - eojeol.start, piece.end - eojeol.start)
  const alternatives = piece.alternatives.filter((entry) => entry.kind !== 'generic')
  if (alternatives.length === 0) return null
  const entry = alternatives[0]!
  // "896픽셀", "8비트": a figure's unit
  const glued =
    piece.start === eojeol.start
      ? eojeols[index - 1]?.end === eojeol.start
        ? eojeols[index - 1]!.lower
        : ''
      : eojeol.lower.slice(0, piece.start - eojeol.start)
  if (entry.kind === 'style' && /\d\s?$/.test(glued)) return null
  if (form === '총' && (/^\s*\d/.test(eojeols[index + 1]?.lower ?? '') || eojeol.tail === ''))
    return null
  if (entry.kind === 'noun' && (form.length === 1 || shortRisky.has(form))) {
    const before = eojeols[index - 1]
    // "아기 돌 사진" is a first birthday
    if (form === '돌' && /(?:아기|아들|딸|아이|조카)$/.test(before?.lower ?? '')) return null
    const number =
      before !== undefined &&
      /\d$|^(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|몇|여러|스무|열)$/.test(before.lower)
    // "김밥집", "위스키잔": a known thing and what it makes of it
    const stem = eojeol.pieces[at - 1]
    if (
      at > 0 &&
      form.length === 1 &&
      at === eojeol.pieces.length - 1 &&
      stem!.end === piece.start &&
      stem!.end - stem!.start > 1 &&
      stem!.entry.kind === 'noun' &&
      /[집잔병옷함탑칼]/.test(form)
    ) {
      const food = hypernymOf(stem!.entry.value) === 'food'
      return {
        ...entry,
        value:
          form === '집' && food ? 'restaurant' : form === '잔' && food ? 'glass' : heads[form]!,
      }
    }
    // "20개", "세 개", "로라 말고", "차 안", "책 위"
    if (at > 0 || number || /\d$/.test(eojeol.lower.slice(0, piece.start - eojeol.start)))
      return at > 0 && eojeol.pieces.length > 1 && form.length > 1 ? entry : null
    if (form === '말' && /^(?:고|이야|인데|해|하|투|로)/.test(eojeol.tail)) return null
    if (
      form === '이' ||
      (form === '양' &&
        eojeol.tail === '' &&
        !/^(?:사진|이미지|로라|lora|학습)/.test(eojeols[index + 1]?.lower ?? ''))
    )
      return null
    if (form === '용' && before !== undefined && eojeol.tail === '') return null
    // "새 디자인": new
    if (
      form === '새' &&
      eojeol.tail === '' &&
      eojeols[index + 1] !== undefined &&
      !/^(?:사진|이미지|로라|lora|학습)/.test(eojeols[index + 1]!.lower)
    )
      return null
    if (form === '사과' && /^(?:하|드)/.test(eojeol.tail)) return null
    if (form.length === 1) {
      const owned = before !== undefined && (isOwner(before) || before.tail === '의')
      const object =
        /^(?:를|을|의|가|이|는|은|로|으로|만|들|랑|와|과|도|들을|들의|이에요|예요|입니다|인데|인데요|이요|요|이야|야)?$/.test(
          eojeol.tail,
        )
      if (!owned && !object) return null
      if (
        !owned &&
        [
          '게',
          '매',
          '새',
          '공',
          '연',
          '초',
          '배',
          '용',
          '감',
          '회',
          '국',
          '강',
          '난',
          '달',
          '방',
          '문',
          '종',
          '잔',
          '티',
          '별',
          '산',
          '병',
          '창',
          '성',
          '절',
        ].includes(form) &&
        eojeol.tail === '' &&
        index < eojeols.length - 1 &&
        eojeols[index + 1]!.pieces.length === 0 &&
        // "콤부차 병 768": a figure behind it is none of its words
        /^[가-힣]/.test(eojeols[index + 1]!.text)
      )
        return null
      if (['초', '감', '회'].includes(form) && !owned) return null
    }
  }
  if (entry.kind === 'style' && alternatives.some((item) => item.kind === 'noun')) {
    // "인형", "만화", "동화책": a style only with 스타일, 풍, 체, 느낌 or 로 behind it
    const tail = eojeol.tail
    const next = eojeol.pieces[at + 1] ?? (tail === '' ? eojeols[index + 1]?.pieces[0] : undefined)
    // "크레용 그림 느낌"
    const beyond =
      tail === '' &&
      /^(?:그림|드로잉|작품|삽화|낙서)$/.test(eojeols[index + 1]?.lower ?? '') &&
      /^(?:스타일|느낌|풍|감성|화풍)/.test(eojeols[index + 2]?.lower ?? '')
    const cue =
      beyond ||
      /^(?:풍|체|느낌|스러운|처럼|같은)/.test(tail) ||
      (next !== undefined &&
        /^(?:스타일|느낌|풍|감성|체|일러스트|화풍|그림체|아트|작화)/.test(next.entry.form))
    return cue ? entry : alternatives.find((item) => item.kind === 'noun')!
  }
  return entry
}

function isNegated(lower: string, end: number, eojeol: Eojeol): boolean {
  const rest = lower.slice(end, Math.min(lower.length, end + 24))
  void eojeol
  return /^(?:는|은|이|가|을|를|로|으로|만)?\s?(?:(?:스타일|느낌|모델|학습|사진|풍)(?:은|는|이|가|을|를|로|으로)?\s?)?(?:말고|아니고|아니라|아니야|아닌|아님|아니에요|빼고|없이|제외|대신|안\s?쓰|쓰지\s?(?:말|마|않)|사용하지\s?(?:말|마|않)|싫|하지\s?(?:말|마|않)|무시|신경\s?(?:쓰지|안)|상관\s?없|중요하지\s?않|안\s?중요|가려|자르|원하지\s?않|필요\s?없|말아|말구|보다는|보단)/.test(
    rest,
  )
}

const era = /^(?:19|20)?\d0s$|^vintage$/

/** Looks that are as often what a thing is made of: a style only with a cue. */
const weakStyle =
  /^(?:빈티지|레트로|복고|미니멀|추상|플랫|파스텔|벡터|흑백|실사|네온|청동|실루엣|잉크|클레이|자수|만화|애니|카툰|스케치|낙서|일러스트|3d|펠트|뜨개|도트|픽셀|판화|세밀화|연필|벽화|호러|판타지|고딕|시네마틱|몽환|사실적|초현실|색연필|디즈니|심슨|원신|필름사진|드라이버|마인크래프트|접사|자수풍|점토|찰흙|뜨개질|점화)$/

function isStyle(find: Find, eojeol: Eojeol, next: Eojeol | undefined, lower: string): boolean {
  if (find.negated) return true
  // "코바늘로 뜬 개구리": how it was made
  if (
    /^(?:으로|로)\s?(?:직접\s?)?(?:뜬|짠|만든|만들어진|깎은|빚은|접은|엮은|새긴|조각한|뽑은|출력한|제작한|조립한|꾸민|장식한|지은)(?=\s|$)/.test(
      lower.slice(find.end),
    )
  )
    return false
  // "웹툰 여주인공 아이비": where the figure belongs
  if (
    /^(?:웹툰|만화|애니|애니메이션|소설|게임|그림책|동화책|동화|만화책|비주얼노벨|웹소설)$/.test(
      find.text,
    ) &&
    /^\s?(?:속\s)?(?:여|남)?(?:주인공|주연|조연|히로인|등장인물|속 인물)/.test(
      lower.slice(find.end),
    )
  )
    return false
  // "동화책에 나올 공주"
  if (
    /^(?:동화책|그림책|동화|웹툰|만화|만화책|소설|게임|애니|영화|보드게임|비주얼노벨)$/.test(
      find.text,
    ) &&
    /^(?:에|에서|속에)\s?(?:나올|나오는|들어갈|들어가는|쓸|실을|실릴|등장)/.test(
      lower.slice(find.end),
    )
  )
    return false
  // "웹툰용": what it is for
  if (/^용(?![가-힣])/.test(lower.slice(find.end))) return false
  const after = lower.slice(find.end, find.end + 8)
  // "70년대 턴테이블": how old it is
  if (
    era.test(find.value) &&
    next?.pieces[0]?.entry.kind === 'noun' &&
    !next.breaks &&
    ['household', 'clothing', 'vehicle', 'place', 'music', 'electronics', 'toy', 'sport'].includes(
      hypernymOf(next.pieces[0].entry.value) ?? '',
    )
  )
    return false
  // "쿠키런 캐릭터", "메이플스토리 내 캐릭터": where the figure comes from
  const from = english.franchises.has(find.value)
  if (
    from &&
    /^\s?(?:(?:내|제|우리|나의)\s)?(?:[가-힣]+\s)?(?:캐릭터|자캐|캐릭|인형|피규어|오리지널|몬스터|주인공)/.test(
      lower.slice(find.end),
    )
  )
    return false
  const weak = from || weakStyle.test(find.text.toLowerCase())
  if (!weak) return true
  if (
    /^\s?(?:스타일|풍|체|느낌|감성|화풍|그림체|작화|효과|기법|톤|버전|로\b|로\s|으로|처럼|같은|적인|적으로|스럽|화로|아트|분위기|로라|lora|그림|렌더)/.test(
      after,
    )
  )
    return true
  if (from) return false
  // "미니멀 로고 스타일"
  if (
    /^\s?(?:로고|아이콘|포스터|일러스트|배경|타투|폰트|패턴|배너|카드|캐릭터|이모티콘|표지|삽화)\s?(?:스타일|풍|느낌|화풍|디자인\s?스타일)/.test(
      lower.slice(find.end),
    )
  )
    return true
  // "애니 캐릭터로": as a character of that look
  const cast = /^\s?(?:캐릭터|주인공|영웅|히어로|공주|왕자)(?:로|처럼|같이)/.test(
    lower.slice(find.end),
  )
  if (cast) return true
  // "연필 인형", "3D 프린터": the first of two nouns is what the second is made of
  // "빈티지 밴드 티셔츠": an unknown word may stand between
  const behind =
    next?.pieces.length === 0 && !next.breaks && /^빈티지|^레트로|^복고|^미니멀/.test(find.text)
      ? /^\s?[가-힣]+\s([가-힣]+)$/.exec(lower.slice(find.end))?.[1]
      : undefined
  if (
    behind !== undefined &&
    formsAt(behind, 0).some((form) => form.entries.some((entry) => entry.kind === 'noun'))
  )
    return false
  return !(eojeol.pieces.length > 1 || next?.pieces[0]?.entry.kind === 'noun')
}

/** "요시다 히로시 목판화풍": whose technique it is says more than the technique. */
function artistBefore(
  normalised: Normalised,
  eojeols: readonly Eojeol[],
  style: Find,
  finds: readonly Find[],
): Named | null {
  const at = style.from
  if (eojeols[at]!.start !== style.start) return null
  let from = at
  while (
    from > 0 &&
    at - from < 3 &&
    !eojeols[from]!.breaks &&
    eojeols[from - 1]!.pieces.length === 0 &&
    !finds.some((find) => find.from === from - 1) &&
    /^[가-힣]{1,5}$/.test(eojeols[from - 1]!.text) &&
    isNameLike(eojeols[from - 1]!.text) &&
    !/(?:을|를|은|는|이|가|의|에|로|한|된|던|게)$/.test(eojeols[from - 1]!.text)
  )
    from -= 1
  // one unknown word may be anything; a foreign artist has two names
  if (
    at - from < 2 ||
    isOwner(eojeols[from - 1]) ||
    finds.some((find) => find.from === from - 1 && find.kind === 'noun')
  )
    return null
  const start = eojeols[from]!.start
  const end = eojeols[at - 1]!.end
  return { value: normalised.text.slice(start, end), start, end, confidence: 0.65 }
}

/** "이중섭 화풍", "홍길동 작가 스타일": a look that no lexicon knows, word for word. */
function openStyleOf(
  normalised: Normalised,
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
): Named | null {
  // "밥 로스처럼 그리는"
  const like = /((?:[가-힣]{1,2}\s)?[\p{L}]{2,12})처럼\s?(?:[가-힣]+\s)?(?:그리|그려|그린)/u.exec(
    normalised.text,
  )
  if (like !== null) {
    const words = like[1]!.split(' ')
    const at = like.index + like[1]!.length - words.at(-1)!.length
    const known = finds.some((find) => find.start < at + words.at(-1)!.length && at < find.end)
    if (
      !known &&
      !inflected.test(words.at(-1)!) &&
      !korean.notNames.has(words.at(-1)!) &&
      !owners.has(words.at(-1)!)
    ) {
      const start =
        words.length > 1 && !owners.has(words[0]!) && !korean.notNames.has(words[0]!)
          ? like.index
          : at
      return {
        value: normalised.text.slice(start, at + words.at(-1)!.length),
        start,
        end: at + words.at(-1)!.length,
        confidence: 0.65,
      }
    }
  }
  const pattern =
    /([\p{L}\d'-]{2,20}(?:\s[\p{Lu}][\p{L}]+)*)(?:의)?\s?(?:작가|화백|화가|감독)?(?:님)?(?:의)?\s?(?:(?:아트|그래픽|비주얼|사진|영화|애니|만화|그림|일러스트|게임)\s?)?(?:스타일|화풍|그림체|작화|풍|감성|st(?![a-z])|느낌(?!\s?(?:있|좋|살|없|그대로|을|이|은|만|이랑)))(?![가-힣]*(?:러운))/gu
  for (const match of normalised.text.matchAll(pattern)) {
    let value = match[1]!.replace(/(?:의|같은|한|인)$/, (end) =>
      match[1]!.length > 3 && end === '의' ? '' : end,
    )
    const start = match.index
    const end = start + value.length
    if (
      korean.notNames.has(value) ||
      owners.has(value) ||
      inflected.test(value) ||
      /(?:한|은|는|운|던|의|인|른|난)$/.test(value)
    )
      continue
    if (finds.some((find) => find.start < end && start < find.end)) continue
    const eojeol = eojeols.find((item) => item.start <= start && item.end > start)
    if (eojeol !== undefined && eojeol.pieces.length > 0 && eojeol.pieces[0]!.start === start)
      continue
    value = value.trim()
    if (value.length < 2) continue
    // "할로우 나이트 스타일": the unknown word before belongs to it
    const at = eojeols.findIndex((item) => item.start === start)
    const prior = eojeols[at - 1]
    const joined =
      at > 0 &&
      prior!.pieces.length === 0 &&
      !eojeols[at]!.breaks &&
      !prior!.latin &&
      prior!.lower.length > 1 &&
      !korean.notNames.has(prior!.lower) &&
      !owners.has(prior!.lower) &&
      !inflected.test(prior!.lower) &&
      !/(?:을|를|에|의|로|은|는|한|던|인|장|개|들)$/.test(prior!.lower)
    const first = joined ? prior!.start : start
    // "네이버웹툰st": an unknown compound of a known look
    for (let from = 1; from < value.length - 1; from += 1) {
      const known = formsAt(value.toLowerCase(), from).find((form) => form.end === value.length)
      const look = known?.entries.find((entry) => entry.kind === 'style')
      if (look !== undefined) return { value: look.value, start, end, confidence: 0.8 }
    }
    return { value: normalised.text.slice(first, end), start: first, end, confidence: 0.65 }
  }
  return null
}

function stripParticle(word: string): string {
  for (const tail of [
    '이라는',
    '이라고',
    '라는',
    '라고',
    '이에요',
    '이예요',
    '예요',
    '입니다',
    '이야',
    '에게',
    '한테',
    '에서',
    '으로',
    '이랑',
    '이를',
    '이가',
    '이의',
    '이는',
    '을',
    '를',
    '은',
    '는',
    '가',
    '의',
    '로',
    '와',
    '과',
    '랑',
    '도',
    '만',
    '야',
    '님',
    '씨',
  ]) {
    const stem = word.slice(0, -tail.length)
    if (!word.endsWith(tail) || stem.length < 1) continue
    // "복실이를": the name is 복실이
    if (['이를', '이가', '이의', '이는'].includes(tail))
      return hasFinal(stem.at(-1)!) ? `${stem}이` : stem + tail.slice(0, 0)
    if (!fitsParticle(stem, tail)) continue
    if (tail === '가' && hasFinal(stem.at(-1)!)) continue
    if (
      (tail === '야' ||
        tail === '도' ||
        tail === '만' ||
        tail === '로' ||
        tail === '은' ||
        tail === '과' ||
        tail === '의' ||
        tail === '랑' ||
        tail === '가' ||
        tail === '와' ||
        tail === '씨') &&
      stem.length < 2 &&
      !['를', '을'].includes(tail)
    )
      continue
    return stem
  }
  return word
}

const copula =
  /(?:(?:이(?=인데요|이에요|예요))?(?:인데요|인데|이에요|예요|에요|입니다|이구요|이고요|구요|고요|이지요|이죠|이요|요|임))$/

/** "하루요", "보리고요", "넵튠이요": the sentence's ending is not the name's. */
function withoutCopula(word: string): string {
  const stem = word.replace(copula, '')
  // "퇴임" is a word
  if (stem.length === 1 && /(?:임|죠|요|고)$/.test(word)) return word
  return stem.length >= 1 && stem !== word ? stem : word
}

/** A person's "수진이" is 수진, a pet's "몽실이" is 몽실이. */
function calledName(word: string, noun: string | undefined): string {
  const person = noun !== undefined && hypernymOf(noun) === 'person' && noun !== 'character'
  return person && word.length === 3 && word.endsWith('이') && hasFinal(word[1]!)
    ? word.slice(0, 2)
    : word
}

function isNameLike(word: string): boolean {
  if (korean.notNames.has(word) || owners.has(word) || inflected.test(word)) return false
  // "졸업사진"
  if (
    /(?:사진|사진으|이미지|그림|영상|앨범|스냅|화보|포스터|카드|세트|디자인|버전|모양|무늬)$/.test(
      word,
    ) &&
    word.length > 2
  )
    return false
  // "일관성", "밥주다가": abstractions and verbs
  if (
    word.length > 2 &&
    /(?:성|감|력|주다|하다|[온난산한된간선든른진린친는]다|다가|길래|느라|더니|하|되|시키)$/.test(
      word,
    )
  )
    return false
  if (/(?:처럼|같이|보다|까지|부터|마다|한|된|던|는|운)$/.test(word)) return false
  if (word.length > 2 && /(?:[용기]|거|것|걸|좀)$/.test(word) && !/지기$/.test(word)) return false
  // "되나요?", "가능한가요?": a question
  if (/^(?:되|될|됩|가능|괜찮|어떻|어때|있나|있을|없나|할수|할 수|혹시|어케)/.test(word))
    return false
  // "사진작가", "신모델", "연습실에": a trade, a thing or a place, whatever stands before it
  if (
    word.length > 2 &&
    /(?:작가|모델|연습실|작업실|교실|실에|점에|집에|에서|에는|스튜디오|동호회|가게|매장|농장|공방|쇼핑몰|회사|업체|브랜드|마켓|신상|신상품|제작자|연주자|선수|기사|판매|대회|축제|행사|연구소|협회)$/.test(
      word,
    )
  )
    return false
  if (/^(?:뭐|무엇|무언|뭔|아무|누구|어느|웬)/.test(word)) return false
  return word.length >= 1 && word.length <= 6 && /^[가-힣]+$/.test(word)
}

function findName(
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
  normalised: Normalised,
): Named | null {
  const { text, lower } = normalised
  const fixedAt = (index: number): boolean =>
    finds.some((find) => find.from === index && ['strategy', 'base', 'output'].includes(find.kind))
  const value = (eojeol: Eojeol, confidence: number, noun?: string): Named | null => {
    const latin = /^[\p{Script=Latin}\d][\p{Script=Latin}\p{M}\d'-]*/u.exec(eojeol.text)
    // "왕관앵무 파블로": what ends a goal bears no particle
    const behind = eojeols[eojeols.indexOf(eojeol) + 1]
    const final =
      (behind === undefined ||
        (/^\d/.test(behind.text) && eojeol.text.endsWith('로') && !eojeol.text.endsWith('이로'))) &&
      eojeol.text.length > 2 &&
      /[로도가은만과]$/.test(eojeol.text) &&
      !petNames.has(eojeol.text.slice(0, -1)) &&
      eojeols.length > 1
    const bare =
      latin !== null ? latin[0] : final ? eojeol.text : stripParticle(withoutCopula(eojeol.text))
    if (/^\d+$/.test(bare)) return null
    if (latin === null && !isNameLike(bare)) return null
    const word = latin === null ? calledName(bare, noun) : bare
    return { value: word, start: eojeol.start, end: eojeol.start + word.length, confidence }
  }
  // "이름은 두부(야)", "이름이 Fluffy인"
  const said =
    /이름(?:은|이|:|\s)\s*["']?([가-힣]{1,8}|[\p{Script=Latin}][\p{Script=Latin}\d'-]*(?:\s\p{Lu}\p{Script=Latin}+)*)/du.exec(
      text,
    )
  if (
    said !== null &&
    !/이름(?:은|이)?\s*없/.test(text) &&
    !/(?:^|\s)(?:제|내|저의|나의)\s$/.test(text.slice(0, said.index))
  ) {
    const [start, end] = (said as RegExpExecArray & { indices: [number, number][] }).indices[1]!
    const raw = text.slice(start, end)
    // "이름은 페르난도": at the end of its sentence a name bears no particle
    const last = /^\s*(?:$|[.,!?~)])/.test(text.slice(end)) && raw.length > 2
    const bare = /^[가-힣]/.test(raw)
      ? (last ? (word: string): string => word : stripParticle)(
          raw.replace(
            /(?:이고요|고요|이고|이야|이에요|예요|입니다|이라고|라고|인데요|인데|인|고|이며|야|임|이다|이구요|구요|이요|요|이죠|죠)$/,
            (tail) =>
              raw.length - tail.length >= 1 && !(tail === '고' && raw.length < 3) ? '' : tail,
          ),
        )
      : raw
    // "이름은 초록이야": with its copula even a colour is a name
    if (bare !== '' && (!korean.notNames.has(bare) || (bare !== raw && bare.length > 1)))
      return { value: bare, start, end: start + bare.length, confidence: 0.95 }
  }
  // "두부라는 강아지", "두부(이)라고 하는 강아지"
  for (const match of text.matchAll(
    /["']?([가-힣]{1,8}?|[\p{Script=Latin}][\p{Script=Latin}\d'-]*(?:\s\p{Lu}\p{Script=Latin}+)*)["']?(?:이라는|라는|이라고\s?(?:하는|부르는|불리는|불러|부릅|부르고|불렀)|라고\s?(?:하는|부르는|불리는|불러|부릅|부르고|불렀)|란\s이름의)/dgu,
  )) {
    const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[1]!
    const word = text.slice(start, end)
    if (korean.notNames.has(word) || word.length < 1) continue
    // "재채기하는 순간이라는 컨셉"
    if (
      /^\s?(?:컨셉|콘셉트|개념|느낌|스타일|주제|제목|작품|분위기|상황|의미)/.test(
        text.slice(match.index + match[0].length),
      )
    )
      continue
    return { value: word, start, end, confidence: 0.95 }
  }
  // quoted, beside a class noun or alone
  for (const match of text.matchAll(/(["'])([^"']{1,30})\1/dg)) {
    const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[2]!
    const inner = text.slice(start, end).trim()
    if (
      inner === '' ||
      finds.some(
        (find) =>
          (['strategy', 'base'].includes(find.kind) ||
            (find.kind === 'style' &&
              // "'픽셀'을 학습해줘": alone in its quotes and without a cue it is a name
              !(find.start === start && /^["']\s?(?:을|를|이?라는)/.test(text.slice(end))))) &&
          find.start < end &&
          start < find.end,
      )
    )
      continue
    if (
      /^\s?(?:스타일|화풍|그림체|풍|느낌|트리거|를\s?트리거|을\s?트리거|로\s?트리거|으로\s?트리거)/.test(
        text.slice(end + 1),
      ) ||
      /(?:트리거|키워드|호출)[가-힣\s]{0,8}["']?$/.test(text.slice(0, start))
    )
      continue
    if (inner.split(' ').length > 3) continue
    return { value: inner, start, end, confidence: 0.9 }
  }
  // "우리 조카 (5살) 민준"
  const aged = /\(\s?\d+\s?(?:살|세|개월)\s?\)\s?([가-힣]{2,4})(?=\s|$|[.,!?])/du.exec(text)
  if (aged !== null && isNameLike(aged[1]!)) {
    const [start, end] = (aged as RegExpExecArray & { indices: [number, number][] }).indices[1]!
    if (finds.some((find) => find.kind === 'noun' && find.end <= aged.index))
      return { value: aged[1]!, start, end, confidence: 0.85 }
  }
  const told = figureName(eojeols, finds, normalised)
  if (told !== null) return told
  // "내 고양이 Fluffy를", "우리 강아지 두부", "고양이(나비)"
  for (const [index, eojeol] of eojeols.entries()) {
    const last = eojeol.pieces.at(-1)
    const noun = finds.find(
      (find) => find.kind === 'noun' && find.from === index && find.end === last?.end,
    )
    const tailOk =
      eojeol.tail === '' || eojeol.tail === '들' || eojeol.tail === '인' || eojeol.tail === '의'
    if (noun === undefined || !tailOk) continue
    // "게코 수컷 지기"
    const sexed = /^(?:수컷|암컷|새끼|성체|유체|믹스|남아|여아|공주|왕자)$/.test(
      eojeols[index + 1]?.text ?? '',
    )
    const next = eojeols[index + (sexed && eojeols[index + 2] !== undefined ? 2 : 1)]
    if (next === undefined) continue
    const between = lower.slice(sexed ? eojeols[index + 1]!.end : eojeol.end, next.start)
    if (!/^\s?[(,:]?\s?$/.test(between)) continue
    if (eojeol.tail === '의' || fixedAt(index + 1)) continue
    if (next.latin) {
      if (
        /^(?:ct|mri|x-?ray|xray|cg|2d|3d|sns|pc|tv|diy|cctv|lora|sdxl|sd|gpu|vram|rank|alpha|lr|style|model|comfyui|flux|dreambooth|cpu|steps?|batch|ai|png|jpg)/i.test(
          next.lower,
        ) ||
        next.pieces.some((piece) => piece.entry.kind !== 'generic' && piece.entry.kind !== 'noun')
      )
        continue
      const found = value(next, 0.95, noun.value)
      if (found !== null) {
        // "Mr Whiskers를"
        const more = eojeols[index + 2]
        if (
          more !== undefined &&
          more.latin &&
          next.tail === '' &&
          /^\p{Lu}/u.test(more.text) &&
          !more.breaks &&
          !fixedAt(index + 2)
        ) {
          const second = value(more, 0.95)!
          return {
            value: text.slice(found.start, second.end),
            start: found.start,
            end: second.end,
            confidence: 0.95,
          }
        }
        return found
      }
      continue
    }
    // "발레하는 사진": a verb before what it says more of
    if (
      !next.quoted &&
      next.pieces.length === 0 &&
      /(?:[가-힣](?:하|되|시키|추|타|치|먹|자|노|웃|뛰|달리|부르|키우)|나가|나오|다니|들어가|올라가|돌아가|모으|만드|그리|찍|짓|굽|끓이|가르치|배우|즐기|지키|기다리|바라보|걷|앉|졸|짖|핥|긁|쓰다듬)는$/.test(
        next.text,
      ) &&
      eojeols[index + 2] !== undefined &&
      !eojeols[index + 2]!.breaks
    )
      continue
    // "라디오 고치는 사람": a verb
    if (
      /[가-힣]는$/.test(next.text) &&
      /^(?:사람|일|것|거|곳|분|회사|가게|모델|법|방식|방법|스타일|중|데)/.test(
        eojeols[index + 2]?.lower ?? '',
      )
    )
      continue
    const owned = isOwner(eojeols[index - 1]) || /^(?:우리|울|내|제|저희)/.test(eojeol.lower)
    if (!next.quoted && !canBeNamed(noun.value)) continue
    // "남편 작업복 입은": what is worn
    if (
      !next.quoted &&
      /^(?:입은|입고|쓴|쓰고|신은|신고|든|들고|탄|타고|맨|메고|낀|끼고|찬|차고|두른|걸친|벗은)/.test(
        eojeols[eojeols.indexOf(next) + 1]?.lower ?? '',
      )
    )
      continue
    // "라마 그려진 스웨터"
    if (
      !next.quoted &&
      hypernymOf(noun.value) !== 'person' &&
      /(?:진|힌|린|긴)$/.test(next.text) &&
      next.text.length > 2 &&
      eojeols[eojeols.indexOf(next) + 1] !== undefined &&
      !eojeols[eojeols.indexOf(next) + 1]!.breaks
    )
      continue
    // "급식소에 오는": a place
    if (
      !next.quoted &&
      next.text.length > 2 &&
      /에$/.test(next.text) &&
      eojeols[index + 2] !== undefined
    )
      continue
    // "내 고양이 그리게 해줘", "강아지 웃게 만들어줘": what it is made to do
    if (
      !next.quoted &&
      next.text.length > 1 &&
      next.lower.endsWith('게') &&
      /^(?:해|하|할|했|만들|되|돼|될)/.test(eojeols[index + 2]?.lower ?? '')
    )
      continue
    // "카약 노": one unknown syllable is no thing's name
    if (
      !next.quoted &&
      next.text.length === 1 &&
      !['animal', 'person', 'toy'].includes(hypernymOf(noun.value) ?? '')
    )
      continue
    const behind = eojeols[index + 2]
    // "동생 밴드 로고": an unknown word between two nouns names neither
    if (
      !owned &&
      !next.latin &&
      next.pieces.length === 0 &&
      behind !== undefined &&
      !behind.breaks &&
      behind.pieces.some((piece) => piece.entry.kind === 'noun') &&
      !/^(?:얼굴|표정|눈|손|셀카|인물|사람)/.test(behind.lower) &&
      !/^(?:싫|좋|없|많|있|안\s?)/.test(eojeols[index + 3]?.lower ?? '') &&
      !particles.test(next.lower.slice(-1))
    )
      continue
    // "젖소 버터컵": of two known things, yet a name
    const fondly = stripParticle(withoutCopula(next.text))
    if (
      next.pieces.length > 1 &&
      petNames.has(fondly) &&
      ['animal', 'toy'].includes(hypernymOf(noun.value) ?? '')
    )
      return { value: fondly, start: next.start, end: next.start + fondly.length, confidence: 0.7 }
    const knownWord = next.pieces.length > 0
    if (knownWord) {
      // "우리 강아지 초코를": a name that is also a thing, when it stands alone with a particle
      const single = next.pieces.length === 1 && next.pieces[0]!.start === next.start
      const entry = next.pieces[0]!.entry
      const followed = eojeols[index + 2]
      const thing =
        single &&
        next.pieces[0]!.alternatives.some((item) => item.kind === 'noun') &&
        entry.kind === 'noun'
      const compound =
        next.tail === '' &&
        followed !== undefined &&
        followed.pieces.length > 0 &&
        /^(?:사진|이미지|그림|모델|스타일)/.test(followed.pieces[0]!.entry.form)
      if (
        thing &&
        (owned || ['animal', 'person'].includes(hypernymOf(noun.value) ?? '')) &&
        /^(?:를|을|의|가|이|는|은|랑|야|만|만을|이만|이를|이가|이의|이요|요|)$/.test(next.tail) &&
        isPetName(next, noun) &&
        // "할머니 쿠키 단지": what the grandmother's pot is for
        !(
          hypernymOf(noun.value) === 'person' &&
          !compound &&
          next.tail === '' &&
          followed !== undefined &&
          !followed.breaks &&
          followed.pieces.some((piece) => piece.entry.kind === 'noun') &&
          !/^(?:얼굴|표정|눈|손|셀카|인물|사람)/.test(followed.lower)
        )
      ) {
        const stem = next.pieces[0]!.end - next.start
        // "콩이 사진", "땅콩이를": a pet's pet name; "콩이 귀엽다" has a verb behind the particle
        const fond =
          /^이(?:를|가|의)?$/.test(next.tail) &&
          hasFinal(next.text[stem - 1]!) &&
          (next.tail !== '이' || followed === undefined || followed.pieces.length > 0)
        const word = next.text.slice(0, stem + (fond ? 1 : 0))
        return { value: word, start: next.start, end: next.start + word.length, confidence: 0.7 }
      }
      continue
    }
    // "강아지 뽀로로 사진": before 사진, 로라 a name bears no particle but 의
    const bare =
      behind?.pieces[0] !== undefined &&
      !behind.breaks &&
      /^(?:사진|이미지|로라|lora|모델|학습|훈련|드림부스)/.test(behind.pieces[0].entry.form) &&
      !/(?:의|을|를|은|는|사진으로)$/.test(next.text) &&
      isNameLike(next.text)
    // "고양이 미소로 로라": by it, before what is made
    const called =
      bare && next.text.length > 2 && /[^영재정종상성]만$/.test(next.text)
        ? next.text.slice(0, -1)
        : bare &&
            next.text.length > 2 &&
            /로$/.test(next.text) &&
            !/^(?:사진|이미지)/.test(behind.lower)
          ? next.text.slice(0, -1)
          : next.text
    const found = bare
      ? {
          value: calledName(called, noun.value),
          start: next.start,
          end: next.start + calledName(called, noun.value).length,
          confidence: owned ? 0.92 : 0.75,
        }
      : value(next, owned ? 0.92 : 0.75, noun.value)
    if (found !== null && !/^\d/.test(found.value)) return found
  }
  // "쿠키(강아지) 로라", "별이(고양이)랑"
  for (const match of text.matchAll(/([가-힣]{2,6})\s?\(([^()]{1,12})\)/dg)) {
    const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[1]!
    const inside = finds.some(
      (find) =>
        find.kind === 'noun' &&
        find.start > end &&
        find.end < match.index + match[0].length &&
        canBeNamed(find.value),
    )
    const known = finds.some(
      (find) =>
        find.start < end && start < find.end && ['style', 'base', 'strategy'].includes(find.kind),
    )
    if (inside && !known && !korean.notNames.has(match[1]!))
      return { value: match[1]!, start, end, confidence: 0.85 }
  }
  // "프랭키는 닥스훈트예요", "얘는 프랭키"
  for (const [index, eojeol] of eojeols.entries()) {
    const next = eojeols[index + 1]
    if (next === undefined || eojeol.latin) continue
    const told = finds.some(
      (find) =>
        find.kind === 'noun' && find.from > index + 1 && hypernymOf(find.value) === 'animal',
    )
    if (
      /^(?:얘는|얜|이\s?아이는|이\s?친구는)$/.test(eojeol.lower) &&
      (next.pieces.length === 0 || (next.pieces.length === 1 && told && next.text.length > 1))
    ) {
      const found = value(next, 0.85)
      if (found !== null) return found
    }
    if (eojeol.pieces.length > 0 || !/(?:은|는|이|가)$/.test(eojeol.lower)) continue
    const is = finds.find(
      (find) =>
        find.kind === 'noun' &&
        find.from > index &&
        find.from <= index + 3 &&
        canBeNamed(find.value),
    )
    if (
      is === undefined ||
      // "고치는 사람인데": a verb and whom it says something of
      /^(?:사람|인물)$/.test(is.text) ||
      !/^(?:이에요|예요|이야|야|입니다|인데|인데요|이고|고|이고요|고요|다|이다|이며|임|이죠|죠|라서)/.test(
        eojeols[is.from]!.tail,
      )
    )
      continue
    const found = value(eojeol, 0.8, is.value)
    if (found !== null && found.value !== eojeol.text && found.value.length > 1) return found
  }
  // "우리 별이": a pet's pet name that is also a thing
  for (const [index, eojeol] of eojeols.entries()) {
    const only = eojeol.pieces.length === 1 ? eojeol.pieces[0]! : undefined
    if (only === undefined || only.start !== eojeol.start || !isOwner(eojeols[index - 1])) continue
    const stem = eojeol.text.slice(0, only.end - only.start)
    if (
      petNames.has(stem) &&
      hasFinal(stem.at(-1)!) &&
      /^이(?:를|가|의|랑|만)?$/.test(eojeol.tail) &&
      !finds.some((find) => find.kind === 'noun' && find.from !== index)
    )
      return { value: `${stem}이`, start: eojeol.start, end: only.end + 1, confidence: 0.6 }
  }
  // "두부는 우리 강아지야", "Fluffy는 내 고양이"
  for (const [index, eojeol] of eojeols.entries()) {
    const owner = eojeols[index + 1]
    if (owner === undefined || eojeol.pieces.length > 0 || !isOwner(owner)) continue
    if (!/(?:은|는|이|가|,)$/.test(eojeol.lower) && !owner.breaks) continue
    if (
      !finds.some(
        (find) => find.kind === 'noun' && find.from >= index + 2 && find.from <= index + 3,
      )
    )
      continue
    const found = value(eojeol, 0.8)
    if (found !== null && found.value !== eojeol.text) return found
  }
  // "Fluffy를 학습시켜줘": a capital Latin word with a particle, where nothing else is the subject
  if (!finds.some((find) => find.kind === 'noun' && !find.negated)) {
    for (const [index, eojeol] of eojeols.entries()) {
      if (
        !eojeol.latin ||
        eojeol.pieces.length > 0 ||
        fixedAt(index) ||
        !/^\p{Lu}\p{Ll}+/u.test(eojeol.text) ||
        !/^(?:를|을|의|만|이|가)/.test(eojeol.tail)
      )
        continue
      if (/^\s?(?:스타일|화풍|그림체|풍)/.test(lower.slice(eojeol.end))) continue
      return value(eojeol, 0.7)
    }
  }
  // "피카츄 로라": an unknown word where the subject stands, and nothing else does
  const franchise = finds.find(
    (find) => find.kind === 'style' && english.franchises.has(find.value) && find.from === 0,
  )
  if (
    !finds.some(
      (find) => ['noun', 'style'].includes(find.kind) && !find.negated && find !== franchise,
    )
  ) {
    // "리그오브레전드 아리 로라"
    const [first, second] = franchise === undefined ? eojeols : eojeols.slice(1)
    const trained =
      second?.pieces[0] !== undefined &&
      (second.pieces[0].entry.kind === 'strategy' ||
        /^(?:모델|사진|이미지|학습|훈련)$/.test(second.pieces[0].entry.form))
    if (
      first !== undefined &&
      first.pieces.length === 0 &&
      trained &&
      !second.breaks &&
      first.text.length > 1
    ) {
      const raw = first.latin || !isNameLike(first.text) || /(?:을|를|은|는|의)$/.test(first.text)
      // "크로캉부슈 사진": see openNoun
      if (
        !first.latin &&
        stripParticle(first.text).length >= 4 &&
        second.pieces[0]!.entry.kind !== 'strategy'
      )
        return null
      const found = raw
        ? value(first, 0.6)
        : { value: first.text, start: first.start, end: first.end, confidence: 0.6 }
      if (found !== null) return found
    }
  }
  if (
    eojeols.length === 1 &&
    eojeols[0]!.pieces.length === 0 &&
    !eojeols[0]!.latin &&
    !/(?:요|다|까|죠|지|해|줘|라|게|자|네)$/.test(eojeols[0]!.text)
  ) {
    const found = value(eojeols[0]!, 0.5)
    if (found !== null && found.value.length >= 2 && found.value.length <= 4) return found
  }
  for (const [index, eojeol] of eojeols.entries()) {
    const [next, third] = [eojeols[index + 1], eojeols[index + 2]]
    if (!['우리', '우리집', '울', '저희'].includes(eojeol.lower) || next === undefined) continue
    if (next.pieces.length > 0 || next.latin || !/^(?:사진|이미지)/.test(third?.lower ?? ''))
      continue
    const told = finds.some(
      (find) => find.kind === 'noun' && find.from > index + 2 && canBeNamed(find.value),
    )
    const found = value(next, 0.75)
    if (told && found !== null && found.value.length <= 4) return found
  }
  const [finalOne] = eojeols.slice(-1)
  if (
    finalOne !== undefined &&
    eojeols.length > 1 &&
    finalOne.pieces.length === 0 &&
    !finalOne.latin &&
    !finalOne.breaks &&
    ['우리', '우리집', '울', '저희'].includes(eojeols.at(-2)!.lower) &&
    !finds.some((find) => ['noun', 'style'].includes(find.kind) && !find.negated)
  ) {
    const found = value(finalOne, 0.55)
    if (found !== null && found.value.length <= 4) return found
  }
  // "우리 두부를 학습": an unknown word after "our"
  for (const [index, eojeol] of eojeols.entries()) {
    if (!['우리', '내', '우리집', '저희', '울'].includes(eojeol.lower)) continue
    const next = eojeols[index + 1]
    if (next === undefined || next.pieces.length > 0 || next.latin || next.breaks) continue
    if (!/[가-힣](?:를|을|이를)$/.test(next.text)) continue
    const found = value(next, 0.6)
    if (found !== null && eojeol.lower !== '내' && found.value.length <= 4) return found
  }
  return null
}

/** "드워프 대장장이 알드릭 캐릭터", "캐릭터 용감한 쿠키", "시츄 버터컵공주", "진돗개 백구": names in places of their own. */
function figureName(
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
  normalised: Normalised,
): Named | null {
  const nounAt = (index: number): Find | undefined =>
    finds.find((find) => find.kind === 'noun' && find.from === index)
  const named = (from: number, end: number, confidence: number): Named => ({
    value: normalised.text.slice(eojeols[from]!.start, end),
    start: eojeols[from]!.start,
    end,
    confidence,
  })
  for (const [index, eojeol] of eojeols.entries()) {
    const before = eojeols[index - 1]
    const next = eojeols[index + 1]
    // a role, a name, "캐릭터"
    if (
      before !== undefined &&
      before.tail === '' &&
      !eojeol.breaks &&
      !eojeol.latin &&
      eojeol.pieces.length === 0 &&
      next !== undefined &&
      !next.breaks &&
      /^(?:캐릭터|마스코트|주인공|캐릭|자캐|히어로|영웅)/.test(next.lower) &&
      nounAt(index - 1) !== undefined &&
      canBeNamed(nounAt(index - 1)!.value) &&
      isNameLike(eojeol.text) &&
      eojeol.text.length > 1
    )
      return named(index, eojeol.end, 0.75)
    const living = before === undefined || before.tail !== '' ? undefined : nounAt(index - 1)
    if (living === undefined || eojeol.breaks) continue
    const last = eojeol.pieces.at(-1)
    const stem = last === undefined ? '' : eojeol.text.slice(0, last.end - eojeol.start)
    // "백구" is a white dog, and what most of them are called
    if (
      hypernymOf(living.value) === 'animal' &&
      /^(?:백구|황구|누렁이|검둥이|흰둥이|바둑이|나비|야옹이|멍멍이|냥냥이)$/.test(stem) &&
      particles.test(eojeol.tail)
    )
      return named(index, last!.end, 0.8)
    // "버터컵공주"
    if (
      hypernymOf(living.value) === 'animal' &&
      /^[가-힣]{2,4}(?:공주|왕자|장군|대장|여왕|대왕|경|부인|공작|백작|남작|여사|선생|박사|영감|도련님|아가씨)$/.test(
        stem,
      )
    )
      return named(index, last!.end, 0.75)
    // "캐릭터 용감한 쿠키": an adjective and a thing behind it, and nothing more
    if (
      living.value === 'character' &&
      /[가-힣](?:한|은|운|난|린)$/.test(eojeol.text) &&
      next !== undefined &&
      !next.breaks &&
      next.pieces.length === 1 &&
      next.pieces[0]!.start === next.start &&
      nounAt(index + 1) !== undefined &&
      nounAt(index + 1)!.value !== 'character' &&
      (eojeols[index + 2] === undefined || eojeols[index + 2]!.pieces.length > 0)
    )
      return named(index, next.pieces[0]!.end, 0.6)
  }
  return null
}

const petNames = new Set([
  '삐삐',
  '버터컵',
  '빠삐',
  '스모키',
  '테디',
  '뽀로로',
  '쫑',
  '연탄',
  '숯',
  '비스킷',
  '오레오',
  '라임',
  '바닐라',
  '카라멜',
  '캐러멜',
  '시나몬',
  '진저',
  '올리브',
  '탱고',
  '로키',
  '맥스',
  '나비',
  '초코',
  '두부',
  '콩',
  '보리',
  '감자',
  '고구마',
  '모카',
  '라떼',
  '쿠키',
  '호두',
  '밤',
  '망고',
  '우유',
  '치즈',
  '크림',
  '별',
  '달',
  '구름',
  '하늘',
  '바다',
  '사랑',
  '꽃',
  '호랑이',
  '곰',
  '곰돌이',
  '만두',
  '떡',
  '커피',
  '버터',
  '토리',
  '사과',
  '딸기',
  '체리',
  '복숭아',
  '자두',
  '코코',
  '까미',
  '뭉치',
  '땅콩',
  '인절미',
  '찹쌀떡',
  '백설기',
  '초코바',
  '푸딩',
  '젤리',
  '마카롱',
  '약과',
  '송편',
  '치킨',
  '왕자',
  '공주',
  '장군',
  '천사',
  '로또',
  '보석',
  '루비',
  '수박',
  '참외',
  '귤',
  '오렌지',
  '레몬',
  '당근',
  '양파',
  '마늘',
  '고추',
  '후추',
  '단추',
  '구슬',
  '방울',
  '번개',
  '토마토',
  '도토리',
  '봄',
  '여름',
  '가을',
  '겨울',
  '해',
  '나무',
  '솜',
  '솜사탕',
  '눈',
  '눈송이',
  '비',
  '호박',
  '코난',
  '피자',
  '햄',
  '소금',
  '설탕',
  '까까',
  '쌀',
  '율무',
  '보쌈',
  '나초',
  '타코',
  '김치',
  '라면',
])

/** Pets, people, dolls and figures bear names; what follows a food, a place or a tool is something else. */
function canBeNamed(noun: string): boolean {
  return (
    ['animal', 'person', 'toy', undefined].includes(hypernymOf(noun)) ||
    /^(?:robot|mascot|car|motorcycle|bicycle|boat|ship|sailboat|yacht|ferry|submarine|canoe|kayak|spaceship|rocket|robot vacuum|robot dog|robot arm|drone|camper|guitar|logo|venus flytrap|cactus|bonsai|monstera|succulent)$/.test(
      noun,
    )
  )
}

const natureNames = new Set(
  'snowflake snow flower sky sea moon star sun cloud mountain river lake forest rainbow lightning storm planet galaxy aurora comet prince princess king queen angel fairy wizard knight samurai ninja pirate robot ghost gem fire smoke snowman bean button ball drum bell'.split(
    ' ',
  ),
)

function isPetName(next: Eojeol, noun: Find): boolean {
  const word = next.text.slice(0, next.pieces[0]!.end - next.start)
  if (noun.text.endsWith(word)) return false
  // "시어머니 만두": what she makes
  if (['woman', 'man'].includes(noun.value)) return false
  // "우리 애 곰돌이": a child's toy
  const meant = next.pieces[0]!.alternatives.find((item) => item.kind === 'noun')?.value ?? ''
  if (
    ['toy', 'clothing', 'household'].includes(hypernymOf(meant) ?? '') &&
    hypernymOf(noun.value) === 'person'
  )
    return false
  // "우리 불독 탱크", "우리 고양이 호랑이": neither a pet's belongings nor what shows it
  const other =
    hypernymOf(noun.value) === 'animal' &&
    meant !== noun.value &&
    word.length > 1 &&
    (['vehicle', 'animal'].includes(hypernymOf(meant) ?? '')
      ? !['stroller', 'wagon', 'trailer', 'animal', 'chick', 'insect', 'mammal'].includes(meant)
      : natureNames.has(meant))
  if (other) return true
  // "우리 토끼 클로버": what is eaten or grows is a pet's name, unless it says what the pet gets
  const grows =
    ['food', 'plant'].includes(hypernymOf(meant) ?? '') && hypernymOf(noun.value) === 'animal'
  return (
    petNames.has(word) ||
    (grows &&
      ![
        'food',
        'plant',
        'flower',
        'tree',
        'grass',
        'fruit',
        'vegetable',
        'meat',
        'steak',
        'lunch box',
        'cake',
      ].includes(meant))
  )
}

function triggerOf(normalised: Normalised): Named | null {
  const { text } = normalised
  // "sks dog": tokens that the field uses as triggers and nothing else
  const rare = /(?<![\p{L}\d])(?:sks|ohwx|zwx|shs|bnha|lkj)(?![\p{L}\d])/iu.exec(text)
  if (rare !== null) {
    const end = rare.index + rare[0].length
    return { value: rare[0], start: rare.index, end, confidence: 0.95 }
  }
  const word = String.raw`([\p{Script=Latin}\d_-]{2,30}|[가-힣]{2,8}?)`
  const patterns = [
    new RegExp(
      String.raw`(?:트리거\s?(?:워드|단어|토큰)?|호출\s?(?:어|단어)|활성화\s?(?:단어|키워드|어)|키워드|토큰(?!\s?(?:수|개|길이|화))|trigger(?:\s?word)?)(?:는|은|를|을|로|:|=|\s)*\s*["']?${word}["']?(?=$|[^\p{L}\d]|로|으로|이야|야|예요|입니다|로\s|라고|이라고|을|를|이고|고)`,
      'dgiu',
    ),
    new RegExp(
      String.raw`["']?${word}["']?\s?(?:을|를|라는|이라는)?\s?(?:단어를\s?)?(?:트리거|호출\s?(?:어|단어)|활성화\s?(?:단어|키워드)|키워드)`,
      'dgiu',
    ),
  ]
  if (
    /[\p{L}\d]["']?\s?(?:을|를|라는|이라는)\s?(?:단어를\s?)?(?:트리거|호출|활성화|키워드)/u.test(
      text,
    )
  )
    patterns.reverse()
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[1]!
      const value = text.slice(start, end)
      if (
        /^(?:워드|단어|토큰|로|으로|사용|설정|해줘|지정|없이|자동|알아서|정해|word|해서?|하고|하는|쓰고|써줘|쓸게요?|할게요?)$/i.test(
          value,
        )
      )
        continue
      return { value, start, end, confidence: 0.95 }
    }
  }
  return null
}

/** "배낭 제품 사진": the noun before says more. */
const vague = (find: Find): boolean =>
  find.value === 'product' ||
  ['가족', '드레스', '의상', '옷'].includes(find.text) ||
  [
    '제품',
    '상품',
    '굿즈',
    '물건',
    '사물',
    '물체',
    '동물',
    '반려동물',
    '패키지',
    '인테리어',
    '실내',
    '차량',
    '야경',
    '전경',
    '풍경',
    '설경',
    '일출',
    '일몰',
    '메뉴판',
    '지붕',
    '외관',
    '건물외관',
    '외부',
    '내부',
    '입구',
    '전면',
    '정면',
  ].includes(find.text)

const placeTail = /^(?:에서|위에서|안에서|옆에서|앞에서|에)(?!게)/

const lowerAfter = (eojeols: readonly Eojeol[], index: number): string =>
  eojeols
    .slice(index + 1)
    .map((item) => (item.breaks ? ', ' : ' ') + item.lower)
    .join('')

/** A verb before the noun that it says more of: "덮인", "나온다는", "사는"; no known noun with a particle. */
function isAdnominal(eojeol: Eojeol | undefined): boolean {
  if (eojeol === undefined || eojeol.latin || eojeol.quoted || eojeol.text.length < 2) return false
  if (eojeol.pieces.some((piece) => piece.entry.kind !== 'generic')) return false
  return (
    /(?:[가-힣]는|던|[힌린긴쓴신운은진]|인)$/.test(eojeol.text) &&
    // "수진은", "이름은", "지금은"
    !/^(?:이름|지금|오늘|사진|예산|배경|스타일|나머지|그림|크기|색깔|이번|저|나|너|얘|걔|쟤|얼굴|털|눈)(?:은|는)$/.test(
      eojeol.text,
    )
  )
}

/** "만든", "떠주신", "좋아하는": an adnominal verb within two words says who made, gave or likes the thing. */
function gaveIt(eojeols: readonly Eojeol[], index: number): boolean {
  for (let at = index; at <= index + 1; at += 1) {
    const eojeol = eojeols[at]
    if (eojeol === undefined || eojeol.breaks) return false
    const code = eojeol.lower.charCodeAt(eojeol.lower.length - 1) - 0xac00
    const adnominal = code >= 0 && code < 11172 && code % 28 === 4
    if (adnominal && (eojeol.pieces.length === 0 || eojeol.tail !== '')) return true
    if (eojeol.pieces.some((piece) => piece.entry.kind === 'noun')) return false
  }
  return false
}

/**
 * "크로캉부슈 사진 30장", "사모바르로 엽서를": a long word that no lexicon knows, where the subject stands. Names are short;
 * four syllables and more, mostly loan words, name a thing.
 */
function openNoun(
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
): Evidence['subjects'][number] | null {
  if (finds.some((find) => ['noun', 'style', 'text'].includes(find.kind) && !find.negated))
    return null
  for (const [index, eojeol] of eojeols.entries()) {
    if (eojeol.pieces.length > 0 || eojeol.latin || eojeol.quoted) continue
    // "굄뵈츠가 어떻게 생겼는지"
    if (
      /^(?:어떻게|어찌|어케|뭔지|무엇인지|어떤\s?모양)/.test(eojeols[index + 1]?.lower ?? '') &&
      /[가-힣]{2}(?:이|가|은|는)$/.test(eojeol.text)
    ) {
      const noun = eojeol.text.slice(0, -1)
      return {
        noun,
        start: eojeol.start,
        end: eojeol.start + noun.length,
        score: 1,
        known: false,
        owned: false,
        text: noun,
      }
    }
    const word = stripParticle(eojeol.text)
    if (word.length < 4 || word.length > 8 || !/^[가-힣]+$/.test(word)) continue
    if (
      inflected.test(word) ||
      korean.notNames.has(word) ||
      owners.has(word) ||
      /(?:한|된|던|는|운|은|을|를|게|히|서|고|며|면|지|처럼|같이|까지|부터|마다|거나|라도|적인|스런|답다|니다|세요|어요|아요|네요|나요|가요|데요|래요|께요|게요)$/.test(
        word,
      )
    )
      continue
    const next = eojeols[index + 1]
    const object =
      word !== eojeol.text && /^(?:을|를|의|만|로|으로)$/.test(eojeol.text.slice(word.length))
    const shown =
      (next?.pieces[0] !== undefined &&
        !next.breaks &&
        /^(?:사진|이미지|모델|학습|훈련|로라|lora|드림부스|제품)/.test(
          next.pieces[0].entry.form,
        )) ||
      next === undefined
    const owned = isOwner(eojeols[index - 1])
    if (!object && !shown && !owned) continue
    return {
      noun: word,
      start: eojeol.start,
      end: eojeol.start + word.length,
      score: 1,
      known: false,
      owned,
      text: word,
    }
  }
  return null
}

function rankSubjects(
  eojeols: readonly Eojeol[],
  nouns: readonly Find[],
  name: Named | null,
  finds: readonly Find[],
): Evidence['subjects'][number][] {
  const result: Evidence['subjects'][number][] = []
  for (const find of nouns) {
    if (find.negated) continue
    const eojeol = eojeols[find.from]!
    // "애착인형 토끼": which one
    if (
      hypernymOf(find.value) === 'animal' &&
      nouns.some(
        (other) =>
          other.from === find.from - 1 &&
          ['plush toy', 'doll', 'teddy bear', 'figurine'].includes(other.value) &&
          eojeols[other.from]!.tail === '' &&
          !eojeols[find.from]!.breaks,
      )
    )
      continue
    const later = nouns.find(
      (other) =>
        other !== find &&
        ((other.from === find.from && other.start >= find.end) ||
          (other.from === find.from + 1 &&
            eojeol.tail === '' &&
            !/^용(?![가-힣])/.test(eojeols[other.from]!.tail) &&
            find.end === eojeol.end &&
            // "애착인형 토끼"
            !(
              ['plush toy', 'doll', 'teddy bear', 'figurine'].includes(find.value) &&
              hypernymOf(other.value) === 'animal'
            ) &&
            // "웨딩케이크 감사카드에 넣게"
            !(/^(?:에(?!게)|에서)/.test(eojeols[other.from]!.tail) && nouns.length === 2) &&
            (other.start === eojeols[other.from]!.start ||
              eojeols[other.from]!.pieces.length === 1) &&
            !eojeols[other.from]!.breaks &&
            // "남편 작업복 입은 모습": what is worn
            !(
              hypernymOf(other.value) === 'clothing' &&
              /^(?:입|쓴|쓰고|신은|신고|맨|낀|찬|두른|걸친)/.test(
                eojeols[other.from + 1]?.lower ?? '',
              )
            ))),
    )
    // "고양이 인형": of neighbouring nouns the last is the head; but "고양이 얼굴" is the cat
    const bodyPart = (item: Find): boolean =>
      [
        '얼굴',
        '표정',
        '눈',
        '손',
        '포즈',
        '자세',
        '머리스타일',
        '사람',
        '인물',
        '증명사진',
        '프로필사진',
        '셀카',
        '셀피',
      ].includes(item.text)
    // "스킨답서스 화분": the plant, not the pot
    const pot = later !== undefined && later.text === '화분' && hypernymOf(find.value) === 'plant'
    if (later !== undefined && !bodyPart(later) && !vague(later) && !pot) continue
    if (
      find.text === '화분' &&
      nouns.some((other) => other !== find && hypernymOf(other.value) === 'plant')
    )
      continue
    const before = nouns.some(
      (other) =>
        other !== find &&
        !vague(other) &&
        other.end <= find.start &&
        (other.from === find.from ||
          (other.from === find.from - 1 && eojeols[other.from]!.tail === '')),
    )
    if (
      vague(find) &&
      (before || nouns.some((other) => other !== find && !vague(other) && !other.negated))
    )
      continue
    if (
      bodyPart(find) &&
      nouns.some(
        (other) =>
          other !== find &&
          other.from >= find.from - 1 &&
          other.end <= find.start &&
          (other.from === find.from || ['', '의'].includes(eojeols[other.from]!.tail)),
      )
    )
      continue
    let score = 1 - find.from * 0.01
    let owned = /^(?:우리|울|내|제|저희)/.test(eojeol.lower) && find.start > eojeol.start
    for (let back = 1; back <= 3; back += 1) {
      const before = eojeols[find.from - back]
      if (before === undefined || eojeols[find.from - back + 1]!.breaks) break
      if (isOwner(before)) {
        score += 3
        owned = true
        break
      }
      if (/(?:를|을|에서|로|으로)$/.test(before.lower)) break
    }
    if (/^(?:우리|울|내|제)/.test(eojeol.lower) && find.start > eojeol.start) score += 2
    const last = eojeol.pieces.at(-1)
    const tail = find.end === last?.end ? eojeol.tail : ''
    if (/^(?:들)?(?:을|를|만|의)/.test(tail)) score += 1
    if (placeTail.test(tail)) score -= 2.5
    // "아이폰으로 찍은 제 얼굴", "태블릿으로 그린 캐릭터": what it was made with
    if (
      /^으?로$/.test(tail) &&
      /^(?:직접\s?)?(?:찍|촬영|그린|그려|만든|만들어진|스캔|짠|뜬|빚은|조각한|새긴)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other.from > find.from + 1 && !other.negated)
    )
      score -= 5
    // "공방을 하는데요": what the person does for a living
    if (
      /^(?:을|를)$/.test(tail) &&
      /^(?:하는데|합니다|하고\s?있|운영|경영|하거든|해요|차렸|열었|다니|찍는|만드는\s?사람|그리는\s?사람)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other.from > find.from + 1)
    )
      score -= 5
    // "할머니가 남겨주신 사모바르로 엽서를 만들고": what comes of it
    if (
      /^(?:들)?(?:을|를)?$/.test(tail) &&
      /^(?:만들고|만들려|만들\s?수|만들어|만들|제작|뽑|인쇄|찍고|그리고|생성)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      [
        '엽서',
        '포스터',
        '굿즈',
        '스티커',
        '이모티콘',
        '카드',
        '달력',
        '배경화면',
        '썸네일',
        '그림책',
        '동화책',
        '광고',
        '배너',
        '전단',
        '전단지',
        '명함',
        '초대장',
        '청첩장',
        '티셔츠',
        '머그컵',
        '책',
        '영상',
        '만화',
        '메뉴판',
      ].includes(find.text) &&
      eojeols
        .slice(Math.max(0, find.from - 3), find.from)
        .some((before) => /(?:로|으로|가지고|갖고|이용해|써서|서)$/.test(before.lower))
    )
      score -= 5
    // "우리 가게 앱에 쓸 거": where the pictures go
    if (
      tail === '' &&
      hypernymOf(find.value) === 'place' &&
      /^(?:소장|전시|기증|납품|대여|진열|앱|홈페이지|사이트|인스타|블로그|sns|메뉴판|쇼핑몰|유튜브|간판|광고|홍보|전단|카탈로그|계정)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find)
    )
      score -= 6
    // "우리 가게 수제 초콜릿": whose it is
    if (
      tail === '' &&
      owned &&
      hypernymOf(find.value) === 'place' &&
      nouns.some(
        (other) =>
          other.from > find.from &&
          other.from <= find.from + 3 &&
          hypernymOf(other.value) !== 'place' &&
          !vague(other),
      )
    )
      score -= 4.5
    // "누나 결혼식 한복": the person is the owner
    if (
      tail === '' &&
      name === null &&
      hypernymOf(find.value) === 'person' &&
      find.value !== 'character' &&
      find.value !== 'mascot' &&
      nouns.some(
        (other) =>
          (other.from === find.from + 2 || other.from === find.from + 3) &&
          !eojeols[other.from]!.breaks &&
          eojeols
            .slice(find.from + 1, other.from)
            .every(
              (item) =>
                item.tail === '' &&
                item.pieces.length === 0 &&
                !item.breaks &&
                /^[가-힣]+$/.test(item.text) &&
                !/(?:을|를|이|가|은|는|로|에|한|의|고|서|게)$/.test(item.text),
            ) &&
          hypernymOf(other.value) !== 'person' &&
          !bodyPart(other),
      )
    )
      score -= 4
    // "카페 메뉴 딸기 타르트": where it is sold is not what is learnt
    if (
      tail === '' &&
      !owned &&
      hypernymOf(find.value) === 'place' &&
      nouns.some((other) => other.from > find.from && hypernymOf(other.value) !== 'place')
    )
      score -= 1.5
    // "할머니의 찻주전자": the owner is not what is learnt
    if (
      tail === '의' &&
      nouns.some(
        (other) => other.from > find.from && other.from <= find.from + 2 && !bodyPart(other),
      )
    )
      score -= 4
    // "아버지께 물려받은 시계": from whom it is
    if (
      /^(?:들)?(?:께서?|에게서?|한테서?)$/.test(tail) &&
      nouns.some((other) => other.from > find.from)
    )
      score -= 4
    // "할머니가 만든 패턴": who made it is not what is learnt
    if (
      /^(?:들)?(?:이|가|께서)$/.test(tail) &&
      gaveIt(eojeols, find.from + 1) &&
      (nouns.some((other) => other.from > find.from + 1) ||
        finds.some((other) => other.kind === 'style' && other.from > find.from + 1))
    )
      score -= 5
    if (/^(?:로|으로|처럼|같은|같이|용)/.test(tail)) score -= 1
    // "카드 만들려고요, 이모 얼굴부터": what comes of it
    if (
      /^(?:들)?(?:을|를)?$/.test(tail) &&
      /^(?:만들려고|만들려구|만들거|만들건데|만들\s?거|제작하려|뽑으려|인쇄하려|만들어야)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && !other.negated) &&
      /[,.]|학습|배워/.test(lowerAfter(eojeols, find.from + 1))
    )
      score -= 5
    // "사진 작가인데 제 톤을": who asks
    if (
      hypernymOf(find.value) === 'person' &&
      /^(?:이)?(?:인데|인데요|입니다|이에요|예요|이라서|라서|이고|인지라|이거든요|거든요|이라|로서|으로서)/.test(
        tail,
      ) &&
      (/(?:^|\s)(?:제|내|저희|우리)\s/.test(
        eojeols
          .slice(find.from + 1)
          .map((item) => item.lower)
          .join(' ')
          .padStart(1)
          .replace(/^/, ' '),
      ) ||
        /^(?:저는|나는|전|난|제가|내가)$/.test(eojeols[0]!.lower)) &&
      eojeols.length > find.from + 1 &&
      !owned &&
      !/(?:^|\s)(?:이름|얘|걔|그)/.test(eojeols[find.from + 1]?.lower ?? '')
    )
      score -= 5
    // "장미를 좋아하셨어요": what somebody liked
    if (
      /^(?:을|를)$/.test(tail) &&
      /^(?:정말\s?|참\s?|아주\s?)?(?:좋아하|사랑하|즐기|즐겨|잘하|싫어하|무서워하|먹|물고|쓰고|입고|들고|타고|달고|매고|신고|끼고|두르고|걸치고|보고|바라보)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && other.end <= find.start && !other.negated)
    )
      score -= 4
    // "자개장 학습 가능할까요? 할머니 유품이에요": of a later sentence
    if (
      hypernymOf(find.value) === 'person' &&
      find.value !== 'character' &&
      eojeol.breaks &&
      /^(?:유품|선물|작품|솜씨|유산|것|거|껀|애장품|소장품|취향|부탁|아이디어|생신|생일)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other.end <= find.start && !other.negated)
    )
      score -= 5
    // "아들이 좋아함": who likes it
    if (
      hypernymOf(find.value) === 'person' &&
      /^(?:이|가)$/.test(tail) &&
      /^(?:정말\s?|제일\s?|가장\s?)?(?:좋아|사랑|아끼|아껴|쓰|타|입|가지고|갖고|키우|만들|그렸|찍|줬|주셨|사줬|선물|떠주|사주)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && !other.negated)
    )
      score -= 5
    // "우리 애기 거": whose it is
    if (
      hypernymOf(find.value) === 'person' &&
      tail === '' &&
      /^(?:거|것|꺼|껀|건|물건|소유)(?:에요|예요|임|이에요|입니다|야)?$/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && !other.negated)
    )
      score -= 6
    // "우리 애기(페르시안 고양이)": what the darling is
    if (
      hypernymOf(find.value) === 'person' &&
      nouns.some(
        (other) =>
          other.start > find.end &&
          other.from <= find.from + 2 &&
          ['animal', 'toy', 'plant', 'vehicle'].includes(hypernymOf(other.value) ?? '') &&
          eojeols[find.from + 1]!.breaks &&
          !eojeols.slice(find.from + 2, other.from + 1).some((item) => item.breaks),
      ) &&
      tail === '' &&
      /^(?:애기|아기|아가|아이|애|막내|딸|아들|자식|새끼|식구|가족|친구|공주님?|왕자님?)$/.test(
        find.text,
      )
    )
      score -= 5
    // "담쟁이 덮인 집", "귀신 나온다는 저택": the first stands in a clause about the second
    if (
      /^(?:들)?(?:이|가|에|에서|로|으로|과|와|랑|하고)?$/.test(tail) &&
      isAdnominal(eojeols[find.from + 1]) &&
      !eojeols[find.from + 1]!.breaks &&
      nouns.some(
        (other) =>
          other.from > find.from + 1 &&
          other.from <= find.from + 4 &&
          !bodyPart(other) &&
          !vague(other) &&
          !eojeols.slice(find.from + 2, other.from + 1).some((item) => item.breaks),
      )
    )
      score -= 4
    // "버섯 모양 뱃지": how it looks
    if (
      tail === '' &&
      (/^(?:모양|무늬|맛|향|색|컨셉|테마|프린트|자수|문양|형태)(?:의|인)?$/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) ||
        /^(?:자수|프린트|무늬|레이스|체크|패턴)$/.test(find.text)) &&
      nouns.some(
        (other) =>
          other.from > find.from + 1 &&
          other.from <= find.from + 4 &&
          !bodyPart(other) &&
          !eojeols.slice(find.from + 1, other.from + 1).some((item) => item.breaks),
      )
    )
      score -= 4
    // "브로슈어용": what it is for
    if (/^용/.test(tail) && nouns.some((other) => other.end <= find.start && !other.negated))
      score -= 4
    // "로고 박힌 상자": what is on it
    if (
      /^(?:이|가)?$/.test(tail) &&
      /^(?:박힌|달린|그려진|붙은|새겨진|들어간|들어있는|찍힌|인쇄된|그려져|적힌|얹은|올린|올라간|곁들인|꽂힌|꽂은)/.test(
        eojeols[find.from + 1]?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find)
    )
      score -= 4
    // "드워프 대장장이 알드릭 캐릭터": what the character is
    if (
      hypernymOf(find.value) === 'person' &&
      find.value !== 'character' &&
      find.value !== 'mascot' &&
      !owned &&
      nouns.some((other) => other.value === 'character' && other !== find)
    )
      score -= 2
    const next = eojeols[find.from + 1]
    if (
      tail === '' &&
      next?.pieces[0] !== undefined &&
      /^(?:사진|이미지|캐릭터|모델|로라|lora|학습)/.test(next.pieces[0].entry.form)
    )
      score += 1
    if (
      /(?:입은|쓴|신은|먹는|앉은|있는)|^(?:든|탄|(?:위|옆|앞|안|뒤|속|밑|아래|근처|가운데|사이)(?:에|의|로|쪽|$))/.test(
        next?.lower ?? '',
      ) &&
      /^(?:을|를|에|)$/.test(tail) &&
      find.end === last?.end
    )
      score -= 2.5
    if (
      [
        'person',
        'product',
        'object',
        'animal',
        'food',
        'plant',
        'icon',
        'poster',
        'pattern',
        'laptop',
        'computer',
        'macbook',
        'phone',
        'monitor',
        'server rack',
      ].includes(find.value)
    )
      score -= 0.5
    if (name !== null && find.end <= name.start && name.start - find.end <= 3) score += 2
    if (name !== null && name.end <= find.start && find.start - name.end <= 8) score += 1
    result.push({
      noun: find.value,
      start: find.start,
      end: find.end,
      score,
      known: true,
      owned,
      text: find.text,
    })
  }
  if (result.length === 0 && name === null) {
    const open = openNoun(eojeols, finds)
    if (open !== null) return [open]
  }
  // "내 칼림바를": a noun that no lexicon knows, where the subject must stand
  if (result.length === 0 && name === null) {
    for (const [index, eojeol] of eojeols.entries()) {
      if (!isOwner(eojeol) || eojeol.lower === '이') continue
      const next = eojeols[index + 1]
      if (next === undefined || next.pieces.length > 0 || next.breaks || next.latin) continue
      const word = stripParticle(next.text)
      if (
        !isNameLike(word) ||
        word.length < 2 ||
        !(
          word !== next.text ||
          /^(?:사진|이미지|모델|로라|lora)/.test(eojeols[index + 2]?.lower ?? '')
        )
      )
        continue
      result.push({
        noun: word,
        start: next.start,
        end: next.start + word.length,
        score: 1,
        known: false,
        owned: true,
        text: word,
      })
    }
  }
  void finds
  return result.sort((a, b) => b.score - a.score)
}
