import { openAsBlob } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client, type ExecutionResult } from 'graphql-ws'
import { WebSocket } from 'ws'
import {
  DomainError,
  InvalidError,
  errorCodes,
  type ErrorCode,
  type Problem,
} from '#schema/domain/errors.ts'
import type { LocalFile } from './image-files.ts'

type Variables = Readonly<Record<string, unknown>>

/** The GraphQL API as any client sees it. */
export interface Wire extends AsyncDisposable {
  readonly url: string
  /** @throws DomainError as the server told it */
  ask<T>(query: string, variables?: Variables): Promise<T>
  /** A mutation by name; its union is either the entity or thrown. */
  change<T>(name: string, input: Variables, type: string, fields: string): Promise<T>
  watch<T>(query: string, variables: Variables): AsyncIterableIterator<T>
  send(path: string, files: readonly LocalFile[]): Promise<unknown>
  fetch(path: string): Promise<Response>
}

const tries = 4

function codeOf(value: unknown): ErrorCode {
  return errorCodes.find((code) => code === value) ?? 'INTERNAL'
}

interface GraphqlErrors {
  readonly errors?: readonly {
    readonly message: string
    readonly extensions?: { readonly code?: unknown }
  }[]
}

function refusal(result: GraphqlErrors): DomainError | null {
  const [error] = result.errors ?? []
  return error === undefined ? null : new DomainError(codeOf(error.extensions?.code), error.message)
}

/** Whether something of ours listens there. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health/live', url), {
      signal: AbortSignal.timeout(2_000),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

export function createWire(url: string, token: string | null): Wire {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }
  let socket: Client | null = null

  function client(): Client {
    const address = new URL('/graphql', url)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    socket ??= createClient({
      url: address.href,
      webSocketImpl: WebSocket,
      ...(token === null ? {} : { connectionParams: { token } }),
      // Who watches takes its own cursor along when it comes again.
      retryAttempts: 0,
    })
    return socket
  }

  async function ask<T>(query: string, variables: Variables = {}): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let response: Response
      try {
        response = await fetch(new URL('/graphql', url), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        })
      } catch (error) {
        // Sent again it does nothing twice: what creates carries an id of ours.
        if (attempt < tries) {
          await sleep(250 * 2 ** attempt)
          continue
        }
        throw new DomainError(
          'UNAVAILABLE',
          `The server at ${url} does not answer: is it still running?`,
          {},
          { cause: error },
        )
      }
      const result = (await response.json().catch(() => null)) as
        (GraphqlErrors & { data?: T | null }) | null
      if (result === null) {
        throw new DomainError(
          'UNAVAILABLE',
          `The server at ${url} answered ${response.status} and no JSON: is it an Autodidact?`,
        )
      }
      const refused = refusal(result)
      if (refused !== null) throw refused
      return result.data as T
    }
  }

  interface Union {
    readonly __typename: string
    readonly code?: unknown
    readonly message?: string
    readonly problems?: readonly Problem[]
  }

  async function change<T>(
    name: string,
    input: Variables,
    type: string,
    fields: string,
  ): Promise<T> {
    const inputType = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const query = `mutation($input: ${inputType}!) { result: ${name}(input: $input) { __typename
      ... on ${type} { ${fields} } ... on Error { code message } ... on BadInput { problems { path code message } } } }`
    const { result } = await ask<{ result: Union }>(query, { input })
    if (result.__typename === 'BadInput') {
      throw new InvalidError(codeOf(result.code), result.message ?? '', result.problems ?? [])
    }
    if (result.__typename === 'Refused')
      throw new DomainError(codeOf(result.code), result.message ?? '')
    return result as T
  }

  async function* watch<T>(query: string, variables: Variables): AsyncGenerator<T, void> {
    for await (const result of client().iterate<T>({ query, variables }) as AsyncIterable<
      ExecutionResult<T>
    >) {
      const refused = refusal(result as GraphqlErrors)
      if (refused !== null) throw refused
      if (result.data != null) yield result.data
    }
  }

  return {
    url,
    ask,
    change,
    watch,
    async send(path, files) {
      const form = new FormData()
      // Blobs of files are read while they are sent: no picture is held whole.
      for (const file of files) form.append('files', await openAsBlob(file.path), file.name)
      const response = await fetch(new URL(path, url), { method: 'POST', headers, body: form })
      const result = (await response.json().catch(() => null)) as {
        code?: unknown
        message?: string
        errors?: unknown
      } | null
      if (response.ok && result !== null) return result
      throw new DomainError(
        codeOf(result?.code),
        result?.message ?? `The server answered ${response.status} to the upload.`,
      )
    },
    async fetch(path) {
      const response = await fetch(new URL(path, url), { headers })
      if (!response.ok) {
        throw new DomainError(
          'UNAVAILABLE',
          `The server answered ${response.status} to ${new URL(path, url).pathname}.`,
        )
      }
      return response
    },
    async [Symbol.asyncDispose]() {
      await socket?.dispose()
    },
  }
}
