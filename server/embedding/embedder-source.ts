import type { embedders } from '#intelligence/index.ts'

/** Where an embedder's weights come from: plain data, so that a worker can be told. */
export type EmbedderSource =
  | { readonly kind: 'descriptor' }
  | { readonly kind: 'onnx'; readonly model: string; readonly classes: readonly string[] }
  | {
      readonly kind: 'clip'
      readonly hubId: string
      /** Holds `<hubId>/config.json`; null: the hub. */
      readonly modelsFolder: string | null
      readonly cacheFolder: string | null
    }

export interface EmbedderChoice {
  readonly id: embedders.EmbedderId
  /** One sentence for a creator. */
  readonly why: string
  readonly dim: number
  readonly source: EmbedderSource
}
