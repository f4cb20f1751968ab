import { createHmac, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ArtifactStore } from '../store/artifact-store.ts'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
}
/** Shown in the page; everything else is downloaded. */
const inline = new Set(['.png', '.jpg', '.jpeg', '.webp'])

// Addresses live 24 to 48 hours and are the same for a day, so that browsers can keep the pictures.
const day = 86_400_000

/** Signs addresses and checks them. */
export interface Signer {
  sign(path: string): string
  /** Whether the address was signed here and is not too old. */
  holds(url: URL): boolean
}

export function createSigner(secret: string, now: () => Date): Signer {
  const mac = (path: string, expires: string) =>
    createHmac('sha256', secret).update(`${path}\n${expires}`).digest('base64url').slice(0, 32)
  return {
    sign(path) {
      const expires = String((Math.floor(now().getTime() / day) + 2) * day)
      return `${path}?e=${expires}&s=${mac(path, expires)}`
    },
    holds(url) {
      const expires = url.searchParams.get('e') ?? ''
      const given = Buffer.from(url.searchParams.get('s') ?? '')
      const wanted = Buffer.from(mac(url.pathname, expires))
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false
      return Number(expires) > now().getTime()
    },
  }
}

/** The signed address of a stored file: `/files/<sha256>/<name>`. */
export function signedFileUrl(signer: Signer): (sha256: string, name: string) => string {
  return (sha256, name) =>
    signer.sign(`/files/${sha256}/${encodeURIComponent(name.split('/').at(-1) ?? 'file')}`)
}

interface Range {
  readonly start: number
  readonly end: number
}

/** One byte range (RFC 9110, section 14); null: the whole; 'bad': not satisfiable. */
export function parseRange(header: string | undefined, bytes: number): Range | null | 'bad' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const start = match[1] === '' ? Math.max(0, bytes - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1)
  return start > end || start >= bytes ? 'bad' : { start, end }
}

export function attachment(name: string): string {
  return `attachment; filename="${name.replace(/[^\w. -]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`
}

/** GET and HEAD of a signed file, whole or one range. */
export async function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  deps: { store: ArtifactStore; signer: Signer },
): Promise<void> {
  const [, , sha256 = '', raw = 'file'] = url.pathname.split('/')
  const name = decodeURIComponent(raw)
  if (!/^[0-9a-f]{64}$/.test(sha256) || !deps.signer.holds(url)) {
    response
      .writeHead(403, { 'content-type': 'text/plain' })
      .end('This address is mistyped or too old: open the page again.')
    return
  }
  const found = await deps.store.stat(sha256)
  if (found === null) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file any more.')
    return
  }
  const extension = extname(name).toLowerCase()
  const range = parseRange(request.headers.range, found.bytes)
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('etag', `"${sha256}"`)
  response.setHeader('cache-control', 'private, max-age=86400, immutable')
  response.setHeader('content-type', types[extension] ?? 'application/octet-stream')
  response.setHeader('content-security-policy', "default-src 'none'; sandbox")
  if (!inline.has(extension)) response.setHeader('content-disposition', attachment(name))
  if (range === 'bad') {
    response.writeHead(416, { 'content-range': `bytes */${found.bytes}` }).end()
    return
  }
  if (request.headers['if-none-match'] === `"${sha256}"`) {
    response.writeHead(304).end()
    return
  }
  const from = range?.start ?? 0
  const to = range?.end ?? found.bytes - 1
  response.statusCode = range === null ? 200 : 206
  if (range !== null) response.setHeader('content-range', `bytes ${from}-${to}/${found.bytes}`)
  response.setHeader('content-length', found.bytes === 0 ? 0 : to - from + 1)
  if (request.method === 'HEAD' || found.bytes === 0) {
    response.end()
    return
  }
  const stream = await deps.store.open(
    sha256,
    range === null ? undefined : { start: from, end: to },
  )
  await pipeline(stream, response).catch((error: NodeJS.ErrnoException) => {
    // The reader went away.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  })
}

/** The built pages; every path without a dot is the application itself. */
export async function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  folder: string,
): Promise<void> {
  let path = '/'
  try {
    path = normalize(decodeURIComponent(url.pathname))
  } catch {
    // Cut off within an escape: the application says in the person's language that there is nothing there.
  }
  const wanted = join(folder, path)
  const inside = wanted === folder || wanted.startsWith(`${folder}${sep}`)
  const found = inside ? await stat(wanted).catch(() => null) : null
  const isFile = found?.isFile() === true
  if (!isFile && extname(path) !== '') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.')
    return
  }
  const file = isFile ? wanted : join(folder, 'index.html')
  const html = extname(file) === '.html'
  response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader(
    'cache-control',
    path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  )
  if (html) {
    response.setHeader('referrer-policy', 'same-origin')
    response.setHeader(
      'content-security-policy',
      "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    const text = await readFile(file).catch(() => null)
    if (text === null) {
      response
        .writeHead(503, { 'content-type': 'text/plain' })
        .end('The pages are not built: run "npm run build", then load this page again.')
      return
    }
    response.end(request.method === 'HEAD' ? undefined : text)
    return
  }
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  await pipeline(createReadStream(file), response).catch(() => undefined)
}
