import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it, vi } from 'vitest'
import { startTestApp } from '#test/harness/app.ts'
import { forward, listAll, onCluster, reachable, removeNamespaces, settings } from './cluster.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const endpoint = process.env['TEST_S3_ENDPOINT']

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

describe.skipIf(!onCluster)('the main job on a real cluster', () => {
  it(
    'runs by the components’ own image: inputs and outputs by the courier, files on S3, a GPU of at least 20 GB by a claim',
    { timeout: 600_000 },
    async () => {
      const pictures = await mkdtemp(join(tmpdir(), 'autodidact-cluster-'))
      const python = join(process.env['TEST_PYTHON_ENVIRONMENT']!, 'bin', 'python')
      await run(python, [
        '-B',
        join(root, 'deploy/components/environment/sample_pool.py'),
        pictures,
      ])
      const bucket = `cluster-${Date.now().toString(36)}`
      const client = new S3Client({
        region: 'us-east-1',
        endpoint: endpoint ?? 'http://127.0.0.1:9',
        forcePathStyle: true,
      })
      if (endpoint !== undefined) await client.send(new CreateBucketCommand({ Bucket: bucket }))
      const prefix = `m-${Date.now().toString(36)}`
      const port = await freePort()
      await using s3 = await forward(Number(new URL(endpoint ?? 'http://127.0.0.1:9').port))
      await using open = await startTestApp({
        kind: process.env['TEST_DATABASE_URL'] === undefined ? 'pglite' : 'postgres',
        config: {
          host: '0.0.0.0',
          port,
          token: 'a-token-for-this-test',
          publicUrl: `http://${reachable()}:${port}`,
          kubernetes: settings(prefix),
          // Pods move files by signed addresses, straight from and to the bucket.
          ...(endpoint === undefined
            ? {}
            : {
                s3: {
                  bucket,
                  prefix: '',
                  endpoint,
                  publicEndpoint: `http://${reachable()}:${s3.port}`,
                  region: 'us-east-1',
                },
              }),
        },
      })
      try {
        const { platform } = await open.ask(`{ platform { executor } }`)
        expect(platform.executor).toBe('kubernetes')
        const { goalSubmit } = await open.ask(
          `mutation { goalSubmit(input: { text: "train a LoRA of my cat with tiny-sd" }) { ... on Goal { id project { pool { id } } } ... on Error { message } } }`,
        )
        const pool = goalSubmit.project.pool.id as string
        const names = (await readdir(pictures)).filter((name) => name.startsWith('cat'))
        await open.upload(
          pool,
          await Promise.all(
            names.map(async (name) => ({
              name: basename(name),
              bytes: await readFile(join(pictures, name)),
            })),
          ),
        )
        await vi.waitFor(
          async () => {
            const { node } = await open.ask(
              `query ($id: ID!) { node(id: $id) { ... on Pool { embedding { state } } } }`,
              { id: pool },
            )
            expect(node.embedding.state).toBe('DONE')
          },
          { timeout: 60_000, interval: 500 },
        )
        const { curationStart } = await open.ask(
          `mutation ($pool: ID!) { curationStart(input: { pool: $pool, size: 12 }) { ... on Curation { id round { candidates { edges { node { image { id } } } } } } ... on Error { message } } }`,
          { pool },
        )
        await open.ask(
          `mutation ($input: ImagesAcceptInput!) { imagesAccept(input: $input) { __typename ... on Error { message } } }`,
          {
            input: {
              curation: curationStart.id,
              images: curationStart.round.candidates.edges.map((edge: any) => edge.node.image.id),
            },
          },
        )
        const { curationFinish } = await open.ask(
          `mutation ($curation: ID!) { curationFinish(input: { curation: $curation }) { ... on DatasetVersion { id } ... on Error { message } } }`,
          { curation: curationStart.id },
        )
        const { specSynthesise } = await open.ask(
          `mutation ($input: SpecSynthesiseInput!) { specSynthesise(input: $input) { ... on Spec { id text project { id } } ... on Error { code message } } }`,
          {
            input: {
              goal: goalSubmit.id,
              datasetVersion: curationFinish.id,
              settings: { steps: 20, sampleCount: 2 },
            },
          },
        )
        // By hand, as a researcher would: the trainer wants a GPU with 20 GB or more.
        const spec = JSON.parse(specSynthesise.text as string)
        const trainer = spec.components.find((it: any) => it.type === 'trainer')
        trainer.resources = { ...trainer.resources, gpu_count: 1, gpu_memory: '20GB' }
        const { specStore } = await open.ask(
          `mutation ($input: SpecStoreInput!) { specStore(input: $input) { ... on Spec { id problems { message } } ... on Error { code message } } }`,
          { input: { project: specSynthesise.project.id, text: JSON.stringify(spec) } },
        )
        expect(specStore.problems).toEqual([])
        const { requestSubmit } = await open.ask(
          `mutation ($spec: ID!) { requestSubmit(input: { spec: $spec }) { ... on Request { id run { id } } ... on Error { code message } } }`,
          { spec: specStore.id },
        )
        const id = requestSubmit.run.id as string
        const read = `query ($id: ID!) { node(id: $id) { ... on Run { state failure { sentence cause } modelVersion { id files { path bytes } } steps(first: 10) { edges { node { name state message failure { sentence cause } } } } } } }`
        let claimed = 0
        let state = ''
        for (
          let waited = 0;
          waited < 540 && !/SUCCEEDED|FAILED|CANCELLED/.test(state);
          waited += 1
        ) {
          await new Promise((done) => setTimeout(done, 1_000))
          state = (await open.ask(read, { id })).node.state
          const items = await listAll('resource.k8s.io/v1', 'resourceclaims', prefix)
          const allocated = items.filter((claim: any) => claim.status?.allocation !== undefined)
          claimed = Math.max(claimed, allocated.length)
        }
        const { node } = await open.ask(read, { id })
        expect(state, JSON.stringify(node)).toBe('SUCCEEDED')
        expect(node.steps.edges.map((edge: any) => edge.node.state)).toEqual(
          node.steps.edges.map(() => 'SUCCEEDED'),
        )
        expect(claimed).toBe(1)
        const files = node.modelVersion.files.map((file: any) => file.path)
        expect(files.some((path: string) => path.endsWith('-kohya.safetensors'))).toBe(true)
        if (endpoint !== undefined) {
          const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
          expect(KeyCount).toBeGreaterThan(20)
        }
        // What was committed is cleared away: nothing of ours is left but the namespace.
        await vi.waitFor(
          async () => {
            for (const [group, kind] of [
              ['batch/v1', 'jobs'],
              ['v1', 'secrets'],
              ['resource.k8s.io/v1', 'resourceclaimtemplates'],
            ] as const)
              expect(await listAll(group, kind, prefix)).toEqual([])
          },
          { timeout: 30_000 },
        )
      } finally {
        await removeNamespaces(prefix)
        await rm(pictures, { recursive: true, force: true })
        client.destroy()
      }
    },
  )
})
