import { DomainError } from './errors.ts'

/**
 * The states of requests, runs, steps and attempts as data: state -> the states that may follow.
 * A state that nothing follows is final. Every write of a state goes through `move`.
 */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>

export const requestTransitions = {
  DRAFT: ['AWAITING_APPROVAL', 'APPROVED', 'WITHDRAWN'],
  AWAITING_APPROVAL: ['APPROVED', 'REJECTED', 'WITHDRAWN'],
  APPROVED: [],
  REJECTED: [],
  WITHDRAWN: [],
} as const satisfies Transitions<
  'DRAFT' | 'AWAITING_APPROVAL' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN'
>
export type RequestState = keyof typeof requestTransitions

export const runTransitions = {
  WAITING: ['RUNNING', 'CANCELLED', 'FAILED'],
  RUNNING: ['CANCELLING', 'SUCCEEDED', 'FAILED'],
  CANCELLING: ['CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
} as const satisfies Transitions<
  'WAITING' | 'RUNNING' | 'CANCELLING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
>
export type RunState = keyof typeof runTransitions

export const stepTransitions = {
  PENDING: ['READY', 'CANCELLED', 'SKIPPED', 'FAILED'],
  // FAILED without having run: its image is unknown here, or the components' environment is broken.
  READY: ['RUNNING', 'CACHED', 'CANCELLED', 'SKIPPED', 'FAILED'],
  // Back to READY: the attempt failed and another one is allowed.
  RUNNING: ['READY', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
  SKIPPED: [],
  CACHED: [],
} as const satisfies Transitions<
  'PENDING' | 'READY' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED' | 'CACHED'
>
export type StepState = keyof typeof stepTransitions

export const attemptTransitions = {
  PENDING: ['SUBMITTING', 'CANCELLED'],
  SUBMITTING: ['STARTED', 'FAILED', 'LOST', 'CANCELLED'],
  STARTED: ['SUCCEEDED', 'FAILED', 'LOST', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  LOST: [],
  CANCELLED: [],
} as const satisfies Transitions<
  'PENDING' | 'SUBMITTING' | 'STARTED' | 'SUCCEEDED' | 'FAILED' | 'LOST' | 'CANCELLED'
>
export type AttemptState = keyof typeof attemptTransitions

export function canMove<S extends string>(table: Transitions<S>, from: S, to: S): boolean {
  return table[from].includes(to)
}

export function isFinal<S extends string>(table: Transitions<S>, state: S): boolean {
  return table[state].length === 0
}

/**
 * The next state, or a typed refusal.
 *
 * @example move(runTransitions, 'run', 'WAITING', 'RUNNING') // 'RUNNING'
 * @throws DomainError ILLEGAL_STATE with both states in its facts
 */
export function move<S extends string>(table: Transitions<S>, noun: string, from: S, to: S): S {
  if (canMove(table, from, to)) return to
  throw new DomainError(
    'ILLEGAL_STATE',
    isFinal(table, from)
      ? `This ${noun} has ended (${from.toLowerCase()}): it cannot become ${to.toLowerCase()}.`
      : `A ${noun} that is ${from.toLowerCase()} cannot become ${to.toLowerCase()}.`,
    { noun, from, to },
  )
}

/** What the states of its steps make of a run that is not being cancelled: null while work is left. */
export function runOutcome(steps: readonly StepState[]): 'SUCCEEDED' | 'FAILED' | null {
  if (!steps.every((state) => isFinal(stepTransitions, state))) return null
  return steps.every((state) => state === 'SUCCEEDED' || state === 'CACHED')
    ? 'SUCCEEDED'
    : 'FAILED'
}

/** What becomes of a step that waits for others, by their states: null while it must wait on. */
export function readiness(dependencies: readonly StepState[]): 'READY' | 'SKIPPED' | null {
  if (
    dependencies.some((state) => state === 'FAILED' || state === 'SKIPPED' || state === 'CANCELLED')
  )
    return 'SKIPPED'
  return dependencies.every((state) => state === 'SUCCEEDED' || state === 'CACHED') ? 'READY' : null
}
