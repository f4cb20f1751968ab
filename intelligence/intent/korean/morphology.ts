const particle =
  '들|이면|면|이랑|이나|이라도|이라는|라는|이라고|이라|이며|이고|이지만|이지|이에요|이예요|예요|에요|이야|이요|입니다|이다|인데|이던|이|가|을|를|은|는|의|에서|에게서|에게|에|께|한테|로서|로써|로만|으로만|으로|로|과|와|랑|하고|도|만|까지|부터|처럼|같은|같이|보다|마다|나|라도|밖에|조차|인|라고|고|며|라|야|아|요|님|씨|양|군|용|풍|체|느낌|스러운|스럽게|적인|적|화된|화|쪽|뿐|째|란|이란|든|이든|좀|께|이랑께|랑께|이지예|인디|인디요|이오|이옵니다|이여|여|이네|네|이네요|네요'

export const particles = new RegExp(`^(?:${particle})*$`)

export const verbal =
  /^(?:(?:을|를)?\s?)(?:학습|훈련|생성|변환|제작|파인튜닝|튜닝)?(?:하|해|한|할|했|시켜|시키|시킨|시킬|돼|되|된|될|줘|주|중|용)/

/** Looks like an inflected verb or adjective, not like a noun or a name. */
export const inflected =
  /(?:해줘|해주세요|해줄래|해라|하기|하게|하고|하는|하던|하며|하면|하여|해서|했던|했어|했다|했음|합니다|할래|할게|하자|하세요|하려고|하려는|한다|시켜|시켜줘|시키고|시키는|싶어|싶어요|싶은|싶다|싶습니다|싶은데|줘|줘요|주세요|주고|주라|줄래|줄|줄게|어줘|아줘|있는|있어|있어요|있게|없는|없이|없어|나온|나오는|나오게|찍은|찍힌|그린|그려|그린|만든|만드는|만들고|만들어|만들|되는|되게|된|될|됐으면|돼|싶|습니다|습니까|어요|아요|네요|군요|거야|거예요|겁니다|건데|려고|려는|면서|지만|니까|는데|은데|도록|듯이|답게|롭게|롭고|스럽게|스러운|로운|다운|같은|좋겠어|좋겠다|좋겠어요|좋아|봐줘|볼래|볼게|바꿔|바꿔줘|배운|배워|닮은|입은|쓴|신은|앉은|웃는|자는|부탁해|부탁해요|부탁드려요|드립니다|합시다|할까|할까요|가능한|가능해|원해|원해요|였으면|으면|려면|다면|겠어|겠다|해요|해|함|됨|임|이소|하이소|이소예|랑게|랑께|혀줘|혀|하소|하소서|옵소서|려|려구요|려고요|옵니다|봐라|봐|해바|바라|보라|하렴|하거라|거라|자꾸나|할라고|할라는디|는디|쓸거|쓸거임|할거|할거임|할거야|ㄱㄱ|고고|됩니까|되냐|하냐|주라|달라|다오|주오|뽑자|하마)$/

export function hasFinal(char: string): boolean {
  const code = char.codePointAt(0)! - 0xac00
  return code >= 0 && code < 11172 && code % 28 !== 0
}

/** 을/은/이/과/으로 follow a closed syllable, 를/는/가/와/로 an open one (or ㄹ). */
export function fitsParticle(stem: string, tail: string): boolean {
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

/** Where a trailing particle may begin, longest stem first. */
export function particleStarts(word: string): number[] {
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

export function stripParticle(word: string): string {
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
  /(?:(?:이(?=인데요|이에요|예요))?(?:이거든요|거든요|이거든|거든|인데요|인데|이에요|예요|에요|입니다|이구요|이고요|구요|고요|이지요|이죠|이요|요|임))$/

/** "하루요", "보리고요", "넵튠이요": the sentence's ending is not the name's. */
export function withoutCopula(word: string): string {
  const stem = word.replace(copula, '')
  // "퇴임" is a word
  if (stem.length === 1 && /(?:임|죠|요|고)$/.test(word)) return word
  return stem.length >= 1 && stem !== word ? stem : word
}
