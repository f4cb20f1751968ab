import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { WebSocketServer } from 'ws'
import { schema } from '#schema/index.ts'
import type { Ports } from '#schema/ports.ts'
import { openDataFolder } from '#server/db/data-folder.ts'
import { openDatabase } from '#server/db/pool.ts'
import { createSocket } from '#server/http/socket.ts'
import { appendRunEvent } from '#server/live/log.ts'
import { makeEngine } from '#test/engine/make-engine.ts'
import { makeRun } from '#test/engine/make-run.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'
import { percentile, report, type Measure } from './report.ts'
import type { Delivered, Expect, Subscribers } from './subscribers.ts'

const sockets = 4
const perSocket = 50
const subscribers = sockets * perSocket
const query = 'subscription ($run: ID!) { runEvents(run: $run) { cursor events { message } } }'
const paced = { events: 60, pauseMs: 50 }
const burst = 100
const goalMs = 250

const clock = () => performance.timeOrigin + performance.now()

interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
}

/** Sends to subscribers in a thread of their own: first at a steady pace for the delay, then all at once. */
async function measure(
  settings: Pick<Subscribers, 'url' | 'query' | 'run'>,
  send: (message: string) => Promise<void>,
): Promise<Figures> {
  const workerData: Subscribers = { ...settings, sockets, perSocket }
  const worker = new Worker(new URL('./subscribers.ts', import.meta.url), { workerData })
  const arrived = async (events: number): Promise<Delivered> => {
    const told = once(worker, 'message')
    worker.postMessage({ deliveries: events * subscribers } satisfies Expect)
    const [delivered] = (await told) as [Delivered]
    return delivered
  }
  try {
    // What is stored before a subscriber comes is delivered too, so none is missed; that one counts for nothing.
    await sleep(1_500)
    await send(String(clock()))
    await arrived(1)

    for (let index = 0; index < paced.events; index += 1) {
      await Promise.all([send(String(clock())), sleep(paced.pauseMs)])
    }
    const { latencies } = await arrived(paced.events)

    const begun = clock()
    for (let index = 0; index < burst; index += 1) await send(String(clock()))
    const { deliveries, lastAt } = await arrived(burst)
    return {
      perSecond: (deliveries * 1_000) / (lastAt - begun),
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
    }
  } finally {
    await worker.terminate()
  }
}

/** From the transaction that appends an event to the message at a subscriber: table, notice, outbox, GraphQL. */
async function throughOutbox(kind: 'pglite' | 'postgres'): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'autodidact-bench-'))
  try {
    await using test = await makeTestDatabase(kind)
    await using database = await openDatabase(test.config)
    await using dataFolder = await openDataFolder(join(folder, 'data'))
    // Not started: nothing else is appended to the run.
    await using engine = makeEngine(database, dataFolder, folder)
    const run = await makeRun(database.db)
    const http = createServer()
    const socket = createSocket(http, {
      schema,
      introspection: false,
      log: (message, facts) => console.error(message, facts),
      allowed: () => true,
      context: () => Promise.resolve({ ports: { runs: engine.runs } as Ports, viewer: run.viewer }),
    })
    try {
      const settings = {
        url: await listen(http),
        query,
        run: Buffer.from(`Run:${run.id}`).toString('base64'),
      }
      return await measure(settings, (message) =>
        database.db.transaction().execute(async (trx) => {
          await appendRunEvent(trx, run.id, { kind: 'PROGRESS', message })
        }),
      )
    } finally {
      await socket.close()
      http.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same messages without a database and GraphQL. */
async function bare(): Promise<Figures> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  try {
    const settings = { url: await listen(http), query: null, run: '' }
    return await measure(settings, async (message) => {
      const cursor = Buffer.from(`${'0'.repeat(36)}:1`).toString('base64url')
      const data = { runEvents: { cursor, events: [{ message }] } }
      for (const client of server.clients) {
        for (let id = 0; id < perSocket; id += 1) {
          client.send(
            JSON.stringify({ id: String(id).padStart(36), type: 'next', payload: { data } }),
          )
        }
      }
      await new Promise((done) => setImmediate(done))
    })
  } finally {
    for (const client of server.clients) client.terminate()
    server.close()
    http.close()
  }
}

/** Live events to two hundred subscribers of one run. */
export async function events(): Promise<void> {
  const baseline = await bare()
  const measures: Measure[] = []
  for (const kind of databaseKinds) {
    const own = await throughOutbox(kind)
    const pace = `${1_000 / paced.pauseMs} events/s to ${subscribers} subscribers, ${kind}`
    measures.push(
      {
        name: `deliveries to ${subscribers} subscribers, appended one by one, ${kind}`,
        value: own.perSecond,
        unit: 'events/s',
        goal: null,
        baseline: baseline.perSecond,
        holds: null,
      },
      {
        name: `p50 event to subscriber, ${pace}`,
        value: own.p50,
        unit: 'ms',
        goal: null,
        baseline: baseline.p50,
        holds: null,
      },
      {
        name: `p99 event to subscriber, ${pace}`,
        value: own.p99,
        unit: 'ms',
        goal: `<= ${goalMs}`,
        baseline: baseline.p99,
        holds: own.p99 <= goalMs,
      },
    )
  }
  report('events', measures)
}
