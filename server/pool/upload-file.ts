import { createHash } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { storageError } from '../store/storage-full.ts'

/** What was written, and whether the source held more than was allowed. */
export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
  readonly truncated: boolean
}

/**
 * Writes a stream to a new file, piece by piece. Beyond the cap nothing more is written, but the source is read to its
 * end, so that what follows it in the same stream can be read. The file is gone when this throws.
 *
 * @param capOf asked once, with the first piece: a zip may be larger than a picture
 */
export async function writeUpload(
  source: AsyncIterable<Uint8Array>,
  path: string,
  capOf: (head: Uint8Array) => number,
  signal?: AbortSignal,
): Promise<WrittenFile> {
  const hash = createHash('sha256')
  let bytes = 0
  let cap: number | null = null
  let truncated = false
  try {
    const handle = await open(path, 'wx')
    try {
      for await (const piece of source) {
        signal?.throwIfAborted()
        cap ??= capOf(piece)
        const room = cap - bytes
        const kept = piece.length > room ? piece.subarray(0, room) : piece
        truncated ||= piece.length > room
        if (kept.length === 0) continue
        hash.update(kept)
        let from = 0
        while (from < kept.length)
          from += (await handle.write(kept, from, kept.length - from)).bytesWritten
        bytes += kept.length
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    await unlink(path).catch(() => undefined)
    throw storageError(error)
  }
  return { bytes, sha256: hash.digest('hex'), truncated }
}

/** A file name as a person may see it: no folders above, no drive, no control characters; folders below stay. */
export function cleanFileName(name: string): string {
  const parts = name
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..' && !/^[A-Za-z]:$/.test(part))
  const joined = parts.join('/')
  return joined.length <= 255 ? joined : `…${joined.slice(-250)}`
}
