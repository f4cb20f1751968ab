import type { ResultOf } from 'gql.tada'
import { graphql } from '../graph/graphql.ts'
import { usePages } from '../graph/pages.ts'
import { formatBytes, formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem, State } from '../ui/Notice.tsx'
import { Link, modelPath, runPath } from '../ui/Route.tsx'

const ModelsQuery = graphql(`
  query Models($after: String) {
    models(first: 50, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          name
          latest {
            id
            version
            bytes
            createdAt
            downloadUrl
            cover {
              url
            }
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
    }
  }
`)

const modelsOf = (data: ResultOf<typeof ModelsQuery>) => data.models

export function ModelsPage() {
  const { t, language } = useText()
  const { data: models, error, again, more } = usePages(ModelsQuery, {}, modelsOf)
  if (error !== null && models === null) return <Problem error={error} again={again} />
  if (models === null) return <Loading />
  return (
    <>
      <h1>{t.models.title}</h1>
      {models.length === 0 ? (
        <Empty text={t.models.empty}>
          <Link to="/">{t.models.begin}</Link>
        </Empty>
      ) : (
        <div className="card scroll" tabIndex={0} role="region" aria-label={t.models.title}>
          <table className="stacks">
            <thead>
              <tr>
                <th>
                  <span className="hidden">{t.model.samples}</span>
                </th>
                <th>{t.models.name}</th>
                <th>{t.models.run}</th>
                <th>{t.models.created}</th>
                <th>{t.models.size}</th>
                <th>{t.runs.state}</th>
                <th>{t.models.view}</th>
                <th>{t.model.download}</th>
              </tr>
            </thead>
            <tbody>
              {models.map(
                ({ id, name, latest }) =>
                  latest !== null && (
                    <tr key={id}>
                      <td className="whole">
                        {latest.cover !== null && (
                          <img className="cover" src={latest.cover.url} alt="" loading="lazy" />
                        )}
                      </td>
                      <td data-label={t.models.name}>
                        <span>
                          <Link to={modelPath(latest.id)}>{name}</Link>{' '}
                          <span className="quiet">{t.model.version(latest.version)}</span>
                        </span>
                      </td>
                      <td data-label={t.models.run}>
                        <Link to={runPath(latest.run.id)}>{latest.run.spec.name}</Link>
                      </td>
                      <td data-label={t.models.created}>
                        {formatDate(latest.createdAt, language)}
                      </td>
                      <td data-label={t.models.size}>{formatBytes(latest.bytes)}</td>
                      <td data-label={t.runs.state}>
                        <State
                          state={latest.run.state}
                          text={t.run.state[latest.run.state] ?? latest.run.state}
                        />
                      </td>
                      <td data-label={t.models.view}>
                        <Link to={modelPath(latest.id)} data-testid="view-model">
                          {t.models.view}
                          <span className="hidden"> {name}</span>
                        </Link>
                      </td>
                      <td data-label={t.model.download}>
                        <a href={latest.downloadUrl} download>
                          {t.model.download}
                        </a>
                      </td>
                    </tr>
                  ),
              )}
            </tbody>
          </table>
          {more !== null && <button onClick={more}>{t.more}</button>}
        </div>
      )}
      <Problem error={error} again={again} />
    </>
  )
}
