import { useEffect, useRef, useState } from 'react'
import { act, useAsk, useDoing, type Refusal } from '../graph/ask.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { sentence } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, Progress } from '../ui/Notice.tsx'
import { navigate, projectPath } from '../ui/Route.tsx'
import { FinalSet } from './FinalSet.tsx'
import { createVerdictQueue } from './verdict-queue.ts'

const ReviewQuery = graphql(`
  query ReviewPage($id: ID!) {
    node(id: $id) {
      __typename
      ... on Project {
        id
        pool {
          id
          account {
            used
          }
          embedding {
            done
            total
            state
          }
        }
        curation {
          id
          state
          verdicts {
            accepted
            rejected
            unsure
          }
          estimate {
            kappa
            kappaLow
            kappaHigh
            expectedAccepted
            moreLabels
            suggestStop
            reason
            reasonKey
            reasonParams
          }
          round {
            id
            ordinal
            candidates(first: 100) {
              edges {
                node {
                  id
                  verdict
                  image {
                    id
                    url
                    thumbnailUrl
                    fileName
                    sees
                  }
                  partner {
                    url
                    fileName
                  }
                  reason {
                    text
                    key
                    params
                  }
                }
              }
            }
          }
        }
      }
    }
  }
`)
const CurationStart = graphql(`
  mutation CurationStart($pool: ID!) {
    curationStart(input: { pool: $pool }) {
      __typename
      ... on Curation {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
const RoundNext = graphql(`
  mutation RoundNext($id: String!, $curation: ID!) {
    roundNext(input: { id: $id, curation: $curation }) {
      __typename
      ... on Round {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
const VerdictRecord = graphql(`
  mutation VerdictRecord(
    $id: String!
    $candidate: ID!
    $value: VerdictValue!
    $milliseconds: Int!
  ) {
    verdictRecord(
      input: { id: $id, candidate: $candidate, value: $value, milliseconds: $milliseconds }
    ) {
      __typename
      ... on Candidate {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
const VerdictUndo = graphql(`
  mutation VerdictUndo($curation: ID!) {
    verdictUndo(input: { curation: $curation }) {
      __typename
      ... on Candidate {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

type Value = 'ACCEPT' | 'REJECT' | 'UNSURE'
type Project = Extract<NonNullable<ResultOf<typeof ReviewQuery>['node']>, { __typename: 'Project' }>
type Curation = NonNullable<Project['curation']>

export function ReviewPage({ id }: { id: string }) {
  const { t } = useText()
  const { data, error, again } = useAsk(ReviewQuery, { id })
  const doing = useDoing()
  const project = data?.node?.__typename === 'Project' ? data.node : null
  const embedding = project?.pool.embedding
  // The first pictures are chosen by what is seen in all of them.
  const looking =
    embedding !== undefined &&
    embedding.done < embedding.total &&
    !/FAILED|CANCELLED/.test(embedding.state)
  const missing = project !== null && project.curation === null && project.pool.account.used > 0
  const begin = missing && !looking
  useEffect(() => {
    if (!missing || !looking) return
    const timer = setInterval(again, 700)
    return () => clearInterval(timer)
  }, [missing, looking, again])
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (begin) {
      doing.run(async () => {
        await act(CurationStart, { pool: project.pool.id })
        again()
      })
    }
    // Begun once, when the page finds none.
  }, [begin, turn])
  if (error !== null || doing.error !== null)
    return (
      <Problem
        error={doing.error ?? error}
        again={() => {
          setTurn((before) => before + 1)
          again()
        }}
      />
    )
  if (data === null) return <Loading />
  if (project === null) return <Empty text={t.notFound} />
  const toPool = <button onClick={() => navigate(projectPath(id, 'pool'))}>{t.steps.pool}</button>
  if (project.pool.account.used === 0) return <Empty text={t.pool.empty}>{toPool}</Empty>
  const curation = project.curation
  if (missing && looking && embedding !== undefined) {
    return (
      <>
        <p className="quiet" role="status">
          {t.pool.looking} …
        </p>
        <Progress label={t.pool.looking} value={embedding.done / embedding.total} />
      </>
    )
  }
  if (curation === null || doing.busy) return <Loading text={t.review.fetching} />
  if (curation.state === 'FINISHED') {
    return (
      <Empty text={t.review.finished}>
        <div className="row" style={{ justifyContent: 'center' }}>
          <button className="primary" onClick={() => navigate(projectPath(id, 'plan'))}>
            {t.review.toPlan}
          </button>
          <button
            onClick={() =>
              doing.run(async () => {
                await act(CurationStart, { pool: project.pool.id })
                again()
              })
            }
          >
            {t.review.restart}
          </button>
        </div>
      </Empty>
    )
  }
  return <Round key={curation.round?.id ?? ''} project={id} curation={curation} again={again} />
}

function Round({
  project,
  curation,
  again,
}: {
  project: string
  curation: Curation
  again: () => void
}) {
  const { t, language } = useText()
  const why = (reason: { key: string; params: unknown; text: string }): string =>
    sentence(language, reason.key, reason.params, reason.text)
  const candidates =
    curation.round?.candidates.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ??
    []
  const [verdicts, setVerdicts] = useState<ReadonlyMap<string, Value>>(
    () =>
      new Map(
        candidates.flatMap((it) => (it.verdict === null ? [] : [[it.id, it.verdict] as const])),
      ),
  )
  // Judged on this page, newest last: what undo takes back first.
  const order = useRef<string[]>([])
  const [waiting, setWaiting] = useState({ count: 0, away: false })
  const [refused, setRefused] = useState<Refusal | null>(null)
  const [finishing, setFinishing] = useState(false)
  const queue = useRef<ReturnType<typeof createVerdictQueue> | null>(null)
  queue.current ??= createVerdictQueue((count, away) => setWaiting({ count, away }), setRefused)
  const shownAt = useRef(performance.now())
  const doing = useDoing()
  const open = candidates.filter((it) => !verdicts.has(it.id))
  const current = open[0]
  const done = current === undefined

  useEffect(() => {
    shownAt.current = performance.now()
    // The next ten are fetched and decoded, so that a key press only swaps pictures.
    for (const next of open.slice(1, 11)) {
      const picture = new Image()
      picture.src = next.image.url
    }
  }, [current?.id])

  const judge = (value: Value) => {
    if (current === undefined) return
    const id = crypto.randomUUID()
    const candidate = current.id
    const milliseconds = Math.min(Math.round(performance.now() - shownAt.current), 3_600_000)
    setVerdicts((before) => new Map(before).set(candidate, value))
    order.current.push(candidate)
    queue.current?.add(() => act(VerdictRecord, { id, candidate, value, milliseconds }))
  }
  const undo = () => {
    // Without one of this page it is the newest on the server, perhaps of an earlier round.
    const last = order.current.pop()
    queue.current?.add(() => act(VerdictUndo, { curation: curation.id }))
    if (last !== undefined) {
      setVerdicts((before) => {
        const after = new Map(before)
        after.delete(last)
        return after
      })
    } else void queue.current?.settled().then(again)
  }
  const keys = useRef({ judge, undo })
  useEffect(() => {
    keys.current = { judge, undo }
  })
  useEffect(() => {
    if (finishing) return
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
      )
        return
      // Space on a focused button is that button.
      if (event.key === ' ' && /^(BUTTON|A|SUMMARY)$/.test(target.tagName)) return
      const key =
        event.code === 'KeyA'
          ? 'a'
          : event.code === 'KeyX'
            ? 'x'
            : event.code === 'KeyZ'
              ? 'z'
              : event.key.toLowerCase()
      if (key === 'a') keys.current.judge('ACCEPT')
      else if (key === 'x') keys.current.judge('REJECT')
      else if (key === ' ') keys.current.judge('UNSURE')
      else if (key === 'z') keys.current.undo()
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [finishing])

  const { estimate } = curation
  const next = () =>
    doing.run(async () => {
      await queue.current?.settled()
      await act(RoundNext, { id: crypto.randomUUID(), curation: curation.id })
      again()
    })
  // The estimate is of the round before: read anew when this one is judged.
  const asked = useRef(false)
  useEffect(() => {
    if (done && !asked.current) {
      asked.current = true
      void queue.current?.settled().then(again)
    }
    if (!done) asked.current = false
  }, [done, again])

  if (finishing) {
    return (
      <FinalSet
        curation={curation.id}
        project={project}
        before={() => queue.current?.settled() ?? Promise.resolve()}
        onBack={() => setFinishing(false)}
      />
    )
  }
  const count = (value: Value) => {
    const known = candidates.filter((it) => it.verdict === value).length
    const now = [...verdicts.values()].filter((it) => it === value).length
    const all = {
      ACCEPT: curation.verdicts.accepted,
      REJECT: curation.verdicts.rejected,
      UNSURE: curation.verdicts.unsure,
    }[value]
    return all - known + now
  }
  const kappa = estimate.kappa
  return (
    <>
      <h1>{t.review.question}</h1>
      <p className="quiet">
        {t.review.help} <span>{t.review.keys}.</span>
      </p>
      <Problem error={refused ?? doing.error} />
      <div className="review">
        <div>
          <div className="stage">
            {current !== undefined ? (
              <>
                <img
                  key={current.id}
                  data-testid="candidate"
                  data-candidate={current.id}
                  src={current.image.url}
                  alt={current.image.sees ?? current.image.fileName}
                  title={current.image.fileName}
                  decoding="sync"
                />
                {current.partner !== null && (
                  <figure>
                    <img src={current.partner.url} alt={current.partner.fileName} />
                    <figcaption>{t.review.compare}</figcaption>
                  </figure>
                )}
              </>
            ) : (
              <Empty text={t.review.roundDone}>
                <p>
                  {sentence(language, estimate.reasonKey, estimate.reasonParams, estimate.reason)}
                </p>
                <div className="row" style={{ justifyContent: 'center' }}>
                  <button
                    className={estimate.suggestStop ? '' : 'primary'}
                    disabled={doing.busy}
                    data-testid="next-round"
                    onClick={next}
                  >
                    {doing.busy ? t.review.fetching : t.review.next}
                  </button>
                  <button
                    className={estimate.suggestStop ? 'primary' : ''}
                    onClick={() => setFinishing(true)}
                  >
                    {t.review.finish}
                  </button>
                </div>
              </Empty>
            )}
          </div>
          <div className="verdicts">
            <button data-testid="verdict-accept" disabled={done} onClick={() => judge('ACCEPT')}>
              {t.review.accept} <kbd>A</kbd>
            </button>
            <button data-testid="verdict-reject" disabled={done} onClick={() => judge('REJECT')}>
              {t.review.reject} <kbd>X</kbd>
            </button>
            <button data-testid="verdict-unsure" disabled={done} onClick={() => judge('UNSURE')}>
              {t.review.unsure} <kbd>␣</kbd>
            </button>
            <button data-testid="undo" onClick={undo}>
              {t.undo} <kbd>Z</kbd>
            </button>
          </div>
        </div>
        <aside>
          <div className="card">
            {current !== undefined && (
              <>
                <h2>{t.review.why}</h2>
                <p>{why(current.reason)}</p>
              </>
            )}
            <p className="quiet">
              {t.review.round((curation.round?.ordinal ?? 0) + 1)} · {t.review.left(open.length)}
            </p>
            <p data-testid="verdict-counts">
              {t.review.counts(count('ACCEPT'), count('REJECT'), count('UNSURE'))}
            </p>
            <p className="quiet" role="status">
              {waiting.away
                ? t.review.retrying
                : waiting.count > 0
                  ? t.review.saving(waiting.count)
                  : ''}
            </p>
          </div>
          <div className="card">
            <h2>{t.review.agreement}</h2>
            <div
              className="meter"
              role="meter"
              aria-label={t.review.agreement}
              aria-valuemin={0}
              aria-valuemax={1}
              aria-valuenow={Math.max(0, kappa ?? 0)}
            >
              <span style={{ width: `${Math.max(0, kappa ?? 0) * 100}%` }} />
            </div>
            <p>
              {kappa === null
                ? t.review.notYet
                : `${kappa.toFixed(2)} (${(estimate.kappaLow ?? kappa).toFixed(2)}–${(estimate.kappaHigh ?? kappa).toFixed(2)})`}{' '}
              · {t.review.about(estimate.moreLabels)}
            </p>
            <p className="quiet">{t.review.agreementHelp}</p>
            <button
              className="primary"
              data-testid="finish-review"
              disabled={count('ACCEPT') === 0}
              onClick={() => setFinishing(true)}
            >
              {t.review.finish}
            </button>
            {count('ACCEPT') === 0 && <p className="quiet">{t.review.none}</p>}
          </div>
        </aside>
      </div>
    </>
  )
}
