import type { Id } from './id.ts'
import type { NameValue, RunFile } from './run.ts'

/** A named model; its versions come from runs. */
export interface Model {
  readonly id: Id
  readonly projectId: Id
  readonly name: string
  readonly createdAt: Date
}

export interface ModelFile {
  readonly path: string
  /** diffusers, kohya, metadata, or file. */
  readonly format: string
  readonly bytes: number
  readonly sha256: string
}

export interface NamedNumber {
  readonly name: string
  readonly value: number
}

/** Code to load the model with a tool. */
export interface Snippet {
  readonly tool: string
  readonly code: string
}

export const lineageKinds = [
  'goal',
  'intent',
  'verdicts',
  'images',
  'dataset',
  'spec',
  'base_model',
  'code',
  'environment',
  'run',
  'model',
] as const
export type LineageKind = (typeof lineageKinds)[number]

/** Something that the model version was made from. */
export interface LineageNode {
  readonly key: string
  readonly kind: LineageKind
  readonly label: string
  /** The entity in this installation, where it is one. */
  readonly entity: { readonly type: string; readonly id: Id } | null
  /** Facts as lines of text, such as each picture's sha256. */
  readonly detail: string
}
export interface LineageEdge {
  readonly from: string
  readonly to: string
}
export interface Lineage {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
}

/** A sample as it is kept with the version: which prompt and seed it shows. */
export interface ModelSample extends Omit<RunFile, 'createdAt'> {
  readonly prompt: string | null
  readonly seed: number | null
}

/** What is known of a version when its run ends; stored as it is, never changed. */
export interface ModelFacts {
  readonly files: readonly ModelFile[]
  readonly samples: readonly ModelSample[]
  readonly metrics: readonly NamedNumber[]
  readonly settings: readonly NameValue[]
  readonly triggerWord: string
  readonly classNoun: string
  readonly prompt: string
  readonly baseModel: string
  readonly baseModelSource: string | null
  readonly baseModelTitle: string
  readonly baseModelLicence: string
  readonly family: string
  readonly card: string
  readonly lineage: Lineage
}

export interface ModelVersion {
  readonly id: Id
  readonly modelId: Id
  readonly modelName: string
  readonly projectId: Id
  readonly runId: Id
  readonly version: number
  readonly bytes: number
  readonly createdAt: Date
  readonly facts: ModelFacts
}

/** A creator's thumb on a sample. */
export interface Thumb {
  readonly path: string
  readonly up: boolean
}
