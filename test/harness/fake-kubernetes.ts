import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, ClusterApi, Reply } from '#server/executor/kubernetes/api.ts'

/** How often things go wrong, each from 0 to 1. */
export interface Faults {
  /** The request never arrives. */
  readonly lost: number
  /** It is done, but nobody hears of it. */
  readonly deaf: number
  /** 429 or 503, undone. */
  readonly busy: number
  /** A stream is cut somewhere. */
  readonly cut: number
  /** A stream stays open and says nothing any more. */
  readonly silent: number
  /** A watch is told that its version is too old. */
  readonly expired: number
}

export const noFaults: Faults = { lost: 0, deaf: 0, busy: 0, cut: 0, silent: 0, expired: 0 }

/** What becomes of a pod. */
export type Fate =
  | 'succeeds'
  | 'fails'
  | 'oom'
  | 'evicted'
  | 'preempted'
  | 'node-lost'
  | 'job-deleted'
  | 'pod-deleted'
  | 'image'
  | 'stays'

export interface FakeOptions {
  readonly seed: number
  readonly faults?: Partial<Faults>
  fate?(attempt: string): Fate
  /** Lines that the main container writes before it ends. */
  lines?(attempt: string): readonly string[]
  /** One tick of simulated life; 0: life goes on only by `step`. */
  readonly tickMs?: number
  /** Another's Job that is there already under this name. */
  readonly pageSize?: number
}

interface Entry {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: any
}

/** mulberry32: the same seed, the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const collection =
  /^\/(?:api\/v1|apis\/[a-z0-9.]+\/v\d)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/(log|status))?$/

const copy = <T>(value: T): T => structuredClone(value)
const status = (code: number, reason: string, message: string): Reply => ({
  status: code,
  body: { kind: 'Status', status: 'Failure', code, reason, message },
})

function mergePatch(target: any, change: any): any {
  if (change === null || typeof change !== 'object' || Array.isArray(change)) return change
  const made = { ...(target ?? {}) }
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete made[key]
    else made[key] = mergePatch(made[key], value)
  }
  return made
}

/**
 * A small API server with a Job controller and pods that live in ticks, in this process. It does what the real one does
 * where the executor depends on it (names, uids, versions, preconditions, finalizers, selectors, pages, bookmarks, 409, 410),
 * and goes wrong by a seed. What it shows is the protocol; the truth is the real cluster's.
 */
export class FakeKubernetes {
  readonly #objects = new Map<string, any>()
  readonly #history = new Map<string, Entry[]>()
  readonly #random: () => number
  readonly #options: FakeOptions
  readonly #stop = new AbortController()
  #faults: Faults
  #version = 100
  #waiting: (() => void)[] = []
  #epoch = Date.parse('2026-11-21T12:00:00Z')
  readonly #pages = new Map<string, any[]>()
  /** Jobs that were ever made, by attempt: their uids. */
  readonly made = new Map<string, string[]>()
  /** The most pods of one step that were alive at the same time. */
  readonly together = new Map<string, number>()
  readonly counts = { calls: 0, lost: 0, deaf: 0, busy: 0, cut: 0, silent: 0, expired: 0 }
  down = false

  constructor(options: FakeOptions) {
    this.#options = options
    this.#random = seeded(options.seed)
    this.#faults = { ...noFaults, ...options.faults }
    const tickMs = options.tickMs ?? 1
    if (tickMs > 0) void this.#live(tickMs)
  }

  /** From now on everything works. */
  heal(): void {
    this.#faults = noFaults
    this.down = false
  }

  close(): void {
    this.#stop.abort()
    this.#wake()
  }

  /** The time in there. */
  now(): Date {
    return new Date(this.#epoch)
  }

  all(kind: string): any[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${kind}|`)).map(([, it]) => it)
  }

  #happens(what: keyof Faults): boolean {
    const hit = this.#random() < this.#faults[what]
    if (hit) this.counts[what] += 1
    return hit
  }

  // --- requests -------------------------------------------------------------------------------

  api(): ClusterApi {
    return {
      context: 'fake',
      server: 'fake://kubernetes',
      call: async (method, path, options = {}) => {
        this.counts.calls += 1
        await this.#pause(options.signal)
        if (this.down || this.#happens('lost')) throw new Error('socket hang up (before)')
        if (this.#happens('busy'))
          return this.#random() < 0.5
            ? status(429, 'TooManyRequests', 'slow down')
            : status(503, 'ServiceUnavailable', 'etcd has no leader')
        const reply = copy(this.#answer(method, path, options))
        await this.#pause(options.signal)
        if (this.#happens('deaf')) throw new Error('socket hang up (after)')
        return reply
      },
      stream: async (path, options) => {
        await this.#pause(options.signal)
        if (this.down || this.#happens('lost')) throw new Error('socket hang up (stream)')
        if (this.#happens('busy')) {
          const { status: code, body } = status(429, 'TooManyRequests', 'slow down')
          return { status: code, body, stream: null }
        }
        return path.endsWith('/log') ? this.#log(path, options) : this.#watch(path, options)
      },
      close: () => undefined,
    }
  }

  async #pause(signal?: AbortSignal): Promise<void> {
    const turns = Math.floor(this.#random() * 3)
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
    signal?.throwIfAborted()
  }

  #answer(method: string, path: string, { query = {}, body, contentType }: CallOptions): Reply {
    if (path === '/version') return { status: 200, body: { major: '1', minor: '36' } }
    if (path === '/apis') return { status: 200, body: { groups: [] } }
    if (path === '/apis/resource.k8s.io/v1') return status(404, 'NotFound', 'no such group')
    if (path.endsWith('/selfsubjectreviews'))
      return { status: 201, body: { status: { userInfo: { username: 'administrator' } } } }
    const [, namespace = '', kind = '', name] = collection.exec(path) ?? []
    if (kind === '') return status(404, 'NotFound', `no such path ${path}`)
    const of = kind === 'namespaces' ? '' : namespace
    if (name === undefined) {
      if (method === 'GET') return this.#list(kind, of, query)
      if (method === 'POST') return this.#create(kind, of, body)
      return status(405, 'MethodNotAllowed', method)
    }
    const key = `${kind}|${of}/${name}`
    const found = this.#objects.get(key)
    if (found === undefined) return status(404, 'NotFound', `${kind} "${name}" not found`)
    switch (method) {
      case 'GET':
        return { status: 200, body: found }
      case 'DELETE': {
        const uid = (body as any)?.preconditions?.uid
        if (uid !== undefined && uid !== found.metadata.uid)
          return status(409, 'Conflict', 'the uid in the precondition is another')
        this.#delete(key, found)
        return { status: 200, body: found }
      }
      case 'PATCH': {
        if (contentType === 'application/json-patch+json') {
          const changed = copy(found)
          for (const op of body as any[]) {
            const keys = op.path.slice(1).split('/')
            const last = keys.pop()
            const at = keys.reduce((value: any, step: string) => value?.[step], changed)
            if (op.op === 'test' && at?.[last] !== op.value)
              return status(422, 'Invalid', 'the test of the patch failed')
            if (op.op === 'remove') at.splice(Number(last), 1)
          }
          this.#put(key, changed)
        } else this.#put(key, mergePatch(found, body))
        return { status: 200, body: this.#objects.get(key) ?? found }
      }
      default:
        return status(405, 'MethodNotAllowed', method)
    }
  }

  #create(kind: string, namespace: string, body: any): Reply {
    const { name } = body.metadata
    const key = `${kind}|${namespace}/${name}`
    if (namespace !== '' && kind !== 'namespaces' && !this.#objects.has(`namespaces|/${namespace}`))
      return status(404, 'NotFound', `namespaces "${namespace}" not found`)
    if (this.#objects.has(key)) return status(409, 'AlreadyExists', `${kind} "${name}" exists`)
    const object = copy(body)
    object.metadata.uid = randomUUID()
    if (namespace !== '') object.metadata.namespace = namespace
    object.metadata.creationTimestamp = this.#now()
    if (kind === 'jobs') {
      const attempt = object.metadata.labels['autodidact.dev/attempt']
      this.made.set(attempt, [...(this.made.get(attempt) ?? []), object.metadata.uid])
      object.status = { startTime: this.#now(), active: 0 }
    }
    this.#put(key, object)
    return { status: 201, body: this.#objects.get(key) }
  }

  #list(kind: string, namespace: string, query: Readonly<Record<string, unknown>>): Reply {
    const limit = Math.min(Number(query['limit'] ?? 500), this.#options.pageSize ?? 500)
    const [from = 0, snapshot = this.#version] =
      typeof query['continue'] === 'string' ? query['continue'].split('.').map(Number) : []
    if (typeof query['continue'] === 'string' && this.#happens('expired'))
      return status(410, 'Expired', 'the continue token is too old')
    // All pages are of one moment, as the real server's are: what is removed in between shifts nothing.
    const list = `${kind}|${namespace}|${JSON.stringify(query['labelSelector'] ?? '')}|${snapshot}`
    const items =
      from === 0 ? this.#selected(kind, namespace, query['labelSelector']) : this.#pages.get(list)
    if (items === undefined) return status(410, 'Expired', 'the continue token is too old')
    if (this.#pages.size > 100) this.#pages.clear()
    this.#pages.set(list, items)
    const page = items.slice(from, from + limit)
    const more = from + limit < items.length ? `${from + limit}.${snapshot}` : ''
    return {
      status: 200,
      body: {
        kind: 'List',
        metadata: { resourceVersion: String(snapshot), ...(more === '' ? {} : { continue: more }) },
        items: page,
      },
    }
  }

  #selected(kind: string, namespace: string, selector: unknown): any[] {
    const wanted = (typeof selector === 'string' ? selector : '')
      .split(',')
      .filter((part) => part !== '')
      .map((part) => part.split('=') as [string, string])
    return this.all(kind).filter(
      (it) =>
        (namespace === '' || it.metadata.namespace === namespace) &&
        wanted.every(([name, value]) => it.metadata.labels?.[name] === value),
    )
  }

  // --- storage --------------------------------------------------------------------------------

  #now(): string {
    return `${new Date(this.#epoch).toISOString().slice(0, -5)}Z`
  }

  #put(key: string, object: any): void {
    const known = this.#objects.get(key)
    this.#version += 1
    const stored = copy(object)
    stored.metadata.resourceVersion = String(this.#version)
    const leaves =
      stored.metadata.deletionTimestamp !== undefined &&
      (stored.metadata.finalizers ?? []).length === 0
    if (leaves) this.#objects.delete(key)
    else this.#objects.set(key, stored)
    const kind = key.slice(0, key.indexOf('|'))
    const history = this.#history.get(kind) ?? []
    this.#history.set(kind, history)
    history.push({
      version: this.#version,
      type: leaves ? 'DELETED' : known === undefined ? 'ADDED' : 'MODIFIED',
      object: stored,
    })
    if (leaves && kind === 'jobs') {
      for (const pod of this.all('pods'))
        if (pod.metadata.ownerReferences[0].uid === stored.metadata.uid)
          this.#delete(`pods|${pod.metadata.namespace}/${pod.metadata.name}`, pod)
    }
    this.#wake()
  }

  #delete(key: string, object: any): void {
    const changed = copy(object)
    changed.metadata.deletionTimestamp ??= this.#now()
    const alive = key.startsWith('pods|') && !isOver(changed)
    // The kubelet ends the containers first; a pod that is over goes at once.
    if (alive)
      changed.metadata.finalizers = ['fake/kubelet', ...(changed.metadata.finalizers ?? [])]
    this.#put(key, changed)
  }

  #wake(): void {
    for (const done of this.#waiting.splice(0)) done()
  }

  // --- streams --------------------------------------------------------------------------------

  #watch(path: string, options: CallOptions & { readonly idleMs: number }) {
    const [, namespace = '', kind = ''] = collection.exec(path) ?? []
    const query = options.query ?? {}
    let at = Number(query['resourceVersion'])
    if (this.#happens('expired')) {
      const { status: code, body } = status(410, 'Expired', 'too old resource version')
      return { status: code, body, stream: null }
    }
    const wanted = String(query['labelSelector'] ?? '')
      .split(',')
      .map((part) => part.split('='))
    const cutAfter = this.#happens('cut') ? Math.floor(this.#random() * 6) : Infinity
    const silentAfter = this.#happens('silent') ? Math.floor(this.#random() * 6) : Infinity
    const { signal } = this.#stop
    const next = () => new Promise<void>((done) => this.#waiting.push(done))
    const history = () => this.#history.get(kind) ?? []
    const random = this.#random
    const version = () => this.#version
    const stream = Readable.from(
      (async function* () {
        let said = 0
        while (!signal.aborted && options.signal?.aborted !== true) {
          for (const { version: its, type, object } of history().filter((it) => it.version > at)) {
            at = its
            const fits =
              (namespace === '' || object.metadata.namespace === namespace) &&
              wanted.every(([name, value]) => object.metadata.labels?.[name!] === value)
            if (!fits) continue
            if (said >= cutAfter) throw new Error('socket hang up (watch)')
            if (said >= silentAfter) {
              await sleep(options.idleMs)
              throw new Error('the stream went silent')
            }
            said += 1
            const line = `${JSON.stringify({ type, object })}\n`
            // Lines come in pieces, cut anywhere, in the middle of a character too.
            const bytes = Buffer.from(line)
            const half = Math.floor(random() * bytes.length)
            yield bytes.subarray(0, half)
            yield bytes.subarray(half)
          }
          if (random() < 0.1) {
            const object = { metadata: { resourceVersion: String(Math.max(at, version())) } }
            at = Math.max(at, version())
            yield Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
          }
          await next()
        }
      })(),
    )
    options.signal?.addEventListener('abort', () => stream.destroy())
    return { status: 200, body: null, stream }
  }

  #log(path: string, options: CallOptions & { readonly idleMs: number }) {
    const [, namespace = '', , name] = collection.exec(path) ?? []
    const key = `pods|${namespace}/${name}`
    const begin = this.#objects.get(key)
    if (begin === undefined) {
      const { status: code, body } = status(404, 'NotFound', 'no such pod')
      return { status: code, body, stream: null }
    }
    const query = options.query ?? {}
    const since = typeof query['sinceTime'] === 'string' ? `${query['sinceTime'].slice(0, 19)}` : ''
    const cutAfter = this.#happens('cut') ? Math.floor(this.#random() * 8) : Infinity
    const { signal } = this.#stop
    const random = this.#random
    const objects = this.#objects
    const next = () => new Promise<void>((done) => this.#waiting.push(done))
    const stream = Readable.from(
      (async function* () {
        let at = 0
        let said = 0
        let last = begin
        while (!signal.aborted && options.signal?.aborted !== true) {
          const pod = objects.get(key) ?? last
          last = pod
          const lines: string[] = pod.log ?? []
          for (; at < lines.length; at += 1) {
            const line = lines[at]!
            // Whole seconds only: the API server cuts the rest off.
            if (line.slice(0, 19) < since) continue
            const bytes = Buffer.from(`${line}\n`)
            if (said >= cutAfter) {
              yield bytes.subarray(0, Math.floor(random() * bytes.length))
              throw new Error('socket hang up (log)')
            }
            said += 1
            yield bytes
          }
          if (query['follow'] !== true || isOver(pod) || !objects.has(key)) return
          await next()
        }
      })(),
    )
    options.signal?.addEventListener('abort', () => stream.destroy())
    return { status: 200, body: null, stream }
  }

  // --- life -----------------------------------------------------------------------------------

  async #live(tickMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.step()
      await sleep(tickMs)
    }
  }

  /** One tick: the Job controller and each kubelet do one thing. */
  step(): void {
    this.#epoch += 1_500
    for (const job of this.all('jobs')) this.#control(job)
    for (const pod of this.all('pods')) if (this.#random() < 0.7) this.#kubelet(pod)
    const alive = new Map<string, number>()
    for (const pod of this.all('pods')) {
      if (isOver(pod) || pod.status.phase !== 'Running') continue
      const step = pod.metadata.labels['autodidact.dev/attempt']
      alive.set(step, (alive.get(step) ?? 0) + 1)
    }
    for (const [step, count] of alive)
      this.together.set(step, Math.max(count, this.together.get(step) ?? 0))
    this.#wake()
  }

  #control(job: any): void {
    if (job.metadata.deletionTimestamp !== undefined) return
    const conditions: any[] = job.status?.conditions ?? []
    if (conditions.length > 0) return
    const key = `jobs|${job.metadata.namespace}/${job.metadata.name}`
    const pods = this.all('pods').filter(
      (pod) => pod.metadata.ownerReferences[0].uid === job.metadata.uid,
    )
    const [pod] = pods
    const end = (type: string, reason: string, message: string) =>
      this.#put(key, {
        ...job,
        status: {
          ...job.status,
          conditions: [{ type, status: 'True', reason, message, lastTransitionTime: this.#now() }],
          ...(type === 'Complete' ? { completionTime: this.#now() } : {}),
        },
      })
    if (pod === undefined) {
      if (job.status.active > 0) {
        end('Failed', 'BackoffLimitExceeded', 'the pod is gone')
        return
      }
      const name = `${job.metadata.name}-${Math.floor(this.#random() * 1e6).toString(36)}`
      this.#put(`pods|${job.metadata.namespace}/${name}`, {
        metadata: {
          name,
          namespace: job.metadata.namespace,
          uid: randomUUID(),
          labels: job.spec.template.metadata.labels,
          creationTimestamp: this.#now(),
          ownerReferences: [{ kind: 'Job', name: job.metadata.name, uid: job.metadata.uid }],
        },
        status: { phase: 'Pending' },
        log: [],
        age: 0,
      })
      this.#put(key, { ...job, status: { ...job.status, active: 1 } })
      return
    }
    if (pod.status.phase === 'Succeeded') end('Complete', 'CompletionsReached', '')
    else if (pod.status.phase === 'Failed') {
      const disrupted = (pod.status.conditions ?? []).some(
        (it: any) => it.type === 'DisruptionTarget',
      )
      end('Failed', disrupted ? 'PodFailurePolicy' : 'BackoffLimitExceeded', 'the pod failed')
    }
  }

  #kubelet(given: any): void {
    const pod = copy(given)
    const key = `pods|${pod.metadata.namespace}/${pod.metadata.name}`
    const attempt: string = pod.metadata.labels['autodidact.dev/attempt']
    const fate = this.#options.fate?.(attempt) ?? 'succeeds'
    const lines = this.#options.lines?.(attempt) ?? ['hello']
    const main = (state: object) => {
      pod.status.containerStatuses = [{ name: 'step', state }]
    }
    const over = (exitCode: number, reason: string) => {
      main({
        terminated: {
          exitCode,
          reason,
          startedAt: pod.status.startTime,
          finishedAt: this.#now(),
        },
      })
      pod.status.phase = exitCode === 0 ? 'Succeeded' : 'Failed'
    }
    if (isOver(pod)) {
      if (pod.metadata.finalizers?.includes('fake/kubelet')) {
        pod.metadata.finalizers = pod.metadata.finalizers.filter(
          (it: string) => it !== 'fake/kubelet',
        )
        this.#put(key, pod)
      }
      return
    }
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (fate === 'node-lost' && pod.age >= 3) return
      if (pod.status.phase === 'Running') over(143, 'Error')
      else pod.status.phase = 'Failed'
      this.#put(key, pod)
      return
    }
    pod.age += 1
    if (pod.age === 1) {
      pod.status.startTime = this.#now()
      pod.status.conditions = [{ type: 'PodScheduled', status: 'True' }]
    } else if (pod.age === 2) {
      if (fate === 'image') {
        pod.age = 1
        main({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } })
      } else {
        pod.status.phase = 'Running'
        main({ running: { startedAt: this.#now() } })
      }
    } else {
      const written = pod.log.length
      if (written < lines.length) {
        const count = Math.min(lines.length - written, 1 + Math.floor(this.#random() * 4))
        for (const line of lines.slice(written, written + count))
          pod.log.push(`${this.#stamp()} ${line}`)
      } else this.#meet(fate, pod, over)
    }
    this.#put(key, pod)
    if (fate === 'job-deleted' && pod.age === 4) {
      const job = this.all('jobs').find(
        (it) => it.metadata.uid === pod.metadata.ownerReferences[0].uid,
      )
      if (job !== undefined)
        this.#delete(`jobs|${job.metadata.namespace}/${job.metadata.name}`, job)
    }
    if (fate === 'pod-deleted' && pod.age === 4) this.#delete(key, this.#objects.get(key))
  }

  /** Many lines bear the same time, as when a program writes fast. */
  #stamp(): string {
    const fine = Math.floor(this.#random() * 3)
    const at = new Date(this.#epoch).toISOString().slice(0, -1)
    return `${at}${String(fine).padStart(6, '0')}Z`
  }

  #meet(fate: Fate, pod: any, over: (exitCode: number, reason: string) => void): void {
    const disrupted = (reason: string, message: string) => {
      pod.status.conditions.push({
        type: 'DisruptionTarget',
        status: 'True',
        reason,
        message,
        lastTransitionTime: this.#now(),
      })
    }
    switch (fate) {
      case 'succeeds':
        over(0, 'Completed')
        return
      case 'fails':
        over(3, 'Error')
        return
      case 'oom':
        over(137, 'OOMKilled')
        return
      case 'evicted':
        disrupted('TerminationByKubelet', 'The node was low on resource: memory.')
        over(137, 'Error')
        return
      case 'preempted':
        disrupted('PreemptionByScheduler', 'preempted by a pod of higher priority')
        over(143, 'Error')
        return
      case 'node-lost':
        disrupted('DeletionByTaintManager', 'deleting due to NoExecute taint')
        pod.metadata.deletionTimestamp = this.#now()
        pod.metadata.finalizers = ['fake/kubelet']
        return
      case 'job-deleted':
      case 'pod-deleted':
      case 'image':
      case 'stays':
        return
    }
  }
}

function isOver(pod: any): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}
