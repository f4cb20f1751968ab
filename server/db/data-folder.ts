import { createHash } from 'node:crypto'
import { mkdir, rename, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DomainError } from '#schema/domain/errors.ts'

/** The data root: `pg/ blobs/ attempts/ datasets/ tmp/`, held by one process at a time. */
export interface DataFolder extends AsyncDisposable {
  readonly root: string
  path(...parts: string[]): string
}

const folders = ['pg', 'blobs', 'attempts', 'datasets', 'tmp'] as const

// A Unix socket's path holds 107 bytes at most (sockaddr_un); deep folders get one in the temp folder.
function socketPath(root: string): string {
  const inside = join(root, 'lock.sock')
  if (Buffer.byteLength(inside) <= 100) return inside
  return join(
    tmpdir(),
    `autodidact-${createHash('sha256').update(root).digest('hex').slice(0, 24)}.sock`,
  )
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}

function listenOn(server: Server, path: string): Promise<boolean> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? done(false) : fail(error),
    )
    server.listen(path, () => done(true))
  })
}

function inUse(root: string): DomainError {
  return new DomainError(
    'CONFLICT',
    `Another Autodidact already uses the data folder ${root}: stop it, or choose another folder with AUTODIDACT_DATA.`,
  )
}

/**
 * Opens the data folder and holds it until disposed. PGlite has no lock of its own, and a pid file goes
 * stale after kill -9; a Unix socket does not: "connection refused" means that its owner is dead.
 *
 * @throws DomainError CONFLICT when another live process holds it
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const root = resolve(folder)
  for (const name of folders) await mkdir(join(root, name), { recursive: true })
  const path = socketPath(root)
  const server = createServer((socket) => socket.end())
  server.unref()
  if (!(await listenOn(server, path))) {
    if (await answers(path)) throw inUse(root)
    // Move the dead socket away before listening: if two start at once, the one that finds the
    // other's living socket under its own name puts it back and gives way.
    const aside = `${path}.${process.pid}`
    await rename(path, aside).catch(() => undefined)
    if (await answers(aside)) {
      await rename(aside, path)
      throw inUse(root)
    }
    await unlink(aside).catch(() => undefined)
    if (!(await listenOn(server, path))) throw inUse(root)
  }
  return {
    root,
    path: (...parts) => join(root, ...parts),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
