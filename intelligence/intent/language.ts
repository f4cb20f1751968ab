import type { Language } from '#schema/domain/intent.ts'

/** English, Korean, or neither: by script, and for Latin script by the small words that carry a language. */
export function detectLanguage(text: string): Language {
  const plain = text.normalize('NFKC')
  const hangul = (plain.match(/\p{Script=Hangul}/gu) ?? []).length
  const latin = (plain.match(/\p{Script=Latin}/gu) ?? []).length
  const foreign = (plain.match(/\p{L}/gu) ?? []).length - hangul - latin
  if (hangul > 0 && hangul * 5 >= latin && hangul >= foreign) return 'ko'
  if (latin === 0 || foreign > latin) return hangul > 0 && hangul >= foreign ? 'ko' : 'other'
  const words = plain.toLowerCase().match(/\p{Script=Latin}+/gu) ?? []
  const english = words.filter((word) => englishWords.has(word)).length
  const others =
    words.filter((word) => otherWords.has(word)).length +
    (/[ßäöüéèêçñãõåøæłżőă¿¡]/i.test(plain) ? 1 : 0)
  if (others > english) return 'other'
  return hangul > 0 && english === 0 ? 'ko' : 'en'
}

const englishWords = new Set(
  'the a an of my in on and or for to with is it this that train make lora style want please photos pictures use using like at from our i not cat dog model'.split(
    ' ',
  ),
)
const otherWords = new Set(
  'ein eine einen mein meine meinen meiner der die das und mit von für fur im katze hund trainiere auf ich möchte bitte un une mon ma mes le la les des du et avec dans pour chat chien entraîne el los mi mis gato perro de del con para quiero entrena por que un una il lo gli mio mia gatto cane addestra con nel meu minha gato cachorro treine com em um uma mijn een het kat hond en van met train'
    .split(' ')
    .filter(
      (word) =>
        ![
          'a',
          'an',
          'train',
          'in',
          'la',
          'chat',
          'les',
          'des',
          'die',
          'con',
          'van',
          'hond',
        ].includes(word),
    ),
)
