import { useEffect, useState } from 'react'
import { act, ask } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'

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
const GoalRefine = graphql(
  `
    mutation GoalRefine($text: String!, $language: String!) {
      goalRefine(input: { text: $text }) {
        __typename
        ... on RefinedReading {
          language
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
        }
        ...Failure
      }
    }
  `,
  [Failure, SlotParts, QuestionParts],
)

export type Reading = ResultOf<typeof GoalRead>['goalRead']
type Refined = Extract<ResultOf<typeof GoalRefine>['goalRefine'], { __typename: 'RefinedReading' }>

export interface LiveReading {
  readonly reading: Reading | null
  /** Slots that a language model changed, each with what the grammar had read. */
  readonly refined: ReadonlyMap<string, Refined['agreement'][number]>
  /** Why a language model that is set up had no say; null otherwise. */
  readonly notice: string | null
  readonly refining: boolean
}

// The grammar answers in milliseconds: chips stand within 100 ms of the last key. A model is asked once typing has come to rest.
const grammarAfter = 15
const modelAfter = 800
let modelOff = false

const none: Pick<LiveReading, 'refined' | 'notice' | 'refining'> = {
  refined: new Map(),
  notice: null,
  refining: false,
}

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
    const refine = setTimeout(() => {
      if (modelOff) return
      setModel({ ...none, refining: true })
      act(GoalRefine, { text, language }).then(
        ({ goalRefine }) => {
          modelOff = goalRefine.fallback === 'OFF'
          if (!wanted) return
          if (goalRefine.reader === 'LLM') setReading(goalRefine)
          setModel({
            refined: new Map(
              goalRefine.agreement
                .filter(
                  (it) =>
                    it.taken === 'LLM' && JSON.stringify(it.grammar) !== JSON.stringify(it.llm),
                )
                .map((it) => [it.path, it]),
            ),
            notice: modelOff ? null : goalRefine.notice,
            refining: false,
          })
        },
        () => wanted && setModel(none),
      )
    }, modelAfter)
    return () => {
      wanted = false
      clearTimeout(grammar)
      clearTimeout(refine)
    }
  }, [text, language])

  return { reading, ...model }
}
