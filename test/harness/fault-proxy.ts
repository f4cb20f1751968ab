import { createServer, request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { noFaults, seeded, type Faults } from './fake-kubernetes.ts'

export interface FaultProxy extends AsyncDisposable {
  readonly url: string
  readonly counts: Record<keyof Faults | 'calls', number>
  /** From now on; all connections are cut when it goes down. */
  down(is: boolean): void
  heal(): void
}

export interface Upstream {
  readonly server: string
  readonly ca?: Buffer | string
  readonly cert?: Buffer | string
  readonly key?: Buffer | string
}

/**
 * Stands before a real API server and goes wrong by a seed: requests that never arrive, replies that are lost after the
 * work was done, 429 and 503, 410 for watches, streams that are cut in the middle of a line or go silent.
 */
export async function startFaultProxy(
  upstream: Upstream,
  seed: number,
  given: Partial<Faults>,
): Promise<FaultProxy> {
  let faults: Faults = { ...noFaults, ...given }
  let isDown = false
  const random = seeded(seed)
  const counts = { calls: 0, lost: 0, deaf: 0, busy: 0, cut: 0, silent: 0, expired: 0 }
  const happens = (what: keyof Faults): boolean => {
    const hit = random() < faults[what]
    if (hit) counts[what] += 1
    return hit
  }
  const { server: address, ca, cert, key } = upstream
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
  const sockets = new Set<Socket>()
  const proxy = createServer((asked, answer) => {
    counts.calls += 1
    const url = asked.url ?? '/'
    const streams = url.includes('watch=true') || url.includes('follow=true')
    if (isDown || happens('lost')) return void asked.socket.destroy()
    if (happens('busy')) {
      const code = random() < 0.5 ? 429 : 503
      answer.writeHead(code, { 'content-type': 'application/json' })
      return void answer.end(
        JSON.stringify({ kind: 'Status', code, reason: 'Busy', message: 'busy' }),
      )
    }
    if (streams && url.includes('watch=true') && happens('expired')) {
      answer.writeHead(410, { 'content-type': 'application/json' })
      return void answer.end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired' }))
    }
    const deaf = !streams && happens('deaf')
    const cutAfter = streams && happens('cut') ? Math.floor(random() * 6_000) : Infinity
    const silentAfter = streams && happens('silent') ? Math.floor(random() * 6_000) : Infinity
    const { host: _host, ...headers } = asked.headers
    const secure = address.startsWith('https:')
    const sent = (secure ? request : plainRequest)(
      new URL(url, address),
      { method: asked.method ?? 'GET', headers, ...(secure ? { agent } : {}) },
      (reply) => {
        if (deaf) {
          reply.resume()
          reply.on('end', () => asked.socket.destroy())
          return
        }
        answer.writeHead(reply.statusCode ?? 502, reply.headers)
        let passed = 0
        reply.on('data', (piece: Buffer) => {
          const before = passed
          passed += piece.length
          if (before > silentAfter) return
          if (passed > cutAfter) {
            answer.write(piece.subarray(0, Math.max(0, cutAfter - before)))
            setImmediate(() => asked.socket.destroy())
            reply.destroy()
            return
          }
          answer.write(piece)
        })
        reply.on('end', () => answer.end())
        reply.on('error', () => asked.socket.destroy())
      },
    )
    sent.on('error', () => asked.socket.destroy())
    answer.on('close', () => sent.destroy())
    asked.pipe(sent)
  })
  proxy.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    counts,
    down(is) {
      isDown = is
      if (is) for (const socket of sockets) socket.destroy()
    },
    heal() {
      faults = noFaults
      isDown = false
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      agent.destroy()
      await new Promise((done) => proxy.close(done))
    },
  }
}
