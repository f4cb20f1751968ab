import { useState } from 'react'
import type { ResultOf } from 'gql.tada'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { usePages } from '../graph/pages.ts'
import { useWatch } from '../graph/watch.ts'
import { PersonAttributes } from './PersonAttributes.tsx'
import { DropZone } from '../start/DropZone.tsx'
import { uploadFiles, type VectorsTold } from '../start/upload.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, NotFound, Problem, Progress } from '../ui/Notice.tsx'
import { navigate, projectPath } from '../ui/Route.tsx'

const PoolQuery = graphql(`
  query PoolPage($id: ID!, $language: String!) {
    node(id: $id) {
      __typename
      ... on Project {
        id
        name
        goal {
          text
        }
        pool {
          id
          account {
            uploaded
            used
            excluded
            byReason {
              reason
              count
            }
          }
          embedding {
            embedder
            why
            state
            done
            total
            message
          }
          sees {
            classNoun
            label(language: $language)
            count
            of
          }
          attributes {
            on
            names
          }
        }
      }
    }
  }
`)
const VectorsForget = graphql(
  `
    mutation VectorsForget($pool: ID!) {
      vectorsForget(input: { pool: $pool }) {
        __typename
        ... on Pool {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const ImagesQuery = graphql(`
  query PoolImages($id: ID!, $filter: ImageFilter!, $after: String) {
    node(id: $id) {
      ... on Project {
        pool {
          images(first: 60, after: $after, filter: $filter) {
            pageInfo {
              hasNextPage
              endCursor
            }
            edges {
              node {
                id
                fileName
                thumbnailUrl
                sees
                excluded {
                  reason
                  message
                }
              }
            }
          }
        }
      }
    }
  }
`)
const EntriesQuery = graphql(`
  query PoolEntries($id: ID!, $after: String) {
    node(id: $id) {
      ... on Project {
        pool {
          entries(first: 50, after: $after, withoutImage: true) {
            pageInfo {
              hasNextPage
              endCursor
            }
            edges {
              node {
                fileName
                outcome
                message
              }
            }
          }
        }
      }
    }
  }
`)
type ImagesData = ResultOf<typeof ImagesQuery>
type EntriesData = ResultOf<typeof EntriesQuery>
const imagesOf = ({ node }: ImagesData) =>
  node !== null && 'pool' in node ? node.pool.images : null
const entriesOf = ({ node }: EntriesData) =>
  node !== null && 'pool' in node ? node.pool.entries : null
const PoolChanged = graphql(`
  subscription PoolChanged($pool: ID!) {
    poolChanged(pool: $pool) {
      id
      account {
        uploaded
      }
      embedding {
        done
        total
        state
      }
    }
  }
`)
const ImageInclude = graphql(
  `
    mutation ImageInclude($image: ID!) {
      imageInclude(input: { image: $image }) {
        __typename
        ... on Image {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const ImageExclude = graphql(
  `
    mutation ImageExclude($image: ID!) {
      imageExclude(input: { image: $image }) {
        __typename
        ... on Image {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

/** Every uploaded file, used or not, with the reason. */
export function PoolPage({ id }: { id: string }) {
  const { t, language, say } = useText()
  const [filter, setFilter] = useState<'ALL' | 'USED' | 'EXCLUDED'>('ALL')
  const [sent, setSent] = useState<number | null>(null)
  const [vectors, setVectors] = useState<readonly VectorsTold[]>([])
  const { data, error, again } = useAsk(PoolQuery, { id, language })
  const images = usePages(ImagesQuery, { id, filter }, imagesOf)
  const imageless = usePages(EntriesQuery, { id }, entriesOf)
  const doing = useDoing()
  const readAgain = () => {
    again()
    images.again()
    imageless.again()
  }
  const project = data?.node?.__typename === 'Project' ? data.node : null
  const pool = project?.pool
  useWatch(
    {
      document: PoolChanged,
      variables: () => ({ pool: pool?.id ?? '' }),
      hear: () => readAgain(),
      more: () => true,
    },
    pool?.id ?? null,
  )
  if (error !== null && data === null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (project === null || pool === undefined) return <NotFound />
  const { account, embedding } = pool
  // What one picture alone seems to show is a guess that helps nobody.
  const [main, ...others] = pool.sees.filter(({ count }, at) => at === 0 || count > 1)
  const add = (files: readonly File[]) =>
    doing.run(async () => {
      setSent(0)
      setVectors(await uploadFiles(pool.id, files, setSent).finally(() => setSent(null)))
      readAgain()
    })
  return (
    <>
      <h1 className="clamp" title={project.goal?.text ?? ''}>
        {project.goal?.text ?? say(project.name)}
      </h1>
      <div className="card">
        <div className="row between">
          <strong data-testid="pool-account">
            {t.pool.account(account.uploaded, account.used, account.excluded)}
          </strong>
          <button
            className="primary"
            data-testid="begin-review"
            disabled={account.used === 0}
            onClick={() => navigate(projectPath(id, 'review'))}
          >
            {t.pool.review}
          </button>
        </div>
        {account.excluded > 0 && (
          <p className="quiet">
            {account.byReason
              .filter((it) => it.reason !== 'STORED')
              .map((it) => `${t.pool.outcome[it.reason] ?? it.reason} ${it.count}`)
              .join(' · ')}
          </p>
        )}
        {main !== undefined && (
          <p>
            <strong>{t.pool.sees(main.count, main.of, main.label)}</strong>
            {others.length > 0 && (
              <span className="quiet">
                {' '}
                · {others.map(({ label, count }) => `${label} ${count}`).join(' · ')}
              </span>
            )}
          </p>
        )}
        {embedding.total > 0 && embedding.done < embedding.total && (
          <>
            <span className="quiet">{t.pool.looking}</span>
            <Progress label={t.pool.looking} value={embedding.done / embedding.total} />
          </>
        )}
        {embedding.embedder !== '' && (
          <details className="quiet">
            <summary>
              {t.pool.embedder} {embedding.embedder}
            </summary>
            <p>{say(embedding.why)}</p>
            {embedding.embedder.startsWith('imported:') && (
              <button
                className="small"
                disabled={doing.busy}
                data-testid="vectors-forget"
                onClick={() =>
                  doing.run(async () => {
                    await act(VectorsForget, { pool: pool.id })
                    readAgain()
                  })
                }
              >
                {t.pool.vectorsForget}
              </button>
            )}
          </details>
        )}
      </div>
      <Problem error={doing.error ?? error ?? images.error} again={readAgain} />
      {sent !== null && (
        <div>
          <span className="quiet">{t.start.uploading(Math.round(sent * 100))}</span>
          <Progress label={t.start.uploading(Math.round(sent * 100))} value={sent} />
        </div>
      )}
      <div className="row" role="group" aria-label={t.pool.filterLabel}>
        {(['ALL', 'USED', 'EXCLUDED'] as const).map((choice) => (
          <button
            key={choice}
            className="small"
            aria-pressed={filter === choice}
            onClick={() => setFilter(choice)}
          >
            {t.pool.filter[choice]}
          </button>
        ))}
      </div>
      {images.data === null && images.error === null && <Loading />}
      {images.data?.length === 0 && (
        <Empty text={account.uploaded === 0 ? t.pool.empty : t.empty} />
      )}
      <ul className="grid">
        {images.data?.map((image) => (
          <li key={image.id} data-testid="pool-image">
            <figure className={image.excluded === null ? '' : 'out'}>
              <img src={image.thumbnailUrl} alt={image.sees ?? image.fileName} loading="lazy" />
              <figcaption>
                <span>{image.fileName}</span>
                {image.excluded !== null && (
                  <span className="quiet">
                    {image.excluded.message === ''
                      ? t.pool.outcome[image.excluded.reason]
                      : say(image.excluded.message)}
                  </span>
                )}
                <button
                  className="small"
                  onClick={() =>
                    doing.run(async () => {
                      await (image.excluded === null
                        ? act(ImageExclude, { image: image.id })
                        : act(ImageInclude, { image: image.id }))
                      readAgain()
                    })
                  }
                >
                  {image.excluded === null ? t.pool.exclude : t.pool.include}
                </button>
              </figcaption>
            </figure>
          </li>
        ))}
      </ul>
      {images.more !== null && <button onClick={images.more}>{t.more}</button>}
      {imageless.data !== null && imageless.data.length > 0 && (
        <section className="card">
          <h2>{t.pool.withoutImage}</h2>
          <div className="scroll" tabIndex={0} role="region" aria-label={t.pool.withoutImage}>
            <table className="stacks">
              <tbody>
                {imageless.data.map((entry, at) => (
                  <tr key={at}>
                    <td className="whole">{entry.fileName}</td>
                    <td className="whole">{t.pool.outcome[entry.outcome]}</td>
                    <td className="whole quiet">{say(entry.message)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {imageless.more !== null && <button onClick={imageless.more}>{t.more}</button>}
        </section>
      )}
      <DropZone onFiles={add} />
      {vectors.map((told) => (
        <p
          key={told.fileName}
          className={told.outcome === 'REFUSED' ? 'problem' : 'quiet'}
          role="status"
          data-testid="vectors-told"
        >
          {told.outcome === 'REFUSED'
            ? t.pool.vectorsRefused(told.fileName, say(told.message))
            : t.pool.vectorsTaken(told.fileName)}
        </p>
      ))}
      <p className="quiet">{t.pool.vectorsHelp}</p>
      <PersonAttributes pool={pool.id} settings={pool.attributes} again={again} />
    </>
  )
}
