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
import { PlanGlance } from './PlanGlance.tsx'
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

/** What stands in the field: of money the amount. */
const editText = (value: Json): string =>
  typeof value === 'object' && value !== null && 'amount' in value
    ? formatValue(value['amount'])
    : formatValue(value)

/** The value as a person typed it, in the type that the slot has now; null when it should be a number and is none. */
function asTyped(text: string, before: Json): Json | null {
  const number = (written: string): number | null =>
    written.trim() === '' || Number.isNaN(Number(written)) ? null : Number(written)
  if (typeof before === 'number') return number(text.replaceAll(',', ''))
  if (typeof before === 'object' && before !== null && 'amount' in before) {
    const amount = number(text.replace(/[^\d.]/g, ''))
    return amount === null ? null : { ...before, amount }
  }
  if (Array.isArray(before))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return text
}

/** Slots that hold one of a few values: chosen, not typed. */
const choices: Readonly<Record<string, readonly string[]>> = {
  task: ['subject', 'style', 'concept'],
  quality: ['fast', 'balanced', 'best'],
  strategy: ['lora', 'dreambooth', 'dreambooth_lora', 'full'],
}

export function StartPage() {
  const { t, language, say } = useText()
  const start = useAsk(StartQuery, {})
  const [text, setText] = useState('')
  const { reading, refined, other, agreed, notice, refining, explanation } = useReading(
    text,
    language,
  )
  const [made, setMade] = useState<Record<string, Json>>({})
  const [answer, setAnswer] = useState<{
    readonly slot: string
    readonly value: Json
    /** The question and the goal that it was given to. */
    readonly to: readonly [string, string]
  } | null>(null)
  const [editing, setEditing] = useState<string | null>(null)
  const [files, setFiles] = useState<readonly File[]>([])
  const [listing, setListing] = useState(false)
  const [sent, setSent] = useState<number | null>(null)
  const doing = useDoing()
  // What was set by hand counts while the words still hold the slot: nothing that cannot be seen is sent.
  const changes: Record<string, Json> = Object.fromEntries(
    Object.entries(made).filter(
      ([path]) =>
        reading !== null &&
        (reading.slots.some((slot) => slot.path === path) || reading.question?.slot === path),
    ),
  )
  // An answer counts for its question, and for its goal where a model settles the question meanwhile.
  if (
    answer !== null &&
    !(answer.slot in changes) &&
    (answer.to[0] === reading?.question?.text || answer.to[1] === text)
  )
    changes[answer.slot] = answer.value
  const takeBack = (path: string) => {
    setMade(({ [path]: _gone, ...rest }) => rest)
    if (answer?.slot === path) setAnswer(null)
  }
  // One id for one project: a second press after a lost answer makes no second one.
  const goalId = useRef(crypto.randomUUID())

  useEffect(() => {
    goalId.current = crypto.randomUUID()
    if (text.trim() === '') {
      setMade({})
      setAnswer(null)
    }
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
                          const field = event.currentTarget.elements.namedItem(
                            'value',
                          ) as HTMLInputElement
                          const typed = asTyped(field.value, slot.value)
                          if (typed === null) {
                            field.setCustomValidity(t.start.notNumber(name))
                            field.reportValidity()
                            return
                          }
                          setMade((before) => ({ ...before, [slot.path]: typed }))
                          setEditing(null)
                        }}
                      >
                        {choices[slot.path] === undefined ? (
                          <input
                            name="value"
                            aria-label={name}
                            autoFocus
                            defaultValue={editText(value)}
                            onInput={(event) => event.currentTarget.setCustomValidity('')}
                            onKeyDown={(event) => event.key === 'Escape' && setEditing(null)}
                          />
                        ) : (
                          <select
                            name="value"
                            aria-label={name}
                            autoFocus
                            defaultValue={editText(value)}
                            onKeyDown={(event) => event.key === 'Escape' && setEditing(null)}
                          >
                            {[...new Set([editText(value), ...choices[slot.path]!])].map((it) => (
                              <option key={it} value={it}>
                                {formatSlot(slot.path, it, language, t)}
                              </option>
                            ))}
                          </select>
                        )}
                        <button className="small">{t.start.save}</button>
                        {changed && (
                          <button
                            type="button"
                            className="small"
                            onClick={() => {
                              takeBack(slot.path)
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
                          ? ` · ${t.start.refined(formatValue(refined.get(slot.path)!.grammar ?? ''))}`
                          : ''}
                        {!changed && other.has(slot.path)
                          ? ` · ${t.llm.other(formatSlot(slot.path, other.get(slot.path)!.llm, language, t))}`
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
          {agreed !== null && (
            <p className="quiet" data-testid="agreement">
              {t.llm.agrees(agreed.same, agreed.all)}
              {agreed.dropped.length > 0 &&
                ` ${t.llm.dropped(
                  agreed.dropped
                    .slice(0, 8)
                    .map((path) => t.slot[path] ?? path)
                    .join(', '),
                )}`}
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
                {question.options.map((option, index) => {
                  const answered = question.slot in changes
                  const usual = !answered && index === 0 && question.slot === 'task'
                  const own =
                    answered &&
                    JSON.stringify(changes[question.slot]) === JSON.stringify(option.value)
                  return (
                    <button
                      key={option.label}
                      className="option"
                      aria-pressed={own || usual}
                      onClick={() =>
                        own
                          ? takeBack(question.slot)
                          : (takeBack(question.slot),
                            setAnswer({
                              slot: question.slot,
                              value: option.value,
                              to: [question.text, text],
                            }))
                      }
                    >
                      {option.label}
                      {usual && <small className="quiet">{t.start.usual}</small>}
                    </button>
                  )
                })}
              </div>
              {question.slot === 'subject.classNoun' && !(question.slot in changes) && (
                <p className="quiet">{t.start.picturesDecide}</p>
              )}
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
      {/* comes after the words have rested: below, so that neither drop zone nor button moves under the pointer */}
      {reading !== null && <PlanGlance text={text} images={files.length} changes={changes} />}
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
