import type { Readable } from 'node:stream'

/** What a store knows about bytes once they are safe: their name is their sha256. */
export interface Stored {
  readonly sha256: string
  readonly bytes: number
}

/** Bytes `start` to `end`, both included; without `end` to the end, as in HTTP's Range. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** Who reads artifacts sees bytes by content, never where they lie: a folder on this machine, or a bucket. */
export interface ArtifactStore {
  /**
   * Streams bytes in; when it resolves they survive a crash. The same bytes twice are one blob.
   * DomainError TOO_LARGE beyond `maxBytes`, STORAGE_FULL when nothing more fits.
   */
  put(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    options?: { signal?: AbortSignal; maxBytes?: number },
  ): Promise<Stored>
  /** The same for a file; with `move` the file is gone afterwards and costs no copy where that can be. */
  putFile(path: string, options?: { move?: boolean }): Promise<Stored>
  /** DomainError NOT_FOUND for bytes that are not there, BAD_INPUT for a range outside of them. */
  open(sha256: string, range?: ByteRange): Promise<Readable>
  stat(sha256: string): Promise<{ readonly bytes: number } | null>
  has(sha256: string): Promise<boolean>
  /** A file at `target` with these bytes, to be read only: a hard link where that can be, else a copy. CONFLICT when other bytes are there. */
  link(sha256: string, target: string): Promise<void>
  /** A file on this machine with these bytes, to be read only. */
  path(sha256: string): Promise<string>
  /** An address that gives these bytes to whoever has it, for an hour; null where the store has none (a folder). */
  readAddress(sha256: string): Promise<string | null>
  /**
   * An address that takes exactly these bytes by one PUT with these headers, for an hour; null where the store has none.
   * Once it has answered 200 they are stored: `has` tells.
   */
  writeAddress(stored: Stored): Promise<{
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
  } | null>
  /** What is not there is fine. */
  delete(sha256: string): Promise<void>
  health(): Promise<{
    readonly ok: boolean
    readonly message: string
    readonly freeBytes: number | null
  }>
}
