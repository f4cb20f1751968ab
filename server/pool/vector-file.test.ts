import fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DomainError } from '#schema/domain/errors.ts'
import { openVectorFile, type VectorFile } from './vector-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autodidact-vectors-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, crypto.randomUUID())
  await writeFile(path, bytes)
  return path
}

function fileOf(dtype: string, shape: readonly number[], data: Uint8Array, names: unknown): Buffer {
  const head = Buffer.from(
    JSON.stringify({
      __metadata__: { names: JSON.stringify(names), embedder: 'mine' },
      embeddings: { dtype, shape, data_offsets: [0, data.length] },
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([length, head, data])
}

async function allOf(file: VectorFile): Promise<number[][]> {
  const all: number[][] = []
  for await (const { row, vector } of file.vectors()) {
    expect(row).toBe(all.length)
    all.push([...vector])
  }
  return all
}

describe('CU-12 a file of vectors', () => {
  it.each([
    ['F32', Buffer.from(Float32Array.of(1, -2, 0.5, 4).buffer)],
    ['F64', Buffer.from(Float64Array.of(1, -2, 0.5, 4).buffer)],
    // 1, -2, 0.5 and 4 as IEEE 754 binary16.
    ['F16', Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x4400).buffer)],
  ])('is read row by row as %s', async (dtype, data) => {
    await using file = await openVectorFile(
      await written(fileOf(dtype, [2, 2], data, ['a.png', 'b.png'])),
    )
    expect(file).toMatchObject({ embedder: 'mine', names: ['a.png', 'b.png'], dim: 2 })
    expect(await allOf(file)).toEqual([
      [1, -2],
      [0.5, 4],
    ])
  })
  it('keeps what F16 cannot hold apart: infinity and NaN stay so, the least number is not lost', async () => {
    const data = Buffer.from(Uint16Array.of(0x7c00, 0x7e00, 0x0001, 0x8000).buffer)
    await using file = await openVectorFile(await written(fileOf('F16', [1, 4], data, ['a'])))
    expect(await allOf(file)).toEqual([[Infinity, NaN, 2 ** -24, -0]])
  })
  it('is read over the ends of its blocks', async () => {
    const [count, dim] = [2_500, 512]
    const data = Float32Array.from({ length: count * dim }, (_, at) => at)
    const names = Array.from({ length: count }, (_, at) => `${at}.png`)
    const bytes = fileOf('F32', [count, dim], new Uint8Array(data.buffer), names)
    await using file = await openVectorFile(await written(bytes))
    let seen = 0
    for await (const { row, vector } of file.vectors()) {
      expect([row, vector[0], vector.at(-1)]).toEqual([seen, seen * dim, (seen + 1) * dim - 1])
      seen += 1
    }
    expect(seen).toBe(count)
  })
  it('refuses whatever bytes it meets with a typed error, or reads them', async () => {
    const good = fileOf('F32', [1, 2], Buffer.alloc(8, 1), ['a'])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), {
          maxLength: 4,
        }),
        fc.nat({ max: good.length }),
        async (changes, cut) => {
          const bytes = Buffer.from(good.subarray(0, cut === 0 ? good.length : cut))
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
          const path = await written(bytes)
          try {
            await using file = await openVectorFile(path)
            expect((await allOf(file)).map((row) => row.length)).toEqual(
              file.names.map(() => file.dim),
            )
          } catch (error) {
            expect(error).toBeInstanceOf(DomainError)
            expect((error as DomainError).code).toBe('BAD_INPUT')
          } finally {
            await rm(path)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
