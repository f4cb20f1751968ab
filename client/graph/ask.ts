import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnyVariables, TypedDocumentNode } from 'urql'
import { client } from './client.ts'

/** One fault, with the path of its culprit. */
export interface Fault {
  readonly path: string
  readonly code: string
  readonly message: string
}

/** Why something was not done, as the server tells it; UNREACHABLE when it did not answer. */
export class Refusal extends Error {
  readonly code: string
  /** Each fault that the server names the place of; none where the refusal as a whole is what there is to say. */
  readonly problems: readonly Fault[]
  constructor(code: string, message: string, problems: readonly Fault[] = []) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.problems = problems
  }

  /** One sentence for each fault, none twice. */
  get sentences(): readonly string[] {
    if (this.problems.length === 0) return [this.message]
    return [...new Set(this.problems.map((problem) => problem.message))]
  }
}

interface Failed {
  readonly graphQLErrors: readonly { message: string; extensions?: Record<string, unknown> }[]
}

function refusalOf(error: Failed): Refusal {
  const first = error.graphQLErrors[0]
  if (first === undefined) return new Refusal('UNREACHABLE', '')
  const code = first.extensions?.['code']
  const problems = first.extensions?.['problems']
  return new Refusal(
    typeof code === 'string' ? code : 'INTERNAL',
    first.message,
    Array.isArray(problems) ? (problems as Fault[]) : [],
  )
}

export function asRefusal(reason: unknown): Refusal {
  return reason instanceof Refusal
    ? reason
    : new Refusal('INTERNAL', reason instanceof Error ? reason.message : String(reason))
}

/** Asks once. @throws Refusal */
export async function ask<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const result = await client.query(document, variables).toPromise()
  if (result.error !== undefined) throw refusalOf(result.error)
  return result.data as Data
}

/** The entity that a mutation gives, without the ways it can be refused. */
type Done<Data> = { [K in keyof Data]: Exclude<Data[K], { code: string }> }

/** Does something. @throws Refusal with what to do */
export async function act<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Done<Data>> {
  const result = await client.mutation(document, variables).toPromise()
  if (result.error !== undefined) throw refusalOf(result.error)
  const data = result.data as Record<
    string,
    { code?: string; message?: string; problems?: Fault[] }
  >
  for (const value of Object.values(data)) {
    if (typeof value.code === 'string' && typeof value.message === 'string') {
      throw new Refusal(value.code, value.message, value.problems)
    }
  }
  return result.data as Done<Data>
}

export interface Asked<Data> {
  readonly data: Data | null
  readonly error: Refusal | null
  readonly again: () => void
}

/** Asks when the page opens and whenever `again` is called; keeps the last answer meanwhile. */
export function useAsk<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Asked<Data> {
  const [data, setData] = useState<Data | null>(null)
  const [error, setError] = useState<Refusal | null>(null)
  const [turn, setTurn] = useState(0)
  const key = JSON.stringify(variables)
  useEffect(() => {
    let wanted = true
    ask(document, JSON.parse(key) as Variables).then(
      (answer) => {
        if (!wanted) return
        setData(answer)
        setError(null)
      },
      (reason: unknown) => {
        if (wanted) setError(asRefusal(reason))
      },
    )
    return () => {
      wanted = false
    }
  }, [document, key, turn])
  const again = useCallback(() => setTurn((before) => before + 1), [])
  return { data, error, again }
}

export interface Doing {
  readonly busy: boolean
  readonly error: Refusal | null
  /** Runs it unless one is under way; a failure is kept in `error`. */
  run(work: () => Promise<unknown>): void
}

/** Something that a press of a button does: busy while it goes on, the refusal when it fails. */
export function useDoing(): Doing {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Refusal | null>(null)
  const under = useRef(false)
  const run = useCallback((work: () => Promise<unknown>) => {
    if (under.current) return
    under.current = true
    setBusy(true)
    setError(null)
    work()
      .catch((reason: unknown) => setError(asRefusal(reason)))
      .finally(() => {
        under.current = false
        setBusy(false)
      })
  }, [])
  return { busy, error, run }
}
