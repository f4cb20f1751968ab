import {
  GraphQLError,
  execute,
  getOperationAST,
  parse,
  specifiedRules,
  subscribe,
  validate,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Context } from '#schema/builder.ts'
import { limits, maskError, validationRules, type Log } from './policy.ts'

export interface SocketOptions {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  readonly log: Log
  /** Whether a request may open a socket at all: its Host and Origin. */
  allowed(request: IncomingMessage): boolean
  /** The context of a connection by its token; null when it may not connect. */
  context(token: string | null): Promise<Context | null>
}

function tokenOf(params: Readonly<Record<string, unknown>> | undefined): string | null {
  const token = params?.['token']
  return typeof token === 'string' && token !== '' ? token : null
}

function masked(result: ExecutionResult, log: Log): ExecutionResult {
  if (result.errors === undefined) return result
  return { ...result, errors: result.errors.map((error) => asError(error, log)) }
}

function asError(error: unknown, log: Log): GraphQLError {
  const safe = maskError(error, log)
  return new GraphQLError(safe.message, {
    ...(safe.path === undefined ? {} : { path: safe.path }),
    ...(safe.extensions === undefined ? {} : { extensions: safe.extensions }),
  })
}

/** A stream that fails tells why in a last result, instead of closing the socket under all others. */
async function* told(
  stream: AsyncIterable<ExecutionResult>,
  log: Log,
): AsyncGenerator<ExecutionResult, void, void> {
  try {
    for await (const result of stream) yield masked(result, log)
  } catch (error) {
    yield { errors: [asError(error, log)] }
  }
}

/** GraphQL over WebSocket (graphql-ws protocol) on the same address, under the same policy as HTTP. */
export function createSocket(server: Server, options: SocketOptions): { close(): Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.message })
  const rules = [...specifiedRules, ...validationRules(options.introspection)]

  const protocol = useServer<Record<string, unknown>>(
    {
      schema: options.schema,
      connectionInitWaitTimeout: 10_000,
      async onConnect(connection) {
        return (await options.context(tokenOf(connection.connectionParams))) !== null
      },
      async onSubscribe(connection, _id, payload) {
        const context = await options.context(tokenOf(connection.connectionParams))
        // The token is judged again for each operation: a revoked one is off at once.
        if (context === null) {
          connection.extra.socket.close(CloseCode.Forbidden, 'Forbidden')
          return []
        }
        if (Object.keys(connection.subscriptions).length > limits.operations) {
          return [
            new GraphQLError(`A socket carries at most ${limits.operations} operations at once.`, {
              extensions: { code: 'BAD_INPUT' },
            }),
          ]
        }
        try {
          const document = parse(payload.query, { maxTokens: limits.tokens })
          const errors = validate(options.schema, document, rules)
          if (errors.length > 0) return errors.map((error) => asError(error, options.log))
          if (getOperationAST(document, payload.operationName) == null) {
            return [
              new GraphQLError('The operation is not in the document.', {
                extensions: { code: 'BAD_INPUT' },
              }),
            ]
          }
          return {
            schema: options.schema,
            document,
            operationName: payload.operationName ?? null,
            variableValues: payload.variables ?? null,
            contextValue: context,
          } satisfies ExecutionArgs
        } catch (error) {
          return [asError(error, options.log)]
        }
      },
      async execute(args) {
        return masked(await execute(args), options.log)
      },
      async subscribe(args) {
        const result = await subscribe(args)
        return Symbol.asyncIterator in result
          ? told(result, options.log)
          : masked(result, options.log)
      },
    },
    sockets,
  )

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined)
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    if (path !== '/graphql' || !options.allowed(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      sockets.emit('connection', client, request)
      // graphql-ws prints each client's fault with its stack: anybody could fill the log. ws has closed the socket by then.
      client.removeAllListeners('error')
      client.on('error', () => undefined)
    })
  })

  return {
    async close() {
      for (const client of sockets.clients) client.close(1001, 'Going away')
      await protocol.dispose()
      for (const client of sockets.clients) client.terminate()
    },
  }
}
