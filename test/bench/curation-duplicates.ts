import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { curation } from '#intelligence/index.ts'
import { chooseEmbedder } from '#server/embedding/choose-embedder.ts'
import { createEmbedding } from '#server/embedding/embedding.ts'
import { inspectImage } from '#server/pool/image-inspect.ts'

type Add = (
  name: string,
  value: number,
  unit: string,
  goal: string | null,
  baseline: number | null,
  holds: boolean | null,
) => void

const side = 106

/** Parts of two photographs, and of a third of them a smaller copy, a JPEG of quality 50 and one with 5 % cut off. */
export async function plantedDuplicates(add: Add): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'autodidact-duplicates-'))
  try {
    const files: { path: string; of: number | null }[] = []
    const keep = async (data: Buffer, of: number | null): Promise<void> => {
      const path = join(folder, `${files.length}.png`)
      await writeFile(path, data)
      files.push({ path, of })
    }
    const originals: Buffer[] = []
    for (const name of ['china', 'flower']) {
      const photo = join(import.meta.dirname, 'curation-data', `${name}.jpg`)
      for (let top = 0; top + side <= 427; top += side)
        for (let left = 0; left + side <= 640; left += side)
          originals.push(
            await sharp(photo)
              .extract({ left, top, width: side, height: side })
              .resize(320, 320)
              .png()
              .toBuffer(),
          )
    }
    for (const data of originals) await keep(data, null)
    for (const [index, data] of originals.entries()) {
      if (index % 3 !== 0) continue
      await keep(await sharp(data).resize(200, 200).png().toBuffer(), index)
      await keep(
        await sharp(await sharp(data).jpeg({ quality: 50 }).toBuffer())
          .png()
          .toBuffer(),
        index,
      )
      await keep(
        await sharp(data).extract({ left: 8, top: 8, width: 304, height: 304 }).png().toBuffer(),
        index,
      )
    }
    const choice = await chooseEmbedder({ visionFolder: null, modelsFolder: null, allowHub: false })
    await using embedding = createEmbedding()
    const { vectors } = await embedding.embed(
      choice,
      files.map(({ path }) => ({ path })),
      { batch: 8 },
    )
    const hashes: string[] = []
    for (const { path } of files) hashes.push(await dhashOf(path))
    const ids = files.map((_, index) => String(index))
    const found = curation.nearDuplicates({ ids, hashes, vectors, dim: choice.dim })
    const right = found.filter(
      ({ id, of }) =>
        files[Number(id)]!.of === Number(of) ||
        (files[Number(id)]!.of !== null && files[Number(of)]!.of === files[Number(id)]!.of),
    ).length
    const planted = files.filter(({ of }) => of !== null).length
    const equal = found.filter(
      ({ distance, id, of }) => distance === 0 && files[Number(id)]!.of === Number(of),
    ).length
    add(
      'planted duplicates: recall, baseline: equal hashes',
      right / planted,
      '',
      '>= .98',
      equal / planted,
      right / planted >= 0.98,
    )
    add(
      'planted duplicates: precision',
      right / Math.max(1, found.length),
      '',
      '>= .95',
      null,
      right / found.length >= 0.95,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function dhashOf(path: string): Promise<string> {
  const found = await inspectImage(path, { into: join(path, '..') })
  if (!('dhash' in found)) throw new Error(found.message)
  return found.dhash
}
