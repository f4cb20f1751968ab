import type { Named } from '../find.ts'
import type { Normalised } from '../normalise.ts'

export function triggerOf(normalised: Normalised): Named | null {
  const { text } = normalised
  // "sks dog": tokens that the field uses as triggers and nothing else
  const rare = /(?<![\p{L}\d])(?:sks|ohwx|zwx|shs|bnha|lkj)(?![\p{L}\d])/iu.exec(text)
  if (rare !== null) {
    const end = rare.index + rare[0].length
    return { value: rare[0], start: rare.index, end, confidence: 0.95 }
  }
  const word = String.raw`([\p{Script=Latin}\d_-]{2,30}|[가-힣]{2,8}?)`
  const patterns = [
    new RegExp(
      String.raw`(?:트리거\s?(?:워드|단어|토큰)?|호출\s?(?:어|단어)|활성화\s?(?:단어|키워드|어)|키워드|토큰(?!\s?(?:수|개|길이|화))|trigger(?:\s?word)?)(?:는|은|를|을|로|:|=|\s)*\s*["']?${word}["']?(?=$|[^\p{L}\d]|로|으로|이야|야|예요|입니다|로\s|라고|이라고|을|를|이고|고)`,
      'dgiu',
    ),
    new RegExp(
      String.raw`["']?${word}["']?\s?(?:을|를|라는|이라는)?\s?(?:단어를\s?)?(?:트리거|호출\s?(?:어|단어)|활성화\s?(?:단어|키워드)|키워드)`,
      'dgiu',
    ),
  ]
  if (
    /[\p{L}\d]["']?\s?(?:을|를|라는|이라는)\s?(?:단어를\s?)?(?:트리거|호출|활성화|키워드)/u.test(
      text,
    )
  )
    patterns.reverse()
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = (match as RegExpMatchArray & { indices: [number, number][] }).indices[1]!
      const value = text.slice(start, end)
      if (
        /^(?:워드|단어|토큰|로|으로|사용|설정|해줘|지정|없이|자동|알아서|정해|word|해서?|하고|하는|쓰고|써줘|쓸게요?|할게요?)$/i.test(
          value,
        )
      )
        continue
      return { value, start, end, confidence: 0.95 }
    }
  }
  return null
}
