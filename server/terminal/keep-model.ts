import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DomainError } from '#schema/domain/errors.ts'
import { folderNameOf } from '../model/download.ts'
import type { Wire } from './wire.ts'

interface FileNode {
  readonly path: string
  readonly url: string
  readonly bytes: number
}
export interface VersionNode {
  readonly id: string
  readonly version: number
  readonly model: { readonly name: string }
  readonly files: readonly (FileNode & { readonly format: string })[]
  readonly samples: readonly (FileNode & { readonly kind: string })[]
  readonly metrics: readonly { readonly name: string; readonly value: number }[]
  readonly card: string
  readonly triggerWord: string
  readonly prompt: string
}

export async function versionOfRun(wire: Wire, run: string): Promise<VersionNode> {
  const { node } = await wire.ask<{ node: { modelVersion: VersionNode | null } }>(
    `query($run: ID!) { node(id: $run) { ... on Run { modelVersion { id version triggerWord prompt card model { name }
      files { path format bytes url } samples { path kind bytes url } metrics { name value } } } } }`,
    { run },
  )
  if (node.modelVersion === null) throw new DomainError('NOT_FOUND', 'The run made no model.')
  return node.modelVersion
}

/** What was copied, as absolute paths. */
export interface KeptModel {
  readonly folder: string
  readonly weights: readonly string[]
  readonly grid: string | null
  readonly files: readonly string[]
}

async function copy(wire: Wire, file: FileNode, folder: string): Promise<string> {
  const path = resolve(folder, file.path)
  if (!path.startsWith(`${folder}${sep}`))
    throw new DomainError('BAD_INPUT', `The file name ${file.path} leads out of the folder.`)
  await mkdir(dirname(path), { recursive: true })
  const response = await wire.fetch(file.url)
  if (response.body === null)
    throw new DomainError('UNAVAILABLE', `The file ${file.path} came empty.`)
  await pipeline(Readable.fromWeb(response.body), createWriteStream(path))
  return path
}

/** Copies a version's files, its grid, its last samples and its card into a folder of its own. */
export async function keepModel(wire: Wire, version: VersionNode, out: string): Promise<KeptModel> {
  const folder = resolve(out, folderNameOf(version.model.name, version.version))
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const file of version.files) files.push(await copy(wire, file, folder))
  let grid: string | null = null
  for (const sample of version.samples) {
    const path = await copy(wire, sample, folder)
    files.push(path)
    if (sample.kind === 'grid') grid ??= path
  }
  const card = join(folder, 'README.md')
  await writeFile(card, version.card)
  return {
    folder,
    weights: files.filter((path) => path.endsWith('.safetensors')),
    grid,
    files: [...files, card],
  }
}
