import { parentPort } from 'node:worker_threads'
import sharp from 'sharp'
import type { EmbedderChoice } from './embedder-source.ts'
import { openNetwork, type Network, type Rows } from './network.ts'

export interface Task {
  readonly id: number
  readonly choice: EmbedderChoice
  readonly threads: number
  readonly paths: readonly string[] | null
  readonly texts: readonly string[] | null
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly rows: Rows }
  | { readonly id: number; readonly ok: false; readonly message: string }

// Inference blocks its thread, so it has one of its own.
const port = parentPort!
sharp.concurrency(1)
sharp.cache(false)

let opened: { key: string; network: Promise<Network> } | null = null

function networkOf(task: Task): Promise<Network> {
  const key = JSON.stringify(task.choice.source)
  if (opened?.key !== key) {
    const network = openNetwork(task.choice, task.threads)
    opened = { key, network }
    network.catch(() => {
      opened = null
    })
  }
  return opened.network
}

async function work(task: Task): Promise<Rows> {
  const network = await networkOf(task)
  if (task.texts !== null) return { rows: await network.texts(task.texts), classes: [], failed: [] }
  return network.pictures(task.paths ?? [])
}

let last: Promise<unknown> = Promise.resolve()
port.on('message', (task: Task) => {
  last = last.then(async () => {
    let answer: Answer
    try {
      answer = { id: task.id, ok: true, rows: await work(task) }
    } catch (error) {
      answer = {
        id: task.id,
        ok: false,
        message: error instanceof Error ? error.message : String(error),
      }
    }
    port.postMessage(answer, answer.ok ? [answer.rows.rows.buffer as ArrayBuffer] : [])
  })
})
