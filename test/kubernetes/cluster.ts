import { connect, createServer } from 'node:net'
import type { Config } from '#server/env.ts'
import { openTestApi } from './api.ts'

const env = process.env
const images = { courier: env['TEST_COURIER_IMAGE'], components: env['TEST_COMPONENTS_IMAGE'] }

/** Where pods find this machine: the bridge of the test cluster, or what TEST_POD_HOST says. */
export function reachable(): string {
  return env['TEST_POD_HOST'] ?? '10.88.0.1'
}

/** The platform's settings for the cluster that KUBECONFIG names. */
export function settings(namespacePrefix: string): NonNullable<Config['kubernetes']> {
  return {
    kubeconfig: env['KUBECONFIG'] ?? null,
    context: null,
    namespacePrefix,
    namespacePlan: 'per-project',
    courierImage: images.courier ?? '',
    componentsImage: images.components ?? '',
    allowedImages: ['localhost/*'],
    registryAuth: null,
    plainRegistries: [],
    pullSecrets: [],
    allowedClaims: [],
    scratch: '4Gi',
  }
}

/** Whether there are a cluster and the images on it; `npm run test:kubernetes` brings both. */
export const onCluster = env['KUBECONFIG'] !== undefined && images.courier !== undefined

/** All objects of a kind in the namespaces that begin with the prefix. */
export async function listAll(group: string, kind: string, prefix: string): Promise<any[]> {
  using api = openTestApi()
  const base = group === 'v1' ? '/api/v1' : `/apis/${group}`
  const items = (await api.list(`${base}/${kind}`)) ?? []
  return items.filter((item: any) => String(item.metadata.namespace).startsWith(prefix))
}

/** Removes what a test made: nothing of it stays on the cluster. */
export async function removeNamespaces(prefix: string): Promise<void> {
  using api = openTestApi()
  for (const item of ((await api.list('/api/v1/namespaces')) ?? []) as any[]) {
    const { name } = item.metadata as { name: string }
    if (!name.startsWith(prefix)) continue
    // Finalizers of Jobs that were never released would hold the namespace for ever.
    const path = `/apis/batch/v1/namespaces/${name}/jobs`
    for (const job of ((await api.list(path)) ?? []) as any[])
      await api.call(
        'PATCH',
        `${path}/${job.metadata.name}`,
        { metadata: { finalizers: null } },
        'application/merge-patch+json',
      )
    await api.call('DELETE', `/api/v1/namespaces/${name}`)
  }
}

/** Opens a loopback port to the pods. */
export async function forward(port: number): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    const inside = connect(port, '127.0.0.1')
    socket.pipe(inside).pipe(socket)
    socket.on('error', () => inside.destroy())
    inside.on('error', () => socket.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise((done) => void server.close(() => done())),
  }
}
