import { useEffect, useRef, useState } from 'react'
import { reviewWords, sentence } from '../text/curation.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem } from '../ui/Notice.tsx'
import { FinalSet } from './FinalSet.tsx'
import { GridRound } from './GridRound.tsx'
import './review.css'
import type { Candidate, ReviewedCuration, Value } from './review-queries.ts'
import { useReviewing, type Review } from './use-reviewing.ts'

/** Pictures one by one or as a grid, judged by keys; why each was chosen, and how sure the platform is by now. */
export function Reviewing({
  project,
  curation,
  again,
}: {
  project: string
  curation: ReviewedCuration
  again: () => void
}) {
  const { t, language } = useText()
  const words = reviewWords[language]
  const review = useReviewing(curation, again)
  const [finishing, setFinishing] = useState(false)
  const [grid, setGrid] = useState(false)
  const current = review.open[0]
  const judge = (value: Value) => {
    if (current !== undefined) review.judge(current.id, value)
  }
  const keys = useRef({ judge, undo: review.undo })
  useEffect(() => {
    keys.current = { judge, undo: review.undo }
  })
  useEffect(() => {
    if (finishing) return
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
      )
        return
      // Space on a focused button is that button.
      if (event.key === ' ' && /^(BUTTON|A|SUMMARY)$/.test(target.tagName)) return
      // By place as well: a Korean keyboard sends other letters.
      const key = /^Key[AXZG]$/.test(event.code) ? event.code.slice(3) : event.key.toUpperCase()
      if (key === 'Z') keys.current.undo()
      else if (key === 'G') setGrid((before) => !before)
      else if (grid) return
      else if (key === 'A') keys.current.judge('ACCEPT')
      else if (key === 'X') keys.current.judge('REJECT')
      else if (key === ' ') keys.current.judge('UNSURE')
      else return
      event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [finishing, grid])

  if (finishing) {
    return (
      <FinalSet
        curation={curation.id}
        project={project}
        before={review.settled}
        onBack={() => setFinishing(false)}
      />
    )
  }
  const finish = () => setFinishing(true)
  return (
    <>
      <h1>{t.review.question}</h1>
      <p className="quiet">
        {t.review.help} <span className="keys">{t.review.keys}.</span>
      </p>
      <Problem error={review.refused} />
      <div className="row modes" role="group" aria-label={words.modes}>
        {([false, true] as const).map((choice) => (
          <button
            key={String(choice)}
            className="small"
            aria-pressed={grid === choice}
            onClick={() => setGrid(choice)}
          >
            {choice ? words.grid : words.single}
          </button>
        ))}
        <span className="quiet keys">
          <kbd>G</kbd>
        </span>
      </div>
      <div className="review">
        <div>
          {current === undefined ? (
            <div className="stage">
              {review.atEnd ? (
                <RoundEnd curation={curation} review={review} onFinish={finish} />
              ) : (
                <Loading text={t.review.fetching} />
              )}
            </div>
          ) : grid ? (
            <GridRound review={review} />
          ) : (
            <div className={current.partner === null ? 'stage' : 'stage pair'}>
              <img
                key={current.id}
                data-testid="candidate"
                data-candidate={current.id}
                src={current.image.url}
                alt={current.image.sees ?? current.image.fileName}
                title={current.image.fileName}
                decoding="sync"
              />
              {current.partner !== null && (
                <figure>
                  <img src={current.partner.url} alt={current.partner.fileName} />
                  <figcaption>{t.review.compare}</figcaption>
                </figure>
              )}
            </div>
          )}
          <div className="verdicts">
            {!grid &&
              (
                [
                  ['ACCEPT', 'accept', 'A'],
                  ['REJECT', 'reject', 'X'],
                  ['UNSURE', 'unsure', '␣'],
                ] as const
              ).map(([value, name, key]) => (
                <button
                  key={value}
                  data-testid={`verdict-${name}`}
                  disabled={current === undefined}
                  onClick={() => judge(value)}
                >
                  {t.review[name]} <kbd>{key}</kbd>
                </button>
              ))}
            <button data-testid="undo" onClick={review.undo}>
              {t.undo} <kbd>Z</kbd>
            </button>
          </div>
        </div>
        <aside>
          <div className="card">
            {current !== undefined && !grid && <Why candidate={current} />}
            <p className="quiet">
              {t.review.round(review.ordinal + 1)} · {t.review.left(review.open.length)}
            </p>
            <p data-testid="verdict-counts">
              {t.review.counts(
                review.counts.accepted,
                review.counts.rejected,
                review.counts.unsure,
              )}
            </p>
            <p className="quiet" role="status">
              {review.sending.away
                ? t.review.retrying
                : review.sending.count > 0
                  ? t.review.saving(review.sending.count)
                  : ''}
            </p>
          </div>
          <Gauge curation={curation} accepted={review.counts.accepted} onFinish={finish} />
        </aside>
      </div>
    </>
  )
}

function RoundEnd({
  curation,
  review,
  onFinish,
}: {
  curation: ReviewedCuration
  review: Review
  onFinish: () => void
}) {
  const { t, language } = useText()
  const { estimate } = curation
  return (
    <Empty text={t.review.roundDone}>
      <p>{sentence(language, estimate.reasonKey, estimate.reasonParams, estimate.reason)}</p>
      <div className="row" style={{ justifyContent: 'center' }}>
        <button
          className={estimate.suggestStop ? '' : 'primary'}
          data-testid="next-round"
          onClick={review.goOn}
        >
          {t.review.next}
        </button>
        <button className={estimate.suggestStop ? 'primary' : ''} onClick={onFinish}>
          {t.review.finish}
        </button>
      </div>
    </Empty>
  )
}

/** The reason in a sentence, and on request every term of the score. */
function Why({ candidate: { reason } }: { candidate: Candidate }) {
  const { t, language } = useText()
  const words = reviewWords[language]
  const terms = Object.entries((reason.terms ?? {}) as Record<string, number>)
  return (
    <>
      <h2>{t.review.why}</h2>
      <p>{sentence(language, reason.key, reason.params, reason.text)}</p>
      {terms.length > 0 && (
        <details className="quiet">
          <summary>{words.terms}</summary>
          <dl className="terms">
            {terms.map(([name, value]) => (
              <div key={name}>
                <dt>{words.term[name] ?? name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  )
}

function Gauge({
  curation: { estimate },
  accepted,
  onFinish,
}: {
  curation: ReviewedCuration
  accepted: number
  onFinish: () => void
}) {
  const { t } = useText()
  const { kappa } = estimate
  const low = Math.max(0, estimate.kappaLow ?? 0)
  const high = Math.max(low, estimate.kappaHigh ?? 0)
  return (
    <div className="card">
      <h2>{t.review.agreement}</h2>
      <div
        className="meter"
        role="meter"
        aria-label={t.review.agreement}
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={Math.max(0, kappa ?? 0)}
      >
        <span style={{ width: `${Math.max(0, kappa ?? 0) * 100}%` }} />
      </div>
      {kappa !== null && (
        <div className="whisker" aria-hidden="true">
          <span style={{ marginLeft: `${low * 100}%`, width: `${(high - low) * 100}%` }} />
        </div>
      )}
      <p>
        {kappa === null
          ? t.review.notYet
          : `${kappa.toFixed(2)} (${(estimate.kappaLow ?? kappa).toFixed(2)}–${(estimate.kappaHigh ?? kappa).toFixed(2)})`}{' '}
        · {t.review.about(estimate.moreLabels)}
      </p>
      <p className="quiet">{t.review.agreementHelp}</p>
      <button
        className="primary"
        data-testid="finish-review"
        disabled={accepted === 0}
        onClick={onFinish}
      >
        {t.review.finish}
      </button>
      {accepted === 0 && <p className="quiet">{t.review.none}</p>}
    </div>
  )
}
