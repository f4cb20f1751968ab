import type { Kind } from './lexicon.ts'

/** One stretch of the goal that the lexicon knows. */
export interface Find {
  readonly kind: Kind
  readonly value: string
  readonly start: number
  readonly end: number
  /** Index of its first and last word. */
  readonly from: number
  readonly to: number
  readonly text: string
  /** Denied by the words around it: "not a style", "로라 말고". */
  negated: boolean
  readonly slip: boolean
  /** Known by WordNet only, not by the lexicon. */
  readonly wide?: boolean
}

export interface Named {
  readonly value: string
  readonly start: number
  readonly end: number
  readonly confidence: number
}

/** What the words of one goal say, before it is decided what they mean together. */
export interface Evidence {
  readonly finds: readonly Find[]
  /** Class nouns that may be the subject, best first. */
  readonly subjects: readonly {
    readonly noun: string
    readonly start: number
    readonly end: number
    /** Log odds against there being none. */
    readonly score: number
    readonly known: boolean
    /** "my", "우리" stands before it. */
    readonly owned: boolean
    readonly text: string
  }[]
  readonly name: Named | null
  readonly style: Named | null
  readonly trigger: Named | null
  /** Words that say the look is to be learnt ("art style", "그림체"). */
  readonly styleWanted: boolean
  readonly styleDenied: boolean
  readonly subjectDenied: boolean
  /** Words that say the look belongs to the results ("draw my cat in watercolor", "그려줘"). */
  readonly styleOfResults: boolean
  readonly textWanted: boolean
  readonly conceptWanted: boolean
  /** "the concept of floating": it is named, and bears no class noun. */
  readonly conceptNamed?: boolean
}

/** "T4", "L4", "A7": a letter before a figure is the half of a model's name, and nobody's. */
export function unlessHalf<N extends { readonly start: number; readonly end: number }>(
  name: N | null,
  text: string,
): N | null {
  return name !== null &&
    name.end - name.start === 1 &&
    /^\p{Script=Latin}\d/u.test(text.slice(name.start))
    ? null
    : name
}
