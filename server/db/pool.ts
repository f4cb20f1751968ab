import { PGlite, types as pgliteTypes } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { Kysely, PGliteDialect, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Database } from '#migrations/database.ts'

/** The query builder over our tables; stores take it, or a `Trx` when they lock. */
export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/** An open database: embedded (PGlite) or a server (Postgres 15+ with pgvector). */
export interface OpenDatabase extends AsyncDisposable {
  readonly kind: 'pglite' | 'postgres'
  readonly db: Db
  /** Calls back with each payload of the channel, and with null when notices may have been missed. */
  listen(channel: string, hear: (payload: string | null) => void): Promise<() => Promise<void>>
}

export type DatabaseConfig =
  | { kind: 'pglite'; folder: string | null; snapshot?: Blob }
  | { kind: 'postgres'; url: string; poolSize?: number }

/** Sends a hint (at most 8,000 bytes; ids only) that leaves when the transaction commits. */
export async function notify(db: Db | Trx, channel: string, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(db)
}

const INT8 = 20

async function openPglite(folder: string | null, snapshot?: Blob): Promise<OpenDatabase> {
  const client = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    ...(snapshot === undefined ? {} : { loadDataDir: snapshot }),
    extensions: { vector },
    // Counts and byte sizes stay below 2^53: plain numbers everywhere.
    parsers: { [pgliteTypes.INT8]: Number },
  })
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite: client }) })
  return {
    kind: 'pglite',
    db,
    listen: (channel, hear) => client.listen(channel, hear),
    async [Symbol.asyncDispose]() {
      // It runs without fsync: a checkpoint before the close is what makes the folder whole.
      if (!client.closed) await client.exec('checkpoint').catch(() => undefined)
      await db.destroy()
      if (!client.closed) await client.close()
    },
  }
}

function quoteChannel(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`
}

/** One connection for all LISTENs, opened again with backoff when it is lost; each loss is told with null. */
class Listener {
  readonly #url: string
  readonly #heard = new Map<string, Set<(payload: string | null) => void>>()
  #client: pg.Client | null = null
  #closed = false
  #connecting: Promise<void> | null = null

  constructor(url: string) {
    this.#url = url
  }

  async listen(
    channel: string,
    hear: (payload: string | null) => void,
  ): Promise<() => Promise<void>> {
    const hearers = this.#heard.get(channel) ?? new Set()
    hearers.add(hear)
    this.#heard.set(channel, hearers)
    await this.#connect()
    await this.#client?.query(`listen ${quoteChannel(channel)}`)
    return async () => {
      hearers.delete(hear)
      if (hearers.size > 0) return
      this.#heard.delete(channel)
      await this.#client?.query(`unlisten ${quoteChannel(channel)}`).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#client?.end().catch(() => undefined)
  }

  #connect(): Promise<void> {
    if (this.#client !== null) return Promise.resolve()
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null
    })
    return this.#connecting
  }

  async #open(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', (message) => {
      for (const hear of this.#heard.get(message.channel) ?? []) hear(message.payload ?? '')
    })
    await client.connect()
    for (const channel of this.#heard.keys()) await client.query(`listen ${quoteChannel(channel)}`)
    this.#client = client
  }

  #lost(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return
    this.#client = null
    void this.#reopen()
  }

  async #reopen(): Promise<void> {
    for (let wait = 100; !this.#closed; wait = Math.min(wait * 2, 5_000)) {
      try {
        await this.#connect()
        for (const hearers of this.#heard.values()) for (const hear of hearers) hear(null)
        return
      } catch {
        await new Promise((done) => setTimeout(done, wait))
      }
    }
  }
}

function openPostgres(url: string, poolSize: number): OpenDatabase {
  const parsers = new pg.TypeOverrides()
  parsers.setTypeParser(INT8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types: parsers,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  })
  // Without a handler a restarted database would end the process.
  pool.on('error', () => undefined)
  // The pool's handler hears idle connections only; one that is lost while a transaction has it tells its query.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const listener = new Listener(url)
  return {
    kind: 'postgres',
    db,
    listen: (channel, hear) => listener.listen(channel, hear),
    async [Symbol.asyncDispose]() {
      await listener.close()
      await db.destroy()
    },
  }
}

/** Opens the database; `await using` closes it. */
export async function openDatabase(config: DatabaseConfig): Promise<OpenDatabase> {
  return config.kind === 'pglite'
    ? openPglite(config.folder, config.snapshot)
    : openPostgres(config.url, config.poolSize ?? 10)
}
