import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  copyFile,
  link,
  mkdir,
  open,
  rename,
  stat,
  statfs,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { DomainError } from '#schema/domain/errors.ts'
import type { ArtifactStore, ByteRange, Stored } from './artifact-store.ts'
import { hashFile } from './hash-file.ts'
import { storageError } from './storage-full.ts'

const lowSpace = 256 * 1024 * 1024

/**
 * A store in a folder: `blobs/sha256/ab/cd/<hash>`. Bytes are written to `tmp/`, synced, then renamed, so a blob
 * is whole or absent whatever dies. Never holds a file in memory.
 */
export function createDiskStore({ root }: { root: string }): ArtifactStore {
  const temporary = join(root, 'tmp')

  const blobPath = (sha256: string): string => {
    // The hash becomes a path: nothing but a hash may pass.
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new DomainError('NOT_FOUND', 'There is no file by this name in the store.')
    return join(root, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  }

  const sizeOf = async (sha256: string): Promise<number | null> => {
    try {
      return (await stat(blobPath(sha256))).size
    } catch (error) {
      if (error instanceof DomainError || isMissing(error)) return null
      throw error
    }
  }

  const sure = async (sha256: string): Promise<string> => {
    const bytes = await sizeOf(sha256)
    if (bytes === null)
      throw new DomainError('NOT_FOUND', 'This file is no longer in the store.', { sha256 })
    return blobPath(sha256)
  }

  const keep = async (file: string, stored: Stored): Promise<Stored> => {
    const target = blobPath(stored.sha256)
    if ((await sizeOf(stored.sha256)) === stored.bytes) {
      await unlink(file)
      return stored
    }
    await mkdir(dirname(target), { recursive: true })
    await rename(file, target)
    await syncFolder(dirname(target))
    return stored
  }

  return {
    async put(source, options = {}) {
      const file = join(temporary, `put-${randomUUID()}`)
      try {
        await mkdir(temporary, { recursive: true })
        const stored = await write(file, source instanceof Uint8Array ? [source] : source, options)
        return await keep(file, stored)
      } catch (error) {
        await unlink(file).catch(() => undefined)
        throw storageError(error)
      }
    },

    async putFile(path, { move = false } = {}) {
      try {
        if (!move) return await this.put(createReadStream(path) as AsyncIterable<Buffer>)
        const stored = await hashFile(path)
        const handle = await open(path, 'r')
        try {
          await handle.sync()
        } finally {
          await handle.close()
        }
        return await keep(path, stored)
      } catch (error) {
        if (move && (error as NodeJS.ErrnoException).code === 'EXDEV') {
          const stored = await this.put(createReadStream(path) as AsyncIterable<Buffer>)
          await unlink(path)
          return stored
        }
        throw storageError(error)
      }
    },

    async open(sha256, range) {
      const path = await sure(sha256)
      if (range === undefined) return opened(path)
      const bytes = (await stat(path)).size
      checkRange(range, bytes)
      return opened(path, { start: range.start, end: Math.min(range.end ?? bytes - 1, bytes - 1) })
    },

    async stat(sha256) {
      const bytes = await sizeOf(sha256)
      return bytes === null ? null : { bytes }
    },

    async has(sha256) {
      return (await sizeOf(sha256)) !== null
    },

    async link(sha256, target) {
      const source = await sure(sha256)
      try {
        await mkdir(dirname(target), { recursive: true })
        await link(source, target)
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'EEXIST') {
          if ((await hashFile(target)).sha256 === sha256) return
          throw new DomainError('CONFLICT', 'Another file is already there.', { sha256 })
        }
        if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK' && code !== 'ENOTSUP')
          throw storageError(error)
        await copyWhole(source, target)
      }
    },

    path: sure,
    readAddress: () => Promise.resolve(null),
    writeAddress: () => Promise.resolve(null),

    async delete(sha256) {
      await unlink(blobPath(sha256)).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
    },

    async health() {
      try {
        await mkdir(temporary, { recursive: true })
        const space = await statfs(root)
        const freeBytes = space.bavail * space.bsize
        const probe = join(temporary, `health-${randomUUID()}`)
        try {
          const handle = await open(probe, 'wx')
          try {
            await handle.write('autodidact')
            await handle.sync()
          } finally {
            await handle.close()
          }
        } finally {
          await unlink(probe).catch(() => undefined)
        }
        return freeBytes < lowSpace
          ? {
              ok: false,
              message: `Only ${Math.round(freeBytes / 1024 / 1024)} MB are free for the platform’s data.`,
              freeBytes,
            }
          : { ok: true, message: 'The store can be written to.', freeBytes }
      } catch (error) {
        const told = storageError(error)
        return {
          ok: false,
          message:
            told instanceof DomainError ? told.message : 'The data folder cannot be written to.',
          freeBytes: null,
        }
      }
    },
  }
}

async function write(
  file: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { signal?: AbortSignal; maxBytes?: number },
): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  const handle = await open(file, 'wx', 0o644)
  try {
    for await (const piece of source) {
      options.signal?.throwIfAborted()
      bytes += piece.length
      if (options.maxBytes !== undefined && bytes > options.maxBytes)
        throw new DomainError(
          'TOO_LARGE',
          `This file is larger than ${Math.floor(options.maxBytes / 1024 / 1024)} MB, the most that is taken here.`,
          { maxBytes: options.maxBytes },
        )
      hash.update(piece)
      await writeAll(handle, piece)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex'), bytes }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  let from = 0
  while (from < piece.length)
    from += (await handle.write(piece, from, piece.length - from)).bytesWritten
}

async function opened(path: string, range?: { start: number; end: number }): Promise<Readable> {
  const handle = await open(path, 'r')
  if (range !== undefined && range.end < range.start) {
    await handle.close()
    return Readable.from([])
  }
  return handle.createReadStream(range ?? {})
}

function checkRange(range: ByteRange, bytes: number): void {
  const { start, end } = range
  const whole = Number.isInteger(start) && (end === undefined || Number.isInteger(end))
  if (!whole || start < 0 || start >= Math.max(bytes, 1) || (end !== undefined && end < start))
    throw new DomainError('BAD_INPUT', `Those bytes are outside of the file (${bytes} bytes).`, {
      bytes,
    })
}

// Beside the target and then renamed: a reader never meets half a copy.
async function copyWhole(source: string, target: string): Promise<void> {
  const part = `${target}.${randomUUID()}.part`
  try {
    await copyFile(source, part)
    await rename(part, target)
  } catch (error) {
    await unlink(part).catch(() => undefined)
    throw storageError(error)
  }
}

// A rename survives a power cut only once its folder is synced.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT'
}
