import type { OpenDatabase } from '../db/pool.ts'

/** At most four a second: newest wins, nothing is queued. */
const pauseMs = 250
/** A notice can be missed: look again now and then anyway. */
const pollMs = 5_000

/**
 * A present-style stream: yields once at the start, then when a wanted notice has come since the last yield,
 * and every few seconds even without one. The consumer reads the newest state itself, so nothing queues up.
 *
 * @param wanted which payloads of the channel matter
 */
export async function* latestOf(
  database: OpenDatabase,
  channel: string,
  wanted: (payload: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<void> {
  let dirty = true
  let wake: (() => void) | null = null
  const stir = () => {
    dirty = true
    wake?.()
  }
  const stop = await database.listen(channel, (payload) => {
    if (payload === null || wanted(payload)) stir()
  })
  const poll = setInterval(stir, pollMs)
  signal?.addEventListener('abort', stir)
  try {
    while (signal?.aborted !== true) {
      if (!dirty) {
        await new Promise<void>((done) => {
          wake = done
        })
        wake = null
        continue
      }
      dirty = false
      yield
      await new Promise((done) => setTimeout(done, pauseMs))
    }
  } finally {
    clearInterval(poll)
    signal?.removeEventListener('abort', stir)
    await stop()
  }
}
