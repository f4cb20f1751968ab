import { Worker } from 'node:worker_threads'
import { DomainError } from '#schema/domain/errors.ts'
import type { PoolVectors } from '../pool/pool-embedding.ts'
import type { Answer, Calls, Task } from './curator-worker.ts'

/**
 * The curator in a thread of its own: a large pool never holds up the event loop. A pool's vectors are sent once (shared,
 * not copied, when they lie in shared memory), and the thread remembers what it made of them.
 */
export interface Curator {
  /** @throws DomainError what the intelligence layer throws; INTERNAL error when the thread ends */
  ask<C extends keyof Calls>(
    call: C,
    pool: PoolVectors,
    input: Parameters<Calls[C]>[1],
  ): Promise<ReturnType<Calls[C]>>
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

const poolsKept = 4

export function createCurator(): Curator {
  const keys = new WeakMap<PoolVectors, number>()
  let lastKey = 0
  let lastId = 0
  let closed = false
  let bench: { worker: Worker; waiting: Map<number, Waiting>; pools: number[] } | null = null

  function open(): NonNullable<typeof bench> {
    if (bench !== null) return bench
    const worker = new Worker(new URL('./curator-worker.ts', import.meta.url))
    const opened = { worker, waiting: new Map<number, Waiting>(), pools: [] as number[] }
    const gone = (message: string): void => {
      if (bench === opened) bench = null
      for (const { reject } of opened.waiting.values())
        reject(new Error(`The curator's thread ended: ${message}`))
      opened.waiting.clear()
    }
    worker.on('message', (answer: Answer) => {
      const waiting = opened.waiting.get(answer.id)
      opened.waiting.delete(answer.id)
      if (opened.waiting.size === 0) worker.unref()
      if (answer.ok) waiting?.resolve(answer.value)
      else if (answer.code === null) waiting?.reject(new Error(answer.message))
      else waiting?.reject(new DomainError(answer.code, answer.message, answer.facts))
    })
    worker.on('error', (error: Error) => gone(error.message))
    worker.on('exit', () => gone('it exited'))
    worker.unref()
    bench = opened
    return opened
  }

  return {
    async ask(call, pool, input) {
      if (closed) throw new Error('The curator was closed.')
      const { worker, waiting, pools } = open()
      let poolKey = keys.get(pool)
      if (poolKey === undefined) {
        poolKey = lastKey += 1
        keys.set(pool, poolKey)
      }
      const at = pools.indexOf(poolKey)
      if (at >= 0) pools.splice(at, 1)
      pools.push(poolKey)
      const forget = pools.splice(0, Math.max(0, pools.length - poolsKept))
      const id = (lastId += 1)
      worker.ref()
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }))
      worker.postMessage({
        id,
        poolKey,
        pool: at >= 0 ? null : pool,
        forget,
        call,
        input,
      } satisfies Task)
      return (await answer) as ReturnType<Calls[typeof call]>
    },
    async close() {
      closed = true
      await bench?.worker.terminate()
    },
  }
}
