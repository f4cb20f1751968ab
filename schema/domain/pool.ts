import type { ErrorCode } from './errors.ts'
import type { Id } from './id.ts'
import type { VerdictValue } from './curation.ts'

/** What became of an offered file. */
export const poolOutcomes = [
  'STORED',
  'EXACT_DUPLICATE',
  'NEAR_DUPLICATE',
  'TOO_SMALL',
  'BLURRED',
  'BROKEN',
  'UNSUPPORTED',
  'TOO_LARGE',
  'REFUSED',
  'SET_ASIDE',
] as const
export type PoolOutcome = (typeof poolOutcomes)[number]

export interface Pool {
  readonly id: Id
  readonly projectId: Id
}

/** used + excluded = uploaded, always. */
export interface PoolAccount {
  readonly uploaded: number
  readonly used: number
  readonly excluded: number
  readonly byReason: readonly { readonly reason: PoolOutcome; readonly count: number }[]
}

export interface PoolEmbedding {
  readonly embedder: string
  readonly why: string
  readonly state: 'IDLE' | 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED'
  readonly done: number
  readonly total: number
  readonly message: string
}

/** One line of the account: an offered file. */
export interface PoolEntry {
  readonly id: Id
  readonly fileName: string
  readonly outcome: PoolOutcome
  readonly message: string
  readonly bytes: number
  readonly imageId: Id | null
  readonly duplicateOf: Id | null
  readonly createdAt: Date
}

export interface Image {
  readonly id: Id
  readonly poolId: Id
  readonly sha256: string
  readonly fileName: string
  readonly format: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly url: string
  readonly thumbnailUrl: string
  readonly measures: Readonly<Record<string, number>>
  readonly excluded: {
    readonly reason: PoolOutcome
    readonly message: string
    readonly duplicateOf: Id | null
  } | null
  readonly sees: string | null
  readonly caption: string | null
  readonly createdAt: Date
}

export interface Sight {
  readonly classNoun: string
  readonly count: number
  readonly of: number
}

/** A picture on the pool's map; x and y are -1..1 (principal axes of the embeddings). */
export interface MapPoint {
  readonly imageId: Id
  readonly x: number
  readonly y: number
  readonly cluster: number
  readonly verdict: VerdictValue | null
}

/** Leave to send files once: POST multipart/form-data to `url` before `expiresAt`. */
export interface UploadTicket {
  readonly id: Id
  readonly url: string
  readonly maxFileBytes: number
  readonly expiresAt: Date
}

/** What became of a file of vectors that were made elsewhere; no line of the account, since it is no picture. */
export interface VectorsImport {
  readonly fileName: string
  readonly outcome: 'IMPORTED' | 'REFUSED'
  readonly message: string
  /** "imported:<name>" */
  readonly embedder: string | null
  readonly images: number
  readonly dim: number
  /** Why not, when refused. */
  readonly code?: ErrorCode
}
