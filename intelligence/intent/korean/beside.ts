import { hypernymOf } from '../lexicon.ts'
import type { Find, Named } from '../find.ts'
import { hasFinal, particles, stripParticle, withoutCopula } from './morphology.ts'
import { calledName, isFixed, isNameLike, isPetName, nameOf, petNames } from './name-shapes.ts'
import type { NameScene } from './name-shapes.ts'
import { canBeNamed } from './nouns.ts'
import { opensDoing } from './phrases.ts'
import { isOwner } from './words.ts'
import type { Eojeol } from './words.ts'

/** A noun, the word that may be its name, and the word behind that one. */
interface Pair extends NameScene {
  readonly noun: Find
  /** Where the noun stands. */
  readonly index: number
  readonly next: Eojeol
  /** Two words behind the noun. */
  readonly behind: Eojeol | undefined
  /** Right behind `next`. */
  readonly following: Eojeol | undefined
  readonly owned: boolean
  /** What stands between the noun and `next`, without spaces. */
  readonly between: string
}

const commonSpecies = new Set(
  'dog,cat,rabbit,hamster,bird,parrot,turtle,fish,lizard,hedgehog,horse,guinea pig'.split(','),
)

const lively = ['animal', 'person', 'toy']

/** "내 고양이 Fluffy를", "우리 강아지 두부", "고양이(나비)". */
export function nameBesideNoun(scene: NameScene): Named | undefined {
  const { eojeols } = scene
  for (const [index, eojeol] of eojeols.entries()) {
    const pair = pairAt(scene, index, eojeol)
    if (pair === undefined) continue
    const { next, noun, owned } = pair
    if (next.latin) {
      const found = latinBeside(pair)
      if (found !== undefined) return found
      continue
    }
    if (saysMore(pair) || !(next.quoted || canBeNamed(noun.value)) || isPartOfPhrase(pair)) continue
    // "젖소 버터컵": of two known things, yet a name
    const fondly = stripParticle(withoutCopula(next.text))
    if (
      next.pieces.length > 1 &&
      petNames.has(fondly) &&
      ['animal', 'toy'].includes(hypernymOf(noun.value) ?? '')
    )
      return { value: fondly, start: next.start, end: next.start + fondly.length, confidence: 0.7 }
    if (next.pieces.length > 0) {
      const found = thingAsName(pair)
      if (found !== undefined) return found
      continue
    }
    const found = nameBeforePictures(pair) ?? nameOf(eojeols, next, owned ? 0.92 : 0.75, noun.value)
    if (found !== null && !/^\d/.test(found.value)) return found
  }
  return undefined
}

function pairAt(scene: NameScene, index: number, eojeol: Eojeol): Pair | undefined {
  const { eojeols, finds, lower } = scene
  const last = eojeol.pieces.at(-1)
  const noun = finds.find(
    (find) => find.kind === 'noun' && find.from === index && find.end === last?.end,
  )
  if (noun === undefined || !['', '들', '인'].includes(eojeol.tail)) return undefined
  // "게코 수컷 지기"
  const sexed = /^(?:수컷|암컷|새끼|성체|유체|믹스|남아|여아|공주|왕자)$/.test(
    eojeols[index + 1]?.text ?? '',
  )
  const next = eojeols[index + (sexed && eojeols[index + 2] !== undefined ? 2 : 1)]
  if (next === undefined) return undefined
  const between = lower.slice(sexed ? eojeols[index + 1]!.end : eojeol.end, next.start)
  if (!/^\s?[(,:]?\s?$/.test(between) || isFixed(finds, index + 1)) return undefined
  return {
    ...scene,
    noun,
    index,
    next,
    between: between.trim(),
    behind: eojeols[index + 2],
    following: eojeols[eojeols.indexOf(next) + 1],
    owned: isOwner(eojeols[index - 1]) || /^(?:우리|울|내|제|저희)/.test(eojeol.lower),
  }
}

/** "내 고양이 Fluffy를", "Mr Whiskers를" */
function latinBeside({ eojeols, finds, text, noun, index, next }: Pair): Named | undefined {
  if (
    /^(?:ct|mri|x-?ray|xray|cg|2d|3d|sns|pc|tv|diy|cctv|lora|sdxl|sd|gpu|vram|rank|alpha|lr|style|model|comfyui|flux|dreambooth|cpu|steps?|batch|ai|png|jpg)/i.test(
      next.lower,
    ) ||
    next.pieces.some((piece) => piece.entry.kind !== 'generic' && piece.entry.kind !== 'noun')
  )
    return undefined
  const found = nameOf(eojeols, next, 0.95, noun.value)
  if (found === null) return undefined
  const more = eojeols[index + 2]
  if (
    more !== undefined &&
    more.latin &&
    next.tail === '' &&
    /^\p{Lu}/u.test(more.text) &&
    !more.breaks &&
    !isFixed(finds, index + 2)
  ) {
    const { end } = nameOf(eojeols, more, 0.95)!
    return { value: text.slice(found.start, end), start: found.start, end, confidence: 0.95 }
  }
  return found
}

/** Whether the word behind the noun is a verb that says more of what follows. */
function saysMore({ next, behind }: Pair): boolean {
  // "발레하는 사진"
  if (
    !next.quoted &&
    next.pieces.length === 0 &&
    /(?:[가-힣](?:하|되|시키)|^[가-힣]|(?:추|타|치|먹|자|노|웃|뛰|달리|부르|키우)|나가|나오|다니|들어가|올라가|돌아가|모으|만드|그리|찍|짓|굽|끓이|가르치|배우|즐기|지키|기다리|바라보|걷|앉|졸|짖|핥|긁|쓰다듬)는$/.test(
      next.text,
    ) &&
    behind !== undefined &&
    !behind.breaks
  )
    return true
  // "라디오 고치는 사람"
  return (
    /[가-힣]는$/.test(next.text) &&
    /^(?:사람|일|것|거|곳|분|회사|가게|모델|법|방식|방법|스타일|중|데)/.test(behind?.lower ?? '')
  )
}

/** Whether the word behind the noun belongs to something else than its name. */
function isPartOfPhrase({ eojeols, noun, index, next, behind, following, owned }: Pair): boolean {
  const kind = hypernymOf(noun.value) ?? ''
  if (!next.quoted) {
    // "풀밭에서 뒹구는", "창밖을 바라보는 모습"
    if (/(?:에서|부터|까지)$/.test(next.text) && next.text.length > 3 && following !== undefined)
      return true
    if (
      (/[을를]$/.test(next.text) || next.text.length === 1) &&
      opensDoing(eojeols, eojeols.indexOf(next))
    )
      return true
    // "고양이 츄르 먹는 모습"
    if (/^(?:먹는|먹고|먹은|마시는|뜯는|핥는|물고|문$)/.test(following?.lower ?? '')) return true
    // "강아지 콩이 말고 고양이 보리를"
    if (/^(?:말고|빼고|대신|아니고)/.test(following?.lower ?? '') && !following!.breaks) return true
    // "우리 고양이 홀로그램 느낌으로": a look
    if (
      /^(?:스타일|느낌|화풍|그림체|감성|풍)(?!이)/.test(following?.lower ?? '') &&
      !following!.breaks
    )
      return true
    // "남편 작업복 입은": what is worn
    if (
      /^(?:입은|입고|쓴|쓰고|신은|신고|든|들고|탄|타고|맨|메고|낀|끼고|찬|차고|두른|걸친|벗은)/.test(
        following?.lower ?? '',
      )
    )
      return true
    // "라마 그려진 스웨터"
    if (
      kind !== 'person' &&
      /(?:진|힌|린|긴)$/.test(next.text) &&
      next.text.length > 2 &&
      following !== undefined &&
      !following.breaks
    )
      return true
    // "유품인 회중시계": what the next noun is
    if (
      next.text.length > 2 &&
      next.text.endsWith('인') &&
      following?.pieces.some((piece) => piece.entry.kind === 'noun') === true &&
      !following.breaks
    )
      return true
    // "급식소에 오는": a place
    if (next.text.length > 2 && next.text.endsWith('에') && behind !== undefined) return true
    // "내 고양이 그리게 해줘", "강아지 웃게 만들어줘": what it is made to do
    if (
      next.text.length > 1 &&
      next.lower.endsWith('게') &&
      /^(?:해|하|할|했|만들|되|돼|될)/.test(behind?.lower ?? '')
    )
      return true
    // "카약 노": one unknown syllable is no thing's name
    if (next.text.length === 1 && !lively.includes(kind)) return true
  }
  // "동생 밴드 로고": an unknown word between two nouns names neither
  return (
    !owned &&
    next.pieces.length === 0 &&
    behind !== undefined &&
    !behind.breaks &&
    behind.pieces.some((piece) => piece.entry.kind === 'noun') &&
    !/^(?:얼굴|표정|눈|손|셀카|인물|사람)/.test(behind.lower) &&
    !/^(?:싫|좋|없|많|있|안\s?)/.test(eojeols[index + 3]?.lower ?? '') &&
    !particles.test(next.lower.slice(-1))
  )
}

/** "우리 강아지 초코를": a name that is also a thing, when it stands alone with a particle. */
function thingAsName({ eojeols, noun, next, behind, owned, between }: Pair): Named | undefined {
  const [piece] = next.pieces
  const thing =
    next.pieces.length === 1 &&
    piece!.start === next.start &&
    piece!.entry.kind === 'noun' &&
    piece!.alternatives.some((item) => item.kind === 'noun')
  const before = next.tail === '' && behind !== undefined
  const pictures =
    before && /^(?:사진|이미지|그림|모델|스타일)/.test(behind.pieces[0]?.entry.form ?? '')
  // "할머니 쿠키 단지": what the grandmother's pot is for
  const theirs =
    hypernymOf(noun.value) === 'person' &&
    before &&
    !pictures &&
    !behind.breaks &&
    behind.pieces.some((item) => item.entry.kind === 'noun') &&
    !/^(?:얼굴|표정|눈|손|셀카|인물|사람)/.test(behind.lower)
  // "강아지 자전거 타는 사진"
  const used =
    opensDoing(eojeols, eojeols.indexOf(next)) &&
    !petNames.has(next.text.slice(0, piece!.end - next.start))
  // "토끼 기사 캐릭터": what kind of character
  const role =
    before && !owned && !behind.breaks && /^(?:캐릭터|마스코트|인형|피규어|로봇)/.test(behind.lower)
  // "나비(고양이)": what the butterfly is
  const species = between === '(' && commonSpecies.has(piece!.entry.value)
  // "우리 강아지 산이": of one syllable and a pet's 이
  const called =
    thing &&
    owned &&
    piece!.end - piece!.start === 1 &&
    hasFinal(next.text[0]!) &&
    hypernymOf(noun.value) === 'animal' &&
    /^이(?:를|가|의|랑|만|는)?$/.test(next.tail)
  if (called) {
    const value = next.text.slice(0, 2)
    return { value, start: next.start, end: next.start + 2, confidence: 0.7 }
  }
  if (
    !thing ||
    role ||
    used ||
    species ||
    !(owned || ['animal', 'person'].includes(hypernymOf(noun.value) ?? '')) ||
    !/^(?:를|을|의|가|이|는|은|랑|야|만|만을|이만|이를|이가|이의|이요|요|)$/.test(next.tail) ||
    theirs ||
    !isPetName(next, noun)
  )
    return undefined
  const stem = piece!.end - next.start
  // "콩이 사진", "땅콩이를": a pet's pet name; "콩이 귀엽다" has a verb behind the particle
  const fond =
    /^이(?:를|가|의)?$/.test(next.tail) &&
    hasFinal(next.text[stem - 1]!) &&
    (next.tail !== '이' || behind === undefined || behind.pieces.length > 0)
  const word = next.text.slice(0, stem + (fond ? 1 : 0))
  return { value: word, start: next.start, end: next.start + word.length, confidence: 0.7 }
}

/** "강아지 뽀로로 사진": before 사진, 로라 a name bears no particle but 의. */
function nameBeforePictures({ noun, next, behind, owned }: Pair): Named | null {
  const bare =
    behind?.pieces[0] !== undefined &&
    !behind.breaks &&
    /^(?:사진|이미지|로라|lora|모델|학습|훈련|드림부스)/.test(behind.pieces[0].entry.form) &&
    !/(?:의|을|를|은|는|사진으로)$/.test(next.text) &&
    isNameLike(next.text)
  if (!bare) return null
  // "고양이 미소로 로라": by it, before what is made
  const ended =
    next.text.length > 2 &&
    (/[^영재정종상성]만$/.test(next.text) ||
      (next.text.endsWith('로') && !/^(?:사진|이미지)/.test(behind.lower)))
  const stem = ended ? next.text.replace(/(?:(?<=.)으로|로|만)$/, '') : next.text
  // "자동으로 학습", "조금만 학습"
  if (ended && !isNameLike(stem)) return null
  const value = calledName(stem, noun.value)
  return {
    value,
    start: next.start,
    end: next.start + value.length,
    confidence: owned ? 0.92 : 0.75,
  }
}
