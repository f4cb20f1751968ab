import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import { DomainError, type ErrorCode } from '#schema/domain/errors.ts'
import type { OpenDatabase } from '../db/pool.ts'
import {
  attemptEnded,
  checkpointOf,
  mayRead,
  planOf,
  saveCheckpoint,
  saveOutput,
  type CourierPlan,
} from '../executor/courier-store.ts'
import { isCourierToken } from '../executor/courier-token.ts'
import type { ArtifactFile } from '../executor/executor.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import type { Log } from './policy.ts'

export interface CourierDeps {
  readonly database: OpenDatabase
  readonly store: ArtifactStore
  /** The installation's secret; the couriers' tokens are derived from it. */
  readonly secret: string
  readonly log: Log
}

/** What S3 takes in 10,000 parts of 16 MiB: no file may be larger. */
const maxBlobBytes = 10_000 * 16 * 1024 ** 2
const maxBodyBytes = 64 * 1024 ** 2
const maxOffers = 1_000
const maxFiles = 200_000
const atOnce = 16
/** A courier that is silent for so long is gone; it comes back by itself. */
const silenceMs = 120_000

const statuses: Partial<Readonly<Record<ErrorCode, number>>> = {
  BAD_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  ILLEGAL_STATE: 410,
  TOO_LARGE: 413,
  STORAGE_FULL: 507,
  UNAVAILABLE: 503,
}

// --- what couriers send -----------------------------------------------------------------------

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hexadecimal')
const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const path = z
  .string()
  .max(4_096)
  .refine(staysInside, 'must be relative, without "..", "." and empty parts')
const files = z.array(z.strictObject({ path, sha256, bytes })).max(maxFiles)
const offer = z.strictObject({ files: z.array(z.strictObject({ sha256, bytes })).max(maxOffers) })
const delivery = z.strictObject({ name: z.string().min(1).max(200), files: files.min(1) })
const checkpoint = z.strictObject({ files })

function staysInside(path: string): boolean {
  return (
    !path.includes('\0') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [fault] = parsed.error.issues
  const where = fault === undefined || fault.path.length === 0 ? 'The body' : fault.path.join('.')
  throw new DomainError('BAD_INPUT', `${where}: ${fault?.message ?? 'not as it should be'}.`)
}

/** No path twice, and none that is a file here and a folder there. */
function checkTree(files: readonly ArtifactFile[]): void {
  const seen = new Set<string>()
  for (const { path } of files) {
    if (seen.has(path))
      throw new DomainError('BAD_INPUT', `The path "${path}" is named twice.`, { path })
    seen.add(path)
  }
  for (const { path } of files) {
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      if (seen.has(path.slice(0, at)))
        throw new DomainError(
          'BAD_INPUT',
          `"${path.slice(0, at)}" cannot be a file and the folder of "${path}".`,
          { path },
        )
    }
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes)
      throw new DomainError('TOO_LARGE', 'A list of files is at most 64 MiB of JSON.')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new DomainError('BAD_INPUT', 'The body is not valid JSON.')
  }
}

/** Passes bytes on, and fails at their end when they are others than announced: then nothing of them is kept. */
async function* verified(
  source: AsyncIterable<Uint8Array>,
  sha256: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') !== sha256)
    throw new DomainError(
      'CONFLICT',
      'These bytes have another hash than their address says: the file changed while it was sent, or it was damaged on the way.',
      { sha256 },
    )
}

/** Does the work for each item, a few at once, in any order. */
async function forEach<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]()
  const one = async () => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next())
      await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

// --- answering --------------------------------------------------------------------------------

function send(response: ServerResponse, status: number, payload: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-store',
    // What is left of a refused body is not read.
    ...(status >= 400 ? { connection: 'close' } : {}),
  })
  response.end(payload)
}

/** The bytes that a Range asks for; null for all, false for none that there are. */
function rangeOf(
  header: string | undefined,
  bytes: number,
): { start: number; end: number } | null | false {
  const asked = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? '')
  // Other forms may be ignored: the whole is sent then (RFC 9110, 14.2).
  if (asked === null) return null
  const start = Number(asked[1])
  const end = asked[2] === '' ? bytes - 1 : Math.min(Number(asked[2]), bytes - 1)
  return start < bytes && start <= end && { start, end }
}

const anyPath = /^\/courier\/([^/]+)\/(plan|offer|outputs|checkpoint|blobs\/([^/]+))$/

/**
 * What the courier beside a step calls, with the token of its attempt (deploy/courier): it gets the inputs and the
 * checkpoint, and gives the outputs and the next checkpoint. All calls may be repeated. An attempt that has ended gets and
 * gives nothing.
 *
 * @returns a handler that answers false for paths that are not the courier's
 */
export function createCourier({
  database,
  store,
  secret,
  log,
}: CourierDeps): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const { db } = database

  /** The step of the attempt that the address names and the token belongs to. */
  async function authorised(request: IncomingMessage, attemptId: string): Promise<string> {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined)
      throw new DomainError('UNAUTHENTICATED', 'Send the token of the attempt: set COURIER_TOKEN.')
    const known =
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(attemptId) &&
      isCourierToken(secret, attemptId, token)
    const row = known
      ? await db
          .selectFrom('attempt')
          .select(['step_id', 'state'])
          .where('id', '=', attemptId)
          .executeTakeFirst()
      : undefined
    if (row === undefined)
      throw new DomainError(
        'FORBIDDEN',
        `This token is not the one of attempt '${attemptId.slice(0, 64)}'.`,
      )
    if (row.state !== 'SUBMITTING' && row.state !== 'STARTED') throw attemptEnded()
    return row.step_id
  }

  async function planFor(attemptId: string): Promise<CourierPlan> {
    const plan = await planOf(db, attemptId)
    if (plan === null)
      throw new DomainError('NOT_FOUND', 'There is no plan for this attempt: it has no courier.')
    return plan
  }

  const ownAddress = (attemptId: string, sha256: string) => `/courier/${attemptId}/blobs/${sha256}`

  async function plan(attemptId: string, stepId: string): Promise<string> {
    const { inputs, data, params, outputs } = await planFor(attemptId)
    const kept = await checkpointOf(db, stepId)
    const addresses = new Map<string, string>()
    const addressed = async (files: readonly ArtifactFile[]) => {
      const all = []
      for (const { path, sha256, bytes } of files) {
        let url = addresses.get(sha256)
        if (url === undefined) {
          url = (await store.readAddress(sha256)) ?? ownAddress(attemptId, sha256)
          addresses.set(sha256, url)
          // Signing is our own work: others get a turn in between.
          if (addresses.size % 50 === 0) await breathe()
        }
        all.push({ path, sha256, bytes, url })
      }
      return all
    }
    const placed = []
    for (const { name, files } of inputs) placed.push({ name, files: await addressed(files) })
    const rest = JSON.stringify({
      inputs: placed,
      data: await addressed(data),
      outputs,
      checkpoint: await addressed(kept),
    })
    // The courier writes the text of `params` as it stands: in its canonical form.
    return `{"params":${canonicalJson(params)},${rest.slice(1)}`
  }

  async function getBlob(
    request: IncomingMessage,
    response: ServerResponse,
    attemptId: string,
    sha256: string,
  ): Promise<void> {
    const found = (await mayRead(db, attemptId, sha256)) ? await store.stat(sha256) : null
    if (found === null)
      throw new DomainError(
        'NOT_FOUND',
        `Nothing that this attempt may read has the hash ${sha256}.`,
      )
    const range = rangeOf(request.headers.range, found.bytes)
    if (range === false) {
      response.setHeader('content-range', `bytes */${found.bytes}`)
      const body = { code: 'BAD_INPUT', message: `The file has ${found.bytes} bytes.` }
      send(response, 416, JSON.stringify(body))
      return
    }
    const stream = await store.open(sha256, ...(range === null ? [] : [range]))
    response.setTimeout(silenceMs, () => response.destroy())
    response.writeHead(range === null ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      etag: `"${sha256}"`,
      'content-length': range === null ? found.bytes : range.end - range.start + 1,
      ...(range === null
        ? {}
        : { 'content-range': `bytes ${range.start}-${range.end}/${found.bytes}` }),
    })
    // Who goes away half-way comes back for the rest.
    await pipeline(stream, response).catch(() => undefined)
  }

  async function putBlob(request: IncomingMessage, sha256: string): Promise<void> {
    request.setTimeout(silenceMs, () => request.destroy())
    await store.put(verified(request as AsyncIterable<Uint8Array>, sha256), {
      maxBytes: maxBlobBytes,
    })
  }

  /** Which of the named bytes the store lacks. @throws DomainError CONFLICT for a length that cannot be */
  async function lacking(
    named: readonly { readonly sha256: string; readonly bytes: number }[],
  ): Promise<Set<string>> {
    const sizes = new Map<string, number>()
    for (const { sha256, bytes } of named) {
      if ((sizes.get(sha256) ?? bytes) !== bytes)
        throw new DomainError('BAD_INPUT', `The hash ${sha256} is named with two lengths.`)
      sizes.set(sha256, bytes)
    }
    const missing = new Set<string>()
    await forEach(sizes, async ([sha256, bytes]) => {
      const found = await store.stat(sha256)
      if (found === null) missing.add(sha256)
      else if (found.bytes !== bytes)
        throw new DomainError(
          'CONFLICT',
          `The file with the hash ${sha256} has ${found.bytes} bytes, not ${bytes}.`,
          { sha256 },
        )
    })
    return missing
  }

  async function offered(attemptId: string, body: unknown): Promise<string> {
    const { files } = parse(offer, body)
    const missing = await lacking(files)
    const wanted = []
    for (const { sha256, bytes } of files) {
      if (!missing.delete(sha256)) continue
      const address = await store.writeAddress({ sha256, bytes })
      wanted.push({
        sha256,
        url: address?.url ?? ownAddress(attemptId, sha256),
        headers: address?.headers ?? {},
      })
      if (wanted.length % 50 === 0) await breathe()
    }
    return JSON.stringify({ wanted })
  }

  async function stored(files: readonly ArtifactFile[]): Promise<void> {
    checkTree(files)
    const missing = await lacking(files)
    if (missing.size === 0) return
    const paths = files.filter(({ sha256 }) => missing.has(sha256)).map(({ path }) => path)
    const more = paths.length > 20 ? ` and ${paths.length - 20} more` : ''
    throw new DomainError(
      'CONFLICT',
      `These files are not in the store yet: ${paths.slice(0, 20).join(', ')}${more}.`,
    )
  }

  async function outputs(attemptId: string, body: unknown): Promise<string> {
    const { name, files } = parse(delivery, body)
    const declared = (await planFor(attemptId)).outputs
    if (!declared.includes(name))
      throw new DomainError(
        'BAD_INPUT',
        `The step declares no output "${name}"${declared.length === 0 ? '' : `: it declares ${declared.join(', ')}`}.`,
        { name },
      )
    await stored(files)
    await saveOutput(db, attemptId, name, files)
    return '{}'
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', 'http://localhost').pathname
    const [, attemptId = '', action = '', blob] = anyPath.exec(address) ?? []
    const stepId = await authorised(request, attemptId)
    const call = `${request.method} ${blob === undefined ? action : 'blob'}`
    if (blob !== undefined && !/^[0-9a-f]{64}$/.test(blob))
      throw new DomainError(
        'NOT_FOUND',
        'A file is named by its sha256: 64 hexadecimal digits in lower case.',
      )
    switch (call) {
      case 'GET plan':
        send(response, 200, await plan(attemptId, stepId))
        return
      case 'GET blob':
        await getBlob(request, response, attemptId, blob ?? '')
        return
      case 'PUT blob':
        await putBlob(request, blob ?? '')
        send(response, 200, '{}')
        return
      case 'POST offer':
        send(response, 200, await offered(attemptId, await readJson(request)))
        return
      case 'POST outputs':
        send(response, 200, await outputs(attemptId, await readJson(request)))
        return
      case 'POST checkpoint': {
        const { files } = parse(checkpoint, await readJson(request))
        await stored(files)
        await saveCheckpoint(db, attemptId, files)
        send(response, 200, '{}')
        return
      }
      default:
        throw new DomainError('NOT_FOUND', `${request.method} ${address} is not served here.`)
    }
  }

  return async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (!pathname.startsWith('/courier/')) return false
    try {
      await answer(request, response)
    } catch (error) {
      const known = error instanceof DomainError ? statuses[error.code] : undefined
      if (known !== undefined && error instanceof DomainError) {
        send(response, known, JSON.stringify({ code: error.code, message: error.message }))
      } else {
        // A courier that went away in the middle is not a fault of ours.
        if (!request.destroyed || request.complete)
          log('the courier was not answered', { path: pathname, error: String(error) })
        const body = { code: 'INTERNAL', message: 'The server met an error: try again.' }
        send(response, 500, JSON.stringify(body))
      }
    }
    return true
  }
}
