import busboy from 'busboy'
import { randomUUID } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { DomainError } from '#schema/domain/errors.ts'
import { kindOfBytes } from './image-kind.ts'
import { cleanFileName, writeUpload, type WrittenFile } from './upload-file.ts'

export interface UploadLimits {
  readonly imageBytes: number
  readonly zipBytes: number
  /** A file of vectors for the pictures. */
  readonly vectorBytes: number
  readonly totalBytes: number
  readonly files: number
}

export const uploadLimits: UploadLimits = {
  imageBytes: 64 * 1024 * 1024,
  zipBytes: 2 * 1024 * 1024 * 1024,
  vectorBytes: 1024 * 1024 * 1024,
  totalBytes: 8 * 1024 * 1024 * 1024,
  files: 10_000,
}

/** One file of the form, on disk; the caller's from now on. */
export interface UploadedFile {
  readonly fileName: string
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly isZip: boolean
  /** It was larger than is taken for its kind; only its beginning is there. */
  readonly truncated: boolean
  /** Why, when truncated. */
  readonly message: string
}

// So many may wait on disk for the reader of the generator before the sender is made to wait.
const mostWaiting = 8

/**
 * The files of a multipart/form-data request, in their order, each streamed to a file in `into`. While the caller works
 * on one, few are read ahead. Files that were complete are given even if the rest is cut off: then it throws BAD_INPUT.
 */
export async function* uploadFiles(
  request: Readable & { readonly headers: IncomingHttpHeaders },
  options: { into: string; limits?: Partial<UploadLimits>; signal?: AbortSignal },
): AsyncGenerator<UploadedFile, void, undefined> {
  const limits = { ...uploadLimits, ...options.limits }
  const said = Number(request.headers['content-length'] ?? 0)
  if (said > limits.totalBytes) {
    request.resume()
    throw tooLarge(limits)
  }
  const stop = new AbortController()
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const form = openForm(request.headers)
  const ready: UploadedFile[] = []
  const changed = signalled()
  let waiting = 0
  let files = 0
  let ended = false
  let failure: unknown = null
  let writing: Promise<void> = Promise.resolve()

  const fail = (error: unknown): void => {
    failure ??= error
    changed.fire()
  }
  const finish = (): void => {
    ended = true
    changed.fire()
  }

  form.on('file', (_field, stream, { filename, mimeType }) => {
    // A file stream that is destroyed with the form must not end the process.
    stream.on('error', () => undefined)
    const fileName = cleanFileName(filename ?? '')
    files += 1
    if (fileName === '' || files > limits.files) {
      stream.resume()
      if (files > limits.files)
        fail(
          new DomainError(
            'TOO_LARGE',
            `More than ${limits.files} files at once: add them in several goes, or as a zip.`,
            { files: limits.files },
          ),
        )
      return
    }
    waiting += 1
    const path = join(options.into, `upload-${randomUUID()}`)
    const zipNamed = /\.zip$/i.test(fileName) || /zip/.test(mimeType)
    writing = writing.then(async () => {
      if (failure !== null || signal.aborted) {
        stream.resume()
        return
      }
      try {
        let isZip = false
        let most = limits.imageBytes
        const written = await writeUpload(
          stream as AsyncIterable<Uint8Array>,
          path,
          (head) => {
            isZip = zipNamed && kindOfBytes(head) === 'zip'
            most = isZip
              ? limits.zipBytes
              : /\.safetensors$/i.test(fileName)
                ? limits.vectorBytes
                : limits.imageBytes
            return most
          },
          signal,
        )
        ready.push({ fileName, path, isZip, ...told(written, isZip, most) })
      } catch (error) {
        stream.resume()
        // A fault of the disk has a code; the form's own say that it ended early.
        fail((error as NodeJS.ErrnoException).code === undefined ? cutOff(error) : error)
      } finally {
        changed.fire()
      }
    })
  })
  form.on('error', (error) => fail(cutOff(error)))
  form.on('close', () => void writing.then(finish, fail))

  signal.addEventListener('abort', () => changed.fire(), { once: true })
  const feeding = feed()

  try {
    for (;;) {
      options.signal?.throwIfAborted()
      const next = ready.shift()
      if (next !== undefined) {
        yield next
        waiting -= 1
        changed.fire()
        continue
      }
      if (failure !== null) throw failure as Error
      if (ended) return
      await changed.wait()
    }
  } finally {
    stop.abort()
    changed.fire()
    form.destroy()
    await feeding
    await writing.catch(() => undefined)
    await Promise.all(ready.map((file) => unlink(file.path).catch(() => undefined)))
    // The answer reaches a sender only once it has sent what it wanted to.
    request.resume()
  }

  async function feed(): Promise<void> {
    let total = 0
    try {
      for await (const piece of request.iterator({
        destroyOnReturn: false,
      }) as AsyncIterable<Buffer>) {
        total += piece.length
        if (total > limits.totalBytes) return fail(tooLarge(limits))
        while (waiting > mostWaiting && failure === null && !signal.aborted) await changed.wait()
        if (failure !== null || signal.aborted || form.destroyed) return
        if (!form.write(piece)) await drained(form, signal)
      }
      if (!form.destroyed) form.end()
    } catch (error) {
      if (signal.aborted) return
      form.destroy()
      await writing.catch(() => undefined)
      fail(cutOff(error))
    }
  }
}

function openForm(headers: IncomingHttpHeaders): busboy.Busboy {
  try {
    return busboy({
      headers,
      preservePath: true,
      defParamCharset: 'utf8',
      limits: { fields: 100, fieldSize: 64 * 1024 },
    })
  } catch (error) {
    throw new DomainError(
      'BAD_INPUT',
      'An upload is a multipart/form-data request with one part for each file.',
      {},
      { cause: error },
    )
  }
}

function told(
  written: WrittenFile,
  isZip: boolean,
  capBytes: number,
): Pick<UploadedFile, 'bytes' | 'sha256' | 'truncated' | 'message'> {
  const most = Math.round(capBytes / 1024 / 1024)
  const message = written.truncated
    ? `This ${isZip ? 'zip' : 'file'} is larger than ${most} MB, the most that is taken.`
    : ''
  return { ...written, message }
}

function tooLarge(limits: UploadLimits): DomainError {
  return new DomainError(
    'TOO_LARGE',
    `This upload is larger than ${Math.round(limits.totalBytes / 1024 / 1024)} MB: add the pictures in several goes.`,
    { totalBytes: limits.totalBytes },
  )
}

function cutOff(error: unknown): unknown {
  if (error instanceof DomainError) return error
  return new DomainError(
    'BAD_INPUT',
    'The upload was cut off: what had arrived whole is kept, add the rest again.',
    {},
    { cause: error },
  )
}

function drained(form: busboy.Busboy, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      form.off('drain', finish)
      form.off('close', finish)
      signal.removeEventListener('abort', finish)
      done()
    }
    form.once('drain', finish)
    form.once('close', finish)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted || form.destroyed) finish()
  })
}

/** Wakes everyone who waits; nobody who comes later. */
function signalled(): { fire(): void; wait(): Promise<void> } {
  let waiters: (() => void)[] = []
  return {
    fire: () => {
      const woken = waiters
      waiters = []
      for (const wake of woken) wake()
    },
    wait: () => new Promise((done) => waiters.push(done)),
  }
}
