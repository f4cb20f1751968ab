import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { ArtifactStore } from '../store/artifact-store.ts'

export const exportFormats = ['captions', 'imagefolder', 'dvc'] as const
export type ExportFormat = (typeof exportFormats)[number]

export interface ExportedImage {
  /** "images/<sha256>.<extension>" */
  readonly file: string
  readonly sha256: string
  readonly caption: string
  readonly bytes: number
}

/**
 * A data set version as a zip, written while it is read.
 *
 * captions: pictures with a .txt beside each (kohya); imagefolder: Hugging Face `datasets`, with metadata.jsonl; dvc: the
 * imagefolder under data/ with the `data.dvc` that DVC writes for a folder (md5 of its listing).
 */
export async function zipOfDataset(
  store: ArtifactStore,
  input: {
    readonly name: string
    readonly format: ExportFormat
    readonly images: readonly ExportedImage[]
    readonly createdAt: Date
  },
): Promise<Readable> {
  const { name, format, images } = input
  const zip = new ZipFile()
  const options = { mtime: input.createdAt, compress: false }
  const folder = format === 'dvc' ? `${name}/data` : name
  const listing: { md5: string; relpath: string }[] = []
  let total = 0
  const text = (path: string, words: string): void => {
    const bytes = Buffer.from(words)
    total += bytes.length
    listing.push({ md5: createHash('md5').update(bytes).digest('hex'), relpath: path })
    zip.addBuffer(bytes, `${folder}/${path}`, options)
  }
  for (const image of images) {
    const path = image.file.replace(/^images\//, format === 'captions' ? '' : 'train/')
    total += image.bytes
    if (format === 'dvc')
      listing.push({ md5: await md5Of(await store.open(image.sha256)), relpath: path })
    zip.addReadStreamLazy(`${folder}/${path}`, { ...options, size: image.bytes }, (done) => {
      store.open(image.sha256).then(
        (stream) => done(null, stream),
        (error: unknown) => done(error, Readable.from([])),
      )
    })
    if (format === 'captions') text(path.replace(/\.[^.]+$/, '.txt'), image.caption)
  }
  if (format !== 'captions')
    text(
      'train/metadata.jsonl',
      images
        .map(({ file, caption }) =>
          JSON.stringify({ file_name: file.replace(/^images\//, ''), text: caption }),
        )
        .join('\n') + '\n',
    )
  if (format === 'dvc') {
    // DVC's hash of a folder: md5 of its listing as Python's json writes it, sorted by path.
    listing.sort((a, b) => (a.relpath < b.relpath ? -1 : 1))
    const rows = listing.map(
      ({ md5, relpath }) =>
        `{"md5": ${JSON.stringify(md5)}, "relpath": ${JSON.stringify(relpath)}}`,
    )
    const md5 = createHash('md5')
      .update(`[${rows.join(', ')}]`)
      .digest('hex')
    zip.addBuffer(
      Buffer.from(
        `outs:\n- md5: ${md5}.dir\n  size: ${total}\n  nfiles: ${listing.length}\n  hash: md5\n  path: data\n`,
      ),
      `${name}/data.dvc`,
      options,
    )
  }
  zip.on('error', (error: unknown) =>
    (zip.outputStream as Readable).destroy(error instanceof Error ? error : new Error('zip')),
  )
  zip.end()
  return zip.outputStream as Readable
}

async function md5Of(stream: Readable): Promise<string> {
  const hash = createHash('md5')
  for await (const part of stream) hash.update(part as Buffer)
  return hash.digest('hex')
}
