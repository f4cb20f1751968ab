import type { Id } from '#schema/domain/id.ts'
import type { LogChunk } from '#schema/domain/run.ts'
import { isFinal, stepTransitions } from '#schema/domain/run-state.ts'
import type { Db } from '../db/pool.ts'
import type { Executor } from '../executor/executor.ts'

export const maxChunkBytes = 64 * 1024

/** How many bytes at the start belong to a character that began before. */
export function brokenStart(bytes: Uint8Array): number {
  let count = 0
  while (count < 3 && count < bytes.length && (bytes[count]! & 0xc0) === 0x80) count += 1
  return count
}

/** How many bytes at the end belong to a character that is not complete yet. */
export function brokenEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}

interface Part {
  readonly attemptId: Id
  readonly start: number
  readonly size: number
}

async function partsOf(
  db: Db,
  executor: Executor,
  stepId: Id,
): Promise<{ parts: Part[]; ended: boolean }> {
  const step = await db
    .selectFrom('step')
    .select(['state', 'cached_from'])
    .where('id', '=', stepId)
    .executeTakeFirst()
  if (step === undefined) return { parts: [], ended: true }
  const ended = isFinal(stepTransitions, step.state)
  const attempts = await db
    .selectFrom('attempt')
    .select('id')
    .where('step_id', '=', step.cached_from ?? stepId)
    .orderBy('ordinal')
    .execute()
  const parts: Part[] = []
  let start = 0
  for (const { id } of attempts) {
    const { size } = await executor.logs(id, 0, 0)
    parts.push({ attemptId: id, start, size })
    start += size
  }
  return { parts, ended }
}

/**
 * A piece of a step's log by byte offset. The log is that of its attempts one after the other: an attempt
 * begins when the one before has ended, so offsets never move. A piece never crosses attempts, is at most
 * 64 KiB, and holds whole UTF-8 characters.
 *
 * @param from negative counts from the end
 */
export async function readStepLog(
  db: Db,
  executor: Executor,
  stepId: Id,
  from: number,
  max: number,
): Promise<LogChunk> {
  const { parts, ended } = await partsOf(db, executor, stepId)
  const size = parts.reduce((total, part) => total + part.size, 0)
  const wanted = from < 0 ? Math.max(0, size + from) : Math.min(from, size)
  const part = parts.findLast((part) => part.start <= wanted)
  if (part === undefined) return { text: '', from: 0, to: 0, size: 0, ended, attemptId: null }
  const limit = Math.max(4, Math.min(max, maxChunkBytes))
  const { bytes } = await executor.logs(part.attemptId, wanted - part.start, limit)
  const skip = wanted === part.start ? 0 : brokenStart(bytes)
  const reachesEnd = wanted + bytes.length >= part.start + part.size
  const last = part === parts.at(-1)
  // At the very end of a log that will not grow, half a character is all there will ever be.
  const keep = reachesEnd && (ended || !last) ? 0 : brokenEnd(bytes.subarray(skip))
  const taken = bytes.subarray(skip, bytes.length - keep)
  const start = wanted + skip
  const to = start + taken.length
  return {
    text: new TextDecoder().decode(taken),
    from: start,
    to,
    size,
    ended: ended && to >= size,
    attemptId: part.attemptId,
  }
}
