import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from './index.ts'

// Prints schema/schema.graphql; with --check, says whether the committed one is current.
const file = join(import.meta.dirname, 'schema.graphql')
const printed = `${printSchema(lexicographicSortSchema(schema))}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== printed) {
    console.error('schema/schema.graphql is not current: run "npm run print" and commit it.')
    process.exit(1)
  }
} else writeFileSync(file, printed)
