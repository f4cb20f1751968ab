import { useState } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { usePages } from '../graph/pages.ts'
import { datasetWords } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const CaptionsQuery = graphql(`
  query Captions($pool: ID!) {
    node(id: $pool) {
      __typename
      ... on Pool {
        id
        captionTemplate
        captioner {
          model
          asked
          right
          invented
          missed
          usable
        }
      }
    }
  }
`)
const CaptionImages = graphql(`
  query CaptionImages($pool: ID!, $filter: ImageFilter!, $after: String) {
    node(id: $pool) {
      ... on Pool {
        images(first: 24, after: $after, filter: $filter) {
          pageInfo {
            hasNextPage
            endCursor
          }
          edges {
            node {
              id
              fileName
              thumbnailUrl
              caption
            }
          }
        }
      }
    }
  }
`)
const CaptionSet = graphql(
  `
    mutation CaptionSet($image: ID!, $text: String!) {
      captionSet(input: { image: $image, text: $text }) {
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
const CaptionsReplace = graphql(
  `
    mutation CaptionsReplace($pool: ID!, $find: String!, $replacement: String!) {
      captionsReplace(input: { pool: $pool, find: $find, replacement: $replacement }) {
        __typename
        ... on CaptionsChange {
          changed
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const CaptionerProbe = graphql(
  `
    mutation CaptionerProbe($pool: ID!) {
      captionerProbe(input: { pool: $pool }) {
        __typename
        ... on CaptionerReport {
          usable
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const CaptionsMake = graphql(
  `
    mutation CaptionsMake($pool: ID!, $images: [ID!]!) {
      captionsMake(input: { pool: $pool, images: $images }) {
        __typename
        ... on CaptionsChange {
          changed
          refused {
            message
          }
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const imagesOf = ({ node }: ResultOf<typeof CaptionImages>) =>
  node !== null && 'images' in node ? node.images : null

/** The captions of the pictures in use: each by hand, many by replacing words, or by a vision model that passed its probe. */
export function Captions({ pool, made }: { pool: string; made: boolean }) {
  const { t, language, say } = useText()
  const words = datasetWords[language]
  const { data, error, again } = useAsk(CaptionsQuery, { pool })
  const [all, setAll] = useState(false)
  const filter = made && !all ? ('IN_DATASET' as const) : ('USED' as const)
  const images = usePages(CaptionImages, { pool, filter }, imagesOf)
  const doing = useDoing()
  const [find, setFind] = useState('')
  const [replacement, setReplacement] = useState('')
  const [told, setTold] = useState('')
  if (data?.node?.__typename !== 'Pool') return <Problem error={error} again={again} />
  const { captionTemplate, captioner } = data.node
  const readAgain = () => {
    again()
    images.again()
  }
  return (
    <section className="card">
      <h2>{words.captions}</h2>
      <p className="quiet">{words.template(captionTemplate)}</p>
      <Problem error={doing.error ?? images.error} />
      <form
        className="row replacing"
        onSubmit={(event) => {
          event.preventDefault()
          doing.run(async () => {
            const { captionsReplace } = await act(CaptionsReplace, { pool, find, replacement })
            setTold(words.changed(captionsReplace.changed))
            readAgain()
          })
        }}
      >
        <label>
          {words.find}
          <input value={find} onChange={(event) => setFind(event.target.value)} />
        </label>
        <label>
          {words.replacement}
          <input value={replacement} onChange={(event) => setReplacement(event.target.value)} />
        </label>
        <button disabled={find === '' || doing.busy} data-testid="captions-replace">
          {words.replace}
        </button>
        <span role="status">{told}</span>
      </form>
      <details className="quiet">
        <summary>{words.captioner}</summary>
        <p>{captioner === null ? words.unprobed : words.probed(captioner)}</p>
        <div className="row">
          <button
            className="small"
            disabled={doing.busy}
            onClick={() =>
              doing.run(async () => {
                await act(CaptionerProbe, { pool })
                again()
              })
            }
          >
            {words.probe}
          </button>
          <button
            className="small"
            disabled={doing.busy || captioner?.usable !== true}
            onClick={() =>
              doing.run(async () => {
                const { captionsMake } = await act(CaptionsMake, {
                  pool,
                  images: (images.data ?? []).slice(0, 50).map(({ id }) => id),
                })
                setTold(
                  [
                    words.changed(captionsMake.changed),
                    ...new Set(captionsMake.refused.map(({ message }) => say(message))),
                  ].join(' '),
                )
                readAgain()
              })
            }
          >
            {words.write}
          </button>
        </div>
      </details>
      {made && (
        <div className="row" role="group" aria-label={words.which}>
          {([false, true] as const).map((choice) => (
            <button
              key={String(choice)}
              className="small"
              aria-pressed={all === choice}
              onClick={() => setAll(choice)}
            >
              {choice ? words.whole : words.inUse}
            </button>
          ))}
        </div>
      )}
      <ul className="captions">
        {images.data?.map((image) => (
          <li key={`${image.id} ${image.caption ?? ''}`}>
            <img src={image.thumbnailUrl} alt={image.fileName} loading="lazy" />
            <textarea
              aria-label={words.captionOf(image.fileName)}
              defaultValue={image.caption ?? captionTemplate}
              rows={2}
              maxLength={1000}
              onBlur={(event) => {
                const text = event.target.value.trim()
                if (text === (image.caption ?? captionTemplate)) return
                doing.run(async () => {
                  await act(CaptionSet, {
                    image: image.id,
                    text: text === captionTemplate ? '' : text,
                  })
                  readAgain()
                })
              }}
            />
          </li>
        ))}
      </ul>
      {images.more !== null && <button onClick={images.more}>{t.more}</button>}
    </section>
  )
}
