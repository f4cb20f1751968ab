import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { noisePicture, startTestApp } from '#test/harness/app.ts'

const endpoint = process.env['TEST_S3_ENDPOINT']
const poolOf = `query ($id: ID!) { node(id: $id) { ... on Pool { embedding { state done } images(first: 5) { edges { node { thumbnailUrl } } } } } }`

describe.skipIf(endpoint === undefined)('ST the platform on an S3 bucket', () => {
  it('keeps uploads there, reads them back without its cache, and says when the bucket is gone', async () => {
    const bucket = `autodidact-app-${randomBytes(4).toString('hex')}`
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: endpoint!,
      forcePathStyle: true,
    })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    const s3 = {
      bucket,
      prefix: '',
      endpoint: endpoint!,
      publicEndpoint: null,
      region: 'us-east-1',
    }
    await using open = await startTestApp({ config: { s3 } })
    const { goalSubmit } = await open.ask(
      `mutation { goalSubmit(input: { text: "train a LoRA of my cat" }) { ... on Goal { project { pool { id } } } } }`,
    )
    const pool = goalSubmit.project.pool.id as string
    const files = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => ({
        name: `cat-${seed}.png`,
        bytes: await noisePicture(seed),
      })),
    )
    const { account } = await open.upload(pool, files)
    expect(account).toMatchObject({ uploaded: 4, used: 4 })
    // The picture and its thumbnail, each once.
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(Contents).toHaveLength(8)

    await rm(join(open.folder, 'cache', 'blobs'), { recursive: true, force: true })
    await expect
      .poll(async () => (await open.ask(poolOf, { id: pool })).node.embedding.state, {
        timeout: 30_000,
      })
      .toBe('DONE')
    const { node } = await open.ask(poolOf, { id: pool })
    for (const edge of node.images.edges) {
      const thumbnail = await fetch(new URL(edge.node.thumbnailUrl as string, open.url))
      expect(thumbnail.status).toBe(200)
      expect((await thumbnail.arrayBuffer()).byteLength).toBeGreaterThan(500)
    }

    await using lost = await startTestApp({ config: { s3: { ...s3, bucket: 'no-such-bucket' } } })
    const { platform } = await lost.ask(`{ platform { notices } }`)
    expect(platform.notices[0]).toMatch(/There is no bucket "no-such-bucket"/)
    client.destroy()
  })
})
