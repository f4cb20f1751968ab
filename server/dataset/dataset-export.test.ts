import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { openPromise, type Entry } from 'yauzl'
import { createDiskStore } from '../store/disk.ts'
import { exportFormats, zipOfDataset } from './dataset-export.ts'

async function read(path: string): Promise<Map<string, string>> {
  const zip = await openPromise(path, { autoClose: false })
  const found = new Map<string, string>()
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>)
    found.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)))
  zip.close()
  return found
}

describe('CU-11 export of a data set version', () => {
  it('lays out captions beside the pictures, an imagefolder, and a folder that DVC knows by its hash', async () => {
    const root = await mkdtemp(join(tmpdir(), 'export-'))
    try {
      const store = createDiskStore({ root })
      const images = await Promise.all(
        ['one', 'two'].map(async (word) => {
          const { sha256, bytes } = await store.put(Buffer.from(word))
          return {
            file: `images/${sha256}.png`,
            sha256,
            bytes,
            caption: `a photo of sks, "${word}"`,
          }
        }),
      )
      const zips = new Map<string, Map<string, string>>()
      for (const format of exportFormats) {
        const path = join(root, `${format}.zip`)
        const createdAt = new Date(0)
        await writeFile(
          path,
          await buffer(await zipOfDataset(store, { name: 'd', format, images, createdAt })),
        )
        zips.set(format, await read(path))
      }
      const [one, two] = images as [(typeof images)[0], (typeof images)[0]]
      const captions = zips.get('captions')!
      expect(captions.get(`d/${one.sha256}.png`)).toBe('one')
      expect(captions.get(`d/${two.sha256}.txt`)).toBe('a photo of sks, "two"')
      const lines = zips.get('imagefolder')!.get('d/train/metadata.jsonl')!.trim().split('\n')
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
        images.map(({ sha256, caption }) => ({ file_name: `${sha256}.png`, text: caption })),
      )
      const dvc = zips.get('dvc')!
      expect(dvc.get(`d/data/train/${one.sha256}.png`)).toBe('one')
      const md5 = (bytes: string): string => createHash('md5').update(bytes).digest('hex')
      const listing = [...dvc]
        .filter(([path]) => path.startsWith('d/data/'))
        .map(([path, bytes]) => ({ md5: md5(bytes), relpath: path.slice('d/data/'.length) }))
        .sort((a, b) => (a.relpath < b.relpath ? -1 : 1))
      const python = `[${listing.map((row) => `{"md5": "${row.md5}", "relpath": "${row.relpath}"}`).join(', ')}]`
      expect(dvc.get('d/data.dvc')).toContain(`md5: ${md5(python)}.dir`)
      expect(dvc.get('d/data.dvc')).toContain('nfiles: 3')
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  })
})
