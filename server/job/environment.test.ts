import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { OpenDatabase } from '#server/db/pool.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { createEnvironment, findPython, type EnvironmentDeps } from './environment.ts'

// An installer like install.py: it locks, works only when nobody did before, and writes ready.json last.
const installer = `
import fcntl, json, os, sys, time
folder = sys.argv[-1]
os.makedirs(os.path.dirname(folder), exist_ok=True)
with open(folder + ".installing", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not os.path.exists(os.path.join(folder, "ready.json")):
        for tick in range(4):
            print(f"progress: {tick / 4} part {tick}", flush=True)
            time.sleep(0.3)
        os.makedirs(os.path.join(folder, "bin"))
        os.symlink(sys.executable, os.path.join(folder, "bin", "python"))
        with open(folder + ".count", "a") as count:
            count.write("made\\n")
        open(os.path.join(folder, "ready.json"), "w").write(json.dumps({}))
`

describeOnBoth("the components' Python environment", (open) => {
  let root: string
  let database: OpenDatabase
  const env = { PATH: process.env['PATH'] ?? '' }

  beforeAll(async () => {
    database = await open()
    root = await mkdtemp(join(tmpdir(), 'autodidact-environment-'))
    await mkdir(join(root, 'components', 'environment'), { recursive: true })
    await writeFile(join(root, 'components', 'environment', 'requirements.lock'), 'torch==1\n')
    await writeFile(join(root, 'components', 'environment', 'install.py'), installer)
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  function make(cache: string, more: Partial<EnvironmentDeps> = {}) {
    return createEnvironment({
      database,
      cacheFolder: join(root, cache),
      componentsFolder: join(root, 'components'),
      python: null,
      processEnvironment: env,
      now: () => new Date(),
      log: () => undefined,
      ...more,
    })
  }

  const stored = () =>
    database.db.selectFrom('job').selectAll().where('name', '=', 'environment').executeTakeFirst()

  it('is made once, told as it goes, and found ready the next time', async () => {
    const heard: (string | null)[] = []
    const stop = await database.listen('platform', (payload) => heard.push(payload))
    await using first = make('cache')
    await using second = make('cache')
    expect(first.state()).toMatchObject({ state: 'ABSENT' })
    expect(first.python()).toBeNull()
    const making = Promise.all([first.prepare(), first.prepare(), second.prepare()])
    // One of the two waits for the lock of the other.
    const messages = () => first.state().message + second.state().message
    await expect.poll(messages, { timeout: 20_000, interval: 20 }).toMatch(/part [123]/)
    await expect.poll(async () => (await stored())?.state).toBe('PREPARING')
    expect(await making).toEqual([true, true, true])
    expect(first.state()).toEqual({ state: 'READY', progress: 1, message: 'ready' })
    await expect.poll(async () => (await stored())?.state, { timeout: 20_000 }).toBe('READY')
    expect(heard.length).toBeGreaterThan(1)
    const python = first.python()!
    const folder = join(python, '..', '..')
    expect(await readFile(`${folder}.count`, 'utf8')).toBe('made\n')
    expect(folder.split('/').at(-1)).toBe(first.lockHash().slice(0, 12))
    await using third = make('cache')
    expect(third.state().state).toBe('READY')
    await stop()
  })

  it('says what to do when it cannot be made, and tries anew for what comes later', async () => {
    await using none = make('none', { processEnvironment: { PATH: join(root, 'nothing') } })
    expect(await none.prepare()).toBe(false)
    expect(none.state()).toMatchObject({ state: 'FAILED' })
    expect(none.state().message).toMatch(/No Python 3\.10 or newer was found: install Python/)
    expect(none.retries(new Date(0))).toBe(false)
    expect(none.retries(new Date(Date.now() + 1000))).toBe(true)
    await using wrong = make('wrong', { python: '/bin/false' })
    expect(await wrong.prepare()).toBe(false)
    expect(wrong.state().message).toMatch(/AUTODIDACT_PYTHON is "\/bin\/false"/)
    const script = join(root, 'broken.sh')
    await writeFile(
      script,
      '#!/bin/sh\necho "progress: 0.1 trying"\necho "error: The disk is full; free some space." >&2\nexit 1\n',
    )
    await chmod(script, 0o755)
    await using broken = make('broken', { command: [script] })
    expect(await broken.prepare()).toBe(false)
    expect(broken.state().message).toBe(
      "The components' Python environment could not be made: The disk is full; free some space.",
    )
    await expect.poll(async () => (await stored())?.message).toBe(broken.state().message)
    await using liar = make('liar', { command: ['/bin/true'] })
    expect(await liar.prepare()).toBe(false)
    await using gone = make('gone', { command: [join(root, 'no-such-file')] })
    expect(await gone.prepare()).toBe(false)
    await writeFile(join(root, 'a-file'), '')
    await using blocked = make('a-file', { command: [script] })
    expect(await blocked.prepare()).toBe(false)
    expect(blocked.state().message).toMatch(/AUTODIDACT_ENVIRONMENTS/)
  })

  it('ends its installer when the server ends', async () => {
    const long = make('long', { command: ['sleep', '600'] })
    const making = long.prepare()
    await expect.poll(() => long.state().state).toBe('PREPARING')
    await long[Symbol.asyncDispose]()
    expect(await making).toBe(false)
  })

  it('finds a Python that is new enough, and none where there is none', async () => {
    expect(await findPython(null, env)).toMatch(/python/)
    expect(await findPython('/bin/false', env)).toBeNull()
    expect(await findPython(null, { PATH: '' })).toBeNull()
  })
})
