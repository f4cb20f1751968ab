import { unlessHalf, type Evidence, type Find, type Named } from '../find.ts'
import { english, hypernymOf } from '../lexicon.ts'
import nameWeights from '../lexicon/en/name-weights.json' with { type: 'json' }
import weights from '../lexicon/en/subject-weights.json' with { type: 'json' }
import { rankSubjects } from '../rank.ts'
import { weigher } from '../weights.ts'
import type { Normalised, Token } from '../normalise.ts'
import { candidatesOf, noneOf } from './features.ts'
import type { Scene } from './features.ts'
import {
  artistBefore,
  handwriting,
  isStyle,
  openStyleOf,
  pickStyle,
  saysWhichLook,
} from './looks.ts'
import { nameCandidatesOf, noNameOf } from './name-candidates.ts'
import type { NameScene } from './name-candidates.ts'
import { findNames, titles } from './names.ts'
import { isNegated, pronouns, standsAsNoun, wideFinds } from './nouns.ts'
import { madeOrOwns, standsAsVerb } from './phrases.ts'
import type { Word } from './words.ts'
import {
  isAllCapsGoal,
  keepLongest,
  matchesAt,
  overlaps,
  ownerOf,
  singularOf,
  wordsIn,
} from './words.ts'

const weigh = weigher(weights)
const weighName = weigher(nameWeights)

const priority: Readonly<Record<string, number>> = {
  strategy: 7,
  base: 6,
  style: 5,
  noun: 4,
  output: 3,
  text: 3,
  quality: 2,
  ambiguousBase: 1,
  concept: 1,
  generic: 0,
}

/** "can it paint like me? oils, thick impasto": with what, where a look is all that is spoken of. */
function bareTechnique(
  words: readonly Word[],
  styles: readonly Find[],
  nouns: readonly Find[],
  lower: string,
): Named | null {
  if (
    nouns.some((find) => !find.negated) ||
    !/\b(?:paint|draw|sketch|illustrate|shoot|style|aesthetic|look)(?:ing|s)?\b/.test(lower)
  )
    return null
  return pickStyle(
    words,
    styles.filter((find) => english.techniques.has(find.value)),
  )
}

/** What a goal's words are found to be, before its subject is chosen. */
interface Found {
  readonly scene: Scene
  /** Outputs, qualities, concepts and the like. */
  readonly rest: readonly Find[]
  readonly strategies: readonly Find[]
  readonly bases: readonly Find[]
  /** Nouns that only say whose look it is, or what shows it. */
  readonly looks: readonly Find[]
  readonly style: Named | null
  readonly trigger: Named | null
}

/** What the lexicons and patterns find, before the name is chosen. */
interface Spans extends NameScene {
  readonly strategies: readonly Find[]
  readonly bases: readonly Find[]
  readonly doubtful: readonly Find[]
  readonly rest: readonly Find[]
}

function findSpans(normalised: Normalised, tokens: readonly Token[]): Spans {
  const words = wordsIn(normalised, tokens)
  const lower = normalised.lower
  const all: Find[] = []
  for (let index = 0; index < words.length; index += 1) {
    for (const { form, length, slip } of matchesAt(words, index)) {
      const last = words[index + length - 1]!
      all.push({
        kind: form.kind,
        value: form.value,
        start: words[index]!.start,
        end: last.end,
        from: index,
        to: index + length - 1,
        text: normalised.text.slice(words[index]!.start, last.end),
        negated: false,
        slip,
      })
    }
  }
  all.push(...wideFinds(words, all, normalised))
  // within a kind the longest reading of a stretch counts, then the earliest
  const byKind = (kind: string): Find[] => keepLongest(all.filter((find) => find.kind === kind))
  const strategies = byKind('strategy')
  const bases = byKind('base')
  const fixed = [...strategies, ...bases]
  const clear = (find: Find): boolean =>
    !fixed.some((other) => overlaps(find, other) && other.to - other.from >= find.to - find.from)
  const styles = byKind('style').filter(clear)
  const possible = byKind('noun').filter(
    (find) =>
      clear(find) &&
      // "my tattooist friend wants a lora of": who asks
      !(
        hypernymOf(find.value) === 'person' &&
        words[find.to + 1]?.breaks === false &&
        /^(?:wants?|needs?|asked|asks|requested|would)$/.test(words[find.to + 1]!.lower) &&
        /^(?:an?|the|some|for|me|us|to|like)$/.test(words[find.to + 2]?.lower ?? '')
      ) &&
      // "teach the computer what ... looks like"
      !/\b(?:teach|show|tell|train|help) (?:the|a|my|this|your) (?:computer|machine|ai|robot|laptop|model)$/.test(
        lower.slice(Math.max(0, find.end - 60), find.end),
      ) &&
      // "console.log" is code
      !/^\.[a-z]/.test(lower.slice(find.end, find.end + 2)) &&
      !/[a-z]\.$/.test(lower.slice(Math.max(0, find.start - 2), find.start)) &&
      !styles.some((style) => overlaps(find, style) && style.to - style.from > find.to - find.from),
  )
  let nouns = possible.filter(
    (find) =>
      !(find.from === find.to && standsAsVerb(words, find.from)) && standsAsNoun(words, find),
  )
  // "the well behind our house": spelt like a verb or a small word, and yet a thing
  const doubtful = possible.filter((find) => !nouns.includes(find))
  nouns.push(...pronouns(words, lower))
  // "Princess Buttercup": a title, not a princess
  nouns = nouns.filter(
    (find) =>
      !(
        find.from === find.to &&
        titles.has(words[find.from]!.lower) &&
        !/^(?:uncle|aunt|aunty|auntie)$/.test(words[find.from]!.lower) &&
        /^\p{Lu}/u.test(find.text) &&
        words[find.to + 1]?.breaks === false &&
        /^\p{Lu}\p{Ll}/u.test(words[find.to + 1]!.text) &&
        !isAllCapsGoal(words) &&
        !nouns.some((other) => other.from === find.to + 1 && !other.wide)
      ),
  )
  const rest = keepLongest(
    all
      .filter((find) =>
        ['output', 'text', 'quality', 'ambiguousBase', 'concept'].includes(find.kind),
      )
      // "my best friend", "a fast car"
      .filter(
        (find) =>
          find.kind !== 'quality' ||
          find.from !== find.to ||
          words[find.to + 1] === undefined ||
          words[find.to + 1]!.breaks ||
          !(
            /^(?:friends?|buddy|buddies|bud|mates?|man|men|pals?|known|seller|sellers|selling|loved|looking|years|part|side|girl|boy|dog|cat|food)$/.test(
              words[find.to + 1]!.lower,
            ) || nouns.some((noun) => noun.from === find.to + 1)
          ),
      )
      .filter(clear)
      .sort((a, b) => priority[b.kind]! - priority[a.kind]!),
  )
  // "Spider-Verse style": a look that no lexicon knows is neither thing nor name
  const early = styles.some((find) => isStyle(words, find, nouns))
    ? null
    : openStyleOf(words, normalised)
  if (early !== null)
    nouns = nouns.filter((find) => find.end <= early.start || find.start >= early.end)
  const { name, trigger } = findNames(words, nouns, fixed, styles, lower, normalised, early)
  const ruled = unlessHalf(name, normalised.text)
  return {
    words,
    nouns,
    doubtful,
    fixed,
    strategies,
    bases,
    styles,
    rest,
    look: early,
    trigger,
    ruled,
    normalised,
  }
}

/** What the name is chosen from. */
export const readEnglishNames = (normalised: Normalised, tokens: readonly Token[]): NameScene =>
  findSpans(normalised, tokens)

/** The name that is likelier than every other and than none. */
function chooseName(scene: NameScene): Named | null {
  const ranked = nameCandidatesOf(scene)
    .map(({ name, features }) => ({ name, score: weighName(features) }))
    .sort((a, b) => b.score - a.score)
  const [best] = ranked
  if (best === undefined || best.score <= weighName(noNameOf(scene))) return null
  return unlessHalf(best.name, scene.normalised.text)
}

function findAll(normalised: Normalised, tokens: readonly Token[]): Found {
  const spans = findSpans(normalised, tokens)
  const { words, doubtful, fixed, strategies, bases, rest, trigger } = spans
  const { lower } = normalised
  let { nouns, styles } = spans
  const chosen = chooseName(spans)
  // "my friend Sam's motorcycle": whose it is
  const whose =
    chosen !== null &&
    /^'s\s/.test(lower.slice(chosen.end)) &&
    nouns.some(
      (find) =>
        find.start > chosen.end &&
        find.start < chosen.end + 24 &&
        !nouns.some(
          (other) =>
            other.start > chosen.end && other.start < find.start && other.value === 'person',
        ) &&
        !['person', 'expression', 'eye', 'hand', 'hairstyle'].includes(find.value),
    )
  // "my wife Helen collects frogs": whose frogs they are
  const keeper = nouns.some(
    (find) =>
      chosen !== null &&
      chosen.start > find.end &&
      chosen.start - find.end < 3 &&
      madeOrOwns(words, nouns, find),
  )
  const name = whose || keeper ? null : chosen
  if (name !== null) {
    // "This is Moose. Moose is a newfoundland."
    const others = nouns.filter((find) => find.text !== name.value || !/^\p{Lu}/u.test(find.text))
    if (others.length > 0) nouns = others
    nouns = nouns.filter((find) => find.end <= name.start || find.start >= name.end)
    styles = styles.filter((find) => find.end <= name.start || find.start >= name.end)
  }
  if (trigger !== null) {
    nouns = nouns.filter((find) => find.end <= trigger.start || find.start >= trigger.end)
    styles = styles.filter((find) => find.end <= trigger.start || find.start >= trigger.end)
  }
  for (const find of [...fixed, ...styles, ...nouns, ...rest]) find.negated = isNegated(words, find)

  const concepts = rest.filter((find) => find.kind === 'concept' && find.to > find.from)
  // "worm's eye camera angle": how it is seen
  const angled = (find: Find, other: Find): boolean =>
    other.from > find.to &&
    other.from <= find.to + 3 &&
    (/'s$/.test(words[find.to]!.lower) || /'s$/.test(words[find.from - 1]?.lower ?? '')) &&
    !words.slice(find.to + 1, other.from + 1).some((word) => word.breaks)
  nouns = nouns.filter(
    (find) => !concepts.some((other) => overlaps(find, other) || angled(find, other)),
  )

  const styleHits = styles.filter(
    (find) =>
      isStyle(words, find, nouns) &&
      // "isometric camera angle"
      !concepts.some((other) => other.from === find.to + 1),
  )
  // "Hiroshi Yoshida woodblock prints": whose technique it is says more than the technique
  const artist = styleHits.every(
    (find) => english.techniques.has(find.value) || /^\d+s$|^vintage$/.test(find.value),
  )
    ? artistBefore(words, styleHits, nouns, normalised)
    : null
  const openStyle = artist ?? (styleHits.length === 0 ? openStyleOf(words, normalised) : null)
  nouns = nouns.filter(
    (find) =>
      !styleHits.some((style) => overlaps(find, style)) &&
      !(openStyle !== null && find.start < openStyle.end && openStyle.start < find.end),
  )
  const style =
    artist ?? pickStyle(words, styleHits) ?? openStyle ?? bareTechnique(words, styles, nouns, lower)
  // "my tattoo designs style", "my daughter's drawings": the noun only says whose or which look
  const looks = nouns.filter(
    (find) =>
      saysWhichLook(words, find) ||
      // "gouache landscapes by my mother": whose work it is, and what it shows
      (styleHits.some((hit) => !hit.negated) &&
        (/\bby (?:my|our|his|her|their) (?:[\w'-]+ ){0,2}$/.test(
          lower.slice(Math.max(0, find.start - 80), find.start),
        ) ||
          (['landscape', 'flower', 'sea', 'city', 'cityscape', 'mountain'].includes(find.value) &&
            /^\s?by (?:my|our|his|her|their)\b/.test(lower.slice(find.end))))) ||
      // "my watercolor cat paintings, style please": what the pictures of a look show
      (/\bstyle\b/.test(lower) &&
        styleHits.some((hit) => !hit.negated) &&
        /^(?:paintings|drawings|illustrations|sketches|doodles|prints|comics|artworks?)$/.test(
          words[find.to + 1]?.lower ?? '',
        ) &&
        words[find.to + 1]!.breaks === false &&
        words[find.to + 2]?.lower !== 'of') ||
      // "logos in the style of our brand book"
      /(?:^|\s)(?:style|manner|spirit|vein|aesthetic) of (?:my|our|his|her|their|these|this|the) (?:[\w'-]+ ){0,3}$/.test(
        lower.slice(Math.max(0, find.start - 80), find.start),
      ) ||
      (/\b(?:style|look|feel|vibe|aesthetic|mood|palette) of (?:[\w'-]+ ){0,4}$/.test(
        lower.slice(Math.max(0, find.start - 80), find.start),
      ) &&
        (hypernymOf(find.value) === 'sign' || english.media.has(find.value)) &&
        /s$/.test(words[find.to]!.lower)) ||
      // "a children's book illustration style from 40 of my spreads"
      (styleHits.some(
        (hit) =>
          !hit.negated &&
          hit.to < find.from &&
          /\b(?:style|aesthetic|look)s?(?: loras?| models?)? (?:from|for|based on|using|out of|off) (?:\d+ )?(?:of )?(?:my|our|these|his|her|their) (?:[\w'-]+ ){0,3}$/.test(
            lower.slice(Math.max(0, find.start - 90), find.start),
          ),
      ) &&
        !['animal', 'person', 'toy'].includes(hypernymOf(find.value) ?? '')) ||
      // "the watercolor style of my late grandmother", "the risograph look of my zines": whose look it is
      (!['animal', 'toy', 'vehicle'].includes(hypernymOf(find.value) ?? '') &&
        !styleHits.some(
          (hit) => /\bart$/.test(hit.text.toLowerCase()) && words[hit.to + 1]?.lower === 'of',
        ) &&
        (hypernymOf(find.value) === 'person' || styleHits.some((hit) => !hit.negated)) &&
        /(?:style|look|technique|art|work|aesthetic|vibe|feel) of (?:my|our|his|her|their|these|this) (?:[\w'-]+ ){0,2}$/.test(
          lower.slice(Math.max(0, find.start - 80), find.start),
        )) ||
      // "learn my dad's handwriting"
      (hypernymOf(find.value) === 'person' &&
        /'s?$/.test(words[find.to]!.lower) &&
        handwriting.test(words[find.to + 1]?.lower ?? '')) ||
      (handwriting.test(find.text.toLowerCase()) &&
        (ownerOf(words, find.from) || /'s?$/.test(words[find.from - 1]?.lower ?? ''))),
  )
  nouns = nouns.filter((find) => !looks.includes(find))
  const free = (item: Find): boolean =>
    ![name, trigger, openStyle, ...nouns, ...looks, ...styleHits].some(
      (span) => span !== null && overlaps(item, span),
    )
  const scene = {
    words,
    nouns,
    doubtful: doubtful.filter(free),
    name,
    normalised,
    fixed,
    styles: styleHits,
    openStyle,
  }
  return { scene, rest, strategies, bases, looks, style, trigger }
}

/** What the subject is chosen from. */
export const readEnglishScene = (normalised: Normalised, tokens: readonly Token[]): Scene =>
  findAll(normalised, tokens).scene

export function readEnglish(normalised: Normalised, tokens: readonly Token[]): Evidence {
  const { scene, rest, strategies, bases, looks, style, trigger } = findAll(normalised, tokens)
  const { words, nouns, name, fixed, styles: styleHits } = scene
  const { lower } = normalised
  const subjects = rankSubjects(candidatesOf(scene), noneOf(scene), weigh)

  const has = (pattern: RegExp): boolean => pattern.test(lower)
  const denies = has(
    /\bnot (?:a |the |my |our |your |his |her |about (?:the )?|learn (?:a |the )?|train (?:a |the )?)?(?:\w+ )?(?:style|look|aesthetic)\b|\bno style\b|\bwithout (?:a |the |any )?style\b|\bignore the (?:style|look)\b|\bnot (?:its|his|her|the) (?:style|look)\b|\bjust the (?:subject|character|cat|dog|person|animal|object)\b/,
  )
  const artistsWay =
    /\b(?:the way|how) (?:\p{Lu}[\p{L}'.-]* ){1,3}(?:draws?|drew|paints?|painted|shoots?|shot|photographs?|photographed|films?|filmed|sketches|sketched|inks|inked|illustrates|illustrated|designs|designed|does|did)\b/u.test(
      normalised.text,
    )
  const thingWanted =
    /\b(?:want|need|only|just|care about|it's about|after) (?:just |only )?the (?:actual )?([\p{L}]+)(?: (?:itself|themselves|itself only|not|only)\b|\s*(?:[.,;!]|$))/u.exec(
      lower,
    )
  const thingNamed =
    thingWanted !== null &&
    subjects.some((item) =>
      singularOf(item.text.toLowerCase()).some((one) => singularOf(thingWanted[1]!).includes(one)),
    )
  const drawsLike = has(
    /\b(?:draw|paint|sketch|illustrate|shoot|photograph|design|write|letter|ink)s? (?:\w+ ){0,2}(?:just |exactly )?(?:like|the (?:same )?way(?: that)?|as) (?:my|our|his|her|their|your) (?:[\w'-]+ ){0,3}(?:did|does|do|would|used to|drew|paints|draws)\b|\bhow (?:my|our|his|her|their) (?:[\w'-]+ ){0,3}(?:draws|paints|sketches|drew|painted|illustrates|letters|inks)\b/,
  )
  // "The cafe's latte art? No, the cups. Learn the cups."
  const ordered = nouns.some(
    (find) =>
      !find.negated &&
      find.from === find.to &&
      (words[find.to + 1] === undefined || words[find.to + 1]!.breaks) &&
      /(?:^|[.!?;,]\s?)(?:please )?(?:just |only )?learn (?:only |just )?(?:the|my|our) $/.test(
        lower.slice(0, find.start),
      ),
  )
  const styleDenied = denies || thingNamed || ordered
  const subjectDenied =
    drawsLike ||
    artistsWay ||
    (!nouns.some((find) => !find.negated && find.text.toLowerCase() !== 'style') &&
      has(
        /\b(?:not|ignore|forget|rather than|instead of) (?:the |my |a |this |any |about (?:the |my )?)?(?:person|people|objects?)\b/,
      )) ||
    has(
      /\b(?:not|ignore|forget|rather than|instead of) (?:the |my |a |this |any |about (?:the |my )?)?(?:subject|subjects|content|character|characters)\b|\bonly (?:the |its |their |my )?(?:style|look|aesthetic)\b|\bstyle only\b|\bjust the (?:style|look|aesthetic|vibe)\b|\bregardless of (?:the )?(?:subject|content)\b/,
    ) ||
    nouns.some(
      (find) => find.negated && (styleHits.some((hit) => !hit.negated) || /\bstyle\b/.test(lower)),
    )
  const styleWanted =
    !styleDenied &&
    (subjectDenied ||
      looks.length > 0 ||
      has(
        /\b(?:colou?r grading|colou?r palette|colou?r scheme|editing style|visual language|visual identity|look and feel|line ?work|brush ?work|brush ?strokes?|lighting style|shading style|penmanship|tones? and mood|(?:capture|learn|copy|reproduce|recreate|replicate|teach|train|convey|match) (?:\w+ ){0,2}(?:colou?rs (?:of|in|from)|mood|atmosphere|vibes?|feel|feeling|ambian?ce|palette)|looks? like (?:they|it|these|those) (?:was|were|is|are|has been|had been)(?: been)? (?:shot|taken|drawn|painted|filmed|made|printed|photographed)|looking like (?:shot|taken|drawn|painted|filmed|made)|(?:like|love|want|learn) (?:the )?colou?rs (?:in|of)|make a (?:new )?style (?:out )?(?:of|from)|a style (?:out )?(?:of|from)|mood and (?:colou?rs?|light))\b/,
      ) ||
      has(
        /\b(?:draw|paint|sketch|illustrate|shoot|photograph|design|render)s? (?:\w+ ){0,2}(?:just |exactly )?(?:like|the way|as) (?!an? |the )(?:[\w'-]+ ){0,4}(?:doodles|drawings|paintings|sketches|did|does|do|would|used to|art)\b/,
      ) ||
      has(
        /\b(?:paintings|drawings|sketches|illustrations|prints|artworks) of (?!my\b|our\b|a\b|an\b|the\b|his\b|her\b)/,
      ) ||
      styleHits.some(
        (find) =>
          !find.negated &&
          /^(?:loras?|models?)$/.test(words[find.to + 1]?.lower ?? '') &&
          !words[find.to + 1]!.breaks,
      ) ||
      has(
        /\b(?:draw|paint|sketch|illustrate|shoot|photograph|design)s? (?:just |exactly )?like (?:me|us|i do|my)\b|\b(?:make|makes|making|have) (?:everything|anything|it all|things|(?:my |our |any |all )?(?:pictures|photos|images|renders|shots|scenes)) (?:look|feel) like\b|\bhow (?:i|we|he|she|they) (?:draw|paint|sketch|illustrate|shoot|design)s?\b/,
      ) ||
      has(
        /\bstyle[\s-]*(?:lora|model|transfer|training|adapter|dreambooth)\b|\blora (?:of|for|on|in|with) (?:the |my |this |a |an )?(?:[\w'-]+ ){0,3}(?:style|aesthetic|look)\b/,
      ) ||
      has(
        /\b(?:learn|train|teach|capture|copy|imitate|mimic|replicate|clone|reproduce|study|absorb|emulate|fine-?tune|pick up|recreate)\w*(?: (?!cat\b|dog\b)[\w'-]+){0,6}? (?:style|aesthetic|look(?!s? like)|vibe|technique|brushwork|brush strokes|palette|artstyle)s?\b/,
      ) ||
      has(
        /\b(?:my|our|his|her|their|this|these|own) (?:[\w'-]+ ){0,3}(?<!\bhair )(?:style|aesthetic|artstyle|technique|brushwork|linework|penmanship|brush strokes)\b|\b(?:art|drawing|painting|illustration|visual|artistic|brush|photo(?:graphy|graphic)?|design) ?style\b|\bstyle of (?:my|our|this|these|the|his|her)\b|\b(?:look|aesthetic) of (?:my|our|these|this)\b|\bthe (?:look|aesthetic|feel|vibe) of\b|\bthe way (?:i|we|he|she) (?:draw|paint|sketch|shoot|illustrate)s?\b|\bartstyle\b/,
      ) ||
      has(
        /\blora (?:of|for|on|from|using|with) (?:my |our |these |this |the )?(?:[\w'-]+ ){0,2}(?:paintings|drawings|sketches|illustrations|artworks?|comics|doodles|prints|art)\b(?! of (?:my|our))/,
      ) ||
      has(
        /\b(?:my|our|these|his|her|their) (?:own |old |new )?(?:[\w'-]+ ){0,2}(?:paintings|drawings|sketches|illustrations|artworks?|doodles|comics|art)\b(?! of (?:my|our))/,
      ))
  const styleOfResults =
    // "ramen bowl for our menu, photorealistic": how the pictures should look
    (styleHits.length > 0 &&
      styleHits.every((hit) =>
        /^(?:photorealistic|studio photography|hdr|macro photography)$/.test(hit.value),
      ) &&
      nouns.length > 0) ||
    has(
      /\b(?:as|into) (?:an? )(?:[\w'-]+ ){1,3}(?:character|hero|heroine|superhero|version of|action figure)\b/,
    ) ||
    has(
      /\b(?:prompt(?:ing|ed)? (?:for |with |in )|in (?:the |my )?prompts?\b)|\b(?:so (?:that )?(?:i|we) can|then|later|afterwards|and then|in order to|to be able to|want to see|i(?:'d| would) like to see|want pictures|want images|use it to|so it can)\b.*\b(?:in|as|into|style)\b/,
    ) ||
    has(
      /\b(?:generate|draw|paint|render|redraw|depict|illustrate|picture|imagine|show|turn|transform|convert|portray|reimagine|sketch|put)\b(?:\s[\w'-]+){0,6}?\s(?:in|as|into|like|to|with)\b/,
    ) ||
    has(
      /\b(?:make|create|produce|get|want|need)\b(?: me)?(?: some| a few| new| more| many| lots of)? (?:pictures|images|portraits|art|artwork|illustrations|paintings|drawings|avatars|stickers|posters)\b/,
    )
  const textFinds = rest.filter((find) => find.kind === 'text' && !find.negated)
  return {
    finds: [...fixed, ...rest, ...styleHits, ...nouns],
    subjects,
    name,
    style: style !== null && styleDenied ? null : style,
    trigger,
    styleWanted,
    styleDenied,
    subjectDenied,
    styleOfResults,
    textWanted:
      has(/\b(?:fine-?tun\w*|train\w*|on) (?:a |an |the )?(?:llama|mistral|gemma|qwen)\b/) ||
      has(
        /\b(?:writes?|writing|answers?|answering|summari[sz]es?|summari[sz]ing|translat\w+|replie?s?|replying|responds?|autocompletes?|classif\w+) (?:[\w'-]+ ){0,4}(?:e-?mails?|questions?|articles?|texts?|tickets?|tweets?|blog posts?|poems?|poetry|reports?|code|documents?|docs|essays?|messages?|letters|stories|lyrics|descriptions|copy|blurbs|headlines|reviews?|contracts?|transcripts?|captions)\b/,
      ) ||
      has(
        /\b(?:writes?|writing|replie?s?|reply|answers?|texts?|talks?|sounds?|speaks?|chats?) (?:[\w'-]+ )?(?:like|as) (?:me|us|(?:my|our) (?:[\w'-]+ )?(?:team|company|brand|support|newsletter|blog|staff|agents?|office|boss|shop|store|emails?|posts?|tweets?|editors?))\b(?!.*\b(?:handwriting|pen|calligraphy|letters)\b)/,
      ) ||
      (!has(
        /\b(?:photos?|pictures?|pics|images?|style|handwriting|drawings?|sketch(?:es)?|pages?|scans?|doodles?|looks?)\b/,
      ) &&
        (has(
          /\b(?:on|with|from) (?:our|my|the|all|these) (?:[\w'-]+ ){0,3}(?:tickets|e-?mails?|docs|documentation|documents|messages|transcripts|chats?|conversations|wiki|handbook|manuals?|faqs?|articles|essays|tweets|blog posts|contracts|reports|poems|lyrics|scripts|notes|codebase|source code|chat history)\b/,
        ) ||
          has(
            /\b(?:repl(?:y|ies|ying)|respond(?:s|ing)?|answer(?:s|ing)?) to (?:[\w'-]+ ){0,2}(?:dms|messages|e-?mails|comments|reviews|customers|questions|texts)\b/,
          ))) ||
      textFinds.length > 0 ||
      bases.some((find) => find.value === 'llm' && !find.negated) ||
      strategies.some((find) => find.value === 'text_lora'),
    conceptNamed:
      has(/\bconcept of (?:\w+ )?\w+/) ||
      rest.some((find) => /^(?:camera angle|composition|lighting setup)$/.test(find.value)),
    conceptWanted: rest.some((find) => find.kind === 'concept' && !find.negated),
  }
}
