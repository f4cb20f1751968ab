// The entry of every npm script. Plain JavaScript for Node >= 20, because older Nodes refuse `.ts`:
// installs the locked packages when the lock changed, then hands over to the pinned Node 24.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `Autodidact needs Node 20 or newer to start; this is ${process.version}. Install one from https://nodejs.org.`,
  )
  process.exit(1)
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const marker = join(root, 'node_modules', '.autodidact-lock')
if (!existsSync(marker) || readFileSync(marker, 'utf8') !== lock) {
  console.error('Installing packages (about a minute, once) …')
  // onnxruntime-node would fetch a CUDA build from outside the registry; the CPU library ships inside the package.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 2, 'inherit'],
  })
  if (status !== 0) {
    console.error(
      'The packages could not be installed: see npm’s message above; check the network or registry, then run the same command again.',
    )
    process.exit(status ?? 1)
  }
  mkdirSync(dirname(marker), { recursive: true })
  writeFileSync(marker, lock)
}

const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
const [script, ...rest] = process.argv.slice(2)
if (script === undefined) {
  console.error('usage: node bin/run.mjs <script.ts> [arguments]')
  process.exit(2)
}
const child = spawn(node, [join(root, script), ...rest], {
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
  },
})
// A terminal's Ctrl-C reaches the child as well, which decides what it means; this entry only waits for it.
process.on('SIGINT', () => undefined)
for (const name of ['SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name))
child.once('error', (error) => {
  console.error(
    `Node 24 could not be started (${error.message}): delete node_modules, then run the same command again.`,
  )
  process.exit(1)
})
child.once('exit', (status, signal) => process.exit(signal === null ? (status ?? 1) : 130))
