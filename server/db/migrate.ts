import { Migrator } from 'kysely/migration'
import { migrations } from '#migrations/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Db } from './pool.ts'

/**
 * Brings the database to the newest schema; forward-only.
 *
 * @returns the names of the migrations that ran
 * @throws DomainError UNAVAILABLE when the database is newer than this program or a migration fails
 */
export async function migrate(db: Db): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName
    const reason = error instanceof Error ? error.message : 'unknown error'
    throw new DomainError(
      'UNAVAILABLE',
      `The database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${reason}`,
      {},
      { cause: error },
    )
  }
  return (results ?? [])
    .filter((result) => result.status === 'Success')
    .map((result) => result.migrationName)
}
