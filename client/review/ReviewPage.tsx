import { useEffect, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, NotFound, Problem, Progress } from '../ui/Notice.tsx'
import { navigate, projectPath } from '../ui/Route.tsx'
import { ReviewCandidate } from './review-queries.ts'
import { Reviewing } from './Reviewing.tsx'

const ReviewQuery = graphql(
  `
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
            }
            waiting(first: 100) {
              edges {
                node {
                  ...ReviewCandidate
                }
              }
            }
          }
        }
      }
    }
  `,
  [ReviewCandidate],
)
const CurationStart = graphql(
  `
    mutation CurationStart($pool: ID!) {
      curationStart(input: { pool: $pool }) {
        __typename
        ... on Curation {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
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
  if (project === null) return <NotFound />
  const toPool = <button onClick={() => navigate(projectPath(id, 'pool'))}>{t.steps.pool}</button>
  if (project.pool.account.used === 0)
    return (
      <>
        <h1>{t.review.title}</h1>
        <Empty text={t.pool.empty}>{toPool}</Empty>
      </>
    )
  const curation = project.curation
  if (missing && looking && embedding !== undefined) {
    return (
      <>
        <h1>{t.review.title}</h1>
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
      <>
        <h1>{t.review.title}</h1>
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
      </>
    )
  }
  const waiting = curation.waiting.edges?.flatMap((edge) => edge?.node ?? []) ?? []
  return (
    <Reviewing key={curation.id} project={id} curation={{ ...curation, waiting }} again={again} />
  )
}
