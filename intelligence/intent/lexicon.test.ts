import { describe, expect, it } from 'vitest'
import { read } from '../index.ts'
import enNouns from './lexicon/en/class-nouns.json' with { type: 'json' }
import emoji from './lexicon/emoji.json' with { type: 'json' }
import hypernyms from './lexicon/hypernyms.json' with { type: 'json' }
import { hypernymOf } from './lexicon.ts'

const nouns = enNouns as Readonly<Record<string, readonly string[]>>

describe('IN-01 the class nouns', () => {
  it('are of one kind each', () => {
    const listed = Object.values(hypernyms).flat()
    expect(listed.filter((noun, index) => listed.indexOf(noun) !== index)).toEqual([])
    expect(Object.keys(nouns).filter((noun) => !listed.includes(noun))).toEqual([])
  })

  it('are no forms of one another', () => {
    expect(
      Object.entries(nouns).flatMap(([noun, forms]) =>
        forms.filter((form) => form in nouns).map((form) => `${form} -> ${noun}`),
      ),
    ).toEqual([])
  })

  it('have what each picture sign shows', () => {
    expect(Object.values(emoji).filter((noun) => !(noun in nouns))).toEqual([])
  })

  it.each([
    ['chess knight', 'toy'],
    ['tooth', 'body'],
    ['statue', 'household'],
    ['roller coaster', 'place'],
  ])('%s is of the kind %s', (noun, kind) => {
    expect(hypernymOf(noun)).toBe(kind)
  })

  // an everyday thing is what was typed; it neither folds into an odd synonym nor loses its first word
  it.each([
    'picture frame',
    'christmas stocking',
    'cheese board',
    'drum kit',
    'steam engine',
    'popcorn machine',
    'running blade',
    'tackle box',
    'phone box',
    'paper airplane',
    'phone charger',
    'mouse trap',
    'jungle gym',
  ])('my %s', (thing) => {
    const noun = read(`train a lora of my ${thing}`).slots['subject.classNoun']?.value
    expect(noun).toBe(thing)
  })

  it.each([
    ['our chicken Nugget', 'chicken', 'Nugget'],
    ['my chicken nugget', 'chicken nugget', undefined],
    ['my green dragon', 'dragon', undefined],
  ])('%s', (goal, noun, name) => {
    const { slots } = read(goal)
    expect(slots['subject.classNoun']?.value).toBe(noun)
    expect(slots['subject.name']?.value).toBe(name)
  })
})
