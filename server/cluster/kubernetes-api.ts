import { expectOk, type ClusterApi } from '../executor/kubernetes/api.ts'
import type { KubernetesApi } from '../executor/kubernetes/devices-discover.ts'

/** The reading part of a cluster's API: objects and whole lists, page by page. */
export function readApiOf(api: ClusterApi): KubernetesApi {
  const get: KubernetesApi['get'] = async (path) => {
    const reply = await api.call('GET', path)
    return reply.status === 404 ? null : expectOk(`GET ${path}`, reply)
  }
  return {
    get,
    async list(path) {
      const items: unknown[] = []
      let more: string | undefined
      do {
        const reply = await api.call('GET', path, { query: { limit: 500, continue: more } })
        if (reply.status === 404) return null
        const page = expectOk(`GET ${path}`, reply) as {
          items: unknown[]
          metadata?: { continue?: string }
        }
        items.push(...page.items)
        more = page.metadata?.continue === '' ? undefined : page.metadata?.continue
      } while (more !== undefined)
      return items
    },
  }
}
