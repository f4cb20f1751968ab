import type { Intent, StrategyId } from '#schema/domain/intent.ts'
import type { Spec } from '#schema/domain/spec.ts'

export interface Device {
  readonly gpus: number
  readonly gpuMemoryGb: number
}

export interface DatasetFacts {
  /** "sha256:<hex>" of the data set version's manifest. */
  readonly hash: string
  readonly images: number
  readonly classNoun: string
  readonly triggerWord: string
}

export interface SynthesisOptions {
  readonly pipelineId: string
  readonly createdAt: string
  readonly device: Device
  readonly name?: string
  readonly version?: string
  readonly seed?: number
}

export interface Range {
  readonly low: number
  readonly likely: number
  readonly high: number
}

export interface Estimate {
  readonly seconds: Range
  readonly memoryBytes: Range
}

/** One way to fine-tune: which components, which settings, what it costs. A new one is a new file and one registry line. */
export interface FineTuningStrategy {
  readonly id: StrategyId
  synthesise(intent: Intent, dataset: DatasetFacts, options: SynthesisOptions): Spec
  /** Null when the spec holds no trainer of this strategy. */
  estimate(spec: Spec, device: Device): Estimate | null
}
