import { useEffect, useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { useText } from '../text/Text.tsx'
import { Loading, Problem } from '../ui/Notice.tsx'
import { Link, navigate, projectPath } from '../ui/Route.tsx'

const FinalSetQuery = graphql(`
  query FinalSet($curation: ID!, $size: Int) {
    node(id: $curation) {
      __typename
      ... on Curation {
        id
        finalSet(size: $size) {
          size
          suggested
          maximum
          coverage
          attributes {
            name
            hidden
            values {
              value
              pool
              ratio
              flagged
            }
          }
          images(first: 100) {
            edges {
              node {
                id
                thumbnailUrl
                fileName
              }
            }
          }
        }
      }
    }
  }
`)
const CurationFinish = graphql(
  `
    mutation CurationFinish($id: String!, $curation: ID!, $size: Int) {
      curationFinish(input: { id: $id, curation: $curation, size: $size }) {
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

/** Under so many a model tends to repeat the very pictures that it saw. */
const few = 5

interface FinalSetProps {
  readonly curation: string
  readonly project: string
  before(): Promise<void>
  onBack(): void
}

/** The smallest set that covers what was accepted, with its size to change. */
export function FinalSet(props: FinalSetProps) {
  const { t } = useText()
  const [sent, setSent] = useState(false)
  const { before } = props
  useEffect(() => {
    // The set is made of verdicts that have arrived.
    void before().then(() => setSent(true))
  }, [])
  return sent ? <Chooser {...props} /> : <Loading text={t.loading} />
}

function Chooser({ curation, project, onBack }: FinalSetProps) {
  const { t } = useText()
  const [typed, setTyped] = useState<number | null>(null)
  const [size, setSize] = useState<number | null>(null)
  const { data, error, again } = useAsk(FinalSetQuery, { curation, size })
  const doing = useDoing()
  const [id] = useState(() => crypto.randomUUID())
  useEffect(() => {
    const timer = setTimeout(() => setSize(typed), 200)
    return () => clearTimeout(timer)
  }, [typed])
  if (error !== null)
    return (
      <>
        <Problem error={error} again={again} />
        <button onClick={onBack}>{t.review.back}</button>
      </>
    )
  if (data?.node?.__typename !== 'Curation') return <Loading />
  const set = data.node.finalSet
  const chosen = typed ?? set.size
  return (
    <>
      <h1>{t.review.finishTitle}</h1>
      <div className="card">
        <label>
          {t.review.size}: {chosen} ({t.review.suggested(set.suggested)})
          <input
            type="range"
            min={1}
            max={Math.max(1, set.maximum)}
            value={chosen}
            onChange={(event) => setTyped(Number(event.target.value))}
          />
        </label>
        <p className="quiet">{t.review.coverage(Math.round(set.coverage * 100))}</p>
        {chosen < few && (
          <p className="notice" role="status">
            {t.review.few(chosen)} <Link to={projectPath(project, 'pool')}>{t.pool.add}</Link>
          </p>
        )}
        {set.attributes.map((it) => (
          <section key={it.name} data-testid="attribute-shares">
            <h2>{it.name}</h2>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.attributes.group}</th>
                  <th scope="col">{t.attributes.pool}</th>
                  <th scope="col">{t.attributes.share}</th>
                </tr>
              </thead>
              <tbody>
                {it.values.map((value) => (
                  <tr key={value.value}>
                    <td>{value.value}</td>
                    <td>{value.pool}</td>
                    <td>
                      {Math.round(value.ratio * 100)} %{value.flagged && ` · ${t.attributes.short}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {it.hidden > 0 && <p className="quiet">{t.attributes.hidden(it.hidden)}</p>}
          </section>
        ))}
        <div className="row">
          <button
            className="primary"
            data-testid="make-dataset"
            disabled={doing.busy}
            onClick={() =>
              doing.run(async () => {
                await act(CurationFinish, { id, curation, size: chosen })
                navigate(projectPath(project, 'plan'))
              })
            }
          >
            {t.review.make}
          </button>
          <button onClick={onBack}>{t.review.back}</button>
        </div>
        <Problem error={doing.error} />
      </div>
      <ul className="grid">
        {set.images.edges?.map(
          (edge) =>
            edge?.node != null && (
              <li key={edge.node.id}>
                <figure>
                  <img src={edge.node.thumbnailUrl} alt={edge.node.fileName} loading="lazy" />
                </figure>
              </li>
            ),
        )}
      </ul>
    </>
  )
}
