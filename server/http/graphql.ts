import { ApolloServer, HeaderMap } from '@apollo/server'
import type { GraphQLSchema } from 'graphql'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '#schema/builder.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { limits, maskError, validationRules, type Log } from './policy.ts'

export interface GraphqlOptions {
  readonly schema: GraphQLSchema
  readonly introspection: boolean
  readonly log: Log
}

/** Reads a body of at most `limit` bytes. @throws DomainError TOO_LARGE */
async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limit)
      throw new DomainError('TOO_LARGE', `The request is larger than ${limit} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

/** GraphQL over HTTP: POST with JSON only, one operation at a time. */
export interface GraphqlHandler {
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    context: () => Promise<Context>,
  ): Promise<void>
  stop(): Promise<void>
}

export async function createGraphql(options: GraphqlOptions): Promise<GraphqlHandler> {
  const apollo = new ApolloServer<Context>({
    schema: options.schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: validationRules(options.introspection),
    formatError: (_formatted, error) => maskError(error, options.log),
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => options.log(String(message)),
      error: (message) => options.log(String(message)),
    },
  })
  await apollo.start()

  function refuse(response: ServerResponse, status: number, code: string, message: string): void {
    answerJson(response, status, { errors: [{ message, extensions: { code } }] })
  }

  return {
    async handle(request, response, context) {
      if (request.method !== 'POST') {
        response.setHeader('allow', 'POST')
        refuse(
          response,
          405,
          'BAD_INPUT',
          'Send operations by POST with content-type application/json.',
        )
        return
      }
      if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
        refuse(response, 415, 'BAD_INPUT', 'Send operations with content-type application/json.')
        return
      }
      let body: unknown
      try {
        body = JSON.parse(await readBody(request, limits.body))
      } catch (error) {
        if (error instanceof DomainError) refuse(response, 413, error.code, error.message)
        else refuse(response, 400, 'BAD_INPUT', 'The body is not JSON.')
        return
      }
      if (Array.isArray(body)) {
        refuse(response, 400, 'BAD_INPUT', 'One operation at a time: batches are off.')
        return
      }
      const headers = new HeaderMap()
      for (const [name, value] of Object.entries(request.headers)) {
        if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
      }
      const result = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers, search: '', body },
        context,
      })
      for (const [name, value] of result.headers) response.setHeader(name, value)
      response.statusCode = result.status ?? 200
      if (result.body.kind === 'complete') {
        response.end(result.body.string)
        return
      }
      for await (const chunk of result.body.asyncIterator) response.write(chunk)
      response.end()
    },
    stop: () => apollo.stop(),
  }
}
