import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { zipEntries, type ZipEntry, type ZipLimits } from './zip-entries.ts'

interface Part {
  name: string | Buffer
  body?: Buffer
  mode?: number
  flags?: number
  crc?: number
  /** What the directory says of the unpacked length. */
  says?: number
}

/** A zip written by hand, so that it can hold what no zip tool would write. */
function zip(parts: Part[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, body = Buffer.alloc(0), mode = 0o100644, flags = 0, crc, says } of parts) {
    const title = Buffer.from(name)
    const packed = deflateRawSync(body)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(flags, 6)
    local.writeUInt16LE(8, 8)
    local.writeUInt32LE(crc ?? crc32(body), 14)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(says ?? body.length, 22)
    local.writeUInt16LE(title.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE((3 << 8) | 20, 4)
    central.writeUInt16LE(20, 6)
    local.copy(central, 8, 6, 28)
    central.writeUInt16LE(title.length, 28)
    central.writeUInt32LE((mode << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    locals.push(local, title, packed)
    directory.push(central, title)
    offset += 30 + title.length + packed.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, list, end])
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function entriesOf(bytes: Buffer, limits: Partial<ZipLimits> = {}): Promise<ZipEntry[]> {
  const path = join(folder, 'upload.zip')
  await writeFile(path, bytes)
  const entries: ZipEntry[] = []
  for await (const entry of zipEntries(path, { into: folder, limits })) entries.push(entry)
  return entries
}

describe('CU-01 zip', () => {
  it('unpacks each file to a file of its own name, noise and folders left out', async () => {
    const entries = await entriesOf(
      zip([
        { name: 'cats/', mode: 0o040755 },
        { name: 'cats/one.png', body: Buffer.from('first') },
        { name: '__MACOSX/cats/._one.png', body: Buffer.from('x') },
        { name: 'cats/.DS_Store', body: Buffer.from('x') },
        { name: '고양이.png', body: Buffer.from('second') },
        { name: Buffer.from('b0edbee7c0cc2e6a7067', 'hex'), body: Buffer.from('euc-kr') },
      ]),
    )
    expect(entries.map((entry) => [entry.kind, entry.fileName])).toEqual([
      ['file', 'cats/one.png'],
      ['file', '고양이.png'],
      ['file', '고양이.jpg'],
    ])
    const first = entries[0] as Extract<ZipEntry, { kind: 'file' }>
    expect(String(await readFile(first.path))).toBe('first')
    expect(first.bytes).toBe(5)
  })

  it('P8 refuses names and kinds that lead outside, one line each, and goes on', async () => {
    const body = Buffer.from('evil')
    const entries = await entriesOf(
      zip([
        { name: '../evil.png', body },
        { name: 'a/../../evil.png', body },
        { name: '..\\evil.png', body },
        { name: '/etc/passwd', body },
        { name: 'C:\\evil.png', body },
        { name: 'link.png', body: Buffer.from('/etc/passwd'), mode: 0o120777 },
        { name: 'device.png', body, mode: 0o020666 },
        { name: 'locked.png', body, flags: 1 },
        { name: 'inner.zip', body: zip([{ name: 'x.png', body }]) },
        { name: 'good.png', body },
      ]),
    )
    expect(entries.map((entry) => entry.kind)).toEqual([
      ...Array<string>(9).fill('refused'),
      'file',
    ])
    for (const entry of entries)
      if (entry.kind === 'refused') {
        expect(entry.outcome).toBe('REFUSED')
        expect(entry.message.length).toBeGreaterThan(20)
        expect(entry.fileName).not.toMatch(/\.\.|^\/|^[A-Z]:/)
      }
    expect(await readdir(folder)).toHaveLength(2)
  })

  it('stops a bomb: one large entry, many that add up, a length that lies', async () => {
    const zeros = Buffer.alloc(300_000)
    const limits = { entryBytes: 200_000, totalBytes: 250_000 }
    const large = await entriesOf(zip([{ name: 'a.png', body: zeros }]), limits)
    expect(large).toMatchObject([{ kind: 'refused', outcome: 'TOO_LARGE' }])
    const piece = zeros.subarray(0, 100_000)
    const many = await entriesOf(
      zip(['a', 'b', 'c', 'd'].map((name) => ({ name, body: piece }))),
      limits,
    )
    expect(many.map((entry) => entry.kind)).toEqual(['file', 'file', 'refused', 'refused'])
    const liar = await entriesOf(zip([{ name: 'a.png', body: zeros, says: 10 }]), limits)
    expect(liar).toMatchObject([{ kind: 'refused', outcome: 'BROKEN' }])
  })

  it('refuses too many files as one line', async () => {
    const parts = Array.from({ length: 12 }, (_, index) => ({ name: `${index}.png` }))
    const entries = await entriesOf(zip(parts), { entries: 11 })
    expect(entries).toMatchObject([{ kind: 'refused', outcome: 'TOO_LARGE' }])
    expect(entries[0]).toHaveProperty('message', expect.stringContaining('12 files'))
  })

  it('tells of damage: no zip, cut off, a bad checksum', async () => {
    expect(await entriesOf(Buffer.from('PK not a zip'))).toMatchObject([{ outcome: 'BROKEN' }])
    const good = zip([{ name: 'a.png', body: Buffer.from('abc') }])
    expect(await entriesOf(good.subarray(0, good.length - 30))).toMatchObject([
      { outcome: 'BROKEN' },
    ])
    const entries = await entriesOf(
      zip([
        { name: 'bad.png', body: Buffer.from('abc'), crc: 1 },
        { name: 'good.png', body: Buffer.from('abc') },
      ]),
    )
    expect(entries.at(-1)).toMatchObject({ kind: 'file', fileName: 'good.png' })
  })

  it('deletes nothing of others and stops on abort', async () => {
    const path = join(folder, 'upload.zip')
    await writeFile(path, zip([{ name: 'a.png', body: Buffer.from('abc') }]))
    const entries = zipEntries(path, { into: folder, signal: AbortSignal.abort() })
    await expect(entries.next()).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readdir(folder)).toEqual(['upload.zip'])
  })
})
