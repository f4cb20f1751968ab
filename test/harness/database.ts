import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe } from 'vitest'
import { migrate } from '#server/db/migrate.ts'
import { openDatabase, type DatabaseConfig, type OpenDatabase } from '#server/db/pool.ts'

/** The Postgres server for tests, or null where there is none: then only PGlite is tested, and said so. */
export const testDatabaseUrl: string | null = process.env['TEST_DATABASE_URL'] ?? null

const root = join(import.meta.dirname, '../..')

// A template is keyed by what it is made from, so an edited migration makes a new one.
async function templateKey(): Promise<string> {
  const hash = createHash('sha256')
  const { migrations } = await import('#migrations/index.ts')
  for (const name of Object.keys(migrations).sort()) {
    hash.update(await readFile(join(root, 'migrations', `${name}.ts`)))
  }
  return hash.digest('hex').slice(0, 12)
}

async function pgliteSnapshot(): Promise<Blob> {
  const folder = join(root, '.cache')
  const file = join(folder, `pglite-template-${await templateKey()}.tar`)
  const stored = await readFile(file).catch(() => null)
  if (stored !== null) return new Blob([stored])
  const { PGlite } = await import('@electric-sql/pglite')
  const { vector } = await import('@electric-sql/pglite-pgvector')
  const { Kysely, PGliteDialect } = await import('kysely')
  const client = await PGlite.create({ extensions: { vector } })
  await migrate(new Kysely({ dialect: new PGliteDialect({ pglite: client }) }))
  const blob = await client.dumpDataDir('none')
  await client.close()
  await mkdir(folder, { recursive: true })
  const own = `${file}.${process.pid}`
  await writeFile(own, Buffer.from(await blob.arrayBuffer()))
  await rename(own, file)
  return blob
}

async function admin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

async function cloneOnPostgres(url: string): Promise<string> {
  const template = `autodidact_template_${await templateKey()}`
  const clone = `autodidact_test_${randomBytes(6).toString('hex')}`
  await admin(url, async (client) => {
    // One at a time: template databases can be copied only while nobody is connected to them.
    await client.query('select pg_advisory_lock(7341)')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [
      template,
    ])
    if (rowCount === 0) {
      const making = `${template}_making`
      await client.query(`drop database if exists ${making}`)
      await client.query(`create database ${making}`)
      await using open = await openDatabase({
        kind: 'postgres',
        url: withDatabase(url, making),
        poolSize: 1,
      })
      await migrate(open.db)
      await open[Symbol.asyncDispose]()
      await client.query(`alter database ${making} rename to ${template}`)
    }
    await client.query(`create database ${clone} template ${template}`)
  })
  return clone
}

/** A migrated database of its own for one test file; dispose to drop it. */
export interface TestDatabase extends AsyncDisposable {
  readonly config: DatabaseConfig
}

/** Makes a database of the kind: a clone of the migrated template. */
export async function makeTestDatabase(kind: 'pglite' | 'postgres'): Promise<TestDatabase> {
  if (kind === 'pglite') {
    return {
      config: { kind: 'pglite', folder: null, snapshot: await pgliteSnapshot() },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }
  if (testDatabaseUrl === null) throw new Error('TEST_DATABASE_URL is not set')
  const url = testDatabaseUrl
  const name = await cloneOnPostgres(url)
  return {
    config: { kind: 'postgres', url: withDatabase(url, name), poolSize: 5 },
    async [Symbol.asyncDispose]() {
      await admin(url, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

/** The kinds of database that tests run on here. */
export const databaseKinds: readonly ('pglite' | 'postgres')[] =
  testDatabaseUrl === null ? ['pglite'] : ['pglite', 'postgres']

/**
 * Runs the suite on PGlite and on Postgres (where TEST_DATABASE_URL is set), each on its own migrated database.
 *
 * @example describeOnBoth('CU-04 verdicts', (open) => { it('…', async () => { const { db } = await open() }) })
 */
export function describeOnBoth(
  name: string,
  suite: (open: () => Promise<OpenDatabase>) => void,
): void {
  for (const kind of databaseKinds) {
    describe(`${name} [${kind}]`, () => {
      let opened: Promise<{ made: TestDatabase; database: OpenDatabase }> | null = null
      afterAll(async () => {
        if (opened === null) return
        const { made, database } = await opened
        await database[Symbol.asyncDispose]()
        await made[Symbol.asyncDispose]()
      })
      suite(async () => {
        opened ??= makeTestDatabase(kind).then(async (made) => ({
          made,
          database: await openDatabase(made.config),
        }))
        return (await opened).database
      })
    })
  }
}
