import { english, hypernymOf, korean } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import type { Normalised } from '../normalise.ts'
import { hasFinal, inflected, particles, stripParticle, withoutCopula } from './morphology.ts'
import { canBeNamed } from './nouns.ts'
import { isOwner, owners } from './words.ts'
import type { Eojeol } from './words.ts'

/** A person's "수진이" is 수진, a pet's "몽실이" is 몽실이. */
export function calledName(word: string, noun: string | undefined): string {
  const person = noun !== undefined && hypernymOf(noun) === 'person' && noun !== 'character'
  return person && word.length === 3 && word.endsWith('이') && hasFinal(word[1]!)
    ? word.slice(0, 2)
    : word
}

export function isNameLike(word: string): boolean {
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

export function findName(
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
export function figureName(
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

export const petNames = new Set([
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

const natureNames = new Set(
  'snowflake snow flower sky sea moon star sun cloud mountain river lake forest rainbow lightning storm planet galaxy aurora comet prince princess king queen angel fairy wizard knight samurai ninja pirate robot ghost gem fire smoke snowman bean button ball drum bell'.split(
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

export function triggerOf(normalised: Normalised): Named | null {
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
