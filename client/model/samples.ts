import type { Words } from '../text/en.ts'

interface Sample {
  readonly path: string
  readonly kind: string
  readonly step?: number | null
}

const named = /(base|lora)-(\d+)\.\w+$/

/** "samples/lora-42.png" -> "LoRA, seed 42"; a picture made while training tells its step. */
export function sampleTitle({ path, kind, step }: Sample, t: Words): string {
  if (kind === 'grid') return t.sample.grid
  if (step != null) return t.run.atStep(step)
  const [, of, seed] = named.exec(path) ?? []
  return seed === undefined ? path : of === 'base' ? t.sample.base(seed) : t.sample.lora(seed)
}

/** A picture of the base model stands for comparison: there is nothing to rate. */
export const isOfBase = (sample: Sample): boolean => named.exec(sample.path)?.[1] === 'base'

/** The comparison first, then the model's pictures, the newest step, and the base model's at the end. */
export function inOrder<T extends Sample>(samples: readonly T[]): T[] {
  const rank = (it: Sample) =>
    it.kind === 'grid' ? -2 : it.step != null ? 1 / (1 + it.step) : isOfBase(it) ? 2 : -1
  return samples.toSorted((a, b) => rank(a) - rank(b))
}
