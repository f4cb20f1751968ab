import { useEffect } from 'react'
import { useAsk } from '../graph/ask.ts'
import { graphql } from '../graph/graphql.ts'
import { reasonText } from '../queue/reasons.ts'
import { formatSeconds } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Link } from '../ui/Route.tsx'

const PlaceQuery = graphql(`
  query RunPlace($run: ID!) {
    queueEntry(run: $run) {
      position
      queue
      expectedStart
      reasons {
        code
        params
      }
    }
  }
`)

/** Where a waiting run stands in the queue, when it is expected to start, and why it waits. */
export function Waiting({ run }: { run: string }) {
  const { t } = useText()
  const { data, again } = useAsk(PlaceQuery, { run })
  useEffect(() => {
    const timer = setInterval(again, 3_000)
    return () => clearInterval(timer)
  }, [again])
  const entry = data?.queueEntry
  if (entry == null || entry.position === null) return null
  const seconds =
    entry.expectedStart === null
      ? null
      : (new Date(entry.expectedStart).getTime() - Date.now()) / 1000
  return (
    <div className="card" data-testid="run-waits" role="status">
      <p>
        <strong>{t.queue.place(entry.position, entry.queue)}</strong>
        {seconds !== null &&
          ` · ${t.queue.expected}: ${seconds < 30 ? t.queue.now : t.queue.about(formatSeconds(seconds, t))}`}
      </p>
      <ul className="reasons">
        {entry.reasons.map((reason) => (
          <li key={reason.code + JSON.stringify(reason.params)}>{reasonText(reason, t)}</li>
        ))}
      </ul>
      <Link to="/queue">{t.queue.toQueue}</Link>
    </div>
  )
}
