import { DomainError } from '../domain/errors.ts'
import type { Page, Slice } from '../ports/page.ts'

const keyPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

interface PageArgs {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** @throws DomainError BAD_INPUT when `first` is not 1..100, or `after` is not a cursor of ours */
export function pageOf(args: PageArgs): Page {
  if (args.last != null || args.before != null) {
    throw new DomainError(
      'BAD_INPUT',
      'Lists are read forward: use "first" and "after" instead of "last" and "before".',
    )
  }
  const first = args.first ?? 50
  if (!Number.isInteger(first) || first < 1 || first > 100) {
    throw new DomainError('BAD_INPUT', `"first" is ${first}: ask for 1 to 100 at a time.`)
  }
  if (args.after == null) return { first, after: null }
  const after = Buffer.from(args.after, 'base64url').toString('latin1')
  if (!keyPattern.test(after)) {
    throw new DomainError(
      'BAD_INPUT',
      'The cursor in "after" is not one that this server gave out: leave it away to start at the beginning.',
    )
  }
  return { first, after }
}

/** A slice as a relay connection; the keyset cursor is the node's key, which sorts by time of making. */
export function connectionOf<T>(slice: Slice<T>, keyOf: (node: T) => string) {
  const edges = slice.nodes.map((node) => ({
    cursor: Buffer.from(keyOf(node), 'latin1').toString('base64url'),
    node,
  }))
  return {
    edges,
    pageInfo: {
      hasNextPage: slice.hasNextPage,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
