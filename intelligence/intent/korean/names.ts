import { english, hypernymOf, korean } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import type { Normalised } from '../normalise.ts'
import { nameBesideNoun } from './beside.ts'
import { hasFinal, particles, stripParticle } from './morphology.ts'
import { isFixed, isNameLike, nameOf, petNames } from './name-shapes.ts'
import type { NameScene } from './name-shapes.ts'
import { canBeNamed } from './nouns.ts'
import { isOwner } from './words.ts'
import type { Eojeol } from './words.ts'

/** "이름은 두부(야)", "이름이 Fluffy인" */
function saidName({ text }: NameScene): Named | undefined {
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
  return undefined
}

/** "두부라는 강아지", "두부(이)라고 하는 강아지" */
function calledByName({ text }: NameScene): Named | undefined {
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
  return undefined
}

/** Quoted, beside a class noun or alone. */
function quotedName({ finds, text }: NameScene): Named | undefined {
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
  return undefined
}

/** "우리 조카 (5살) 민준" */
function agedName({ finds, text }: NameScene): Named | undefined {
  const aged = /\(\s?\d+\s?(?:살|세|개월)\s?\)\s?([가-힣]{2,4})(?=\s|$|[.,!?])/du.exec(text)
  if (aged !== null && isNameLike(aged[1]!)) {
    const [start, end] = (aged as RegExpExecArray & { indices: [number, number][] }).indices[1]!
    if (finds.some((find) => find.kind === 'noun' && find.end <= aged.index))
      return { value: aged[1]!, start, end, confidence: 0.85 }
  }
  return undefined
}

/** "쿠키(강아지) 로라", "별이(고양이)랑" */
function bracketedName({ finds, text }: NameScene): Named | undefined {
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
    // "내 오토바이(혼다 슈퍼커브)": which one, not what it is called
    const thing = finds.find((find) => find.kind === 'noun' && find.start === start)
    const kindOf =
      thing !== undefined &&
      (hypernymOf(thing.value) === 'vehicle' ||
        finds.some(
          (find) => find.kind === 'noun' && find.start > end && find.value === thing.value,
        ))
    if (inside && !known && !kindOf && !korean.notNames.has(match[1]!))
      return { value: match[1]!, start, end, confidence: 0.85 }
  }
  return undefined
}

/** "프랭키는 닥스훈트예요", "얘는 프랭키" */
function predicatedName({ eojeols, finds }: NameScene): Named | undefined {
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
      // "얘는 행크고 불독이에요"
      const joined = told && /^[가-힣]{2,5}고$/.test(next.text) && next.pieces.length === 0
      const found = nameOf(eojeols, joined ? { ...next, text: next.text.slice(0, -1) } : next, 0.85)
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
      // "고양이인데 달리는 고양이예요"
      finds.some((find) => find.kind === 'noun' && find.from < index && find.value === is.value) ||
      // "고치는 사람인데": a verb and whom it says something of
      /^(?:사람|인물)$/.test(is.text) ||
      !/^(?:이에요|예요|이야|야|입니다|인데|인데요|이고|고|이고요|고요|다|이다|이며|임|이죠|죠|라서)/.test(
        eojeols[is.from]!.tail,
      )
    )
      continue
    const found = nameOf(eojeols, eojeol, 0.8, is.value)
    if (found !== null && found.value !== eojeol.text && found.value.length > 1) return found
  }
  return undefined
}

/** "우리 별이": a pet's pet name that is also a thing. */
function fondName({ eojeols, finds }: NameScene): Named | undefined {
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
  return undefined
}

/** "콩이는 우리 강아지야": a thing, but of the animal that it is said to be. */
function thingTold(
  eojeol: Eojeol,
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
  index: number,
): Named | null {
  const [piece] = eojeol.pieces
  const is = finds.find((find) => find.kind === 'noun' && find.from === index + 2)
  if (
    eojeol.pieces.length !== 1 ||
    piece!.start !== eojeol.start ||
    piece!.entry.kind !== 'noun' ||
    is === undefined ||
    hypernymOf(is.value) !== 'animal' ||
    !/^(?:이야|야|이에요|예요|입니다|이고|고|인데|인데요|이구요|임|이다|다)$/.test(
      eojeols[is.from]!.tail,
    ) ||
    !/^(?:은|는|이는)$/.test(eojeol.tail)
  )
    return null
  const value = eojeol.text.slice(0, piece!.end - piece!.start + (eojeol.tail === '이는' ? 1 : 0))
  return { value, start: eojeol.start, end: eojeol.start + value.length, confidence: 0.8 }
}

/** "두부는 우리 강아지야", "Fluffy는 내 고양이" */
function topicName({ eojeols, finds }: NameScene): Named | undefined {
  for (const [index, eojeol] of eojeols.entries()) {
    const owner = eojeols[index + 1]
    if (owner === undefined || !isOwner(owner)) continue
    const told = thingTold(eojeol, eojeols, finds, index)
    if (told !== null) return told
    if (eojeol.pieces.length > 0) continue
    if (!/(?:은|는|이|가|,)$/.test(eojeol.lower) && !owner.breaks) continue
    if (
      !finds.some(
        (find) => find.kind === 'noun' && find.from >= index + 2 && find.from <= index + 3,
      )
    )
      continue
    const found = nameOf(eojeols, eojeol, 0.8)
    if (found !== null && found.value !== eojeol.text) return found
  }
  return undefined
}

/** "Fluffy를 학습시켜줘": a capital Latin word with a particle, where nothing else is the subject. */
function latinName({ eojeols, finds, lower }: NameScene): Named | null | undefined {
  if (finds.some((find) => find.kind === 'noun' && !find.negated)) return undefined
  for (const [index, eojeol] of eojeols.entries()) {
    if (
      !eojeol.latin ||
      eojeol.pieces.length > 0 ||
      isFixed(finds, index) ||
      !/^\p{Lu}\p{Ll}+/u.test(eojeol.text) ||
      !/^(?:를|을|의|만|이|가)/.test(eojeol.tail)
    )
      continue
    if (/^\s?(?:스타일|화풍|그림체|풍)/.test(lower.slice(eojeol.end))) continue
    return nameOf(eojeols, eojeol, 0.7)
  }
  return undefined
}

/** "피카츄 로라": an unknown word where the subject stands, and nothing else does. */
function standingName({ eojeols, finds }: NameScene): Named | null | undefined {
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
        ? nameOf(eojeols, first, 0.6)
        : { value: first.text, start: first.start, end: first.end, confidence: 0.6 }
      if (found !== null) return found
    }
  }
  return undefined
}

/** The whole goal is one unknown word. */
function loneName({ eojeols }: NameScene): Named | undefined {
  if (
    eojeols.length === 1 &&
    eojeols[0]!.pieces.length === 0 &&
    !eojeols[0]!.latin &&
    !/(?:요|다|까|죠|지|해|줘|라|게|자|네)$/.test(eojeols[0]!.text)
  ) {
    const found = nameOf(eojeols, eojeols[0]!, 0.5)
    if (found !== null && found.value.length >= 2 && found.value.length <= 4) return found
  }
  return undefined
}

/** "우리 두부 사진, 강아지예요" */
function ownedBeforePictures({ eojeols, finds }: NameScene): Named | undefined {
  for (const [index, eojeol] of eojeols.entries()) {
    const [next, third] = [eojeols[index + 1], eojeols[index + 2]]
    if (!['우리', '우리집', '울', '저희'].includes(eojeol.lower) || next === undefined) continue
    if (next.pieces.length > 0 || next.latin || !/^(?:사진|이미지)/.test(third?.lower ?? ''))
      continue
    const told = finds.some(
      (find) => find.kind === 'noun' && find.from > index + 2 && canBeNamed(find.value),
    )
    const found = nameOf(eojeols, next, 0.75)
    if (told && found !== null && found.value.length <= 4) return found
  }
  return undefined
}

/** "... 우리 두부": an unknown word after "our" ends the goal. */
function ownedAtEnd({ eojeols, finds }: NameScene): Named | undefined {
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
    const found = nameOf(eojeols, finalOne, 0.55)
    if (found !== null && found.value.length <= 4) return found
  }
  return undefined
}

/** "우리 두부를 학습": an unknown word after "our". */
function ownedObject({ eojeols }: NameScene): Named | undefined {
  for (const [index, eojeol] of eojeols.entries()) {
    if (!['우리', '내', '우리집', '저희', '울'].includes(eojeol.lower)) continue
    const next = eojeols[index + 1]
    if (next === undefined || next.pieces.length > 0 || next.latin || next.breaks) continue
    if (!/[가-힣](?:를|을|이를)$/.test(next.text)) continue
    const found = nameOf(eojeols, next, 0.6)
    if (found !== null && eojeol.lower !== '내' && found.value.length <= 4) return found
  }
  return undefined
}

/** "드워프 대장장이 알드릭 캐릭터", "캐릭터 용감한 쿠키", "시츄 버터컵공주", "진돗개 백구": names in places of their own. */
export function figureName({ eojeols, finds, text }: NameScene): Named | undefined {
  const nounAt = (index: number): Find | undefined =>
    finds.find((find) => find.kind === 'noun' && find.from === index)
  const named = (from: number, end: number, confidence: number): Named => ({
    value: text.slice(eojeols[from]!.start, end),
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
  return undefined
}

/** Each way to bear a name, the surest first; a finder that answers null ends the search: nothing bears one. */
const finders: readonly ((scene: NameScene) => Named | null | undefined)[] = [
  saidName,
  calledByName,
  quotedName,
  agedName,
  figureName,
  nameBesideNoun,
  bracketedName,
  predicatedName,
  fondName,
  topicName,
  latinName,
  standingName,
  loneName,
  ownedBeforePictures,
  ownedAtEnd,
  ownedObject,
]

/** What the subject is called, if the goal says so. */
export function findName(
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
  { text, lower }: Normalised,
): Named | null {
  const scene: NameScene = { eojeols, finds, text, lower }
  for (const find of finders) {
    const name = find(scene)
    if (name !== undefined) return name
  }
  return null
}
