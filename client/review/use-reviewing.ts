import { useEffect, useRef, useState } from 'react'
import { act, ask, useDoing, type Refusal } from '../graph/ask.ts'
import {
  ReviewCounts,
  RoundNext,
  VerdictRecord,
  VerdictUndo,
  type Candidate,
  type Counts,
  type ReviewedCuration,
  type Value,
} from './review-queries.ts'
import { createVerdictQueue } from './verdict-queue.ts'

/** So few pictures left, the next round is asked for: it is there before the last key is pressed. */
const ahead = 5
/** So many pictures are fetched and decoded before they are shown. */
const fetched = 10

/** The state of a review under way: what waits, what was said here, and how the next pictures come. */
export interface Review {
  /** What waits, in order. */
  readonly open: readonly Candidate[]
  readonly ordinal: number
  /** Nothing waits and nothing comes by itself: the person says what now. */
  readonly atEnd: boolean
  readonly refused: Refusal | null
  readonly sending: { readonly count: number; readonly away: boolean }
  readonly counts: Counts
  judge(candidate: string, value: Value): void
  undo(): void
  /** Goes on: the next round now, and from here on each round without a stop until one is suggested. */
  goOn(): void
  settled(): Promise<void>
}

const tally = (values: Iterable<Value>): Counts => {
  const all = { ACCEPT: 0, REJECT: 0, UNSURE: 0 }
  for (const value of values) all[value] += 1
  return { accepted: all.ACCEPT, rejected: all.REJECT, unsure: all.UNSURE }
}

/** Keeps a review going: verdicts are shown at once and sent in order, the next pictures are fetched ahead. */
export function useReviewing(curation: ReviewedCuration, again: () => void): Review {
  const [known, setKnown] = useState(curation.waiting)
  const [verdicts, setVerdicts] = useState<ReadonlyMap<string, Value>>(new Map())
  const [ordinal, setOrdinal] = useState(curation.round?.ordinal ?? 0)
  // What stood when the page opened; what was said here is added to it.
  const [base, setBase] = useState(curation.verdicts)
  // Judged on this page, newest last: what undo takes back first.
  const order = useRef<string[]>([])
  const [sending, setSending] = useState({ count: 0, away: false })
  const [refused, setRefused] = useState<Refusal | null>(null)
  const queue = useRef<ReturnType<typeof createVerdictQueue> | null>(null)
  queue.current ??= createVerdictQueue((count, away) => setSending({ count, away }), setRefused)
  const shownAt = useRef(performance.now())
  const doing = useDoing()
  const [flow, setFlow] = useState<'stop' | 'on' | 'past'>('stop')
  const [usedUp, setUsedUp] = useState(false)
  const open = known.filter((it) => !verdicts.has(it.id))
  const current = open[0]?.id

  const pictures = useRef(new Map<string, HTMLImageElement>())
  useEffect(() => {
    shownAt.current = performance.now()
    // Kept, so that the browser does not throw a decoded picture away before its turn.
    const kept = new Map<string, HTMLImageElement>()
    for (const { image } of open.slice(0, fetched + 1)) {
      let picture = pictures.current.get(image.url)
      if (picture === undefined) {
        picture = new Image()
        picture.src = image.url
        void picture.decode().catch(() => undefined)
      }
      kept.set(image.url, picture)
    }
    pictures.current = kept
  }, [current, known])

  const nextRound = async () => {
    const { roundNext } = await act(RoundNext, { id: crypto.randomUUID(), curation: curation.id })
    const fresh = roundNext.candidates.edges?.flatMap((edge) => edge?.node ?? []) ?? []
    setOrdinal(roundNext.ordinal)
    setKnown((before) => {
      const there = new Set(before.map(({ id }) => id))
      return [...before, ...fresh.filter(({ id }) => !there.has(id))]
    })
    again()
  }
  const goesOn = flow === 'past' || (flow === 'on' && !curation.estimate.suggestStop)
  // After a failure the person says when to go on.
  const flows = goesOn && !usedUp && doing.error === null
  useEffect(() => {
    if (!flows || open.length > ahead) return
    doing.run(() =>
      nextRound().catch((error: Refusal) => {
        // The pool is used up: no failure, the end.
        if (error.code !== 'ILLEGAL_STATE') throw error
        setUsedUp(true)
      }),
    )
  }, [flows, open.length, doing.busy])

  // The estimate is of the round before: read anew when all of it is judged.
  const read = useRef(false)
  useEffect(() => {
    if (open.length > 0) read.current = false
    else if (!read.current) {
      read.current = true
      void queue.current?.settled().then(again)
    }
  }, [open.length, again])

  const said = tally(verdicts.values())
  return {
    open,
    ordinal,
    atEnd: open.length === 0 && !flows && !doing.busy,
    refused: refused ?? doing.error,
    sending,
    counts: {
      accepted: base.accepted + said.accepted,
      rejected: base.rejected + said.rejected,
      unsure: base.unsure + said.unsure,
    },
    judge(candidate, value) {
      const id = crypto.randomUUID()
      const milliseconds = Math.min(Math.round(performance.now() - shownAt.current), 3_600_000)
      setVerdicts((before) => new Map(before).set(candidate, value))
      order.current.push(candidate)
      queue.current?.add(() => act(VerdictRecord, { id, candidate, value, milliseconds }))
    },
    undo() {
      const last = order.current.pop()
      if (last !== undefined) {
        queue.current?.add(() => act(VerdictUndo, { curation: curation.id }))
        setVerdicts((before) => {
          const after = new Map(before)
          after.delete(last)
          return after
        })
        return
      }
      // None of this page is left: the newest on the server comes back to be judged anew.
      queue.current?.add(async () => {
        const { verdictUndo } = await act(VerdictUndo, { curation: curation.id })
        const { node } = await ask(ReviewCounts, { curation: curation.id })
        if (node?.__typename === 'Curation') setBase(node.verdicts)
        setKnown((before) => [verdictUndo, ...before.filter(({ id }) => id !== verdictUndo.id)])
      })
    },
    goOn() {
      setFlow(curation.estimate.suggestStop ? 'past' : 'on')
      setUsedUp(false)
      doing.run(async () => {
        await queue.current?.settled()
        await nextRound()
      })
    },
    settled: () => queue.current?.settled() ?? Promise.resolve(),
  }
}
