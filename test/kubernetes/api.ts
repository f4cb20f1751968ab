import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { KubernetesApi } from '#server/executor/kubernetes/devices-discover.ts'

interface Kubeconfig {
  readonly 'current-context': string
  readonly contexts: { name: string; context: { cluster: string; user: string } }[]
  readonly clusters: {
    name: string
    cluster: { server: string; 'certificate-authority-data'?: string }
  }[]
  readonly users: {
    name: string
    user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string }
  }[]
}

/** An administrator's plain access for tests: any method, and the read interface of the product. */
export interface TestApi extends KubernetesApi, Disposable {
  call(
    method: string,
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<{ status: number; body: any }>
}

const decoded = (text: string | undefined) =>
  text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8')

/** The cluster that KUBECONFIG names; kubectl reads the file. */
export function openTestApi(): TestApi {
  const own = '/var/lib/test-cluster/bin/kubectl'
  const config = JSON.parse(
    execFileSync(existsSync(own) ? own : 'kubectl', [
      'config',
      'view',
      '--raw',
      '--flatten',
      '--minify',
      '-o',
      'json',
    ]).toString(),
  ) as Kubeconfig
  const cluster = config.clusters[0]!.cluster
  const user = config.users[0]!.user
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 24,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  const call: TestApi['call'] = (method, path, body, type = 'application/json') =>
    new Promise((done, fail) => {
      const sent = request(
        new URL(path, cluster.server),
        {
          method,
          agent,
          timeout: 60_000,
          headers: {
            accept: 'application/json',
            ...(body === undefined ? {} : { 'content-type': type }),
            ...(user.token === undefined ? {} : { authorization: `Bearer ${user.token}` }),
          },
        },
        (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part))
          answer.on('error', fail)
          answer.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8')
            done({
              status: answer.statusCode ?? 0,
              body: text.startsWith('{') ? JSON.parse(text) : text,
            })
          })
        },
      )
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer in 60 s`)))
      sent.on('error', fail)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  const get: TestApi['get'] = async (path) => {
    const { status, body } = await call('GET', path)
    if (status === 404) return null
    if (status >= 400) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }
  return {
    call,
    get,
    async list(path) {
      const items: unknown[] = []
      let more = ''
      do {
        const page: any = await get(
          `${path}${path.includes('?') ? '&' : '?'}limit=500${more === '' ? '' : `&continue=${encodeURIComponent(more)}`}`,
        )
        if (page === null) return null
        items.push(...page.items)
        more = page.metadata?.continue ?? ''
      } while (more !== '')
      return items
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}
