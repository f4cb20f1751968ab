import { hypernymOf } from '../lexicon.ts'
import type { Entry } from '../lexicon.ts'
import type { Find } from '../find.ts'
import { heads, isOwner } from './words.ts'
import type { Eojeol, Piece } from './words.ts'

export const shortRisky = new Set(
  '말 차 배 개 새 게 매 양 용 공 연 활 종 잔 병 초 풀 섬 달 별 산 강 밭 눈 감 회 국 떡 술 책 펜 집 절 탑 탈 힐 티 코 톱 칼 총 검 돌 뼈 방 문 창 빗 북 쥐 벌 뱀 곰 소 닭 붓 옷 꽃 컵 빵 밥 왕 형 딸 난 팬 캔 솥 성 숲 캔디 기사 나비 가지 다리 사과 의상 배우 장미 보드 스탠드 파이 카드 절벽 무사 상품 물건 나무 바다 묘 냥 범 학 보석 도치 아이 거미'.split(
    ' ',
  ),
)

/** A piece of an eojeol with what stands around it. */
interface Place {
  readonly eojeols: readonly Eojeol[]
  readonly index: number
  readonly at: number
  readonly piece: Piece
  readonly eojeol: Eojeol
  readonly form: string
  readonly before: Eojeol | undefined
  readonly next: Eojeol | undefined
}

const pictures = /^(?:사진|이미지|로라|lora|학습)/

/** One syllable that behind a known thing says what it makes of it: "김밥집", "위스키잔". */
function syllableHead({ eojeol, at, piece, form }: Place, entry: Entry): Entry | null {
  const stem = eojeol.pieces[at - 1]
  if (
    stem === undefined ||
    form.length > 1 ||
    at !== eojeol.pieces.length - 1 ||
    stem.end !== piece.start ||
    stem.end - stem.start < 2 ||
    stem.entry.kind !== 'noun' ||
    !/[집잔병옷함탑칼]/.test(form)
  )
    return null
  const food = hypernymOf(stem.entry.value) === 'food'
  return {
    ...entry,
    value: form === '집' && food ? 'restaurant' : form === '잔' && food ? 'glass' : heads[form]!,
  }
}

/** Whether a short word is here another word than the noun. */
function isOtherWord({ eojeols, index, eojeol, form, before, next }: Place): boolean {
  const { tail } = eojeol
  if (form === '말' && /^(?:고|이야|인데|해|하|투|로)/.test(tail)) return true
  if (form === '이' || (form === '양' && tail === '' && !pictures.test(next?.lower ?? '')))
    return true
  if (form === '용' && before !== undefined && tail === '') return true
  if (form === '가지' && /^(?:고|런|며|면|는|기|려|지|ㄴ)/.test(tail)) return true
  // "새 디자인": new
  if (form === '새' && tail === '' && next !== undefined && !pictures.test(next.lower)) return true
  if (form === '사과' && /^(?:하|드)/.test(tail)) return true
  if (form.length > 1) return false
  // "창의적인"
  if (/적(?:인|으로)?$/.test(tail)) return true
  const owned = before !== undefined && (isOwner(before) || before.tail === '의')
  const object =
    /^(?:를|을|의|가|이|는|은|로|으로|만|들|랑|와|과|도|들을|들의|이에요|예요|입니다|인데|인데요|이요|요|이야|야)?$/.test(
      tail,
    )
  if (owned) return false
  if (!object || ['초', '감', '회'].includes(form)) return true
  return (
    '게매새공연초배용감회국강난달방문종잔티별산병창성절'.includes(form) &&
    tail === '' &&
    index < eojeols.length - 1 &&
    next!.pieces.length === 0 &&
    // "콤부차 병 768": a figure behind it is none of its words
    /^[가-힣]/.test(next!.text)
  )
}

/** "20개", "세 개", "로라 말고", "차 안", "책 위": a short word that is mostly something else. */
function chooseShort(place: Place, entry: Entry): Entry | null {
  const { eojeol, at, piece, form, before } = place
  // "아기 돌 사진" is a first birthday
  if (
    form === '돌' &&
    (/(?:아기|아들|딸|아이|조카)$/.test(before?.lower ?? '') ||
      /^(?:지난|지나|앞둔|맞은|맞이|기념|잔치|안\s?된|된)/.test(place.next?.lower ?? ''))
  )
    return null
  // "닭다리", "의자 다리": a leg
  const stem =
    at > 0 ? eojeol.pieces[at - 1] : before?.tail === '' ? before.pieces.at(-1) : undefined
  if (form === '다리' && stem?.entry.kind === 'noun' && hypernymOf(stem.entry.value) !== 'place')
    return null
  const made = syllableHead(place, entry)
  if (made !== null) return made
  const number =
    before !== undefined &&
    /\d$|^(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|몇|여러|스무|열)$/.test(before.lower)
  if (at > 0 || number || /\d$/.test(eojeol.lower.slice(0, piece.start - eojeol.start)))
    return at > 0 && eojeol.pieces.length > 1 && form.length > 1 ? entry : null
  return isOtherWord(place) ? null : entry
}

/** "인형", "만화", "동화책": a style only with 스타일, 풍, 체, 느낌 or 로 behind it. */
function hasLookCue({ eojeols, index, eojeol, at, next }: Place): boolean {
  const { tail } = eojeol
  // "크레용 그림 느낌"
  const beyond =
    tail === '' &&
    /^(?:그림|드로잉|작품|삽화|낙서)$/.test(next?.lower ?? '') &&
    /^(?:스타일|느낌|풍|감성|화풍)/.test(eojeols[index + 2]?.lower ?? '')
  const follows = eojeol.pieces[at + 1] ?? (tail === '' ? next?.pieces[0] : undefined)
  return (
    beyond ||
    /^(?:풍|체|느낌|스러운|처럼|같은)/.test(tail) ||
    (follows !== undefined &&
      /^(?:스타일|느낌|풍|감성|체|일러스트|화풍|그림체|아트|작화)/.test(follows.entry.form))
  )
}

/** Among homonyms, and against short words that are usually something else. */
export function choose(
  eojeols: readonly Eojeol[],
  index: number,
  at: number,
  piece: Piece,
): Entry | null {
  const eojeol = eojeols[index]!
  const before = eojeols[index - 1]
  const next = eojeols[index + 1]
  const form = eojeol.lower.slice(piece.start - eojeol.start, piece.end - eojeol.start)
  const alternatives = piece.alternatives.filter((entry) => entry.kind !== 'generic')
  const [entry] = alternatives
  if (entry === undefined) return null
  // "요리하는 사진": a verb
  if (
    entry.kind === 'noun' &&
    /^하(?:는|던|며)(?!데)/.test(eojeol.tail) &&
    at === eojeol.pieces.length - 1
  )
    return null
  // "896픽셀", "8비트": a figure's unit
  const glued =
    piece.start > eojeol.start
      ? eojeol.lower.slice(0, piece.start - eojeol.start)
      : before?.end === eojeol.start
        ? before.lower
        : ''
  if (entry.kind === 'style' && /\d\s?$/.test(glued)) return null
  if (form === '총' && (/^\s*\d/.test(next?.lower ?? '') || eojeol.tail === '')) return null
  const place: Place = { eojeols, index, at, piece, eojeol, form, before, next }
  if (entry.kind === 'noun' && (form.length === 1 || shortRisky.has(form))) {
    return chooseShort(place, entry)
  }
  const thing = alternatives.find((item) => item.kind === 'noun')
  return entry.kind === 'style' && thing !== undefined && !hasLookCue(place) ? thing : entry
}

export function isNegated(lower: string, end: number): boolean {
  const rest = lower.slice(end, Math.min(lower.length, end + 24))
  return /^(?:는|은|이|가|을|를|로|으로|만)?\s?(?:(?:스타일|느낌|모델|학습|[가-힣]{0,3}사진|풍)(?:은|는|이|가|을|를|로|으로)?\s?)?(?:말고|아니고|아니라|아니야|아닌|아님|아니에요|빼고|없이|제외|대신|안\s?쓰|쓰지\s?(?:말|마|않)|사용하지\s?(?:말|마|않)|싫|하지\s?(?:말|마|않)|무시|신경\s?(?:쓰지|안)|상관\s?없|중요하지\s?않|안\s?중요|가려|자르|원하지\s?않|필요\s?없|말아|말구|보다는|보단)/.test(
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
