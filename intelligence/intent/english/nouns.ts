import type { Find } from '../find.ts'
import { english, hypernymOf, wideAdjectives, wideNouns, wideVerbs, wordForms } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import type { Normalised } from '../normalise.ts'
import {
  articles,
  aside,
  generic,
  isAllCapsGoal,
  isForm,
  linkWords,
  nounOf,
  overlaps,
  ownerOf,
  owners,
  singularOf,
  units,
} from './words.ts'
import type { Word } from './words.ts'

const negators = new Set([
  'not',
  'no',
  'without',
  "don't",
  'dont',
  'never',
  'except',
  'excluding',
  "isn't",
  'minus',
  'skip',
  'avoid',
  'non',
  "doesn't",
  'nor',
  'forget',
  'ignore',
])

/** Words of the task, of people who ask and of shops, that WordNet calls things: never what is learnt. */
const notThings: ReadonlySet<string> = new Set(
  'male female voice tone campaign quest adventure guild story tale saga snapshot snap polaroid daguerreotype tintype photogram blowup enlargement album gallery portfolio archive catalog catalogue lookbook brochure slideshow reel moodboard montage triptych mosaic-photo documentation reference artwork depiction likeness portrayal cast recording backup drawer server rig workstation desktop instance cluster node pipeline setup machine computer user owner lover beginner newbie noob fan favourite favorite client customer expert novice hobbyist amateur freelancer seller maker founder student colleague stuff card device hardware software server system laptop chip core shot scan negative print original original copy background scene foreground frame clip footage video thumbnail material trainer learner tuner generator renderer checkpoint adapter weights gig gigs ram buck bucks quid pound pounds cent cents dollar dollars euro euros won yen grand penny nickel dime quarter half bit lot plenty couple dozen pair trio bunch range series batch epoch tag caption prompt seed token native local regular professional pro mate dude bro sis bruh fam folk folks someone somebody shape form piece part side front back top bottom edge corner angle close-up headshot mugshot selfie wide high low main middle inside outside upper lower whole total base basic extra spare single double triple premium budget test tester draft rough final finish polish touch feel mood vibe medium media oil ink paint pastel chalk crayon marker brush pen pencil charcoal graphite pigment color colour shade tint tone hue gold silver bronze copper brass steel iron wood metal plastic glass stone clay ceramic leather cotton wool silk linen velvet denim canvas paper cardboard rubber wax ivory bone cream white black brown red green blue orange pink purple grey gray golden dark light bright flat right left north south east west way road path course line point ground floor stage platform store storefront outlet company firm agency startup art arts addition additive accelerator classic motif lab kit relic system station surface work segment clip closeup commodity component compound container creation cure decoration dose drug entanglement equipment etcetera facility facing gadget hub implement import ingredient innovation landing lane layer loading machinery net pane parcel pole pool portal recording repository rig round sensor shipment slide sole stand stern stick storehouse strip subsection switch tape terminal transport transportation trap tube utensil waste weave whip woodwork fragment sheet stretch opening universe variable structure partition obstruction enclosure quarters rack stall stable camp cell plug closet aide artist author babe candidate champion chief citizen claimant competitor composer consumer contractor creator dealer developer director distributor driver employer entrepreneur executive expert fellow follower fool foreigner freak genius graduate guest guide host idiot junior leader listener manager member observer officer official opponent parent participant patron peer performer player predecessor presenter producer proprietor reader recruit relative reporter representative resident retailer reviewer secretary shooter sinner specialist spectator sponsor stranger subscriber successor supervisor supplier survivor tenant trader traditionalist viewer visitor volunteer voter worker writer youth acid active air ash atom blend builder coal concentrate debris dust extract fiber filling fluid formulation fuel fumes garbage lint liquid material mixture molecule ore packing particle paste powder radical residue solid solution spray steel substrate water wax'.split(
    ' ',
  ),
)

/** Things that only WordNet knows, where no form of the lexicon stands. */
export function wideFinds(
  words: readonly Word[],
  known: readonly Find[],
  normalised: Normalised,
): Find[] {
  const lexicon = wideNouns()
  const found: Find[] = []
  for (let index = 0; index < words.length; index += 1) {
    if (words[index]!.kind !== 'latin') continue
    for (let size = Math.min(4, words.length - index); size > 0; size -= 1) {
      const to = index + size - 1
      const last = words[to]!
      if (words.slice(index + 1, to + 1).some((word) => word.breaks || word.kind !== 'latin'))
        continue
      const head = words.slice(index, to).map((word) => word.lower)
      if (
        size === 1
          ? !canBeThing(words, index)
          : aside.has(head[0]!) ||
            owners.has(head[0]!) ||
            // "stand in", "tie in"
            aside.has(last.lower)
      )
        continue
      const single = singularOf(last.lower).find((one) => lexicon.has([...head, one].join(' ')))
      if (single === undefined) continue
      if (size === 1 && notThings.has(single)) break
      const { value, own, kind } = lexicon.get([...head, single].join(' '))!
      if (size > 1 && !isCompound(words, index, to, single, own, kind)) continue
      const find: Find = {
        kind: 'noun',
        value,
        start: words[index]!.start,
        end: last.end,
        from: index,
        to,
        text: normalised.text.slice(words[index]!.start, last.end),
        negated: false,
        slip: false,
        wide: true,
      }
      if (
        !known.some(
          (other) =>
            overlaps(find, other) &&
            (other.kind !== 'generic' || size === 1) &&
            other.to - other.from >= to - index,
        )
      )
        found.push(find)
      break
    }
  }
  return found
}

/** "fish tank", but not "mountain bike": that is a bike, which the lexicon knows; nor "dog Biscuit". */
function isCompound(
  words: readonly Word[],
  from: number,
  to: number,
  single: string,
  own: boolean,
  kind: string,
): boolean {
  if (/^\p{Lu}/u.test(words[to]!.text) && !/^\p{Lu}/u.test(words[from]!.text)) return false
  if (generic.has(single) || english.media.has(single) || single === 'still') return false
  const head = (wordForms.get(single) ?? []).find(
    (form) => form.kind === 'noun' && form.words.length === 1,
  )
  return head === undefined || (own && hypernymOf(head.value) !== kind)
}

/** A word alone that may be a thing: not an everyday word, and no verb or adjective where one stands. */
function canBeThing(words: readonly Word[], index: number): boolean {
  const word = words[index]!
  const { lower } = word
  if (
    commonWords.has(lower) ||
    linkWords.has(lower) ||
    aside.has(lower) ||
    units.has(lower) ||
    notThings.has(lower) ||
    lower.length < 3 ||
    singularOf(lower).some(
      (one) => commonWords.has(one) || generic.has(one) || english.media.has(one) || isForm(one),
    )
  )
    return false
  const next = words[index + 1]
  const ends =
    next === undefined || next.breaks || linkWords.has(next.lower) || aside.has(next.lower)
  const [bare] = singularOf(lower).slice(-1)
  if (wideAdjectives().has(bare!) && !ends) return false
  if (wideVerbs().has(bare!) || wideVerbs().has(lower)) {
    const before = words[index - 1]
    if (before === undefined || word.breaks) return ends && !word.breaks && words.length <= 2
    return (
      articles.has(before.lower) ||
      owners.has(before.lower) ||
      before.lower.endsWith("'s") ||
      before.lower === 'of' ||
      ownerOf(words, index) ||
      // "kayak paddles": behind a thing, and nothing more comes
      ((next === undefined || next.breaks) &&
        singularOf(before.lower).some(
          (one) =>
            wideNouns().has(one) ||
            (wordForms.get(one) ?? []).some(
              (form) => form.kind === 'noun' && form.words.length === 1,
            ),
        ))
    )
  }
  if (
    /^\p{Lu}\p{Ll}/u.test(word.text) &&
    next !== undefined &&
    !next.breaks &&
    /^\p{Lu}/u.test(next.text) &&
    !isAllCapsGoal(words)
  )
    return false
  // "Moose is here": a capital in the middle of a sentence is a name until something says otherwise
  return !(/^\p{Lu}/u.test(word.text) && index > 0 && !word.breaks && !isAllCapsGoal(words))
}

/** "not a X", "no X", "instead of X", "rather than X": up to three small words between. */
export function isNegated(words: readonly Word[], find: Find): boolean {
  // "the mural isn't important", "the background doesn't matter"
  const behind = words
    .slice(find.to + 1, find.to + 4)
    .map((word, offset) => (word.breaks && offset > 0 ? '.' : word.lower))
    .join(' ')
  if (
    words[find.to + 1]?.breaks === false &&
    /^(?:(?:isn't|is not|aren't|are not) (?:important|relevant|needed|necessary|what)|(?:doesn't|does not|don't|do not) matter|(?:is|are) (?:irrelevant|unimportant|optional))/.test(
      behind,
    )
  )
    return true
  for (let back = 1; back <= 4; back += 1) {
    const index = find.from - back
    const word = words[index]
    if (word === undefined || words[index + 1]!.breaks) return false
    if (word.lower === 'non' && back > 1) continue
    if (negators.has(word.lower)) {
      // "not only", "not just" affirm; "no rush", "not sure" are about something else
      const next = words[index + 1]!.lower
      return !(next === 'only' || next === 'just' || next === 'sure' || next === 'necessarily')
    }
    if (
      ['with', 'in', 'on', 'by'].includes(word.lower) &&
      ['not', 'never'].includes(words[index - 1]?.lower ?? '') &&
      !words[index]!.breaks
    )
      return true
    if (word.lower === 'of' && words[index - 1]?.lower === 'instead') return true
    if (
      word.lower === 'than' &&
      words
        .slice(Math.max(0, index - 8), index)
        .some((item) => ['rather', 'prefer'].includes(item.lower))
    )
      return true
    if (
      ['use', 'using', 'take', 'pick', 'choose', 'want', 'give', 'prefer'].includes(word.lower) &&
      !negators.has(words[index - 1]?.lower ?? '')
    )
      return false
    if (
      ['but', 'just', 'only', 'and', 'use', 'using', 'with', 'in', 'on'].includes(word.lower) &&
      !(word.lower === 'use' || word.lower === 'using')
    )
      return false
  }
  return false
}

const bodyless = new Set([
  'place',
  'food',
  'plant',
  'household',
  'vehicle',
  'clothing',
  'electronics',
  'music',
  'sport',
  'sign',
  'body',
  'nature',
  'substance',
])

/** Pets, people, dolls and figures bear names; lower-case words after "garden" or "guitar" are something else. */
export function canBeNamed(noun: string): boolean {
  return !bodyless.has(hypernymOf(noun) ?? 'place')
}

/** Verbs and function words that are spelt like nouns: nouns only with "a", "my", "of" or an adjective before them. */
const homographs = new Set(
  'nails nail heart brain cell foot nose mine studio bush booth journal pearls train can watch fly bear saw ring tie sign duck rock seal fan drill hammer iron play plant park cook box letter stamp map book crane mole star field pan swallow pose lock mask shell shop gate plate ship hand face drum skate ski pen table pattern cut fish model person light star jam jar log punch bat kid people friend human adult couple thing things item cap shades screen display lens home interior set nature land sky object product texture home board pot produce dish cover hero cast spring orange sub tablet fox mount swallow port dock cross chain remote crest timer giant god gear pipe lighter scroll screw bolt organ tower wheel engine tire reed worm chick torch recorder student bean nut stool tray scale pitcher banner valley ruin pool office school kitchen factory restaurant wallpaper anchor barrel compass hammock coral salmon plum robe giant monogram swing well past pound palm comb judge cricket pin'.split(
    ' ',
  ),
)

export function standsAsNoun(words: readonly Word[], find: Find): boolean {
  if (
    find.from === find.to &&
    /^(?:things?|items?|objects?)$/.test(words[find.from]!.lower) &&
    !ownerOf(words, find.from)
  )
    return false
  // "do people use this"
  if (
    /^(?:people|folks|guys)$/.test(words[find.from]!.lower) &&
    /^(?:do|does|can|will|would|should|some|most|many|when|if|that|other)$/.test(
      words[find.from - 1]?.lower ?? '',
    )
  )
    return false
  // "2 bucks"
  if (
    find.from === find.to &&
    /^(?:bucks?|quid|pounds?|cards?|gigs?|grand)$/.test(words[find.from]!.lower) &&
    words[find.from - 1]?.kind === 'number'
  )
    return false
  if (find.from !== find.to || !homographs.has(words[find.from]!.lower)) return true
  // "Coca-Cola can": a noun that ends a chain of nouns and the goal
  if (
    find.from === words.length - 1 &&
    !words[find.from]!.breaks &&
    /^(?:can|watch|bear|train|duck|seal|ring|tie|box|book|map|lamp|star|plate)$/.test(
      words[find.from]!.lower,
    ) &&
    (wordForms.get(words[find.from - 1]?.lower ?? '') ?? []).some((form) => form.kind === 'noun')
  )
    return true
  const before = words[find.from - 1]
  if (words[find.from]!.lower === 'train' && before === undefined) return false
  const next = words[1]
  if (before === undefined)
    return (
      (words.length <= 2 && words[find.from]!.lower !== 'train') ||
      // "fox, 20 photos", "tower at night"
      (!/^(?:train|can|model|produce|cover|display|set|do|make|draw)$/.test(
        words[find.from]!.lower,
      ) &&
        next !== undefined &&
        (next.breaks ||
          /^(?:in|at|near|of|from|named|called|and|we|i|style|lora)$/.test(next.lower) ||
          (/^(?:for|on|with)$/.test(next.lower) &&
            /^(?:a|an|the|my|our|its|white|plain)$/.test(words[2]?.lower ?? '') &&
            words
              .slice(3, 6)
              .some((word) =>
                /^(?:website|shop|store|webshop|app|menu|catalog|catalogue|blog|brand|ad|ads|campaign|background|etsy|kickstarter|table|shelf|wall)$/.test(
                  word.lower,
                ),
              )))) ||
      ['lora', 'photos', 'pictures', 'images', 'pics'].includes(words[1]?.lower ?? '')
    )
  if (words[find.from]!.breaks)
    return words[find.from]!.lower !== 'train' && words[find.from]!.lower !== 'can'
  // "mechanical watch movement"
  if (
    /^(?:watch|train|can|fly)$/.test(words[find.from]!.lower) &&
    /(?:al|ic|ive|ous|ed|ern|ty)$/.test(before.lower) &&
    find.from < 3
  )
    return true
  // "vintage omega seamaster watch photos"
  const shown = words[find.from + 1]
  if (
    /^(?:watch|bear|fly|play|bat|seal|ring|duck|drill|crane|train|can)e?s?$/.test(
      words[find.from]!.lower,
    ) &&
    find.from >= 2 &&
    (shown === undefined ||
      /^(?:photos|pictures|images|pics|shots|lora|dataset|collection|model)$/.test(shown.lower)) &&
    !['i', 'you', 'we', 'to', 'and', 'please', 'will', 'just', 'can', 'a', 'the'].includes(
      before.lower,
    )
  )
    return true
  for (let at = find.from - 1; at >= 0 && at >= find.from - 3; at -= 1) {
    const word = words[at]!
    if (
      articles.has(word.lower) ||
      (owners.has(word.lower) && word.lower !== 'that') ||
      word.lower === 'of' ||
      word.lower.endsWith("'s") ||
      word.kind === 'number'
    )
      return true
    if (
      [
        'i',
        'you',
        'we',
        'he',
        'she',
        'it',
        'they',
        'to',
        'please',
        'then',
        'and',
        'just',
        'that',
        'who',
        'which',
        'not',
        "don't",
      ].includes(word.lower)
    )
      return false
    if (words[at]!.breaks) break
  }
  return ![
    'train',
    'can',
    'watch',
    'play',
    'fly',
    'bear',
    'cut',
    'set',
    'model',
    'produce',
    'cover',
    'display',
  ].includes(words[find.from]!.lower)
}

/** "photos of me", "looks like us": a person. */
export function pronouns(words: readonly Word[], lower: string): Find[] {
  void lower
  return words.flatMap((word, index): Find[] => {
    if (!['me', 'us', 'him', 'her'].includes(word.lower) || word.breaks) return []
    const before = words[index - 1]?.lower ?? ''
    const verb = words[index - 2]?.lower ?? ''
    const next = words[index + 1]
    const named = ['me', 'us'].includes(word.lower)
    if (
      !named ||
      !['of', 'like', 'on', 'with'].includes(before) ||
      /^(?:draw|paint|sketch|illustrate|shoot)s?$/.test(verb)
    )
      return []
    if (before === 'with' && !/^(?:photos|pictures|lora|model)$/.test(verb)) return []
    if (next !== undefined && !next.breaks && next.lower === 'a') return []
    return [nounOf(word, index, 'person')]
  })
}
