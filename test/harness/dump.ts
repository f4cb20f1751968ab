import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeTestDatabase } from './database.ts'

export const dumpFile = join(import.meta.dirname, '../../migrations/database.sql')

/** Whether `pg_dump` is on this machine: the dump comes from the real server, never from PGlite. */
export function canDump(): boolean {
  return spawnSync('pg_dump', ['--version']).status === 0
}

/** The schema that the migrations make on the real server, without what differs between servers. */
export async function dumpDatabase(): Promise<string> {
  await using made = await makeTestDatabase('postgres')
  if (made.config.kind !== 'postgres') throw new Error('dumps come from Postgres')
  const { status, stdout, stderr } = spawnSync(
    'pg_dump',
    ['--schema-only', '--no-owner', '--no-privileges', '--exclude-table=kysely_*', made.config.url],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  const lines = stdout.split('\n').filter((line) => !/^(--|SET |SELECT pg_catalog|\\)/.test(line))
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

if (import.meta.main) writeFileSync(dumpFile, await dumpDatabase())

export function readDump(): string {
  return readFileSync(dumpFile, 'utf8')
}
