import { hypernymOf, korean } from '../lexicon.ts'
import { koreanCommonWords } from '../lexicon/ko/common-words.ts'
import type { Find, Named } from '../find.ts'
import { hasFinal, inflected, stripParticle, withoutCopula } from './morphology.ts'
import { owners } from './words.ts'
import type { Eojeol } from './words.ts'

/** What stands in a goal, for the finders of names. */
export interface NameScene {
  readonly eojeols: readonly Eojeol[]
  readonly finds: readonly Find[]
  readonly text: string
  readonly lower: string
}

/** Whether a strategy, a base model or an output stands there. */
export const isFixed = (finds: readonly Find[], index: number): boolean =>
  finds.some((find) => find.from === index && ['strategy', 'base', 'output'].includes(find.kind))

/** A person's "수진이" is 수진, a pet's "몽실이" is 몽실이. */
export function calledName(word: string, noun: string | undefined): string {
  const person = noun !== undefined && hypernymOf(noun) === 'person' && noun !== 'character'
  return person && word.length === 3 && word.endsWith('이') && hasFinal(word[1]!)
    ? word.slice(0, 2)
    : word
}

export function isNameLike(word: string): boolean {
  if (korean.notNames.has(word) || owners.has(word) || inflected.test(word)) return false
  if (koreanCommonWords.has(word)) return false
  // "졸업사진"
  if (
    /(?:사진|사진으|이미지|그림|영상|앨범|스냅|화보|포스터|카드|세트|디자인|버전|모양|무늬|선물|기념일|파티|잔치|[는은]게|는데|는걸|는건|는거|놀이|세트)$/.test(
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
  // "물고 있는"
  if (/^(?:물|들|타|안|입|쓰|보|먹|자|놀|앉|서|눕|걷|뛰|웃|울|메|신|끌|밀|업|덮)고$/.test(word))
    return false
  // "열심히", "재밌게", "마음대로", "집중적", "빠짐없이": adverbs
  if (
    (word.length > 2 && /(?:히|게|대로|적|적으|없이|이나|껏)$/.test(word)) ||
    /^(?:싸|크|작|쉽|좋|길|짧|곱|밝|넓|높|얇|굵|맑|연하|진하)게$/.test(word)
  )
    return false
  // "사진작가", "신모델", "연습실에": a trade, a thing or a place, whatever stands before it
  if (
    word.length > 2 &&
    /(?:작가|모델|연습실|작업실|교실|실에|점에|집에|에서|에는|스튜디오|동호회|가게|매장|농장|공방|쇼핑몰|회사|업체|브랜드|마켓|신상|신상품|제작자|연주자|선수|기사|판매|대회|축제|행사|연구소|협회)$/.test(
      word,
    )
  )
    return false
  if (/^(?:뭐|무엇|무언|뭔|아무|누구|누군|누가|어느|어떤|언제|얼마|웬)/.test(word)) return false
  return word.length >= 1 && word.length <= 6 && /^[가-힣]+$/.test(word)
}

/** An eojeol as a name, without its particles; null when it looks like no name. */
export function nameOf(
  eojeols: readonly Eojeol[],
  eojeol: Eojeol,
  confidence: number,
  noun?: string,
): Named | null {
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

export const petNames = new Set(
  '삐삐 버터컵 빠삐 스모키 테디 뽀로로 쫑 연탄 숯 비스킷 오레오 라임 바닐라 카라멜 캐러멜 시나몬 진저 올리브 탱고 로키 맥스 나비 초코 두부 콩 보리 감자 고구마 모카 라떼 쿠키 호두 밤 망고 우유 치즈 크림 별 달 구름 하늘 바다 사랑 꽃 호랑이 곰 곰돌이 만두 떡 커피 버터 토리 사과 딸기 체리 복숭아 자두 코코 까미 뭉치 땅콩 인절미 찹쌀떡 백설기 초코바 푸딩 젤리 마카롱 약과 송편 치킨 왕자 공주 장군 천사 로또 보석 루비 수박 참외 귤 오렌지 레몬 당근 양파 마늘 고추 후추 단추 구슬 방울 번개 토마토 도토리 봄 여름 가을 겨울 해 나무 솜 솜사탕 눈송이 비 호박 코난 피자 햄 소금 설탕 까까 쌀 율무 보쌈 나초 타코 김치 라면'.split(
    ' ',
  ),
)

const natureNames = new Set(
  'sunset sunrise snowflake snow flower sky sea moon star sun cloud mountain river lake forest rainbow lightning storm planet galaxy aurora comet prince princess king queen angel fairy wizard knight samurai ninja pirate robot ghost gem fire smoke snowman bean button ball drum bell'.split(
    ' ',
  ),
)

export function isPetName(next: Eojeol, noun: Find): boolean {
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
