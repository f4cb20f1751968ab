import { hypernymOf } from '../lexicon.ts'
import type { Entry } from '../lexicon.ts'
import type { Find } from '../find.ts'
import { heads, isOwner } from './words.ts'
import type { Eojeol, Piece } from './words.ts'

export const shortRisky = new Set([
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

/** Among homonyms, and against short words that are usually something else. */
export function choose(
  eojeols: readonly Eojeol[],
  index: number,
  at: number,
  piece: Piece,
): Entry | null {
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

export function isNegated(lower: string, end: number, eojeol: Eojeol): boolean {
  const rest = lower.slice(end, Math.min(lower.length, end + 24))
  void eojeol
  return /^(?:는|은|이|가|을|를|로|으로|만)?\s?(?:(?:스타일|느낌|모델|학습|사진|풍)(?:은|는|이|가|을|를|로|으로)?\s?)?(?:말고|아니고|아니라|아니야|아닌|아님|아니에요|빼고|없이|제외|대신|안\s?쓰|쓰지\s?(?:말|마|않)|사용하지\s?(?:말|마|않)|싫|하지\s?(?:말|마|않)|무시|신경\s?(?:쓰지|안)|상관\s?없|중요하지\s?않|안\s?중요|가려|자르|원하지\s?않|필요\s?없|말아|말구|보다는|보단)/.test(
    rest,
  )
}

/** Pets, people, dolls and figures bear names; what follows a food, a place or a tool is something else. */
export function canBeNamed(noun: string): boolean {
  return (
    ['animal', 'person', 'toy', undefined].includes(hypernymOf(noun)) ||
    /^(?:robot|mascot|car|motorcycle|bicycle|boat|ship|sailboat|yacht|ferry|submarine|canoe|kayak|spaceship|rocket|robot vacuum|robot dog|robot arm|drone|camper|guitar|logo|venus flytrap|cactus|bonsai|monstera|succulent)$/.test(
      noun,
    )
  )
}

/** "배낭 제품 사진": the noun before says more. */
export const vague = (find: Find): boolean =>
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
