import { useCallback, useEffect, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { ask, asRefusal, type Asked, type Refusal } from './ask.ts'

interface Connection<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly edges: readonly ({ readonly node: Node | null } | null)[] | null
}

export interface Pages<Node> extends Asked<readonly Node[]> {
  /** Reads one page more; null when all is there. */
  readonly more: (() => void) | null
}

/** A list by pages: the first when the page opens, one more at each `more`; `again` reads all that is shown anew. */
export function usePages<Data, Variables extends AnyVariables, Node>(
  document: TypedDocumentNode<Data, Variables & { after?: string | null }>,
  variables: Variables,
  /** Where the list is in an answer; the same function at each call. */
  connection: (data: Data) => Connection<Node> | null | undefined,
): Pages<Node> {
  const key = JSON.stringify(variables)
  const [shown, setShown] = useState<{
    key: string
    nodes: readonly Node[]
    hasMore: boolean
  } | null>(null)
  const [error, setError] = useState<Refusal | null>(null)
  const [wanted, setWanted] = useState({ key, pages: 1, turn: 0 })
  // Another filter begins at its first page again.
  const pages = wanted.key === key ? wanted.pages : 1
  const { turn } = wanted
  useEffect(() => {
    let current = true
    async function read(): Promise<void> {
      const nodes: Node[] = []
      let after: string | null = null
      let hasMore = true
      for (let page = 0; page < pages && hasMore; page += 1) {
        const given = { ...(JSON.parse(key) as Variables), after }
        const found = connection(await ask(document, given))
        if (!current) return
        for (const edge of found?.edges ?? []) if (edge?.node != null) nodes.push(edge.node)
        after = found?.pageInfo.endCursor ?? null
        hasMore = found?.pageInfo.hasNextPage === true
      }
      setShown({ key, nodes, hasMore })
      setError(null)
    }
    read().catch((reason: unknown) => {
      if (current) setError(asRefusal(reason))
    })
    return () => {
      current = false
    }
  }, [document, connection, key, pages, turn])
  const again = useCallback(() => setWanted((before) => ({ ...before, turn: before.turn + 1 })), [])
  const more = useCallback(
    () => setWanted((before) => ({ ...before, key, pages: pages + 1 })),
    [key, pages],
  )
  const data = shown?.key === key ? shown.nodes : null
  return { data, error, again, more: data !== null && shown?.hasMore === true ? more : null }
}
