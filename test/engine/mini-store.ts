import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
export function createDiskStore({ root }: { root: string }): any {
  const at = (h: string) => join(root, 'blobs', 'sha256', h.slice(0, 2), h.slice(2, 4), h)
  return {
    async putFile(path: string) {
      const data = await readFile(path)
      const sha256 = createHash('sha256').update(data).digest('hex')
      await mkdir(dirname(at(sha256)), { recursive: true })
      await copyFile(path, at(sha256))
      return { sha256, bytes: data.length }
    },
    async put(source: AsyncIterable<Uint8Array>) {
      const parts = []
      for await (const part of source) parts.push(part)
      const data = Buffer.concat(parts)
      const sha256 = createHash('sha256').update(data).digest('hex')
      await mkdir(dirname(at(sha256)), { recursive: true })
      await writeFile(at(sha256), data)
      return { sha256, bytes: data.length }
    },
    async link(sha256: string, target: string) {
      await mkdir(dirname(target), { recursive: true })
      await link(at(sha256), target)
    },
  }
}
