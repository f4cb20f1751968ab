import { useEffect, useMemo, useRef, useState } from 'react'
import { ask } from '../graph/ask.ts'
import { graphql } from '../graph/graphql.ts'
import { useWatch } from '../graph/watch.ts'
import { useText } from '../text/Text.tsx'
import { ansiSpans } from './ansi.ts'

const LogQuery = graphql(`
  query StepLog($step: ID!, $from: Float, $max: Int) {
    node(id: $step) {
      __typename
      ... on Step {
        id
        log(from: $from, max: $max) {
          text
          from
          to
          size
          ended
        }
      }
    }
  }
`)
const LogLive = graphql(`
  subscription StepLogLive($step: ID!, $from: Float) {
    stepLog(step: $step, from: $from) {
      text
      from
      to
      size
      ended
      attempt
    }
  }
`)

const chunk = 64_000
const lineHeight = 18

/** The end of a step's log, live; only the lines in view are drawn, so that 100,000 open at once. */
export function RunLog({ step, over = false }: { step: string; over?: boolean }) {
  const { t } = useText()
  const [start, setStart] = useState<number | null>(null)
  const [text, setText] = useState('')
  const [follow, setFollow] = useState(true)
  const [search, setSearch] = useState('')
  const [hit, setHit] = useState(0)
  const [top, setTop] = useState(0)
  const position = useRef(0)
  const attempt = useRef<string | null>(null)
  const ended = useRef(false)
  const pane = useRef<HTMLDivElement>(null)

  useEffect(() => {
    let wanted = true
    // Only its size is needed: the live stream brings the text.
    ask(LogQuery, { step, from: 0, max: 1 }).then(
      ({ node }) => {
        if (!wanted) return
        const from = node?.__typename === 'Step' ? Math.max(0, node.log.size - chunk) : 0
        position.current = from
        setStart(from)
      },
      () => wanted && setStart(0),
    )
    return () => {
      wanted = false
    }
  }, [step])
  useWatch(
    {
      document: LogLive,
      variables: () => ({ step, from: position.current }),
      hear({ stepLog }) {
        ended.current = stepLog.ended
        // A new attempt has a log of its own, from its first byte.
        if (
          attempt.current !== null &&
          stepLog.attempt !== null &&
          stepLog.attempt !== attempt.current
        ) {
          setText(stepLog.text)
          setStart(stepLog.from)
        } else if (stepLog.from >= position.current) setText((before) => before + stepLog.text)
        attempt.current = stepLog.attempt
        position.current = stepLog.to
      },
      more: () => !ended.current,
    },
    start === null ? null : step,
  )
  const lines = useMemo(() => {
    const all = text.split('\n')
    if (all.at(-1) === '') all.pop()
    return all
  }, [text])
  const hits = useMemo(() => {
    const wanted = search.toLowerCase()
    return wanted === ''
      ? []
      : lines.flatMap((line, at) => (line.toLowerCase().includes(wanted) ? [at] : []))
  }, [lines, search])
  useEffect(() => {
    if (follow && pane.current !== null) pane.current.scrollTop = pane.current.scrollHeight
  }, [follow, lines])
  const goTo = (index: number) => {
    const line = hits[index]
    if (line === undefined || pane.current === null) return
    setFollow(false)
    setHit(index)
    pane.current.scrollTop = line * lineHeight - 100
  }
  const earlier = async () => {
    if (start === null || start === 0) return
    const from = Math.max(0, start - chunk)
    const { node } = await ask(LogQuery, { step, from, max: start - from })
    if (node?.__typename !== 'Step') return
    setText((before) => node.log.text + before)
    setStart(node.log.from)
  }
  const first = Math.max(0, Math.floor(top / lineHeight) - 10)
  const visible = lines.slice(first, first + 50)
  return (
    <>
      <div className="row">
        <input
          type="search"
          aria-label={t.run.search}
          placeholder={t.run.search}
          value={search}
          onChange={(event) => {
            setSearch(event.target.value)
            setHit(0)
          }}
          onKeyDown={(event) =>
            event.key === 'Enter' && goTo(hits.length === 0 ? 0 : (hit + 1) % hits.length)
          }
        />
        {search !== '' && (
          <>
            <span role="status">{t.run.found(hits.length, hit + 1)}</span>
            <button
              className="small"
              onClick={() => goTo(hits.length === 0 ? 0 : (hit + 1) % hits.length)}
            >
              {t.run.next}
            </button>
          </>
        )}
        <button className="small" aria-pressed={follow} onClick={() => setFollow(!follow)}>
          {t.run.follow}
        </button>
        {start !== null && start > 0 && (
          <button className="small" onClick={() => void earlier().catch(() => undefined)}>
            {t.run.earlier}
          </button>
        )}
      </div>
      <br />
      <div
        className="log"
        data-testid="run-log"
        ref={pane}
        tabIndex={0}
        role="region"
        aria-label={t.run.log}
        onWheel={(event) => event.deltaY < 0 && setFollow(false)}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        {lines.length === 0 && (
          <p style={{ padding: '0 .7rem' }}>{over ? t.run.logNone : t.run.logEmpty}</p>
        )}
        <div style={{ height: lines.length * lineHeight, position: 'relative' }}>
          {visible.map((line, at) => (
            <div
              key={first + at}
              className={hits[hit] === first + at ? 'hit' : ''}
              style={{ top: (first + at) * lineHeight }}
            >
              {ansiSpans(line).map((span, index) => (
                <span key={index} className={span.className}>
                  {span.text}
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </>
  )
}
