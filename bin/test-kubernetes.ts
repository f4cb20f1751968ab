import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  env,
  findGo,
  findPostgres,
  findS3,
  makeEnvironment,
  root,
  run,
  runVitest,
  sayFailures,
  say,
} from './test-setup.ts'

// `npm run test:kubernetes [-- vitest arguments]`: on the cluster that KUBECONFIG names, else on the one of the shared
// folder beside the checkout. Another cluster brings its images: TEST_COURIER_IMAGE, TEST_COMPONENTS_IMAGE, and TEST_POD_HOST,
// under which its pods reach this machine.
const filters = process.argv.slice(2)
// TEST_CLUSTER_FOLDER: where that folder is, for a checkout that has another neighbour.
const shared = env['TEST_CLUSTER_FOLDER'] ?? join(root, '..', 'shared', 'cluster')

function findCluster(): boolean {
  if (env['KUBECONFIG'] !== undefined) return true
  const start = join(shared, 'start')
  if (!existsSync(start)) return false
  say('starting the shared test cluster')
  const tries = 3
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const { status, stdout } = spawnSync('bash', [start], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const config = /KUBECONFIG=['"]?([^\s'";]+)/.exec(stdout)?.[1]
    if (status === 0 && config !== undefined) {
      env['KUBECONFIG'] = config
      return true
    }
    // Once it met the bridge of a cluster that had gone, half there: "Address already assigned".
    say(`it did not start (${attempt} of ${tries})`)
    spawnSync('bash', [join(shared, 'stop')], { stdio: 'ignore' })
    spawnSync('ip', ['link', 'delete', 'cni0'], { stdio: 'ignore' })
  }
  return false
}

/** The courier and the components as images; kept beside the environments, because the second takes minutes. */
async function makeImages(environment: string): Promise<boolean> {
  if (env['TEST_COURIER_IMAGE'] !== undefined) return true
  const work = join(
    env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'autodidact',
    'cluster-images',
  )
  const { status, output } = await run('bash', [
    join(root, 'test', 'kubernetes', 'make-images.sh'),
    shared,
    environment,
    work,
  ])
  for (const [, name, value] of output.matchAll(/^([A-Z]+_IMAGE)=(\S+)$/gm))
    env[`TEST_${name!}`] = value!
  return status === 0
}

if (!findCluster()) {
  // Told apart from a failed test: .ci/run goes on where the machine can have no cluster.
  console.error(
    'There is no cluster, or it could not start: set KUBECONFIG to one, then try again.',
  )
  process.exit(3)
}
findPostgres()
findGo()
findS3()
if (!(await makeImages(makeEnvironment()))) {
  console.error('The images for the cluster could not be made: see above.')
  process.exit(1)
}
const { passed, failed, failures } = await runVitest([
  '--config',
  'vitest.kubernetes.config.ts',
  ...filters,
])
sayFailures(failures)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
