import { InferenceSession, Tensor } from 'onnxruntime-node'
import { embedders } from '#intelligence/index.ts'
import { describePicture, descriptorDim } from './descriptor.ts'
import type { EmbedderChoice } from './embedder-source.ts'
import { pictureTensor } from './picture.ts'

export interface Rows {
  readonly rows: Float32Array
  readonly classes: (embedders.ClassScore[] | null)[]
  readonly failed: { index: number; message: string }[]
}

/** An embedder with its weights loaded; runs inside a worker. */
export interface Network {
  pictures(paths: readonly string[]): Promise<Rows>
  texts(texts: readonly string[]): Promise<Float32Array>
}

const damaged = 'This picture cannot be read any more.'

export async function openNetwork(choice: EmbedderChoice, threads: number): Promise<Network> {
  const { source } = choice
  switch (source.kind) {
    case 'descriptor':
      return { pictures: descriptors, texts: noTexts }
    case 'onnx':
      return openOnnx(choice, source.model, source.classes, threads)
    case 'clip':
      return openClip(choice, source, threads)
  }
}

async function descriptors(paths: readonly string[]): Promise<Rows> {
  const rows = new Float32Array(paths.length * descriptorDim)
  const failed: Rows['failed'] = []
  await Promise.all(
    paths.map(async (path, index) => {
      try {
        rows.set(await describePicture(path), index * descriptorDim)
      } catch {
        failed.push({ index, message: damaged })
      }
    }),
  )
  return { rows: unitRows(rows, descriptorDim), classes: paths.map(() => null), failed }
}

async function openOnnx(
  choice: EmbedderChoice,
  model: string,
  labels: readonly string[],
  threads: number,
): Promise<Network> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  })
  const input = embedders.embedderById(choice.id)!.input!
  return {
    pictures: async (paths) => {
      const { pixels, kept, failed } = await prepare(paths, input)
      const rows = new Float32Array(paths.length * choice.dim)
      const classes: Rows['classes'] = paths.map(() => null)
      if (kept.length > 0) {
        const shape = [kept.length, 3, input.side, input.side]
        const out = await session.run({ pixels: new Tensor('float32', pixels, shape) })
        const features = out['features']!.data as Float32Array
        const logits = out['logits']!.data as Float32Array
        kept.forEach((index, row) => {
          rows.set(features.subarray(row * choice.dim, (row + 1) * choice.dim), index * choice.dim)
          const width = labels.length
          classes[index] = topClasses(logits.subarray(row * width, (row + 1) * width), labels)
        })
      }
      return { rows: unitRows(rows, choice.dim), classes, failed }
    },
    texts: noTexts,
  }
}

async function openClip(
  choice: EmbedderChoice,
  source: Extract<EmbedderChoice['source'], { kind: 'clip' }>,
  threads: number,
): Promise<Network> {
  // Only here: the package is large and most machines do without it.
  const hub = await import('@huggingface/transformers')
  hub.env.allowLocalModels = source.modelsFolder !== null
  hub.env.allowRemoteModels = source.modelsFolder === null
  if (source.modelsFolder !== null) hub.env.localModelPath = source.modelsFolder
  if (source.cacheFolder !== null) hub.env.cacheDir = source.cacheFolder
  const options = {
    dtype: 'fp32' as const,
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  }
  const vision = await hub.CLIPVisionModelWithProjection.from_pretrained(source.hubId, options)
  const input = embedders.embedderById(choice.id)!.input!
  const embeds = (out: unknown, key: string): Float32Array =>
    (out as Record<string, { data: Float32Array }>)[key]!.data
  return {
    pictures: async (paths) => {
      const { pixels, kept, failed } = await prepare(paths, input)
      const rows = new Float32Array(paths.length * choice.dim)
      if (kept.length > 0) {
        const tensor = new hub.Tensor('float32', pixels, [kept.length, 3, input.side, input.side])
        const found = embeds(await vision({ pixel_values: tensor }), 'image_embeds')
        kept.forEach((index, row) =>
          rows.set(found.subarray(row * choice.dim, (row + 1) * choice.dim), index * choice.dim),
        )
      }
      return { rows: unitRows(rows, choice.dim), classes: paths.map(() => null), failed }
    },
    texts: async (texts) => {
      const tokenizer = await hub.AutoTokenizer.from_pretrained(source.hubId)
      const model = await hub.CLIPTextModelWithProjection.from_pretrained(source.hubId, options)
      const tokens = tokenizer([...texts], { padding: true, truncation: true }) as object
      return unitRows(Float32Array.from(embeds(await model(tokens), 'text_embeds')), choice.dim)
    },
  }
}

async function prepare(
  paths: readonly string[],
  input: embedders.PictureInput,
): Promise<{ pixels: Float32Array; kept: number[]; failed: Rows['failed'] }> {
  const length = 3 * input.side * input.side
  const all = new Float32Array(paths.length * length)
  const failed: Rows['failed'] = []
  await Promise.all(
    paths.map(async (path, index) => {
      try {
        await pictureTensor(path, input, all, index * length)
      } catch {
        failed.push({ index, message: damaged })
      }
    }),
  )
  const bad = new Set(failed.map(({ index }) => index))
  const kept = paths.map((_, index) => index).filter((index) => !bad.has(index))
  kept.forEach((index, row) => all.copyWithin(row * length, index * length, (index + 1) * length))
  return { pixels: all.subarray(0, kept.length * length), kept, failed }
}

function topClasses(logits: Float32Array, labels: readonly string[]): embedders.ClassScore[] {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity)
  let total = 0
  for (const value of logits) total += Math.exp(value - highest)
  return Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, 5)
    .map((index) => ({
      index,
      label: labels[index] ?? '',
      score: Math.exp(logits[index]! - highest) / total,
    }))
}

function unitRows(rows: Float32Array, dim: number): Float32Array {
  for (let from = 0; from < rows.length; from += dim) {
    let sum = 0
    for (let at = from; at < from + dim; at += 1) sum += rows[at]! * rows[at]!
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0
    for (let at = from; at < from + dim; at += 1) rows[at] = rows[at]! * scale
  }
  return rows
}

function noTexts(): Promise<never> {
  return Promise.reject(new Error('no text side'))
}
