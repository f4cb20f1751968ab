import type { Id } from './id.ts'

export type Role = 'administrator' | 'researcher' | 'reviewer' | 'viewer'

/** Who asks. */
export interface Viewer {
  readonly id: Id
  readonly name: string
  readonly role: Role
}
