import type { Id } from './id.ts'
import type { RequestState } from './run-state.ts'

export const priorities = ['HIGH', 'NORMAL', 'LOW'] as const
export type Priority = (typeof priorities)[number]

/** The queue's first sort key: the higher one goes first. */
export const priorityRank: Readonly<Record<Priority, number>> = { HIGH: 3, NORMAL: 2, LOW: 1 }

/** The priority that a run's stored number stands for. */
export function priorityOf(rank: number): Priority {
  return rank >= priorityRank.HIGH ? 'HIGH' : rank <= priorityRank.LOW ? 'LOW' : 'NORMAL'
}

/** "Run this spec with these resources and this priority." */
export interface Request {
  readonly id: Id
  readonly projectId: Id
  readonly specId: Id
  readonly specHash: string
  readonly state: RequestState
  readonly priority: Priority
  readonly isTest: boolean
  readonly createdBy: Id
  readonly createdAt: Date
}
