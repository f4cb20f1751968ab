import { describe, expect, it } from 'vitest'
import { testDatabaseUrl } from '#test/harness/database.ts'
import { canDump, dumpDatabase, readDump } from '#test/harness/dump.ts'

describe('migrations/database.sql', () => {
  it.skipIf(testDatabaseUrl === null || !canDump())(
    'is what the migrations make on the real server (npm run dump writes it)',
    async () => {
      expect(readDump()).toBe(await dumpDatabase())
    },
  )
})
