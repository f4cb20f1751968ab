import { useEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type ResultOf } from '../graph/graphql.ts'
import { useWatch } from '../graph/watch.ts'
import { mapWords } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, NotFound, Problem, Progress } from '../ui/Notice.tsx'
import { Link, navigate, projectPath } from '../ui/Route.tsx'
import { fit, inside, type Spot } from './lasso.ts'
import { MapPictures } from './MapPictures.tsx'

const EmbeddingParts = graphql(`
  fragment EmbeddingParts on PoolEmbedding {
    done
    total
    state
    message
  }
`)
const MapQuery = graphql(
  `
    query MapPage($id: ID!) {
      node(id: $id) {
        __typename
        ... on Project {
          id
          pool {
            id
            embedding {
              ...EmbeddingParts
            }
            map {
              image
              x
              y
              cluster
              verdict
            }
          }
          curation {
            id
            state
          }
        }
      }
    }
  `,
  [EmbeddingParts],
)
const MapPoolChanged = graphql(
  `
    subscription MapPoolChanged($pool: ID!) {
      poolChanged(pool: $pool) {
        id
        embedding {
          ...EmbeddingParts
        }
      }
    }
  `,
  [EmbeddingParts],
)
const MapExclude = graphql(
  `
    mutation MapExclude($image: ID!) {
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
const RoundAsk = graphql(
  `
    mutation RoundAsk($curation: ID!, $images: [ID!]!) {
      roundAsk(input: { curation: $curation, images: $images }) {
        __typename
        ... on Round {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

const MapInclude = graphql(
  `
    mutation MapInclude($image: ID!) {
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

const side = 640
/** As near, in points of the canvas, the pointer is at a picture. */
const reach = 14
const rings = { ACCEPT: '#15803d', REJECT: '#b91c1c', UNSURE: '#a16207' } as const
const most = 100

/** The pool in two dimensions: a line drawn about pictures leaves them out or asks for them. */
export function MapPage({ id }: { id: string }) {
  const { t, language, say } = useText()
  const words = mapWords[language]
  const { data, error, again } = useAsk(MapQuery, { id })
  const doing = useDoing()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [line, setLine] = useState<readonly Spot[]>([])
  const [over, setOver] = useState<string | null>(null)
  const [leftOut, setLeftOut] = useState<readonly string[]>([])
  const drawing = useRef(false)
  const project = data?.node?.__typename === 'Project' ? data.node : null
  const points = project?.pool.map ?? []
  const [news, setNews] = useState<ResultOf<typeof EmbeddingParts>>()
  useWatch(
    {
      document: MapPoolChanged,
      variables: () => ({ pool: project?.pool.id ?? '' }),
      // The points are read again once, not for each picture that was looked at.
      hear: ({ poolChanged: { embedding } }) => {
        setNews(embedding)
        if (embedding.state === 'DONE') again()
      },
      more: () => true,
    },
    project?.pool.id ?? null,
  )
  const place = useMemo(() => fit(points, side), [points])
  const chosen = line.length < 3 ? [] : points.filter((point) => inside(place(point), line))

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context == null) return
    context.clearRect(0, 0, side, side)
    for (const point of points) {
      context.beginPath()
      context.fillStyle = `hsl(${(point.cluster * 137) % 360} 60% 50%)`
      context.strokeStyle = rings[point.verdict ?? 'UNSURE']
      const { x, y } = place(point)
      context.arc(x, y, points.length > 2000 ? 2 : 5, 0, 7)
      context.fill()
      context.lineWidth = 2.5
      if (point.verdict !== null) context.stroke()
    }
    if (line.length > 1) {
      context.beginPath()
      for (const spot of line) context.lineTo(spot.x, spot.y)
      context.closePath()
      context.strokeStyle = '#2563eb'
      context.fillStyle = 'rgb(37 99 235 / 0.12)'
      context.fill()
      context.stroke()
    }
  }, [points, place, line])

  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (project === null) return <NotFound />
  const takeBack = leftOut.length > 0 && (
    <span role="status">
      {words.leftOut(leftOut.length)}{' '}
      <button
        className="small"
        disabled={doing.busy}
        onClick={() =>
          doing.run(async () => {
            for (const image of leftOut) await act(MapInclude, { image })
            setLeftOut([])
            again()
          })
        }
      >
        {t.undo}
      </button>
    </span>
  )
  if (points.length === 0) {
    const { done, total, state, message } = news ?? project.pool.embedding
    return (
      <>
        <h1>{words.title}</h1>
        {state === 'FAILED' ? (
          <Empty text={say(message)} />
        ) : total === 0 || state === 'DONE' ? (
          <Empty text={leftOut.length > 0 ? '' : t.pool.empty}>
            {takeBack}
            <p>
              <Link to={projectPath(id, 'pool')}>{t.steps.pool}</Link>
            </p>
          </Empty>
        ) : (
          <Empty text={t.pool.looking}>
            <Progress label={t.pool.looking} value={done / total} />
          </Empty>
        )}
      </>
    )
  }
  const spotOf = (event: PointerEvent<HTMLCanvasElement>): Spot => {
    const box = event.currentTarget.getBoundingClientRect()
    return {
      x: ((event.clientX - box.left) * side) / box.width,
      y: ((event.clientY - box.top) * side) / box.height,
    }
  }
  /** The picture whose point is under this spot, or null. */
  const pictureAt = (spot: Spot): string | null => {
    let best: string | null = null
    let nearest = reach
    for (const point of points) {
      const { x, y } = place(point)
      const distance = Math.hypot(x - spot.x, y - spot.y)
      if (distance >= nearest) continue
      nearest = distance
      best = point.image
    }
    return best
  }
  const { curation } = project
  const unseen = chosen.filter(({ verdict }) => verdict === null).slice(0, most)
  return (
    <>
      <h1>{words.title}</h1>
      <p className="quiet">{words.help}</p>
      <Problem error={doing.error} />
      <div className="mapped">
        <canvas
          ref={canvas}
          width={side}
          height={side}
          role="img"
          aria-label={words.label(points.length)}
          data-testid="map"
          className="map"
          style={{ maxWidth: side }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            drawing.current = true
            setLine([spotOf(event)])
            setOver(pictureAt(spotOf(event)))
          }}
          onPointerMove={(event) => {
            // Read now: the event is gone when the state is set.
            const spot = spotOf(event)
            if (drawing.current) setLine((before) => [...before, spot])
            else {
              const found = pictureAt(spot)
              if (found !== null) setOver(found)
            }
          }}
          onPointerUp={() => {
            drawing.current = false
          }}
        />
        <div>
          {points.some(({ verdict }) => verdict !== null) && (
            <p className="row">
              {(['ACCEPT', 'REJECT', 'UNSURE'] as const).map((verdict) => (
                <small key={verdict} className="ring">
                  <span style={{ borderColor: rings[verdict] }} aria-hidden="true" />
                  {words.ring[verdict]}
                </small>
              ))}
            </p>
          )}
          <MapPictures
            images={
              chosen.length > 0 ? chosen.map(({ image }) => image) : over === null ? [] : [over]
            }
          />
        </div>
      </div>
      <div className="row">
        <span role="status">{words.chosen(chosen.length)}</span>
        <button
          className="primary"
          disabled={unseen.length === 0 || curation?.state !== 'OPEN' || doing.busy}
          onClick={() =>
            doing.run(async () => {
              const images = unseen.map(({ image }) => image)
              await act(RoundAsk, { curation: curation!.id, images })
              navigate(projectPath(id, 'review'))
            })
          }
        >
          {words.more}
        </button>
        <button
          disabled={chosen.length === 0 || doing.busy}
          onClick={() =>
            doing.run(async () => {
              for (const { image } of chosen) await act(MapExclude, { image })
              setLeftOut(chosen.map(({ image }) => image))
              setLine([])
              again()
            })
          }
        >
          {words.exclude}
        </button>
        {takeBack}
        {curation?.state !== 'OPEN' && (
          <span className="quiet">
            {curation === null ? words.first : t.review.finished}{' '}
            <Link to={projectPath(id, 'review')}>{t.steps.review}</Link>
          </span>
        )}
      </div>
    </>
  )
}
