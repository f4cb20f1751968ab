import { createReadStream } from 'node:fs'
import { readFile, readdir, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { DomainError } from '#schema/domain/errors.ts'
import type { ArtifactStore, ByteRange, Stored } from './artifact-store.ts'
import { createDiskStore } from './disk.ts'
import { hashFile } from './hash-file.ts'

export interface S3StoreOptions {
  readonly bucket: string
  /** Before every key; empty for none, without a slash at its end. */
  readonly prefix: string
  /** Where it is, for stores that are not AWS: http://host:port. Credentials and region come by the SDK's own chain. */
  readonly endpoint: string | null
  /** The address that steps reach it by, when it is another one; signed addresses name it. */
  readonly publicEndpoint?: string | null
  readonly region: string
  /** A folder for copies of what was written or read as a file. It may be emptied at any time. */
  readonly cacheFolder: string
  /** The cache is cut back to this many bytes; what was used in the last hour stays. */
  readonly cacheBytes?: number
}

const signedSeconds = 3600
const hour = 3_600_000
// Parts of 16 MiB: 10,000 of them are 156 GiB, more than any model; four at a time hold 64 MiB.
const partBytes = 16 * 1024 * 1024

/**
 * A store in a bucket: `<prefix>/sha256/ab/cd/<hash>`. Bytes are hashed into the cache first (the key is their hash), then
 * sent, in parts when they are many; `put` resolves once the bucket has them. Whole or absent, as S3 promises it.
 */
export function createS3Store(options: S3StoreOptions): ArtifactStore & AsyncDisposable {
  const { bucket, prefix, endpoint, region, cacheFolder } = options
  const cache = createDiskStore({ root: cacheFolder })
  const clientFor = (address: string | null) =>
    new S3Client({
      region,
      maxAttempts: 4,
      // Addresses that carry the bucket as a host name need DNS that private stores lack.
      ...(address === null ? {} : { endpoint: address, forcePathStyle: true }),
      requestHandler: { connectionTimeout: 5000, socketTimeout: 60_000 },
      // Private stores do not all know the newer trailing checksums; sha256 is checked by us in any case.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  const client = clientFor(endpoint)
  // Steps elsewhere cannot use an address that means their own machine.
  const outside =
    options.publicEndpoint != null
      ? clientFor(options.publicEndpoint)
      : endpoint !== null && /^https?:\/\/(localhost|127\.|\[::1\])/.test(endpoint)
        ? null
        : client
  let trimmedAt = 0

  const keyOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new DomainError('NOT_FOUND', 'There is no file by this name in the store.')
    const parts = ['sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256]
    return (prefix === '' ? parts : [prefix, ...parts]).join('/')
  }

  const told = (error: unknown, sha256?: string): unknown => {
    if (error instanceof DomainError) return error
    const { name = '', $metadata } = (error ?? {}) as {
      name?: string
      $metadata?: { httpStatusCode?: number }
    }
    const status = $metadata?.httpStatusCode
    const cause = { cause: error }
    if (name === 'NoSuchBucket')
      return new DomainError(
        'UNAVAILABLE',
        `There is no bucket "${bucket}": make it, or change AUTODIDACT_STORE.`,
        { bucket },
        cause,
      )
    if (status === 404)
      return new DomainError(
        'NOT_FOUND',
        'This file is no longer in the store.',
        sha256 === undefined ? {} : { sha256 },
        cause,
      )
    if (status === 401 || status === 403)
      return new DomainError(
        'UNAVAILABLE',
        `The store refuses the platform’s credentials for the bucket "${bucket}": check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket’s policy.`,
        { bucket },
        cause,
      )
    if (status === 507 || name === 'QuotaExceeded' || name === 'XMinioStorageFull')
      return new DomainError(
        'STORAGE_FULL',
        `The bucket "${bucket}" takes nothing more. Nothing was lost: free some space, then try again.`,
        { bucket },
        cause,
      )
    if (error instanceof Error && (error as { code?: string }).code === 'ERR_INVALID_ARG_TYPE')
      return error
    return new DomainError(
      'UNAVAILABLE',
      `The store ${endpoint ?? 'AWS S3'} does not answer as it should (${name === '' ? 'no answer' : name}): it is tried again later.`,
      { bucket },
      cause,
    )
  }

  const sizeOf = async (sha256: string): Promise<number | null> => {
    try {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(sha256) }))
      return head.ContentLength ?? 0
    } catch (error) {
      const known = told(error, sha256)
      if (known instanceof DomainError && known.code === 'NOT_FOUND') return null
      throw known
    }
  }

  const send = async (file: string, stored: Stored, signal?: AbortSignal): Promise<Stored> => {
    try {
      if ((await sizeOf(stored.sha256)) === stored.bytes) return stored
      if (stored.bytes <= partBytes) {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: keyOf(stored.sha256),
            // In memory, because the SDK sends a stream only once: a lost reply would fail the whole.
            Body: await readFile(file),
            ContentLength: stored.bytes,
            ChecksumSHA256: Buffer.from(stored.sha256, 'hex').toString('base64'),
          }),
          signal === undefined ? {} : { abortSignal: signal },
        )
        return stored
      }
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: keyOf(stored.sha256), Body: createReadStream(file) },
        partSize: partBytes,
        queueSize: 4,
      })
      signal?.addEventListener('abort', () => void upload.abort(), { once: true })
      await upload.done()
      return stored
    } catch (error) {
      throw told(error, stored.sha256)
    }
  }

  const download = async (sha256: string, range?: ByteRange): Promise<Readable> => {
    try {
      const { Body } = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: keyOf(sha256),
          ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end ?? ''}` }),
        }),
      )
      return Body as Readable
    } catch (error) {
      throw told(error, sha256)
    }
  }

  /** Cuts the cache back, at most every ten minutes: least recently used first. */
  const trim = async (): Promise<void> => {
    const most = options.cacheBytes ?? 20 * 1024 ** 3
    if (Date.now() - trimmedAt < 600_000) return
    trimmedAt = Date.now()
    const root = join(cacheFolder, 'blobs', 'sha256')
    const files: { path: string; bytes: number; used: number }[] = []
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const seen = await stat(path).catch(() => null)
      if (seen !== null) files.push({ path, bytes: seen.size, used: seen.mtimeMs })
    }
    let total = files.reduce((sum, file) => sum + file.bytes, 0)
    for (const file of files.sort((a, b) => a.used - b.used)) {
      if (total <= most || Date.now() - file.used < hour) return
      await unlink(file.path).catch(() => undefined)
      total -= file.bytes
    }
  }
  const trimSoon = (): void => void trim().catch(() => undefined)

  const local = async (sha256: string): Promise<string> => {
    keyOf(sha256)
    if (!(await cache.has(sha256))) {
      const stored = await cache.put((await download(sha256)) as AsyncIterable<Uint8Array>)
      if (stored.sha256 !== sha256) {
        await cache.delete(stored.sha256)
        throw new DomainError(
          'UNAVAILABLE',
          'The store gave other bytes than were kept under this name: the file is damaged.',
          { sha256 },
        )
      }
      trimSoon()
    }
    const path = await cache.path(sha256)
    const now = new Date()
    await utimes(path, now, now).catch(() => undefined)
    return path
  }

  return {
    async put(source, given = {}) {
      const stored = await cache.put(source, given)
      await send(await cache.path(stored.sha256), stored, given.signal)
      trimSoon()
      return stored
    },

    async putFile(path, { move = false } = {}) {
      const stored = await hashFile(path)
      await send(path, stored)
      if (move) await cache.putFile(path, { move: true })
      return stored
    },

    async open(sha256, range) {
      if (await cache.has(sha256)) return cache.open(sha256, range)
      if (range === undefined) return download(sha256)
      const bytes = await sizeOf(sha256)
      if (bytes === null)
        throw new DomainError('NOT_FOUND', 'This file is no longer in the store.', { sha256 })
      const { start, end } = range
      const whole = Number.isInteger(start) && (end === undefined || Number.isInteger(end))
      if (!whole || start < 0 || start >= Math.max(bytes, 1) || (end !== undefined && end < start))
        throw new DomainError(
          'BAD_INPUT',
          `Those bytes are outside of the file (${bytes} bytes).`,
          { bytes },
        )
      return download(sha256, bytes === 0 ? undefined : range)
    },

    async stat(sha256) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) return null
      const bytes = await sizeOf(sha256)
      return bytes === null ? null : { bytes }
    },

    async has(sha256) {
      return (await this.stat(sha256)) !== null
    },

    async link(sha256, target) {
      await local(sha256)
      await cache.link(sha256, target)
    },

    path: local,

    async delete(sha256) {
      const key = /^[0-9a-f]{64}$/.test(sha256) ? keyOf(sha256) : null
      if (key === null) return
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
      } catch (error) {
        const known = told(error, sha256)
        if (!(known instanceof DomainError && known.code === 'NOT_FOUND')) throw known
      }
      await cache.delete(sha256)
    },

    async readAddress(sha256) {
      if (outside === null) return null
      return getSignedUrl(outside, new GetObjectCommand({ Bucket: bucket, Key: keyOf(sha256) }), {
        expiresIn: signedSeconds,
      })
    },

    async writeAddress({ sha256, bytes }) {
      // One request takes at most 5 GB; more goes by way of the platform.
      if (outside === null || bytes > 5_000_000_000) return null
      const checksum = Buffer.from(sha256, 'hex').toString('base64')
      const url = await getSignedUrl(
        outside,
        new PutObjectCommand({
          Bucket: bucket,
          Key: keyOf(sha256),
          ContentLength: bytes,
          ChecksumSHA256: checksum,
        }),
        {
          expiresIn: signedSeconds,
          // Signed and sent as a header: the bucket takes these bytes under this name, or none.
          unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
        },
      )
      return { url, headers: { 'x-amz-checksum-sha256': checksum } }
    },

    async health() {
      const room = await cache.health()
      if (!room.ok) return room
      try {
        await client.send(new HeadBucketCommand({ Bucket: bucket }))
        return { ok: true, message: 'The store can be written to.', freeBytes: null }
      } catch (error) {
        const known = told(error)
        const message =
          known instanceof DomainError && known.code !== 'NOT_FOUND'
            ? known.message
            : `There is no bucket "${bucket}": make it, or change AUTODIDACT_STORE.`
        return { ok: false, message, freeBytes: null }
      }
    },

    [Symbol.asyncDispose]() {
      client.destroy()
      outside?.destroy()
      return Promise.resolve()
    },
  }
}
