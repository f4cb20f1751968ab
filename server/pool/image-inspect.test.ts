import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspectImage, type ImageAccount, type Inspection } from './image-inspect.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A picture with edges everywhere; red at the top left so that turning shows. */
function pattern(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  const data = Buffer.alloc(width * height * channels)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * channels
      const lit = ((x >> 4) + (y >> 4)) % 2 === 0
      data[at] = x < width / 3 && y < height / 3 ? 255 : lit ? 220 : 30
      data[at + 1] = lit ? 200 : (x * 255) / width
      data[at + 2] = lit ? 180 : (y * 255) / height
      if (channels === 4) data[at + 3] = x < width / 2 ? 0 : 255
    }
  return sharp(data, { raw: { width, height, channels } })
}

async function inspect(bytes: Uint8Array | string, name = 'file'): Promise<Inspection> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return inspectImage(path, { into: folder })
}

function stored(inspection: Inspection): ImageAccount {
  if (!('normalised' in inspection)) throw new Error(inspection.message)
  return inspection
}

/** A PNG header that promises a size, with hardly any bytes behind it. */
function hugePng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const head = Buffer.concat([Buffer.from(type), body])
    const out = Buffer.alloc(head.length + 8)
    out.writeUInt32BE(body.length, 0)
    head.copy(out, 4)
    out.writeUInt32BE(crc32(head), head.length + 4)
    return out
  }
  const size = Buffer.alloc(13)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  size.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('CU-01 pictures that are kept', () => {
  it('keeps a PNG without loss, with a thumbnail, measures and a hash', async () => {
    const bytes = await pattern(500, 400).png().toBuffer()
    const account = stored(await inspect(bytes))
    expect(account).toMatchObject({ outcome: 'STORED', width: 500, height: 400, format: 'png' })
    const before = await sharp(bytes).raw().toBuffer()
    expect(await sharp(account.normalised.path).raw().toBuffer()).toEqual(before)
    const small = await sharp(account.thumbnail.path).metadata()
    expect([small.format, small.width, small.height]).toEqual(['webp', 256, 205])
    expect(account.dhash).toMatch(/^[0-9a-f]{16}$/)
    for (const value of Object.values(account.measures)) expect(Number.isFinite(value)).toBe(true)
    expect(account.measures['aspect']).toBe(0.8)
    expect(account.measures['quality']).toBeGreaterThan(0.5)
  })

  it('turns a picture upright and takes place and camera out of it', async () => {
    const bytes = await pattern(300, 200)
      .withExif({
        IFD0: { Make: 'SecretCamera', Orientation: '6' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '37/1 33/1 0/1' },
      })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const account = stored(await inspect(bytes))
    expect([account.width, account.height, account.format]).toEqual([200, 300, 'jpeg'])
    const kept = await sharp(account.normalised.path).metadata()
    expect(kept.exif).toBeUndefined()
    expect(kept.orientation).toBeUndefined()
    expect(kept.chromaSubsampling).toBe('4:4:4')
    for (const file of [account.normalised.path, account.thumbnail.path])
      expect((await readFile(file)).includes('SecretCamera')).toBe(false)
    const corner = await sharp(account.normalised.path)
      .extract({ left: 190, top: 10, width: 1, height: 1 })
      .raw()
      .toBuffer()
    expect(corner[0]).toBeGreaterThan(180)
  })

  it.each([
    ['transparent', () => pattern(200, 200, 4).png(), 'png'],
    ['grey', () => pattern(200, 200).greyscale().png(), 'png'],
    ['16 bit', () => pattern(200, 200).toColourspace('rgb16').png(), 'png'],
    ['CMYK', () => pattern(200, 200).toColourspace('cmyk').jpeg(), 'jpeg'],
    ['TIFF', () => pattern(200, 200).tiff(), 'png'],
    ['WebP', () => pattern(200, 200).webp(), 'webp'],
    ['AVIF', () => pattern(200, 200).avif(), 'jpeg'],
  ] as const)('takes %s pictures as three channels of eight bits', async (_name, make, format) => {
    const account = stored(await inspect(await make().toBuffer()))
    const kept = await sharp(account.normalised.path).metadata()
    expect([account.format, kept.channels, kept.depth, kept.space]).toEqual([
      format,
      3,
      'uchar',
      'srgb',
    ])
  })

  it('puts what is transparent on white', async () => {
    const account = stored(await inspect(await pattern(200, 200, 4).png().toBuffer()))
    const pixel = await sharp(account.normalised.path)
      .extract({ left: 5, top: 150, width: 1, height: 1 })
      .raw()
      .toBuffer()
    expect([...pixel]).toEqual([255, 255, 255])
  })

  it('takes the first picture of an animation', async () => {
    const first = await pattern(120, 120).png().toBuffer()
    const second = await pattern(120, 120).negate().png().toBuffer()
    const bytes = await sharp([first, second], { join: { animated: true } })
      .gif()
      .toBuffer()
    expect((await sharp(bytes, { animated: true }).metadata()).pages).toBe(2)
    const account = stored(await inspect(bytes))
    expect([account.width, account.height]).toEqual([120, 120])
    const pixel = await sharp(account.normalised.path)
      .extract({ left: 4, top: 4, width: 1, height: 1 })
      .raw()
      .toBuffer()
    expect(pixel[0]).toBeGreaterThan(200)
  })

  it('sets small and blurred pictures aside but keeps them for "use anyway"', async () => {
    const small = stored(await inspect(await pattern(63, 300).png().toBuffer()))
    expect(small).toMatchObject({ outcome: 'TOO_SMALL' })
    expect(small.message).toContain('63 x 300')
    const blurred = stored(await inspect(await pattern(400, 400).blur(9).jpeg().toBuffer()))
    expect(blurred.outcome).toBe('BLURRED')
    const flat = await sharp({
      create: { width: 300, height: 300, channels: 3, background: '#222' },
    })
      .png()
      .toBuffer()
    expect(stored(await inspect(flat)).outcome).toBe('BLURRED')
  })

  it('says nearly the same of a picture that was saved again, and else of another', async () => {
    const hash = async (image: Sharp): Promise<bigint> =>
      BigInt(`0x${stored(await inspect(await image.toBuffer())).dhash}`)
    const soft = (): Sharp => pattern(500, 400).blur(8).modulate({ brightness: 1 })
    const one = await hash(soft().png())
    const again = await hash(soft().resize(400, 320).jpeg({ quality: 60 }))
    const other = await hash(soft().rotate(90).png())
    const bits = (value: bigint): number => value.toString(2).replaceAll('0', '').length
    expect(bits(one ^ again)).toBeLessThanOrEqual(6)
    expect(bits(one ^ other)).toBeGreaterThan(12)
  })
})

describe('CU-01 bad input is an account line', () => {
  it('refuses 14,000 x 14,000 pixels without decoding them', async () => {
    const begun = performance.now()
    const account = await inspect(hugePng(14_000, 14_000))
    expect(account).toMatchObject({ outcome: 'TOO_LARGE', width: 14_000, height: 14_000 })
    expect(account.message).toContain('50 million')
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it.each([
    ['nothing', '', 'BROKEN', 'empty'],
    ['text', 'hello, I am a text file\n', 'UNSUPPORTED', 'text file'],
    ['Korean text', '안녕하세요, 저는 그림이 아닙니다.\n', 'UNSUPPORTED', 'text file'],
    [
      'SVG',
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
      'UNSUPPORTED',
      'SVG',
    ],
    ['a document', '%PDF-1.7\n%âãÏÓ', 'UNSUPPORTED', 'PDF'],
    ['a JPEG header alone', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'BROKEN', 'cut off'],
    ['noise', Buffer.from([1, 0, 7, 0, 250, 3, 9, 0]), 'UNSUPPORTED', 'not a picture'],
  ])('tells of %s named .jpg', async (_name, bytes, outcome, words) => {
    const account = await inspect(bytes, 'cat.jpg')
    expect(account.outcome).toBe(outcome)
    expect(account.message).toContain(words)
  })

  it('SVG is not drawn even behind other words', async () => {
    const text = `<!-- ${'x'.repeat(300)} --><svg><image href="file:///etc/passwd"/></svg>`
    expect((await inspect(text, 'a.png')).outcome).toBe('UNSUPPORTED')
  })

  it('finds cut off pictures of each kind and leaves nothing behind', async () => {
    for (const image of [
      pattern(800, 600).jpeg(),
      pattern(800, 600).png(),
      pattern(800, 600).webp(),
    ]) {
      const bytes = await image.toBuffer()
      const account = await inspect(bytes.subarray(0, bytes.length >> 1), 'half')
      expect(account.outcome).toBe('BROKEN')
      expect(account.message).toMatch(/again/)
    }
    expect(await readdir(folder)).toEqual(['half'])
  })

  it('gives up when asked to', async () => {
    const path = join(folder, 'a')
    await writeFile(path, await pattern(100, 100).png().toBuffer())
    await expect(
      inspectImage(path, { into: folder, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' })
  })
})
