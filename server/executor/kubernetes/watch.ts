import { setTimeout as sleep } from 'node:timers/promises'
import { expectOk, ClusterError, type ClusterApi, type KubernetesObject } from './api.ts'

export type Change = 'added' | 'modified' | 'deleted'

export interface ReflectorOptions<T extends KubernetesObject> {
  readonly api: ClusterApi
  /** Of the list, such as `/apis/batch/v1/jobs`. */
  readonly path: string
  /** Empty: all of them. */
  readonly labelSelector: string
  /** Called in order, once for each change; after a relist also for what happened unseen. */
  onChange(change: Change, object: T): void
  log(message: string, facts?: object): void
  /** What is kept of an object; metadata but for managedFields has to be. Left away: all of it. */
  trim?(object: T): T
  /** All pages are read anew this often, whatever the watch says. */
  readonly relistMs?: number
  /** A watch is ended by the server after this; bookmarks come about once a minute in between. */
  readonly watchSeconds?: number
  /** A watch on which nothing came for so long is dead, whatever its socket says. */
  readonly idleMs?: number
  readonly pageSize?: number
  readonly firstBackoffMs?: number
  random?(): number
}

export interface ReflectorMetrics {
  lists: number
  watches: number
  events: number
  /** Times that the server had forgotten where we were (410). */
  gaps: number
  failures: number
}

const maxBackoffMs = 30_000
/** Between two watches it may be a moment. */
const currentMs = 15_000
const maxLineBytes = 16 * 1024 * 1024

class Expired extends Error {}

/**
 * A local copy of some of the cluster's objects: paged list, then watch with bookmarks, for ever. The library's informer
 * goes blind (design 05), so: an inactivity timer, relist on 410 and every ten minutes, jittered backoff without an end.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>
  readonly #objects = new Map<string, T>()
  readonly metrics: ReflectorMetrics = { lists: 0, watches: 0, events: 0, gaps: 0, failures: 0 }
  #version = ''
  #synced = false
  #watching = false
  /** When the server last told how things stand. */
  #toldAt = -Infinity
  #waiters: (() => void)[] = []

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
  }

  /** Whether a whole list was read at least once. */
  get synced(): boolean {
    return this.#synced
  }

  /** Whether what is here is what the server has, but for what is on its way: a watch is open, or was a moment ago. */
  get current(): boolean {
    return this.#synced && (this.#watching || performance.now() - this.#toldAt < currentMs)
  }

  untilSynced(): Promise<void> {
    return this.#synced ? Promise.resolve() : new Promise((done) => this.#waiters.push(done))
  }

  values(): IterableIterator<T> {
    return this.#objects.values()
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`)
  }

  /** Takes in what another request has just shown, unless something newer is known of the same object. */
  learn(whole: T): void {
    const object = this.#trimmed(whole)
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (known?.metadata.uid === object.metadata.uid && !isNewer(object, known!)) return
    this.#objects.set(key, object)
    this.#options.onChange(known === undefined ? 'added' : 'modified', object)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { relistMs = 600_000, firstBackoffMs = 250, random = Math.random, log } = this.#options
    let failures = 0
    const pause = async (error: unknown): Promise<void> => {
      this.metrics.failures += 1
      failures += 1
      const most = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 10))
      if (failures === 3 || failures % 50 === 0)
        log('The cluster cannot be watched; it is tried again.', {
          path: this.#options.path,
          failures,
          error: error instanceof Error ? error.message : String(error),
        })
      await sleep(most * (0.5 + 0.5 * random()), undefined, { signal }).catch(() => undefined)
    }
    while (!signal.aborted) {
      try {
        await this.#list(signal)
      } catch (error) {
        if (!signal.aborted) await pause(error)
        continue
      }
      const until = performance.now() + relistMs
      while (!signal.aborted && performance.now() < until) {
        const before = this.metrics.events
        const begun = performance.now()
        try {
          await this.#watch(signal)
          // The server ends a watch after minutes: one that ends at once, again and again, is a fault.
          if (this.metrics.events === before && performance.now() - begun < 1_000)
            await pause(new Error('the watch was ended at once'))
          else failures = 0
        } catch (error) {
          if (signal.aborted) return
          if (error instanceof Expired) {
            this.metrics.gaps += 1
            if (this.metrics.events === before) await pause(error)
            else failures = 0
            break
          }
          // A stream that was cut after it had told something is no sign of trouble yet.
          if (this.metrics.events > before || performance.now() - begun > 10_000) failures = 0
          await pause(error)
        }
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { api, path, pageSize = 500 } = this.#options
    const selected = this.#selected()
    const seen = new Map<string, T>()
    let more: string | undefined
    let version = ''
    for (;;) {
      const reply = await api.call('GET', path, {
        query: { limit: pageSize, ...selected, continue: more },
        signal,
      })
      // The snapshot that the pages come from is gone: from the start.
      if (reply.status === 410 && more !== undefined) {
        more = undefined
        seen.clear()
        continue
      }
      const page = expectOk(`GET ${path}`, reply) as {
        metadata: { resourceVersion: string; continue?: string }
        items: T[]
      }
      for (const item of page.items) seen.set(keyOf(item), this.#trimmed(item))
      version = page.metadata.resourceVersion
      more = page.metadata.continue === '' ? undefined : page.metadata.continue
      if (more === undefined) break
    }
    this.metrics.lists += 1
    this.#version = version
    for (const [key, known] of this.#objects) {
      const now = seen.get(key)
      // Learned after the list was made: the watch, which goes on from the list, tells what became of it.
      if (isYounger(known, version)) continue
      // Another uid under the same name is another object: the one that was known is gone.
      if (now === undefined || now.metadata.uid !== known.metadata.uid) {
        this.#objects.delete(key)
        this.#options.onChange('deleted', known)
      }
    }
    for (const [key, item] of seen) {
      const known = this.#objects.get(key)
      if (known === undefined || !isYounger(known, version)) this.#take(key, item)
    }
    this.#synced = true
    this.#toldAt = performance.now()
    for (const done of this.#waiters.splice(0)) done()
  }

  #take(key: string, item: T): void {
    const known = this.#objects.get(key)
    if (known !== undefined && known.metadata.uid !== item.metadata.uid) {
      this.#options.onChange('deleted', known)
    } else if (known?.metadata.resourceVersion === item.metadata.resourceVersion) return
    this.#objects.set(key, item)
    const same = known?.metadata.uid === item.metadata.uid
    this.#options.onChange(same ? 'modified' : 'added', item)
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { api, path, watchSeconds = 300, idleMs = 90_000 } = this.#options
    this.metrics.watches += 1
    const { status, body, stream } = await api.stream(path, {
      query: {
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#version,
        timeoutSeconds: watchSeconds,
        ...this.#selected(),
      },
      signal,
      idleMs,
    })
    if (stream === null) {
      if (status === 410) throw new Expired()
      throw new ClusterError(`watch ${path}`, { status, body })
    }
    let rest = ''
    const decoder = new TextDecoder()
    this.#watching = true
    try {
      for await (const piece of stream as AsyncIterable<Uint8Array>) {
        rest += decoder.decode(piece, { stream: true })
        if (rest.length > maxLineBytes) throw new Error('one event is larger than 16 MiB')
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
          const line = rest.slice(0, end)
          rest = rest.slice(end + 1)
          if (line.trim() !== '') this.#hear(line)
        }
      }
    } finally {
      this.#watching = false
      this.#toldAt = performance.now()
      stream.destroy()
    }
  }

  #selected(): { labelSelector?: string } {
    const { labelSelector } = this.#options
    return labelSelector === '' ? {} : { labelSelector }
  }

  #trimmed(object: T): T {
    return this.#options.trim?.(object) ?? object
  }

  #hear(line: string): void {
    const event = JSON.parse(line) as { type: string; object: T & { code?: number } }
    const { type } = event
    if (type === 'ERROR') {
      const { code } = event.object
      if (code === 410) throw new Expired()
      throw new ClusterError('watch', { status: code ?? 0, body: event.object })
    }
    const object = type === 'BOOKMARK' ? event.object : this.#trimmed(event.object)
    this.metrics.events += 1
    const version = object.metadata.resourceVersion
    if (type === 'BOOKMARK') {
      if (version !== undefined) this.#version = version
      return
    }
    const key = keyOf(object)
    if (type === 'DELETED') {
      const known = this.#objects.get(key)
      // A name that was given anew meanwhile stays.
      if (known !== undefined && known.metadata.uid === object.metadata.uid) {
        this.#objects.delete(key)
        this.#options.onChange('deleted', object)
      }
    } else {
      const known = this.#objects.get(key)
      if (known?.metadata.uid !== object.metadata.uid || isNewer(object, known!))
        this.#take(key, object)
    }
    if (version !== undefined) this.#version = version
  }
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

/** Resource versions of one kind can be compared as numbers since Kubernetes 1.35; before, they always were numbers. */
function isNewer(a: KubernetesObject, b: KubernetesObject): boolean {
  const left = Number(a.metadata.resourceVersion)
  const right = Number(b.metadata.resourceVersion)
  return Number.isNaN(left) || Number.isNaN(right) || left > right
}

/** Whether the object is certainly of after this version. */
function isYounger({ metadata }: KubernetesObject, version: string): boolean {
  return Number(metadata.resourceVersion) > Number(version)
}
