import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { startTestApp } from '#test/harness/app.ts'
import type { HttpLoad, HttpLoadResult } from './http-load.ts'
import { percentile, report } from './report.ts'

const query = '{ viewer { id name } }'
const connections = 8

async function load(url: string, seconds: number): Promise<HttpLoadResult> {
  const workerData: HttpLoad = { url, connections, seconds, body: JSON.stringify({ query }) }
  const worker = new Worker(new URL('./http-load.ts', import.meta.url), { workerData })
  const [result] = (await once(worker, 'message')) as [HttpLoadResult]
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.requests} requests failed`)
  return result
}

/** The same question of our platform and of Apollo with nothing behind it. */
export async function graphql(): Promise<void> {
  const bare = new ApolloServer({
    typeDefs: 'type Query { viewer: Viewer } type Viewer { id: ID! name: String! }',
    resolvers: { Query: { viewer: () => ({ id: 'UGVyc29uOjE', name: 'Owner' }) } },
  })
  const { url: bareUrl } = await startStandaloneServer(bare, { listen: { port: 0 } })
  await using ours = await startTestApp()
  try {
    const ourUrl = `${ours.url}/graphql`
    // The first second of each warms it up.
    await load(ourUrl, 1)
    await load(bareUrl, 1)
    const own = await load(ourUrl, 5)
    const other = await load(bareUrl, 5)
    const measures = [
      {
        name: `${query}, ${connections} connections`,
        value: own.requests / own.seconds,
        unit: 'requests/s',
        goal: null,
        baseline: other.requests / other.seconds,
        holds: null,
      },
      ...[50, 99].map((p) => ({
        name: `latency p${p}`,
        value: percentile(own.latencies, p),
        unit: 'ms',
        goal: null,
        baseline: percentile(other.latencies, p),
        holds: null,
      })),
    ]
    report('graphql', measures)
  } finally {
    await bare.stop()
  }
}
