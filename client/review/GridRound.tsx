import { useState } from 'react'
import { reviewWords } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import type { Review } from './use-reviewing.ts'

const shown = 12

/** Many pictures at once, for easy groups: those that are wrong are marked, the rest is accepted. */
export function GridRound({ review }: { review: Review }) {
  const { language } = useText()
  const words = reviewWords[language]
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set())
  const page = review.open.slice(0, shown)
  const marked = page.filter(({ id }) => wrong.has(id)).length
  return (
    <>
      <p className="quiet">{words.gridHelp}</p>
      <ul className="grid" data-testid="review-grid">
        {page.map(({ id, image }) => (
          <li key={id}>
            <button
              className="pick"
              data-candidate={id}
              title={image.fileName}
              aria-pressed={wrong.has(id)}
              aria-label={words.mark(image.sees ?? image.fileName)}
              onClick={() =>
                setWrong((before) => {
                  const after = new Set(before)
                  if (!after.delete(id)) after.add(id)
                  return after
                })
              }
            >
              <img src={image.thumbnailUrl} alt="" />
            </button>
          </li>
        ))}
      </ul>
      <button
        className="primary"
        data-testid="grid-done"
        onClick={() => {
          for (const { id } of page) review.judge(id, wrong.has(id) ? 'REJECT' : 'ACCEPT')
          setWrong(new Set())
        }}
      >
        {words.gridDone(page.length - marked, marked)}
      </button>
    </>
  )
}
