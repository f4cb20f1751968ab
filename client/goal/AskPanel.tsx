import { useState } from 'react'
import { act, ask, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
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
      reasons {
        subject
        reason
      }
      notice
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
const AskUndo = graphql(
  `
    mutation AskUndo($goal: ID!, $revision: Int!) {
      askUndo(input: { goal: $goal, revision: $revision }) {
        __typename
        ... on Intent {
          revision
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

type Proposal = ResultOf<typeof AskQuery>['ask']

interface AskPanelProps {
  readonly goal: string
  readonly spec: string
  /** Names of components that a preview touches, to be marked in the diagram. */
  onPreview(touched: readonly string[]): void
  /** A plan took the place of this one. */
  onSpec(id: string): Promise<void>
  /** Back to the plan before. */
  onUndo(): void
}

/** Words change the plan: a difference is shown first, applied by a click, undone by another. */
export function AskPanel({ goal, spec, onPreview, onSpec, onUndo }: AskPanelProps) {
  const { t, say } = useText()
  const [text, setText] = useState('')
  const [proposal, setProposal] = useState<Proposal | null>(null)
  const [undo, setUndo] = useState<{
    revision: number
    changedIntent: boolean
    spec: string
  } | null>(null)
  const doing = useDoing()
  const put = (next: Proposal | null) => {
    setProposal(next)
    onPreview(
      next === null
        ? []
        : [...new Set(next.specChanges.map((change) => change.path.split(/[. ]/)[0]!))],
    )
  }
  const send = () =>
    doing.run(async () => {
      if (text.trim() === '') return
      put((await ask(AskQuery, { goal, spec, text })).ask)
    })
  const apply = (of: Proposal) =>
    doing.run(async () => {
      const { askApply } = await act(AskApply, {
        goal,
        spec,
        operations: of.operations,
        revision: of.revision,
      })
      put(null)
      setText('')
      const made = askApply.spec !== null && askApply.spec.id !== spec
      setUndo({
        revision: askApply.undoRevision,
        changedIntent: askApply.intent.revision !== of.revision,
        spec: made ? askApply.spec!.id : '',
      })
      if (made) await onSpec(askApply.spec!.id)
    })
  const takeBack = (last: NonNullable<typeof undo>) =>
    doing.run(async () => {
      if (last.changedIntent) await act(AskUndo, { goal, revision: last.revision })
      if (last.spec === spec) onUndo()
      setUndo(null)
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
        {undo !== null && proposal === null && (
          <button
            type="button"
            className="small"
            data-testid="ask-undo"
            disabled={doing.busy}
            onClick={() => takeBack(undo)}
          >
            {t.undo}
          </button>
        )}
      </form>
      <Problem error={doing.error} />
      <div role="status" aria-live="polite">
        {proposal?.notice != null && <p className="quiet">{proposal.notice}</p>}
        {proposal !== null &&
          proposal.reasons.map((it) => (
            <p key={it.subject}>
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
    </section>
  )
}
