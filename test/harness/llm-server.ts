import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { LlmSettings } from '#intelligence/index.ts'

/** What the next call is answered with. The body goes out as chat.completion unless `raw` says otherwise. */
export type LlmScript =
  | { readonly kind: 'content'; readonly content: string; readonly delayMs?: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: 'raw'; readonly body: string; readonly type?: string }
  /** Bytes of content, in pieces. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The head and then nothing, until the client goes away. */
  | { readonly kind: 'never' }
  | { readonly kind: 'silent' }
  /** One character a time: never late enough for an idle time-out. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'hangUp' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'refusal' }
  /**
   * Server-sent events, as a server streams: the content in pieces of so many characters, a pause before each. `cutAfter` hangs up
   * after that many pieces; `fault` sends an error event in their place.
   */
  | {
      readonly kind: 'stream'
      readonly content: string
      readonly pieceLength?: number
      readonly everyMs?: number
      readonly cutAfter?: number
      readonly faultAfter?: number
    }
  /** Events without end or sense, so many bytes of them. */
  | { readonly kind: 'streamHuge'; readonly bytes: number }

export interface LlmRequest {
  readonly path: string
  readonly authorization: string | null
  readonly body: {
    readonly model: string
    readonly temperature: number
    readonly stream?: boolean
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly response_format?: {
      readonly type: string
      readonly json_schema: { readonly strict: boolean; readonly schema: object }
    }
  }
}

/** What the platform is told of such a server: every call costs, nobody reaches a cap. */
export function settingsFor(
  server: Pick<LlmServer, 'url'>,
  other: Partial<LlmSettings> = {},
): LlmSettings {
  return {
    url: server.url,
    key: 'test',
    model: 'scripted',
    timeoutMs: 2000,
    maxReplyTokens: 500,
    priceIn: 1,
    priceOut: 1,
    dailyTokens: 1_000_000,
    dailyMoney: 5,
    ...other,
  }
}

export interface LlmServer extends AsyncDisposable {
  /** Base URL with /v1. */
  readonly url: string
  readonly requests: LlmRequest[]
  /** Scripts are used up in order; the last one stays. */
  play(...scripts: LlmScript[]): void
}

const completion = (content: string | null, refusal: string | null = null): string =>
  JSON.stringify({
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'scripted',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 700, completion_tokens: 90, total_tokens: 790 },
  })

/** A chunk of a streamed completion; null: the last one, with the usage. */
const event = (content: string | null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-test',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'scripted',
    choices:
      content === null
        ? [{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]
        : [
            {
              index: 0,
              delta: { role: 'assistant', content },
              logprobs: null,
              finish_reason: null,
            },
          ],
    usage:
      content === null ? { prompt_tokens: 700, completion_tokens: 90, total_tokens: 790 } : null,
  })}\n\n`

/** An OpenAI-compatible server on loopback that speaks the real wire format and misbehaves on demand. */
export async function startLlmServer(): Promise<LlmServer> {
  const requests: LlmRequest[] = []
  let scripts: LlmScript[] = [{ kind: 'content', content: '{}' }]
  const timers = new Set<NodeJS.Timeout>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    requests.push({
      path: request.url ?? '',
      authorization: request.headers.authorization ?? null,
      body: JSON.parse(body) as LlmRequest['body'],
    })
    const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!
    const send = (status: number, content: string, type = 'application/json'): void => {
      response.writeHead(status, { 'content-type': type }).end(content)
    }
    switch (script.kind) {
      case 'content': {
        const answer = (): void => send(200, completion(script.content))
        if (script.delayMs === undefined) return answer()
        const timer = setTimeout(answer, script.delayMs)
        timers.add(timer)
        return
      }
      case 'status':
        response.writeHead(script.status, {
          'content-type': 'application/json',
          ...(script.retryAfter === undefined ? {} : { 'retry-after': String(script.retryAfter) }),
        })
        response.end(
          JSON.stringify({ error: { message: 'scripted', type: 'scripted', code: script.status } }),
        )
        return
      case 'raw':
        return send(200, script.body, script.type)
      case 'huge': {
        response.writeHead(200, { 'content-type': 'application/json' })
        const piece = 'x'.repeat(64 * 1024)
        const gone = once(response, 'close')
        response.write('{"choices":[{"message":{"role":"assistant","content":"')
        for (let sent = 0; sent < script.bytes && !response.destroyed; sent += piece.length) {
          if (!response.write(piece)) await Promise.race([once(response, 'drain'), gone])
        }
        response.end('"}}]}')
        return
      }
      case 'never':
        response.writeHead(200, { 'content-type': 'application/json' })
        response.flushHeaders()
        return
      case 'silent':
        return
      case 'drip': {
        response.writeHead(200, { 'content-type': 'application/json' })
        const timer = setInterval(() => response.write(' '), script.everyMs)
        timers.add(timer)
        response.once('close', () => clearInterval(timer))
        return
      }
      case 'hangUp':
        request.socket.destroy()
        return
      case 'redirect':
        response.writeHead(307, { location: script.to }).end()
        return
      case 'refusal':
        return send(200, completion(null, 'I cannot help with that.'))
      case 'stream': {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const size = script.pieceLength ?? 7
        const count = Math.ceil(script.content.length / size)
        for (let at = 0; at < count && !response.destroyed; at += 1) {
          if (script.cutAfter === at) {
            request.socket.destroy()
            return
          }
          if (script.faultAfter === at) {
            response.end('data: {"error":{"message":"scripted","type":"server_error"}}\n\n')
            return
          }
          if (script.everyMs !== undefined) await pause(script.everyMs)
          response.write(event(script.content.slice(at * size, (at + 1) * size)))
        }
        response.write(event(null))
        response.end('data: [DONE]\n\n')
        return
      }
      case 'streamHuge': {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const gone = once(response, 'close')
        const piece = event('x'.repeat(32 * 1024))
        for (let sent = 0; sent < script.bytes && !response.destroyed; sent += piece.length) {
          if (!response.write(piece)) await Promise.race([once(response, 'drain'), gone])
        }
        response.end()
        return
      }
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    play: (...next) => {
      scripts = next
    },
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
