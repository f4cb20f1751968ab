import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { useEvery } from '../graph/every.ts'
import { graphql } from '../graph/graphql.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, requestPath } from '../ui/Route.tsx'
import { ResourcesParts } from './quote.ts'
import { memoryText, resourcesText, textOf } from './resources.ts'

const RequestsQuery = graphql(
  `
    query Requests($state: RequestState, $mine: Boolean, $after: String) {
      viewer {
        role
      }
      approvalThresholds {
        gpuCount
        memoryBytes
      }
      requests(state: $state, mine: $mine, first: 50, after: $after) {
        edges {
          node {
            id
            state
            priority
            test
            who
            createdAt
            spec {
              name
            }
            project {
              name
            }
            marks {
              component
            }
            resources {
              ...ResourcesParts
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [ResourcesParts],
)
const ThresholdsSet = graphql(
  `
    mutation ThresholdsSet($gpuCount: Int!, $memory: String!) {
      approvalThresholdsSet(input: { gpuCount: $gpuCount, memory: $memory }) {
        __typename
        ... on ApprovalThresholds {
          gpuCount
          memoryBytes
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

const states = ['AWAITING_APPROVAL', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'DRAFT'] as const
type Filter = (typeof states)[number] | null

export function RequestsPage() {
  const { t } = useText()
  const words = t.requests
  const [state, setState] = useState<Filter>(null)
  const [mine, setMine] = useState(false)
  const [pages, setPages] = useState<readonly (string | null)[]>([null])
  const choose = (next: Filter) => {
    setState(next)
    setPages([null])
  }
  return (
    <>
      <h1>{words.title}</h1>
      {state !== 'AWAITING_APPROVAL' && <ToApprove onShow={() => choose('AWAITING_APPROVAL')} />}
      <div className="row" role="group" aria-label={words.filter}>
        {([null, ...states] as const).map((it) => (
          <button
            key={it ?? 'ALL'}
            className="small"
            aria-pressed={state === it}
            onClick={() => choose(it)}
          >
            {it === null ? words.all : words.state[it]}
          </button>
        ))}
        <button
          className="small"
          aria-pressed={mine}
          onClick={() => {
            setMine(!mine)
            setPages([null])
          }}
        >
          {words.mine}
        </button>
      </div>
      <br />
      <div className="card scroll" tabIndex={0} role="region" aria-label={words.title}>
        <table className="stacks" data-testid="requests">
          <thead>
            <tr>
              <th>{words.name}</th>
              <th>{words.priority}</th>
              <th>{words.resources}</th>
              <th>{words.who}</th>
              <th>{words.stateLabel}</th>
              <th>{words.date}</th>
            </tr>
          </thead>
          {pages.map((after, index) => (
            <Rows
              key={`${state} ${mine} ${after}`}
              state={state}
              mine={mine}
              after={after}
              last={index === pages.length - 1}
              onMore={(cursor) => setPages([...pages, cursor])}
            />
          ))}
        </table>
      </div>
      <Thresholds />
    </>
  )
}

/** For administrators: how many requests wait for them. */
function ToApprove({ onShow }: { onShow(): void }) {
  const { t } = useText()
  const { data } = useAsk(RequestsQuery, { state: 'AWAITING_APPROVAL', mine: false, after: null })
  const waiting = data?.requests.edges?.length ?? 0
  if (data?.viewer.role !== 'ADMINISTRATOR' || waiting === 0) return null
  return (
    <p className="notice row" data-testid="to-approve">
      {t.requests.toApprove(data.requests.pageInfo.hasNextPage ? `${waiting}+` : String(waiting))}
      <button className="small" onClick={onShow}>
        {t.requests.show}
      </button>
    </p>
  )
}

interface RowsProps {
  readonly state: Filter
  readonly mine: boolean
  readonly after: string | null
  readonly last: boolean
  onMore(cursor: string): void
}

function Rows({ state, mine, after, last, onMore }: RowsProps) {
  const { t, language, say } = useText()
  const words = t.requests
  const { data, error, again } = useAsk(RequestsQuery, { state, mine, after })
  const waits = data?.requests.edges?.some((it) => it?.node?.state === 'AWAITING_APPROVAL') === true
  useEvery(5_000, waits, again)
  if (error !== null || data === null) {
    return (
      <tbody>
        <tr>
          <td colSpan={6}>
            {error === null ? <Loading /> : <Problem error={error} again={again} />}
          </td>
        </tr>
      </tbody>
    )
  }
  const { edges, pageInfo } = data.requests
  const requests = edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  if (requests.length === 0 && after === null) {
    return (
      <tbody>
        <tr>
          <td colSpan={6}>
            <Empty text={words.empty}>
              <Link to="/">{words.toStart}</Link>
            </Empty>
          </td>
        </tr>
      </tbody>
    )
  }
  return (
    <tbody>
      {requests.map((request) => (
        <tr key={request.id}>
          <td data-label={words.name}>
            <span>
              <Link to={requestPath(request.id)}>{request.spec.name}</Link>
              {request.test && <small className="quiet"> · {words.test}</small>}
              <br />
              <small className="quiet">{say(request.project.name)}</small>
            </span>
          </td>
          <td data-label={words.priority}>{t.priority[request.priority]}</td>
          <td data-label={words.resources}>
            <span>
              {resourcesText(request.resources, t)}
              {request.marks.length > 0 && (
                <span className="mark" title={words.needs}>
                  {' '}
                  ▲<span className="hidden">{words.needs}</span>
                </span>
              )}
            </span>
          </td>
          <td data-label={words.who}>{request.who}</td>
          <td data-label={words.stateLabel}>
            <State state={request.state} text={words.state[request.state] ?? request.state} />
          </td>
          <td data-label={words.date}>{formatDate(request.createdAt, language)}</td>
        </tr>
      ))}
      {last && pageInfo.hasNextPage && pageInfo.endCursor != null && (
        <tr>
          <td colSpan={6}>
            <button onClick={() => onMore(pageInfo.endCursor!)}>{t.more}</button>
          </td>
        </tr>
      )}
    </tbody>
  )
}

/** For administrators: from how much on they are asked. */
function Thresholds() {
  const { t } = useText()
  const words = t.requests
  const { data } = useAsk(RequestsQuery, { state: 'DRAFT', mine: true, after: null })
  const saving = useDoing()
  const [saved, setSaved] = useState(false)
  if (data === null || data.viewer.role !== 'ADMINISTRATOR') return null
  return (
    <details className="card">
      <summary>{words.thresholds}</summary>
      <form
        className="settings"
        onSubmit={(event) => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          setSaved(false)
          saving.run(async () => {
            await act(ThresholdsSet, {
              gpuCount: Number(form.get('gpus')),
              memory: textOf(form, 'memory'),
            })
            setSaved(true)
          })
        }}
      >
        <p className="quiet">{words.thresholdsHelp}</p>
        <label>
          {words.gpuCount}
          <input
            name="gpus"
            type="number"
            min={1}
            max={1024}
            defaultValue={data.approvalThresholds.gpuCount}
          />
        </label>
        <label>
          {words.memory}
          <input name="memory" defaultValue={memoryText(data.approvalThresholds.memoryBytes)} />
        </label>
        <button disabled={saving.busy}>{words.save}</button>
      </form>
      <p role="status">{saved && words.saved}</p>
      <Problem error={saving.error} />
    </details>
  )
}
