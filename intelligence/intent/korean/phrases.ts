import type { Eojeol } from './words.ts'

/** "이메일 답장 써주는 모델", "리뷰를 요약하는": what is written, and a verb of writing. */
export const writes =
  /(?:답장|답변|이메일|메일|문장|소설|동화|기사문?|뉴스|보고서|공문|논문|회의록|후기|리뷰|카피|대본|자막|상품\s?설명|설명문|공지|블로그\s?글|글|시|가사|코드|계약서|이력서|자소서|대화|질문)(?:들)?(?:에|을|를|도)?\s?(?:자동(?:으로)?\s?|대신\s?|잘\s?)?(?:써\s?주|써줘|써줄|쓰는|쓸|작성|요약|번역|답하|답해|대답|분류|교정|이어\s?쓰|생성하는|만들어\s?주는)/

export const placeTail = /^(?:에서|위에서|안에서|옆에서|앞에서|에)(?!게)/

export const lowerAfter = (eojeols: readonly Eojeol[], index: number): string =>
  eojeols
    .slice(index + 1)
    .map((item) => (item.breaks ? ', ' : ' ') + item.lower)
    .join('')

/** A verb before the noun that it says more of: "덮인", "나온다는", "사는"; no known noun with a particle. */
export function isAdnominal(eojeol: Eojeol | undefined): boolean {
  if (eojeol === undefined || eojeol.latin || eojeol.quoted) return false
  // "글러브 낀 캥거루"
  if (/^(?:낀|쓴|든|탄|찬|맨|멘|뜬|핀|딴|짠|켠|문|깬|킨)$/.test(eojeol.text)) return true
  if (eojeol.text.length < 2) return false
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
export function gaveIt(eojeols: readonly Eojeol[], index: number): boolean {
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

const doing =
  /[가-힣](?:는|던)$|^(?:입은|쓴|낀|신은|두른|멘|맨|찬|든|탄|문|안은|들어간|올라간|앉은|누운|기댄|가지고|갖고|물고|들고|타고|안고|베고|입고|쓰고|메고|신고|보고|끌고|밀고|업고|끼고|덮고)$/

/** "자전거 타는 사진", "공 가지고 노는 모습": a thing, what is done with it, and the pictures of that. */
export function opensDoing(eojeols: readonly Eojeol[], index: number): boolean {
  // "케이크 앞에서 웃는", "벚꽃 아래 앉은"
  const placed = /^(?:앞|옆|위|뒤|아래|밑|속|안|곁|사이|근처|가운데)(?:에서|에|으로)?$/.test(
    eojeols[index + 1]?.text ?? '',
  )
  const [verb, second, third] = [1, 2, 3].map((step) => eojeols[index + step + (placed ? 1 : 0)])
  if (verb === undefined || second === undefined || verb.breaks || second.breaks) return false
  if (!/^(?:을|를|에|에서|로|으로)?$/.test(eojeols[index]!.tail)) return false
  // "리본 단", "마이크 잡은"
  const code = verb.text.charCodeAt(verb.text.length - 1) - 0xac00
  const past =
    code >= 0 && code % 28 === 4 && !verb.pieces.some((piece) => piece.entry.kind === 'noun')
  const shown = /^(?:사진|모습|영상|장면|컷|이미지|순간)/
  if (shown.test(second.lower)) return past || doing.test(verb.text)
  return (
    doing.test(verb.text) &&
    /[가-힣](?:는|던|은)$/.test(second.text) &&
    shown.test(third?.lower ?? '')
  )
}
