import { hypernymOf, korean } from '../lexicon.ts'
import type { Evidence, Find, Named } from '../find.ts'
import { inflected, stripParticle } from './morphology.ts'
import { isNameLike } from './name-shapes.ts'
import { vague } from './nouns.ts'
import { gaveIt, isAdnominal, lowerAfter, opensDoing, placeTail } from './phrases.ts'
import { isOwner, owners } from './words.ts'
import type { Eojeol } from './words.ts'

/**
 * "크로캉부슈 사진 30장", "사모바르로 엽서를": a long word that no lexicon knows, where the subject stands. Names are short;
 * four syllables and more, mostly loan words, name a thing.
 */
export function openNoun(
  eojeols: readonly Eojeol[],
  finds: readonly Find[],
): Evidence['subjects'][number] | null {
  if (finds.some((find) => ['noun', 'style', 'text'].includes(find.kind) && !find.negated))
    return null
  for (const [index, eojeol] of eojeols.entries()) {
    if (eojeol.pieces.length > 0 || eojeol.latin || eojeol.quoted) continue
    // "굄뵈츠가 어떻게 생겼는지"
    if (
      /^(?:어떻게|어찌|어케|뭔지|무엇인지|어떤\s?모양)/.test(eojeols[index + 1]?.lower ?? '') &&
      /[가-힣]{2}(?:이|가|은|는)$/.test(eojeol.text)
    ) {
      const noun = eojeol.text.slice(0, -1)
      return {
        noun,
        start: eojeol.start,
        end: eojeol.start + noun.length,
        score: 1,
        known: false,
        owned: false,
        text: noun,
      }
    }
    const word = stripParticle(eojeol.text)
    if (word.length < 4 || word.length > 8 || !/^[가-힣]+$/.test(word)) continue
    if (
      inflected.test(word) ||
      korean.notNames.has(word) ||
      owners.has(word) ||
      /(?:한|된|던|는|운|은|을|를|게|히|서|고|며|면|지|처럼|같이|까지|부터|마다|거나|라도|적인|스런|답다|니다|세요|어요|아요|네요|나요|가요|데요|래요|께요|게요)$/.test(
        word,
      )
    )
      continue
    const next = eojeols[index + 1]
    const object =
      word !== eojeol.text && /^(?:을|를|의|만|로|으로)$/.test(eojeol.text.slice(word.length))
    const shown =
      (next?.pieces[0] !== undefined &&
        !next.breaks &&
        /^(?:사진|이미지|모델|학습|훈련|로라|lora|드림부스|제품)/.test(
          next.pieces[0].entry.form,
        )) ||
      next === undefined
    const owned = isOwner(eojeols[index - 1])
    if (!object && !shown && !owned) continue
    return {
      noun: word,
      start: eojeol.start,
      end: eojeol.start + word.length,
      score: 1,
      known: false,
      owned,
      text: word,
    }
  }
  return null
}

/** Parts and views of what stands before them: a cat's face is the cat. */
const views = new Set(
  '얼굴 표정 눈 손 포즈 자세 머리스타일 사람 인물 증명사진 프로필사진 셀카 셀피'.split(' '),
)

const bodyPart = (find: Find): boolean =>
  views.has(find.text.replaceAll(' ', '')) ||
  views.has(find.text.replace(/(?<=.)(?:\s?사진|들)$/, ''))

/** "막걸리 병 라벨까지 또렷하게": part of what stands before it. */
const isDetail = (find: Find, eojeols: readonly Eojeol[]): boolean =>
  /^(?:라벨|로고|뚜껑|손잡이|단추|리본|바퀴|무늬|글씨|지퍼|버튼|자수|끈|스트랩)$/.test(find.text) &&
  /^(?:까지|도$)/.test(eojeols[find.from]!.tail)

/** Whom one has, and figures that one makes: no trades. */
const relations = new Set(
  'woman,man,old woman,boy,girl,baby,child,character,mascot,bride,groom,monster,robot'.split(','),
)

const playthings = ['plush toy', 'doll', 'teddy bear', 'figurine']

/** What is printed, posted or given away: made of the results. */
const products = new Set(
  '엽서 포스터 굿즈 스티커 이모티콘 카드 달력 배경화면 썸네일 그림책 동화책 광고 배너 전단 전단지 명함 초대장 청첩장 티셔츠 머그컵 책 영상 만화 메뉴판'.split(
    ' ',
  ),
)

/** Nouns that say little of what is to be learnt, or what it is done with. */
const faint = new Set([
  'person',
  'product',
  'object',
  'animal',
  'food',
  'plant',
  'icon',
  'poster',
  'pattern',
  'laptop',
  'computer',
  'macbook',
  'phone',
  'monitor',
  'server rack',
])

/** What the goal holds beside the noun that is looked at. */
interface Scene {
  readonly eojeols: readonly Eojeol[]
  readonly nouns: readonly Find[]
  readonly finds: readonly Find[]
  readonly name: Named | null
}

/** A noun and what stands around it. */
interface Candidate extends Scene {
  readonly find: Find
  readonly kind: string | undefined
  readonly eojeol: Eojeol
  /** Particles and endings right behind the noun. */
  readonly tail: string
  readonly next: Eojeol | undefined
  readonly owned: boolean
}

/** "이모티콘 만들려고": printed, posted or given away, made of what is learnt. */
const isMade = (find: Find, eojeols: readonly Eojeol[]): boolean =>
  products.has(find.text) &&
  /^(?:을|를)?$/.test(eojeols[find.from]!.tail) &&
  /^(?:만들려|만들거|만들건|만들\s?거|만들고|제작하|제작할|뽑으려|인쇄하|만들어\s?주려)/.test(
    eojeols[find.from + 1]?.lower ?? '',
  )

const isLiving = (find: Find): boolean =>
  ['animal', 'person'].includes(hypernymOf(find.value) ?? '')

/** "고양이 츄르 먹는 모습", "아이 그네 타는 사진": what somebody does with it. */
const isHandled = (find: Find, eojeols: readonly Eojeol[]): boolean =>
  (!isLiving(find) || /^(?:타는|탄|타고)/.test(eojeols[find.from + 1]?.text ?? '')) &&
  opensDoing(eojeols, find.from)

/** "공방 작품", "가게 메뉴": a place whose work is learnt. */
const isMaker = (find: Find, eojeols: readonly Eojeol[]): boolean =>
  hypernymOf(find.value) === 'place' &&
  eojeols[find.from]!.tail === '' &&
  /^(?:작품|제품|상품|메뉴|굿즈|신상|수업작)/.test(eojeols[find.from + 1]?.lower ?? '')

/** Whether another noun right behind takes this one as its modifier: "고양이 인형" is a toy. */
function laterHead({ eojeols, nouns }: Scene, find: Find): Find | undefined {
  const eojeol = eojeols[find.from]!
  return nouns.find((other) => {
    if (other === find) return false
    if (other.from === find.from && other.start >= find.end) return true
    const own = eojeols[other.from]!
    return (
      other.from === find.from + 1 &&
      eojeol.tail === '' &&
      !/^용(?![가-힣])/.test(own.tail) &&
      find.end === eojeol.end &&
      // "애착인형 토끼"
      !(playthings.includes(find.value) && hypernymOf(other.value) === 'animal') &&
      // "웨딩케이크 감사카드에 넣게"
      !(/^(?:에(?!게)|에서)/.test(own.tail) && nouns.length === 2) &&
      (other.start === own.start || own.pieces.length === 1) &&
      !own.breaks &&
      !(isLiving(find) && isHandled(other, eojeols)) &&
      // "여우 캐릭터 이모티콘 만들려고": what comes of it
      !isMade(other, eojeols) &&
      // "리스 공방 작품들": where it was made
      !isMaker(other, eojeols) &&
      // "남편 작업복 입은 모습": what is worn
      !(
        hypernymOf(other.value) === 'clothing' &&
        /^(?:입|쓴|쓰고|신은|신고|맨|낀|찬|두른|걸친)/.test(eojeols[other.from + 1]?.lower ?? '')
      )
    )
  })
}

/** Words for a whole kind: behind one of it they say nothing new ("고무 오리 장난감", "장미 식물"). */
const kindWords = new Set([
  'toy',
  'food',
  'plant',
  'animal',
  'musical instrument',
  'furniture',
  'vehicle',
  'jewelry',
  'insect',
  'outfit',
])

const namesKind = (later: Find, find: Find): boolean =>
  // "수달 남매": how many of them
  (hypernymOf(find.value) === 'animal' &&
    /^(?:남매|형제|자매|부부|커플|식구|모녀|부녀|삼형제|삼남매|사남매|가족|한쌍)$/.test(
      later.text,
    )) ||
  (kindWords.has(later.value) &&
    !kindWords.has(find.value) &&
    hypernymOf(later.value) === hypernymOf(find.value))

/** Whether the noun is only part of what another noun says. */
function isOutdone(scene: Scene, find: Find): boolean {
  const { eojeols, nouns } = scene
  const glued = (other: Find): boolean =>
    other.from === find.from || (other.from === find.from - 1 && eojeols[other.from]!.tail === '')
  // "애착인형 토끼": which one
  if (
    hypernymOf(find.value) === 'animal' &&
    nouns.some(
      (other) =>
        other.from === find.from - 1 &&
        playthings.includes(other.value) &&
        eojeols[other.from]!.tail === '' &&
        !eojeols[find.from]!.breaks,
    )
  )
    return true
  // "고양이 인형": of neighbouring nouns the last is the head; but "고양이 얼굴" is the cat
  const later = laterHead(scene, find)
  // "스킨답서스 화분": the plant, not the pot
  // "선크림 튜브": what is in it
  const pot =
    later !== undefined &&
    ((later.text === '화분' && hypernymOf(find.value) === 'plant') ||
      (later.text === '튜브' && hypernymOf(find.value) === 'household'))
  if (
    later !== undefined &&
    !bodyPart(later) &&
    !isDetail(later, eojeols) &&
    !vague(later) &&
    !pot &&
    !namesKind(later, find)
  )
    return true
  if (
    nouns.some(
      (other) =>
        other !== find && namesKind(find, other) && other.end <= find.start && glued(other),
    )
  )
    return true
  if (
    find.text === '화분' &&
    nouns.some((other) => other !== find && hypernymOf(other.value) === 'plant')
  )
    return true
  const before = nouns.some(
    (other) => other !== find && !vague(other) && other.end <= find.start && glued(other),
  )
  if (
    vague(find) &&
    (before || nouns.some((other) => other !== find && !vague(other) && !other.negated))
  )
    return true
  return (
    (bodyPart(find) || isDetail(find, eojeols)) &&
    nouns.some(
      (other) =>
        other !== find &&
        other.from >= find.from - 1 &&
        other.end <= find.start &&
        (other.from === find.from || ['', '의'].includes(eojeols[other.from]!.tail)),
    )
  )
}

/** "우리 작은 고양이": an owner within three words before. */
function ownerBefore(eojeols: readonly Eojeol[], find: Find): boolean {
  for (let back = 1; back <= 3; back += 1) {
    const before = eojeols[find.from - back]
    if (before === undefined || eojeols[find.from - back + 1]!.breaks) return false
    if (isOwner(before)) return true
    if (/(?:를|을|에서|로|으로)$/.test(before.lower)) return false
  }
  return false
}

type Weight = readonly [points: number, holds: (candidate: Candidate) => boolean]

/** What speaks for and against a noun as the subject, after who owns it. */
const weights: readonly Weight[] = [
  [1, ({ tail }) => /^(?:들)?(?:을|를|만|의)/.test(tail)],
  [-2.5, ({ tail }) => placeTail.test(tail)],
  // "아이폰으로 찍은 제 얼굴", "태블릿으로 그린 캐릭터": what it was made with
  [
    -5,
    ({ find, tail, next, nouns }) =>
      /^으?로$/.test(tail) &&
      /^(?:직접\s?)?(?:찍|촬영|그린|그려|만든|만들어진|스캔|짠|뜬|빚은|조각한|새긴)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other.from > find.from + 1 && !other.negated),
  ],
  // "공방을 하는데요": what the person does for a living
  [
    -5,
    ({ find, tail, next, nouns }) =>
      /^(?:을|를)$/.test(tail) &&
      /^(?:하는데|합니다|하고\s?있|운영|경영|하거든|해요|차렸|열었|다니|찍는|만드는\s?사람|그리는\s?사람)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other.from > find.from + 1),
  ],
  // "할머니가 남겨주신 사모바르로 엽서를 만들고": what comes of it
  [
    -5,
    ({ find, eojeols, tail, next }) =>
      /^(?:들)?(?:을|를)?$/.test(tail) &&
      /^(?:만들고|만들려|만들\s?수|만들어|만들|제작|뽑|인쇄|찍고|그리고|생성)/.test(
        next?.lower ?? '',
      ) &&
      (products.has(find.text) || find.text === '캐릭터') &&
      eojeols
        .slice(Math.max(0, find.from - 3), find.from)
        .some((before) => /(?:로|으로|가지고|갖고|이용해|써서|서)$/.test(before.lower)),
  ],
  // "우리 가게 앱에 쓸 거": where the pictures go
  [
    -6,
    ({ find, kind, tail, next, nouns }) =>
      tail === '' &&
      kind === 'place' &&
      /^(?:소장|전시|기증|납품|대여|진열|앱|홈페이지|사이트|인스타|블로그|sns|메뉴판|쇼핑몰|유튜브|간판|광고|홍보|전단|카탈로그|계정)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find),
  ],
  // "우리 가게 수제 초콜릿": whose it is
  [
    -4.5,
    ({ find, kind, tail, owned, nouns }) =>
      tail === '' &&
      owned &&
      kind === 'place' &&
      nouns.some(
        (other) =>
          other.from > find.from &&
          other.from <= find.from + 3 &&
          hypernymOf(other.value) !== 'place' &&
          !vague(other),
      ),
  ],
  // "누나 결혼식 한복": the person is the owner
  [
    -4,
    ({ find, kind, eojeols, tail, nouns, name }) =>
      tail === '' &&
      name === null &&
      kind === 'person' &&
      find.value !== 'character' &&
      find.value !== 'mascot' &&
      nouns.some(
        (other) =>
          (other.from === find.from + 2 || other.from === find.from + 3) &&
          !eojeols[other.from]!.breaks &&
          eojeols
            .slice(find.from + 1, other.from)
            .every(
              (item) =>
                item.tail === '' &&
                item.pieces.length === 0 &&
                !item.breaks &&
                /^[가-힣]+$/.test(item.text) &&
                !/(?:을|를|이|가|은|는|로|에|한|의|고|서|게)$/.test(item.text),
            ) &&
          hypernymOf(other.value) !== 'person' &&
          !bodyPart(other),
      ),
  ],
  // "카페 메뉴 딸기 타르트": where it is sold is not what is learnt
  [
    -1.5,
    ({ find, kind, tail, owned, nouns }) =>
      tail === '' &&
      !owned &&
      kind === 'place' &&
      nouns.some((other) => other.from > find.from && hypernymOf(other.value) !== 'place'),
  ],
  // "할머니의 찻주전자": the owner is not what is learnt
  [
    -4,
    ({ find, tail, nouns }) =>
      tail === '의' &&
      nouns.some(
        (other) => other.from > find.from && other.from <= find.from + 2 && !bodyPart(other),
      ),
  ],
  // "아버지께 물려받은 시계": from whom it is
  [
    -4,
    ({ find, tail, nouns }) =>
      /^(?:들)?(?:께서?|에게서?|한테서?)$/.test(tail) &&
      nouns.some((other) => other.from > find.from),
  ],
  // "할머니가 만든 패턴": who made it is not what is learnt
  [
    -5,
    ({ find, eojeols, tail, nouns, finds }) =>
      /^(?:들)?(?:이|가|께서)$/.test(tail) &&
      gaveIt(eojeols, find.from + 1) &&
      (nouns.some((other) => other.from > find.from + 1) ||
        finds.some((other) => other.kind === 'style' && other.from > find.from + 1)),
  ],
  [-1, ({ tail }) => /^(?:로|으로|처럼|같은|같이|용)/.test(tail)],
  // "남친 얼굴 학습해서 웹툰 주인공으로 만들고 싶어": what becomes of it
  [
    -4,
    ({ find, tail, next, nouns }) =>
      /^으?로$/.test(tail) &&
      /^(?:만들|뽑|변신|바꾸|바꿔|꾸미|꾸며|그리|그려|재탄생|쓰|써|활용|제작)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other.from < find.from && !other.negated),
  ],
  // "카드 만들려고요, 이모 얼굴부터": what comes of it
  [
    -5,
    ({ find, eojeols, tail, next, nouns }) =>
      /^(?:들)?(?:을|를)?$/.test(tail) &&
      /^(?:만들려고|만들려구|만들거|만들건데|만들\s?거|제작하려|뽑으려|인쇄하려|만들어야)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && !other.negated) &&
      /[,.]|학습|배워/.test(lowerAfter(eojeols, find.from + 1)),
  ],
  // "사진 작가인데 제 톤을": who asks
  [
    -5,
    ({ find, kind, eojeols, tail, next, owned }) =>
      kind === 'person' &&
      /^(?:이)?(?:인데|인데요|입니다|이에요|예요|이라서|라서|이고|인지라|이거든요|거든요|이라|로서|으로서)/.test(
        tail,
      ) &&
      (/(?:^|\s)(?:제|내|저희|우리)\s/.test(
        eojeols
          .slice(find.from + 1)
          .map((item) => item.lower)
          .join(' ')
          .padStart(1)
          .replace(/^/, ' '),
      ) ||
        /^(?:저는|나는|전|난|제가|내가)$/.test(eojeols[0]!.lower)) &&
      eojeols.length > find.from + 1 &&
      !owned &&
      !/(?:^|\s)(?:이름|얘|걔|그)/.test(next?.lower ?? ''),
  ],
  // "동물원 사육사예요 수달 남매 사진이 많아서요": the trade of who asks
  [
    -5,
    ({ find, kind, tail, next, owned, nouns }) =>
      kind === 'person' &&
      !owned &&
      !relations.has(find.value) &&
      !/^(?:사람|인물|친구|동생)$/.test(find.text) &&
      /^(?:이)?(?:인데|인데요|입니다|이에요|예요|이라서|라서|이고|이거든요|거든요|이구요|구요|임)/.test(
        tail,
      ) &&
      !/^(?:이름|얘|걔|그)/.test(next?.lower ?? '') &&
      nouns.some(
        (other) => other.from > find.from && !other.negated && hypernymOf(other.value) !== 'person',
      ),
  ],
  // "장미를 좋아하셨어요": what somebody liked
  [
    -4,
    ({ find, tail, next, nouns }) =>
      /^(?:을|를)$/.test(tail) &&
      /^(?:정말\s?|참\s?|아주\s?)?(?:좋아하|사랑하|즐기|즐겨|잘하|싫어하|무서워하|먹|물고|쓰고|입고|들고|타고|달고|매고|신고|끼고|두르고|걸치고|보고|바라보)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && other.end <= find.start && !other.negated),
  ],
  // "자개장 학습 가능할까요? 할머니 유품이에요": of a later sentence
  [
    -5,
    ({ find, kind, eojeol, next, nouns }) =>
      kind === 'person' &&
      find.value !== 'character' &&
      eojeol.breaks &&
      /^(?:유품|선물|작품|솜씨|유산|것|거|껀|애장품|소장품|취향|부탁|아이디어|생신|생일)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other.end <= find.start && !other.negated),
  ],
  // "아들이 좋아함": who likes it
  [
    -5,
    ({ find, kind, tail, next, nouns }) =>
      kind === 'person' &&
      /^(?:이|가)$/.test(tail) &&
      /^(?:정말\s?|제일\s?|가장\s?)?(?:좋아|사랑|아끼|아껴|쓰|타|입|가지고|갖고|키우|만들|그렸|찍|줬|주셨|사줬|선물|떠주|사주)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find && !other.negated),
  ],
  // "우리 애기 거": whose it is
  [
    -6,
    ({ find, kind, tail, next, nouns }) =>
      kind === 'person' &&
      tail === '' &&
      /^(?:거|것|꺼|껀|건|물건|소유)(?:에요|예요|임|이에요|입니다|야)?$/.test(next?.lower ?? '') &&
      nouns.some((other) => other !== find && !other.negated),
  ],
  // "우리 애기(페르시안 고양이)": what the darling is
  [
    -5,
    ({ find, kind, eojeols, tail, nouns }) =>
      kind === 'person' &&
      nouns.some(
        (other) =>
          other.start > find.end &&
          other.from <= find.from + 2 &&
          ['animal', 'toy', 'plant', 'vehicle'].includes(hypernymOf(other.value) ?? '') &&
          eojeols[find.from + 1]!.breaks &&
          !eojeols.slice(find.from + 2, other.from + 1).some((item) => item.breaks),
      ) &&
      tail === '' &&
      /^(?:애기|아기|아가|아이|애|막내|딸|아들|자식|새끼|식구|가족|친구|공주님?|왕자님?)$/.test(
        find.text,
      ),
  ],
  // "담쟁이 덮인 집", "귀신 나온다는 저택": the first stands in a clause about the second
  [
    -4,
    ({ find, eojeols, tail, next, nouns }) =>
      /^(?:들)?(?:이|가|에|에서|로|으로|과|와|랑|하고)?$/.test(tail) &&
      isAdnominal(next) &&
      !next!.breaks &&
      nouns.some(
        (other) =>
          other.from > find.from + 1 &&
          other.from <= find.from + 4 &&
          !bodyPart(other) &&
          !vague(other) &&
          !eojeols.slice(find.from + 2, other.from + 1).some((item) => item.breaks),
      ),
  ],
  // "버섯 모양 뱃지": how it looks
  [
    -4,
    ({ find, eojeols, tail, next, nouns }) =>
      tail === '' &&
      (/^(?:모양|무늬|맛|향|색|컨셉|테마|프린트|자수|문양|형태)(?:의|인)?$/.test(
        next?.lower ?? '',
      ) ||
        /^(?:자수|프린트|무늬|레이스|체크|패턴)$/.test(find.text)) &&
      nouns.some(
        (other) =>
          other.from > find.from + 1 &&
          other.from <= find.from + 4 &&
          !bodyPart(other) &&
          !eojeols.slice(find.from + 1, other.from + 1).some((item) => item.breaks),
      ),
  ],
  // "브로슈어용": what it is for
  [
    -4,
    ({ find, tail, nouns }) =>
      /^용/.test(tail) && nouns.some((other) => other.end <= find.start && !other.negated),
  ],
  // "고양이 츄르 먹는 모습"
  [
    -5,
    ({ find, eojeols, nouns }) =>
      isHandled(find, eojeols) &&
      nouns.some(
        (other) => isLiving(other) && other.end <= find.start && find.from - other.from < 4,
      ),
  ],
  // "이모티콘 심사용 고양이 캐릭터": what it is for
  [
    -5,
    ({ find, tail, next, nouns }) =>
      tail === '' &&
      next?.pieces.length === 0 &&
      /^[가-힣]{2,}용(?:으로)?$/.test(next.text) &&
      nouns.some((other) => other.from > find.from + 1 && !other.negated),
  ],
  // "아이 얼굴이 중요해요": what matters
  [
    4,
    ({ find, eojeols, tail, next }) =>
      (/^(?:이|가|을|를|만|을\s?위주로)$/.test(tail) &&
        /^(?:제일\s?|가장\s?)?(?:중요|핵심|위주|메인)/.test(next?.lower ?? '')) ||
      (tail === '' &&
        /^얼굴(?:이|만|을|가)?$/.test(next?.lower ?? '') &&
        /^(?:제일|가장|중요|핵심|위주|메인)/.test(eojeols[find.from + 2]?.lower ?? '')),
  ],
  // "수세미랑 컵받침 중에서 컵받침": the one that is named again
  [
    -6,
    ({ find, eojeols, nouns }) => {
      const among = eojeols.findIndex(
        (item, index) => index > find.from && /^(?:중에서?|중|가운데)$/.test(item.lower),
      )
      return (
        among > 0 &&
        nouns.some(
          (other) =>
            other.from > among && nouns.some((it) => it.from < among && it.value === other.value),
        )
      )
    },
  ],
  // "여우 캐릭터 이모티콘 만들려고", "리스 공방 작품들"
  [
    -5,
    ({ find, eojeols, nouns }) =>
      (isMade(find, eojeols) || isMaker(find, eojeols)) &&
      nouns.some((other) => other !== find && !other.negated),
  ],
  // "비즈 공예로 만든 팔찌": the craft
  [
    -5,
    ({ find, tail, next, nouns }) =>
      tail === '' &&
      /^(?:공예|수업|클래스|학원|동호회|동아리|체험)(?:로|에서|품)?$/.test(next?.lower ?? '') &&
      nouns.some((other) => other.from > find.from + 1 && !other.negated),
  ],
  // "로고 박힌 상자": what is on it
  [
    -4,
    ({ find, tail, next, nouns }) =>
      /^(?:이|가)?$/.test(tail) &&
      /^(?:박힌|달린|그려진|붙은|새겨진|들어간|들어있는|찍힌|인쇄된|그려져|적힌|얹은|올린|올라간|곁들인|꽂힌|꽂은)/.test(
        next?.lower ?? '',
      ) &&
      nouns.some((other) => other !== find),
  ],
  // "드워프 대장장이 알드릭 캐릭터": what the character is
  [
    -2,
    ({ find, kind, owned, nouns }) =>
      kind === 'person' &&
      find.value !== 'character' &&
      find.value !== 'mascot' &&
      !owned &&
      nouns.some((other) => other.value === 'character' && other !== find),
  ],
  [
    1,
    ({ tail, next }) =>
      tail === '' &&
      next?.pieces[0] !== undefined &&
      /^(?:사진|이미지|캐릭터|모델|로라|lora|학습)/.test(next.pieces[0].entry.form),
  ],
  [
    -2.5,
    ({ find, eojeol, tail, next }) =>
      /(?:입은|쓴|신은|먹는|앉은|있는)|^(?:든|탄|(?:위|옆|앞|안|뒤|속|밑|아래|근처|가운데|사이)(?:에|의|로|쪽|$))/.test(
        next?.lower ?? '',
      ) &&
      /^(?:을|를|에|)$/.test(tail) &&
      find.end === eojeol.pieces.at(-1)?.end,
  ],
  [-0.5, ({ find }) => faint.has(find.value)],
  [2, ({ find, name }) => name !== null && find.end <= name.start && name.start - find.end <= 3],
  [1, ({ find, name }) => name !== null && name.end <= find.start && find.start - name.end <= 8],
]

function scoreOf(candidate: Candidate, ownerFound: boolean): number {
  const { find, eojeol } = candidate
  let score = 1 - find.from * 0.01
  if (ownerFound) score += 3
  if (/^(?:우리|울|내|제)/.test(eojeol.lower) && find.start > eojeol.start) score += 2
  for (const [points, holds] of weights) if (holds(candidate)) score += points
  return score
}

/** "내 칼림바를": a noun that no lexicon knows, where the subject must stand. */
function ownedUnknowns(eojeols: readonly Eojeol[]): Evidence['subjects'][number][] {
  const result: Evidence['subjects'][number][] = []
  for (const [index, eojeol] of eojeols.entries()) {
    if (!isOwner(eojeol) || eojeol.lower === '이') continue
    const next = eojeols[index + 1]
    if (next === undefined || next.pieces.length > 0 || next.breaks || next.latin) continue
    const word = stripParticle(next.text)
    if (
      !isNameLike(word) ||
      word.length < 2 ||
      !(
        word !== next.text ||
        /^(?:사진|이미지|모델|로라|lora)/.test(eojeols[index + 2]?.lower ?? '')
      )
    )
      continue
    result.push({
      noun: word,
      start: next.start,
      end: next.start + word.length,
      score: 1,
      known: false,
      owned: true,
      text: word,
    })
  }
  return result
}

/** Class nouns that may be what is to be learnt, best first. */
export function rankSubjects(
  eojeols: readonly Eojeol[],
  nouns: readonly Find[],
  name: Named | null,
  finds: readonly Find[],
): Evidence['subjects'][number][] {
  const scene: Scene = { eojeols, nouns, finds, name }
  const result = nouns
    .filter((find) => !find.negated && !isOutdone(scene, find))
    .map((find) => {
      const eojeol = eojeols[find.from]!
      const ownerFound = ownerBefore(eojeols, find)
      const owned =
        ownerFound || (/^(?:우리|울|내|제|저희)/.test(eojeol.lower) && find.start > eojeol.start)
      const candidate = {
        ...scene,
        find,
        kind: hypernymOf(find.value),
        eojeol,
        tail: find.end === eojeol.pieces.at(-1)?.end ? eojeol.tail : '',
        next: eojeols[find.from + 1],
        owned,
      }
      return {
        noun: find.value,
        start: find.start,
        end: find.end,
        score: scoreOf(candidate, ownerFound),
        known: true,
        owned,
        text: find.text,
      }
    })
  if (result.length > 0) return result.sort((a, b) => b.score - a.score)
  if (name !== null) return []
  const open = openNoun(eojeols, finds)
  return open === null ? ownedUnknowns(eojeols) : [open]
}
