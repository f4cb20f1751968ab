import { parentPort } from 'node:worker_threads'
import { curation } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { PoolVectors } from '../pool/pool-embedding.ts'

/** What the thread can do: each takes the pool and one argument of plain data. */
const calls = {
  selectRound: (pool: PoolVectors, input: CallInput<typeof curation.selectRound>) =>
    curation.selectRound({ ...pool, ...input }),
  estimate: (pool: PoolVectors, input: CallInput<typeof curation.estimate>) =>
    curation.estimate({ ...pool, ...input }),
  finalSet: (pool: PoolVectors, input: CallInput<typeof curation.finalSet>) =>
    curation.finalSet({ ...pool, ...input }),
  suspects: (pool: PoolVectors, input: CallInput<typeof curation.suspects>) =>
    curation.suspects({ ...pool, ...input }),
  representation: (pool: PoolVectors, input: CallInput<typeof curation.representation>) =>
    curation.representation({ ...pool, ...input }),
  nearest: (pool: PoolVectors, input: { query: Float32Array; size: number }) =>
    curation.nearest({ ...pool, ...input }),
}

type PoolKeys = 'ids' | 'vectors' | 'dim' | 'quality'
type CallInput<F extends (input: never) => unknown> = Omit<Parameters<F>[0], PoolKeys>
export type Calls = typeof calls

export interface Task {
  readonly id: number
  readonly poolKey: number
  /** Sent with the first task on the pool. */
  readonly pool: PoolVectors | null
  readonly forget: readonly number[]
  readonly call: keyof Calls
  readonly input: unknown
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number
      readonly ok: false
      readonly code: DomainError['code'] | null
      readonly message: string
      readonly facts: DomainError['facts']
    }

const port = parentPort!
const pools = new Map<number, PoolVectors>()

port.on('message', (task: Task) => {
  for (const key of task.forget) pools.delete(key)
  if (task.pool !== null) pools.set(task.poolKey, task.pool)
  let answer: Answer
  try {
    const pool = pools.get(task.poolKey)!
    const work = calls[task.call] as (pool: PoolVectors, input: unknown) => unknown
    answer = { id: task.id, ok: true, value: work(pool, task.input) }
  } catch (error) {
    answer = {
      id: task.id,
      ok: false,
      code: error instanceof DomainError ? error.code : null,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      facts: error instanceof DomainError ? error.facts : {},
    }
    if (error instanceof DomainError) answer = { ...answer, message: error.message }
  }
  port.postMessage(answer)
})
