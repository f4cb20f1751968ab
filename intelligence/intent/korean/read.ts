import { english, hypernymOf } from '../lexicon.ts'
import { unlessHalf, type Evidence, type Find, type Named } from '../find.ts'
import type { Normalised, Token } from '../normalise.ts'
import { artistBefore, era, isStyle, openStyleOf, weakStyle } from './looks.ts'
import { findName } from './names.ts'
import { choose, isNegated } from './nouns.ts'
import { writes } from './phrases.ts'
import { rankSubjects } from './subjects.ts'
import { triggerOf } from './trigger.ts'
import { eojeolsOf, isOwner } from './words.ts'

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
        negated: isNegated(lower, piece.end),
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
