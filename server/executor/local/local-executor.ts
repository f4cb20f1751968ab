import { spawn } from 'node:child_process'
import { existsSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, normalize, posix, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'
import type {
  Blobs,
  Capacity,
  CollectedOutput,
  Executor,
  Exit,
  ExitReason,
  Launch,
  Observation,
} from '../executor.ts'
import { readLog } from '../read-log.ts'
import { paramEnvironment } from '../param-environment.ts'
import { localCapacity } from './capacity.ts'
import { componentDigest, componentFolder, refuseImage } from './component-image.ts'
import { isAlive, killGroup, processesIn, type ProcessIdentity } from './process-identity.ts'

export interface LocalExecutorDeps {
  /** The data root: `attempts/` is ours, `datasets/` is what storage paths lie under. */
  readonly dataRoot: string
  readonly componentsFolder: string
  readonly baseModelFolders: readonly string[]
  readonly processEnvironment: Readonly<Record<string, string>>
  readonly blobs: Blobs
  /** The Python that runs components; null while their environment is being made. */
  python(): string | null
  lockHash(): string
}

// What would make the interpreter load other code than the component's.
const loaderVariable = /^(PATH|LD_.*|DYLD_.*|PYTHON.*)$/

/** Attempt folders that a server is still filling, or was when it died. */
const halfMade = 'half-made-'

const supervisor = join(import.meta.dirname, 'supervisor.mjs')
const claimPatienceMs = 10_000
const capacityMs = 60_000

/** A path of an artifact's file, refused when it would leave its folder. */
export function safeJoin(folder: string, path: string): string {
  const clean = posix.normalize(path)
  if (
    path === '' ||
    isAbsolute(clean) ||
    clean === '..' ||
    clean.startsWith('../') ||
    path.includes('\0')
  ) {
    throw new DomainError('BAD_INPUT', `The path "${path}" leaves its folder.`)
  }
  return join(folder, ...clean.split('/'))
}

/** Steps as processes on this machine, each in `attempts/<attempt id>/` under a supervisor of its own. */
export class LocalExecutor implements Executor {
  readonly name = 'local'
  readonly usesEnvironment = true
  readonly #deps: LocalExecutorDeps
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #hearers = new Set<(attemptId: string) => void>()
  #capacity: { at: number; value: Promise<Capacity> } | null = null

  constructor(deps: LocalExecutorDeps) {
    this.#deps = deps
  }

  capacity(): Promise<Capacity> {
    const now = performance.now()
    if (this.#capacity === null || now - this.#capacity.at > capacityMs) {
      this.#capacity = { at: now, value: localCapacity() }
    }
    return this.#capacity.value
  }

  refuses(component: Component): string | null {
    return refuseImage(this.#deps.componentsFolder, component)
  }

  digest(component: Component): Promise<string> {
    return componentDigest(this.#deps.componentsFolder, component, this.#deps.lockHash())
  }

  async start(launch: Launch): Promise<void> {
    const folder = this.#folder(launch.attemptId)
    if (!existsSync(folder)) await this.#prepare(folder, launch)
    const settled = () =>
      existsSync(join(folder, 'claim.json')) || existsSync(join(folder, 'exit.json'))
    if (!settled() && !existsSync(join(folder, 'stop'))) {
      this.#spawnSupervisor(folder)
      const deadline = performance.now() + claimPatienceMs
      while (!settled() && performance.now() < deadline) await sleep(10)
      if (!settled()) throw new Error('the supervisor did not start')
    }
    this.#watchAttempt(launch.attemptId)
  }

  async observe(attemptId: string): Promise<Observation> {
    const folder = this.#folder(attemptId)
    const exit = await this.#exit(folder)
    if (exit !== null) return { state: 'ended', exit }
    const claim = await readJson<ProcessIdentity>(join(folder, 'claim.json'))
    if (claim === null) return { state: 'absent' }
    if (await isAlive(claim)) {
      this.#watchAttempt(attemptId)
      return { state: 'running' }
    }
    // It may have written its last word between our two looks.
    const late = await this.#exit(folder)
    if (late !== null) return { state: 'ended', exit: late }
    await this.#killLeftovers(folder)
    return { state: 'lost' }
  }

  async stop(attemptId: string): Promise<void> {
    const folder = this.#folder(attemptId)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'stop'), '', { flag: 'a' })
  }

  logs(attemptId: string, from: number, max: number): ReturnType<typeof readLog> {
    return readLog(join(this.#folder(attemptId), 'log', 'output.log'), from, max)
  }

  async collect(attemptId: string, outputs: readonly string[]): Promise<CollectedOutput[]> {
    const collected: CollectedOutput[] = []
    for (const name of outputs) {
      const folder = join(this.#folder(attemptId), 'out', name)
      const paths = await filesUnder(folder)
      if (paths.length === 0) {
        collected.push({ name, files: null })
        continue
      }
      const files = []
      for (const path of paths) {
        const kept = await this.#deps.blobs.keep(join(folder, ...path.split('/')))
        files.push({ path, ...kept })
      }
      collected.push({ name, files })
    }
    return collected
  }

  async release(attemptId: string): Promise<void> {
    const folder = this.#folder(attemptId)
    this.#watchers.get(attemptId)?.close()
    this.#watchers.delete(attemptId)
    // launch.json holds the run's token; what stays is the log and how it ended.
    for (const name of ['in', 'out', 'work', 'launch.json', 'reserve']) {
      await rm(join(folder, name), { recursive: true, force: true })
    }
  }

  async forget(stepId: string): Promise<void> {
    await rm(this.#checkpoints(stepId), { recursive: true, force: true })
  }

  async recover(): Promise<void> {
    const folder = join(this.#deps.dataRoot, 'attempts')
    await mkdir(folder, { recursive: true })
    for (const name of await readdir(folder)) {
      if (name.startsWith(halfMade)) await rm(join(folder, name), { recursive: true, force: true })
    }
  }

  watch(changed: (attemptId: string) => void): () => void {
    this.#hearers.add(changed)
    return () => {
      this.#hearers.delete(changed)
      if (this.#hearers.size > 0) return
      for (const watcher of this.#watchers.values()) watcher.close()
      this.#watchers.clear()
    }
  }

  #folder(attemptId: string): string {
    return join(this.#deps.dataRoot, 'attempts', attemptId)
  }

  #checkpoints(stepId: string): string {
    return join(this.#deps.dataRoot, 'attempts', `checkpoint-${stepId}`)
  }

  /** Makes the folder under another name; the rename is the exclusive create, of all of it at once. */
  async #prepare(folder: string, launch: Launch): Promise<void> {
    const { component } = launch
    const code = componentFolder(this.#deps.componentsFolder, component.image)
    const python = this.#deps.python()
    if (code === null || python === null) throw new Error('nothing to run this component with')
    const made = await mkdtemp(join(this.#deps.dataRoot, 'attempts', halfMade))
    for (const name of ['in', 'out', 'work', 'log']) await mkdir(join(made, name))
    await mkdir(this.#checkpoints(launch.stepId), { recursive: true })
    await writeFile(join(made, 'in', 'params.json'), JSON.stringify(launch.params))
    for (const input of launch.inputs) {
      const inside = join(made, 'in', input.name)
      for (const file of input.files) {
        const path = safeJoin(inside, file.path)
        await mkdir(dirname(path), { recursive: true })
        await this.#deps.blobs.place(file.sha256, path)
      }
    }
    const body = {
      command: [python, join(code, 'main.py'), ...(component.args ?? [])],
      folder: join(folder, 'work'),
      timeoutSeconds: component.timeout?.seconds ?? null,
      env: this.#environment(folder, launch),
    }
    await writeFile(join(made, 'launch.json'), JSON.stringify(body), { mode: 0o600, flush: true })
    try {
      await rename(made, folder)
    } catch (error) {
      await rm(made, { recursive: true, force: true })
      // Another one was first, or a stop mark lies there.
      if (!existsSync(folder)) throw error
    }
  }

  #environment(folder: string, launch: Launch): Record<string, string> {
    const { dataRoot, baseModelFolders, processEnvironment } = this.#deps
    const storage =
      launch.storage.type === 'local'
        ? join(dataRoot, normalize(join(sep, launch.storage.path)))
        : launch.storage.path
    // Which devices a step sees is the executor's word, whatever the spec says (design 03).
    const devices = launch.devices.join(',')
    return {
      ...processEnvironment,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      // Two torch processes with busy-waiting threads slow each other down by a factor of 30.
      OMP_WAIT_POLICY: 'passive',
      ...paramEnvironment(launch.params),
      ...Object.fromEntries(
        Object.entries(launch.environment).filter(([name]) => !loaderVariable.test(name)),
      ),
      CUDA_VISIBLE_DEVICES: devices,
      NVIDIA_VISIBLE_DEVICES: devices === '' ? 'void' : devices,
      AUTODIDACT_IN: join(folder, 'in'),
      AUTODIDACT_OUT: join(folder, 'out'),
      AUTODIDACT_DATA: storage,
      AUTODIDACT_CHECKPOINT: this.#checkpoints(launch.stepId),
      AUTODIDACT_RUN: launch.runId,
      AUTODIDACT_STEP: launch.component.name,
      AUTODIDACT_ATTEMPT: String(launch.ordinal),
      AUTODIDACT_BASE_MODELS: baseModelFolders.join(delimiter),
    }
  }

  #spawnSupervisor(folder: string): void {
    const child = spawn(process.execPath, [supervisor, folder], {
      cwd: folder,
      env: { PATH: this.#deps.processEnvironment['PATH'] ?? '/usr/bin:/bin' },
      detached: true,
      stdio: 'ignore',
    })
    child.once('error', () => undefined)
    child.unref()
  }

  async #exit(folder: string): Promise<Exit | null> {
    const exit = await readJson<{
      exitCode: number | null
      signal: string | null
      reason: ExitReason
      detail: string
      diskFull: boolean
      startedAt: string
      endedAt: string
    }>(join(folder, 'exit.json'))
    if (exit === null) return null
    return { ...exit, startedAt: new Date(exit.startedAt), endedAt: new Date(exit.endedAt) }
  }

  /** Never two trainers on one checkpoint: what outlived its supervisor ends before the attempt counts as lost. */
  async #killLeftovers(folder: string): Promise<void> {
    const child = await readJson<ProcessIdentity>(join(folder, 'child.json'))
    if (child !== null) await killGroup(child)
    for (const stray of await processesIn(folder)) {
      if (stray.pid === process.pid) continue
      try {
        process.kill(stray.pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
    for (let wait = 0; wait < 100 && child !== null && (await isAlive(child)); wait += 1)
      await sleep(20)
  }

  #watchAttempt(attemptId: string): void {
    if (this.#hearers.size === 0 || this.#watchers.has(attemptId)) return
    try {
      const watcher = watchFolder(this.#folder(attemptId), (_event, name) => {
        if (name !== 'exit.json') return
        for (const hear of this.#hearers) hear(attemptId)
      })
      watcher.on('error', () => watcher.close())
      watcher.unref()
      this.#watchers.set(attemptId, watcher)
    } catch {
      // A hint only: `observe` finds it.
    }
  }
}

async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Relative paths of the regular files below a folder, sorted; a single file counts as itself. Links are not followed. */
async function filesUnder(folder: string): Promise<string[]> {
  const info = await stat(folder).catch(() => null)
  if (info === null || !info.isDirectory()) return []
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort()
}
