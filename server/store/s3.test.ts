import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ArtifactStore } from './artifact-store.ts'
import { createS3Store } from './s3.ts'

const endpoint = process.env['TEST_S3_ENDPOINT']
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(endpoint === undefined)('ST S3 store, on a real S3 server', () => {
  const bucket = `autodidact-${randomBytes(4).toString('hex')}`
  const where = { bucket, prefix: 'files', endpoint: endpoint ?? '', region: 'us-east-1' }
  let client: S3Client
  let folder: string
  let store: ArtifactStore & AsyncDisposable
  const keyOf = (hash: string) => `files/sha256/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`
  const forgetCache = () => rm(join(folder, 'blobs'), { recursive: true, force: true })

  beforeAll(async () => {
    client = new S3Client({ region: 'us-east-1', endpoint: endpoint ?? '', forcePathStyle: true })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  })
  afterAll(() => client.destroy())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-'))
    store = createS3Store({ ...where, cacheFolder: folder })
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('keeps bytes by their content; they outlive the cache', async () => {
    const bytes = randomBytes(300_000)
    const first = await store.put(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]))
    expect(first).toEqual({ sha256: sha(bytes), bytes: bytes.length })
    expect(await store.put(bytes)).toEqual(first)
    await forgetCache()
    expect(await store.stat(first.sha256)).toEqual({ bytes: bytes.length })
    expect(await buffer(await store.open(first.sha256))).toEqual(bytes)
    expect(await buffer(await store.open(first.sha256, { start: 3, end: 9 }))).toEqual(
      bytes.subarray(3, 10),
    )
    expect(await buffer(await store.open(first.sha256, { start: 299_990 }))).toHaveLength(10)
    expect(await readFile(await store.path(first.sha256))).toEqual(bytes)
    const target = join(folder, 'out', 'file')
    await store.link(first.sha256, target)
    expect(await readFile(target)).toEqual(bytes)
  })

  it('sends what is large in parts, from a file', async () => {
    const bytes = randomBytes(40 * 1024 * 1024 + 5)
    const path = join(folder, 'large')
    await writeFile(path, bytes)
    const stored = await store.putFile(path, { move: true })
    expect(stored).toEqual({ sha256: sha(bytes), bytes: bytes.length })
    await forgetCache()
    expect(sha(await buffer(await store.open(stored.sha256)))).toBe(stored.sha256)
  })

  it('keeps no bytes at all, too', async () => {
    const stored = await store.put(new Uint8Array(0))
    await forgetCache()
    expect(await store.stat(stored.sha256)).toEqual({ bytes: 0 })
    expect(await buffer(await store.open(stored.sha256))).toHaveLength(0)
  })

  it('gives and takes by signed addresses, and takes only the bytes that were named', async () => {
    const bytes = randomBytes(5000)
    expect(await store.readAddress(sha(bytes))).toBeNull()
    await store[Symbol.asyncDispose]()
    store = createS3Store({ ...where, publicEndpoint: where.endpoint, cacheFolder: folder })
    const named = { sha256: sha(bytes), bytes: bytes.length }
    const address = await store.writeAddress(named)
    expect(address).not.toBeNull()
    const put = (body: Buffer, headers: Readonly<Record<string, string>>) =>
      fetch(address!.url, { method: 'PUT', headers, body: new Uint8Array(body) })
    const wrong = await put(randomBytes(5000), address!.headers)
    expect(wrong.status).toBeGreaterThanOrEqual(400)
    expect((await put(bytes, {})).status).toBeGreaterThanOrEqual(400)
    expect(await store.has(named.sha256)).toBe(false)
    expect((await put(bytes, address!.headers)).status).toBe(200)
    expect(await store.has(named.sha256)).toBe(true)
    const read = await fetch((await store.readAddress(named.sha256))!)
    expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes)
  })

  it('notices bytes that are not what their name says', async () => {
    const hash = sha(Buffer.from('what was kept'))
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: keyOf(hash), Body: 'something else' }),
    )
    await expect(store.path(hash)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(store.link(hash, join(folder, 'x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('says what is missing', async () => {
    const hash = sha(Buffer.from('never stored'))
    await expect(store.open(hash)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.path('../../etc/passwd')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.has('../../etc/passwd')).toBe(false)
    const { sha256 } = await store.put(Buffer.from('gone soon'))
    await expect(store.open(sha256, { start: 100 })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await store.delete(sha256)
    await store.delete(sha256)
    expect(await store.has(sha256)).toBe(false)
    await expect(store.put(Buffer.alloc(100), { maxBytes: 10 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  })

  it('says that the bucket is missing, that the keys are refused, that nobody answers', async () => {
    const none = createS3Store({ ...where, bucket: 'no-such-bucket', cacheFolder: folder })
    expect(await none.health()).toMatchObject({ ok: false, message: /There is no bucket/ })
    await expect(none.put(Buffer.from('a'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await none[Symbol.asyncDispose]()
    const silent = createS3Store({
      ...where,
      endpoint: 'http://127.0.0.1:9',
      cacheFolder: folder,
    })
    expect((await silent.health()).message).toMatch(/does not answer/)
    await expect(silent.put(Buffer.from('b'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await silent[Symbol.asyncDispose]()
    expect(await store.health()).toMatchObject({ ok: true })
  })

  it('cuts its cache back by what was not used for an hour; the bucket keeps it', async () => {
    const old = await store.put(randomBytes(1000))
    const past = new Date(Date.now() - 2 * 3_600_000)
    await utimes(await store.path(old.sha256), past, past)
    const small = createS3Store({ ...where, cacheFolder: folder, cacheBytes: 10 })
    const young = await small.put(randomBytes(1000))
    const cached = async () =>
      (await readdir(join(folder, 'blobs'), { recursive: true })).filter((name) =>
        /[0-9a-f]{64}$/.test(name),
      )
    await expect.poll(cached).toHaveLength(1)
    expect((await cached())[0]).toContain(young.sha256)
    expect(await small.has(old.sha256)).toBe(true)
    await small[Symbol.asyncDispose]()
  })
})
