import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArtifactStore } from './artifact-store.ts'
import { createDiskStore } from './disk.ts'
import { storageError } from './storage-full.ts'

const canMount = process.platform === 'linux' && process.getuid?.() === 0

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('P1 disk store', () => {
  let root: string
  let store: ArtifactStore
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'store-'))
    store = createDiskStore({ root })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const temporaries = async (): Promise<string[]> => readdir(join(root, 'tmp')).catch(() => [])

  it('stores a stream by its content, once', async () => {
    const bytes = randomBytes(300_000)
    const first = await store.put(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))
    const second = await store.put(bytes)
    expect(first).toEqual({ sha256: sha(bytes), bytes: bytes.length })
    expect(second).toEqual(first)
    expect(await buffer(await store.open(first.sha256))).toEqual(bytes)
    const { sha256 } = first
    expect(await store.path(sha256)).toBe(
      join(root, 'blobs/sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256),
    )
    expect(await temporaries()).toEqual([])
  })

  it('stores nothing at all, and no bytes are a blob too', async () => {
    const stored = await store.put(new Uint8Array(0))
    expect(stored.bytes).toBe(0)
    expect(await store.stat(stored.sha256)).toEqual({ bytes: 0 })
    expect(await buffer(await store.open(stored.sha256))).toHaveLength(0)
  })

  it('reads ranges as HTTP does', async () => {
    const { sha256 } = await store.put(Buffer.from('0123456789'))
    const read = async (start: number, end?: number): Promise<string> =>
      String(await buffer(await store.open(sha256, end === undefined ? { start } : { start, end })))
    expect(await read(3, 5)).toBe('345')
    expect(await read(7)).toBe('789')
    expect(await read(8, 400)).toBe('89')
    await expect(read(10)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(read(5, 4)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(read(-1, 4)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('takes a file by moving it, and repairs a blob that a crash cut short', async () => {
    const file = join(root, 'upload')
    await writeFile(file, 'hello')
    const stored = await store.putFile(file, { move: true })
    await expect(access(file, constants.F_OK)).rejects.toThrow()
    await writeFile(await store.path(stored.sha256), 'hel')
    await store.put(Buffer.from('hello'))
    expect(String(await readFile(await store.path(stored.sha256)))).toBe('hello')
  })

  it('links without a copy, twice to the same place, never over other bytes', async () => {
    const { sha256 } = await store.put(Buffer.from('picture'))
    const target = join(root, 'datasets', 'x', 'images', 'a.png')
    await store.link(sha256, target)
    await store.link(sha256, target)
    expect((await stat(target)).ino).toBe((await stat(await store.path(sha256))).ino)
    const other = join(root, 'other')
    await writeFile(other, 'else')
    await expect(store.link(sha256, other)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(String(await readFile(other))).toBe('else')
  })

  it('names what is not there', async () => {
    const absent = sha(Buffer.from('absent'))
    expect(await store.has(absent)).toBe(false)
    expect(await store.stat('../../etc/passwd')).toBe(null)
    await expect(store.open(absent)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.open('../../etc/passwd')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await store.delete(absent)
    const { sha256 } = await store.put(Buffer.from('gone soon'))
    await store.delete(sha256)
    expect(await store.has(sha256)).toBe(false)
  })

  it('leaves nothing behind when the source fails, is too long or is given up', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some')
      throw new Error('cable pulled')
    }
    await expect(store.put(failing())).rejects.toThrow('cable pulled')
    await expect(store.put(randomBytes(2000), { maxBytes: 1999 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    await expect(store.put(randomBytes(10), { signal: AbortSignal.abort() })).rejects.toThrow()
    expect(await temporaries()).toEqual([])
  })

  // A tmpfs of one megabyte needs root; elsewhere /dev/full stands in for the full disk.
  it.runIf(canMount)(
    'P10 says so when the disk is full, and goes on once there is room',
    async () => {
      const small = join(root, 'small')
      await mkdir(small)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
      try {
        const tight = createDiskStore({ root: small })
        await expect(tight.put(randomBytes(2_000_000))).rejects.toMatchObject({
          code: 'STORAGE_FULL',
          message: expect.stringContaining('full') as unknown,
        })
        expect(await readdir(join(small, 'tmp'))).toEqual([])
        expect(await tight.put(randomBytes(1000))).toMatchObject({ bytes: 1000 })
        expect(await tight.health()).toMatchObject({ ok: false })
      } finally {
        execFileSync('umount', [small])
      }
    },
  )

  it.runIf(process.platform === 'linux')('P10 knows what a full disk says', async () => {
    const error: unknown = await writeFile('/dev/full', 'x').catch((caught: unknown) => caught)
    expect(storageError(error)).toMatchObject({ code: 'STORAGE_FULL' })
    const other = new Error('else')
    expect(storageError(other)).toBe(other)
  })

  it('is healthy where there is room', async () => {
    expect(await store.health()).toMatchObject({ ok: true })
  })
})
