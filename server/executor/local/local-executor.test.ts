import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { Component } from '#schema/domain/spec.ts'
import type { Blobs, Launch } from '../executor.ts'
import { parseDevices } from './capacity.ts'
import { LocalExecutor, safeJoin } from './local-executor.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim()

const main = `
import json, os, signal, sys, time
params = json.load(open(os.path.join(os.environ["AUTODIDACT_IN"], "params.json")))
open(params["ledger"], "a").write("began\\n")
if params.get("stubborn"):
    signal.signal(signal.SIGTERM, lambda *_: None)
print("devices=" + os.environ["CUDA_VISIBLE_DEVICES"], "path=" + str("PYTHONPATH" in os.environ), "lr=" + os.environ["PARAM_LEARNING_RATE"], flush=True)
time.sleep(params["seconds"])
out = os.path.join(os.environ["AUTODIDACT_OUT"], "model", "a")
os.makedirs(out)
open(os.path.join(out, "b.txt"), "w").write("result")
`

describe('SC-03 local executor', () => {
  let root: string
  let ledger: string
  let executor: LocalExecutor
  const blobs: Blobs = {
    place: async (sha256, path) => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, sha256)
    },
    keep: async (path) => {
      const content = await readFile(path)
      const sha256 = createHash('sha256').update(content).digest('hex')
      await copyFile(path, join(root, sha256))
      return { sha256, bytes: content.length }
    },
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'autodidact-local-'))
    ledger = join(root, 'ledger')
    await mkdir(join(root, 'attempts'))
    await mkdir(join(root, 'components', 'fake'), { recursive: true })
    await writeFile(join(root, 'components', 'fake', 'main.py'), main)
    executor = make()
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  /** Another one on the same folder: the same server after a restart, or a second one. */
  function make(): LocalExecutor {
    return new LocalExecutor({
      dataRoot: root,
      componentsFolder: join(root, 'components'),
      baseModelFolders: [],
      processEnvironment: { PATH: process.env['PATH'] ?? '' },
      blobs,
      python: () => python,
      lockHash: () => 'lock',
    })
  }

  const component: Component = {
    order: 1,
    name: 'fake',
    type: 'custom',
    image: { registry: 'autodidact/fake', tag: '1' },
    resources: {},
    params: {},
  }

  function launchOf(params: object, more: Partial<Launch> = {}): Launch {
    return {
      attemptId: newId(),
      projectId: newId(),
      runId: newId(),
      stepId: newId(),
      ordinal: 1,
      component,
      params: { seconds: 0.1, learning_rate: 0.001, ...params, ledger },
      environment: { CUDA_VISIBLE_DEVICES: 'all', PYTHONPATH: '/evil' },
      inputs: [{ name: 'dataset', files: [{ path: 'deep/x.txt', sha256: 'abc', bytes: 3 }] }],
      outputs: ['model'],
      storage: { type: 'local', path: '/datasets/none' },
      devices: [],
      ...more,
    }
  }

  async function began(): Promise<number> {
    return (await readFile(ledger, 'utf8').catch(() => '')).split('\n').length - 1
  }

  async function ended(attemptId: string, by = executor) {
    await expect
      .poll(async () => (await by.observe(attemptId)).state, { timeout: 20_000 })
      .toMatch(/ended|lost/)
    return by.observe(attemptId)
  }

  const at = (attemptId: string, name: string): string => join(root, 'attempts', attemptId, name)

  it('starts one process however many ask at once, and tells how it ended', async () => {
    const before = await began()
    const launch = launchOf({})
    await Promise.all([executor.start(launch), make().start(launch), make().start(launch)])
    expect(await ended(launch.attemptId)).toMatchObject({
      state: 'ended',
      exit: { exitCode: 0, reason: 'exited' },
    })
    await executor.start(launch)
    expect(await began()).toBe(before + 1)
    expect(
      (await readdir(join(root, 'attempts'))).filter((name) => name.startsWith('half')),
    ).toEqual([])
    const { bytes } = await executor.logs(launch.attemptId, 0, 1000)
    expect(Buffer.from(bytes).toString()).toBe('devices= path=False lr=0.001\n')
    expect(await readFile(at(launch.attemptId, 'in/dataset/deep/x.txt'), 'utf8')).toBe('abc')
    const collected = await executor.collect(launch.attemptId, ['model', 'nothing'])
    expect(collected).toEqual([
      {
        name: 'model',
        files: [
          { path: 'a/b.txt', bytes: 6, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
        ],
      },
      { name: 'nothing', files: null },
    ])
    expect(await executor.collect(launch.attemptId, ['model', 'nothing'])).toEqual(collected)
    await executor.release(launch.attemptId)
    expect(existsSync(at(launch.attemptId, 'launch.json'))).toBe(false)
    expect((await executor.logs(launch.attemptId, 0, 10)).size).toBe(bytes.byteLength)
    await executor.start(launch)
    expect(await began()).toBe(before + 1)
  })

  it('goes on from a folder that a dead server had made, half made', async () => {
    const half = join(root, 'attempts', 'half-made-x')
    await mkdir(join(half, 'in'), { recursive: true })
    const next = make()
    await next.recover()
    expect(existsSync(half)).toBe(false)
    // All there, but its supervisor was never started: the dead server's last act was the rename.
    const launch = launchOf({})
    await executor.start(launch)
    await ended(launch.attemptId)
    for (const name of ['claim.json', 'child.json', 'exit.json'])
      await rm(at(launch.attemptId, name))
    expect((await next.observe(launch.attemptId)).state).toBe('absent')
    const before = await began()
    await next.start(launch)
    await ended(launch.attemptId)
    expect(await began()).toBe(before + 1)
  })

  it('adopts a running process from another server', async () => {
    const launch = launchOf({ seconds: 1 })
    await executor.start(launch)
    const other = make()
    expect((await other.observe(launch.attemptId)).state).toBe('running')
    expect(await ended(launch.attemptId, other)).toMatchObject({ exit: { exitCode: 0 } })
  })

  it('ends the process of a supervisor that was killed before it calls the attempt lost', async () => {
    const launch = launchOf({ seconds: 60 })
    await executor.start(launch)
    await expect.poll(() => existsSync(at(launch.attemptId, 'child.json'))).toBe(true)
    const read = async (name: string) =>
      JSON.parse(await readFile(at(launch.attemptId, name), 'utf8')) as ProcessIdentity
    const child = await read('child.json')
    process.kill((await read('claim.json')).pid, 'SIGKILL')
    expect(await ended(launch.attemptId)).toEqual({ state: 'lost' })
    expect(await isAlive(child)).toBe(false)
  })

  it('SC-09 stops a process, and one that was never started never will be', async () => {
    const launch = launchOf({ seconds: 60 })
    await executor.start(launch)
    await executor.stop(launch.attemptId)
    expect(await ended(launch.attemptId)).toMatchObject({
      exit: { reason: 'stopped', signal: 'SIGTERM' },
    })
    const never = launchOf({})
    const before = await began()
    await executor.stop(never.attemptId)
    await make().start(never)
    expect(await executor.observe(never.attemptId)).toEqual({ state: 'absent' })
    expect(await began()).toBe(before)
  })

  it(
    'kills a process that does not listen ten seconds after it was asked',
    { timeout: 30_000 },
    async () => {
      const launch = launchOf({ seconds: 60, stubborn: true })
      await executor.start(launch)
      await expect
        .poll(async () => (await executor.logs(launch.attemptId, 0, 10)).size)
        .toBeGreaterThan(0)
      const since = performance.now()
      await executor.stop(launch.attemptId)
      expect(await ended(launch.attemptId)).toMatchObject({
        exit: { reason: 'stopped', signal: 'SIGKILL' },
      })
      expect(performance.now() - since).toBeGreaterThan(9_000)
    },
  )

  it('stops at the time limit', async () => {
    const timeout = { written: 1, seconds: 1 }
    const launch = launchOf({ seconds: 60 }, { component: { ...component, timeout } })
    await executor.start(launch)
    expect(await ended(launch.attemptId)).toMatchObject({ exit: { reason: 'time_limit' } })
  })

  it('refuses images and commands of others by name', () => {
    expect(executor.refuses(component)).toBeNull()
    const foreign = { ...component, image: { registry: 'docker.io/library/busybox', tag: '1' } }
    expect(executor.refuses(foreign)).toMatch(
      /"fake" asks for the image docker\.io\/library\/busybox:1/,
    )
    expect(
      executor.refuses({ ...component, image: { registry: 'autodidact/../x', tag: '1' } }),
    ).not.toBeNull()
    expect(executor.refuses({ ...component, command: ['rm', '-rf', '/'] })).toMatch(
      /command of its own/,
    )
  })

  it('gives a digest that changes with the code', async () => {
    const before = await executor.digest(component)
    expect(await executor.digest(component)).toBe(before)
    await writeFile(join(root, 'components', 'fake', 'more.py'), 'x = 1')
    expect(await executor.digest(component)).not.toBe(before)
  })

  it('keeps files inside their folder', () => {
    expect(safeJoin('/a', 'b/../c')).toBe('/a/c')
    for (const path of ['../x', '/etc/passwd', 'a/../../x', '..', '', 'a\0b']) {
      expect(() => safeJoin('/a', path)).toThrow(/leaves its folder/)
    }
  })

  it('knows a process by its start, not by its number', async () => {
    const me = await identify(process.pid)
    expect(me).not.toBeNull()
    expect(await isAlive(me!)).toBe(true)
    expect(await isAlive({ ...me!, started: 'another' })).toBe(false)
    expect(await identify(2 ** 22 + 1)).toBeNull()
  })

  it('RS-02 reads what nvidia-smi prints', () => {
    expect(parseDevices('0, NVIDIA A100-SXM4-80GB, 81920\n1, Tesla T4, 15360\ngarbage\n')).toEqual([
      { index: 0, name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 81920 * 2 ** 20 },
      { index: 1, name: 'Tesla T4', memoryBytes: 15360 * 2 ** 20 },
    ])
  })
})
