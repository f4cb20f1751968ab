import type { Id } from './id.ts'

/** An immutable, content-addressed list of accepted images and captions. */
export interface DatasetVersion {
  readonly id: Id
  readonly projectId: Id
  readonly curationId: Id | null
  /** "sha256:<hex>" of the manifest. */
  readonly hash: string
  readonly imageCount: number
  readonly triggerWord: string
  readonly classNoun: string
  readonly createdAt: Date
}

/** What changed from one version to another, by content. */
export interface DatasetDiff {
  readonly added: readonly DatasetEntry[]
  readonly removed: readonly DatasetEntry[]
  readonly recaptioned: readonly {
    readonly sha256: string
    readonly imageId: Id
    readonly before: string
    readonly after: string
  }[]
  readonly kept: number
}

export interface DatasetEntry {
  readonly sha256: string
  readonly caption: string
  /** The picture of the pool. */
  readonly imageId: Id
}
