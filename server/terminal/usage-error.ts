/** The command line was not understood; the message says what to write instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** What the process ends with; told in the help. */
export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  runFailed: 3,
  interrupted: 130,
} as const
