import { english, hypernymOf, korean } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import type { Normalised } from '../normalise.ts'
import { inflected } from './morphology.ts'
import { isNameLike } from './name-shapes.ts'
import { formsAt, isOwner, owners } from './words.ts'
import type { Eojeol } from './words.ts'

export const era = /^(?:19|20)?\d0s$|^vintage$/

/** Looks that are as often what a thing is made of: a style only with a cue. */
export const weakStyle =
  /^(?:빈티지|레트로|복고|미니멀|추상|플랫|파스텔|벡터|흑백|실사|네온|청동|실루엣|잉크|클레이|자수|만화|애니|카툰|스케치|낙서|일러스트|3d|펠트|뜨개|도트|픽셀|판화|세밀화|연필|벽화|호러|판타지|고딕|시네마틱|몽환|사실적|초현실|색연필|디즈니|심슨|원신|필름사진|드라이버|마인크래프트|접사|자수풍|점토|찰흙|뜨개질|점화)$/

export function isStyle(find: Find, eojeols: readonly Eojeol[], lower: string): boolean {
  const [before, eojeol, next] = [-1, 0, 1].map((step) => eojeols[find.from + step])
  if (eojeol === undefined) return false
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
  // "동화책 만들어주려고요": what comes of it
  if (
    /^(?:동화책|그림책|동화|만화책|웹툰|만화|소설책)$/.test(find.text) &&
    /^(?:을|를)?\s?(?:만들|내려|내고|출판|제작|쓰려|써\s?주|출간)/.test(lower.slice(find.end))
  )
    return false
  // "새벽 시장 풍경 사진", "소나무 풍경사진": what kind of pictures
  if (
    /^(?:풍경|건축|천체|수중|음식|제품)\s?사진$/.test(find.text) &&
    !/^\s?(?:스타일|풍|느낌|감성|톤|로라|같|처럼)/.test(lower.slice(find.end)) &&
    /[가-힣]\s$/.test(lower.slice(0, find.start)) &&
    before?.pieces.at(-1)?.entry.kind === 'noun' &&
    before.tail === ''
  )
    return false
  // "판타지 소설 표지에 쓸": where it goes
  if (
    /^(?:판타지|호러|공포|sf|무협|고딕|다크판타지)$/.test(find.text.toLowerCase()) &&
    /^\s?(?:소설|웹소설|드라마|게임)(?!\s?(?:스타일|느낌|풍|감성|그림|처럼))/.test(
      lower.slice(find.end),
    )
  )
    return false
  // "아크릴 물감 튜브", "3D 스캔 이미지": what is painted or measured with
  if (
    /^\s?(?:물감|붓|종이|용지|도구|키트|세트|크레용|스캔|프린터|프린팅|출력|모델링|펜\s)/.test(
      lower.slice(find.end),
    )
  )
    return false
  // "렌더링 이미지": what kind of pictures
  if (
    /^렌더(?:링)?$/.test(find.text) &&
    /^\s?(?:이미지|사진|컷|샷|파일|\d)/.test(lower.slice(find.end))
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
    /^\s?(?:로고|아이콘|포스터|일러스트|배경|타일셋|스프라이트|에셋|맵|타투|폰트|패턴|배너|카드|캐릭터|이모티콘|표지|삽화)\s?(?:스타일|풍|느낌|화풍|디자인\s?스타일)/.test(
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
export function artistBefore(
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
export function openStyleOf(
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
    /([\p{L}\d'-]{2,20}(?:\s[\p{Lu}][\p{L}]+)*)(?:의)?\s?(?:작가|화백|화가|감독)?(?:님)?(?:의)?\s?(?:(?:아트|그래픽|비주얼|사진|영화|애니|만화|그림|일러스트|게임)\s?)?(?:스타일|화풍|그림체|작화|풍(?![경선차력년습속물요성])|감성|st(?![a-z])|느낌(?!\s?(?:있|좋|살|없|그대로|을|이|은|만|이랑)))(?![가-힣]*(?:러운))/gu
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
