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
  /** Something was appended. */
  heard(): void
  readonly idleMs?: number
}

const maxLineBytes = 1024 * 1024

/**
 * Follows one container's log into the attempt's file until it has all of it: one connection however many people look on,
 * without a limit on its length; a cut one goes on by time stamp.
 */
export async function followLog(options: FollowerOptions, signal: AbortSignal): Promise<void> {
  const { api, namespace, pod, log } = options
  await log.open()
  let failures = 0
  while (!signal.aborted) {
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
      let rest: Buffer = Buffer.alloc(0)
      for await (const piece of stream as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
        const end = rest.lastIndexOf(10)
        if (end < 0 && rest.length < maxLineBytes) continue
        const cut = end < 0 ? rest.length : end
        await log.append(rest.subarray(0, cut).toString('utf8').split('\n'), overlap)
        rest = rest.subarray(cut + (end < 0 ? 0 : 1))
        options.heard()
      }
      if (last) {
        if (rest.length > 0) await log.append([rest.toString('utf8')], overlap)
        options.heard()
        return
      }
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      // After it has ended there is not much use in waiting: the node may be gone for good.
      if (last && failures >= 5) throw error
    }
    const wait = failures === 0 ? 200 : Math.min(10_000, 250 * 2 ** Math.min(failures, 6))
    await sleep(wait, undefined, { signal }).catch(() => undefined)
  }
}
