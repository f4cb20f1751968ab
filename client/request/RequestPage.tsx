import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { useEvery } from '../graph/every.ts'
import { graphql, type Json, type ResultOf } from '../graph/graphql.ts'
import { formatDate, formatFigure, formatSeconds, formatValue, metricName } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Loading, NotFound, Problem, State } from '../ui/Notice.tsx'
import { isOver } from '../run/run-live.ts'
import { RunLog } from '../run/RunLog.tsx'
import { Link, projectPath, runPath } from '../ui/Route.tsx'
import { memoryText, quoteLines, resourcesText } from './resources.ts'
import { MarkParts, QuoteParts, ResourcesParts } from './quote.ts'

const RequestQuery = graphql(
  `
    query Request($id: ID!) {
      viewer {
        role
      }
      node(id: $id) {
        __typename
        ... on Request {
          id
          state
          priority
          queue
          test
          who
          mine
          note
          createdAt
          signature
          decidedBy
          decidedAt
          decisionComment
          devices
          project {
            id
            name
          }
          spec {
            name
            version
            components {
              name
              type
              resources
            }
          }
          resources {
            ...ResourcesParts
          }
          marks {
            ...MarkParts
          }
          images {
            component
            digest
          }
          quote {
            ...QuoteParts
          }
          run {
            id
            state
          }
          citedRun {
            sameSpec
            seconds
            run {
              id
              state
              spec {
                name
              }
              failure {
                sentence
              }
              steps(first: 100) {
                edges {
                  node {
                    id
                    name
                    state
                  }
                }
              }
              metrics(maxPoints: 1) {
                key
                points {
                  value
                }
              }
            }
          }
          lastApproved {
            decidedAt
            spec {
              name
              version
            }
            changes {
              path
              before
              after
            }
          }
        }
      }
    }
  `,
  [QuoteParts, ResourcesParts, MarkParts],
)
const Approve = graphql(
  `
    mutation RequestApprove($request: ID!, $signature: String!, $comment: String) {
      requestApprove(input: { request: $request, signature: $signature, comment: $comment }) {
        __typename
        ... on Request {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const Reject = graphql(
  `
    mutation RequestReject($request: ID!, $signature: String!, $comment: String!) {
      requestReject(input: { request: $request, signature: $signature, comment: $comment }) {
        __typename
        ... on Request {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const Withdraw = graphql(
  `
    mutation RequestWithdraw($request: ID!) {
      requestWithdraw(input: { request: $request }) {
        __typename
        ... on Request {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Request = Extract<ResultOf<typeof RequestQuery>['node'], { __typename: 'Request' }>

export function RequestPage({ id }: { id: string }) {
  const { data, error, again } = useAsk(RequestQuery, { id })
  const request = data?.node?.__typename === 'Request' ? data.node : null
  // Who waits for an answer, or for a run to end, need not load the page again.
  const open =
    request !== null &&
    (request.state === 'AWAITING_APPROVAL' || (request.run !== null && !isOver(request.run.state)))
  useEvery(5_000, open, again)
  if (error !== null && request === null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (request === null) return <NotFound />
  return <Review request={request} judge={data.viewer.role === 'ADMINISTRATOR'} onDecided={again} />
}

interface ReviewProps {
  readonly request: Request
  readonly judge: boolean
  onDecided(): void
}

function Review({ request, judge, onDecided }: ReviewProps) {
  const { t, language, say } = useText()
  const words = t.requests
  const { citedRun, lastApproved, quote } = request
  const facts: [string, string][] = [
    [words.project, say(request.project.name)],
    [words.who, request.who],
    [words.date, formatDate(request.createdAt, language)],
    [words.priority, t.priority[request.priority] ?? request.priority],
    [words.queue, request.queue],
    [
      words.resources,
      [
        resourcesText(request.resources, t),
        ...(request.resources.maxSeconds === null
          ? []
          : [words.longest(formatSeconds(request.resources.maxSeconds, t))]),
      ].join(', '),
    ],
    ...(quote === null ? [] : quoteLines(quote, t, language)),
    ...(request.note === '' ? [] : [[words.said, request.note] as [string, string]]),
  ]
  return (
    <>
      <h1>
        {request.spec.name}{' '}
        <State
          state={request.state}
          text={words.state[request.state] ?? request.state}
          testid="request-state"
        />
      </h1>
      {request.marks.length > 0 && (
        <div className="notice" data-testid="request-marks">
          {request.marks.map((mark) => (
            <p key={mark.component + mark.what}>
              {mark.what === 'GPU'
                ? words.marked(mark.component, words.gpus(mark.asked), words.gpus(mark.threshold))
                : words.marked(mark.component, memoryText(mark.asked), memoryText(mark.threshold))}
            </p>
          ))}
        </div>
      )}
      {request.decidedBy !== null && (
        <div className={`notice ${request.state === 'APPROVED' ? 'good' : 'bad'}`}>
          <p>
            {words.decided(request.decidedBy, words.state[request.state] ?? request.state)}
            {request.decidedAt !== null && ` · ${formatDate(request.decidedAt, language)}`}
          </p>
          {request.decisionComment !== '' && <p>“{request.decisionComment}”</p>}
          {request.state === 'REJECTED' && request.mine && (
            <p>
              {words.rejectedNext}{' '}
              <Link to={projectPath(request.project.id, 'plan')}>{words.toPlan}</Link>
            </p>
          )}
        </div>
      )}
      {request.run !== null && (
        <p>
          <Link to={runPath(request.run.id)}>{words.toRun}</Link>{' '}
          <State
            state={request.run.state}
            text={t.run.state[request.run.state] ?? request.run.state}
          />
        </p>
      )}
      <div className="two even">
        <section className="card">
          <dl>
            {facts.map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </section>
        <section className="card">
          <h2>{words.cited}</h2>
          {citedRun === null ? (
            <p className="quiet">{words.noCited}</p>
          ) : (
            <>
              <p>
                <Link to={runPath(citedRun.run.id)}>{citedRun.run.spec.name}</Link>{' '}
                <State
                  state={citedRun.run.state}
                  text={t.run.state[citedRun.run.state] ?? citedRun.run.state}
                />
              </p>
              <p className={citedRun.sameSpec ? '' : 'warn'}>
                {citedRun.sameSpec ? words.citedSame : words.citedOther}
                {citedRun.seconds !== null &&
                  ` · ${t.run.took(formatSeconds(citedRun.seconds, t))}`}
              </p>
              <Summary run={citedRun.run} />
            </>
          )}
          <h2>{words.images}</h2>
          <p className="quiet">{words.imagesHelp}</p>
          <dl data-testid="request-images">
            {request.images.map(({ component, digest }) =>
              digest.startsWith('unresolved:') ? (
                <Fact
                  key={component}
                  name={component}
                  value={words.unresolved(digest.slice('unresolved:'.length))}
                />
              ) : (
                <Fact key={component} name={component} value={digest.slice(0, 26)} title={digest} />
              ),
            )}
          </dl>
          <Devices devices={request.devices} />
        </section>
      </div>
      <section className="card scroll" tabIndex={0} role="region" aria-label={words.changes}>
        <h2>{words.changes}</h2>
        {lastApproved === null ? (
          <p className="quiet">{words.noLast}</p>
        ) : lastApproved.changes.length === 0 ? (
          <p className="quiet">{words.same}</p>
        ) : (
          <table className="stacks" data-testid="spec-changes">
            <thead>
              <tr>
                <th>
                  {lastApproved.spec.name} {lastApproved.spec.version}
                </th>
                <th>{words.before}</th>
                <th>{words.after}</th>
              </tr>
            </thead>
            <tbody>
              {lastApproved.changes.map(({ path, before, after }) => (
                <tr key={path}>
                  <td className="whole">{path}</td>
                  <td data-label={words.before}>
                    {before === null ? '–' : <del>{short(before)}</del>}
                  </td>
                  <td data-label={words.after}>
                    {after === null ? '–' : <ins>{short(after)}</ins>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <Decide request={request} judge={judge} onDecided={onDecided} />
      <p className="quiet">
        <small>
          {words.signature}: <code>{request.signature}</code>
        </small>
      </p>
    </>
  )
}

type Cited = NonNullable<Request['citedRun']>['run']

/** AP-04: what came of a test run, with its log beneath. */
function Summary({ run }: { run: Cited }) {
  const { t, say } = useText()
  const words = t.requests
  const [open, setOpen] = useState(false)
  const steps = run.steps.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  const done = steps.filter((step) => step.state === 'SUCCEEDED' || step.state === 'CACHED')
  // The one that failed, else the last one that ran: the one that an approver asks about.
  const told = steps.find((step) => step.state === 'FAILED') ?? done.at(-1)
  const figures = run.metrics.flatMap(({ key, points }) => {
    const value = points.at(-1)?.value
    return value == null ? [] : [`${metricName(key, t)} ${formatFigure(key, value)}`]
  })
  return (
    <>
      <p>
        {words.citedSummary(done.length, steps.length)}
        {figures.length > 0 && ` · ${figures.slice(0, 4).join(' · ')}`}
      </p>
      {run.failure !== null && <p className="warn">{say(run.failure.sentence)}</p>}
      {told !== undefined && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            {words.citedLog} · {told.name}
          </summary>
          {open && <RunLog step={told.id} />}
        </details>
      )}
    </>
  )
}

interface Preview {
  readonly component: string
  readonly verdict: 'NOW' | 'LATER' | 'NEVER'
  readonly sentence: string
  readonly matching: number
  readonly free: number
  readonly devices: readonly {
    readonly node: string | null
    readonly name: string
    readonly type: string
    readonly matches: boolean
    readonly why: string
  }[]
}

/** What the cluster had for each component when the request was made. */
function Devices({ devices }: { devices: Json | null }) {
  const { t, say } = useText()
  if (!Array.isArray(devices) || devices.length === 0) return null
  const previews = devices as unknown as readonly Preview[]
  return (
    <>
      <h2>{t.requests.devices}</h2>
      {previews.map((preview) => (
        <details key={preview.component}>
          <summary className={preview.verdict === 'NEVER' ? 'warn' : ''}>
            {preview.component}: {say(preview.sentence)}
          </summary>
          <ul className="reasons">
            {preview.devices.map((device) => (
              <li key={`${device.node} ${device.name}`}>
                {device.matches ? '✓' : '✗'} {device.node ?? ''} {device.type || device.name}{' '}
                <span className="quiet">{say(device.why)}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </>
  )
}

function short(value: unknown): string {
  const text = formatValue(value)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}

function Fact({ name, value, title }: { name: string; value: string; title?: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd title={title}>{value}</dd>
    </>
  )
}

function Decide({ request, judge, onDecided }: ReviewProps) {
  const { t } = useText()
  const words = t.requests
  const deciding = useDoing()
  const [comment, setComment] = useState('')
  const [sure, setSure] = useState(false)
  const open = request.state === 'AWAITING_APPROVAL'
  const own = request.mine && (open || request.state === 'DRAFT')
  if (!own && !(judge && open)) return null
  const { id, signature } = request
  const done = (work: () => Promise<unknown>) =>
    deciding.run(async () => {
      await work()
      onDecided()
    })
  return (
    <section className="card decide">
      {judge && open && (
        <>
          <label>
            {words.comment}
            <textarea
              data-testid="decision-comment"
              rows={2}
              maxLength={2000}
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          </label>
          <p className="quiet">
            <small>{words.commentNeeded}</small>
          </p>
        </>
      )}
      <div className="row">
        {judge && open && (
          <>
            <button
              className="primary"
              data-testid="approve"
              disabled={deciding.busy}
              onClick={() => done(() => act(Approve, { request: id, signature, comment }))}
            >
              {words.approve}
            </button>
            <button
              data-testid="reject"
              disabled={deciding.busy || comment.trim() === ''}
              onClick={() => done(() => act(Reject, { request: id, signature, comment }))}
            >
              {words.reject}
            </button>
          </>
        )}
        {own && !sure && (
          <button disabled={deciding.busy} onClick={() => setSure(true)}>
            {words.withdraw}
          </button>
        )}
        {own && sure && (
          <div className="row" role="alertdialog" aria-label={words.withdraw}>
            {words.withdrawSure}
            <button
              disabled={deciding.busy}
              onClick={() => done(() => act(Withdraw, { request: id }))}
            >
              {words.withdrawYes}
            </button>
            <button autoFocus onClick={() => setSure(false)}>
              {words.withdrawNo}
            </button>
          </div>
        )}
      </div>
      <Problem error={deciding.error} />
    </section>
  )
}
