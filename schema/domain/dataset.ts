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
