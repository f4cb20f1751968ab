/**
 * An async generator that can be left while it waits. `return()` on a plain one is only heard at its next
 * `yield`, so a subscriber who goes while nothing happens would be followed for ever.
 *
 * @param make gets the signal that aborts when the consumer leaves or `outer` aborts
 */
export function abortable<T>(
  make: (signal: AbortSignal) => AsyncGenerator<T, void>,
  outer?: AbortSignal,
): AsyncGenerator<T, void> {
  const leaving = new AbortController()
  const inner = make(
    outer === undefined ? leaving.signal : AbortSignal.any([leaving.signal, outer]),
  )
  return {
    next: () => inner.next(),
    return() {
      leaving.abort()
      return inner.return()
    },
    throw(error: unknown) {
      leaving.abort()
      return inner.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await this.return()
    },
  }
}
