import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'
import { createApp, type App } from '#server/app.ts'
import { openDatabase, type Db } from '#server/db/pool.ts'
import { readConfig, type Config } from '#server/env.ts'
import { makeTestDatabase } from './database.ts'

/** An answer of GraphQL over HTTP. */
export interface Answer {
  readonly status: number
  readonly data: any
  readonly errors:
    readonly { message: string; path?: unknown; extensions?: { code?: string } }[] | undefined
  readonly text: string
}

/** A platform of its own on a free port, with an empty data folder. */
export interface TestApp extends AsyncDisposable {
  readonly app: App
  /** The database under it, for what no operation can bring about. */
  readonly db: Db
  readonly url: string
  readonly folder: string
  post(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>
  /** The data of an operation that must not fail. */
  ask(query: string, variables?: object): Promise<any>
  socket(params?: Record<string, unknown>): Client
  /** Sends files by a fresh ticket. */
  upload(
    pool: string,
    files: readonly { name: string; bytes: Uint8Array }[],
  ): Promise<{
    entries: { fileName: string; outcome: string; message: string; bytes: number }[]
    account: { uploaded: number; used: number; excluded: number }
  }>
}

export interface TestAppOptions {
  readonly kind?: 'pglite' | 'postgres'
  readonly config?: Partial<Config>
}

/** Asks one operation of a platform. */
export async function postTo(
  url: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  const body = JSON.parse(text) as { data?: unknown; errors?: Answer['errors'] }
  return { status: response.status, data: body.data, errors: body.errors, text }
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'autodidact-app-'))
  const made = await makeTestDatabase(options.kind ?? 'pglite')
  const config: Config = {
    ...readConfig({ ...process.env, AUTODIDACT_DATA: folder, PORT: '0', HOST: '127.0.0.1' }),
    sample: false,
    token: null,
    // No environment is made in tests unless one is given: it is 5 GB.
    environmentsFolder: join(folder, 'environments'),
    python: '/nonexistent/python3',
    ...options.config,
  }
  const database = await openDatabase(made.config)
  const app = await createApp(config, {
    database,
    log: (message, facts) =>
      process.env['TEST_LOG'] === undefined ? undefined : console.error(message, facts),
  })
  const authorization: Record<string, string> =
    config.token === null ? {} : { authorization: `Bearer ${config.token}` }
  const post: TestApp['post'] = (query, variables, headers) =>
    postTo(app.url, query, variables, { ...authorization, ...headers })
  const ask: TestApp['ask'] = async (query, variables) => {
    const answer = await post(query, variables)
    if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors))
    return answer.data
  }
  return {
    app,
    db: database.db,
    url: app.url,
    folder,
    post,
    ask,
    socket: (params = {}) =>
      createClient({
        url: `${app.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { ...(config.token === null ? {} : { token: config.token }), ...params },
        retryAttempts: 0,
      }),
    async upload(pool, files) {
      const data = await ask(
        `mutation ($pool: ID!) { uploadBegin(input: { pool: $pool }) { ... on UploadTicket { url } ... on Error { code message } } }`,
        { pool },
      )
      const form = new FormData()
      for (const file of files)
        form.append('files', new Blob([new Uint8Array(file.bytes)]), file.name)
      const response = await fetch(`${app.url}${data.uploadBegin.url}`, {
        method: 'POST',
        headers: authorization,
        body: form,
      })
      if (!response.ok) throw new Error(await response.text())
      return response.json() as ReturnType<TestApp['upload']>
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await made[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A picture of noise that no measure calls blurred; each seed looks different. */
export async function noisePicture(seed: number, side = 320): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp')
  const cells = 16
  const small = Buffer.alloc(cells * cells * 3)
  let state = seed * 2_654_435_761 + 1
  for (let index = 0; index < small.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    small[index] = state >>> 24
  }
  return sharp(small, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(side, side, { kernel: 'nearest' })
    .png()
    .toBuffer()
}
