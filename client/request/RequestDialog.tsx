import { useEffect, useRef, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { formatSeconds } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Loading, Problem } from '../ui/Notice.tsx'
import { navigate, requestPath, runPath } from '../ui/Route.tsx'
import { sortFaults, type CapName } from './cap-faults.ts'
import { durationText, memoryText, quoteLines, textOf, type Resources } from './resources.ts'
import { MarkParts, QuoteParts, ResourcesParts } from './quote.ts'

const QuoteQuery = graphql(
  `
    query RequestQuote($spec: ID!, $resources: RequestResourcesInput) {
      queues {
        name
        defaultPriority
      }
      requestQuote(spec: $spec, resources: $resources) {
        resources {
          ...ResourcesParts
        }
        marks {
          ...MarkParts
        }
        problems {
          path
          code
          message
        }
        quote {
          ...QuoteParts
        }
        testRuns {
          sameSpec
          seconds
          run {
            id
            state
            spec {
              name
            }
          }
        }
      }
    }
  `,
  [QuoteParts, ResourcesParts, MarkParts],
)
const Submit = graphql(
  `
    mutation RequestSubmitWith($input: RequestSubmitInput!) {
      requestSubmit(input: $input) {
        __typename
        ... on Request {
          id
          state
          run {
            id
          }
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Given = { readonly [Name in CapName]?: Name extends 'gpuCount' | 'cpu' ? number : string }

/** WR: the request for a plan, with everything that can be chosen; opened from the plan. */
export function RequestDialog({ spec, onClose }: { spec: string; onClose(): void }) {
  const { t, language, say } = useText()
  const words = t.requests
  const [given, setGiven] = useState<Given>({})
  const { data, error, again } = useAsk(QuoteQuery, { spec, resources: given })
  const submitting = useDoing()
  const [id] = useState(() => crypto.randomUUID())
  const [queue, setQueue] = useState('default')
  const box = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    box.current?.showModal()
  }, [])
  const submit = (form: FormData) =>
    submitting.run(async () => {
      const cited = textOf(form, 'cited')
      const priority = textOf(form, 'priority')
      const { requestSubmit } = await act(Submit, {
        input: {
          id,
          spec,
          queue,
          resources: given,
          test: form.get('test') === 'on',
          note: textOf(form, 'note'),
          ...(cited === '' ? {} : { citedRun: cited }),
          ...(priority === '' ? {} : { priority: priority as 'HIGH' | 'NORMAL' | 'LOW' }),
        },
      })
      navigate(
        requestSubmit.run === null ? requestPath(requestSubmit.id) : runPath(requestSubmit.run.id),
      )
    })
  const own = data?.queues.find((it) => it.name === queue)?.defaultPriority ?? 'LOW'
  // The quote that stands is of the caps before, when those given are refused.
  const wrong = sortFaults([
    ...(error === null ? (data?.requestQuote.problems ?? []) : error.problems),
    ...(submitting.error?.problems ?? []),
  ])
  return (
    <dialog ref={box} className="card" aria-label={words.dialogTitle} onClose={onClose}>
      <h2>{words.dialogTitle}</h2>
      {(data === null || error?.problems.length === 0) && <Problem error={error} again={again} />}
      {data === null ? (
        error === null && <Loading />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            submit(new FormData(event.currentTarget))
          }}
        >
          <p className="quiet">{words.caps}</p>
          <Caps
            caps={data.requestQuote.resources}
            given={given}
            wrong={wrong.at}
            onChange={setGiven}
          />
          <br />
          <div className="settings">
            <label>
              {words.queue}
              <select value={queue} onChange={(event) => setQueue(event.target.value)}>
                {data.queues.map((it) => (
                  <option key={it.name}>{it.name}</option>
                ))}
              </select>
            </label>
            <label>
              {words.priority}
              <select name="priority" defaultValue="">
                <option value="">{words.queuePriority(t.priority[own] ?? own)}</option>
                {(['HIGH', 'NORMAL', 'LOW'] as const).map((it) => (
                  <option key={it} value={it}>
                    {t.priority[it]}
                  </option>
                ))}
              </select>
            </label>
            <label>
              {words.cited}
              <select name="cited" defaultValue="">
                <option value="">{words.citeNone}</option>
                {data.requestQuote.testRuns.map((it) => (
                  <option key={it.run.id} value={it.run.id}>
                    {it.run.spec.name} · {t.run.state[it.run.state]}
                    {it.seconds === null ? '' : ` · ${formatSeconds(it.seconds, t)}`} ·{' '}
                    {it.sameSpec ? words.citedSame : words.citedOther}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <br />
          <label>
            {words.note}
            <textarea name="note" rows={2} maxLength={2000} />
          </label>
          <label className="check">
            <input type="checkbox" name="test" /> {words.asTest}
          </label>
          <dl>
            {quoteLines(data.requestQuote.quote, t, language).map(([name, value]) => (
              <QuoteLine key={name} name={name} value={value} />
            ))}
          </dl>
          <br />
          <div
            className={`notice ${data.requestQuote.marks.length > 0 ? '' : 'good'}`}
            role="status"
            data-testid="dialog-marks"
          >
            {data.requestQuote.marks.length === 0 ? (
              <p>{words.free}</p>
            ) : (
              data.requestQuote.marks.map((mark) => (
                <p key={mark.component + mark.what}>
                  ▲{' '}
                  {mark.what === 'GPU'
                    ? words.marked(
                        mark.component,
                        words.gpus(mark.asked),
                        words.gpus(mark.threshold),
                      )
                    : words.marked(
                        mark.component,
                        memoryText(mark.asked),
                        memoryText(mark.threshold),
                      )}
                </p>
              ))
            )}
          </div>
          {wrong.others.length > 0 && (
            <div className="notice bad" role="alert">
              {wrong.others.map((it) => (
                <p key={it}>{say(it)}</p>
              ))}
            </div>
          )}
          {submitting.error?.problems.length === 0 && <Problem error={submitting.error} />}
          <div className="row">
            <button
              className="primary"
              data-testid="submit-request"
              disabled={submitting.busy || error !== null || data.requestQuote.problems.length > 0}
            >
              {words.submit}
            </button>
            <button type="button" onClick={() => box.current?.close()}>
              {t.cancel}
            </button>
          </div>
        </form>
      )}
    </dialog>
  )
}

function QuoteLine({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** The caps as fields; each is sent when it is left, so that the quote beside it follows. An emptied one goes back to what the plan asks for. */
function Caps({
  caps,
  given,
  wrong,
  onChange,
}: {
  caps: Resources
  given: Given
  wrong: ReadonlyMap<CapName, readonly string[]>
  onChange(given: Given): void
}) {
  const { t, say } = useText()
  const words = t.requests
  const fields: [CapName, string, string][] = [
    ['gpuType', words.gpuType, caps.gpuType ?? ''],
    ['gpuCount', words.gpuCount, String(caps.gpuCount)],
    [
      'gpuMemory',
      words.gpuMemory,
      caps.gpuMemoryBytes === null ? '' : memoryText(caps.gpuMemoryBytes),
    ],
    ['memory', words.memory, caps.memoryBytes === null ? '' : memoryText(caps.memoryBytes)],
    ['cpu', words.cpu, caps.cpu === null ? '' : String(caps.cpu)],
    ['longest', words.longestLabel, caps.maxSeconds === null ? '' : durationText(caps.maxSeconds)],
  ]
  return (
    <div className="settings">
      {fields.map(([name, label, value]) => {
        const number = name === 'gpuCount' || name === 'cpu'
        const faults = wrong.get(name) ?? []
        return (
          <div key={name + value} className="field">
            <label>
              {label}
              <input
                type={number ? 'number' : 'text'}
                step={name === 'cpu' ? 'any' : 1}
                min={number ? 0 : undefined}
                defaultValue={value}
                placeholder={words.any}
                data-testid={`cap-${name}`}
                aria-invalid={faults.length > 0}
                aria-describedby={faults.length > 0 ? `cap-${name}-wrong` : undefined}
                onBlur={(event) => {
                  const text = event.target.value.trim()
                  const { [name]: before, ...others } = given
                  if (text === String(before ?? value)) return
                  if (text !== '')
                    return onChange({ ...given, [name]: number ? Number(text) : text })
                  event.target.value = value
                  if (before !== undefined) onChange(others)
                }}
              />
            </label>
            {faults.length > 0 && (
              <div id={`cap-${name}-wrong`} className="wrong" role="alert">
                {faults.map((it) => (
                  <p key={it}>{say(it)}</p>
                ))}
              </div>
            )}
          </div>
        )
      })}
    </div>
  )
}
