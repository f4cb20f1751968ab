import { DomainError } from '#schema/domain/errors.ts'

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Turns "no space left" into a sentence that a person can act on; gives every other error back as it is. */
export function storageError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === undefined || !full.has(code)) return error
  return new DomainError(
    'STORAGE_FULL',
    'The disk that holds the platform’s data is full. Nothing was lost, but nothing more can be stored: free some space, then try again.',
    { reason: code },
    { cause: error },
  )
}
