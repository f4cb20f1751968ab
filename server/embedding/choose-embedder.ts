import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { embedders } from '#intelligence/index.ts'
import type { EmbedderChoice, EmbedderSource } from './embedder-source.ts'

export interface EmbedderConfig {
  /** `<components environment>/vision`, where export_vision.py puts EfficientNet. */
  readonly visionFolder: string | null
  /** Holds CLIP as `Xenova/clip-vit-base-patch32/{config.json, onnx/...}`. */
  readonly modelsFolder: string | null
  readonly allowHub: boolean
  readonly cacheFolder?: string
  /** An embedder's id, if a person asked for one. */
  readonly prefer?: string
  readonly fetch?: typeof fetch
}

const descriptionFile = z.object({
  file: z.string().regex(/^[\w.-]+\.onnx$/),
  dimensions: z.number().int(),
  classes: z.array(z.string()),
})

interface Attempt {
  readonly source: EmbedderSource | null
  /** Why it is or is not there, as the end of a sentence. */
  readonly where: string
}

/** The best embedder that can be had here, and why, in words that a creator understands. */
export async function chooseEmbedder(config: EmbedderConfig): Promise<EmbedderChoice> {
  const preferred = embedders.embedderCatalogue.filter(({ id }) => id === config.prefer)
  const order = [...preferred, ...embedders.embedderCatalogue]
  const missing: string[] = []
  for (const embedder of order) {
    const { source, where } = await attempt(embedder, config)
    if (source === null) {
      const line = `${embedder.title}: ${where}`
      if (!missing.includes(line)) missing.push(line)
      continue
    }
    const why = missing.length === 0 ? '' : ` (${missing.join('; ')})`
    return {
      id: embedder.id,
      dim: embedder.dim,
      source,
      why: `${embedder.title} compares the pictures: ${where}${why}.`,
    }
  }
  throw new Error('the descriptor is always there')
}

async function attempt(
  embedder: embedders.EmbedderDescription,
  config: EmbedderConfig,
): Promise<Attempt> {
  switch (embedder.id) {
    case 'clip-vit-b-32':
      return clip(embedder.hubId!, config)
    case 'efficientnet-lite0':
      return efficientNet(config.visionFolder)
    case 'descriptor':
      return {
        source: { kind: 'descriptor' },
        where:
          'it is built in and looks at colours and shapes only, so similar means similar-looking',
      }
  }
}

async function clip(hubId: string, config: EmbedderConfig): Promise<Attempt> {
  const cacheFolder = config.cacheFolder ?? null
  if (config.modelsFolder !== null) {
    const folder = join(config.modelsFolder, hubId)
    if ((await exists(join(folder, 'config.json'))) && (await exists(join(folder, 'onnx'))))
      return {
        source: { kind: 'clip', hubId, modelsFolder: config.modelsFolder, cacheFolder },
        where: 'its weights are in the models folder',
      }
  }
  if (!config.allowHub)
    return { source: null, where: 'its weights are not on this machine and downloads are off' }
  if (await reachable(hubId, config.fetch ?? fetch))
    return {
      source: { kind: 'clip', hubId, modelsFolder: null, cacheFolder },
      where: 'its weights come from the Hugging Face hub',
    }
  return {
    source: null,
    where: 'its weights are not on this machine and the Hugging Face hub cannot be reached',
  }
}

async function efficientNet(folder: string | null): Promise<Attempt> {
  const notYet = 'it is made ready together with the training environment, which is not there yet'
  if (folder === null) return { source: null, where: notYet }
  let text: string
  try {
    text = await readFile(join(folder, 'efficientnet-lite0.json'), 'utf8')
  } catch {
    return { source: null, where: notYet }
  }
  const parsed = descriptionFile.safeParse(parseJson(text))
  if (!parsed.success || parsed.data.dimensions !== 1280)
    return { source: null, where: 'its description file is damaged' }
  const model = join(folder, parsed.data.file)
  if (!(await exists(model))) return { source: null, where: notYet }
  return {
    source: { kind: 'onnx', model, classes: parsed.data.classes },
    where: 'a vision network that also tells what a picture shows',
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function reachable(hubId: string, get: typeof fetch): Promise<boolean> {
  try {
    const answer = await get(`https://huggingface.co/${hubId}/resolve/main/config.json`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(4000),
    })
    return answer.ok
  } catch {
    return false
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
