import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { DomainError } from '#schema/domain/errors.ts'
import type { CallOptions, ClusterApi, Reply } from './api.ts'

export interface ClusterOptions {
  /** A kubeconfig file; null: KUBECONFIG, ~/.kube/config, or the pod's own service account. */
  readonly kubeconfig: string | null
  /** null: the current one. */
  readonly context: string | null
  /** An address in place of the kubeconfig's: a proxy that tests put between. */
  readonly server?: string
}

const callMs = 30_000
const callSockets = 64
// A token from an exec plugin or a mounted file is read anew before it can expire.
const credentialsMs = 240_000

/** A log that is followed keeps its connection for as long as its step runs: they must not take those of the calls. */
interface Connections {
  readonly calls: RequestOptions
  readonly streams: RequestOptions
}

function parsed(body: string): unknown {
  if (!body.startsWith('{')) return { message: body.slice(0, 500) }
  return JSON.parse(body) as unknown
}

/**
 * Opens the API of a cluster. The client library reads the kubeconfig and makes the credentials (exec plugins, tokens,
 * certificates); requests are our own, because its watch is cut at 30 s and its log follower cannot be stopped safely (2.0.1).
 *
 * @throws DomainError BAD_INPUT naming the kubeconfig or the context that is not there
 */
export async function openCluster(options: ClusterOptions): Promise<ClusterApi> {
  // Two seconds to load: only where a cluster is used.
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    if (options.kubeconfig === null) config.loadFromDefault()
    else config.loadFromFile(options.kubeconfig)
  } catch (error) {
    throw new DomainError(
      'BAD_INPUT',
      `The kubeconfig ${options.kubeconfig ?? ''} cannot be read: set KUBECONFIG to one that can.`,
      {},
      { cause: error },
    )
  }
  const names = config.getContexts().map(({ name }) => name)
  if (options.context !== null) {
    if (!names.includes(options.context))
      throw new DomainError(
        'BAD_INPUT',
        `The kubeconfig has no context "${options.context}": it has ${names.join(', ') || 'none'}. Set AUTODIDACT_KUBERNETES_CONTEXT to one of them.`,
      )
    config.setCurrentContext(options.context)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null)
    throw new DomainError('BAD_INPUT', 'The kubeconfig names no cluster: set its current context.')
  const server = options.server ?? cluster.server
  const secure = server.startsWith('https:')
  let credentials: { at: number; of: Promise<Connections> } | null = null
  let agents: (HttpAgent | HttpsAgent)[] = []

  function connections(): Promise<Connections> {
    if (credentials === null || performance.now() - credentials.at >= credentialsMs) {
      const made = { at: performance.now(), of: makeConnections() }
      credentials = made
      made.of.catch(() => {
        if (credentials === made) credentials = null
      })
    }
    return credentials.of
  }

  async function makeConnections(): Promise<Connections> {
    const read: RequestOptions = {}
    await config.applyToHTTPSOptions(read)
    const { ca, cert, key, rejectUnauthorized, servername, headers, auth } = read
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(servername === undefined ? {} : { servername }),
    }
    // Streams that are open keep the agent that they were made with.
    const agentOf = (maxSockets: number) =>
      secure
        ? new HttpsAgent({ keepAlive: true, maxSockets, ...tls })
        : new HttpAgent({ keepAlive: true, maxSockets })
    const made = (agent: HttpAgent | HttpsAgent): RequestOptions => ({
      agent,
      ...(headers === undefined ? {} : { headers }),
      ...(auth === undefined || auth === null ? {} : { auth }),
    })
    const [ofCalls, ofStreams] = [agentOf(callSockets), agentOf(Infinity)]
    agents = [...agents.slice(-2), ofCalls, ofStreams]
    return { calls: made(ofCalls), streams: made(ofStreams) }
  }

  async function send(
    method: string,
    path: string,
    { query = {}, body, contentType = 'application/json', signal }: CallOptions,
    kind: keyof Connections,
    timeoutMs: number,
  ): Promise<IncomingMessage> {
    const address = new URL(path, server)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(name, String(value))
    const given = (await connections())[kind]
    const payload = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((done, fail) => {
      const sent = (secure ? httpsRequest : httpRequest)(
        address,
        {
          ...given,
          method,
          headers: {
            ...(given.headers as Record<string, string> | undefined),
            accept: 'application/json',
            'user-agent': 'autodidact',
            ...(payload === undefined
              ? {}
              : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
          },
          ...(signal === undefined ? {} : { signal }),
        },
        done,
      )
      // Silence, not length: a watch lives for minutes.
      sent.setTimeout(timeoutMs, () =>
        sent.destroy(new Error(`${method} ${address.pathname}: silent for ${timeoutMs / 1000} s`)),
      )
      sent.once('error', fail)
      sent.end(payload)
    })
  }

  async function whole(answer: IncomingMessage): Promise<Reply> {
    const status = answer.statusCode ?? 0
    if (status === 401) credentials = null
    return { status, body: parsed(await text(answer)) }
  }

  return {
    context: config.getCurrentContext(),
    server,
    async call(method, path, given = {}) {
      return whole(await send(method, path, given, 'calls', callMs))
    },
    async stream(path, given) {
      const answer = await send('GET', path, given, 'streams', given.idleMs)
      const status = answer.statusCode ?? 0
      if (status !== 200) return { ...(await whole(answer)), stream: null }
      answer.setTimeout(given.idleMs, () => answer.destroy(new Error('the stream went silent')))
      return { status, body: null, stream: answer }
    },
    close() {
      for (const agent of agents) agent.destroy()
    },
  }
}
