/** The closed set of codes that a client may meet. Stable: clients switch on them. */
export const errorCodes = [
  'BAD_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'ID_REUSED',
  'CONFLICT',
  'ILLEGAL_STATE',
  'GOAL_UNREADABLE',
  'POOL_EMPTY',
  'SPEC_INVALID',
  'INTENT_UNSUPPORTED',
  'QUOTA_EXCEEDED',
  'BUDGET_EXCEEDED',
  'TOO_LARGE',
  'UNSUPPORTED_MEDIA',
  'STORAGE_FULL',
  'ENVIRONMENT_UNAVAILABLE',
  'UNAVAILABLE',
  'SLOW_CONSUMER',
  'CURSOR_TOO_OLD',
  'INTERNAL',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** Facts that help a person to act; shown beside the sentence. Values are plain text. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>

/**
 * An error that a person can act on: a stable code, one sentence that names the culprit and the mend.
 * Everything that is not a DomainError is masked as INTERNAL before it leaves the process.
 *
 * @example throw new DomainError('POOL_EMPTY', 'No image is accepted yet: accept at least one, then start.')
 */
export class DomainError extends Error {
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DomainError'
    this.code = code
    this.facts = facts
  }
}

/** One fault in a spec, an intent or a form: `path` names the culprit ("components[2].name"). */
export interface Problem {
  readonly path: string
  readonly code: string
  readonly message: string
}

/** A spec or input with faults that are each named; all of them are told at once. */
export class InvalidError extends DomainError {
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, problems: readonly Problem[]) {
    super(code, message)
    this.name = 'InvalidError'
    this.problems = problems
  }
}
