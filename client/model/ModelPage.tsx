import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import {
  formatBytes,
  formatDate,
  formatFigure,
  metricName,
  settingName,
  settingValue,
} from '../text/format.ts'
import { Lineage } from './Lineage.tsx'
import { ModelCard } from './ModelCard.tsx'
import { inOrder, isOfBase, sampleTitle } from './samples.ts'
import { useText } from '../text/Text.tsx'
import { Copy, Loading, NotFound, Problem } from '../ui/Notice.tsx'
import { Link, runPath } from '../ui/Route.tsx'

const ModelQuery = graphql(`
  query ModelPage($id: ID!) {
    node(id: $id) {
      __typename
      ... on ModelVersion {
        id
        version
        bytes
        createdAt
        card
        rating
        downloadUrl
        triggerWord
        baseModel
        model {
          name
        }
        run {
          id
        }
        files {
          path
          format
          bytes
          url
        }
        samples {
          path
          url
          kind
          step
        }
        thumbs {
          path
          up
        }
        metrics {
          name
          value
        }
        settings {
          name
          value
        }
        snippets {
          tool
          code
        }
        lineage {
          nodes {
            key
            kind
            label
            detail
          }
          edges {
            from
            to
          }
        }
      }
    }
  }
`)
const ModelVersionRate = graphql(
  `
    mutation ModelVersionRate($modelVersion: ID!, $stars: Int!) {
      modelVersionRate(input: { modelVersion: $modelVersion, stars: $stars }) {
        __typename
        ... on ModelVersion {
          id
          rating
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const SampleRate = graphql(
  `
    mutation SampleRate($modelVersion: ID!, $file: String!, $up: Boolean!) {
      sampleRate(input: { modelVersion: $modelVersion, file: $file, up: $up }) {
        __typename
        ... on ModelVersion {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

export function ModelPage({ id }: { id: string }) {
  const { t, language } = useText()
  const { data, error, again } = useAsk(ModelQuery, { id })
  const [tool, setTool] = useState(0)
  const doing = useDoing()
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (data.node?.__typename !== 'ModelVersion') return <NotFound />
  const version = data.node
  const snippet = version.snippets[tool]
  const thumb = (path: string) => version.thumbs.find((it) => it.path === path)?.up
  const rate = (work: () => Promise<unknown>) =>
    doing.run(async () => {
      await work()
      again()
    })
  return (
    <>
      <div className="row between">
        <div>
          <h1>{version.model.name}</h1>
          <p className="quiet">
            {t.model.version(version.version)} · {formatDate(version.createdAt, language)} ·{' '}
            {formatBytes(version.bytes)}
          </p>
        </div>
        <a
          className="button primary"
          data-testid="model-download"
          href={version.downloadUrl}
          download
        >
          {t.model.download}
        </a>
      </div>
      <Problem error={doing.error} />
      <section className="card">
        <h2>{t.model.samples}</h2>
        {version.samples.length === 0 && <p className="quiet">{t.empty}</p>}
        <ul className="grid">
          {inOrder(version.samples).map((sample) => (
            <li key={sample.path} className={sample.kind === 'grid' ? 'wide' : ''}>
              <figure data-testid="sample-image">
                <a href={sample.url} target="_blank" rel="noreferrer">
                  <img
                    className="pixel"
                    src={sample.url}
                    alt={sampleTitle(sample, t)}
                    loading="lazy"
                  />
                </a>
                <span className="quiet">{sampleTitle(sample, t)}</span>
                {!isOfBase(sample) && (
                  <figcaption className="row">
                    <button
                      className="small"
                      aria-label={`${t.model.good}: ${sampleTitle(sample, t)}`}
                      aria-pressed={thumb(sample.path) === true}
                      onClick={() =>
                        rate(() =>
                          act(SampleRate, { modelVersion: id, file: sample.path, up: true }),
                        )
                      }
                    >
                      {t.model.good}
                    </button>
                    <button
                      className="small"
                      aria-label={`${t.model.bad}: ${sampleTitle(sample, t)}`}
                      aria-pressed={thumb(sample.path) === false}
                      onClick={() =>
                        rate(() =>
                          act(SampleRate, { modelVersion: id, file: sample.path, up: false }),
                        )
                      }
                    >
                      {t.model.bad}
                    </button>
                  </figcaption>
                )}
              </figure>
            </li>
          ))}
        </ul>
        <div className="row stars" role="group" aria-label={t.model.rating}>
          {t.model.rating}
          {[1, 2, 3, 4, 5].map((stars) => (
            <button
              key={stars}
              className={stars <= (version.rating ?? 0) ? 'on' : ''}
              aria-label={t.model.stars(stars)}
              aria-pressed={version.rating === stars}
              onClick={() => rate(() => act(ModelVersionRate, { modelVersion: id, stars }))}
            >
              ★
            </button>
          ))}
          <span className="quiet" role="status">
            {version.rating === null ? '' : t.model.rated}
          </span>
        </div>
      </section>
      <div className="two">
        <section className="card">
          <dl>
            <dt>{t.model.trigger}</dt>
            <dd className="row">
              <code>{version.triggerWord}</code> <Copy text={version.triggerWord} />
            </dd>
            <dt>{t.model.base}</dt>
            <dd>{version.baseModel}</dd>
            <dt>{t.run.title}</dt>
            <dd>
              <Link to={runPath(version.run.id)}>{t.model.run}</Link>
            </dd>
          </dl>
          <br />
          <h2>{t.model.metrics}</h2>
          <dl>
            {version.metrics.map((it) => (
              <Pair
                key={it.name}
                name={metricName(it.name, t)}
                value={formatFigure(it.name, it.value)}
              />
            ))}
          </dl>
          <br />
          <details>
            <summary>{t.model.settings}</summary>
            <dl>
              {version.settings.map((it) => (
                <Pair
                  key={it.name}
                  name={settingName(it.name, t)}
                  value={settingValue(it.name, it.value, t)}
                />
              ))}
            </dl>
          </details>
        </section>
        <section className="card">
          <h2>{t.model.snippets}</h2>
          <div className="row">
            {version.snippets.map((it, at) => (
              <button
                key={it.tool}
                className="small"
                aria-pressed={at === tool}
                onClick={() => setTool(at)}
              >
                {it.tool}
              </button>
            ))}
            {snippet !== undefined && <Copy text={snippet.code} />}
          </div>
          <br />
          {snippet !== undefined && (
            <pre tabIndex={0} aria-label={snippet.tool}>
              {snippet.code}
            </pre>
          )}
        </section>
      </div>
      <Lineage {...version.lineage} />
      <section className="card scroll" tabIndex={0} role="region" aria-label={t.model.files}>
        <h2>{t.model.files}</h2>
        <table className="stacks">
          <thead>
            <tr>
              <th>{t.models.name}</th>
              <th>{t.model.format}</th>
              <th>{t.model.size}</th>
            </tr>
          </thead>
          <tbody>
            {version.files.map((file) => (
              <tr key={file.path}>
                <td className="whole">
                  <a href={file.url} download>
                    {file.path}
                  </a>
                </td>
                <td data-label={t.model.format}>{file.format}</td>
                <td data-label={t.model.size}>{formatBytes(file.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <details className="card">
        <summary>{t.model.card}</summary>
        <ModelCard card={version.card} />
      </details>
    </>
  )
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
