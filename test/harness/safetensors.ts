/** A safetensors file with one F32 tensor of vectors, for tests of what reads it. */
export function safetensors(
  rows: readonly (readonly number[])[],
  metadata: { readonly names?: readonly string[]; readonly embedder?: string },
  tensor = 'embeddings',
): Uint8Array {
  const dim = rows[0]?.length ?? 0
  const numbers = Float32Array.from(rows.flat())
  const header = JSON.stringify({
    __metadata__: {
      ...(metadata.names === undefined ? {} : { names: JSON.stringify(metadata.names) }),
      ...(metadata.embedder === undefined ? {} : { embedder: metadata.embedder }),
    },
    [tensor]: { dtype: 'F32', shape: [rows.length, dim], data_offsets: [0, numbers.byteLength] },
  })
  const head = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([length, head, Buffer.from(numbers.buffer)])
}
