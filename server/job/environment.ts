import { createHash } from 'node:crypto'
import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { notify, type OpenDatabase } from '../db/pool.ts'
import { parseProgress } from '../run/step-progress.ts'

export type EnvironmentState = 'ABSENT' | 'PREPARING' | 'READY' | 'FAILED'

export interface EnvironmentStatus {
  readonly state: EnvironmentState
  /** 0 to 1. */
  readonly progress: number
  readonly message: string
}

/** The components' Python: made on first use in the background, kept in a cache outside the data root. */
export interface ComponentEnvironment {
  state(): EnvironmentStatus
  /** The interpreter that runs components; null until it is ready. */
  python(): string | null
  /** sha256 of the lock file: part of every local image digest. */
  lockHash(): string
  /** Starts or joins the making of it; true when it is ready. Never throws. */
  prepare(): Promise<boolean>
  /** Whether a failure is older than this and so does not speak for it: the next `prepare` tries anew. */
  retries(since: Date): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export interface EnvironmentDeps {
  readonly database: OpenDatabase
  /** `~/.cache/autodidact/environments`: one folder per lock inside. */
  readonly cacheFolder: string
  readonly componentsFolder: string
  /** The Python to build it with; null: the first of python3.12, .11, .10, .13 and python3 that is >= 3.10. */
  readonly python: string | null
  readonly processEnvironment: Readonly<Record<string, string>>
  now(): Date
  log(message: string, facts?: object): void
  /** Instead of install.py; gets the folder as its last argument. */
  readonly command?: readonly string[]
}

const run = promisify(execFile)
const candidates = ['python3', 'python3.12', 'python3.11', 'python3.13', 'python3.10']
const tellMs = 500
const lastLines = 20

/** The newest minor version of Python 3 that the lock file has packages for; a newer one is the last resort. */
const newestTested = 13

/** The first Python that is new enough, one that the lock was tested with before any other; or null. */
export async function findPython(
  asked: string | null,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  let untested: string | null = null
  for (const command of asked === null ? candidates : [asked]) {
    try {
      const { stdout } = await run(
        command,
        ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)'],
        { env, timeout: 20_000 },
      )
      const match = /^(\d+) (\d+) (.+)$/.exec(stdout.trim())
      const minor = Number(match?.[2])
      if (match === null || match[1] !== '3' || minor < 10) continue
      if (minor <= newestTested) return match[3]!
      untested ??= match[3]!
    } catch {
      // Not there, or no Python: the next one.
    }
  }
  return untested
}

export function createEnvironment(deps: EnvironmentDeps): ComponentEnvironment {
  const { database, cacheFolder, componentsFolder, processEnvironment } = deps
  const lockFile = join(componentsFolder, 'environment', 'requirements.lock')
  const hash = createHash('sha256')
    .update(existsSync(lockFile) ? readFileSync(lockFile) : '')
    .digest('hex')
  const folder = join(cacheFolder, hash.slice(0, 12))
  const interpreter = join(folder, 'bin', 'python')
  const stopping = new AbortController()
  let failedAt: Date | null = null
  let making: Promise<boolean> | null = null
  let told = 0

  const isReady = (): boolean => existsSync(join(folder, 'ready.json')) && existsSync(interpreter)
  let status: EnvironmentStatus = isReady()
    ? { state: 'READY', progress: 1, message: 'ready' }
    : { state: 'ABSENT', progress: 0, message: 'made when the first run starts' }
  let telling = Promise.resolve()

  function say(next: EnvironmentStatus): void {
    const now = performance.now()
    const quiet = next.state === status.state && now - told < tellMs
    status = next
    if (quiet) return
    told = now
    telling = telling.then(() => store()).catch(() => undefined)
  }

  async function store(): Promise<void> {
    const { state, progress, message } = status
    const values = { state, progress, message, changed_at: deps.now() }
    await database.db
      .insertInto('job')
      .values({ name: 'environment', ...values })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute()
    await notify(database.db, 'platform', '')
    await notify(database.db, 'queue', '')
  }

  function fail(message: string): false {
    failedAt = deps.now()
    deps.log(message)
    say({ state: 'FAILED', progress: status.progress, message })
    return false
  }

  async function make(): Promise<boolean> {
    if (isReady()) {
      say({ state: 'READY', progress: 1, message: 'ready' })
      return true
    }
    say({ state: 'PREPARING', progress: 0, message: 'looking for Python' })
    const command = deps.command ?? (await installCommand())
    if (command === null) {
      return fail(
        deps.python === null
          ? 'No Python 3.10 or newer was found: install Python (https://www.python.org/downloads/ or your package manager), or set AUTODIDACT_PYTHON to it, then start the run again.'
          : `AUTODIDACT_PYTHON is "${deps.python}", which is not a Python 3.10 or newer: set it to one, then start the server again.`,
      )
    }
    try {
      await mkdir(cacheFolder, { recursive: true })
    } catch (error) {
      return fail(
        `The folder ${cacheFolder} for the components' Python environment cannot be made (${error instanceof Error ? error.message : 'unknown'}): set AUTODIDACT_ENVIRONMENTS to a folder that can be written.`,
      )
    }
    const { code, lines } = await install([...command, folder])
    if (stopping.signal.aborted) return false
    if (code === 0 && isReady()) {
      say({ state: 'READY', progress: 1, message: 'ready' })
      return true
    }
    const word = lines.findLast((line) => line.startsWith('error: '))?.slice('error: '.length)
    const last = lines.at(-1) ?? `the installer ended with code ${code ?? 'unknown'}`
    return fail(
      word === undefined
        ? `The components' Python environment could not be made (${last.slice(0, 300)}): check the internet connection and the free space, then start the run again.`
        : `The components' Python environment could not be made: ${word.slice(0, 500)}`,
    )
  }

  async function installCommand(): Promise<string[] | null> {
    const python = await findPython(deps.python, processEnvironment)
    return python === null ? null : [python, join(componentsFolder, 'environment', 'install.py')]
  }

  function install(command: readonly string[]): Promise<{ code: number | null; lines: string[] }> {
    const lines: string[] = []
    return new Promise((done) => {
      const child = spawn(command[0]!, command.slice(1), {
        env: { ...processEnvironment, PYTHONUNBUFFERED: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: stopping.signal,
      })
      const hear = (stream: NodeJS.ReadableStream): void => {
        let rest = ''
        stream.setEncoding('utf8').on('data', (text: string) => {
          const parts = (rest + text).split('\n')
          rest = (parts.pop() ?? '').slice(-10_000)
          for (const line of parts) {
            const progress = parseProgress(line)
            if (progress !== null) {
              say({ state: 'PREPARING', progress: progress.value, message: progress.message })
            } else if (line.trim() !== '') {
              lines.push(line.trim())
              if (lines.length > lastLines) lines.shift()
            }
          }
        })
      }
      hear(child.stdout)
      hear(child.stderr)
      child.once('error', (error) => {
        lines.push(error.message)
        done({ code: null, lines })
      })
      child.once('close', (code) => done({ code, lines }))
    })
  }

  return {
    state: () => status,
    python: () => (status.state === 'READY' ? interpreter : null),
    lockHash: () => hash,
    retries: (since) => failedAt === null || failedAt < since,
    prepare() {
      making ??= make()
        .catch((error: unknown) => fail(error instanceof Error ? error.message : 'unknown error'))
        .finally(() => {
          making = null
        })
      return making
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await making
      await telling
    },
  }
}
