import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const output = join(root, 'dist', 'client')
const marker = join(output, '.built')

function sourceHash(): string {
  const hash = createHash('sha256')
  const files = globSync(
    ['client/**/*.{ts,tsx,css,html,svg,json}', 'vite.config.ts', 'package-lock.json'],
    { cwd: root },
  )
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** Builds the client into dist/client unless its sources are unchanged since the last build. */
export async function buildClient(): Promise<void> {
  const wanted = sourceHash()
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  console.error('Building the pages (some seconds) …')
  const { build } = await import('vite')
  await build({ logLevel: 'warn', configFile: join(root, 'vite.config.ts') })
  writeFileSync(marker, wanted)
}

if (import.meta.main) await buildClient()
