#!/usr/bin/env node
// `npx autodidact …`: the terminal, under the pinned Node.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, 'server/terminal/autodidact.ts')
await import(join(dirname(fileURLToPath(import.meta.url)), 'run.mjs'))
