import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { embedders } from '#intelligence/index.ts'
import { chooseEmbedder } from '#server/embedding/choose-embedder.ts'
import type { EmbedderChoice } from '#server/embedding/embedder-source.ts'
import { createEmbedding } from '#server/embedding/embedding.ts'
import { pictureTensor } from '#server/embedding/picture.ts'
import { readConfig } from '#server/env.ts'
import { noisePicture } from '#test/harness/app.ts'
import { report, type Measure } from './report.ts'

const count = 64
const batch = 8
const atLeastMs = 5_000

/** Calls again and again for five seconds; how many pictures a second that makes. */
async function rate(pictures: number, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  let done = 0
  while (performance.now() - begun < atLeastMs) {
    await work()
    done += pictures
  }
  return (done * 1_000) / (performance.now() - begun)
}

async function throughWorkers(
  choice: EmbedderChoice,
  files: readonly { path: string }[],
): Promise<number> {
  await using embedding = createEmbedding()
  // Loads the weights.
  await embedding.embed(choice, files.slice(0, batch), { batch })
  return await rate(files.length, () => embedding.embed(choice, files, { batch }))
}

/** The network alone, on tensors that are already there. */
async function bare(choice: EmbedderChoice, files: readonly { path: string }[]): Promise<number> {
  if (choice.source.kind !== 'onnx') throw new Error('only for ONNX')
  const input = embedders.embedderById(choice.id)!.input!
  const length = 3 * input.side * input.side
  const pixels = new Float32Array(batch * length)
  for (const [index, { path }] of files.slice(0, batch).entries()) {
    await pictureTensor(path, input, pixels, index * length)
  }
  const session = await InferenceSession.create(choice.source.model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  })
  const feeds = { pixels: new Tensor('float32', pixels, [batch, 3, input.side, input.side]) }
  await session.run(feeds)
  const found = await rate(batch, () => session.run(feeds))
  await session.release()
  return found
}

async function efficientNet(): Promise<EmbedderChoice | null> {
  const folder = readConfig(process.env).environmentsFolder
  for (const hash of await readdir(folder).catch(() => [])) {
    const visionFolder = join(folder, hash, 'vision')
    const choice = await chooseEmbedder({ visionFolder, modelsFolder: null, allowHub: false })
    if (choice.source.kind === 'onnx') return choice
  }
  return null
}

/** Pictures a second through one worker with one thread, as the platform has it. */
export async function embedding(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autodidact-bench-'))
  try {
    const files: { path: string }[] = []
    for (let index = 0; index < count; index += 1) {
      const path = join(folder, `${index}.png`)
      await writeFile(path, await noisePicture(index))
      files.push({ path })
    }
    const measures: Measure[] = []
    const add = (name: string, value: number, baseline: number | null) =>
      measures.push({ name, value, unit: 'images/s', goal: null, baseline, holds: null })
    const network = await efficientNet()
    if (network === null) {
      console.log('EfficientNet left out: no components environment is made on this machine yet')
    } else {
      const own = await throughWorkers(network, files)
      add('EfficientNet-lite0, files to vectors', own, await bare(network, files))
    }
    const descriptor = await chooseEmbedder({
      visionFolder: null,
      modelsFolder: null,
      allowHub: false,
    })
    add('descriptor, files to vectors', await throughWorkers(descriptor, files), null)
    report('embedding', measures)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
