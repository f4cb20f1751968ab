/** A page asked for; `after` is the raw key of the last node seen, or null for the beginning. */
export interface Page {
  readonly first: number
  readonly after: string | null
}

/** A page given. */
export interface Slice<T> {
  readonly nodes: readonly T[]
  readonly hasNextPage: boolean
}
