// A worker with many subscribers over a few sockets; tells how long each message took.
import { parentPort, workerData } from 'node:worker_threads'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'

export interface Subscribers {
  readonly url: string
  readonly sockets: number
  readonly perSocket: number
  /** Null: bare WebSockets, where every message is one event for one subscriber. */
  readonly query: string | null
  readonly run: string
}

/** After so many deliveries, tell. */
export interface Expect {
  readonly deliveries: number
}

export interface Delivered {
  readonly deliveries: number
  readonly latencies: number[]
  /** On the clock of `performance.timeOrigin + performance.now()`. */
  readonly lastAt: number
}

interface Message {
  readonly data?: { readonly runEvents: { readonly events: { readonly message: string }[] } } | null
  readonly errors?: readonly unknown[]
}

const { url, sockets, perSocket, query, run } = workerData as Subscribers
const port = parentPort!
let latencies: number[] = []
let expected = Infinity
let lastAt = 0

function tell(): void {
  if (latencies.length < expected) return
  port.postMessage({ deliveries: latencies.length, latencies, lastAt } satisfies Delivered)
  latencies = []
  expected = Infinity
}

function take({ data, errors }: Message): void {
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  lastAt = performance.timeOrigin + performance.now()
  // The message of an event is when it was sent.
  for (const { message } of data?.runEvents.events ?? []) latencies.push(lastAt - Number(message))
  tell()
}

port.on('message', ({ deliveries }: Expect) => {
  expected = deliveries
  tell()
})

for (let index = 0; index < sockets; index += 1) {
  if (query === null) {
    const socket = new WebSocket(url)
    socket.on('message', (text: Buffer) => {
      take((JSON.parse(text.toString()) as { payload: Message }).payload)
    })
    continue
  }
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, lazy: false })
  for (let subscription = 0; subscription < perSocket; subscription += 1) {
    client.subscribe<NonNullable<Message['data']>>(
      { query, variables: { run } },
      {
        next: (result) => take(result as Message),
        error: (error) => {
          throw error instanceof Error ? error : new Error(JSON.stringify(error))
        },
        complete: () => undefined,
      },
    )
  }
}
