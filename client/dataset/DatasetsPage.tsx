import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { datasetWords } from '../text/curation.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Loading, NotFound, Problem } from '../ui/Notice.tsx'
import { Link, projectPath } from '../ui/Route.tsx'
import { Captions } from './Captions.tsx'
import './dataset.css'

const VersionsQuery = graphql(`
  query DatasetsPage($id: ID!) {
    node(id: $id) {
      __typename
      ... on Project {
        id
        pool {
          id
        }
        datasetVersions(first: 20) {
          edges {
            node {
              id
              hash
              imageCount
              createdAt
              captions: exportUrl(format: CAPTIONS)
              imagefolder: exportUrl(format: IMAGEFOLDER)
              dvc: exportUrl(format: DVC)
            }
          }
        }
      }
    }
  }
`)
const DiffQuery = graphql(`
  query DatasetDiff($id: ID!, $from: ID!) {
    node(id: $id) {
      __typename
      ... on DatasetVersion {
        id
        diff(from: $from) {
          kept
          added {
            sha256
            caption
            image {
              thumbnailUrl
            }
          }
          removed {
            sha256
            caption
            image {
              thumbnailUrl
            }
          }
          recaptioned {
            sha256
            before
            after
            image {
              thumbnailUrl
            }
          }
        }
      }
    }
  }
`)
const DatasetRestore = graphql(
  `
    mutation DatasetRestore($version: ID!) {
      datasetRestore(input: { datasetVersion: $version }) {
        __typename
        ... on DatasetVersion {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

type Project = Extract<
  NonNullable<ResultOf<typeof VersionsQuery>['node']>,
  { __typename: 'Project' }
>
type Version = NonNullable<
  NonNullable<NonNullable<Project['datasetVersions']['edges']>[number]>['node']
>

/** Captions and data set versions: what changed between two, taking one up again, taking it along. */
export function DatasetsPage({ id }: { id: string }) {
  const { language } = useText()
  const words = datasetWords[language]
  const { data, error, again } = useAsk(VersionsQuery, { id })
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (data.node?.__typename !== 'Project') return <NotFound />
  const versions = data.node.datasetVersions.edges?.flatMap((edge) => edge?.node ?? []) ?? []
  return (
    <>
      <h1>{words.title}</h1>
      <Versions project={id} versions={versions} again={again} />
      <Captions pool={data.node.pool.id} made={versions.length > 0} />
    </>
  )
}

function Versions({
  project,
  versions,
  again,
}: {
  project: string
  versions: readonly Version[]
  again: () => void
}) {
  const { t, language } = useText()
  const words = datasetWords[language]
  const doing = useDoing()
  const [compared, setCompared] = useState<string | null>(null)
  const before = versions.find(({ id }) => id === compared) ?? null
  return (
    <section className="card">
      <h2>{words.versions}</h2>
      <Problem error={doing.error} />
      {versions.length === 0 && (
        <p className="quiet">
          {words.none} <Link to={projectPath(project, 'review')}>{t.steps.review}</Link>
        </p>
      )}
      <ul className="versions">
        {versions.map((version, at) => (
          <li key={version.id} data-testid="dataset-version">
            <div>
              <strong>{words.pictures(version.imageCount)}</strong>{' '}
              {at === 0 && <span className="badge">{words.current}</span>}
              <p className="quiet">
                {formatDate(version.createdAt, language)} · <code>{version.hash.slice(7, 19)}</code>
              </p>
            </div>
            <div className="row">
              {at > 0 && (
                <>
                  <button
                    className="small"
                    aria-pressed={compared === version.id}
                    onClick={() => setCompared(compared === version.id ? null : version.id)}
                  >
                    {words.compare}
                  </button>
                  <button
                    className="small"
                    disabled={doing.busy}
                    onClick={() =>
                      doing.run(async () => {
                        await act(DatasetRestore, { version: version.id })
                        setCompared(null)
                        again()
                      })
                    }
                  >
                    {words.restore}
                  </button>
                </>
              )}
              <details className="export">
                <summary>{words.download}</summary>
                <a href={version.captions}>{words.format.captions}</a>
                <a href={version.imagefolder}>{words.format.imagefolder}</a>
                <a href={version.dvc}>{words.format.dvc}</a>
              </details>
            </div>
          </li>
        ))}
      </ul>
      {before !== null && <Diff id={versions[0]!.id} from={before.id} />}
    </section>
  )
}

function Diff({ id, from }: { id: string; from: string }) {
  const { language } = useText()
  const words = datasetWords[language]
  const { data, error, again } = useAsk(DiffQuery, { id, from })
  if (error !== null) return <Problem error={error} again={again} />
  if (data?.node?.__typename !== 'DatasetVersion') return <Loading />
  const { diff } = data.node
  const parts = [['added', diff.added] as const, ['removed', diff.removed] as const]
  return (
    <div data-testid="dataset-diff">
      <p>
        {words.kept(diff.kept)} · {words.added(diff.added.length)} ·{' '}
        {words.removed(diff.removed.length)} · {words.recaptioned(diff.recaptioned.length)}
      </p>
      {parts.map(
        ([name, list]) =>
          list.length > 0 && (
            <div key={name}>
              <h3>{words[name](list.length)}</h3>
              <ul className="grid">
                {list.map((entry) => (
                  <li key={entry.sha256}>
                    <figure className={name}>
                      <img src={entry.image?.thumbnailUrl ?? ''} alt={entry.caption} />
                      <figcaption>{entry.caption}</figcaption>
                    </figure>
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
      {diff.recaptioned.length > 0 && (
        <>
          <h3>{words.recaptioned(diff.recaptioned.length)}</h3>
          <ul className="recaptioned">
            {diff.recaptioned.map((entry) => (
              <li key={entry.sha256}>
                <img src={entry.image?.thumbnailUrl ?? ''} alt="" />
                <span>
                  <del>{entry.before}</del>
                  <br />
                  <ins>{entry.after}</ins>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
