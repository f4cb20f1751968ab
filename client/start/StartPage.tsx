import { useEffect, useRef, useState } from 'react'
import { act, useAsk, useDoing, Refusal } from '../graph/ask.ts'
import { useReading } from '../goal/use-reading.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type Json } from '../graph/graphql.ts'
import { formatSlot, formatValue } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Problem, Progress } from '../ui/Notice.tsx'
import { Link, navigate, projectPath } from '../ui/Route.tsx'
import { DropZone } from './DropZone.tsx'
import { Projects } from './Projects.tsx'
import { uploadFiles } from './upload.ts'

const StartQuery = graphql(`
  query Start {
    platform {
      environment {
        state
        progress
        message
      }
      notices
      sampleProject {
        id
      }
    }
  }
`)
const GoalSubmit = graphql(
  `
    mutation GoalSubmit($id: String!, $text: String!) {
      goalSubmit(input: { id: $id, text: $text }) {
        __typename
        ... on Goal {
          id
          project {
            id
            pool {
              id
            }
          }
          intent {
            revision
          }
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const IntentRevise = graphql(
  `
    mutation IntentRevise($goal: ID!, $path: String!, $value: JSON) {
      intentRevise(input: { goal: $goal, path: $path, value: $value }) {
        __typename
        ... on Intent {
          id
          revision
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

/** The value as a person typed it, in the type that the slot has now. */
/** What stands in the field: of money the amount. */
const editText = (value: Json): string =>
  typeof value === 'object' && value !== null && 'amount' in value
    ? formatValue(value['amount'])
    : formatValue(value)

function asTyped(text: string, before: Json): Json {
  if (typeof before === 'number') return Number(text)
  if (typeof before === 'object' && before !== null && 'amount' in before)
    return { ...before, amount: Number(text.replace(/[^\d.]/g, '')) }
  if (Array.isArray(before))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return text
}

export function StartPage() {
  const { t, language, say } = useText()
  const start = useAsk(StartQuery, {})
  const [text, setText] = useState('')
  const { reading, refined, notice, refining, explanation } = useReading(text, language)
  const [changes, setChanges] = useState<Record<string, Json>>({})
  const [editing, setEditing] = useState<string | null>(null)
  const [files, setFiles] = useState<readonly File[]>([])
  const [listing, setListing] = useState(false)
  const [sent, setSent] = useState<number | null>(null)
  const doing = useDoing()
  // One id for one project: a second press after a lost answer makes no second one.
  const goalId = useRef(crypto.randomUUID())

  useEffect(() => {
    goalId.current = crypto.randomUUID()
  }, [text])

  const begin = () =>
    doing.run(async () => {
      if (text.trim() === '') throw new Refusal('BAD_INPUT', t.start.noGoal)
      const { goalSubmit } = await act(GoalSubmit, { id: goalId.current, text })
      for (const [path, value] of Object.entries(changes))
        await act(IntentRevise, { goal: goalSubmit.id, path, value })
      if (files.length > 0) {
        setSent(0)
        await uploadFiles(goalSubmit.project.pool.id, files, setSent)
      }
      navigate(projectPath(goalSubmit.project.id, 'pool'))
    })

  const environment = start.data?.platform.environment
  const question = reading?.question
  return (
    <>
      <h1>{t.start.title}</h1>
      <Problem error={start.error} again={start.again} />
      <label>
        <span className="quiet" id="goal-help">
          {t.start.help}
        </span>
        <textarea
          className="goal"
          data-testid="goal-input"
          aria-label={t.start.label}
          aria-describedby="goal-help"
          rows={2}
          maxLength={2000}
          value={text}
          placeholder={t.start.placeholder}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
              event.preventDefault()
              begin()
            }
          }}
        />
      </label>
      {text === '' && (
        <div className="row">
          <span className="quiet">{t.start.tryOne}</span>
          {t.start.examples.map((example) => (
            <button key={example} className="small" onClick={() => setText(example)}>
              {example}
            </button>
          ))}
        </div>
      )}
      {reading !== null && (
        <section aria-label={t.start.understood} aria-live="polite">
          <ul className="chips">
            {reading.slots
              .filter((slot) => slot.path !== 'language')
              .map((slot) => {
                const changed = slot.path in changes
                const value = changed ? changes[slot.path]! : slot.value
                const name =
                  t.slot[slot.path] ?? t.setting[slot.path.replace('settings.', '')] ?? slot.path
                if (editing === slot.path) {
                  return (
                    <li key={slot.path}>
                      <form
                        className="row"
                        onSubmit={(event) => {
                          event.preventDefault()
                          const typed = new FormData(event.currentTarget).get('value') as string
                          setChanges((before) => ({
                            ...before,
                            [slot.path]: asTyped(typed, slot.value),
                          }))
                          setEditing(null)
                        }}
                      >
                        <input
                          name="value"
                          aria-label={name}
                          autoFocus
                          defaultValue={editText(value)}
                          onKeyDown={(event) => event.key === 'Escape' && setEditing(null)}
                        />
                        <button className="small">{t.start.save}</button>
                        {changed && (
                          <button
                            type="button"
                            className="small"
                            onClick={() => {
                              setChanges(({ [slot.path]: _gone, ...rest }) => rest)
                              setEditing(null)
                            }}
                          >
                            {t.undo}
                          </button>
                        )}
                      </form>
                    </li>
                  )
                }
                return (
                  <li key={slot.path}>
                    <button
                      className={`chip ${changed ? 'SAID' : slot.source}${!changed && refined.has(slot.path) ? ' refined' : ''}`}
                      data-testid={`intent-chip-${slot.path}`}
                      title={t.start.edit(name)}
                      onClick={() => setEditing(slot.path)}
                    >
                      <span>
                        <span className="quiet">{name}</span>{' '}
                        {(changed ? null : slot.label) ?? formatSlot(slot.path, value, language, t)}
                      </span>
                      <small>
                        {t.start.why[changed ? 'SAID' : slot.source]}
                        {changed ? '' : ` · ${slot.reason}`}
                        {!changed && refined.has(slot.path)
                          ? ` · ${t.start.refined(formatValue(refined.get(slot.path)!.grammar))}`
                          : ''}
                      </small>
                    </button>
                  </li>
                )
              })}
          </ul>
          {explanation !== null && (
            <p data-testid="explanation" aria-busy={refining}>
              <small className="quiet">{t.llm.explained[explanation.reader]}:</small>{' '}
              {explanation.explanation}
            </p>
          )}
          {refining && <p className="quiet">{t.start.refining}</p>}
          {notice !== null && (
            <p className="quiet" data-testid="reader-notice">
              {notice}
            </p>
          )}
          {question != null && (
            <fieldset className="card">
              <legend>{question.text}</legend>
              <div className="row">
                {question.options.map((option) => (
                  <button
                    key={option.label}
                    aria-pressed={changes[question.slot] === option.value}
                    onClick={() =>
                      setChanges((before) => ({ ...before, [question.slot]: option.value }))
                    }
                  >
                    {option.label}
                  </button>
                ))}
              </div>
            </fieldset>
          )}
        </section>
      )}
      <DropZone
        onFiles={(more) => setFiles((before) => [...before, ...more])}
        onReading={setListing}
      />
      {files.length > 0 && (
        <p className="row">
          {t.start.chosen(files.length)}
          <button className="small" disabled={doing.busy} onClick={() => setFiles([])}>
            {t.start.clear}
          </button>
        </p>
      )}
      <Problem error={doing.error} />
      {sent !== null && doing.busy && (
        <Progress label={t.start.uploading(Math.round(sent * 100))} value={sent} />
      )}
      <button
        className="primary"
        data-testid="start-project"
        disabled={doing.busy || listing || text.trim() === ''}
        onClick={begin}
      >
        {!doing.busy
          ? t.start.go
          : sent === null
            ? t.start.preparing
            : t.start.uploading(Math.round(sent * 100))}
      </button>
      {environment !== undefined && environment.state !== 'READY' && (
        <div className={`notice ${environment.state === 'FAILED' ? 'bad' : ''}`} role="status">
          <p>
            {environment.state === 'FAILED' ? t.platform.failed : t.platform.preparing}:{' '}
            {say(environment.message)}
          </p>
          {environment.state === 'PREPARING' && (
            <Progress label={t.platform.preparing} value={environment.progress} />
          )}
        </div>
      )}
      {start.data?.platform.sampleProject != null && (
        <p className="quiet">
          <br />
          <Link to={projectPath(start.data.platform.sampleProject.id, 'pool')}>
            {t.start.sample}
          </Link>
          . {t.start.sampleHelp}
        </p>
      )}
      <Projects />
    </>
  )
}
