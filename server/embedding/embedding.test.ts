import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embedders } from '#intelligence/index.ts'
import { chooseEmbedder, type EmbedderConfig } from './choose-embedder.ts'
import type { EmbedderChoice } from './embedder-source.ts'
import { createEmbedding, type Embedding } from './embedding.ts'

// Networks of a few kilobytes with the real ones' inputs and outputs (fixtures/make.py).
const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))
const nothing: EmbedderConfig = { visionFolder: null, modelsFolder: null, allowHub: false }
const colours = ['#ff0000', '#00ff00', '#0000ff']

let folder: string
let files: { path: string }[]
let embedding: Embedding
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedding-'))
  files = await Promise.all(
    Array.from({ length: 21 }, async (_, index) => {
      const path = join(folder, `${index}`)
      const picture = {
        width: 90 + index,
        height: 70,
        channels: 3,
        background: colours[index % 3]!,
      } as const
      await writeFile(path, await sharp({ create: picture }).png().toBuffer())
      return { path }
    }),
  )
  embedding = createEmbedding({ workers: 2 })
})
afterAll(async () => {
  await embedding[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function cosine(vectors: Float32Array, dim: number, a: number, b: number): number {
  let sum = 0
  for (let axis = 0; axis < dim; axis += 1)
    sum += vectors[a * dim + axis]! * vectors[b * dim + axis]!
  return sum
}

const choices: Record<string, () => Promise<EmbedderChoice>> = {
  descriptor: () => chooseEmbedder(nothing),
  'efficientnet-lite0': () =>
    chooseEmbedder({ ...nothing, visionFolder: join(fixtures, 'vision') }),
  'clip-vit-b-32': () => chooseEmbedder({ ...nothing, modelsFolder: join(fixtures, 'models') }),
}

describe('CU-02 embedding', () => {
  it.each(Object.keys(choices))('%s: unit rows in the order of the files', async (id) => {
    const choice = await choices[id]!()
    expect(choice).toMatchObject({ id, dim: embedders.embedderById(id)!.dim })
    const seen: number[] = []
    const { vectors, dim, failed, classes } = await embedding.embed(choice, files, {
      batch: 4,
      onProgress: (done, total) => seen.push(done, total),
    })
    expect(failed).toEqual([])
    expect(vectors).toHaveLength(21 * dim)
    for (let row = 0; row < 21; row += 1) {
      expect(cosine(vectors, dim, row, row)).toBeCloseTo(1, 4)
      expect(cosine(vectors, dim, row, row % 3)).toBeGreaterThan(0.99)
      expect(cosine(vectors, dim, row, (row + 1) % 3)).toBeLessThan(0.9)
    }
    expect(seen.slice(-2)).toEqual([21, 21])
    expect(classes.every((item) => (item === null) === (id !== 'efficientnet-lite0'))).toBe(true)
  })

  it('says what the pictures show', async () => {
    const choice = await choices['efficientnet-lite0']!()
    const { classes } = await embedding.embed(choice, files.slice(0, 4))
    expect(embedders.sightsOf(classes)).toEqual([
      { classNoun: 'cat', count: 2, of: 4 },
      { classNoun: 'cup', count: 1, of: 4 },
      { classNoun: 'dog', count: 1, of: 4 },
    ])
    expect(embedders.whatItShows([])).toBe(null)
  })

  it('goes on past a picture that cannot be read', async () => {
    const bad = join(folder, 'bad')
    await writeFile(bad, 'no picture')
    for (const id of Object.keys(choices)) {
      const list = [files[0]!, { path: bad }, files[1]!]
      const { failed, vectors, dim } = await embedding.embed(await choices[id]!(), list)
      expect(failed.map(({ index }) => index)).toEqual([1])
      expect(cosine(vectors, dim, 1, 1)).toBe(0)
      expect(cosine(vectors, dim, 2, 2)).toBeCloseTo(1, 4)
      expect(cosine(vectors, dim, 0, 2)).toBeLessThan(0.9)
    }
  })

  it('stops on abort, and works again afterwards', async () => {
    const choice = await choices['descriptor']!()
    const stop = new AbortController()
    let batches = 0
    const running = embedding.embed(choice, files, {
      batch: 1,
      signal: stop.signal,
      onProgress: () => {
        batches += 1
        stop.abort()
      },
    })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(batches).toBeLessThan(5)
    expect((await embedding.embed(choice, files.slice(0, 2))).failed).toEqual([])
    expect((await embedding.embed(choice, [])).vectors).toHaveLength(0)
  })

  it('P10 damaged weights are a typed error, and the thread lives on', async () => {
    const model = join(folder, 'damaged.onnx')
    await writeFile(model, 'no network')
    const good = await choices['efficientnet-lite0']!()
    const bad: EmbedderChoice = { ...good, source: { kind: 'onnx', model, classes: [] } }
    await expect(embedding.embed(bad, files)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect((await embedding.embed(good, files.slice(0, 1))).failed).toEqual([])
  })

  it('CU-10 says which embedder knows words', async () => {
    await expect(
      embedding.embedText(await choices['descriptor']!(), ['a cat']),
    ).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('CU-02 choice of the embedder', () => {
  it('takes the best that is there and tells why not a better one', async () => {
    const { id, why } = await chooseEmbedder({ ...nothing, visionFolder: join(fixtures, 'vision') })
    expect(id).toBe('efficientnet-lite0')
    expect(why).toContain(
      'CLIP ViT-B/32: its weights are not on this machine and downloads are off',
    )
    const plain = await chooseEmbedder(nothing)
    expect(plain.id).toBe('descriptor')
    expect(plain.why).toContain('not there yet')
  })

  it('asks the hub only when it may, and believes its answer', async () => {
    const answers =
      (ok: boolean): typeof fetch =>
      async () =>
        new Response(null, { status: ok ? 200 : 404 })
    const hub = { ...nothing, allowHub: true }
    expect((await chooseEmbedder({ ...hub, fetch: answers(true) })).id).toBe('clip-vit-b-32')
    expect((await chooseEmbedder({ ...hub, fetch: answers(false) })).id).toBe('descriptor')
    const down: typeof fetch = async () => {
      throw new TypeError('fetch failed')
    }
    expect((await chooseEmbedder({ ...hub, fetch: down })).why).toContain('cannot be reached')
    const never: typeof fetch = async () => {
      throw new Error('asked although it may not')
    }
    expect((await chooseEmbedder({ ...nothing, fetch: never })).id).toBe('descriptor')
  })

  it('takes what a person asked for, when it is there', async () => {
    const vision = { ...nothing, visionFolder: join(fixtures, 'vision') }
    expect((await chooseEmbedder({ ...vision, prefer: 'descriptor' })).id).toBe('descriptor')
    expect((await chooseEmbedder({ ...nothing, prefer: 'clip-vit-b-32' })).id).toBe('descriptor')
  })

  it('passes over a damaged description', async () => {
    await writeFile(join(folder, 'efficientnet-lite0.json'), '{"file": "../../x"}')
    const choice = await chooseEmbedder({ ...nothing, visionFolder: folder })
    expect(choice.id).toBe('descriptor')
    expect(choice.why).toContain('damaged')
    expect(await readFile(join(fixtures, 'vision/efficientnet-lite0.json'), 'utf8')).toContain(
      '1280',
    )
  })
})
