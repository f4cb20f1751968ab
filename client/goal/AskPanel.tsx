import { useEffect, useState } from 'react'
import { act, ask, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type Json, type ResultOf } from '../graph/graphql.ts'
import type { Words } from '../text/en.ts'
import { settingName } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const AskQuery = graphql(`
  query Ask($goal: ID!, $spec: ID!, $text: String!) {
    ask(goal: $goal, spec: $spec, text: $text) {
      revision
      operations
      intentChanges {
        path
        before
        after
      }
      specChanges {
        path
        before
        after
      }
      specText
      reasons {
        about
        subject
        reason
      }
      notice
      undo
    }
  }
`)
const AskApply = graphql(
  `
    mutation AskApply($goal: ID!, $spec: ID!, $operations: JSON!, $revision: Int!) {
      askApply(input: { goal: $goal, spec: $spec, operations: $operations, revision: $revision }) {
        __typename
        ... on AppliedAsk {
          intent {
            revision
          }
          spec {
            id
          }
          undoRevision
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
/** trainer.rank -> "trainer · Rank (size of the LoRA)"; an edge as it is. */
const changedName = (path: string, t: Words): string =>
  t.slot[path] ?? (path.includes(' ') ? path : settingName(path, t))

const OpenQuestion = graphql(`
  query OpenQuestion($goal: ID!) {
    node(id: $goal) {
      __typename
      ... on Goal {
        intent {
          revision
          question {
            slot
            text
            options {
              value
              label
            }
          }
        }
      }
    }
  }
`)

type Asked = NonNullable<
  Extract<
    NonNullable<ResultOf<typeof OpenQuestion>['node']>,
    { __typename: 'Goal' }
  >['intent']['question']
>

type Proposal = ResultOf<typeof AskQuery>['ask']

/** What a proposal would do to the diagram. */
export interface PlanDifference {
  readonly touched: readonly string[]
  /** The plan as it would be, wire JSON; null when it stays. */
  readonly text: string | null
}

/** What a change was made from and to: enough to take it back. */
export interface AppliedChange {
  /** The plan that holds now; null when only the intent changed. */
  readonly spec: string | null
  readonly undoRevision: number
  readonly revision: number
}

interface AskPanelProps {
  readonly goal: string
  readonly spec: string
  /** Whether there is a change to take back. */
  readonly undoable: boolean
  onPreview(difference: PlanDifference | null): void
  onApplied(change: AppliedChange): Promise<void>
  /** Takes the last change back. */
  onUndo(): Promise<void>
}

/** Words change the plan: a difference is shown first, applied by a click, undone by another or by saying so. */
export function AskPanel({ goal, spec, undoable, onPreview, onApplied, onUndo }: AskPanelProps) {
  const { t, say } = useText()
  const [text, setText] = useState('')
  const [proposal, setProposal] = useState<Proposal | null>(null)
  const [told, setTold] = useState<string | null>(null)
  const doing = useDoing()
  // What the goal left open: it blocks nothing, and can still be answered here.
  const [question, setQuestion] = useState<Asked | null>(null)
  useEffect(() => {
    let wanted = true
    ask(OpenQuestion, { goal }).then(
      ({ node }) =>
        wanted && setQuestion(node?.__typename === 'Goal' ? node.intent.question : null),
      () => undefined,
    )
    return () => {
      wanted = false
    }
  }, [goal, spec, told])
  const put = (next: Proposal | null) => {
    setProposal(next)
    onPreview(
      next === null || next.specChanges.length === 0
        ? null
        : {
            touched: [
              ...new Set(
                next.specChanges.flatMap((change) =>
                  change.path.includes(' -> ')
                    ? change.path.split(' -> ').map((end) => end.split('.')[0]!)
                    : [change.path.split('.')[0]!],
                ),
              ),
            ],
            text: next.specText,
          },
    )
  }
  const send = () =>
    doing.run(async () => {
      if (text.trim() === '') return
      setTold(null)
      const { ask: said } = await ask(AskQuery, { goal, spec, text })
      if (!said.undo) return put(said)
      put(null)
      setText('')
      if (undoable) {
        await onUndo()
        setTold(t.ask.undone)
      } else setTold(t.ask.nothingToUndo)
    })
  const answer = (slot: string, value: Json) =>
    doing.run(async () => {
      const { node } = await ask(OpenQuestion, { goal })
      if (node?.__typename !== 'Goal') return
      await carryOut([{ kind: 'slot', path: slot, value }], node.intent.revision)
    })
  const apply = (of: Proposal) => doing.run(() => carryOut(of.operations, of.revision))
  const carryOut = async (operations: Json, revision: number) => {
    const { askApply } = await act(AskApply, { goal, spec, operations, revision })
    put(null)
    setText('')
    setTold(t.ask.applied)
    await onApplied({
      spec: askApply.spec === null || askApply.spec.id === spec ? null : askApply.spec.id,
      undoRevision: askApply.undoRevision,
      revision: askApply.intent.revision,
    })
  }
  const takeBack = () =>
    doing.run(async () => {
      setTold(null)
      put(null)
      await onUndo()
      setTold(t.ask.undone)
    })
  const changes = proposal === null ? [] : [...proposal.intentChanges, ...proposal.specChanges]
  return (
    <section className="card" aria-label={t.ask.title}>
      <h2>{t.ask.title}</h2>
      <form
        className="row ask"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <input
          data-testid="ask-input"
          aria-label={t.ask.label}
          placeholder={t.ask.placeholder}
          value={text}
          maxLength={2000}
          onChange={(event) => setText(event.target.value)}
        />
        <button disabled={doing.busy || text.trim() === ''}>{t.ask.send}</button>
        {undoable && (
          <button
            type="button"
            className="small"
            data-testid="ask-undo"
            disabled={doing.busy}
            onClick={takeBack}
          >
            {t.undo}
          </button>
        )}
      </form>
      <Problem error={doing.error} />
      <div role="status" aria-live="polite">
        {told !== null && proposal === null && <p className="quiet">{told}</p>}
        {proposal?.notice != null && (
          <p className={changes.length > 0 ? 'notice' : 'quiet'} data-testid="ask-notice">
            {proposal.notice}
          </p>
        )}
        {proposal !== null &&
          proposal.reasons.map((it) => (
            <p key={it.about} data-testid={`ask-reason-${it.about}`}>
              <strong>{it.subject}</strong>: {it.reason}
            </p>
          ))}
        {changes.length > 0 && (
          <table className="changes stacks" data-testid="ask-changes">
            <thead>
              <tr>
                <th>{t.ask.what}</th>
                <th>{t.ask.before}</th>
                <th>{t.ask.after}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((change) => (
                <tr key={change.path}>
                  <th scope="row">{changedName(change.path, t)}</th>
                  <td data-label={t.ask.before}>
                    {change.before === null ? '–' : <del>{say(change.before)}</del>}
                  </td>
                  <td data-label={t.ask.after}>
                    {change.after === null ? '–' : <ins>{say(change.after)}</ins>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {proposal !== null && changes.length > 0 && (
          <p className="row">
            <button
              className="primary"
              data-testid="ask-apply"
              disabled={doing.busy}
              onClick={() => apply(proposal)}
            >
              {t.ask.apply}
            </button>
            <button disabled={doing.busy} onClick={() => put(null)}>
              {t.cancel}
            </button>
          </p>
        )}
        {proposal !== null &&
          changes.length === 0 &&
          proposal.notice === null &&
          proposal.reasons.length === 0 && <p className="quiet">{t.ask.same}</p>}
      </div>
      {question !== null && (
        <fieldset className="card" data-testid="ask-question">
          <legend>{question.text}</legend>
          <div className="row">
            {question.options.map((option, index) => (
              <button
                key={option.label}
                className="option"
                disabled={doing.busy}
                onClick={() => answer(question.slot, option.value)}
              >
                {option.label}
                {index === 0 && question.slot === 'task' && (
                  <small className="quiet">{t.ask.holds}</small>
                )}
              </button>
            ))}
          </div>
        </fieldset>
      )}
    </section>
  )
}
