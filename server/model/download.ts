import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { ModelVersion } from '#schema/domain/model.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'

export interface Download {
  readonly fileName: string
  readonly contentType: 'application/zip'
  /** Known beforehand, because nothing in the zip is compressed. */
  readonly bytes: number | null
  readonly stream: Readable
}

/** A name that any file system takes: "sks cat" version 3 -> "sks-cat-v3". */
export function folderNameOf(name: string, version: number): string {
  const slug = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
  return `${slug === '' ? 'model' : slug}-v${version}`
}

/** All files of a version with its card as README.md, as one zip that is written while it is read. */
export function zipOfVersion(store: ArtifactStore, version: ModelVersion): Promise<Download> {
  const zip = new ZipFile()
  const folder = folderNameOf(version.modelName, version.version)
  // Weights do not shrink, and what is not compressed has a size that can be told beforehand.
  const options = { mtime: version.createdAt, compress: false }
  zip.addBuffer(Buffer.from(version.facts.card), `${folder}/README.md`, options)
  for (const file of version.facts.files) {
    // Opened only when the zip comes to it: a thousand files would be a thousand handles.
    zip.addReadStreamLazy(`${folder}/${file.path}`, { ...options, size: file.bytes }, (done) => {
      store.open(file.sha256).then(
        (stream) => done(null, stream),
        (error: unknown) => done(error, Readable.from([])),
      )
    })
  }
  return new Promise((done, fail) => {
    zip.on('error', (error: unknown) => {
      ;(zip.outputStream as Readable).destroy(error instanceof Error ? error : new Error('zip'))
      fail(error instanceof Error ? error : new Error('The zip could not be written.'))
    })
    const told = (size: number): void =>
      done({
        fileName: `${folder}.zip`,
        contentType: 'application/zip',
        bytes: size < 0 ? null : size,
        stream: zip.outputStream as Readable,
      })
    // Its types leave out what the callback is called with.
    zip.end(undefined, told as () => void)
  })
}
