import { print } from 'graphql'
import { useEffect, useRef } from 'react'
import type { TypedDocumentNode } from 'urql'
import { socket, watching } from './client.ts'

export interface Watched<Data, Variables> {
  readonly document: TypedDocumentNode<Data, Variables>
  /** Read at each (re)connection, so that a cursor in it is the newest. */
  variables(): Variables
  hear(data: Data): void
  /** The server ended the stream with this code; it is taken up again where that helps. */
  refused?(code: string, message: string): void
  /** Whether more is to come once the stream has ended. */
  more(): boolean
}

/** Watches until stopped; a lost connection, a slow page or a restarted server only pause it. */
export function watch<Data, Variables extends object>(
  watched: Watched<Data, Variables>,
): () => void {
  let stopped = false
  let stop: () => void = () => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const query = print(watched.document)
  const begin = (): void => {
    if (stopped) return
    const wait = (milliseconds: number) => {
      timer = setTimeout(begin, milliseconds)
    }
    const payload = {
      query,
      // graphql-ws sends the same payload at each reconnection: a getter gives it the newest cursor.
      get variables() {
        return watched.variables() as Record<string, unknown>
      },
    }
    let refused = false
    stop = socket.subscribe<Data>(payload, {
      next: (result) => {
        const fault = result.errors?.[0]
        if (fault !== undefined) {
          refused = true
          const given = fault.extensions?.['code']
          const code = typeof given === 'string' ? given : 'INTERNAL'
          watched.refused?.(code, fault.message)
          if (code !== 'NOT_FOUND' && code !== 'FORBIDDEN' && code !== 'BAD_INPUT') wait(1_000)
          else release()
        } else if (result.data != null) watched.hear(result.data)
      },
      error: () => {
        if (!stopped && !refused) wait(1_000)
      },
      complete: () => {
        if (stopped || refused) return
        if (watched.more()) wait(250)
        else release()
      },
    })
  }
  // Once: what has ended needs the socket no longer.
  let needed = true
  const release = () => {
    if (needed) watching(-1)
    needed = false
  }
  watching(1)
  begin()
  return () => {
    stopped = true
    clearTimeout(timer)
    release()
    stop()
  }
}

/** Watches while the component is there; `key` null: not now. */
export function useWatch<Data, Variables extends object>(
  watched: Watched<Data, Variables>,
  key: string | null,
): void {
  const latest = useRef(watched)
  useEffect(() => {
    latest.current = watched
  })
  useEffect(() => {
    if (key === null) return
    return watch<Data, Variables>({
      document: latest.current.document,
      variables: () => latest.current.variables(),
      hear: (data) => latest.current.hear(data),
      refused: (code, message) => latest.current.refused?.(code, message),
      more: () => latest.current.more(),
    })
  }, [key])
}
