import type { Evidence, Find, Named } from '../find.ts'
import { english, hypernymOf, wideOthers, wordForms } from '../lexicon.ts'
import { commonWords } from '../lexicon/en/common-words.ts'
import { realWords } from '../lexicon/en/real-words.ts'
import type { Normalised } from '../normalise.ts'
import { lookWords } from './looks.ts'
import { canBeNamed } from './nouns.ts'
import { asideClauses } from './phrases.ts'
import {
  articles,
  aside,
  generic,
  isAllCapsGoal,
  isEnglishWord,
  isForm,
  isUnknown,
  linkWords,
  oneSlip,
  ownerOf,
  owners,
  singularOf,
  subjectVerbs,
  wordAt,
} from './words.ts'
import type { Word } from './words.ts'

/** Participles and adjectives that tie a noun to the next one. */
const modifiers =
  /^(?:painted|thrown|made|stitched|carved|knit|knitted|woven|blown|drawn|lettered|dyed|trimmed|lined|plated|covered|filled|shaped|themed|inspired|style|styled|colou?red|printed|scented|flavou?red|topped|powered|driven|forged|free|proof|bound|backed|cut|crafted|sewn|bred|baked|roasted|brewed|pressed|dried|fired|glazed|tanned|framed|sized|tipped|studded|embroidered|encrusted|mounted|operated|wrapped|coated|layered|infused|stuffed|smoked|grilled|fried|legged|haired|eared|nosed|tailed|winged|headed|handled|wheeled|bottomed|rimmed|sleeved|necked|soled|heeled|brimmed|print|look|inch|foot|seater|door|string|piece|tier|stor(?:e)?y)$/

const occasions =
  /^(?:schools?|weddings?|graduation|birthdays?|vacation|holidays?|beach|christmas|halloween|prom|festival|concert|church|office|kindergarten|college|university|studio|garden|party|wedding day|stage|sports?|yearbook|passport|hospital|nursery)$/i

const copies = /^(?:replica|copy|version|prototype|reproduction|recreation|mock-?up)$/

const placeOf =
  /^(?:size|shape|colou?r|height|weight|age|full|made|outside|inside|front|top|out|because|ahead|side|end|edge|middle|back|bottom|centre|center|corner|north|south|east|west|instead|behalf)$/

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

const saleWords =
  /^(?:stands?|stalls?|booths?|kiosks?|shops?|stores?|brand|company|studio|business)$/i

const groupWords =
  /^(?:collections?|sets?|lines?|range|series|family|families|group|teams?|pairs?|herd|flock|stash|assortment|display|box|bag|menagerie|army|row|pile|stack|bunch)$/

/** What is sold, made or gathered: the word before it says what it is ("candle packaging", "sneaker prototype"). */
const vagueHeads: ReadonlySet<string> = new Set(
  'prop packaging package merchandise merch equipment gear apparatus ware wares prototype mockup artifact artefact creation commodity ware invention makings wrapper wrapping container fixture fitting decor decoration ornament ornamentation furnishing accessory device gadget gizmo contraption instrument tool unit specimen replica reproduction facsimile handicraft handiwork craft knickknack trinket keepsake memento souvenir collectible collectable exhibit showpiece masterpiece attachment appliance machine machinery mechanism outfit getup garb attire line slice block skein spool stick sachet pouch packet sack crate wedge cube scoop pellet kernel pod loaf wheel dollop chunk pat bushel sprig stalk showroom lineup stand stall booth kiosk joint counter shelf display rack bar topper base mount setup rig layout design pattern print motif colorway swatch sample bundle kit set collection assortment'.split(
    ' ',
  ),
)

export function rankSubjects(
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
      // "hand thrown mugs", "lace trimmed dress"
      const trimmed =
        at === find.to + 1 &&
        modifiers.test(word.lower) &&
        words[at + 1] !== undefined &&
        !words[at + 1]!.breaks &&
        !aside.has(words[at + 1]!.lower) &&
        !articles.has(words[at + 1]!.lower)
      if (word.kind !== 'number' && !brand && !between && !trimmed) return undefined
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
    // "robot sidekick", "fursuit head"
    (/^(?:sidekicks?|companions?|helpers?|pals?|bodyguards?|villains?|heads?)$/i.test(find.text) &&
      nouns.some(
        (other) =>
          other.to === find.from - 1 &&
          ['toy', 'clothing', 'animal', 'person'].includes(hypernymOf(other.value) ?? ''),
      )) ||
    // "owlbear cub"
    (/^(?:cubs?|pups?|calf|calves|foals?|kits?|hatchlings?|babies|young|puppy|puppies|chicks?)$/i.test(
      find.text,
    ) &&
      nouns.some((other) => other.to === find.from - 1 && hypernymOf(other.value) === 'animal')) ||
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
    // "replica of the One Ring"
    if (
      copies.test(find.value) &&
      words[find.to + 1]?.lower === 'of' &&
      nouns.some((other) => other.from > find.to + 1 && other.from <= find.to + 4)
    )
      return false
    // "bride and groom cake topper": both say which topper
    const joined = words[find.to + 1]
    if (
      (joined?.lower === 'and' || joined?.lower === '&') &&
      !joined.breaks &&
      !ownerOf(words, find.from)
    ) {
      const second = startingAt.get(find.to + 2)
      if (
        second !== undefined &&
        after(second) !== undefined &&
        second.to === after(second)!.from - 1
      )
        return false
    }
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
    // "my son's school photos": when they were taken
    if (
      occasions.test(find.text) &&
      /^(?:photos?|pictures?|pics?|portraits?|images?|shots?|snaps?|photoshoot|album)$/.test(
        words[find.to + 1]?.lower ?? '',
      ) &&
      words[find.to + 1]!.breaks === false &&
      (words[find.from - 1]?.lower.endsWith("'s") === true || words[find.to + 2]?.lower === 'of') &&
      nouns.some((other) => other !== find)
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
  const apart = asideClauses(words, nouns)
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
    // "the marble run my son built": the verb ends it
    else if (
      hypernymOf(find.value) === 'person' &&
      find.from > 2 &&
      ownerOf(words, first) &&
      words[find.to + 1]?.breaks === false &&
      /^(?:built|made|gave|left|bought|sewed|drew|wrote|found|sent|carved|knitted|crocheted|painted|baked|designed|restored|inherited|owned|owns|has|had|wears|loves|loved|uses|used|drives|rides|plays)$/.test(
        words[find.to + 1]!.lower,
      ) &&
      !words
        .slice(0, find.from)
        .every((word) => linkWords.has(word.lower) || subjectVerbs.has(word.lower)) &&
      !/^(?:that|which)$/.test(words[find.from - 2]?.lower ?? '') &&
      /^[a-z]/.test(words[find.from - 2]?.lower ?? '') &&
      !words[find.from - 1]!.breaks &&
      !aside.has(words[find.from - 2]!.lower) &&
      !subjectVerbs.has(words[find.from - 2]!.lower)
    )
      score -= 6
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
    // "the fox that visits our garden": what only says more of another
    const more =
      apart[find.from] === true &&
      nouns.some((other) => other !== find && apart[other.from] !== true && !other.negated)
    const owned = !more && ownerOf(words, first)
    if (more) score -= 4
    if (owned && !(product && nouns.some((other) => other !== find))) score += 3
    let at = first - 1
    while (
      at >= 0 &&
      !words[at + 1]!.breaks &&
      first - at <= 4 &&
      (!aside.has(words[at]!.lower) ||
        (words[at]!.lower === 'in' && words[at + 1]!.lower.startsWith('law'))) &&
      words[at]!.lower !== 'of' &&
      !subjectVerbs.has(words[at]!.lower) &&
      words[at]!.lower !== 'and'
    )
      at -= 1
    const lead = at >= 0 && !words[at + 1]!.breaks && first - at <= 4 ? words[at]!.lower : ''
    // "outside of town", "in front of our church"
    const place = lead === 'of' && placeOf.test(words[at - 1]?.lower ?? '')
    const of =
      (lead === 'of' && !place) ||
      (lead === 'for' &&
        // "logo lora for our brewery"
        !nouns.some((other) => other.to === at - 2 && !words[at - 1]!.breaks) &&
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
    else if (subjectVerbs.has(lead))
      // "Learn the honey jar." is an order
      score +=
        /^(?:learn|capture|memori[sz]e)$/.test(lead) && (words[at]!.breaks || at === 0) ? 6 : 1.5
    else if (
      (['from', 'at', 'by', 'near', 'for', 'beside', 'inside', 'behind', 'under'].includes(lead) ||
        (lead === 'in' && hypernymOf(head.value) === 'place')) &&
      ownerOf(words, first) &&
      nouns.some(
        (other) =>
          other.to < at &&
          other !== find &&
          (lead !== 'for' || other.value === 'character' || !english.lightNouns.has(other.value)),
      )
    )
      score -= 5
    else if (aside.has(lead) || place)
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
      ['person', 'place'].includes(hypernymOf(find.value) ?? '') &&
      nouns.length > 1 &&
      /(?:^|[\s.,])(?:i'm|i am|we're|we are|as|i work as) (?:an?|the|your|your local) (?:[\w'-]+ ){0,3}$/.test(
        normalised.lower.slice(Math.max(0, find.start - 80), find.start),
      )
    )
      score -= 6
    // "pottery studio. blue bowl.": where it is made
    if (
      hypernymOf(find.value) === 'place' &&
      words[find.to + 1]?.breaks === true &&
      words
        .slice(1, find.to + 1)
        .every((word) => !word.breaks && !owners.has(word.lower) && !articles.has(word.lower)) &&
      !owners.has(words[0]!.lower) &&
      !articles.has(words[0]!.lower) &&
      find.to < 3 &&
      nouns.some((other) => other.from > find.to && hypernymOf(other.value) !== 'place')
    )
      score -= 2
    // "I have an etsy store": who asks
    if (
      hypernymOf(find.value) === 'place' &&
      /(?:^|\s)(?:i|we) (?:also )?(?:have|run|own|manage|opened|started|work (?:at|in|for)) (?:an?|my|our|the) (?:[\w'-]+ ){0,3}$/.test(
        normalised.lower.slice(Math.max(0, find.start - 60), find.start),
      ) &&
      (nouns.some((other) => other.from > find.to) || words.slice(find.to + 1).some(isUnknown))
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
    // "black cat. yellow eyes.": a part of it
    if (
      /^(?:eye|nose|ear|tail|paw|whisker|fur|hair|hairstyle|beard|mustache|piercing|freckle|tooth|leg|wing|horn|beak|claw|collar|dog collar|leash)$/.test(
        find.value,
      ) &&
      !ownerOf(words, first) &&
      nouns.some(
        (other) =>
          other !== find &&
          ['animal', 'person'].includes(hypernymOf(other.value) ?? '') &&
          !other.negated,
      )
    )
      score -= 3
    if (find.wide === true) score -= 0.4
    // "my product, a straw set": the second says what the vague first is
    if (
      find.wide !== true &&
      (/^(?:product|object|animal|person|food|plant)$/.test(find.value) ||
        vagueHeads.has(find.value)) &&
      nouns.some((other) => {
        if (other.from <= find.to || other.from > find.to + 5) return false
        const opening = words[find.to + 1]!
        return (
          opening.breaks &&
          articles.has(opening.lower) &&
          !words.slice(find.to + 2, other.from + 1).some((word) => word.breaks)
        )
      })
    )
      score -= 4
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
          !(vague(other) || copies.test(other.value)) &&
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
      owned,
      text: head.text,
    })
  }
  const open = openNoun(words, fixed, styles, nouns, name, normalised, openStyle)
  if (open !== null) result.push(open)
  return result.sort((a, b) => b.score - a.score)
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
    // "I have a parrotlet named Kiwi"
    const christened =
      nouns.length === 0 &&
      articles.has(words[index]!.lower) &&
      words
        .slice(index + 2, index + 5)
        .some(
          (word, offset, all) =>
            /^(?:named|called)$/.test(word.lower) &&
            !all.slice(0, offset + 1).some((item) => item.breaks),
        )
    if (!mine && !trained && !looked && !told && !christened) continue
    // "a storybook style from 40 of my spreads": what the look is learnt from
    if (
      mine &&
      /\b(?:style|aesthetic|look)s?(?: loras?| models?)? (?:from|for|based on|using|out of|off) (?:\d+ )?(?:of )?$/.test(
        normalised.lower.slice(0, words[index]!.start),
      )
    )
      continue
    // "excavators our firm rents out"
    if (mine && !words[index]!.breaks && nouns.some((find) => find.to === index - 1)) continue
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
