import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const shared =
  process.env['TEST_CLUSTER_FOLDER'] ?? join(import.meta.dirname, '../../../shared/cluster')

// What the executor needs of a courier and no more: one that begins, one that waits for its end.
const script = `#!/bin/sh
case "$1" in
  fetch) exit 0 ;;
  send) trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done ;;
esac
`

/** An image that stands in for the courier where a test is about the executor alone; null without the `image` tool. */
export async function makeStandIn(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-standin-'))
  try {
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin', 'courier'), script)
    await chmod(join(folder, 'bin', 'courier'), 0o755)
    return execFileSync(
      join(shared, 'image'),
      ['--busybox', 'localhost/k-stand-in:1', folder, '--entrypoint', '/bin/courier'],
      { encoding: 'utf8' },
    )
      .trim()
      .split('\n')
      .at(-1)!
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
