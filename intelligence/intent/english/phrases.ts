import type { Find } from '../find.ts'
import { hypernymOf } from '../lexicon.ts'
import type { Word } from './words.ts'
import { isUnknown, owners } from './words.ts'

const persons = new Set(['i', 'we', 'he', 'she', 'they', 'you', "i'm", "i've", "we've", "we're"])
const relatives = new Set(['that', 'which', 'who', 'whom', 'whose', 'where'])
const adverbials = new Set(
  'when whenever while before after because since until till if although though unless once so cause cuz bc'.split(
    ' ',
  ),
)
const auxiliaries = new Set(
  "can could will would should shall may might must do does did don't doesn't didn't can't won't i'll we'll i'd we'd".split(
    ' ',
  ),
)
/** "made by", "forged by", "taken in": a participle behind a noun opens a clause about it. */
const participles =
  /^(?:made|built|carved|drawn|painted|taken|shot|written|given|left|bought|found|forged|woven|knitted|sewn|inherited|handed|passed|designed|crafted|thrown|cast|blown|printed|wearing|holding|sitting|standing|lying|running|playing|sleeping|eating|hanging|growing|living|parked|riding|drinking|jumping|surrounded|covered|filled|owned|sold)$/

const behindParticiple =
  /^(?:by|from|for|in|on|at|with|of|to|into|out|up|down|under|over|last|when|while|during|me|us|him|her|them|it|a|an|the|my|our|his|your|their|this|that|back|around|before|after|over|next|near|off|together|there|here)$/

/**
 * Which words stand in a clause that only says more about something else: "the fox that visits our garden", "the horse my dad built",
 * "before they tear it down". Each ends with its sentence or at a comma.
 */
export function asideClauses(words: readonly Word[], nouns: readonly Find[]): readonly boolean[] {
  const result: boolean[] = []
  const endsNoun = new Set(nouns.map((find) => find.to))
  let inside = false
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    if (word.breaks) inside = false
    if (!inside && index > 0) {
      const behindNoun = endsNoun.has(index - 1) && !word.breaks
      const next = words[index + 1]?.lower ?? ''
      const living = nouns.some(
        (find) =>
          find.to === index - 1 && ['animal', 'person'].includes(hypernymOf(find.value) ?? ''),
      )
      inside =
        // "my grandson building sandcastles"
        (living &&
          !word.breaks &&
          !/'s?$/.test(words[index - 1]!.lower) &&
          !nouns.some((find) => find.from === index && find.to > index) &&
          /[a-z]{3}ing$/.test(word.lower) &&
          !/^(?:training|modeling|learning|painting|drawing|clothing|fishing|boxing|wedding)$/.test(
            word.lower,
          ) &&
          next !== '' &&
          !words[index + 1]!.breaks) ||
        (behindNoun && relatives.has(word.lower)) ||
        (behindNoun && persons.has(word.lower)) ||
        // "excavators our firm rents out"
        (behindNoun && !word.breaks && /^(?:my|our|his|her|their)$/.test(word.lower)) ||
        // "something that can put our bar in any bathroom"
        (relatives.has(word.lower) &&
          /^(?:something|anything|one|model|lora|ai|tool)$/.test(words[index - 1]!.lower) &&
          nouns.some((find) => find.to < index - 1)) ||
        // "hands making a heart"
        (behindNoun &&
          !word.breaks &&
          /[a-z]{3}ing$/.test(word.lower) &&
          !/^(?:training|modeling|learning|painting|drawing|clothing)$/.test(word.lower) &&
          /^(?:an?|the|my|our|his|her|their|its|some|two|three)$/.test(next)) ||
        // "my greyhound wears jumpers"
        (behindNoun &&
          !word.breaks &&
          /^(?:wears|wore|eats|loves|hates|likes|chases|steals|plays|lives|sleeps|sits|drools|guards|carries)$/.test(
            word.lower,
          )) ||
        // "a suit made from foam", but "hand painted mugs"
        (behindNoun &&
          !word.breaks &&
          participles.test(word.lower) &&
          (next === '' || words[index + 1]!.breaks || behindParticiple.test(next))) ||
        (adverbials.has(word.lower) &&
          next !== '' &&
          nouns.some((find) => find.to < index) &&
          // "after effects", "before and after"
          !(
            word.lower === 'so' &&
            /^(?:far|much|many|learn|train|please|just|teach|make|use)$/.test(next)
          ))
    }
    result.push(inside)
  }
  return result
}

/** "they tear it down", "to plant": behind who does it, or behind an auxiliary, a word is a verb. */
export function standsAsVerb(words: readonly Word[], index: number): boolean {
  const word = words[index]!
  const before = words[index - 1]
  if (before === undefined || word.breaks) return false
  const next = words[index + 1]
  if (persons.has(before.lower)) {
    // "you guys", "we girls"
    return !/^(?:guys?|girls?|boys?|people|folks|two|all|both)$/.test(word.lower)
  }
  if (auxiliaries.has(before.lower))
    return (
      next !== undefined &&
      !next.breaks &&
      (owners.has(next.lower) || /^(?:it|them|him|her|me|us|a|an|the|to|on|in)$/.test(next.lower))
    )
  return false
}

/** "my wife Helen collects porcelain frogs", "my grandmother, who passed away, left me this samovar": whose thing it is. */
export function madeOrOwns(words: readonly Word[], nouns: readonly Find[], find: Find): boolean {
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
  // "my friend has a giraffe called Momo"
  if (
    /^(?:friend|buddy|neighbou?r|coworker|colleague|boss|cousin|roommate|mate|aunt|uncle)$/i.test(
      find.text,
    ) &&
    /^(?:has|have|had|got|owns)$/.test(words[find.to + 1]?.lower ?? '') &&
    nouns.some(
      (other) =>
        other.from > find.to + 1 &&
        other.from <= find.to + 5 &&
        !['body', 'person'].includes(hypernymOf(other.value) ?? 'person'),
    )
  )
    return true
  if (verb < 0) return false
  // "a dragon made of clay"
  if (/^(?:of|from|by|out|in|with|for)$/.test(words[verb + 1]?.lower ?? '') && verb === find.to + 1)
    return false
  const between = words.slice(find.to + 1, verb)
  const relative = between.some((word) => word.lower === 'who' || word.lower === 'that')
  if (!relative && between.length > 2) return false
  return nouns.some((other) => other.from > verb && other.from < end && other !== find)
    ? true
    : words.slice(verb + 1, end).some((word) => isUnknown(word))
}
