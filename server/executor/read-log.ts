import { open } from 'node:fs/promises'

/**
 * A stretch of an attempt's log on disk; one that was not begun is empty.
 *
 * @param from in bytes
 * @param max bytes at most
 */
export async function readLog(
  path: string,
  from: number,
  max: number,
): Promise<{ bytes: Uint8Array; size: number }> {
  try {
    await using file = await open(path, 'r')
    const { size } = await file.stat()
    const length = Math.max(0, Math.min(max, size - from))
    if (length === 0) return { bytes: new Uint8Array(0), size }
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, from)
    return { bytes: buffer.subarray(0, bytesRead), size }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { bytes: new Uint8Array(0), size: 0 }
    throw error
  }
}
