import { type ClusterApi, type KubernetesObject } from './api.ts'
import type { KubernetesApi } from './devices-discover.ts'
import { Reflector, type ReflectorOptions } from './watch.ts'

export interface ClusterMirrorDeps extends Pick<
  ReflectorOptions<KubernetesObject>,
  'firstBackoffMs' | 'idleMs' | 'log'
> {
  readonly api: ClusterApi
  /** The cluster itself: what is not mirrored, and all as long as a copy is not there or not up to date. */
  readonly direct: KubernetesApi
}

/** Of these nothing is needed, and it is most of a node's size. */
const trims: Readonly<Record<string, (object: KubernetesObject) => KubernetesObject>> = {
  '/api/v1/nodes': (node) => {
    const { status, ...rest } = withoutManagers(node) as KubernetesObject & {
      status?: { images?: unknown }
    }
    return { ...rest, status: { ...status, images: undefined } } as KubernetesObject
  },
}

/**
 * Copies of the cluster's nodes, devices and claims, kept up by watches. To list them all every 15 s is 30 MB of JSON with
 * 1,000 nodes and 1,000 pods, and most of what the API server then does.
 */
export class ClusterMirror {
  readonly #deps: ClusterMirrorDeps
  readonly #copies = new Map<string, Reflector<KubernetesObject>>()
  #signal: AbortSignal | null = null

  constructor(deps: ClusterMirrorDeps) {
    this.#deps = deps
  }

  /** From now on lists are kept up, each from when it is first asked for, until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#copies.clear()
    this.#signal = signal
  }

  /** Objects as they are; lists at most 90 s old, which a watch may be silent before it counts as dead. */
  readonly reader: KubernetesApi = {
    get: (path) => this.#deps.direct.get(path),
    list: async (path) => {
      if (this.#signal === null || this.#signal.aborted || path.includes('?'))
        return this.#deps.direct.list(path)
      const copy = this.#copies.get(path)
      if (copy?.current === true) return [...copy.values()]
      // Where it is not served (404) there is nothing to watch either.
      const items = await this.#deps.direct.list(path)
      if (copy === undefined && items !== null) this.#begin(path)
      return items
    },
  }

  #begin(path: string): void {
    const signal = this.#signal
    if (signal === null || this.#copies.has(path)) return
    const { api, firstBackoffMs, idleMs, log } = this.#deps
    const copy = new Reflector<KubernetesObject>({
      api,
      path,
      labelSelector: '',
      trim: trims[path] ?? withoutManagers,
      ...(firstBackoffMs === undefined ? {} : { firstBackoffMs }),
      ...(idleMs === undefined ? {} : { idleMs }),
      log,
      onChange: () => undefined,
    })
    this.#copies.set(path, copy)
    void copy.run(signal)
  }
}

/** managedFields are about half of an object. */
export function withoutManagers<T extends KubernetesObject>(object: T): T {
  const metadata = { ...object.metadata } as T['metadata'] & { managedFields?: unknown }
  delete metadata.managedFields
  return { ...object, metadata }
}
