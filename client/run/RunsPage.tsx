import { useAsk } from '../graph/ask.ts'
import { graphql } from '../graph/graphql.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'

const RunsQuery = graphql(`
  query Runs {
    runs(first: 50) {
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

export function RunsPage() {
  const { t, language } = useText()
  const { data, error, again } = useAsk(RunsQuery, {})
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  const runs = data.runs.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
  return (
    <>
      <h1>{t.runs.title}</h1>
      {runs.length === 0 ? (
        <Empty text={t.runs.empty}>
          <Link to="/">{t.nav.start}</Link>
        </Empty>
      ) : (
        <div className="card scroll" tabIndex={0} role="region" aria-label={t.runs.title}>
          <table>
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
                  <td>
                    <Link to={runPath(run.id)}>{run.spec.name}</Link>
                  </td>
                  <td>{run.project.name}</td>
                  <td>{t.priority[run.priority]}</td>
                  <td>
                    <State state={run.state} text={t.run.state[run.state] ?? run.state} />
                  </td>
                  <td>{formatDate(run.createdAt, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
