import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

// Type-aware rules need a file of the project: the snippet is linted as if it stood in server/db/lease.ts.
async function complaints(code: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: root })
  const [result] = await eslint.lintText(code, { filePath: join(root, 'server/db/lease.ts') })
  return result?.messages.map((message) => message.message) ?? []
}

const head = `import type { Db } from './pool.ts'\n`

describe('architecture rules', () => {
  it('nobody reads process.env but server/env.ts', async () => {
    expect(await complaints(`export const home = process.env['HOME']\n`)).toEqual([
      expect.stringContaining('server/env.ts'),
    ])
  })

  it('a transaction uses its own handle, never the outer one', async () => {
    const body = (handle: string) =>
      `${head}export async function f(db: Db): Promise<void> {\n  await db.transaction().execute(async (trx) => {\n    await trx.deleteFrom('job').execute()\n    await ${handle}.deleteFrom('job').execute()\n  })\n}\n`
    expect(await complaints(body('trx'))).toEqual([])
    expect(await complaints(body('db'))).toEqual([expect.stringContaining('own handle')])
  })

  it('a promise is never left floating', async () => {
    expect(
      await complaints(
        `${head}export function f(db: Db): void {\n  db.deleteFrom('job').execute()\n}\n`,
      ),
    ).toEqual([expect.stringContaining('Promises must be awaited')])
  })

  it('every boundary has a reason', () => {
    const config = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
      forbidden: { name: string; comment?: string; severity: string }[]
    }
    for (const rule of config.forbidden) {
      expect([rule.name, rule.severity]).toEqual([rule.name, 'error'])
      expect(rule.comment?.length ?? 0).toBeGreaterThan(20)
    }
  })
})
