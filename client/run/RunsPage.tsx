import type { ResultOf } from 'gql.tada'
import { graphql } from '../graph/graphql.ts'
import { usePages } from '../graph/pages.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { useEvery } from '../graph/every.ts'
import { isOver } from './run-live.ts'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'

const RunsQuery = graphql(`
  query Runs($after: String) {
    runs(first: 50, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          state
          priority
          createdAt
          project {
            name
          }
          spec {
            name
          }
        }
      }
    }
  }
`)

const runsOf = (data: ResultOf<typeof RunsQuery>) => data.runs

export function RunsPage() {
  const { t, language, say } = useText()
  const { data: runs, error, again, more } = usePages(RunsQuery, {}, runsOf)
  useEvery(5_000, runs?.some((run) => !isOver(run.state)) === true, again)
  if (error !== null && runs === null) return <Problem error={error} again={again} />
  if (runs === null) return <Loading />
  return (
    <>
      <h1>{t.runs.title}</h1>
      {runs.length === 0 ? (
        <Empty text={t.runs.empty}>
          <Link to="/">{t.nav.start}</Link>
        </Empty>
      ) : (
        <div className="card scroll" tabIndex={0} role="region" aria-label={t.runs.title}>
          <table className="stacks">
            <thead>
              <tr>
                <th>{t.runs.name}</th>
                <th>{t.runs.project}</th>
                <th>{t.runs.priority}</th>
                <th>{t.runs.state}</th>
                <th>{t.runs.date}</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.id}>
                  <td data-label={t.runs.name}>
                    <Link to={runPath(run.id)}>{run.spec.name}</Link>
                  </td>
                  <td data-label={t.runs.project}>{say(run.project.name)}</td>
                  <td data-label={t.runs.priority}>{t.priority[run.priority]}</td>
                  <td data-label={t.runs.state}>
                    <State state={run.state} text={t.run.state[run.state] ?? run.state} />
                  </td>
                  <td data-label={t.runs.date}>{formatDate(run.createdAt, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {more !== null && <button onClick={more}>{t.more}</button>}
        </div>
      )}
      <Problem error={error} again={again} />
    </>
  )
}
