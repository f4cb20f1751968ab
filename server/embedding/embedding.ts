import { Worker } from 'node:worker_threads'
import { embedders } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { EmbedderChoice } from './embedder-source.ts'
import type { Answer, Task } from './embedding-worker.ts'
import type { Rows } from './network.ts'

export interface EmbedOptions {
  readonly signal?: AbortSignal
  readonly batch?: number
  readonly onProgress?: (done: number, total: number) => void
  /** Each finished batch, to be stored as it comes. Batches may come out of order; `from` is the first one's index. */
  readonly onRows?: (
    from: number,
    rows: Float32Array,
    classes: (embedders.ClassScore[] | null)[],
  ) => void | Promise<void>
}

export interface EmbeddingResult {
  readonly dim: number
  /** Unit rows, row i = files[i]; zero where it failed. */
  readonly vectors: Float32Array
  /** The five likeliest classes, best first; null where there are none. */
  readonly classes: (embedders.ClassScore[] | null)[]
  readonly failed: { index: number; message: string }[]
}

/** Turns pictures into vectors in worker threads; the event loop stays free. */
export interface Embedding extends AsyncDisposable {
  embed(
    choice: EmbedderChoice,
    files: readonly { readonly path: string }[],
    options?: EmbedOptions,
  ): Promise<EmbeddingResult>
  /** BAD_INPUT for an embedder without a text side. */
  embedText(choice: EmbedderChoice, texts: readonly string[]): Promise<Float32Array>
}

interface Waiting {
  readonly resolve: (rows: Rows) => void
  readonly reject: (error: Error) => void
}

interface Bench {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
}

export function createEmbedding(
  options: { workers?: number; threads?: number; idleMs?: number } = {},
): Embedding {
  const { workers = 1, threads = 1, idleMs = 120_000 } = options
  const benches: (Bench | null)[] = Array.from({ length: workers }, () => null)
  let next = 0
  let busy = 0
  let closed = false
  let idle: NodeJS.Timeout | null = null

  function benchAt(index: number): Bench {
    const there = benches[index]
    if (there !== null && there !== undefined) return there
    const worker = new Worker(new URL('./embedding-worker.ts', import.meta.url))
    const bench: Bench = { worker, waiting: new Map() }
    const gone = (message: string): void => {
      if (benches[index] === bench) benches[index] = null
      for (const { reject } of bench.waiting.values()) reject(unavailable(message))
      bench.waiting.clear()
    }
    worker.on('message', (answer: Answer) => {
      const waiting = bench.waiting.get(answer.id)
      bench.waiting.delete(answer.id)
      if (answer.ok) waiting?.resolve(answer.rows)
      else waiting?.reject(unavailable(answer.message))
    })
    worker.on('error', (error: Error) => gone(error.message))
    worker.on('exit', () => gone('its thread ended'))
    // A waiting thread alone does not keep the process alive; whoever awaits an answer holds it.
    worker.unref()
    benches[index] = bench
    return bench
  }

  async function ask(index: number, task: Omit<Task, 'id' | 'threads'>): Promise<Rows> {
    if (closed) throw unavailable('it was closed')
    if (idle !== null) clearTimeout(idle)
    idle = null
    busy += 1
    const bench = benchAt(index)
    const id = (next += 1)
    bench.worker.ref()
    try {
      return await new Promise<Rows>((resolve, reject) => {
        bench.waiting.set(id, { resolve, reject })
        bench.worker.postMessage({ ...task, id, threads } satisfies Task)
      })
    } finally {
      if (bench.waiting.size === 0) bench.worker.unref()
      busy -= 1
      if (busy === 0 && !closed) idle = setTimeout(() => void stop(), idleMs).unref()
    }
  }

  async function stop(): Promise<void> {
    await Promise.all(
      benches.map(async (bench, index) => {
        benches[index] = null
        await bench?.worker.terminate()
      }),
    )
  }

  return {
    async embed(choice, files, settings = {}) {
      const { signal, batch = 8, onProgress, onRows } = settings
      const vectors = new Float32Array(files.length * choice.dim)
      const classes: EmbeddingResult['classes'] = files.map(() => null)
      const failed: EmbeddingResult['failed'] = []
      let start = 0
      let done = 0
      const takeAll = async (index: number): Promise<void> => {
        while (start < files.length) {
          signal?.throwIfAborted()
          const from = start
          const part = files.slice(from, from + Math.max(1, batch))
          start += part.length
          const paths = part.map(({ path }) => path)
          const found = await ask(index, { choice, paths, texts: null })
          signal?.throwIfAborted()
          if (found.rows.length !== part.length * choice.dim)
            throw unavailable(
              `it gave ${found.rows.length / part.length} numbers, not ${choice.dim}`,
            )
          vectors.set(found.rows, from * choice.dim)
          found.classes.forEach((item, row) => {
            classes[from + row] = item
          })
          for (const { index: row, message } of found.failed)
            failed.push({ index: from + row, message })
          await onRows?.(from, found.rows, found.classes)
          done += part.length
          onProgress?.(done, files.length)
        }
      }
      await Promise.all(
        benches.map((_, index) =>
          takeAll(index).catch((error: unknown) => {
            // One batch failed for good: the other threads start no more.
            start = files.length
            throw error
          }),
        ),
      )
      failed.sort((a, b) => a.index - b.index)
      return { dim: choice.dim, vectors, classes, failed }
    },

    async embedText(choice, texts) {
      if (embedders.embedderById(choice.id)?.hasText !== true)
        throw new DomainError(
          'BAD_INPUT',
          'Searching by words needs CLIP; the embedder in use knows pictures only.',
          { embedder: choice.id },
        )
      return (await ask(0, { choice, paths: null, texts })).rows
    },

    async [Symbol.asyncDispose]() {
      closed = true
      if (idle !== null) clearTimeout(idle)
      await stop()
    },
  }
}

function unavailable(message: string): DomainError {
  return new DomainError(
    'UNAVAILABLE',
    'The pictures could not be compared: the embedder stopped. Try again; if it stays so, choose another embedder.',
    { cause: message.slice(0, 300) },
  )
}
