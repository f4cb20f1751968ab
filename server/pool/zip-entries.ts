import { randomUUID } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DomainError } from '#schema/domain/errors.ts'
import { kindOfBytes } from './image-kind.ts'
import { cleanFileName, writeUpload } from './upload-file.ts'

export interface ZipLimits {
  readonly entries: number
  /** Unpacked bytes of one entry. */
  readonly entryBytes: number
  /** Unpacked bytes of a file of vectors for the pictures. */
  readonly vectorBytes: number
  /** Unpacked bytes of all entries. */
  readonly totalBytes: number
}

export const zipLimits: ZipLimits = {
  entries: 10_000,
  entryBytes: 64 * 1024 * 1024,
  vectorBytes: 1024 * 1024 * 1024,
  totalBytes: 4 * 1024 * 1024 * 1024,
}

/** A file from the zip, unpacked to `path` (now the caller's), or the account line of one that is not taken. */
export type ZipEntry =
  | {
      readonly kind: 'file'
      readonly fileName: string
      readonly path: string
      readonly bytes: number
      readonly sha256: string
    }
  | {
      readonly kind: 'refused'
      readonly fileName: string
      readonly outcome: 'REFUSED' | 'TOO_LARGE' | 'BROKEN'
      readonly message: string
      readonly bytes: number
    }

type Refusal = Extract<ZipEntry, { kind: 'refused' }>

/**
 * The files of a zip, one by one, each unpacked to a file of its own name in `into`. Names never become paths. What may
 * not be unpacked is an account line. Throws on a full disk and on abort only.
 */
export async function* zipEntries(
  path: string,
  options: { into: string; limits?: Partial<ZipLimits>; signal?: AbortSignal },
): AsyncGenerator<ZipEntry, void, undefined> {
  const limits = { ...zipLimits, ...options.limits }
  const { signal } = options
  let zip: ZipFile
  try {
    // Names stay bytes here: the library gives up on the whole zip at the first odd name.
    zip = await yauzl.openPromise(path, { decodeStrings: false, autoClose: false })
  } catch {
    yield refused('', 'BROKEN', 'This zip file is damaged and cannot be opened. Make it again.', 0)
    return
  }
  try {
    if (zip.entryCount > limits.entries) {
      const message = `This zip holds ${zip.entryCount} files; up to ${limits.entries} are taken at once. Split it.`
      yield refused('', 'TOO_LARGE', message, 0)
      return
    }
    let total = 0
    for await (const entry of zip.eachEntry()) {
      signal?.throwIfAborted()
      const name = decodeName(entry)
      if (isNoise(name)) continue
      const refusal = check(entry, name, limits, total)
      if (refusal !== null) {
        yield refusal
        continue
      }
      total += entry.uncompressedSize
      yield await unpack(zip, entry, cleanFileName(name), options.into, limits, signal)
    }
  } catch (error) {
    if (signal?.aborted === true || error instanceof DomainError) throw error
    yield refused('', 'BROKEN', 'The rest of this zip is damaged and cannot be read.', 0)
  } finally {
    zip.close()
  }
}

function capOf(name: string, limits: ZipLimits): number {
  return /\.safetensors$/i.test(name) ? limits.vectorBytes : limits.entryBytes
}

function check(entry: Entry, name: string, limits: ZipLimits, total: number): Refusal | null {
  const shown = cleanFileName(name)
  const bytes = entry.uncompressedSize
  const refuse = (message: string): Refusal => refused(shown, 'REFUSED', message, bytes)
  const slashed = name.replaceAll('\\', '/')
  if (slashed.split('/').includes('..') || name.includes('\0'))
    return refuse('Its name points outside of the zip ("../"): not unpacked.')
  if (slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed))
    return refuse('Its name is an absolute path: not unpacked.')
  const type = (entry.externalFileAttributes >>> 16) & 0o170000
  if (type === 0o120000) return refuse('This is a link, not a file: not unpacked.')
  if (type !== 0 && type !== 0o100000) return refuse('This is not an ordinary file: not unpacked.')
  if (entry.isEncrypted())
    return refuse('This file is locked by a password. Zip it without a password.')
  if (!entry.canDecodeFileData())
    return refuse('This file is packed in a way that cannot be read. Zip it in the ordinary way.')
  if (bytes > capOf(name, limits)) return refused(shown, 'TOO_LARGE', tooLarge(limits), bytes)
  if (total + bytes > limits.totalBytes)
    return refused(
      shown,
      'TOO_LARGE',
      `Unpacked, this zip is larger than ${megabytes(limits.totalBytes)} MB: the rest is left out. Split it.`,
      bytes,
    )
  return null
}

async function unpack(
  zip: ZipFile,
  entry: Entry,
  fileName: string,
  into: string,
  limits: ZipLimits,
  signal: AbortSignal | undefined,
): Promise<ZipEntry> {
  const path = join(into, `zip-${randomUUID()}`)
  let nested = false
  try {
    const stream = await zip.openReadStreamPromise(entry)
    const written = await writeUpload(
      stream as AsyncIterable<Uint8Array>,
      path,
      (head) => {
        nested = kindOfBytes(head) === 'zip'
        return nested ? 0 : capOf(fileName, limits)
      },
      signal,
    )
    if (!nested && !written.truncated)
      return { kind: 'file', fileName, path, bytes: written.bytes, sha256: written.sha256 }
    await unlink(path)
    return nested
      ? refused(
          fileName,
          'REFUSED',
          'A zip inside a zip is not unpacked: add it by itself.',
          entry.uncompressedSize,
        )
      : refused(fileName, 'TOO_LARGE', tooLarge(limits), entry.uncompressedSize)
  } catch (error) {
    if (signal?.aborted === true || error instanceof DomainError) throw error
    return refused(
      fileName,
      'BROKEN',
      'This file is damaged inside the zip and cannot be unpacked.',
      entry.uncompressedSize,
    )
  }
}

function refused(
  fileName: string,
  outcome: Refusal['outcome'],
  message: string,
  bytes: number,
): Refusal {
  return { kind: 'refused', fileName, outcome, message, bytes }
}

function tooLarge(limits: ZipLimits): string {
  return `This file is larger than ${megabytes(limits.entryBytes)} MB, the most that is taken for one picture.`
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}

// Zips made by Windows in Korea hold EUC-KR names without saying so.
function decodeName(entry: Entry): string {
  const raw = entry.fileName as unknown as Buffer
  for (const encoding of ['utf-8', 'euc-kr'])
    try {
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(raw)
    } catch {
      continue
    }
  return raw.toString('latin1')
}

function isNoise(name: string): boolean {
  return (
    /[/\\]$/.test(name) ||
    /(^|\/)__MACOSX\//.test(name) ||
    /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(name)
  )
}
