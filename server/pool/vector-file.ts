import { open, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { DomainError } from '#schema/domain/errors.ts'

/** Vectors that were made elsewhere, one for each name; they are read when they are asked for. */
export interface VectorFile extends AsyncDisposable {
  /** What made them, as the file says; null when it does not. */
  readonly embedder: string | null
  readonly names: readonly string[]
  readonly dim: number
  /** All of them in the file's order; a block of it is in memory at a time. */
  vectors(): AsyncGenerator<{ readonly row: number; readonly vector: Float32Array }, void>
}

/** More than this pgvector does not index. */
const widest = 4_000
const headerBytes = 64 * 1024 * 1024
const blockBytes = 4 * 1024 * 1024
const widths = { F16: 2, F32: 4, F64: 8 } as const

const tensor = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
})
const headerFile = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(tensor)

function bad(message: string, facts: Record<string, string | number> = {}): DomainError {
  return new DomainError('BAD_INPUT', message, facts)
}

/**
 * A safetensors file (https://huggingface.co/docs/safetensors) with one tensor `embeddings` of shape [images, numbers], F16,
 * F32 or F64, and the file names in its metadata: `names`, a JSON list in the rows' order, and if wanted `embedder`.
 *
 * @throws DomainError BAD_INPUT that says what is wrong with the file
 */
export async function openVectorFile(path: string): Promise<VectorFile> {
  const handle = await open(path, 'r')
  try {
    return await read(handle)
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function read(handle: FileHandle): Promise<VectorFile> {
  const { size } = await handle.stat()
  const head = await bytesAt(handle, 0, 8)
  const length = head.length < 8 ? 0 : Number(head.readBigUInt64LE())
  if (length < 2 || length > headerBytes || 8 + length > size)
    throw bad('This is not a safetensors file: its header is missing or cut off.')
  let header: z.infer<typeof headerFile>
  try {
    header = headerFile.parse(
      JSON.parse((await bytesAt(handle, 8, length)).toString('utf8')) as unknown,
    )
  } catch {
    throw bad('This is not a safetensors file: its header cannot be read.')
  }
  const found = header['embeddings']
  if (found === undefined) {
    const there = Object.keys(header).filter((key) => key !== '__metadata__')
    throw bad(
      `A tensor "embeddings" is missing; the file holds ${there.length === 0 ? 'none' : there.slice(0, 5).join(', ')}.`,
    )
  }
  const { dtype, shape, data_offsets: offsets } = found
  if (!(dtype in widths))
    throw bad(`"embeddings" is ${dtype}: save it as F32 (or F16, F64).`, { dtype })
  const width = widths[dtype as keyof typeof widths]
  const [count, dim] = shape
  if (shape.length !== 2 || count === undefined || dim === undefined || count < 1 || dim < 1)
    throw bad(`"embeddings" has the shape [${shape.join(', ')}]: it needs [images, numbers].`)
  if (dim > widest)
    throw bad(`Each vector has ${dim} numbers: ${widest} are the most.`, { dim, most: widest })
  const start = 8 + length + offsets[0]
  if (offsets[1] - offsets[0] !== count * dim * width || 8 + length + offsets[1] > size)
    throw bad(
      `${count} vectors of ${dim} numbers need ${count * dim * width} bytes, but the file holds ${Math.max(0, Math.min(size - start, offsets[1] - offsets[0]))}: it was cut off.`,
      { images: count, dim },
    )
  const metadata = header.__metadata__ ?? {}
  const names = namesOf(metadata['names'])
  if (names.length !== count)
    throw bad(`There are ${names.length} names for ${count} vectors: one for each is needed.`, {
      names: names.length,
      images: count,
    })
  return {
    embedder: metadata['embedder'] ?? null,
    names,
    dim,
    async *vectors() {
      const atOnce = Math.max(1, Math.floor(blockBytes / (dim * width)))
      for (let from = 0; from < count; from += atOnce) {
        const many = Math.min(atOnce, count - from)
        const bytes = await bytesAt(handle, start + from * dim * width, many * dim * width)
        for (let at = 0; at < many; at += 1)
          yield { row: from + at, vector: numbersOf(bytes, at * dim, dim, width) }
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

function namesOf(text: string | undefined): string[] {
  if (text === undefined)
    throw bad('The metadata has no "names": a JSON list of the file names, in the rows’ order.')
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    found = null
  }
  const names = z.array(z.string().min(1)).safeParse(found)
  if (!names.success)
    throw bad('"names" in the metadata is not a JSON list of file names: ["a.png", "b.png"].')
  const seen = new Set<string>()
  for (const name of names.data) {
    if (seen.has(name)) throw bad(`"${name.slice(0, 100)}" is in "names" twice.`)
    seen.add(name)
  }
  return names.data
}

async function bytesAt(handle: FileHandle, from: number, count: number): Promise<Buffer> {
  const buffer = Buffer.alloc(count)
  let done = 0
  while (done < count) {
    const { bytesRead } = await handle.read(buffer, done, count - done, from + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

/** Little-endian floats of a width, `count` from the one at `first`. */
function numbersOf(bytes: Buffer, first: number, count: number, width: 2 | 4 | 8): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + first * width, count * width)
  const numbers = new Float32Array(count)
  for (let at = 0; at < count; at += 1) {
    numbers[at] =
      width === 4
        ? view.getFloat32(at * 4, true)
        : width === 8
          ? view.getFloat64(at * 8, true)
          : view.getFloat16(at * 2, true)
  }
  return numbers
}
