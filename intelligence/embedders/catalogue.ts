/** How a picture becomes numbers for a network: RGB, NCHW, (value - mean) / std with values from 0 to 255. */
export interface PictureInput {
  readonly side: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

export type EmbedderId = 'clip-vit-b-32' | 'efficientnet-lite0' | 'descriptor'

export interface EmbedderDescription {
  readonly id: EmbedderId
  readonly title: string
  readonly dim: number
  /** Can texts be compared with pictures? */
  readonly hasText: boolean
  /** Does it name what a picture shows? */
  readonly hasClasses: boolean
  /** Cosine from which two pictures are near duplicates. */
  readonly duplicateCosine: number
  readonly input: PictureInput | null
  /** Folder below the models folder, and name on the hub. */
  readonly hubId: string | null
  readonly licence: string
}

const clipMean = [0.48145466, 0.4578275, 0.40821073] as const
const clipStd = [0.26862954, 0.26130258, 0.27577711] as const
const scaled = (values: readonly [number, number, number]): readonly [number, number, number] => [
  values[0] * 255,
  values[1] * 255,
  values[2] * 255,
]

/** Best first. Vectors of different embedders never mix. */
export const embedderCatalogue: readonly EmbedderDescription[] = [
  {
    id: 'clip-vit-b-32',
    title: 'CLIP ViT-B/32',
    dim: 512,
    hasText: true,
    hasClasses: false,
    duplicateCosine: 0.98,
    input: { side: 224, mean: scaled(clipMean), std: scaled(clipStd) },
    hubId: 'Xenova/clip-vit-base-patch32',
    licence: 'MIT',
  },
  {
    id: 'efficientnet-lite0',
    title: 'EfficientNet-lite0',
    dim: 1280,
    hasText: false,
    hasClasses: true,
    duplicateCosine: 0.97,
    input: { side: 224, mean: [127, 127, 127], std: [128, 128, 128] },
    hubId: null,
    licence: 'Apache-2.0',
  },
  {
    id: 'descriptor',
    title: 'Colour and shape descriptor',
    dim: 300,
    hasText: false,
    hasClasses: false,
    duplicateCosine: 0.995,
    input: null,
    hubId: null,
    licence: 'MIT',
  },
]

export function embedderById(id: string): EmbedderDescription | undefined {
  return embedderCatalogue.find((embedder) => embedder.id === id)
}
