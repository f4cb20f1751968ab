import { useAsk } from '../graph/ask.ts'
import { graphql } from '../graph/graphql.ts'
import { mapWords } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const MapPicturesQuery = graphql(`
  query MapPictures($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      ... on Image {
        id
        fileName
        thumbnailUrl
      }
    }
  }
`)

const most = 24

/** The pictures behind points: those inside the line, or the one that is pointed at. */
export function MapPictures({ images }: { images: readonly string[] }) {
  const { language } = useText()
  const words = mapWords[language]
  if (images.length === 0) return <p className="quiet">{words.point}</p>
  return (
    <>
      <Thumbnails ids={images.slice(0, most)} />
      {images.length > most && <p className="quiet">{words.others(images.length - most)}</p>}
    </>
  )
}

function Thumbnails({ ids }: { ids: readonly string[] }) {
  const { data, error } = useAsk(MapPicturesQuery, { ids: [...ids] })
  if (error !== null) return <Problem error={error} />
  const images = data?.nodes.flatMap((it) => (it?.__typename === 'Image' ? [it] : [])) ?? []
  return (
    <ul className="grid" data-testid="map-pictures">
      {images.map((image) => (
        <li key={image.id}>
          <figure>
            <img src={image.thumbnailUrl} alt={image.fileName} />
          </figure>
        </li>
      ))}
    </ul>
  )
}
