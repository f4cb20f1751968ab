import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const source = join(root, 'deploy', 'courier')

/** Builds the real binary into .cache; null, and a line that says so, where there is no Go. */
export function buildCourier(): string | null {
  const go = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', cwd: source })
  if (go.status !== 0) {
    console.error('# no Go on this machine: the courier’s binary is not tested')
    return null
  }
  const target = join(root, '.cache', 'courier')
  mkdirSync(join(root, '.cache'), { recursive: true })
  const { status, stderr } = spawnSync('go', ['build', '-trimpath', '-o', target, '.'], {
    encoding: 'utf8',
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0' },
  })
  if (status !== 0) throw new Error(stderr)
  return target
}

/** `go test`, without the race detector: it needs a C compiler. */
export function testCourier(): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('go', ['test', '-count=1', './...'], {
    encoding: 'utf8',
    cwd: source,
  })
  return { status, output: stdout + stderr }
}
