import { english, hypernymOf } from '../lexicon.ts'
import type { Entry } from '../lexicon.ts'
import { unlessHalf, type Evidence, type Find, type Named } from '../find.ts'
import weights from '../lexicon/ko/subject-weights.json' with { type: 'json' }
import { rankSubjects } from '../rank.ts'
import { weigher } from '../weights.ts'
import type { Normalised, Token } from '../normalise.ts'
import { artistBefore, era, isStyle, openStyleOf, weakStyle } from './looks.ts'
import { petNames } from './name-shapes.ts'
import { findName } from './names.ts'
import { choose, isNegated } from './nouns.ts'
import { opensDoing, writes } from './phrases.ts'
import { candidatesOf, noneOf } from './features.ts'
import type { Scene } from './features.ts'
import { triggerOf } from './trigger.ts'
import { isOfResults, isPartOfLook, wishesOfLook } from './wishes.ts'
import type { Wishes } from './wishes.ts'
import { eojeolsOf, formsAt, isOwner } from './words.ts'
import type { Eojeol, Piece } from './words.ts'

/** "고양이 침대에서 자는 사진": the cat, not its bed. */
function ownerOfThing(
  eojeols: readonly Eojeol[],
  index: number,
  piece: Piece,
  entry: Entry,
  lower: string,
): { entry: Entry; end: number } {
  const whole = { entry, end: piece.end }
  if (entry.kind !== 'noun' || !lower.slice(piece.start, piece.end).includes(' ')) return whole
  if (!opensDoing(eojeols, index)) return whole
  const first = formsAt(lower, piece.start).find(
    (form) => form.spaces === 0 && lower[form.end] === ' ',
  )
  const owner = first?.entries.find(
    (item) => item.kind === 'noun' && ['animal', 'person'].includes(hypernymOf(item.value) ?? ''),
  )
  return owner === undefined ? whole : { entry: owner, end: first!.end }
}

/** "강아지 콩이 말고": the one of that name is not meant. */
function isNamedAside(eojeols: readonly Eojeol[], index: number, entry: Entry): boolean {
  const [name, denial] = [eojeols[index + 1], eojeols[index + 2]]
  return (
    entry.kind === 'noun' &&
    hypernymOf(entry.value) === 'animal' &&
    eojeols[index]!.tail === '' &&
    name !== undefined &&
    !name.breaks &&
    (name.pieces.length === 0 || petNames.has(name.text.replace(/이$/, ''))) &&
    /^(?:말고|빼고|대신|아니고)/.test(denial?.lower ?? '') &&
    !denial!.breaks
  )
}

const weigh = weigher(weights)

/** What the lexicons know of the words of a goal. */
function findsOf(eojeols: readonly Eojeol[], { text, lower }: Normalised): Find[] {
  const finds: Find[] = []
  for (const [index, eojeol] of eojeols.entries()) {
    for (const [at, piece] of eojeol.pieces.entries()) {
      const chosen = choose(eojeols, index, at, piece)
      if (chosen === null) continue
      const { entry, end } = ownerOfThing(eojeols, index, piece, chosen, lower)
      finds.push({
        kind: entry.kind,
        value: entry.value,
        start: piece.start,
        end,
        from: index,
        to: index,
        text: text.slice(piece.start, end),
        negated: isNegated(lower, end) || isNamedAside(eojeols, index, entry),
        slip: false,
      })
    }
  }
  return finds
}

/** A noun that is no word of a lexicon here: "우리 집", "내 사진". */
function nounAt(eojeols: readonly Eojeol[], value: string, start: number, text: string): Find {
  const end = start + text.length
  return {
    kind: 'noun',
    value,
    start,
    end,
    from: Math.max(
      0,
      eojeols.findIndex((item) => item.end >= end),
    ),
    to: 0,
    text,
    negated: false,
    slip: false,
  }
}

const ourHouse =
  /(?:우리|저희|내|제)\s?(집)(?:을|를|만|의)?(?:\s?(?:사진|이미지|로라|모델|학습|수채|유화|그림|스타일)|$|[.,!?])/

const myself =
  /(?:^|\s)((?:내|제|나의|저의)\s?(?:사진|모습)(?!\s?(?:톤|보정|스타일|느낌|색감|무드|분위기|작풍))|(?:우리|저희)\s?애|(?:저|나)(?=를\s?(?:학습|훈련|배우|그려|그리|모델)))(?=들|의|를|가|는|으로|로|\s|$)/du

/** "우리 집" where no other noun stands. */
function houseOf(eojeols: readonly Eojeol[], lower: string): Find | null {
  const home = ourHouse.exec(lower)
  return home === null ? null : nounAt(eojeols, 'house', home.index + home[0].indexOf('집'), '집')
}

/** "유니폼 입은 나 학습": who asks, behind a clause. */
function selfBehindClause(eojeols: readonly Eojeol[], { text, lower }: Normalised): Find | null {
  const self =
    /[가-힣][은는던진린한]\s(나|저)(?=\s?(?:학습|훈련|사진|로라|lora)|를\s?(?:학습|훈련|배))/.exec(
      lower,
    )
  if (self === null) return null
  const start = self.index + self[0].length - 1
  return nounAt(eojeols, 'person', start, text.slice(start, start + 1))
}

/** "내 사진", "우리 애": who asks, and whose child. */
function selfOf(eojeols: readonly Eojeol[], { text, lower }: Normalised): Find | null {
  const self = myself.exec(lower)
  if (self === null) return null
  const [start, end] = (self as RegExpExecArray & { indices: [number, number][] }).indices[1]!
  const value = self[1]!.endsWith('애') ? 'child' : 'person'
  return nounAt(eojeols, value, start, text.slice(start, end))
}

/** How much a look says: "내 스케치를 수채화 일러스트로" wants the illustration. */
const weightOf = (find: Find, lower: string): number =>
  // "우키요에 목판화풍": a movement or an artist says more than a technique
  (english.techniques.has(find.value) ? 0 : 1) -
  // "90년대 애니": the years say less than the look
  (era.test(find.value) ? 4 : 0) +
  (weakStyle.test(find.text.toLowerCase()) ? 0 : 2) +
  (/^\s?(?:스타일|풍|화풍|느낌|로|으로)/.test(lower.slice(find.end)) ? 1 : 0)

/** A look that no lexicon knows: an artist's name, a game's. */
function unlistedLook(
  normalised: Normalised,
  eojeols: readonly Eojeol[],
  listed: Find | undefined,
  kept: readonly Find[],
): Named | null {
  const artist =
    listed !== undefined && english.techniques.has(listed.value)
      ? artistBefore(normalised, eojeols, listed, kept)
      : null
  if (artist !== null) return artist
  const look = openStyleOf(normalised, eojeols, kept)
  // "타투 도안 작업하는데 제 블랙워크 그림체": one's own look says more than one that bears no cue
  const own =
    look !== null &&
    listed !== undefined &&
    /(?:^|\s)(?:제|내|저의|나의|나만의)\s$/.test(normalised.lower.slice(0, look.start)) &&
    !/^\s?(?:스타일|풍|화풍|그림체|느낌|감성|체)/.test(normalised.lower.slice(listed.end))
  if (listed !== undefined && !era.test(listed.value) && !own) return null
  // "북유럽풍 소파": an adjective of the thing, not a look to learn
  const adjective =
    look !== null &&
    /^풍\s/.test(normalised.lower.slice(look.end)) &&
    kept.some(
      (find) =>
        find.kind === 'noun' &&
        find.start === look.end + 2 &&
        !['animal', 'person'].includes(hypernymOf(find.value) ?? 'person'),
    )
  return adjective ? null : look
}

/** "우리 고양이 도자기 느낌으로": a thing behind another one, or alone before 스타일, as a look. */
function lookOfThing(
  nouns: readonly Find[],
  eojeols: readonly Eojeol[],
  lower: string,
): Find | undefined {
  return nouns.find((find) => {
    const rest = lower.slice(find.end)
    if (find.negated || isOwner(eojeols[find.from - 1])) return false
    if (['animal', 'person'].includes(hypernymOf(find.value) ?? 'person')) return false
    const others = nouns.filter((other) => other !== find && !other.negated)
    // "타투 스타일 학습해줘"
    if (others.length === 0)
      return /^\s?(?:스타일|화풍|풍)(?:을|를|로|으로)?\s?(?:학습|로라|lora|배우|배워|훈련)/.test(
        rest,
      )
    return (
      /^\s?(?:스타일|느낌|화풍|감성|풍)(?:으로|로)(?!\s?(?:찍|된|만든))/.test(rest) &&
      others.some((other) => other.end <= find.start && other.from < find.from)
    )
  })
}

/** Words of the task: what is written, and what it is written with. */
const saysText = (find: Find): boolean =>
  (find.kind === 'text' || find.value === 'llm' || find.value === 'text_lora') && !find.negated

/** What a goal's words are found to be, before its subject is chosen. */
interface Found {
  readonly scene: Scene
  readonly wishes: Wishes
  readonly style: Named | null
  readonly trigger: Named | null
}

function findAll(normalised: Normalised, tokens: readonly Token[]): Found {
  const eojeols = eojeolsOf(normalised, tokens)
  const { lower } = normalised
  const finds = findsOf(eojeols, normalised)
  const name = unlessHalf(findName(eojeols, finds, normalised), normalised.text)
  const trigger = triggerOf(normalised)
  const kept = finds.filter(
    (find) =>
      ![name, trigger].some(
        (item) => item !== null && find.start < item.end && item.start < find.end,
      ),
  )
  const styles = kept.filter((find) => find.kind === 'style' && isStyle(find, eojeols, lower))
  const [listed] = styles
    .filter((find) => !find.negated)
    .sort((a, b) => weightOf(b, lower) - weightOf(a, lower))
  const open = unlistedLook(normalised, eojeols, listed, kept)
  const allNouns = kept.filter((find) => find.kind === 'noun')
  const house = allNouns.length === 0 ? houseOf(eojeols, lower) : null
  const nouns = (house === null ? allNouns : [house]).filter(
    (find) => open === null || find.end <= open.start || find.start >= open.end,
  )
  const self =
    selfBehindClause(eojeols, normalised) ??
    (nouns.length === 0 ? selfOf(eojeols, normalised) : null)
  if (self !== null) nouns.push(self)
  const thing =
    listed === undefined && open === null ? lookOfThing(nouns, eojeols, lower) : undefined
  const wishes: Wishes = {
    lower,
    eojeols,
    nouns: nouns.filter((find) => find !== thing),
    styles,
    listed: listed ?? thing,
    open,
  }
  const known = listed ?? thing
  const style: Named | null =
    open ??
    (known === undefined
      ? null
      : {
          value: known.value,
          start: known.start,
          end: known.end,
          confidence: thing === undefined ? 0.95 : 0.6,
        })
  const scene = {
    eojeols,
    nouns: wishes.nouns.filter((find) => !find.negated && !isPartOfLook(wishes, find)),
    finds: kept,
    name,
  }
  return { scene, wishes, style, trigger }
}

/** What the subject is chosen from. */
export const readKoreanScene = (normalised: Normalised, tokens: readonly Token[]): Scene =>
  findAll(normalised, tokens).scene

/** What the words of a Korean goal say, before it is decided what they mean together. */
export function readKorean(normalised: Normalised, tokens: readonly Token[]): Evidence {
  const { scene, wishes, style, trigger } = findAll(normalised, tokens)
  const { name, finds: kept } = scene
  const { lower } = normalised
  const look = wishesOfLook(wishes)
  return {
    finds: kept,
    subjects: rankSubjects(candidatesOf(scene), noneOf(scene), weigh),
    name,
    style: look.denied ? null : style,
    trigger,
    styleWanted: look.wanted,
    styleDenied: look.denied,
    subjectDenied: look.only,
    styleOfResults: isOfResults(wishes),
    textWanted: writes.test(lower) || kept.some(saysText),
    conceptWanted: kept.some((find) => find.kind === 'concept' && !find.negated),
  }
}
