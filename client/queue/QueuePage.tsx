import { useEffect, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { useWatch } from '../graph/watch.ts'
import { ResourcesParts } from '../request/quote.ts'
import { resourcesText } from '../request/resources.ts'
import { formatDate, formatSeconds } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'
import { OwnUse } from '../cost/OwnUse.tsx'
import { Queues } from './Queues.tsx'
import { Quotas } from './Quotas.tsx'
import { reasonText } from './reasons.ts'

const ViewerQuery = graphql(`
  query QueueViewer {
    viewer {
      role
    }
  }
`)
const EntryFields = graphql(
  `
    fragment EntryFields on QueueEntry {
      runId
      name
      project
      who
      state
      position
      priority
      queue
      test
      createdAt
      startedAt
      expectedStart
      resources {
        ...ResourcesParts
      }
      reasons {
        code
        params
      }
    }
  `,
  [ResourcesParts],
)
const QueueWatch = graphql(
  `
    subscription QueueEntries($first: Int) {
      queueEntries(first: $first) {
        waiting
        running {
          ...EntryFields
        }
        entries {
          ...EntryFields
        }
      }
    }
  `,
  [EntryFields],
)
const Move = graphql(
  `
    mutation QueueMove($run: ID!, $before: ID) {
      queueMove(input: { run: $run, before: $before }) {
        __typename
        ... on QueueEntry {
          position
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const Prioritise = graphql(
  `
    mutation QueuePrioritise($run: ID!, $priority: Priority!) {
      queuePrioritise(input: { run: $run, priority: $priority }) {
        __typename
        ... on QueueEntry {
          position
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Queue = ResultOf<typeof QueueWatch>['queueEntries']
type Entry = Queue['entries'][number]
const first = 100

export function QueuePage() {
  const { t } = useText()
  const words = t.queue
  const { data, error, again } = useAsk(ViewerQuery, {})
  const [queue, setQueue] = useState<Queue | null>(null)
  const [turn, setTurn] = useState(0)
  useWatch(
    {
      document: QueueWatch,
      variables: () => ({ first }),
      hear: (heard) => setQueue(heard.queueEntries),
      more: () => true,
    },
    'queue',
  )
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null || queue === null) return <Loading />
  const orders = data.viewer.role === 'ADMINISTRATOR'
  return (
    <>
      <h1>{words.title}</h1>
      <h2>{words.running}</h2>
      {queue.running.length === 0 ? (
        <p className="quiet">{words.nothingRuns}</p>
      ) : (
        <div className="card scroll" tabIndex={0} role="region" aria-label={words.running}>
          <table className="stacks" data-testid="queue-running">
            <Head />
            <tbody>
              {queue.running.map((entry) => (
                <tr key={entry.runId}>
                  <td data-label={t.requests.order}>–</td>
                  <Cells entry={entry} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <h2>{words.waiting(queue.waiting)}</h2>
      {queue.entries.length === 0 ? (
        <Empty text={words.empty}>
          <Link to="/">{t.requests.toStart}</Link>
        </Empty>
      ) : (
        <Waiting queue={queue} orders={orders} />
      )}
      <OwnUse key={turn} />
      <Quotas sets={orders} onChanged={() => setTurn(turn + 1)} />
      <Queues sets={orders} />
    </>
  )
}

function Head({ waiting = false }: { waiting?: boolean }) {
  const { t } = useText()
  const words = t.requests
  return (
    <thead>
      <tr>
        <th>{words.order}</th>
        <th>{words.name}</th>
        <th>{words.priority}</th>
        <th>{words.resources}</th>
        <th>{words.who}</th>
        <th>{words.stateLabel}</th>
        <th>{words.date}</th>
        {waiting && <th>{t.queue.expected}</th>}
        {waiting && <th>{t.queue.why}</th>}
      </tr>
    </thead>
  )
}

interface CellsProps {
  readonly entry: Entry
  onPriority?(priority: 'HIGH' | 'NORMAL' | 'LOW'): void
}

function Cells({ entry, onPriority }: CellsProps) {
  const { t, language } = useText()
  const words = t.requests
  return (
    <>
      <td data-label={words.name}>
        <span>
          <Link to={runPath(entry.runId)}>{entry.name}</Link>
          {entry.test && <small className="quiet"> · {words.test}</small>}
          <br />
          <small className="quiet">
            {entry.project} · {entry.queue}
          </small>
        </span>
      </td>
      <td data-label={words.priority}>
        {onPriority === undefined ? (
          t.priority[entry.priority]
        ) : (
          <select
            className="small"
            aria-label={t.queue.priorityOf(entry.name)}
            value={entry.priority}
            onChange={(event) => onPriority(event.target.value as 'HIGH' | 'NORMAL' | 'LOW')}
          >
            {(['HIGH', 'NORMAL', 'LOW'] as const).map((it) => (
              <option key={it} value={it}>
                {t.priority[it]}
              </option>
            ))}
          </select>
        )}
      </td>
      <td className="tall" data-label={words.resources}>
        {resourcesText(entry.resources, t)}
      </td>
      <td data-label={words.who}>{entry.who}</td>
      <td data-label={words.stateLabel}>
        <State state={entry.state} text={t.run.state[entry.state] ?? entry.state} />
      </td>
      <td data-label={words.date}>{formatDate(entry.createdAt, language)}</td>
    </>
  )
}

function Waiting({ queue, orders }: { queue: Queue; orders: boolean }) {
  const { t } = useText()
  const words = t.queue
  const doing = useDoing()
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const [undo, setUndo] = useState<{ name: string; back(): Promise<void> } | null>(null)
  const now = useNow()
  const { entries } = queue
  /** Does it, and keeps how to put the entry back: before the one that it stood before, with its priority. */
  const change = (run: string, work: () => Promise<unknown>) => {
    const index = entries.findIndex((it) => it.runId === run)
    const entry = entries[index]
    if (entry === undefined) return
    const next = entries[index + 1]
    const last = index === queue.waiting - 1
    const { priority } = entry
    doing.run(async () => {
      await work()
      setUndo({
        name: entry.name,
        async back() {
          await act(Prioritise, { run, priority })
          if (next?.priority === priority) await act(Move, { run, before: next.runId })
          else if (next !== undefined || last) await act(Move, { run, before: null })
          setUndo(null)
        },
      })
    })
  }
  const move = (run: string, before: string | undefined) => {
    if (run !== before) change(run, () => act(Move, { run, before: before ?? null }))
  }
  const starts = (entry: Entry): string => {
    if (entry.expectedStart === null) return '–'
    const seconds = (new Date(entry.expectedStart).getTime() - now) / 1000
    return seconds < 30 ? words.now : words.about(formatSeconds(seconds, t))
  }
  return (
    <>
      {orders && <p className="quiet">{words.drag}</p>}
      <div role="status">
        {undo !== null && (
          <p className="row">
            {words.changed(undo.name)}
            <button className="small" disabled={doing.busy} onClick={() => doing.run(undo.back)}>
              {words.undo}
            </button>
          </p>
        )}
      </div>
      <Problem error={doing.error} />
      <div className="card scroll" tabIndex={0} role="region" aria-label={words.waiting(0)}>
        <table className="stacks" data-testid="queue-waiting">
          <Head waiting />
          <tbody>
            {entries.map((entry, index) => (
              <tr
                key={entry.runId}
                draggable={orders}
                className={over === entry.runId && dragged !== entry.runId ? 'over' : ''}
                onDragStart={() => setDragged(entry.runId)}
                onDragOver={(event) => {
                  event.preventDefault()
                  setOver(entry.runId)
                }}
                onDragEnd={() => {
                  setDragged(null)
                  setOver(null)
                }}
                onDrop={(event) => {
                  event.preventDefault()
                  if (dragged !== null) move(dragged, entry.runId)
                  setOver(null)
                }}
              >
                <td className="order" data-label={t.requests.order}>
                  <span>
                    {entry.position}
                    {orders && (
                      <span className="row tight">
                        <button
                          className="small"
                          aria-label={words.up(entry.name)}
                          title={words.up(entry.name)}
                          disabled={index === 0 || doing.busy}
                          onClick={() => move(entry.runId, entries[index - 1]?.runId)}
                        >
                          ↑
                        </button>
                        <button
                          className="small"
                          aria-label={words.top(entry.name)}
                          title={words.top(entry.name)}
                          disabled={index === 0 || doing.busy}
                          onClick={() => move(entry.runId, entries[0]?.runId)}
                        >
                          <ToTop />
                        </button>
                      </span>
                    )}
                  </span>
                </td>
                {orders ? (
                  <Cells
                    entry={entry}
                    onPriority={(priority) =>
                      change(entry.runId, () => act(Prioritise, { run: entry.runId, priority }))
                    }
                  />
                ) : (
                  <Cells entry={entry} />
                )}
                <td className="tall" data-label={words.expected}>
                  {starts(entry)}
                </td>
                <td data-label={words.why}>
                  <ul className="reasons">
                    {entry.reasons.map((reason) => (
                      <li key={reason.code + JSON.stringify(reason.params)}>
                        {reasonText(reason, t)}
                      </li>
                    ))}
                  </ul>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {queue.waiting > entries.length && (
        <p className="quiet">{words.only(entries.length, queue.waiting)}</p>
      )}
    </>
  )
}

/** The time, every ten seconds: "in about 5 min" must not stand still. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** An arrow to a bar, drawn: many fonts show ⤒ as the arrow of the button beside it. */
function ToTop() {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <path
        d="M2 1.5h8M6 11V4M3 7l3-3 3 3"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  )
}
