import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'

let server: Server
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cluster-connections-'))
  server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (request.url?.endsWith('/log') === true) response.write('2026-11-21T12:00:00Z running\n')
    else response.end('{"major":"1","minor":"36"}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await writeFile(
    join(folder, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [
        {
          name: 'c',
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: {} }],
    }),
  )
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

it('asks the API server while the logs of 200 running steps are followed', async () => {
  const api = await openCluster({ kubeconfig: join(folder, 'config'), context: null })
  expect((await api.call('GET', '/version')).status).toBe(200)
  const stop = new AbortController()
  const logs = await Promise.all(
    Array.from({ length: 200 }, (_, pod) =>
      api.stream(`/api/v1/namespaces/n/pods/p-${pod}/log`, { signal: stop.signal, idleMs: 60_000 }),
    ),
  )
  expect(logs.every(({ stream }) => stream !== null)).toBe(true)
  expect(await api.call('GET', '/version')).toEqual({
    status: 200,
    body: { major: '1', minor: '36' },
  })
  for (const { stream } of logs) stream?.on('error', () => undefined)
  stop.abort()
  api.close()
})
