import type { Find, Named } from '../find.ts'
import { english, hypernymOf } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import type { Normalised } from '../normalise.ts'
import { canBeNamed } from './nouns.ts'
import {
  articles,
  aside,
  generic,
  isAllCapsGoal,
  isForm,
  linkWords,
  nearThing,
  overlaps,
  ownerOf,
  owners,
  singularOf,
  slice,
} from './words.ts'
import type { Word } from './words.ts'

const resultWords = new Set(['in', 'as', 'like', 'into', 'with'])

/** Materials, techniques of making and periods. */
const ofThings = new Set(
  'steampunk,cyberpunk,dieselpunk,gothic,victorian,baroque,rococo,art deco,art nouveau,bauhaus,mid-century modern,brutalism,minimalist,vintage,stained glass,mosaic,crochet,knitted,felt,embroidery,batik,origami,papercut,kintsugi,delftware,plush style,lego style,claymation,paper mache,resin art,mother-of-pearl,cross stitch,sashiko,ikat,kawaii,cottagecore,y2k,tribal,1950s,1960s,1970s,2000s,80s,90s,neon,retrofuturism,space age,dark academia,medieval manuscript,bronze,marble sculpture,arts and crafts movement,belle epoque,folk art,persian miniature,string art,pyrography,macrame,paper quilling,japonisme,chinoiserie,azulejo,toile,goblincore,gorpcore,old money,sci-fi,fantasy'.split(
    ',',
  ),
)

/** A strong style word is a style wherever it stands; a weak one ("vintage", "pencil") only with a cue beside it. */
export function isStyle(words: readonly Word[], find: Find, nouns: readonly Find[]): boolean {
  const text = words
    .slice(find.from, find.to + 1)
    .map((word) => word.lower)
    .join(' ')
  const next = words[find.to + 1]
  const before = words[find.from - 1]
  // "comic book inking style"
  const later = [words[find.to + 2], words[find.to + 3]].findIndex(
    (word) => word !== undefined && /^(?:style|aesthetic|artstyle)$/.test(word.lower),
  )
  const cueLater =
    later >= 0 &&
    !words[find.to + 2 + later]!.breaks &&
    words
      .slice(find.to + 1, find.to + 2 + later)
      .every(
        (word) =>
          !word.breaks &&
          !linkWords.has(word.lower) &&
          (/(?:ing|ed|al|ic)$/.test(word.lower) ||
            singularOf(word.lower).some(
              (one) => english.media.has(one) || english.styleCues.has(one),
            )),
      )
  const cueAfter =
    cueLater ||
    (next !== undefined &&
      !next.breaks &&
      singularOf(next.lower).some((word) => english.styleCues.has(word)) &&
      next.lower !== 'lora' &&
      next.lower !== 'model')
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
    /^(?:visual novel|comic book|webtoon|manga|anime|cartoon|video game|storybook|children's book illustration|tarot card)$/.test(
      find.value,
    ) &&
    !cueAfter &&
    words
      .slice(Math.max(0, find.from - 3), find.from)
      .map((word) => word.lower)
      .join(' ')
      .match(
        /(?:^| )(?:(?:for|from) (?:my|our|a|an|the|his|her)|(?:in|of) (?:my|our|his|her))(?: [\w'-]+)?$/,
      ) !== null
  )
    return false
  // "I'm making a visual novel": what it is for
  if (
    /^(?:visual novel|comic book|webtoon|manga|anime|cartoon|storybook|children's book illustration|tarot card)$/.test(
      find.value,
    ) &&
    !cueAfter &&
    /(?:^| )(?:making|writing|drawing|developing|creating|make|write|publishing) (?:an?|my|our|the)$/.test(
      words
        .slice(Math.max(0, find.from - 2), find.from)
        .map((word) => word.lower)
        .join(' '),
    )
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
    // "as a disney character"
    !/(?:^| )(?:as|into|like) an?$/.test(named) &&
    next !== undefined &&
    !next.breaks &&
    nouns.some((item) => item.from >= find.to + 1 && item.from <= find.to + 2)
  )
    return false
  // "stained glass lamp", "steampunk goggles": what a thing is made of, or its period
  if (
    ofThings.has(find.value) &&
    next !== undefined &&
    !next.breaks &&
    nouns.some(
      (item) =>
        (item.from === find.to + 1 ||
          (item.from === find.to + 2 &&
            !linkWords.has(next.lower) &&
            !nouns.some((other) => other.from === find.to + 1))) &&
        [
          'household',
          'clothing',
          'vehicle',
          'place',
          'music',
          'electronics',
          'sport',
          'toy',
        ].includes(hypernymOf(item.value) ?? '') &&
        !/^(?:landscape|city|cityscape|street|interior)$/.test(item.value),
    ) &&
    !(before !== undefined && /^(?:in|into|as|like)$/.test(before.lower))
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
  // "sailboat, colored pencil, lora": a technique that stands alone behind a thing
  if (
    english.techniques.has(find.value) &&
    words[find.from]!.breaks &&
    (next === undefined || next.breaks) &&
    nouns.some((item) => item.to < find.from && !overlaps(item, find))
  )
    return true
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
export function pickStyle(words: readonly Word[], hits: readonly Find[]): Named | null {
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
export function artistBefore(
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
export function openStyleOf(words: readonly Word[], normalised: Normalised): Named | null {
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

export const handwriting = /^(?:handwriting|penmanship|handlettering|cursive|brushwork|linework)$/

export const lookWords = new Set([
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

export function saysWhichLook(words: readonly Word[], find: Find): boolean {
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
