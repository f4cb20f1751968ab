import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { posix } from 'node:path'
import type { Selectable } from 'kysely'
import type { RunTable } from '#migrations/database.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { RunState } from '#schema/domain/run-state.ts'
import type { OpenDatabase } from '../db/pool.ts'
import { hashToken } from '../run/run-token.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import {
  latestMetrics,
  logFile,
  logMetrics,
  logParams,
  paramsOfRun,
  setTags,
  tagsOfRun,
  type LoggedMetric,
} from '../tracking/tracking-store.ts'

export interface MlflowDeps {
  readonly database: OpenDatabase
  readonly store: ArtifactStore
}

type Json = Record<string, unknown>
type RunRow = Selectable<RunTable>

const maxBodyBytes = 8 * 1024 * 1024
const maxArtifactBytes = 4 * 1024 ** 3
const limits = { metrics: 1000, params: 100, tags: 100 } as const
const maxParamLength = 6000
const maxTagLength = 8000
/** MLflow stores and gives back infinities as the largest finite number. */
const infinity = Number.MAX_VALUE

const apiPath = /^\/(?:ajax-)?api\/2\.0\/mlflow\/(.+)$/
const artifactPath = /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/artifacts\/(.+)$/

/** An answer as MLflow gives it; its clients show the code and the message. */
class Answer extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

function invalid(message: string): Answer {
  return new Answer(400, 'INVALID_PARAMETER_VALUE', message)
}

const hint = 'See the API docs for more information about request parameters.'

function missing(name: string): Answer {
  return invalid(`Missing value for required parameter '${name}'. ${hint}`)
}

function wrong(name: string, value: unknown): Answer {
  const shown = JSON.stringify(value)?.slice(0, 100) ?? 'undefined'
  return invalid(`Invalid value ${shown} for parameter '${name}' supplied. ${hint}`)
}

// --- reading what clients send ---------------------------------------------------------------

/** Python writes bare NaN and Infinity; they become texts, and texts stay as they are. */
function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return JSON.parse(
      text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
        token.startsWith('"') ? token : `"${token}"`,
      ),
    )
  }
}

async function readBody(request: IncomingMessage): Promise<Json> {
  const type = request.headers['content-type']
  if (type === undefined) throw invalid('Bad Request. Content-Type header is missing.')
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw invalid("Bad Request. Content-Type must be one of ['application/json'].")
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) {
      throw new Answer(
        413,
        'REQUEST_LIMIT_EXCEEDED',
        'A logging request is at most 8 MiB: split it up.',
      )
    }
    chunks.push(chunk)
  }
  let value: unknown
  try {
    value = parseLenient(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw invalid('The request body is not valid JSON.')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('The request body must be a JSON object.')
  }
  return value as Json
}

function text(body: Json, name: string, label = name): string {
  const value = body[name]
  if (value === undefined || value === null) throw missing(label)
  if (typeof value !== 'string') throw wrong(label, value)
  return value
}

function key(body: Json, label: string): string {
  const name = text(body, 'key', label)
  if (name === '') throw missing(label)
  if (name.length > 250) throw invalid(`'${label}' exceeds the maximum length of 250 characters`)
  if (!/^[\p{L}\p{N}_\-. :/]+$/u.test(name)) {
    throw invalid(
      `Invalid value "${name.slice(0, 100)}" for parameter '${label}' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  if (
    posix.normalize(name) !== name ||
    name.startsWith('/') ||
    name === '.' ||
    name.startsWith('..')
  ) {
    throw invalid(
      `Invalid value "${name.slice(0, 100)}" for parameter '${label}' supplied: Names may be treated as files in certain cases. Must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`,
    )
  }
  return name
}

function integer(body: Json, name: string, label: string, fallback?: number): number {
  const value = body[name]
  if (value === undefined || value === null) {
    if (fallback === undefined) throw missing(label)
    return fallback
  }
  const number =
    typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim()) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrong(label, value)
  return number
}

/** A number, or one of the texts that stand for what JSON has no number for; null stands for NaN. */
function measured(body: Json, label: string): number | null {
  const value = body['value']
  if (value === undefined || value === null) throw missing(label)
  if (value === 'NaN') return null
  if (value === 'Infinity') return infinity
  if (value === '-Infinity') return -infinity
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || Number.isNaN(number)) {
    const kind = typeof value === 'string' ? 'str' : typeof value
    throw invalid(
      `Invalid value ${JSON.stringify(value)?.slice(0, 100)} for parameter '${label}' supplied:  Hint: Value was of type '${kind}'. ${hint}`,
    )
  }
  return Number.isFinite(number) ? number : number > 0 ? infinity : -infinity
}

function metric(body: Json, prefix: string): LoggedMetric {
  const at = integer(body, 'timestamp', `${prefix}timestamp`)
  if (Math.abs(at) > 8.64e15) throw wrong(`${prefix}timestamp`, at)
  return {
    key: key(body, `${prefix}key`),
    value: measured(body, `${prefix}value`),
    at: new Date(at),
    step: integer(body, 'step', `${prefix}step`, 0),
  }
}

function pair(body: Json, prefix: string, maxLength: number): { key: string; value: string } {
  // Postgres keeps no NUL; MLflow cuts long values silently.
  const value = text(body, 'value', `${prefix}value`).replaceAll('\0', '').slice(0, maxLength)
  return { key: key(body, `${prefix}key`), value }
}

function list(body: Json, name: keyof typeof limits): Json[] {
  const value = body[name] ?? []
  if (!Array.isArray(value)) throw wrong(name, value)
  if (value.length > limits[name]) {
    throw invalid(
      `A batch logging request can contain at most ${limits[name]} ${name}. Got ${value.length} ${name}. Please split up ${name} across multiple requests and try again.`,
    )
  }
  for (const item of value as unknown[]) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) throw wrong(name, item)
  }
  return value as Json[]
}

// --- answering --------------------------------------------------------------------------------

const statuses: Readonly<Record<RunState, string>> = {
  WAITING: 'SCHEDULED',
  RUNNING: 'RUNNING',
  CANCELLING: 'KILLED',
  SUCCEEDED: 'FINISHED',
  FAILED: 'FAILED',
  CANCELLED: 'KILLED',
}

function artifactRoot(runId: string): string {
  return `runs/${runId}/artifacts`
}

function runInfo(row: RunRow): Json {
  return {
    run_uuid: row.id,
    run_id: row.id,
    experiment_id: row.project_id,
    run_name: row.id,
    user_id: '',
    status: statuses[row.state],
    start_time: (row.started_at ?? row.created_at).getTime(),
    ...(row.ended_at === null ? {} : { end_time: row.ended_at.getTime() }),
    artifact_uri: `mlflow-artifacts:/${artifactRoot(row.id)}`,
    lifecycle_stage: 'active',
  }
}

function whenAny<T>(name: string, items: readonly T[]): Record<string, readonly T[]> {
  return items.length === 0 ? {} : { [name]: items }
}

function send(response: ServerResponse, status: number, body: Json | null): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const payload = body === null ? '' : JSON.stringify(body)
  response.writeHead(status, {
    ...(body === null ? {} : { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(payload),
    // What is left of a refused body is not read.
    ...(status >= 400 ? { connection: 'close' } : {}),
  })
  response.end(payload)
}

const errorClasses: Readonly<Record<string, string>> = {
  RESOURCE_DOES_NOT_EXIST: 'RESOURCE_NOT_FOUND',
}

function refuse(response: ServerResponse, error: unknown): void {
  const answer =
    error instanceof Answer
      ? error
      : error instanceof DomainError && error.code === 'TOO_LARGE'
        ? new Answer(413, 'REQUEST_LIMIT_EXCEEDED', error.message)
        : error instanceof DomainError && error.code === 'STORAGE_FULL'
          ? new Answer(507, 'RESOURCE_EXHAUSTED', error.message)
          : new Answer(500, 'INTERNAL_ERROR', 'The server met an error: try again.')
  send(response, answer.status, {
    error_code: answer.code,
    message: answer.message,
    sqlstate: 'KAM00',
    error_class: errorClasses[answer.code] ?? answer.code,
  })
}

/**
 * The run-scoped part of MLflow's tracking wire (recorded from 3.17.2): what a component of a run calls, with
 * the run's own token. A run is ended by the engine, never by a component: a status that is sent is not taken.
 *
 * @returns a handler that answers false for paths that are not MLflow's
 */
export function createMlflow({
  database,
  store,
}: MlflowDeps): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const { db } = database

  /** The run that the request names and its token belongs to. */
  async function authorised(request: IncomingMessage, runId: string): Promise<RunRow> {
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) {
      throw new Answer(
        401,
        'UNAUTHENTICATED',
        'Send the token of the run: set MLFLOW_TRACKING_TOKEN.',
      )
    }
    const row = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(runId)
      ? await db.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst()
      : undefined
    const given = Buffer.from(hashToken(token))
    const known = Buffer.from(row?.token_hash ?? '')
    // One answer for a foreign run, an ended one and none at all: it tells nothing.
    if (row === undefined || given.length !== known.length || !timingSafeEqual(given, known)) {
      throw new Answer(
        403,
        'PERMISSION_DENIED',
        `This token is not the one of run '${runId.slice(0, 64)}', or the run has ended.`,
      )
    }
    return row
  }

  function runIdOf(body: Json): string {
    const id = body['run_id'] ?? body['run_uuid']
    if (id === undefined || id === null || id === '') throw missing('run_id')
    if (typeof id !== 'string') throw wrong('run_id', id)
    return id
  }

  async function getRun(request: IncomingMessage, query: URLSearchParams): Promise<Json> {
    const run = await authorised(request, runIdOf(Object.fromEntries(query)))
    const metrics = await latestMetrics(db, run.id)
    const params = await paramsOfRun(db, run.id)
    return {
      run: {
        info: runInfo(run),
        data: {
          ...whenAny(
            'metrics',
            metrics.map(({ key, value, step, at }) => ({
              key,
              value: value ?? 'NaN',
              timestamp: at.getTime(),
              step,
            })),
          ),
          ...whenAny(
            'params',
            params.map(({ name, value }) => ({ key: name, value })),
          ),
          ...whenAny('tags', await tagsOfRun(db, run.id)),
        },
        inputs: {},
      },
    }
  }

  async function logBatch(run: RunRow, body: Json): Promise<Json> {
    const metrics = list(body, 'metrics').map((item, at) => metric(item, `metrics[${at}].`))
    const params = list(body, 'params').map((item, at) =>
      pair(item, `params[${at}].`, maxParamLength),
    )
    const tags = list(body, 'tags').map((item, at) => pair(item, `tags[${at}].`, maxTagLength))
    const total = metrics.length + params.length + tags.length
    if (total > 1000) {
      throw invalid(
        `A batch logging request can contain at most 1000 metrics, params, and tags. Got ${total} metrics, params, and tags. Please split up metrics, params, and tags across multiple requests and try again.`,
      )
    }
    const doubled = params.filter(
      (param, at) => params.findIndex((other) => other.key === param.key) !== at,
    )
    if (doubled.length > 0) {
      const names = [...new Set(doubled.map((param) => `'${param.key}'`))].join(', ')
      throw invalid(
        `Duplicate parameter keys have been submitted: [${names}]. Please ensure the request contains only one param value per param key.`,
      )
    }
    await db.transaction().execute(async (trx) => {
      const clashes = await logParams(trx, run.id, params)
      if (clashes.length > 0) {
        const shown = clashes
          .map(
            ({ key, before, now }) =>
              `{'key': '${key}', 'old_value': '${before}', 'new_value': '${now}'}`,
          )
          .join(', ')
        throw invalid(
          `Changing param values is not allowed. Params were already logged='[${shown}]' for run ID='${run.id}'.`,
        )
      }
      await setTags(trx, run.id, tags)
      await logMetrics(trx, run.id, metrics)
    })
    return {}
  }

  async function logParameter(run: RunRow, body: Json): Promise<Json> {
    const param = pair(body, '', maxParamLength)
    await db.transaction().execute(async (trx) => {
      const [clash] = await logParams(trx, run.id, [param])
      if (clash === undefined) return
      throw invalid(
        `Changing param values is not allowed. Param with key='${clash.key}' was already logged with value='${clash.before}' for run ID='${run.id}'. Attempted logging new value '${clash.now}'.`,
      )
    })
    return {}
  }

  const posts: Readonly<Record<string, (run: RunRow, body: Json) => Promise<Json>>> = {
    'runs/update': async (run) => ({ run_info: runInfo(run) }),
    'runs/log-batch': logBatch,
    'runs/log-parameter': logParameter,
    'runs/log-metric': async (run, body) => {
      const point = metric(body, '')
      await db.transaction().execute((trx) => logMetrics(trx, run.id, [point]))
      return {}
    },
    'runs/set-tag': async (run, body) => {
      const tag = pair(body, '', maxTagLength)
      await db.transaction().execute((trx) => setTags(trx, run.id, [tag]))
      return {}
    },
  }

  async function putArtifact(request: IncomingMessage, encoded: string): Promise<void> {
    let path: string
    try {
      // Decoded once, and "+" stays "+": clients put both literally into names.
      path = decodeURIComponent(encoded)
    } catch {
      throw invalid('Invalid path')
    }
    const match = /^runs\/([^/]+)\/artifacts\/(.+)$/.exec(path)
    const file = match?.[2] ?? ''
    const clean = posix.normalize(file)
    if (
      match === null ||
      clean !== file ||
      /(^|\/)\.\.(\/|$)|\\|\0/.test(path) ||
      file.length > 500
    ) {
      throw invalid('Invalid path')
    }
    const run = await authorised(request, match[1]!)
    const stored = await store.put(request as AsyncIterable<Uint8Array>, {
      maxBytes: maxArtifactBytes,
    })
    const declared = request.headers['content-length']
    if (declared !== undefined && Number(declared) !== stored.bytes)
      throw invalid('The upload was cut off.')
    await db.transaction().execute((trx) => logFile(trx, run.id, file, stored))
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    const artifact = artifactPath.exec(url.pathname)?.[1]
    if (artifact !== undefined) {
      if (request.method !== 'PUT')
        throw new Answer(405, 'ENDPOINT_NOT_FOUND', 'Only PUT is served here.')
      await putArtifact(request, artifact)
      send(response, 200, null)
      return
    }
    const call = apiPath.exec(url.pathname)?.[1] ?? ''
    if (call === 'runs/get' && request.method === 'GET') {
      send(response, 200, await getRun(request, url.searchParams))
      return
    }
    const post = Object.hasOwn(posts, call) ? posts[call] : undefined
    if (post === undefined || request.method !== 'POST') {
      const known = post !== undefined || call === 'runs/get'
      throw new Answer(
        known ? 405 : 404,
        'ENDPOINT_NOT_FOUND',
        `${request.method} ${url.pathname} is not served here.`,
      )
    }
    if (request.headers.authorization === undefined) await authorised(request, '')
    const body = await readBody(request)
    send(response, 200, await post(await authorised(request, runIdOf(body)), body))
  }

  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (!apiPath.test(url.pathname) && !artifactPath.test(url.pathname)) return false
    try {
      await answer(request, response, url)
    } catch (error) {
      refuse(response, error)
    }
    return true
  }
}
