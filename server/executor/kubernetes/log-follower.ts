import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError, type ClusterApi } from './api.ts'
import type { AttemptLog } from './attempt-log.ts'
import { mainContainer } from './job-manifest.ts'

export interface FollowerOptions {
  readonly api: ClusterApi
  readonly namespace: string
  readonly pod: string
  readonly log: AttemptLog
  /** Whether the container has ended, as far as is known now. */
  ended(): boolean
  /** Until something of the pod has changed, but no longer than this. */
  changed(ms: number, signal: AbortSignal): Promise<void>
  /** Something was appended. */
  heard(): void
  readonly idleMs?: number
}

/** The rest of a longer line is left out. */
const maxLineBytes = 1024 * 1024
/** After a stream's end, for as long as nothing is heard of the container's; it doubles while they say nothing. */
const firstPauseMs = 200
const maxPauseMs = 10_000

function shortened(line: string): string {
  return line.length > maxLineBytes ? `${line.slice(0, maxLineBytes)} [...]` : line
}

/**
 * Follows one container's log into the attempt's file until it has all of it: one connection however many people look on,
 * without a limit on its length; a cut one goes on by time stamp.
 */
export async function followLog(options: FollowerOptions, signal: AbortSignal): Promise<void> {
  const { api, namespace, pod, log } = options
  let failures = 0
  /** Streams in a row that ended well, said nothing and whose container goes on. */
  let silences = 0
  while (!signal.aborted) {
    await log.open()
    const overlap = log.overlap()
    // Known before the stream begins: what ends then is whole.
    const last = options.ended()
    try {
      const { status, body, stream } = await api.stream(
        `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
        {
          query: {
            container: mainContainer,
            follow: !last,
            timestamps: true,
            ...(log.since === null ? {} : { sinceTime: log.since }),
          },
          signal,
          // A step may say nothing for long; the server's keep-alive finds a dead connection within this time.
          idleMs: options.idleMs ?? 120_000,
        },
      )
      if (stream === null) {
        // The pod is gone, or its container never began.
        if (status === 404 || (last && status === 400)) return
        throw new ClusterError('log', { status, body })
      }
      failures = 0
      silences += 1
      let rest: Buffer = Buffer.alloc(0)
      for await (const piece of stream as AsyncIterable<Buffer>) {
        silences = 0
        const end = piece.lastIndexOf(10)
        if (end >= 0) {
          const lines = Buffer.concat([rest, piece.subarray(0, end)])
            .toString('utf8')
            .split('\n')
          await log.append(lines.map(shortened), overlap)
          rest = Buffer.from(piece.subarray(end + 1))
          options.heard()
        } else if (rest.length < maxLineBytes) rest = Buffer.concat([rest, piece])
      }
      if (last) {
        if (rest.length > 0) await log.append([shortened(rest.toString('utf8'))], overlap)
        options.heard()
        return
      }
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      // After it has ended there is not much use in waiting for long: the node may be gone for good.
      if (last && failures >= 12) throw error
    }
    if (failures === 0) {
      // It mostly ends because its container did, which the watch of the pod is about to tell.
      const most = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.max(0, silences - 1))
      const until = performance.now() + most
      for (let left = most; left > 0 && !options.ended() && !signal.aborted;) {
        await options.changed(left, signal)
        left = until - performance.now()
      }
    } else {
      const wait = Math.min(maxPauseMs, 250 * 2 ** Math.min(failures, 6))
      await sleep(wait, undefined, { signal }).catch(() => undefined)
    }
  }
}
