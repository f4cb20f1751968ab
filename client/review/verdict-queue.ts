import { Refusal } from '../graph/ask.ts'

export interface VerdictQueue {
  /** Sends when all before it is done; tried again until the platform answers. */
  add(send: () => Promise<unknown>): void
  /** Resolves when nothing waits. */
  settled(): Promise<void>
}

/** Sends in order, one at a time. `onChange` hears how many wait and whether the platform is away. */
export function createVerdictQueue(
  onChange: (waiting: number, away: boolean) => void,
  onRefused: (refusal: Refusal) => void,
): VerdictQueue {
  const waiting: (() => Promise<unknown>)[] = []
  let work: Promise<void> = Promise.resolve()
  async function drain(): Promise<void> {
    let wait = 500
    while (waiting.length > 0) {
      try {
        await waiting[0]!()
        waiting.shift()
        wait = 500
        onChange(waiting.length, false)
      } catch (error) {
        if (error instanceof Refusal && error.code !== 'UNREACHABLE' && error.code !== 'INTERNAL') {
          waiting.shift()
          onRefused(error)
          onChange(waiting.length, false)
          continue
        }
        onChange(waiting.length, true)
        await new Promise((done) => setTimeout(done, wait))
        wait = Math.min(wait * 2, 8_000)
      }
    }
  }
  return {
    add(send) {
      waiting.push(send)
      onChange(waiting.length, false)
      if (waiting.length === 1) work = drain()
    },
    settled: () => work,
  }
}
