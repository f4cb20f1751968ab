import { hypernymOf } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import { isOwner } from './words.ts'
import type { Eojeol } from './words.ts'

/** What a goal names, before it is decided whether it wants the thing or the look. */
export interface Wishes {
  readonly lower: string
  readonly eojeols: readonly Eojeol[]
  readonly nouns: readonly Find[]
  readonly styles: readonly Find[]
  /** A look of the lexicon; undefined when there is none. */
  readonly listed: Find | undefined
  /** A look that no lexicon knows. */
  readonly open: Named | null
}

const live = (styles: readonly Find[]): boolean => styles.some((find) => !find.negated)

/** "해바라기 스타일": the noun belongs to the look. */
export function isOfLook({ lower, eojeols, listed, open }: Wishes, find: Find): boolean {
  const rest = lower.slice(find.end)
  // "내 스케치북 그림체"
  if (find.value === 'sketchbook' && /^\s?(?:스타일|그림체|화풍|느낌|풍)/.test(rest)) return true
  // "앨범 커버 스타일로 학습": what is designed is a look of its own
  if (
    hypernymOf(find.value) === 'sign' &&
    /^\s?(?:디자인\s?)?스타일(?:로|을|를|만)?\s?(?:학습|훈련|배우|배워|로라|lora)/.test(rest)
  )
    return true
  return (
    (listed !== undefined || open !== null) &&
    /^\s?(?:디자인\s?)?(?:스타일|화풍|그림체)(?!로(?!라))/.test(lower.slice(find.end)) &&
    !isOwner(eojeols[find.from - 1])
  )
}

/** "민화 스타일 호랑이 그림들": what the pictures of a look show. */
export function depicts({ lower, styles }: Wishes, find: Find): boolean {
  return (
    !find.negated &&
    (live(styles) || /스타일|화풍|그림체|작풍/.test(lower)) &&
    /^\s?(?:그림|일러스트|드로잉|낙서|작품|삽화)들?(?:\s?\d+\s?장)?(?:의|을|를|로|으로|만|,|\s|$)/.test(
      lower.slice(find.end),
    ) &&
    /스타일|화풍|그림체|작풍/.test(lower) &&
    !/(?:스타일|화풍|그림체)(?:은|는|이|을|를)?\s?(?:말고|아니|빼고|필요)/.test(lower)
  )
}

/** "우리 아들 낙서 스타일": whose drawings. */
export function isWhoseWork({ lower }: Wishes, find: Find): boolean {
  return (
    hypernymOf(find.value) === 'person' &&
    find.value !== 'character' &&
    /^(?!\s(?:수채화|유화)\s?(?:스타일|느낌)(?:으로|로))(?:이|가|의)?\s?(?:그린\s)?(?:(?![을를]\s)[가-힣]+\s)?(?:낙서|그림|드로잉|글씨|손글씨|스케치|일러스트|만화|작품|수채화|유화)\s?(?:의\s?)?(?:스타일|화풍|그림체|느낌|체)/.test(
      lower.slice(find.end),
    )
  )
}

/** "손글씨 느낌": the handwriting is the look. */
export const isHand = ({ lower, nouns }: Wishes): boolean =>
  nouns.some(
    (find) => find.value === 'handwriting' && /^\s?(?:스타일|느낌|체)/.test(lower.slice(find.end)),
  )

const pens = /^(?:pen|pencil|fountain pen|crayon|marker|brush|paintbrush|chalk|ballpoint pen)$/

/** Whether a noun is only part of the look: its pen, its genre, what it shows. */
export function isPartOfLook(wishes: Wishes, find: Find): boolean {
  const { lower, eojeols, styles } = wishes
  if (isOfLook(wishes, find) || isWhoseWork(wishes, find) || depicts(wishes, find)) return true
  if (find.value === 'handwriting' && isHand(wishes)) return true
  if (isOwner(eojeols[find.from - 1])) return false
  return styles.some(
    (style) =>
      !style.negated &&
      // "볼펜 낙서 느낌": what the look is made with
      (((style.start === find.end || style.start === find.end + 1) &&
        /^\s?(?:스타일|느낌|화풍|그림체|감성|체|풍)(?!로(?!라))/.test(lower.slice(style.end)) &&
        pens.test(find.value)) ||
        // "탐정만화 느낌": what kind of look
        (style.start === find.end &&
          ['manga', 'comic book', 'webtoon', 'anime', 'cartoon'].includes(style.value))),
  )
}

const denied =
  /(?:스타일|화풍|그림체|느낌)(?:은|는|이|을|를)?\s?(?:말고|아니고|아니라|아닌|빼고|필요\s?없|상관\s?없|무시|안\s?배|배우지)/
const onlyLook = /(?:스타일|화풍|그림체|느낌|분위기|색감|작화|붓터치)(?:만|만을|만\s)(?!들)/
const wanting = [
  /(?:이미지|사진|그림|작품)들?의\s?(?:스타일|느낌|분위기|색감)|(?:^|[\s의])화풍|그림체|작화|그림\s?스타일|아트\s?스타일|스타일\s?(?:로라|lora|모델|학습|훈련)|붓\s?터치|작풍|드로잉\s?스타일|보정\s?스타일|사진\s?스타일|디자인\s?스타일|선화\s?느낌|색감|색보정|컬러\s?그레이딩|필체|펜선|채색\s?(?:방식|스타일)|(?:사진|필름|색)\s?톤|톤(?:을|만)?\s?(?:그대로\s?)?(?:학습|배|익)|무드(?:를|만)?\s?(?:학습|배)|(?:기법|느낌|분위기|터치)(?:을|를)\s?(?:제|내|저희|우리)\s?(?:[가-힣]+\s)?(?:그림|작품|사진)들?(?:에서|으로|로)|(?:이|이런|그런|저런|요런|비슷한)\s?(?:그림|사진|이미지|작품)?들?(?:의)?\s?(?:느낌|스타일|분위기|감성)(?:으로|로)|톤\s?앤\s?매너/,
  /(?:스타일|느낌|분위기|색감|기법)(?:을|를)\s?(?:그대로\s?|똑같이\s?|잘\s?)?(?:[가-힣]+(?:게|히|로|도록)\s)?(?:학습|훈련|배|익|따라|흉내|모방|재현|가르|담|캡처|복제|파인튜닝|lora|로라)/,
  /(?:내|제|우리|나의|저의|나만의)\s?(?:[가-힣]+\s){0,2}(?:스타일|그림들|그림을|그림으로|일러스트들?을|작품들?을|드로잉)/,
]
const drawing =
  /(?:^|\s)(?:나|저|제가|내가|우리)(?:처럼|같이|하듯|랑\s?(?:똑같이|비슷하게)|와\s?똑같이)\s?(?:[가-힣]+\s){0,2}(?:그리|그려|그린|칠하|찍|써|쓰)|(?:그리|그린|그렸|찍|칠하|만들)(?:던|는|신|시던|은)?\s?(?:식|방식|방법|스타일|것처럼|거처럼|대로)(?:으로|로|대로|을|를|처럼)?\s?(?:[가-힣]+\s){0,2}(?:그리|그려|배|학습|찍|만들|따라|$)|(?:그림|낙서|드로잉|스케치|작품)들?\s?(?:처럼|같이|같은)\s?(?:[가-힣]+\s){0,2}(?:그리|그려|그린)/

/** Whether the goal says that the look is to be learnt, that it is not, or that it alone is. */
export function wishesOfLook(wishes: Wishes): {
  readonly wanted: boolean
  readonly denied: boolean
  readonly only: boolean
} {
  const { lower, nouns, styles } = wishes
  const denial = lower.search(denied)
  // "고흐 스타일 말고 클림트 스타일로": another look instead
  const styleDenied = denial >= 0 && !styles.some((find) => !find.negated && find.start > denial)
  const only =
    onlyLook.test(lower) ||
    (!styleDenied &&
      nouns.some((find) => find.negated) &&
      (live(styles) || /스타일|화풍|그림체/.test(lower)))
  const drawsLike = drawing.test(lower)
  const whichLook =
    isHand(wishes) ||
    nouns.some(
      (find) => isOfLook(wishes, find) || isWhoseWork(wishes, find) || depicts(wishes, find),
    )
  return {
    wanted:
      !styleDenied &&
      (only || drawsLike || whichLook || wanting.some((pattern) => pattern.test(lower))),
    denied: styleDenied,
    only: only || drawsLike,
  }
}

const photographed = /^(?:photorealistic|studio photography|hdr|macro photography)$/

/** Words that say the look belongs to the results ("그려줘", "프롬프트로"). */
export function isOfResults({ lower, nouns, listed }: Wishes): boolean {
  // "소금빵 접사": how it was photographed
  if (nouns.length > 0 && listed !== undefined && photographed.test(listed.value)) return true
  if (
    /(?:은|는|으로|로)\s?(?:나중에|추후에?|이후에|따로|프롬프트)|프롬프트(?:로|에서|에)\s/.test(
      lower,
    )
  )
    return true
  const made =
    /(?:그려|그릴|그리고\s?싶|그린\s?것처럼\s?만|변환|바꿔|바꾸|뽑|생성해|렌더(?:링)?하|렌더(?:링)?해)(?:줘|주|고|서|보|내|달|\s|[가-힣])?/.test(
      lower,
    )
  const trained = lower.replace(
    /.*(?:학습|훈련)(?:시켜서|해서|시킨\s?(?:다음|뒤|후)|한\s?(?:다음|뒤|후)|하고|시키고|시켜|해)/,
    '',
  )
  if (made && !/학습|훈련|배우|배워|lora|로라|파인튜닝/.test(trained)) return true
  return /(?:으로|로|처럼|풍의?|스타일의?)\s?(?:[가-힣]+\s){0,2}(?:그림|이미지|사진|초상화|일러스트|포스터|스티커)?(?:을|를)?\s?(?:그려|그릴|그리고|만들고\s?싶|만들|생성|뽑|변환|바꿔|나오게|보고\s?싶)/.test(
    lower,
  )
}
