import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const description = join(import.meta.dirname, '../../deploy/components/environment')

/** Where the made training environment of these sources lies, whether it was made or not. */
export const trainingEnvironment =
  process.env['TEST_PYTHON_ENVIRONMENT'] ??
  join(
    homedir(),
    '.cache/autodidact/environments',
    createHash('sha256')
      .update(readFileSync(join(description, 'requirements.lock')))
      .digest('hex')
      .slice(0, 12),
  )

/** Lets a folder of other components use it. */
export async function describeEnvironment(components: string): Promise<void> {
  await cp(description, join(components, 'environment'), { recursive: true })
}
