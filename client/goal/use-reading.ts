import { useEffect, useState } from 'react'
import { ask } from '../graph/ask.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { watch } from '../graph/watch.ts'

const SlotParts = graphql(`
  fragment SlotParts on Slot {
    path
    value
    label(language: $language)
    source
    reason
    confidence
  }
`)
const QuestionParts = graphql(`
  fragment QuestionParts on Question {
    slot
    text
    options {
      value
      label
    }
  }
`)
const GoalRead = graphql(
  `
    query GoalRead($text: String!, $language: String!) {
      goalRead(text: $text) {
        language
        explanation
        slots {
          ...SlotParts
        }
        question {
          ...QuestionParts
        }
      }
    }
  `,
  [SlotParts, QuestionParts],
)
const GoalRefining = graphql(
  `
    subscription GoalRefining($text: String!, $language: String!) {
      goalRefining(text: $text) {
        reader
        explanation
        reading {
          language
          explanation
          slots {
            ...SlotParts
          }
          question {
            ...QuestionParts
          }
          reader
          fallback
          notice
          agreement {
            path
            grammar
            llm
            taken
          }
          dropped {
            path
          }
        }
      }
    }
  `,
  [SlotParts, QuestionParts],
)

export type Reading = ResultOf<typeof GoalRead>['goalRead']
type Step = ResultOf<typeof GoalRefining>['goalRefining']
type Refined = NonNullable<Step['reading']>

export interface LiveReading {
  readonly reading: Reading | null
  /** Slots that a language model changed, each with what the grammar had read. */
  readonly refined: ReadonlyMap<string, Refined['agreement'][number]>
  /** Slots where it read something else, which the words themselves settle. */
  readonly other: ReadonlyMap<string, Refined['agreement'][number]>
  /** How far both readers agree; null without a model's answer. */
  readonly agreed: {
    readonly same: number
    readonly all: number
    readonly dropped: readonly string[]
  } | null
  /** Why a language model that is set up had no say; null otherwise. */
  readonly notice: string | null
  readonly refining: boolean
  /** What was understood, in sentences: the grammar's at once, a model's as it is written. */
  readonly explanation: Pick<Step, 'reader' | 'explanation'> | null
}

// The grammar answers in milliseconds: chips stand within 100 ms of the last key. A model is asked once typing has come to rest.
const grammarAfter = 15
const modelAfter = 800
const sayAfter = 250
// A model that is off is not asked for each goal; once a minute, for it may be switched on.
const offMs = 60_000
let offUntil = 0

const none: Pick<
  LiveReading,
  'refined' | 'other' | 'agreed' | 'notice' | 'refining' | 'explanation'
> = {
  refined: new Map(),
  other: new Map(),
  agreed: null,
  notice: null,
  refining: false,
  explanation: null,
}

const alike = (it: Refined['agreement'][number]): boolean =>
  JSON.stringify(it.grammar) === JSON.stringify(it.llm)

/** Slots that the readers read differently, where this one's value counts. */
const differing = (
  { agreement }: Refined,
  taken: 'LLM' | 'GRAMMAR',
): ReadonlyMap<string, Refined['agreement'][number]> =>
  new Map(agreement.filter((it) => it.taken === taken && !alike(it)).map((it) => [it.path, it]))

/** What is understood of the text while it is typed: by the grammar at once, by a language model where one is set up. */
export function useReading(text: string, language: string): LiveReading {
  const [reading, setReading] = useState<Reading | null>(null)
  const [model, setModel] = useState(none)

  useEffect(() => {
    setModel(none)
    if (text.trim() === '') {
      setReading(null)
      return
    }
    let wanted = true
    const grammar = setTimeout(() => {
      ask(GoalRead, { text, language }).then(
        (answer) => wanted && setReading(answer.goalRead),
        () => wanted && setReading(null),
      )
    }, grammarAfter)
    let over = false
    let said: ReturnType<typeof setTimeout> | undefined
    let stop: () => void = () => undefined
    const finish = (): void => {
      over = true
    }
    const refine = setTimeout(() => {
      if (Date.now() < offUntil) return
      stop = watch({
        document: GoalRefining,
        variables: () => ({ text, language }),
        more: () => !over,
        refused: () => {
          finish()
          stop()
          if (wanted) setModel(none)
        },
        hear: ({ goalRefining: { reader, explanation, reading: done } }) => {
          if (done === null) {
            if (wanted) setModel((before) => ({ ...before, explanation: { reader, explanation } }))
            // A model that is off is done at once: nothing is said of it.
            said ??= setTimeout(
              () => wanted && !over && setModel((before) => ({ ...before, refining: true })),
              sayAfter,
            )
            return
          }
          finish()
          const off = done.fallback === 'OFF'
          offUntil = off ? Date.now() + offMs : 0
          if (!wanted) return
          if (done.reader === 'LLM') setReading(done)
          setModel({
            refined: differing(done, 'LLM'),
            other: differing(done, 'GRAMMAR'),
            agreed:
              done.reader === 'LLM'
                ? {
                    same: done.agreement.filter(alike).length,
                    all: done.agreement.length,
                    dropped: done.dropped.map((it) => it.path),
                  }
                : null,
            notice: off ? null : done.notice,
            refining: false,
            explanation: { reader, explanation },
          })
        },
      })
    }, modelAfter)
    return () => {
      wanted = false
      clearTimeout(grammar)
      clearTimeout(refine)
      clearTimeout(said)
      stop()
    }
  }, [text, language])

  const byGrammar =
    reading === null ? null : { reader: 'GRAMMAR' as const, explanation: reading.explanation }
  return { reading, ...model, explanation: model.explanation ?? byGrammar }
}
