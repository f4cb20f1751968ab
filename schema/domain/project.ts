import type { Id } from './id.ts'

export interface Project {
  readonly id: Id
  readonly name: string
  readonly createdBy: Id
  readonly createdAt: Date
}
