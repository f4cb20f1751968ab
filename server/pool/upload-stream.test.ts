import { createHash, randomBytes } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { mkdtemp, readFile, readdir, rm, unlink } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainError } from '#schema/domain/errors.ts'
import { uploadFiles, type UploadedFile, type UploadLimits } from './upload-stream.ts'

let folder: string
let server: Server
let handle: (request: IncomingMessage) => Promise<unknown>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'))
  server = createServer((request, response) => {
    void handle(request).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => {
        response.statusCode = 400
        response.end(
          JSON.stringify({ code: error instanceof DomainError ? error.code : String(error) }),
        )
      },
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await rm(folder, { recursive: true, force: true })
})

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

function collect(
  limits: Partial<UploadLimits> = {},
  each: (file: UploadedFile) => Promise<void> = async () => undefined,
): UploadedFile[] {
  const files: UploadedFile[] = []
  handle = async (request) => {
    for await (const file of uploadFiles(request, { into: folder, limits })) {
      files.push(file)
      await each(file)
    }
    return files.length
  }
  return files
}

async function post(form: FormData): Promise<{ status: number; body: unknown }> {
  const response = await fetch(address(), { method: 'POST', body: form })
  return { status: response.status, body: await response.json() }
}

function formOf(files: [string, Uint8Array][]): FormData {
  const form = new FormData()
  for (const [name, bytes] of files) form.append('files', new Blob([Buffer.from(bytes)]), name)
  return form
}

describe('CU-01 upload', () => {
  it('streams files to disk with their hash and their name, whatever script it is in', async () => {
    const bytes = randomBytes(700_000)
    const files = collect()
    const { status } = await post(
      formOf([
        ['고양이.jpg', bytes],
        ['../../etc/passwd', Buffer.from('x')],
        ['C:\\pictures\\cat.png', Buffer.from('y')],
        ['empty.png', new Uint8Array(0)],
      ]),
    )
    expect(status).toBe(200)
    expect(files.map((file) => [file.fileName, file.bytes])).toEqual([
      ['고양이.jpg', 700_000],
      ['etc/passwd', 1],
      ['pictures/cat.png', 1],
      ['empty.png', 0],
    ])
    expect(files[0]!.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(await readFile(files[0]!.path)).toEqual(bytes)
    for (const file of files) expect(file.path.startsWith(folder)).toBe(true)
  })

  it('takes 2,000 files at once; only a few wait on disk at a time', async () => {
    let most = 0
    const files = collect({}, async (file) => {
      most = Math.max(most, (await readdir(folder)).length)
      await unlink(file.path)
    })
    const bytes = randomBytes(9000)
    const form = formOf(Array.from({ length: 2000 }, (_, index) => [`${index}.png`, bytes]))
    expect(await post(form)).toEqual({ status: 200, body: 2000 })
    expect(files.map((file) => file.fileName)).toEqual(
      Array.from({ length: 2000 }, (_, index) => `${index}.png`),
    )
    // 64 KB pieces of the request hold several files each.
    expect(most).toBeLessThan(40)
    expect(await readdir(folder)).toEqual([])
  })

  it('cuts a file that is too large, and still reads the next', async () => {
    const files = collect({ imageBytes: 1000, zipBytes: 5000 })
    const zip = Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(3000)])
    await post(
      formOf([
        ['large.png', randomBytes(200_000)],
        ['pictures.zip', zip],
        ['fake.zip', randomBytes(3000)],
        ['small.png', randomBytes(1000)],
      ]),
    )
    expect(files.map((file) => [file.isZip, file.truncated, file.bytes])).toEqual([
      [false, true, 1000],
      [true, false, 3004],
      [false, true, 1000],
      [false, false, 1000],
    ])
    expect(files[0]!.message).toContain('larger than')
  })

  it('refuses what is no form, too much, too many', async () => {
    collect()
    const plain = await fetch(address(), { method: 'POST', body: 'hello' })
    expect(await plain.json()).toEqual({ code: 'BAD_INPUT' })
    collect({ totalBytes: 10_000 })
    expect(await post(formOf([['a.png', randomBytes(20_000)]]))).toEqual({
      status: 400,
      body: { code: 'TOO_LARGE' },
    })
    const files = collect({ files: 2 })
    const three = formOf(['a', 'b', 'c'].map((name) => [name, randomBytes(10)]))
    expect(await post(three)).toEqual({ status: 400, body: { code: 'TOO_LARGE' } })
    for (const file of files) await unlink(file.path)
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps what arrived whole when the sender goes away, and cleans up the rest', async () => {
    const files: UploadedFile[] = []
    const failed = new Promise<unknown>((done) => {
      handle = async (request) => {
        try {
          for await (const file of uploadFiles(request, { into: folder })) files.push(file)
        } catch (error) {
          done(error)
        }
      }
    })
    const edge = 'edge'
    const head = (name: string): string =>
      `--${edge}\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\n\r\n`
    const sender = httpRequest(address(), {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${edge}` },
    })
    sender.on('error', () => undefined)
    sender.write(`${head('whole.png')}abc\r\n${head('half.png')}`)
    sender.write(randomBytes(100_000))
    while (files.length === 0) await new Promise((done) => setTimeout(done, 10))
    sender.destroy()
    expect(await failed).toMatchObject({ code: 'BAD_INPUT' })
    expect(files.map((file) => file.fileName)).toEqual(['whole.png'])
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('leaves nothing behind when the reader stops', async () => {
    handle = async (request) => {
      for await (const file of uploadFiles(request, { into: folder })) {
        await unlink(file.path)
        break
      }
      return 'stopped'
    }
    const form = formOf(Array.from({ length: 50 }, (_, index) => [`${index}`, randomBytes(50_000)]))
    expect(await post(form)).toEqual({ status: 200, body: 'stopped' })
    expect(await readdir(folder)).toEqual([])
  })

  it('stops on abort', async () => {
    const stop = new AbortController()
    handle = async (request) => {
      for await (const _file of uploadFiles(request, { into: folder, signal: stop.signal })) {
        stop.abort(new DomainError('UNAVAILABLE', 'The server is going down.'))
      }
    }
    const form = formOf(Array.from({ length: 20 }, (_, index) => [`${index}`, randomBytes(50_000)]))
    expect(await post(form)).toMatchObject({ body: { code: 'UNAVAILABLE' } })
    expect(await readdir(folder)).toHaveLength(1)
  })
})
