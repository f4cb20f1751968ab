// A worker that asks the same thing again and again over kept connections, and counts the answers.
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

export interface HttpLoad {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly body: string
}

export interface HttpLoadResult {
  readonly requests: number
  readonly failed: number
  readonly seconds: number
  readonly latencies: number[]
}

const { url, connections, seconds, body } = workerData as HttpLoad
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

function ask(): Promise<boolean> {
  return new Promise((done, fail) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => done(response.statusCode === 200 && !text.includes('"errors"')))
    })
    sent.on('error', fail)
    sent.end(body)
  })
}

const latencies: number[] = []
let failed = 0
const begun = performance.now()
await Promise.all(
  Array.from({ length: connections }, async () => {
    for (;;) {
      const at = performance.now()
      if (at - begun >= seconds * 1_000) return
      if (!(await ask())) failed += 1
      latencies.push(performance.now() - at)
    }
  }),
)
agent.destroy()
parentPort!.postMessage({
  requests: latencies.length,
  failed,
  seconds: (performance.now() - begun) / 1_000,
  latencies,
} satisfies HttpLoadResult)
