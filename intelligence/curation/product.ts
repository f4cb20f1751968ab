import { DomainError } from '#schema/domain/errors.ts'

/**
 * The one heavy kernel, in WebAssembly with 128-bit lanes (about six times V8's speed): made from `product.wat` by wabt.
 * The order of its sums is fixed, so every machine gets the same bits.
 */
const binary =
  'AGFzbQEAAAABCgFgBn9/f39/fwADAgEABQMBAAEHEwIGbWVtb3J5AgAGbWF0bXVsAAAK0QQBzgQICX8DewF/A3sBfwN7AX8FeyACQQJ0IQsgBEECdCEMAkADQCAGIAFPDQFBACEHA0AgACAGIAtsaiENIA0hDiAOIAtqIRIgEiALaiEWIBYgC2ohGiADIAdBAnRqIQn9DAAAAAAAAAAAAAAAAAAAAAAhEP0MAAAAAAAAAAAAAAAAAAAAACER/QwAAAAAAAAAAAAAAAAAAAAAIRT9DAAAAAAAAAAAAAAAAAAAAAAhFf0MAAAAAAAAAAAAAAAAAAAAACEY/QwAAAAAAAAAAAAAAAAAAAAAIRn9DAAAAAAAAAAAAAAAAAAAAAAhHP0MAAAAAAAAAAAAAAAAAAAAACEdIAIhCANAIAn9AAQAIR4gCf0ABBAhHyAO/QkCACEPIBAgDyAe/eYB/eQBIRAgESAPIB/95gH95AEhESAOQQRqIQ4gEv0JAgAhEyAUIBMgHv3mAf3kASEUIBUgEyAf/eYB/eQBIRUgEkEEaiESIBb9CQIAIRcgGCAXIB795gH95AEhGCAZIBcgH/3mAf3kASEZIBZBBGohFiAa/QkCACEbIBwgGyAe/eYB/eQBIRwgHSAbIB/95gH95AEhHSAaQQRqIRogCSAMaiEJIAhBAWsiCA0ACyAFIAYgDGxqIAdBAnRqIQogCiAQ/QsEACAKIBH9CwQQIAogDGohCiAKIBT9CwQAIAogFf0LBBAgCiAMaiEKIAogGP0LBAAgCiAZ/QsEECAKIAxqIQogCiAc/QsEACAKIB39CwQQIAdBCGoiByAESQ0ACyAGQQRqIQYMAAsLCw=='

// The types of WebAssembly come with those of the browser, which this layer does not take.
const { WebAssembly: assembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object
    Instance: new (module: object) => { exports: unknown }
  }
}

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  matmul(a: number, rows: number, dim: number, b: number, columns: number, c: number): void
}

let kernel: Kernel | null = null

function loaded(): Kernel {
  if (kernel !== null) return kernel
  const bytes = Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0))
  const { exports } = new assembly.Instance(new assembly.Module(bytes))
  kernel = exports as Kernel
  return kernel
}

const blockRows = 256

/**
 * Dot products of all rows of `a` with all rows of `b`, block by block.
 *
 * @param use gets `block[i * stride + j]` = a[from + i] . b[j]; the block is overwritten afterwards
 */
export function products(
  a: Float32Array,
  b: Float32Array,
  dim: number,
  use: (block: Float32Array, from: number, rows: number, stride: number) => void,
): void {
  const count = a.length / dim
  const columns = b.length / dim
  if (count === 0 || columns === 0) return
  if (!Number.isInteger(count) || !Number.isInteger(columns))
    throw new DomainError('BAD_INPUT', `Rows of ${dim} dimensions are needed.`, { dim })
  const stride = Math.ceil(columns / 8) * 8
  const { memory, matmul } = loaded()
  const atB = blockRows * dim * 4
  const atC = atB + dim * stride * 4
  const bytes = atC + blockRows * stride * 4
  const short = bytes - memory.buffer.byteLength
  if (short > 0) memory.grow(Math.ceil(short / 65_536))
  const left = new Float32Array(memory.buffer, 0, blockRows * dim)
  const right = new Float32Array(memory.buffer, atB, dim * stride)
  const block = new Float32Array(memory.buffer, atC, blockRows * stride)
  if (stride > columns) right.fill(0)
  for (let column = 0; column < columns; column += 1)
    for (let axis = 0; axis < dim; axis += 1)
      right[axis * stride + column] = b[column * dim + axis]!
  for (let from = 0; from < count; from += blockRows) {
    const rows = Math.min(blockRows, count - from)
    left.set(a.subarray(from * dim, (from + rows) * dim))
    // Rows beyond the last hold what was there before: computed in fours, never read.
    matmul(0, Math.ceil(rows / 4) * 4, dim, atB, stride, atC)
    use(block, from, rows, stride)
  }
}
