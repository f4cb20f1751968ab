import {
  english,
  hypernymOf,
  joinedForms,
  longWords,
  singulars,
  wideAdjectives,
  wideNouns,
  wideOthers,
  wideVerbs,
  wordForms,
} from './lexicon.ts'
import type { WordForm } from './lexicon.ts'
import type { Evidence, Find, Named } from './find.ts'
import type { Normalised, Token } from './normalise.ts'
import { commonWords } from './lexicon/en/common-words.ts'
import { realWords } from './lexicon/en/real-words.ts'

interface Word extends Token {
  /** A clause boundary stands before it. */
  readonly breaks: boolean
  readonly quoted: boolean
  /** Which pair of quotes it stands in; 0 is none. */
  readonly quote: number
}

const owners = new Set([
  'my',
  'our',
  'this',
  'these',
  'that',
  'those',
  'his',
  'her',
  'their',
  'your',
])
const articles = new Set(['a', 'an', 'the', 'some', 'any', 'one', 'another', 'each', 'every'])
const aside = new Set([
  'in',
  'on',
  'at',
  'with',
  'near',
  'under',
  'behind',
  'beside',
  'against',
  'wearing',
  'holding',
  'inside',
  'by',
  'over',
  'like',
  'as',
  'into',
  'for',
  'from',
  'riding',
  'eating',
  'through',
  'around',
  'among',
  'between',
  'next',
  'sitting',
  'using',
  'to',
])
const subjectVerbs = new Set([
  'train',
  'learn',
  'teach',
  'capture',
  'memorize',
  'memorise',
  'recognize',
  'recognise',
  'fine',
  'tune',
  'finetune',
  'make',
  'create',
  'build',
  'generate',
  'model',
  'train:',
  'lora',
  'personalize',
  'personalise',
  'know',
  'reproduce',
  'do',
  'get',
  'want',
  'need',
  'training',
  'learning',
  'teaching',
  'love',
  'adopted',
  'got',
  'bought',
])
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

function wordsIn(normalised: Normalised, tokens: readonly Token[]): Word[] {
  const words: Word[] = []
  let breaks = false
  let quote = ''
  let pair = 0
  for (const token of tokens) {
    if (token.kind === 'other' && !/\p{L}/u.test(token.text)) {
      // "ladies' brogues"
      const owner = words.at(-1)
      if (
        token.text === "'" &&
        quote !== "'" &&
        !token.spaced &&
        owner?.lower.endsWith('s') === true &&
        owner.end === token.start
      ) {
        words[words.length - 1] = { ...owner, lower: `${owner.lower}'s` }
        continue
      }
      if (token.text === '"' || (token.text === "'" && (quote === "'" ? true : token.spaced))) {
        quote = quote === token.text ? '' : token.text
        if (quote !== '') pair += 1
      } else if (
        token.text === '.' &&
        /^(?:mr|mrs|ms|dr|st|jr|sr|prof)$/.test(words.at(-1)?.lower ?? '')
      )
        continue
      else if (/[.,;:!?()[\]{}|/\n]/.test(token.text)) breaks = true
      // "no - my go-kart"
      else if (token.text === '-' && token.spaced && normalised.text[token.end] === ' ')
        breaks = true
      continue
    }
    for (const part of token.kind === 'latin' ? split(token) : [token]) {
      words.push({ ...part, breaks, quoted: quote !== '', quote: quote === '' ? 0 : pair })
      breaks = false
    }
  }
  return words
}

const glue = new Set(
  'my our a the of train learn make create lora style model photos pictures please pls in on for with want i need teach fast'.split(
    ' ',
  ),
)

/** "trainalora", "mydog": words without their spaces, when all of them are known and one is a word of the field. */
function split(token: Token): Token[] {
  const { lower, text, start } = token
  if (
    lower.length < 5 ||
    lower.length > 40 ||
    !/^[a-z]+$/.test(text) ||
    commonWords.has(lower) ||
    realWords.has(lower) ||
    joinedForms.has(lower) ||
    singulars(lower).some((word) => isForm(word) || commonWords.has(word))
  )
    return [token]
  const known = (word: string): boolean =>
    glue.has(word) ||
    (word.length > 2 &&
      singulars(word).some((one) =>
        (wordForms.get(one) ?? []).some(
          (form) => form.words.length === 1 && form.kind !== 'generic',
        ),
      ))
  // fewest words; from the left
  const best: (readonly number[] | null)[] = [[]]
  for (let end = 1; end <= lower.length; end += 1) {
    best[end] = null
    for (let from = 0; from < end; from += 1) {
      const before = best[from]
      if (before == null || !known(lower.slice(from, end))) continue
      if (best[end] == null || before.length + 1 < best[end]!.length) best[end] = [...before, from]
    }
  }
  const cuts = best[lower.length]
  if (cuts == null || cuts.length < 2) return [token]
  const parts = cuts.map((from, index) => ({
    ...token,
    text: text.slice(from, cuts[index + 1] ?? lower.length),
    lower: lower.slice(from, cuts[index + 1] ?? lower.length),
    start: start + from,
    end: start + (cuts[index + 1] ?? lower.length),
    spaced: index === 0 && token.spaced,
  }))
  const first = parts[0]!.lower
  return glue.has(first) || ['style', 'lora', 'model'].includes(parts.at(-1)!.lower)
    ? parts
    : [token]
}

/** A form of one word; "hiroshi" and "ansel" only begin one, and are people's names elsewhere. */
const isForm = (word: string): boolean =>
  (wordForms.get(word) ?? []).some((form) => form.words.length === 1)

const singularOf = (word: string): readonly string[] => singulars(word)

function matchesAt(
  words: readonly Word[],
  index: number,
): { form: WordForm; length: number; slip: boolean }[] {
  const result: { form: WordForm; length: number; slip: boolean }[] = []
  const first = words[index]!
  const tryForms = (key: string, slip: boolean): void => {
    for (const form of wordForms.get(key) ?? []) {
      const size = form.words.length
      if (size > 1 && key !== first.lower && !slip) continue
      if (index + size > words.length) continue
      let fits = true
      for (let offset = 1; offset < size && fits; offset += 1) {
        const word = words[index + offset]!
        const wanted = form.words[offset]!
        fits =
          !word.breaks &&
          (word.lower === wanted ||
            (offset === size - 1 && singularOf(word.lower).includes(wanted)))
      }
      // "chiken coop": in a form of several words the others must be right
      if (fits) result.push({ form, length: size, slip })
    }
  }
  for (const key of singularOf(first.lower)) tryForms(key, false)
  if (result.length === 0 && first.kind === 'latin') {
    for (const key of singularOf(first.lower)) {
      const form = joinedForms.get(key)
      if (form !== undefined) result.push({ form, length: 1, slip: false })
    }
  }
  // "watercolour-style" and "catlora" stay words; only long unknown words are mended
  if (
    result.length === 0 &&
    first.kind === 'latin' &&
    first.lower.length >= 6 &&
    !commonWords.has(first.lower) &&
    !realWords.has(first.lower) &&
    !isEnglishWord(first.lower) &&
    !/^[A-Z]/.test(first.text)
  ) {
    const near = mend(first.lower)
    if (near !== null) tryForms(near, true)
  }
  return result
}

/** The one long lexicon word within one slip (a letter more, less, other, or two swapped). */
function mend(word: string): string | null {
  for (const length of [word.length, word.length - 1, word.length + 1]) {
    for (const candidate of longWords.get(length) ?? []) {
      if (candidate[0] === word[0] && oneSlip(word, candidate)) return candidate
    }
  }
  if (word.endsWith('s')) return mend(word.slice(0, -1))
  return null
}

export function oneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  if (a.length === b.length) {
    return (
      a.slice(at + 1) === b.slice(at + 1) ||
      (a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2))
    )
  }
  return a.length > b.length ? a.slice(at + 1) === b.slice(at) : a.slice(at) === b.slice(at + 1)
}

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

export function readEnglish(normalised: Normalised, tokens: readonly Token[]): Evidence {
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
  let styles = byKind('style').filter(clear)
  const spans = styles
  let nouns = byKind('noun').filter(
    (find) =>
      clear(find) &&
      // "teach the computer what ... looks like"
      !/\b(?:teach|show|tell|train|help) (?:the|a|my|this|your) (?:computer|machine|ai|robot|laptop|model)$/.test(
        lower.slice(Math.max(0, find.end - 60), find.end),
      ) &&
      // "console.log" is code
      !/^\.[a-z]/.test(lower.slice(find.end, find.end + 2)) &&
      !/[a-z]\.$/.test(lower.slice(Math.max(0, find.start - 2), find.start)) &&
      !spans.some(
        (style) => overlaps(find, style) && style.to - style.from > find.to - find.from,
      ) &&
      standsAsNoun(words, find),
  )
  nouns.push(...pronouns(words, lower))
  // "Princess Buttercup": a title, not a princess
  nouns = nouns.filter(
    (find) =>
      !(
        find.from === find.to &&
        titles.has(words[find.from]!.lower) &&
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
      .filter(clear)
      .sort((a, b) => priority[b.kind]! - priority[a.kind]!),
  )
  // "Spider-Verse style": a look that no lexicon knows is neither thing nor name
  const early = styles.some((find) => isStyle(words, find, nouns))
    ? null
    : openStyleOf(words, normalised)
  if (early !== null)
    nouns = nouns.filter((find) => find.end <= early.start || find.start >= early.end)
  const names = findNames(words, nouns, fixed, styles, lower, normalised, early)
  // "my friend Sam's motorcycle": whose it is
  const whose =
    names.name !== null &&
    /^'s\s/.test(lower.slice(names.name.end)) &&
    nouns.some(
      (find) =>
        find.start > names.name!.end &&
        find.start < names.name!.end + 24 &&
        !['person', 'expression', 'eye', 'hand', 'hairstyle'].includes(find.value),
    )
  // "my wife Helen collects frogs": whose frogs they are
  const keeper = nouns.some(
    (find) =>
      names.name !== null &&
      names.name.start > find.end &&
      names.name.start - find.end < 3 &&
      madeOrOwns(words, nouns, find),
  )
  const name = whose || keeper ? null : names.name
  if (name !== null) {
    // "This is Moose. Moose is a newfoundland."
    const others = nouns.filter((find) => find.text !== name.value || !/^\p{Lu}/u.test(find.text))
    if (others.length > 0) nouns = others
    nouns = nouns.filter((find) => find.end <= name.start || find.start >= name.end)
    styles = styles.filter((find) => find.end <= name.start || find.start >= name.end)
  }
  const trigger = names.trigger
  if (trigger !== null) {
    nouns = nouns.filter((find) => find.end <= trigger.start || find.start >= trigger.end)
    styles = styles.filter((find) => find.end <= trigger.start || find.start >= trigger.end)
  }
  for (const find of [...fixed, ...styles, ...nouns, ...rest]) find.negated = isNegated(words, find)

  const concepts = rest.filter((find) => find.kind === 'concept' && find.to > find.from)
  nouns = nouns.filter((find) => !concepts.some((other) => overlaps(find, other)))

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
  const style = artist ?? pickStyle(words, styleHits) ?? openStyle
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
      // "the watercolor style of my late grandmother", "the risograph look of my zines": whose look it is
      ((hypernymOf(find.value) === 'person' || styleHits.some((hit) => !hit.negated)) &&
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
  const subjects = rankSubjects(words, nouns, name, normalised, fixed, styleHits, openStyle)

  const has = (pattern: RegExp): boolean => pattern.test(lower)
  const denies = has(
    /\bnot (?:a |the |about (?:the )?|learn (?:a |the )?|train (?:a |the )?)?(?:\w+ )?(?:style|look|aesthetic)\b|\bno style\b|\bwithout (?:a |the |any )?style\b|\bignore the (?:style|look)\b|\bnot (?:its|his|her|the) (?:style|look)\b|\bjust the (?:subject|character|cat|dog|person|animal|object)\b/,
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
  const styleDenied = denies || thingNamed
  const subjectDenied =
    drawsLike ||
    artistsWay ||
    has(
      /\b(?:not|ignore|forget|rather than|instead of) (?:the |my |a |this |any |about (?:the |my )?)?(?:subject|subjects|content|character|characters|person|people|objects?)\b|\bonly (?:the |its |their |my )?(?:style|look|aesthetic)\b|\bstyle only\b|\bjust the (?:style|look|aesthetic|vibe)\b|\bregardless of (?:the )?(?:subject|content)\b/,
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
        (find) => !find.negated && /^(?:loras?|models?)$/.test(words[find.to + 1]?.lower ?? ''),
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
    has(
      /\b(?:as|into) (?:an? )(?:[\w'-]+ ){1,3}(?:character|hero|heroine|superhero|version of|action figure)\b/,
    ) ||
    has(
      /\b(?:so (?:that )?(?:i|we) can|then|later|afterwards|and then|in order to|to be able to|want to see|i(?:'d| would) like to see|want pictures|want images|use it to|so it can)\b.*\b(?:in|as|into|style)\b/,
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
      textFinds.length > 0 ||
      bases.some((find) => find.value === 'llm' && !find.negated) ||
      strategies.some((find) => find.value === 'text_lora'),
    conceptWanted: rest.some((find) => find.kind === 'concept' && !find.negated),
  }
}

/** Words of the task, of people who ask and of shops, that WordNet calls things: never what is learnt. */
const notThings: ReadonlySet<string> = new Set(
  'snapshot snap polaroid daguerreotype tintype photogram blowup enlargement album gallery portfolio archive catalog catalogue lookbook brochure slideshow reel moodboard montage triptych mosaic-photo documentation reference artwork depiction likeness portrayal cast recording backup drawer server rig workstation desktop instance cluster node pipeline setup machine computer user owner lover beginner newbie noob fan favourite favorite client customer expert novice hobbyist amateur freelancer seller maker founder student colleague stuff card device hardware software server system laptop chip core shot scan negative print original original copy background scene foreground frame clip footage video thumbnail material trainer learner tuner generator renderer checkpoint adapter weights gig gigs ram buck bucks quid pound pounds cent cents dollar dollars euro euros won yen grand penny nickel dime quarter half bit lot plenty couple dozen pair trio bunch range series batch epoch tag caption prompt seed token native local regular professional pro mate dude bro sis bruh fam folk folks someone somebody shape form piece part side front back top bottom edge corner angle close-up headshot mugshot selfie wide high low main middle inside outside upper lower whole total base basic extra spare single double triple premium budget test tester draft rough final finish polish touch feel mood vibe medium media oil ink paint pastel chalk crayon marker brush pen pencil charcoal graphite pigment color colour shade tint tone hue gold silver bronze copper brass steel iron wood metal plastic glass stone clay ceramic leather cotton wool silk linen velvet denim canvas paper cardboard rubber wax ivory bone cream white black brown red green blue orange pink purple grey gray golden dark light bright flat right left north south east west way road path course line point ground floor stage platform store storefront outlet company firm agency startup art arts addition additive accelerator classic motif lab kit relic system station surface work segment clip closeup commodity component compound container creation cure decoration dose drug entanglement equipment etcetera facility facing gadget hub implement import ingredient innovation landing lane layer loading machinery net pane parcel pole pool portal recording repository rig round sensor shipment slide sole stand stern stick storehouse strip subsection switch tape terminal transport transportation trap tube utensil waste weave whip woodwork fragment sheet stretch opening universe variable structure partition obstruction enclosure quarters rack stall stable camp cell plug closet aide artist author babe candidate champion chief citizen claimant competitor composer consumer contractor creator dealer developer director distributor driver employer entrepreneur executive expert fellow follower fool foreigner freak genius graduate guest guide host idiot junior leader listener manager member observer officer official opponent parent participant patron peer performer player predecessor presenter producer proprietor reader recruit relative reporter representative resident retailer reviewer secretary shooter sinner specialist spectator sponsor stranger subscriber successor supervisor supplier survivor tenant trader traditionalist viewer visitor volunteer voter worker writer youth acid active air ash atom blend builder coal concentrate debris dust extract fiber filling fluid formulation fuel fumes garbage lint liquid material mixture molecule ore packing particle paste powder radical residue solid solution spray steel substrate water wax'.split(
    ' ',
  ),
)

/** Things that only WordNet knows, where no form of the lexicon stands. */
function wideFinds(words: readonly Word[], known: readonly Find[], normalised: Normalised): Find[] {
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
      if (size === 1 ? !canBeThing(words, index) : aside.has(head[0]!) || owners.has(head[0]!))
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

/** A word of English that no pet or person is called by in small letters. */
function isEnglishWord(word: string): boolean {
  return singularOf(word).some((one) => wideOthers().has(one) || wideNouns().has(one))
}

function overlaps(a: { start: number; end: number }, b: { start: number; end: number }): boolean {
  return a.start < b.end && b.start < a.end
}

function keepLongest(finds: readonly Find[]): Find[] {
  const sorted = [...finds].sort(
    (a, b) =>
      b.to - b.from - (a.to - a.from) ||
      Number(a.slip) - Number(b.slip) ||
      // "tropical fish tank": of two compounds the later has the head
      (a.kind === 'noun' && b.kind === 'noun' && overlaps(a, b)
        ? b.from - a.from
        : a.from - b.from),
  )
  const kept: Find[] = []
  for (const find of sorted) if (!kept.some((other) => overlaps(other, find))) kept.push(find)
  return kept.sort((a, b) => a.from - b.from)
}

/** "not a X", "no X", "instead of X", "rather than X": up to three small words between. */
function isNegated(words: readonly Word[], find: Find): boolean {
  for (let back = 1; back <= 4; back += 1) {
    const index = find.from - back
    const word = words[index]
    if (word === undefined || words[index + 1]!.breaks) return false
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

const resultWords = new Set(['in', 'as', 'like', 'into', 'with'])

/** A strong style word is a style wherever it stands; a weak one ("vintage", "pencil") only with a cue beside it. */
function isStyle(words: readonly Word[], find: Find, nouns: readonly Find[]): boolean {
  const text = words
    .slice(find.from, find.to + 1)
    .map((word) => word.lower)
    .join(' ')
  const next = words[find.to + 1]
  const before = words[find.from - 1]
  const cueAfter =
    next !== undefined &&
    !next.breaks &&
    singularOf(next.lower).some((word) => english.styleCues.has(word)) &&
    next.lower !== 'lora' &&
    next.lower !== 'model'
  const styleLora = next !== undefined && (next.lower === 'lora' || next.lower === 'loras')
  if (/\b(?:style|art)$/.test(text)) return true
  // "my comic's hero", "for my visual novel": where the figure belongs
  if (
    english.techniques.has(find.value) || english.weakStyles.has(text.replace(/'s?$/, ''))
      ? /'s$/.test(text) && !cueAfter
      : false
  )
    return false
  if (
    /^(?:visual novel|comic book|webtoon|manga|anime|cartoon|video game|storybook)$/.test(
      find.value,
    ) &&
    !cueAfter &&
    words
      .slice(Math.max(0, find.from - 3), find.from)
      .map((word) => word.lower)
      .join(' ')
      .match(/(?:^| )for (?:my|our|a|an|the|his|her)(?: \w+)?$/) !== null
  )
    return false
  // "in the style of pencil"
  const named = words
    .slice(Math.max(0, find.from - 3), find.from)
    .map((word) => word.lower)
    .join(' ')
  if (/(?:^| )(?:style|manner|aesthetic) of(?: an?| the)?$/.test(named)) return true
  const noun = nouns.find(
    (item) => overlaps(item, find) && item.to - item.from >= find.to - find.from,
  )
  const longerNoun = noun !== undefined && noun.to - noun.from > find.to - find.from
  if (longerNoun) return false
  const weak =
    noun !== undefined ||
    singularOf(words[find.to]!.lower).some((last) =>
      english.weakStyles.has(
        [...words.slice(find.from, find.to).map((word) => word.lower), last].join(' '),
      ),
    )
  if (cueAfter) return true
  // "my 3d printed vase": how it was made
  if (/^(?:printed|printer|printing|scanned|scan)$/.test(next?.lower ?? '') && !next!.breaks)
    return false
  // "my Genshin OC": where the figure comes from
  if (
    english.franchises.has(find.value) &&
    next !== undefined &&
    !next.breaks &&
    nouns.some((item) => item.from >= find.to + 1 && item.from <= find.to + 2)
  )
    return false
  if (!weak) {
    // "a Picasso painting" is a style; "my watercolor set" is a thing
    return !(
      next !== undefined &&
      !next.breaks &&
      ['set', 'box', 'kit', 'brush', 'brushes', 'paper', 'case'].includes(next.lower)
    )
  }
  if (styleLora && noun === undefined) return true
  // "she does gouache"
  if (
    ['does', 'do', 'doing', 'make', 'shoot', 'shoots'].includes(before?.lower ?? '') &&
    noun === undefined
  )
    return true
  const in_ =
    before !== undefined &&
    !find.negated &&
    (resultWords.has(before.lower) ||
      (articles.has(before.lower) &&
        ['in', 'as', 'like', 'into'].includes(words[find.from - 2]?.lower ?? '')))
  const adjective =
    next !== undefined && !next.breaks && nouns.some((item) => item.from === find.to + 1)
  const cast =
    adjective &&
    in_ &&
    ['as', 'into', 'like'].some((link) =>
      [before?.lower, words[find.from - 2]?.lower].includes(link),
    )
  // "gouache landscapes": what the pictures of a technique show
  if (
    adjective &&
    english.techniques.has(find.value) &&
    /^(?:landscapes?|portraits?|flowers?|still lifes?|cityscapes?|seascapes?|nudes?|florals?)$/.test(
      next.lower,
    )
  )
    return true
  if (adjective && !cast) return false
  return (
    in_ &&
    !(noun !== undefined && before.lower === 'with') &&
    !(
      noun !== undefined &&
      before.lower === 'in' &&
      !/color|colour|pencil|crayon|ink|clay|lego/.test(text)
    )
  )
}

/** Of several looks the strongest word counts, then the one beside "style", then the first. */
function pickStyle(words: readonly Word[], hits: readonly Find[]): Named | null {
  const live = hits.filter((find) => !find.negated)
  const weight = (find: Find): number =>
    (english.weakStyles.has(find.text.toLowerCase()) ? 0 : 2) +
    // "ukiyo-e woodblock style": a movement or an artist says more than a technique
    (english.techniques.has(find.value) ? 0 : 1.5) +
    (words[find.to + 1]?.lower.startsWith('style') === true ? 1 : 0) +
    (['into', 'as', 'like'].includes(words[find.from - 1]?.lower ?? '') ? 3 : 0)
  const [first] = [...live].sort((a, b) => weight(b) - weight(a))
  if (first === undefined) return null
  const confidence = first.slip ? 0.8 : live.length > 1 ? 0.85 : 0.95
  return { value: first.value, start: first.start, end: first.end, confidence }
}

/** A name of two capitals and more right before a technique or a medium: "Hiroshi Yoshida woodblock prints". */
function artistBefore(
  words: readonly Word[],
  hits: readonly Find[],
  nouns: readonly Find[],
  normalised: Normalised,
): Named | null {
  if (isAllCapsGoal(words)) return null
  for (const hit of hits) {
    if (/^(?:\d+s|vintage)$/.test(hit.value) || /^1\d+s$/.test(hit.text)) {
      // "1970s National Geographic": whose look of those years
      let to = hit.to
      while (
        to - hit.to < 3 &&
        words[to + 1]?.breaks === false &&
        /^\p{Lu}\p{Ll}/u.test(words[to + 1]!.text) &&
        !nouns.some((find) => find.from <= to + 1 && find.to >= to + 1)
      )
        to += 1
      if (to - hit.to >= 2) return slice(words, hit.to + 1, to, normalised, 0.7)
    }
    let from = hit.from
    while (
      from > 0 &&
      hit.from - from < 3 &&
      !words[from]!.breaks &&
      /^\p{Lu}\p{L}/u.test(words[from - 1]!.text) &&
      !commonWords.has(words[from - 1]!.lower) &&
      !linkWords.has(words[from - 1]!.lower) &&
      !isForm(words[from - 1]!.lower) &&
      !nouns.some((find) => find.from <= from - 1 && find.to >= from - 1)
    )
      from -= 1
    if (hit.from - from < 2) continue
    // "my cat Mister Whiskers watercolor": a name behind a thing of one's own
    if (ownerOf(words, from)) continue
    return slice(words, from, hit.from - 1, normalised, 0.7)
  }
  return null
}

/** "in the style of Hilma af Klint", "Bob Ross style": a look that no lexicon knows, word for word. */
function openStyleOf(words: readonly Word[], normalised: Normalised): Named | null {
  if (isAllCapsGoal(words)) return null
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    const like =
      word.lower === 'like' &&
      /^(?:draw|paint|sketch|illustrate|design|photograph)s?$/.test(words[index - 1]?.lower ?? '')
    if (like && /^\p{Lu}/u.test(words[index + 1]?.text ?? '')) {
      let end = index + 1
      while (
        end + 1 < words.length &&
        end - index < 3 &&
        !words[end + 1]!.breaks &&
        /^\p{Lu}/u.test(words[end + 1]!.text)
      )
        end += 1
      return slice(words, index + 1, end, normalised, 0.75)
    }
    // "in the vein of Tekkonkinkreet", "inspired by Remedios Varo", "à la Jean Giraud"
    const vein =
      (['vein', 'spirit', 'manner', 'tradition', 'fashion', 'mood'].includes(word.lower) &&
        words[index + 1]?.lower === 'of') ||
      (['inspired', 'reminiscent', 'style', 'lora'].includes(word.lower) &&
        ['by', 'of', 'after', 'like'].includes(words[index + 1]?.lower ?? '') &&
        !['of', 'like'].includes(
          word.lower === 'lora' || word.lower === 'style' ? words[index + 1]!.lower : '',
        )) ||
      (word.lower === 'la' && ['à', 'a'].includes(words[index - 1]?.lower ?? ''))
    if (vein) {
      const at = word.lower === 'la' ? index + 1 : index + 2
      let end = at - 1
      while (
        end + 1 < words.length &&
        end - at < 3 &&
        /^\p{Lu}/u.test(words[end + 1]!.text) &&
        !words[end + 1]!.breaks
      )
        end += 1
      if (end >= at && !nearThing(words[at]!)) return slice(words, at, end, normalised, 0.7)
    }
    // "the art style in Hollow Knight", "the look of Blade Runner"
    if (
      ['style', 'look', 'aesthetic', 'vibe', 'feel', 'visuals', 'palette'].includes(word.lower) &&
      ['of', 'in', 'from'].includes(words[index + 1]?.lower ?? '') &&
      words[index + 2] !== undefined
    ) {
      let at = index + 2
      if (articles.has(words[at]!.lower)) at += 1
      let end = at - 1
      while (
        end + 1 < words.length &&
        end - at < 3 &&
        /^\p{Lu}/u.test(words[end + 1]!.text) &&
        !isForm(words[at]!.lower) &&
        !(end >= at && words[end + 1]!.breaks)
      )
        end += 1
      if (end >= at) return slice(words, at, end, normalised, 0.7)
    }
    if (word.lower === 'style' && words[index + 1]?.lower === 'of') {
      let at = index + 2
      while (
        words[at] !== undefined &&
        (articles.has(words[at]!.lower) ||
          words[at]!.lower === 'artist' ||
          words[at]!.lower === 'painter')
      )
        at += 1
      const first = words[at]
      if (first === undefined || owners.has(first.lower) || first.breaks) continue
      let end = at
      while (
        end < words.length &&
        end - at < 4 &&
        (end === at || !words[end]!.breaks) &&
        !stopAfterStyle.has(words[end]!.lower)
      )
        end += 1
      const pictures = words
        .slice(at, end)
        .some((item) =>
          singularOf(item.lower).some((one) => english.media.has(one) || generic.has(one)),
        )
      if (end > at && !pictures) return slice(words, at, end - 1, normalised, 0.75)
    }
    if (
      (word.lower === 'style' || word.lower === 'styled' || word.lower === 'aesthetic') &&
      index > 0 &&
      !word.breaks
    ) {
      let from = index
      while (
        from > 0 &&
        !words[from]!.breaks &&
        index - from < 3 &&
        /^\p{Lu}/u.test(words[from - 1]!.text) &&
        !(from - 1 === 0 && commonWords.has(words[0]!.lower)) &&
        !stopAfterStyle.has(words[from - 1]!.lower) &&
        !words[from - 1]!.lower.endsWith("'s")
      )
        from -= 1
      if (from < index) return slice(words, from, index - 1, normalised, 0.7)
      // "cottagecore aesthetic": one word that is in no list
      const before = words[index - 1]!
      if (
        before.kind === 'latin' &&
        before.lower.length > 3 &&
        !commonWords.has(before.lower) &&
        !linkWords.has(before.lower) &&
        !aside.has(before.lower) &&
        !/'s?$|(?:ing|ed|ly)$/.test(before.lower) &&
        !singularOf(before.lower).some(
          (one) => isForm(one) || generic.has(one) || english.media.has(one),
        )
      ) {
        return slice(words, index - 1, index - 1, normalised, 0.6)
      }
    }
  }
  return null
}

/** A capital that is only a noun of the lexicon ("inspired by Cats"). */
function nearThing(word: Word): boolean {
  return singularOf(word.lower).some((one) =>
    (wordForms.get(one) ?? []).some((form) => form.words.length === 1 && form.kind === 'noun'),
  )
}

const generic = new Set([
  'image',
  'picture',
  'photo',
  'pic',
  'file',
  'attached',
  'artist',
  'following',
  'above',
  'same',
  'folder',
  'dataset',
  'own',
  'mine',
  'upload',
  'uploaded',
  'set',
  'one',
  'thing',
  'shot',
])

const stopAfterStyle = new Set([
  'it',
  'its',
  'them',
  'this',
  'that',
  'these',
  'me',
  'him',
  'her',
  'mine',
  'yours',
  'with',
  'using',
  'from',
  'for',
  'on',
  'and',
  'but',
  'please',
  'so',
  'that',
  'which',
  'at',
  'in',
  'lora',
  'style',
  'model',
  'to',
  'my',
  'our',
  'these',
  'this',
  'sdxl',
  'sd',
  'by',
  'train',
  'trained',
  'a',
  'the',
  'of',
  'or',
  'not',
  'learn',
  'make',
])

function slice(
  words: readonly Word[],
  from: number,
  to: number,
  normalised: Normalised,
  confidence: number,
): Named {
  const start = words[from]!.start
  const end = words[to]!.end
  return { value: normalised.text.slice(start, end).replace(/'s?$/, ''), start, end, confidence }
}

const units = new Set([
  'gb',
  'mb',
  'px',
  'gpu',
  'gpus',
  'vram',
  'ram',
  'usd',
  'eur',
  'krw',
  'cpu',
  'lr',
  'k',
  'h',
  'min',
  'mins',
  'hr',
  'hrs',
  'ai',
  'ml',
  'gib',
  'tb',
  'xl',
  'ok',
  'hd',
  'rtx',
  'gtx',
  'nvidia',
  'sd',
  'id',
  'png',
  'jpg',
  'jpeg',
])

const linkWords = new Set([
  'mix',
  'cross',
  'breed',
  'mixed',
  'batch',
  'size',
  'steps',
  'step',
  'res',
  'resolution',
  'dim',
  'network',
  'vram',
  'budget',
  'epochs',
  'trigger',
  'token',
  'px',
  'weights',
  ...aside,
  ...articles,
  ...owners,
  'of',
  'and',
  'or',
  'but',
  'is',
  'are',
  'was',
  'who',
  'which',
  'so',
  'please',
  'not',
  'no',
  'i',
  'it',
  'we',
  'you',
  'he',
  'she',
  'they',
  'looks',
  'lora',
  'model',
  'photos',
  'photo',
  'pictures',
  'picture',
  'images',
  'image',
  'pics',
  'style',
  'fast',
  'quickly',
  'only',
  'just',
  'using',
  'use',
  'used',
  'dataset',
  'data',
  'named',
  'called',
  'then',
  'can',
  'will',
  'should',
  'if',
  'when',
  'while',
  'where',
  'because',
  'than',
  'max',
  'under',
  'within',
  'up',
  'down',
  'out',
  'about',
  'rank',
  'alpha',
  'steps',
  'learning',
  'rate',
  'gpu',
  'gpus',
  'one',
  'two',
  'three',
  'ok',
  'thanks',
  'plz',
  'pls',
  'asap',
  'playing',
  'sleeping',
  'running',
  'today',
  'tonight',
  'tomorrow',
  'now',
  'too',
  'also',
  'has',
  'have',
  'had',
  'best',
  'good',
  'high',
  'low',
  'without',
  'all',
  'both',
  'here',
  'there',
])

function findNames(
  words: readonly Word[],
  nouns: readonly Find[],
  fixed: readonly Find[],
  styles: readonly Find[],
  lower: string,
  normalised: Normalised,
  look: Named | null,
): { name: Named | null; trigger: Named | null } {
  const isFixed = (index: number): boolean => {
    const word = words[index]
    return (
      fixed.some((find) => index >= find.from && index <= find.to) ||
      (look !== null && word !== undefined && word.start >= look.start && word.end <= look.end)
    )
  }
  const capital = (index: number): boolean => {
    const word = words[index]
    return (
      word !== undefined &&
      !word.breaks &&
      !units.has(word.lower) &&
      !platforms.has(word.lower) &&
      !/'(?:re|ve|ll|m|d|t)$/.test(word.lower) &&
      // "Saul Leiter": a look of several words is no name
      !styles.some((find) => find.to > find.from && find.from <= index && find.to >= index) &&
      /^\p{Lu}/u.test(word.text) &&
      word.text.length > 1 &&
      // "my dog Max", but "Max 2 hours"
      (!linkWords.has(word.lower) ||
        (word.text === 'Max' && index > 1 && words[index + 1]?.kind !== 'number')) &&
      !isFixed(index) &&
      word.kind === 'latin'
    )
  }
  const run = (from: number): number => {
    let to = from
    const second = words[from + 1]
    if (second === undefined || second.breaks) return from
    // "Captain Feathers", "Geralt of Rivia"
    if (titles.has(words[from]!.lower) && /^\p{Lu}/u.test(second.text)) to = from + 1
    if (
      ['of', 'the', 'von', 'van', 'de', 'la'].includes(second.lower) &&
      capital(from + 2) &&
      !nouns.some((find) => find.from === from + 2)
    )
      return from + 2
    while (
      to - from < 3 &&
      capital(to + 1) &&
      !styles.some(
        (find) => find.from === to + 1 && !english.weakStyles.has(words[to + 1]!.lower),
      ) &&
      !nouns.some((find) => find.from === to + 1)
    )
      to += 1
    return to
  }
  const trigger = triggerOf(words, lower, normalised)

  // named / called / by the name of X
  for (let index = 0; index < words.length - 1; index += 1) {
    const word = words[index]!.lower
    let at = -1
    // "a LoRA named milo-v2": the file's name, not the subject's
    const file = ['lora', 'loras', 'model', 'checkpoint', 'file', 'project', 'version'].includes(
      words[index - 1]?.lower ?? '',
    )
    if (!file && (word === 'named' || word === 'called' || word === 'nicknamed')) at = index + 1
    if (
      (word === 'meet' ||
        (word === 'is' && ['this', 'here'].includes(words[index - 1]?.lower ?? ''))) &&
      capital(index + 1) &&
      !commonWords.has(words[index + 1]!.lower) &&
      !isForm(words[index + 1]!.lower)
    )
      at = index + 1
    if (
      (word === 'name' || word === "name's") &&
      (words[index + 1]!.lower === 'is' || words[index + 1]!.lower === 'of')
    )
      at = index + 2
    // "Dumbo is the name of my rat"
    if (
      word === 'name' &&
      words[index + 1]!.lower === 'of' &&
      owners.has(words[index + 2]?.lower ?? '')
    ) {
      const is = index - 2
      if (words[is]?.lower !== 'is' || !capital(0) || is > 3) continue
      return { name: named(words, 0, is - 1, normalised, 0.9), trigger }
    }
    if (word === "name's") at = index + 1
    if (
      (word === 'name' && words[index + 1]!.breaks) ||
      (word === 'name' && lower[words[index]!.end] === ':')
    )
      at = index + 1
    if (at < 0 || at >= words.length || isFixed(at)) continue
    // "my name is Anna" is about who asks
    if (word === 'name' && words[index - 1]?.lower === 'my') continue
    while (words[at] !== undefined && ['the', 'a'].includes(words[at]!.lower)) at += 1
    if (words[at] === undefined || words[at]!.kind === 'other') continue
    const to = words[at]!.quoted ? quotedEnd(words, at) : run(at)
    return { name: named(words, at, to, normalised, 0.97), trigger }
  }
  // a quoted name beside a class noun, or alone
  for (let index = 0; index < words.length; index += 1) {
    if (!words[index]!.quoted || (index > 0 && words[index - 1]!.quote === words[index]!.quote))
      continue
    const to = quotedEnd(words, index)
    if (to - index > 3) continue
    const candidate = named(words, index, to, normalised, 0.9)
    if (trigger !== null && candidate.start < trigger.end && trigger.start < candidate.end) continue
    if (
      styles.some((find) => find.from <= index && find.to >= to) ||
      isFixed(index) ||
      words[to + 1]?.lower === 'style'
    )
      continue
    const beside = nouns.some((find) => find.to === index - 1 || find.from === to + 1)
    const alone =
      /^\p{Lu}/u.test(words[index]!.text) ||
      ['of', 'on', 'for', 'train', 'learn', 'teach'].includes(words[index - 1]?.lower ?? '')
    if (beside || (alone && nouns.every((find) => find.from > to || find.to < index)))
      return { name: candidate, trigger }
  }
  for (const noun of nouns) {
    if (madeOrOwns(words, nouns, noun)) continue
    // "my collie mix Ziggy"
    const mixed =
      ['mix', 'cross', 'breed', 'mixed', 'model', 'pup', 'character'].includes(
        words[noun.to + 1]?.lower ?? '',
      ) && words[noun.to + 1]?.breaks === false
    const next = noun.to + (mixed ? 2 : 1)
    const owned = ownerOf(words, noun.from)
    // "my cat Fluffy"
    const proper = /^\p{Lu}/u.test(words[noun.to]!.text) && noun.from > 0
    // "Cadillac Eldorado", "Ducati Monster": a maker's model
    if (
      /^\p{Lu}/u.test(words[noun.to]!.text) &&
      !['animal', 'person', 'toy'].includes(hypernymOf(noun.value) ?? '') &&
      (noun.from > 0 && hypernymOf(noun.value) === 'vehicle'
        ? true
        : !singularOf(noun.text.toLowerCase()).includes(noun.value)) &&
      !isAllCapsGoal(words) &&
      capital(next)
    )
      continue
    if (
      capital(next) &&
      !isAllCapsGoal(words) &&
      !(proper && nouns.some((find) => find.from === next))
    ) {
      let to = run(next)
      // "my cats Salt and Pepper"
      if (
        /s$/.test(words[noun.to]!.lower) &&
        ['and', '&'].includes(words[to + 1]?.lower ?? '') &&
        /^\p{Lu}\p{Ll}/u.test(words[to + 2]?.text ?? '') &&
        !words[to + 2]!.breaks
      )
        to += 2
      return { name: named(words, next, to, normalised, owned ? 0.97 : 0.85), trigger }
    }
    // "my cat, Fluffy, ..."
    if (
      owned &&
      words[next]?.breaks === true &&
      /^(?:\s(?:mix|cross|model))?\s?,\s?$/.test(lower.slice(noun.end, words[next].start)) &&
      /^\p{Lu}/u.test(words[next].text) &&
      !linkWords.has(words[next].lower) &&
      !isFixed(next) &&
      !commonWords.has(words[next].lower)
    ) {
      return { name: named(words, next, run(next), normalised, 0.8), trigger }
    }
    // "sentient toaster mascot, Toasty"
    if (
      ['mascot', 'character', 'robot', 'plush toy', 'doll', 'monster', 'dragon'].includes(
        noun.value,
      ) &&
      words[next]?.breaks === true &&
      /^\s?,\s?$/.test(lower.slice(noun.end, words[next].start)) &&
      /^\p{Lu}\p{Ll}/u.test(words[next].text) &&
      !linkWords.has(words[next].lower) &&
      !commonWords.has(words[next].lower) &&
      !isFixed(next) &&
      !isAllCapsGoal(words) &&
      (words[run(next) + 1] === undefined || words[run(next) + 1]!.breaks)
    )
      return { name: named(words, next, run(next), normalised, 0.75), trigger }
    // "my cat (Fluffy)"
    if (
      words[next]?.breaks === true &&
      /^\s*\($/.test(lower.slice(noun.end, words[next].start)) &&
      /^\p{Lu}/u.test(words[next].text) &&
      !isFixed(next)
    ) {
      return { name: named(words, next, run(next), normalised, 0.85), trigger }
    }
  }
  // "Fluffy, my cat", "Fluffy the cat", "Fluffy is my cat", "Fluffy my cat"
  for (const noun of nouns) {
    let at = noun.from - 1
    while (
      at >= 0 &&
      noun.from - at < 4 &&
      !['my', 'our', 'the', 'a', 'an'].includes(words[at]!.lower) &&
      !words[at + 1]!.breaks
    )
      at -= 1
    if (at < 1 || !['my', 'our', 'the', 'a', 'an'].includes(words[at]!.lower)) continue
    let before = at - 1
    if (['is', 'are', 'was'].includes(words[before]!.lower)) before -= 1
    const word = words[before]
    if (
      word === undefined ||
      !/^\p{Lu}/u.test(word.text) ||
      /'(?:re|ve|ll|m|d|t)$/.test(word.lower) ||
      units.has(word.lower) ||
      linkWords.has(word.lower) ||
      commonWords.has(word.lower) ||
      isFixed(before) ||
      word.kind !== 'latin'
    )
      continue
    if (styles.some((find) => find.from <= before && find.to >= before)) continue
    let from = before
    while (
      from > 0 &&
      /^\p{Lu}/u.test(words[from - 1]!.text) &&
      !words[from]!.breaks &&
      !linkWords.has(words[from - 1]!.lower) &&
      !commonWords.has(words[from - 1]!.lower) &&
      !isFixed(from - 1)
    )
      from -= 1
    return { name: named(words, from, before, normalised, 0.85), trigger }
  }
  // "my cat fluffy": small letters, a word that is in no list; or "my dog biscuit"
  for (const noun of nouns) {
    const index = noun.to + 1
    const word = words[index]
    // "my bulldog tank": what pets are called, at the end of the phrase
    const behind_ = words[index + 1]
    if (
      word !== undefined &&
      !word.breaks &&
      petNames.has(word.lower) &&
      hypernymOf(noun.value) === 'animal' &&
      ownerOf(words, noun.from) &&
      !nouns.some((find) => find.from <= index && find.to > index) &&
      (behind_ === undefined ||
        behind_.breaks ||
        linkWords.has(behind_.lower) ||
        commonWords.has(behind_.lower) ||
        isFixed(index + 1) ||
        styles.some((find) => find.from === index + 1))
    )
      return { name: named(words, index, index, normalised, 0.65), trigger }
    const edible = nouns.find((find) => find.from === index && find.to === index)
    if (
      word !== undefined &&
      !word.breaks &&
      edible !== undefined &&
      hypernymOf(noun.value) === 'animal' &&
      (['food', 'plant', 'nature', 'substance', 'toy', 'sport'].includes(
        hypernymOf(edible.value) ?? '',
      ) ||
        // "our kitten bobbin": what no pet shop sells
        (edible.wide === true && !petGear.test(word.lower))) &&
      !['food', 'plant', 'flower', 'tree', 'grass', 'toy', 'plush toy'].includes(edible.value) &&
      (singularOf(word.lower).length === 1 || edible.wide === true) &&
      ownerOf(words, noun.from)
    ) {
      return { name: named(words, index, index, normalised, 0.65), trigger }
    }
    if (
      word === undefined ||
      word.breaks ||
      word.kind !== 'latin' ||
      !ownerOf(words, noun.from) ||
      nouns.some((find) => find.from === index)
    )
      continue
    if (
      linkWords.has(word.lower) ||
      commonWords.has(word.lower) ||
      isFixed(index) ||
      isForm(word.lower) ||
      singularOf(word.lower).some((item) => commonWords.has(item) || isForm(item)) ||
      isEnglishWord(word.lower) ||
      word.lower.length < 2
    )
      continue
    if (styles.some((find) => find.from === index) || /(?:ing|ed|ly)$/.test(word.lower)) continue
    if (!canBeNamed(noun.value) || words[noun.to]!.lower.endsWith("'s")) continue
    const titled =
      titles.has(word.lower) && words[index + 1]?.kind === 'latin' && !words[index + 1]!.breaks
    return { name: named(words, index, titled ? index + 1 : index, normalised, 0.7), trigger }
  }
  // "train a LoRA of Fluffy": a capital word where the subject would stand, and no class noun
  if (nouns.every((find) => english.lightNouns.has(find.value) || find.from > 0)) {
    for (let index = 1; index < words.length; index += 1) {
      const before = words[index - 1]!.lower
      if (
        !capital(index) ||
        commonWords.has(words[index]!.lower) ||
        (singularOf(words[index]!.lower).some((one) => isForm(one)) &&
          // "train on Pixel": a look that needs a cue and has none is a name
          !(
            index === words.length - 1 &&
            english.weakStyles.has(words[index]!.lower) &&
            nouns.length === 0
          ))
      )
        continue
      // "my furball Biscotti": behind a thing of one's own that no lexicon knows
      const unknownThing =
        nouns.length === 0 &&
        isUnknown(words[index - 1]!) &&
        !words[index]!.breaks &&
        words
          .slice(Math.max(0, index - 4), index - 1)
          .some((word) => ['my', 'our'].includes(word.lower))
      if (
        !unknownThing &&
        !['of', 'on', 'for', 'train', 'teach', 'learn', 'my', 'our', 'about'].includes(before)
      )
        continue
      if (isAllCapsGoal(words) || words[index]!.text === words[index]!.text.toUpperCase()) continue
      if (nouns.some((find) => find.from <= index && find.to >= index)) continue
      const to = run(index)
      if (
        ['style', 'aesthetic', 'art'].includes(words[to + 1]?.lower ?? '') ||
        // "a LoRA of Tokyo street photography"
        (words[to + 1]?.breaks === false && styles.some((find) => find.from === to + 1)) ||
        nouns.some((find) => find.from <= to + 1 && find.from > index)
      )
        continue
      // "the fjords of Norway": where they are
      if (
        before === 'of' &&
        nouns.some((find) => find.to === index - 2 && !english.media.has(find.value))
      )
        continue
      const styleOf = words[index - 2]?.lower === 'style'
      const ofName = before === 'of' && index === 2 && /^\p{Lu}\p{Ll}/u.test(words[0]!.text)
      if (styleOf || (ofName && !isForm(words[0]!.lower) && !commonWords.has(words[0]!.lower)))
        continue
      return { name: named(words, index, to, normalised, 0.75), trigger }
    }
  }
  // "Lara Croft lora for comfyui", "Fluffy": capitals that open the goal and that no list knows
  let last = -1
  while (
    last < 2 &&
    words[last + 1] !== undefined &&
    (last < 0 || !words[last + 1]!.breaks) &&
    words[last + 1]!.kind === 'latin' &&
    /^\p{Lu}\p{Ll}/u.test(words[last + 1]!.text) &&
    !commonWords.has(words[last + 1]!.lower) &&
    !linkWords.has(words[last + 1]!.lower) &&
    !units.has(words[last + 1]!.lower) &&
    !isFixed(last + 1) &&
    !styles.some((find) => find.from === last + 1) &&
    !/(?:ing|ed|ly)$/.test(words[last + 1]!.lower)
  )
    last += 1
  if (last === 0) last = run(0)
  const behind = words[last + 1]
  if (
    last >= 0 &&
    !realWords.has(words[0]!.lower) &&
    nouns.length === 0 &&
    (behind === undefined || ['lora', 'loras', 'dreambooth', 'model'].includes(behind.lower)) &&
    words.slice(0, last + 1).some((word) => !isForm(word.lower))
  )
    return { name: named(words, 0, last, normalised, 0.6), trigger }
  return { name: null, trigger }
}

const petGear =
  /^(?:feeders?|carriers?|strollers?|muzzles?|halters?|perch(?:es)?|scratchers?|litter|pens?|runs?|stalls?|troughs?|barns?|enclosures?|habitats?|terrariums?|vivariums?|tags?|bandanas?|vests?|raincoats?|sweaters?|shampoos?|grooming|clippers?|doors?|gates?|ramps?|beds?|boarding|shelters?|hides?|skins?|pelts?|furs?|feathers?|shells?|eggs?|skulls?|tails?|heads?|masks?|statues?|statuettes?|carvings?|pendants?|charms?|bowls?|lamps?|lanterns?|kites?|puppets?|cartoons?|onesies?)$/

/** English words that pets are called by more often than they are a pet's thing. */
const petNames = new Set(
  'tank diesel pepper shadow smokey smoky bandit buddy rocky angel ghost storm king queen prince princess duke duchess tiger fox panda bubbles boots socks mittens patches ziggy star moon sky snow ruby jade pearl amber hunter ranger scout gizmo pixel pirate captain ninja wizard viking robin raven olive maple willow holly ivy rose lily daisy poppy jasmine violet clover hazel oreo cookie ginger pumpkin peanut biscuit muffin waffles pancake nugget pickles noodle mango kiwi coco cocoa mocha latte espresso toffee caramel honey sugar cinnamon nutmeg basil sage bean beans tofu sushi mochi dumpling taco nacho burrito bear wolf moose goose bunny kitty lion dragon phoenix griffin zeus thunder lightning blaze ember ash cloud sunny misty stormy rain river ocean forest rusty dusty sandy cosmo comet rocket turbo dash bolt flash jet ace chip chips button penny lucky joker jester domino dice marble velvet cotton fluffy snowball snowflake icicle frosty crystal diamond opal onyx slate flint boulder pebbles'.split(
    ' ',
  ),
)

export const rareTokens: ReadonlySet<string> = new Set([
  'sks',
  'ohwx',
  'zwx',
  'shs',
  'bnha',
  'lkj',
  'tok',
])

const titles = new Set(
  'mr mrs ms miss dr sir lady lord king queen prince princess captain professor prof general uncle aunt saint st'.split(
    ' ',
  ),
)

function isAllCapsGoal(words: readonly Word[]): boolean {
  const latin = words.filter((word) => word.kind === 'latin')
  const capitals = latin.filter((word) => /^\p{Lu}/u.test(word.text)).length
  return latin.length >= 4 && capitals / latin.length > 0.8
}

function quotedEnd(words: readonly Word[], from: number): number {
  let to = from
  while (words[to + 1]?.quoted === true && words[to + 1]!.quote === words[from]!.quote) to += 1
  return to
}

function named(
  words: readonly Word[],
  from: number,
  to: number,
  normalised: Normalised,
  confidence: number,
): Named {
  const start = words[from]!.start
  let end = words[to]!.end
  let value = normalised.text.slice(start, end)
  const possessive = /'s?$/.exec(value)
  if (possessive !== null) {
    value = value.slice(0, possessive.index)
    end -= possessive[0].length
  }
  return { value, start, end, confidence }
}

function triggerOf(words: readonly Word[], lower: string, normalised: Normalised): Named | null {
  // "sks dog", "ohwx man": tokens that the field uses as triggers and nothing else
  const rare = words.find((word) => rareTokens.has(word.lower))
  if (rare !== undefined)
    return { value: rare.text, start: rare.start, end: rare.end, confidence: 0.95 }
  const patterns = [
    /\b(?:trigger(?:\s?-?\s?(?:word|token|phrase))?|activation (?:word|token)|instance token|(?:rare )?token|keyword|trigger tag)s?\s*(?:should be|will be|must be|is|be|as|=|:|to|of)?\s*["']?([\p{L}\p{N}][\p{L}\p{N}_-]*)/dgu,
    /\b(?:use|with|using|set)\s+["']?([\p{L}\p{N}][\p{L}\p{N}_-]*)["']?\s+(?:as|for|to be)\s+(?:the\s+|my\s+|a\s+|its\s+)?(?:trigger|activation|instance token|keyword|token)/dgu,
    /["']?([\p{L}\p{N}][\p{L}\p{N}_-]*)["']?\s+as\s+(?:the\s+|my\s+|a\s+|its\s+)?(?:trigger|activation|token|keyword)/dgu,
  ]
  const small = new Set([
    'word',
    'words',
    'the',
    'a',
    'is',
    'that',
    'should',
    'and',
    'for',
    'my',
    'it',
    'token',
    'phrase',
    'please',
    'with',
    'limit',
    'count',
    'of',
    'to',
    'be',
  ])
  for (const pattern of patterns) {
    for (const match of lower.matchAll(pattern)) {
      const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[1]!
      const value = normalised.text.slice(start, end)
      if (small.has(value.toLowerCase()) || value.length > 40) continue
      return { value, start, end, confidence: 0.95 }
    }
  }
  return null
}

/** "my", "our" ... up to four words before, with no verb or preposition between. */
function ownerOf(words: readonly Word[], index: number): boolean {
  for (let at = index - 1; at >= 0 && at >= index - 4; at -= 1) {
    if (words[at + 1]!.breaks) return false
    const word = words[at]!.lower
    if (owners.has(word)) return true
    if (word.endsWith("'s")) continue
    if (aside.has(word) || articles.has(word) || word === 'of' || word === 'and') return false
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
function canBeNamed(noun: string): boolean {
  return !bodyless.has(hypernymOf(noun) ?? 'place')
}

/** Verbs and function words that are spelt like nouns: nouns only with "a", "my", "of" or an adjective before them. */
const homographs = new Set(
  'nails nail heart brain cell foot nose mine studio bush booth journal pearls train can watch fly bear saw ring tie sign duck rock seal fan drill hammer iron play plant park cook box letter stamp map book crane mole star field pan swallow pose lock mask shell shop gate plate ship hand face drum skate ski pen table pattern cut fish model person light star jam jar log punch bat kid people friend human adult couple thing things item cap shades screen display lens home interior set nature land sky object product texture home board pot produce dish cover hero cast spring orange sub tablet fox mount swallow port dock cross chain remote crest timer giant god gear pipe lighter scroll screw bolt organ tower wheel engine tire reed worm chick torch recorder student bean nut stool tray scale pitcher banner valley ruin pool office school kitchen factory restaurant wallpaper anchor barrel compass hammock coral salmon plum robe giant monogram swing well past pound palm comb judge cricket pin'.split(
    ' ',
  ),
)

function standsAsNoun(words: readonly Word[], find: Find): boolean {
  if (
    find.from === find.to &&
    /^(?:things?|items?|objects?)$/.test(words[find.from]!.lower) &&
    !ownerOf(words, find.from)
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
  if (before === undefined)
    return (
      (words.length <= 2 && words[find.from]!.lower !== 'train') ||
      ['lora', 'photos', 'pictures', 'images', 'pics'].includes(words[1]?.lower ?? '')
    )
  if (words[find.from]!.breaks)
    return words[find.from]!.lower !== 'train' && words[find.from]!.lower !== 'can'
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
function pronouns(words: readonly Word[], lower: string): Find[] {
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
    return [
      {
        kind: 'noun',
        value: 'person',
        start: word.start,
        end: word.end,
        from: index,
        to: index,
        text: word.text,
        negated: false,
        slip: false,
      },
    ]
  })
}

/** Where pictures go, or come from: no names of what they show. */
const platforms: ReadonlySet<string> = new Set([
  'linkedin',
  'instagram',
  'facebook',
  'etsy',
  'pinterest',
  'tinder',
  'tiktok',
  'youtube',
  'twitch',
  'twitter',
  'discord',
  'shopify',
  'ebay',
  'whatsapp',
  'telegram',
  'snapchat',
  'patreon',
  'reddit',
  'flickr',
  'tumblr',
  'bumble',
  'hinge',
  'zoom',
  'google',
  'kickstarter',
])

const containers: ReadonlySet<string> = new Set([
  'bowl',
  'plate',
  'cup',
  'glass',
  'mug',
  'bottle',
  'jar',
  'basket',
  'bag',
  'box',
  'pot',
])

const handwriting = /^(?:handwriting|penmanship|handlettering|cursive|brushwork|linework)$/

const lookWords = new Set([
  'style',
  'styles',
  'aesthetic',
  'aesthetics',
  'look',
  'vibe',
  'artstyle',
])
const madeWords = new Set([
  'drawing',
  'painting',
  'sketch',
  'illustration',
  'artwork',
  'art',
  'doodle',
  'design',
  'comic',
  'print',
  'work',
  'watercolor',
  'rendering',
  'render',
  'lettering',
  'calligraphy',
  'mural',
  'woodcut',
  'linocut',
  'etching',
  'collage',
  'graphic',
  'webtoon',
  'manga',
])

function saysWhichLook(words: readonly Word[], find: Find): boolean {
  const owner = words[find.to]!.lower.endsWith("'s")
  for (let at = find.to + 1; at <= find.to + 3 && at < words.length; at += 1) {
    const word = words[at]!
    if (
      word.breaks ||
      aside.has(word.lower) ||
      (linkWords.has(word.lower) && !lookWords.has(word.lower))
    )
      return false
    const singular = singularOf(word.lower)
    if (
      word.lower === 'look' &&
      /^(?:good|great|nice|better|best|beautiful|amazing|awesome|cool|cute|real|realistic|like|as|more|natural|professional|happy|young|younger|older)$/.test(
        words[at + 1]?.lower ?? '',
      )
    )
      return false
    if (lookWords.has(word.lower)) {
      // "my cat anime style" names a cat; "my tattoo designs style" does not name a tattoo
      return at === find.to + 1
        ? ownerOf(words, find.from) || !canBeNamed(find.value)
        : singularOf(words[at - 1]!.lower).some((item) => madeWords.has(item)) || owner
    }
    if (owner && singular.some((item) => madeWords.has(item)) && words[at + 1]?.lower !== 'of')
      return true
  }
  return false
}

const saleWords =
  /^(?:stands?|stalls?|booths?|kiosks?|shops?|stores?|brand|company|studio|business)$/i
const groupWords =
  /^(?:collections?|sets?|lines?|range|series|family|families|group|teams?|pairs?|herd|flock|stash|assortment|display|box|bag|menagerie|army|row|pile|stack|bunch)$/

/** What is sold, made or gathered: the word before it says what it is ("candle packaging", "sneaker prototype"). */
const vagueHeads: ReadonlySet<string> = new Set(
  'packaging package merchandise merch equipment gear apparatus ware wares prototype mockup artifact artefact creation commodity ware invention makings wrapper wrapping container fixture fitting decor decoration ornament ornamentation furnishing accessory device gadget gizmo contraption instrument tool unit specimen replica reproduction facsimile handicraft handiwork craft knickknack trinket keepsake memento souvenir collectible collectable exhibit showpiece masterpiece attachment appliance machine machinery mechanism outfit getup garb attire line slice block skein spool stick sachet pouch packet sack crate wedge cube scoop pellet kernel pod loaf wheel dollop chunk pat bushel sprig stalk showroom lineup stand stall booth kiosk joint counter shelf display rack bar topper base mount setup rig layout design pattern print motif colorway swatch sample bundle kit set collection assortment'.split(
    ' ',
  ),
)

function rankSubjects(
  words: readonly Word[],
  nouns: readonly Find[],
  name: Named | null,
  normalised: Normalised,
  fixed: readonly Find[],
  styles: readonly Find[],
  openStyle: Named | null,
): Evidence['subjects'][number][] {
  // "coffee mug", "cat plushie": of neighbouring nouns the last is the head
  // "Saturn V rocket", "Omega Seamaster 300 watch": only a maker's words and figures stand between
  const startingAt = new Map(nouns.map((find) => [find.from, find]))
  const after = (find: Find): Find | undefined => {
    for (let at = find.to + 1; at <= find.to + 3 && at < words.length; at += 1) {
      const word = words[at]!
      if (word.breaks) return undefined
      const other = startingAt.get(at)
      if (other !== undefined) {
        const named = name !== null && name.start >= find.end && name.start < word.start
        return at === find.to + 1 || !named ? other : undefined
      }
      const brand =
        /^\p{Lu}/u.test(word.text) && /^\p{Lu}/u.test(find.text) && !isAllCapsGoal(words)
      // "ice hockey goalie mask": any noun or adjective of the same phrase
      const between =
        at <= find.to + 2 &&
        word.kind === 'latin' &&
        wideOthers().has(word.lower) &&
        !/(?:ing|ed|ly)$/.test(word.lower) &&
        !linkWords.has(word.lower) &&
        !commonWords.has(word.lower) &&
        !generic.has(singularOf(word.lower).at(-1)!) &&
        !english.media.has(word.lower) &&
        !isForm(word.lower)
      if (word.kind !== 'number' && !brand && !between) return undefined
    }
    return undefined
  }
  const vague = (find: Find): boolean =>
    ['product', 'object', 'toy'].includes(find.value) ||
    vagueHeads.has(find.value) ||
    // "Korean hanbok dresses"
    (/^(?:dress(?:es)?|outfits?|costumes?|clothes|clothing|garments?|robes?|attire)$/i.test(
      find.text,
    ) &&
      nouns.some(
        (other) => other.to === find.from - 1 && hypernymOf(other.value) === 'clothing',
      )) ||
    // "our local otter family"
    (/^(?:family|families|couples?|pair|gang|siblings)$/i.test(find.text) &&
      nouns.some((other) => other.to === find.from - 1 && hypernymOf(other.value) === 'animal')) ||
    // "hotel lobby": a part of a place is seen as the place
    (/^(?:lobby|foyer|entrance|facade|exterior|hallway|storefront|vestibule)$/.test(find.value) &&
      nouns.some((other) => other.to === find.from - 1 && hypernymOf(other.value) === 'place')) ||
    // "soap bars", "my actress friend"
    (/^(?:bars?|friends?|buddy|person|people|lady|ladies|guys?|dudes?|folks?)$/i.test(find.text) &&
      nouns.some(
        (other) =>
          other.to === find.from - 1 &&
          ['food', 'household', 'person'].includes(hypernymOf(other.value) ?? ''),
      )) ||
    (/^interiors?$/i.test(find.text) &&
      nouns.some((other) => other.to === find.from - 1 && hypernymOf(other.value) === 'place'))
  const kin = (a: Find, b: Find): boolean =>
    b.value !== 'toy' || (hypernymOf(a.value) === 'toy' && a.value !== 'toy')
  const heads = nouns.filter((find) => {
    const next = after(find)
    // "a bowl of pho": what is in it
    if (
      containers.has(find.value) &&
      words[find.to + 1]?.lower === 'of' &&
      nouns.some(
        (other) =>
          other.from > find.to + 1 &&
          other.from <= find.to + 3 &&
          ['food', 'plant'].includes(hypernymOf(other.value) ?? ''),
      )
    )
      return false
    if (
      next !== undefined &&
      !words[find.to]!.lower.endsWith("'s") &&
      !(vague(next) && kin(find, next))
    )
      return false
    const chain = nouns.find((other) => other.to === find.from - 1 && !words[find.from]!.breaks)
    if (chain === undefined || !vague(find)) return true
    const before = nouns.find((other) => other.to === chain.from - 1)
    return !(kin(chain, find) || (before !== undefined && kin(before, find)))
  })
  for (const find of nouns) {
    // "plush bear toy": the first noun of the chain already says what kind of toy
    const middle = after(find)
    const last = middle === undefined ? undefined : after(middle)
    if (last?.value === 'toy' && kin(find, last) && !heads.includes(find)) heads.push(find)
  }
  const result: Evidence['subjects'][number][] = []
  for (const find of heads) {
    if (find.negated) continue
    // "my cat's face": the owner is the subject
    const possessor = nouns.find(
      (other) =>
        other.to === find.from - 1 && /'s?$/.test(words[other.to]!.lower) && other !== find,
    )
    const head =
      possessor !== undefined &&
      (['person', 'hand', 'eye', 'expression', 'pose', 'portrait', 'hairstyle'].includes(
        find.value,
      ) ||
        (hypernymOf(find.value) === 'body' &&
          ['animal', 'person'].includes(hypernymOf(possessor.value) ?? '')))
        ? possessor
        : find
    let score = 1 - find.from * 0.01
    let first = find.from
    while (first > 0 && !words[first]!.breaks && nouns.some((other) => other.to === first - 1))
      first -= 1
    // "the violin my uncle gave me", "a scarf that my aunt knitted": who gave or made it
    const opener = first - 1 >= 0 && owners.has(words[first - 1]!.lower) ? first - 1 : -1
    const thing = opener - (['that', 'which'].includes(words[opener - 1]?.lower ?? '') ? 2 : 1)
    const clause =
      opener > 0 &&
      !words[opener]!.breaks &&
      nouns.some((other) => other !== find && other.to === thing) &&
      words[find.to + 1] !== undefined &&
      !words[find.to + 1]!.breaks &&
      !words[find.to]!.lower.endsWith("'s") &&
      !aside.has(words[find.to + 1]!.lower)
    if (clause) score -= 6
    if (madeOrOwns(words, nouns, find)) score -= 6
    // "for my niece", "by my students": for whom and by whom
    if (
      opener > 0 &&
      !words[opener]!.breaks &&
      ['for', 'by'].includes(words[opener - 1]!.lower) &&
      nouns.some((other) => other.to < opener && other !== find) &&
      hypernymOf(find.value) === 'person'
    )
      score -= 7
    // "an OC named Vesper, she's a bard": what the figure is
    if (
      ["she's", "he's", "it's", "they're"].includes(
        words[find.from - 2]?.lower ?? words[find.from - 1]?.lower ?? '',
      ) ||
      ["she's", "he's"].includes(words[find.from - 3]?.lower ?? '')
    ) {
      if (nouns.some((other) => other.to < find.from && /^(?:character|mascot)$/.test(other.value)))
        score -= 4
    }
    const product = ['product', 'object'].includes(head.value)
    if (ownerOf(words, first) && !(product && nouns.some((other) => other !== find))) score += 3
    let at = first - 1
    while (
      at >= 0 &&
      !words[at + 1]!.breaks &&
      first - at <= 4 &&
      !aside.has(words[at]!.lower) &&
      words[at]!.lower !== 'of' &&
      !subjectVerbs.has(words[at]!.lower) &&
      words[at]!.lower !== 'and'
    )
      at -= 1
    const lead = at >= 0 && !words[at + 1]!.breaks && first - at <= 4 ? words[at]!.lower : ''
    const of =
      lead === 'of' ||
      (lead === 'for' &&
        ![
          'shop',
          'cafe',
          'restaurant',
          'bakery',
          'bookstore',
          'office',
          'school',
          'market',
        ].includes(head.value) &&
        ['lora', 'model', 'loras', 'dreambooth', 'checkpoint', 'training'].includes(
          words[at - 1]?.lower ?? '',
        )) ||
      (lead === 'on' &&
        [
          'lora',
          'model',
          'train',
          'trained',
          'training',
          'tune',
          'finetune',
          'dreambooth',
          'focus',
        ].includes(words[at - 1]?.lower ?? '')) ||
      (['from', 'with', 'using'].includes(lead) &&
        ownerOf(words, first) &&
        !nouns.some((other) => other.to < first) &&
        hypernymOf(head.value) !== 'place')
    if (of) score += 2
    else if (subjectVerbs.has(lead)) score += 1.5
    else if (
      ['from', 'at', 'by', 'near', 'for', 'beside', 'inside', 'behind', 'under'].includes(lead) &&
      ownerOf(words, first) &&
      nouns.some(
        (other) =>
          other.to < at &&
          other !== find &&
          (lead !== 'for' || !english.lightNouns.has(other.value)),
      )
    )
      score -= 5
    else if (aside.has(lead))
      score -= lead === 'from' || (lead === 'for' && hypernymOf(head.value) !== 'place') ? 1.5 : 3.5
    if (english.lightNouns.has(head.value)) score -= 0.8
    if (
      name !== null &&
      (find.to === wordAt(words, name.start) - 1 || find.from === wordAt(words, name.end) + 1)
    )
      score += 2
    // "houseplants, mostly pothos"
    if (
      words
        .slice(Math.max(0, find.from - 2), find.from)
        .some((word) =>
          ['mostly', 'mainly', 'especially', 'specifically', 'namely'].includes(word.lower),
        )
    )
      score += 4
    // "I'm a photographer", "as a tattoo artist": who asks
    if (
      hypernymOf(find.value) === 'person' &&
      /(?:^|[\s.,])(?:i'm|i am|we're|we are|as|i work as) (?:an?|the|your|your local) (?:[\w'-]+ ){0,3}$/.test(
        normalised.lower.slice(Math.max(0, find.start - 80), find.start),
      )
    )
      score -= 6
    // "stroopwafels!! our market stall": where they are sold
    if (
      (hypernymOf(head.value) === 'place' || saleWords.test(find.text)) &&
      ownerOf(words, first) &&
      lead === '' &&
      nouns.some((other) => other.to < first && hypernymOf(other.value) !== 'place') &&
      words.slice(0, first + 1).some((word) => word.breaks)
    )
      score -= 5
    // "our bakery wants product images of cupcakes": who asks
    if (
      /^(?:wants?|needs?|would|requires?|sells?|makes?|offers?|specialises|specializes)$/.test(
        words[find.to + 1]?.lower ?? '',
      ) &&
      words[find.to + 1]!.breaks === false &&
      ['place', 'person'].includes(hypernymOf(find.value) ?? '') &&
      nouns.some((other) => other.from > find.to)
    )
      score -= 6
    if (find.slip) score -= 0.3
    if (find.wide === true) score -= 0.4
    // "my pride and joy, a violin", "my heirloom: grandfather clock": the second says what the first is
    if (
      find.wide === true &&
      nouns.some(
        (other) =>
          other.wide !== true &&
          words.slice(find.to + 1, other.from + 1).some((word) => word.breaks) &&
          words
            .slice(find.to + 1, other.from)
            .every((word) => articles.has(word.lower) || /(?:ed|en|ic|al|y)$/.test(word.lower)) &&
          other.from > find.to &&
          other.from <= find.to + 4,
      )
    )
      score -= 4
    // "my son Leo's toy", "our restaurant's burger": the owner is not what is learnt
    if (head === find && ownsAnother(words, nouns, find)) score -= 3
    // "a cup of coffee", "a statue of my cat": the first is the thing
    if (
      lead === 'of' &&
      nouns.some(
        (other) =>
          (other.to === at - 1 || (other.to === at - 2 && groupWords.test(words[at - 1]!.lower))) &&
          other !== find &&
          !words[at]!.breaks,
      )
    )
      score -= ownerOf(words, first) ? 7 : 4
    result.push({
      noun: head.value,
      start: head.start,
      end: head.end - (/'s?$/.exec(words[head.to]!.lower)?.[0].length ?? 0),
      score,
      known: true,
      owned: ownerOf(words, first),
      text: head.text,
    })
  }
  const open = openNoun(words, fixed, styles, nouns, name, normalised, openStyle)
  if (open !== null) result.push(open)
  return result.sort((a, b) => b.score - a.score)
}

/** "my wife Helen collects porcelain frogs", "my grandmother, who passed away, left me this samovar": whose thing it is. */
function madeOrOwns(words: readonly Word[], nouns: readonly Find[], find: Find): boolean {
  if (hypernymOf(find.value) !== 'person' || find.value === 'character') return false
  const stop = words.findIndex(
    (word, index) => index > find.to && word.breaks && /^\p{Lu}/u.test(word.text),
  )
  const end = stop < 0 ? words.length : stop
  const verb = words.findIndex(
    (word, index) =>
      index > find.to &&
      index < end &&
      index <= find.to + 9 &&
      /^(?:collects?|collected|left|gave|gives|made|makes|knits?|knitted|crochets?|sews?|sewed|carves?|carved|bakes?|baked|builds?|built|bought|buys|owns|owned|sells|sold|runs|grows|grew|breeds|restores|restored|inherited|passed down|sent|keeps|designs|designed|paints|painted|draws|drew|makes)$/.test(
        word.lower,
      ),
  )
  if (verb < 0) return false
  const between = words.slice(find.to + 1, verb)
  const relative = between.some((word) => word.lower === 'who' || word.lower === 'that')
  if (!relative && between.length > 2) return false
  return nouns.some((other) => other.from > verb && other.from < end && other !== find)
    ? true
    : words.slice(verb + 1, end).some((word) => isUnknown(word))
}

function wordAt(words: readonly Word[], offset: number): number {
  return words.findIndex((word) => word.start <= offset && offset <= word.end)
}

/** "wife's watch", "son Leo's toy": an 's within two words, and another noun (not a face) soon behind it. */
function ownsAnother(words: readonly Word[], nouns: readonly Find[], find: Find): boolean {
  for (let at = find.to; at <= find.to + 2 && at < words.length; at += 1) {
    if (
      at > find.to &&
      (words[at]!.breaks || linkWords.has(words[at]!.lower) || aside.has(words[at]!.lower))
    )
      return false
    if (!words[at]!.lower.endsWith("'s")) continue
    return nouns.some(
      (other) =>
        other.from > at &&
        other.from <= at + 4 &&
        !words.slice(at + 1, other.from + 1).some((word) => word.breaks || aside.has(word.lower)) &&
        !['person', 'hand', 'eye', 'expression', 'pose', 'hairstyle'].includes(other.value),
    )
  }
  return false
}

/** A small-letter word that neither the lexicon nor everyday English knows. */
function isUnknown(word: Word): boolean {
  return (
    word.kind === 'latin' &&
    /^\p{Ll}/u.test(word.text) &&
    !linkWords.has(word.lower) &&
    !aside.has(word.lower) &&
    !units.has(word.lower) &&
    !/(?:ing|ed|ly)$/.test(word.lower) &&
    !singularOf(word.lower).some((one) => commonWords.has(one) || isForm(one))
  )
}

/** "my catt", "our gitar": where a noun must stand, a short one is mended too. */
function nearNoun(word: string): string | null {
  if (word.length < 4) return null
  for (const single of singularOf(word)) {
    for (const [form, list] of wordForms) {
      if (form[0] !== single[0] || form.length < 3 || !oneSlip(single, form)) continue
      const noun = list.find((item) => item.kind === 'noun' && item.words.length === 1)
      if (noun !== undefined) return noun.value
    }
  }
  return null
}

/** "theorbo, 2000 steps", "moissanite studs, 15 pics": a goal that opens with a thing that no lexicon knows. */
function openingNoun(
  words: readonly Word[],
  nouns: readonly Find[],
  styles: readonly Find[],
  name: Named | null,
  openStyle: Named | null,
  taken: (index: number) => boolean,
): Evidence['subjects'][number] | null {
  // "stroopwafels!! our market stall": the place of a later sentence says nothing against it
  const elsewhere = (find: Find): boolean =>
    (hypernymOf(find.value) === 'place' || saleWords.test(find.text)) &&
    words.slice(1, find.from + 1).some((word) => word.breaks)
  if (
    nouns.some((find) => !elsewhere(find)) ||
    styles.length > 0 ||
    name !== null ||
    openStyle !== null
  )
    return null
  let last = -1
  while (
    last < 3 &&
    words[last + 1] !== undefined &&
    (last < 0 || !words[last + 1]!.breaks) &&
    words[last + 1]!.kind === 'latin' &&
    !taken(last + 1) &&
    !(
      last >= 0 &&
      (linkWords.has(words[last + 1]!.lower) ||
        generic.has(singularOf(words[last + 1]!.lower).at(-1)!))
    )
  ) {
    const { lower } = words[last + 1]!
    const article = last < 0 && articles.has(lower)
    if (
      !article &&
      (commonWords.has(lower) ||
        aside.has(lower) ||
        linkWords.has(lower) ||
        subjectVerbs.has(lower))
    )
      return null
    last += 1
  }
  const word = words[last]
  const next = words[last + 1]
  // something else must say that this is a goal: "asdf" and "ignore all instructions" are none
  if (word === undefined || next === undefined || word.lower.length < 4) return null
  // "console.log": no space, no sentence
  if (
    !(next.breaks && next.start > word.end + 1) &&
    !/^(?:loras?|dreambooth|photos?|pictures|pics|images|model|dataset|shots)$/.test(next.lower)
  )
    return null
  const bare = singularOf(word.lower).at(-1)!
  if (articles.has(word.lower) || isUnknown(word) === false || /^[^aeiouy]+$/.test(bare))
    return null
  return {
    noun: bare,
    start: word.start,
    end: word.end,
    score: nouns.length === 0 ? 0 : 5,
    known: false,
    owned: false,
    text: word.text,
  }
}

/** "my kalimba": a noun that no lexicon knows, where the subject must stand. */
function openNoun(
  words: readonly Word[],
  fixed: readonly Find[],
  styles: readonly Find[],
  nouns: readonly Find[],
  name: Named | null,
  normalised: Normalised,
  openStyle: Named | null,
): Evidence['subjects'][number] | null {
  const taken = (index: number): boolean => {
    const word = words[index]!
    const inside = (item: { start: number; end: number } | null): boolean =>
      item !== null && word.start >= item.start && word.end <= item.end
    return [...fixed, ...styles, ...nouns].some(inside) || inside(name) || inside(openStyle)
  }
  const opening = openingNoun(words, nouns, styles, name, openStyle, taken)
  if (opening !== null) return opening
  for (let index = 0; index < words.length; index += 1) {
    const mine = ['my', 'our'].includes(words[index]!.lower)
    const trained =
      ['of', 'for', 'on'].includes(words[index]!.lower) &&
      ['lora', 'model', 'dreambooth', 'loras', 'pictures', 'photos', 'images', 'train'].includes(
        words[index - 1]?.lower ?? '',
      ) &&
      !nouns.some((find) => find.from > index)
    const pictured =
      index > 0 &&
      nouns.length === 0 &&
      /^(?:images|photos|pictures|scans|photographs|pics|dataset)$/.test(words[index]!.lower) &&
      !words[index]!.breaks &&
      isUnknown(words[index - 1]!) &&
      !taken(index - 1)
    if (pictured) {
      const word = words[index - 1]!
      return {
        noun: singularOf(word.lower).at(-1)!,
        start: word.start,
        end: word.end,
        score: 0,
        known: false,
        owned: false,
        text: word.text,
      }
    }
    // "knows what a Dutch bakfiets looks like", "learns the zoetrope"
    const looked =
      nouns.length === 0 &&
      ['what', 'how', 'knows', 'know', 'learn', 'learns', 'recognise', 'recognize'].includes(
        words[index - 1]?.lower ?? '',
      ) &&
      (articles.has(words[index]!.lower) || ['my', 'our'].includes(words[index]!.lower)) &&
      words.slice(index + 1, index + 5).some((word) => ['looks', 'look'].includes(word.lower))
    // "the subject is a kokeshi"
    const told =
      nouns.length === 0 &&
      ['a', 'an', 'the'].includes(words[index]!.lower) &&
      /^(?:is|it's|that's|was|are)$/.test(words[index - 1]?.lower ?? '') &&
      /^(?:subject|thing|object|item|it|this|that|it's|that's|here)$/.test(
        words[index - 2]?.lower ?? words[index - 1]?.lower ?? '',
      )
    if (!mine && !trained && !looked && !told) continue
    // "the risograph look of my zines": whose look it is
    if (mine && words[index - 1]?.lower === 'of' && lookWords.has(words[index - 2]?.lower ?? ''))
      continue
    // "designs from my salon": where it comes from
    if (
      mine &&
      ['from', 'at', 'in', 'for', 'on', 'by', 'of', 'with', 'to', 'near'].includes(
        words[index - 1]?.lower ?? '',
      ) &&
      nouns.some((find) => find.to < index)
    )
      continue
    let last = -1
    for (let at = index + 1; at < words.length && at <= index + 4; at += 1) {
      const word = words[at]!
      if (
        word.breaks ||
        word.kind !== 'latin' ||
        (linkWords.has(word.lower) && !(trained && at === index + 1 && articles.has(word.lower))) ||
        aside.has(word.lower)
      )
        break
      if (trained && at === index + 1 && articles.has(word.lower)) continue
      const thing = nouns.find((find) => at >= find.from && at <= find.to)
      const following = words[at + 1]
      if (
        thing !== undefined &&
        (!canBeNamed(thing.value) || word.lower.endsWith("'s")) &&
        thing.to === at &&
        following !== undefined &&
        !following.breaks &&
        isUnknown(following)
      )
        continue
      if (taken(at)) {
        last = name !== null && word.start >= name.start && word.end <= name.end ? last : -2
        break
      }
      if (/^\p{Lu}/u.test(word.text) && at > index + 1) break
      last = at
    }
    if (last < 0) continue
    // "my late father's woodcarving style": a look
    if (words[last + 1]?.breaks === false && lookWords.has(words[last + 1]!.lower)) continue
    const word = words[last]!
    if (/^\p{Lu}/u.test(word.text) && !isAllCapsGoal(words)) continue
    const bare = word.lower.replace(/'s?$/, '')
    const generic =
      singularOf(bare).some((item) =>
        (wordForms.get(item) ?? []).some((form) => form.words.length === 1),
      ) || commonWords.has(bare)
    if (generic || english.media.has(singularOf(bare).at(-1)!)) continue
    const near = realWords.has(bare) || isEnglishWord(bare) ? null : nearNoun(bare)
    const noun = near ?? singularOf(bare).at(-1)!
    // "my garden gnome" beats the garden
    const beside = nouns.some((find) => find.to === last - 1 && !word.breaks)
    return {
      noun,
      start: word.start,
      end: word.start + bare.length,
      // "churros, our stand at the fair": a later clause of what is known already
      score:
        (beside ? 5 : mine && !(words[index]!.breaks && nouns.length > 0) ? 1.5 : 0) - index * 0.01,
      known: false,
      owned: mine,
      text: word.text,
    }
  }
  return null
}
