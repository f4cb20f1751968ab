import type { Find, Named } from '../find.ts'
import { english, hypernymOf } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import { realWords } from '../lexicon/en/real-words.ts'
import type { Normalised } from '../normalise.ts'
import { canBeNamed } from './nouns.ts'
import { madeOrOwns } from './phrases.ts'
import {
  isAllCapsGoal,
  isEnglishWord,
  isForm,
  isUnknown,
  linkWords,
  ownerOf,
  owners,
  quotedEnd,
  singularOf,
  slice,
  units,
} from './words.ts'
import type { Word } from './words.ts'

export function findNames(
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
      !/^(?:ocs?|dnd|tv|vr|diy|led|ceo|cto|rgb|dj|suv|usb|uk|usa|us|eu|nyc|la|tcg|cd|lp|dvd|pc|3d|2d|fdm|cad|abs|pla)$/.test(
        word.lower,
      ) &&
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
      // "our llama, Dolly Llama"
      (!nouns.some((find) => find.from === to + 1) ||
        words[to + 2] === undefined ||
        (words[to + 2]!.breaks && from > 0))
    )
      to += 1
    return to
  }
  // behind "named" and "name is" a capital is the name's, whatever else it means: "Taco Comet"
  const runAll = (from: number): number => {
    let to = run(from)
    while (to - from < 3 && /^\p{Lu}/u.test(words[from]!.text) && capital(to + 1)) to += 1
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
    if (!file && /^(?:named|called|nicknamed|nickname|nickname's)$/.test(word))
      at = words[index + 1]!.lower === 'is' ? index + 2 : index + 1
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
    // "the kids call it Mr. Fluff"
    if (
      /^(?:call|calls|called)$/.test(word) &&
      /^(?:it|him|her|them)$/.test(words[index + 1]!.lower) &&
      words[index + 2] !== undefined &&
      !words[index + 2]!.breaks &&
      (capital(index + 2) || words[index + 2]!.quoted)
    )
      at = index + 2
    // "named her Winky"
    if (at >= 0 && /^(?:it|him|her|them)$/.test(words[at]?.lower ?? '') && capital(at + 1)) at += 1
    // "name Ember"
    if (
      word === 'name' &&
      at < 0 &&
      words[index]!.breaks &&
      (capital(index + 1) || words[index + 1]!.quoted)
    )
      at = index + 1
    if (at < 0 || at >= words.length || isFixed(at)) continue
    // "my name is Anna" is about who asks
    if (word === 'name' && words[index - 1]?.lower === 'my') continue
    while (words[at] !== undefined && ['the', 'a'].includes(words[at]!.lower)) at += 1
    if (words[at] === undefined || words[at]!.kind === 'other') continue
    const to = words[at]!.quoted ? quotedEnd(words, at) : runAll(at)
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
  // "My OC, a half-elf ranger: Thalia": what stands alone at the end
  const tail = lastSegment(words)
  if (
    tail > 0 &&
    words
      .slice(tail)
      .every((_, offset) => (offset === 0 ? isCapital(words[tail]!) : capital(tail + offset))) &&
    words.length - tail <= 3 &&
    !isAllCapsGoal(words) &&
    !isFixed(tail) &&
    !linkWords.has(words[tail]!.lower) &&
    !commonWords.has(words[tail]!.lower) &&
    !units.has(words[tail]!.lower) &&
    !platforms.has(words[tail]!.lower) &&
    !styles.some((find) => find.to >= tail) &&
    !nouns.some(
      (find) =>
        find.from === tail &&
        !(find.wide === true && /[,:]\s?$/.test(lower.slice(0, words[tail]!.start))),
    ) &&
    !realWords.has(words[tail]!.lower) &&
    (/[,:(-]\s?$/.test(lower.slice(0, words[tail]!.start)) ||
      (/[.!]\s?$/.test(lower.slice(0, words[tail]!.start)) &&
        !isEnglishWord(words[tail]!.lower))) &&
    nouns.some(
      (find) =>
        find.to < tail &&
        canBeNamed(find.value) &&
        (find.to === tail - 1 ||
          ownerOf(words, find.from) ||
          hypernymOf(find.value) === 'animal' ||
          titles.has(words[tail]!.lower)),
    ) &&
    // "in Porto, Portugal"
    !/^\p{Lu}/u.test(words[tail - 1]!.text)
  )
    return { name: named(words, tail, words.length - 1, normalised, 0.7), trigger }
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
      // "baby Yoda cookie cutters": a figure that says which thing
      if (
        !owned &&
        words[to]!.lower.endsWith("'s") === false &&
        nouns.some(
          (find) =>
            find.from === to + 1 &&
            !words[to + 1]!.breaks &&
            !['person', 'animal'].includes(hypernymOf(find.value) ?? 'person'),
        )
      )
        continue
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
    // "two ferrets, Bonnie and Clyde"
    const pair = words[next + 1]
    if (
      /s$/.test(words[noun.to]!.lower) &&
      canBeNamed(noun.value) &&
      words[next]?.breaks === true &&
      /^\s?[,:(-]\s?$/.test(lower.slice(noun.end, words[next].start)) &&
      /^\p{Lu}\p{Ll}/u.test(words[next].text) &&
      pair !== undefined &&
      ['and', '&'].includes(pair.lower) &&
      !pair.breaks &&
      capital(next + 2) &&
      !isAllCapsGoal(words)
    )
      return { name: named(words, next, run(next + 2), normalised, 0.85), trigger }
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
      /^\p{Lu}\p{Ll}/u.test(words[next].text) &&
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
  // "train milo (my beagle)"
  for (let index = 0; index < words.length - 2; index += 1) {
    const thing = nouns.find((find) => find.from >= index + 2 && find.from <= index + 4)
    if (
      thing !== undefined &&
      words[index + 1]!.breaks &&
      /^(?:my|our)$/.test(words[index + 1]!.lower) &&
      lower.slice(words[index]!.end, words[index + 1]!.start).trim() === '(' &&
      canBeNamed(thing.value) &&
      words[index]!.kind === 'latin' &&
      !commonWords.has(words[index]!.lower) &&
      !linkWords.has(words[index]!.lower) &&
      !nouns.some((find) => find.to === index && find.wide !== true) &&
      !isFixed(index)
    )
      return { name: named(words, index, index, normalised, 0.75), trigger }
  }
  // "learn Mochi, she's my corgi"
  for (let index = 1; index < words.length - 2; index += 1) {
    if (
      capital(index) &&
      !isAllCapsGoal(words) &&
      !commonWords.has(words[index]!.lower) &&
      words[index + 1]!.breaks &&
      /^(?:she's|he's|it's|they're|she|he)$/.test(words[index + 1]!.lower) &&
      nouns.some(
        (find) => find.from > index + 1 && find.from <= index + 5 && canBeNamed(find.value),
      ) &&
      !nouns.some((find) => find.to < index && canBeNamed(find.value))
    )
      return { name: named(words, index, index, normalised, 0.75), trigger }
  }
  // "teach it Elise's face"
  for (let index = 1; index < words.length - 1; index += 1) {
    if (
      /'s$/.test(words[index]!.lower) &&
      capital(index) &&
      !isAllCapsGoal(words) &&
      !commonWords.has(words[index]!.lower.slice(0, -2)) &&
      !isForm(words[index]!.lower.slice(0, -2)) &&
      !words[index + 1]!.breaks &&
      /^(?:face|smile|likeness|portrait|head|hair|features|expressions?|look|looks|eyes)$/.test(
        words[index + 1]!.lower,
      )
    )
      return { name: named(words, index, index, normalised, 0.8), trigger }
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

const isCapital = (word: Word): boolean => /^\p{Lu}\p{Ll}/u.test(word.text)

/** Where the last stretch between marks begins. */
function lastSegment(words: readonly Word[]): number {
  for (let index = words.length - 1; index > 0; index -= 1) if (words[index]!.breaks) return index
  return 0
}

const petGear =
  /^(?:feeders?|carriers?|strollers?|muzzles?|halters?|perch(?:es)?|scratchers?|litter|pens?|runs?|stalls?|troughs?|barns?|enclosures?|habitats?|terrariums?|vivariums?|tags?|bandanas?|vests?|raincoats?|sweaters?|shampoos?|grooming|clippers?|doors?|gates?|ramps?|beds?|boarding|shelters?|hides?|skins?|pelts?|furs?|feathers?|shells?|eggs?|skulls?|tails?|heads?|masks?|statues?|statuettes?|carvings?|pendants?|charms?|bowls?|lamps?|lanterns?|kites?|puppets?|cartoons?|onesies?)$/

/** English words that pets are called by more often than they are a pet's thing. */
const petNames = new Set(
  'tripod tank diesel pepper shadow smokey smoky bandit buddy rocky angel ghost storm king queen prince princess duke duchess tiger fox panda bubbles boots socks mittens patches ziggy star moon sky snow ruby jade pearl amber hunter ranger scout gizmo pixel pirate captain ninja wizard viking robin raven olive maple willow holly ivy rose lily daisy poppy jasmine violet clover hazel oreo cookie ginger pumpkin peanut biscuit muffin waffles pancake nugget pickles noodle mango kiwi coco cocoa mocha latte espresso toffee caramel honey sugar cinnamon nutmeg basil sage bean beans tofu sushi mochi dumpling taco nacho burrito bear wolf moose goose bunny kitty lion dragon phoenix griffin zeus thunder lightning blaze ember ash cloud sunny misty stormy rain river ocean forest rusty dusty sandy cosmo comet rocket turbo dash bolt flash jet ace chip chips button penny lucky joker jester domino dice marble velvet cotton fluffy snowball snowflake icicle frosty crystal diamond opal onyx slate flint boulder pebbles'.split(
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

export const titles = new Set(
  'mr mrs ms miss dr sir lady lord king queen prince princess captain professor prof general uncle aunt saint st'.split(
    ' ',
  ),
)

function named(
  words: readonly Word[],
  from: number,
  to: number,
  normalised: Normalised,
  confidence: number,
): Named {
  const whole = slice(words, from, to, normalised, confidence)
  // Its span is without the possessive, too.
  return { ...whole, end: whole.start + whole.value.length }
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
