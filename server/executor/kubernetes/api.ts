import type { Readable } from 'node:stream'

/** An object as the API server gives it. */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
    readonly deletionTimestamp?: string
    readonly creationTimestamp?: string
    readonly ownerReferences?: readonly object[]
  }
}

export interface Reply {
  readonly status: number
  /** Parsed JSON; a Status object for what was refused. */
  readonly body: unknown
}

export interface CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** application/json, or a patch's own. */
  readonly contentType?: string
  readonly signal?: AbortSignal
}

/** A cluster's API server: plain requests, and streams for watches and logs. Knows nothing of what is in them. */
export interface ClusterApi {
  /** The kubeconfig's context. */
  readonly context: string
  /** Where it is, for messages. */
  readonly server: string
  /** @throws Error when no whole answer came: it may or may not have been done */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** A stream that ends when the server ends it or nothing came for `idleMs`; a refused one is a Reply. */
  stream(
    path: string,
    options: CallOptions & { readonly idleMs: number },
  ): Promise<{ status: number; body: unknown; stream: Readable | null }>
  close(): void
}

/** The API server refused: its code, its reason and its own words. */
export class ClusterError extends Error {
  readonly status: number
  /** Such as AlreadyExists, Forbidden, Expired. */
  readonly reason: string

  constructor(what: string, { status, body }: Reply) {
    const told = body as { reason?: string; message?: string } | null
    super(`${what}: ${status} ${told?.message ?? told?.reason ?? ''}`.trim())
    this.name = 'ClusterError'
    this.status = status
    this.reason = told?.reason ?? ''
  }
}

/** The reply's object, of the type that the path gives. @throws ClusterError for anything but 2xx */
export function expectOk(what: string, reply: Reply): unknown {
  if (reply.status >= 200 && reply.status < 300) return reply.body
  throw new ClusterError(what, reply)
}
