import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { ModelFile, ModelSample, NamedNumber } from '#schema/domain/model.ts'
import { runFileKind, runFileStep, type RunFile } from '#schema/domain/run.ts'
import type { ArtifactFile } from '../executor/executor.ts'
import type { Artifact } from '../run/run-store.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'

const maxJsonBytes = 4 * 1024 * 1024

/** What a component writes is read as data from a stranger: what does not fit is left out. */
const modelJson = z
  .looseObject({
    base_model: z.string().optional().catch(undefined),
    base_model_source: z.string().optional().catch(undefined),
    trigger_word: z.string().optional().catch(undefined),
    class_noun: z.string().optional().catch(undefined),
    prompt: z.string().optional().catch(undefined),
    family: z.string().optional().catch(undefined),
    files: z
      .array(z.object({ path: z.string(), format: z.string() }))
      .catch([])
      .default([]),
    samples: z
      .array(
        z.object({ file: z.string(), prompt: z.string().nullish(), seed: z.number().nullish() }),
      )
      .catch([])
      .default([]),
    environment: z.record(z.string(), z.unknown()).catch({}).default({}),
  })
  .catch({ files: [], samples: [], environment: {} })
export type ModelJson = z.infer<typeof modelJson>

const samplesJson = z
  .array(
    z.object({
      file: z.string(),
      prompt: z.string().nullish(),
      seed: z.number().nullish(),
      kind: z.string().optional(),
    }),
  )
  .catch([])

async function readJson(store: ArtifactStore, file: ArtifactFile | undefined): Promise<unknown> {
  if (file === undefined || file.bytes > maxJsonBytes) return null
  try {
    return JSON.parse(await text(await store.open(file.sha256))) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export async function readModelJson(store: ArtifactStore, model: Artifact): Promise<ModelJson> {
  const file = model.files.find((file) => file.path === 'model.json')
  return modelJson.parse((await readJson(store, file)) ?? {})
}

/** The artifact's files but its sample pictures, each with its format. */
export function filesOfModel(model: Artifact, about: ModelJson): ModelFile[] {
  const formats = new Map(about.files.map((file) => [file.path, file.format]))
  return model.files
    .filter((file) => !file.path.startsWith('samples/'))
    .map((file) => ({
      path: file.path,
      format: formats.get(file.path) ?? (file.path === 'model.json' ? 'metadata' : 'file'),
      bytes: file.bytes,
      sha256: file.sha256,
    }))
}

/** The figures of metrics.json; NaN and text are left out. */
export async function readMetrics(
  store: ArtifactStore,
  artifacts: readonly Artifact[],
): Promise<NamedNumber[]> {
  const metrics: NamedNumber[] = []
  for (const artifact of artifacts.filter((artifact) => artifact.type === 'metrics')) {
    const file = artifact.files.find((file) => file.path === 'metrics.json')
    const value = await readJson(store, file)
    if (value === null || typeof value !== 'object') continue
    for (const [name, figure] of Object.entries(value)) {
      if (typeof figure === 'number' && Number.isFinite(figure))
        metrics.push({ name, value: figure })
    }
  }
  return metrics
}

/**
 * The pictures that show what the version can do: the evaluator's grid and its rows, then those that were made
 * while it trained. The creator's photographs are left in the data set.
 */
export async function samplesOf(
  store: ArtifactStore,
  artifacts: readonly Artifact[],
  model: Artifact,
  about: ModelJson,
  logged: readonly RunFile[],
): Promise<ModelSample[]> {
  const found = new Map<string, ModelSample>()
  const add = (
    path: string,
    file: { readonly sha256: string; readonly bytes: number },
    said?: { prompt?: string | null | undefined; seed?: number | null | undefined },
  ): void => {
    const kind = runFileKind(path)
    if (kind === 'file' || found.has(path)) return
    found.set(path, {
      path,
      sha256: file.sha256,
      bytes: file.bytes,
      kind,
      step: runFileStep(path),
      prompt: said?.prompt ?? null,
      seed: said?.seed ?? null,
    })
  }
  for (const artifact of artifacts.filter((artifact) => artifact.name === 'samples')) {
    const list = samplesJson.parse(
      (await readJson(
        store,
        artifact.files.find((file) => file.path === 'samples.json'),
      )) ?? [],
    )
    const said = new Map(list.map((entry) => [entry.file, entry]))
    const rank = (path: string): string =>
      path.startsWith('grid') ? '0' : path.startsWith('lora') ? '1' : '2'
    const files = [...artifact.files].sort((a, b) =>
      `${rank(a.path)}${a.path}`.localeCompare(`${rank(b.path)}${b.path}`, 'en', { numeric: true }),
    )
    for (const file of files) {
      if (said.get(file.path)?.kind === 'photo') continue
      const path = runFileKind(file.path) === 'grid' ? file.path : `samples/${file.path}`
      add(path, file, said.get(file.path))
    }
  }
  for (const file of logged) add(file.path, file)
  const trained = new Map(about.samples.map((entry) => [entry.file, entry]))
  for (const file of model.files) add(file.path, file, trained.get(file.path))
  return [...found.values()].slice(0, 1_000)
}
