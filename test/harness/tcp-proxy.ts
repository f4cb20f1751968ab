import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A proxy that cuts or silences the connections through it, as networks do. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string
  /** Bytes that went down to the callers, and up from them. */
  readonly moved: { down: number; up: number }
  /** Connections that were cut so far. */
  readonly cuts: number
  /** Each connection is cut after so many bytes in either direction; null for never. */
  cutAfter(bytes: number | null): void
  /** While true nothing passes any more, and nobody is told. */
  silence(on: boolean): void
  /** While true nobody is let in, as when the server is gone; open connections are cut. */
  refuse(on: boolean): void
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const moved = { down: 0, up: 0 }
  let limit: number | null = null
  let silent = false
  let refusing = false
  let cuts = 0

  const server = createServer((caller) => {
    if (refusing) {
      caller.destroy()
      return
    }
    const inner = connect(Number(port), hostname)
    let passed = 0
    const cut = () => {
      caller.destroy()
      inner.destroy()
    }
    const pass = (from: Socket, to: Socket, way: 'down' | 'up') => {
      from.on('data', (piece: Buffer) => {
        if (silent) return
        passed += piece.length
        moved[way] += piece.length
        if (limit !== null && passed > limit) {
          cuts += 1
          cut()
          return
        }
        if (!to.write(piece)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
      from.on('end', () => to.end())
      from.on('error', cut)
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      open.add(from)
    }
    pass(caller, inner, 'up')
    pass(inner, caller, 'down')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const cutAll = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    moved,
    get cuts() {
      return cuts
    },
    cutAfter: (bytes) => {
      limit = bytes
    },
    silence: (on) => {
      silent = on
    },
    refuse: (on) => {
      refusing = on
      if (on) cutAll()
    },
    async [Symbol.asyncDispose]() {
      cutAll()
      await new Promise((done) => server.close(done))
    },
  }
}
