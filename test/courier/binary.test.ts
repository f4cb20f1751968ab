import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import { checkpointOf, outputsOf } from '#server/executor/courier-store.ts'
import type { ArtifactFile } from '#server/executor/executor.ts'
import { createDiskStore } from '#server/store/disk.ts'
import type { ArtifactStore } from '#server/store/artifact-store.ts'
import { createS3Store } from '#server/store/s3.ts'
import { startTestApp, type TestApp } from '#test/harness/app.ts'
import { startTcpProxy, type TcpProxy } from '#test/harness/tcp-proxy.ts'
import { buildCourier, testCourier } from './build-courier.ts'
import { endAttempt, makeAttempt, type MadeAttempt } from './make-attempt.ts'

const binary = buildCourier()
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const zeros = (gigabytes: number) => {
  const hash = createHash('sha256')
  const piece = Buffer.alloc(1 << 20)
  for (let at = 0; at < gigabytes * 1024; at += 1) hash.update(piece)
  return hash.digest('hex')
}

interface Line {
  readonly event: string
  readonly [key: string]: unknown
}

interface Courier {
  readonly child: ChildProcess
  readonly ended: Promise<{ code: number | null; lines: Line[]; text: string }>
  /** Resolves once it has said this. */
  said(event: string): Promise<Line>
}

describe.skipIf(binary === null)('EX the courier’s binary', () => {
  let app: TestApp
  let store: ArtifactStore
  let proxy: TcpProxy
  let root: string
  const running = new Set<ChildProcess>()

  beforeAll(async () => {
    app = await startTestApp()
    store = createDiskStore({ root: app.folder })
  })
  afterAll(() => app[Symbol.asyncDispose]())
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'courier-'))
    proxy = await startTcpProxy(app.url)
  })
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL')
    await proxy[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })

  function start(
    command: 'fetch' | 'send',
    attempt: MadeAttempt,
    env: Record<string, string> = {},
  ): Courier {
    const child = spawn(binary!, [command], {
      env: {
        COURIER_URL: proxy.url,
        COURIER_ATTEMPT: attempt.id,
        COURIER_TOKEN: attempt.token,
        COURIER_ROOT: root,
        COURIER_PATIENCE: '30s',
        COURIER_STALL: '10s',
        COURIER_EVERY: '150ms',
        COURIER_SETTLE: '200ms',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let text = ''
    child.stdout.on('data', (piece: Buffer) => (text += piece.toString()))
    child.stderr.on('data', (piece: Buffer) => (text += piece.toString()))
    const lines = () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
    const ended = new Promise<{ code: number | null; lines: Line[]; text: string }>((done) => {
      child.once('close', (code) => {
        running.delete(child)
        // Whatever happens: no secret is ever written.
        expect(text).not.toContain(attempt.token)
        expect(text).not.toContain('X-Amz-')
        done({ code, lines: lines(), text })
      })
    })
    return {
      child,
      ended,
      async said(event) {
        for (;;) {
          const found = lines().find((line) => line.event === event)
          if (found !== undefined) return found
          if (child.exitCode !== null) throw new Error(`it ended before "${event}": ${text}`)
          await sleep(20)
        }
      },
    }
  }

  async function fetchAll(attempt: MadeAttempt, env: Record<string, string> = {}) {
    return start('fetch', attempt, env).ended
  }
  /** What a pod does at its end: the component is done, the sidecar hears it. */
  async function sendAll(attempt: MadeAttempt, env: Record<string, string> = {}) {
    const courier = start('send', attempt, env)
    await courier.said('ready')
    courier.child.kill('SIGTERM')
    return courier.ended
  }
  async function keep(path: string, bytes: Uint8Array): Promise<ArtifactFile> {
    return { path, ...(await store.put(bytes)) }
  }
  async function put(path: string, bytes: Uint8Array | string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  const fileOf = (path: string, bytes: Uint8Array): ArtifactFile => ({
    path,
    sha256: sha(bytes),
    bytes: bytes.length,
  })

  it('places inputs, the data set, params and folders; again changes nothing', async () => {
    const [a, b, nothing] = [randomBytes(300_000), randomBytes(10), Buffer.alloc(0)]
    const params = { steps: 100, é: [1.5, null, '"'], a: { z: 1e21, b: true } }
    const attempt = await makeAttempt(app, {
      inputs: [
        {
          name: 'data',
          files: [
            await keep('images/1.png', a),
            await keep('deep/er/2 ü.bin', b),
            await keep('copy.bin', a),
            await keep('empty', nothing),
          ],
        },
        { name: 'bare', files: [] },
      ],
      data: [await keep('datasets/v1/images/1.png', a), await keep('datasets/v1/rows.jsonl', b)],
      params,
    })
    for (let time = 0; time < 2; time += 1) {
      const { code, lines } = await fetchAll(attempt)
      expect([code, lines.at(-1)?.event]).toEqual([0, 'done'])
      expect(await readFile(join(root, 'in/data/images/1.png'))).toEqual(a)
      expect(await readFile(join(root, 'in/data/copy.bin'))).toEqual(a)
      expect(await readFile(join(root, 'in/data/deep/er/2 ü.bin'))).toEqual(b)
      expect(await readFile(join(root, 'in/data/empty'))).toEqual(nothing)
      expect(await readFile(join(root, 'in/params.json'), 'utf8')).toBe(canonicalJson(params))
      expect((await readdir(join(root, 'in'))).sort()).toEqual(['bare', 'data', 'params.json'])
      expect((await readdir(root)).sort()).toEqual(['checkpoint', 'data', 'in', 'out'])
      expect(await readFile(join(root, 'data/datasets/v1/images/1.png'))).toEqual(a)
      expect(await readFile(join(root, 'data/datasets/v1/rows.jsonl'))).toEqual(b)
      expect(await readdir(join(root, 'data'))).toEqual(['datasets'])
      expect((await stat(join(root, 'out'))).mode & 0o777).toBe(0o775)
    }
    expect(proxy.moved.down).toBeLessThan(640_000)
  })

  it('delivers the declared outputs that exist: folders, single files, no links, no devices', async () => {
    const attempt = await makeAttempt(app, {
      outputs: ['model', 'report', 'folder', 'hollow', 'absent', 'leak', 'inner', 'pipe'],
    })
    const [weights, text] = [randomBytes(400_000), Buffer.from('# report')]
    await put('secret.txt', 'not for anybody')
    await put('out/model/unet/weights.bin', weights)
    await put('out/model/config.json', '{}')
    await put('out/model/empty.txt', '')
    await put('out/report', text)
    await put('out/undeclared/x', 'x')
    await mkdir(join(root, 'out/hollow/deeper'), { recursive: true })
    await mkdir(join(root, 'out/model/hollow'))
    await put('out/folder/here', 'here')
    await symlink(join(root, 'secret.txt'), join(root, 'out/folder/absolute'))
    await symlink('../../secret.txt', join(root, 'out/folder/relative'))
    await symlink('../../../..', join(root, 'out/folder/up'))
    await symlink('here', join(root, 'out/folder/sibling'))
    await symlink('..', join(root, 'out/leak'))
    await symlink('folder', join(root, 'out/inner'))
    spawnSync('mkfifo', [join(root, 'out/folder/fifo'), join(root, 'out/pipe')])
    const socket = createServer().listen(join(root, 'out/folder/socket'))
    const { code, lines } = await sendAll(attempt)
    socket.close()
    expect(code).toBe(0)
    expect(await outputsOf(app.db, attempt.id)).toEqual([
      { name: 'folder', files: [fileOf('here', Buffer.from('here'))] },
      { name: 'inner', files: [fileOf('here', Buffer.from('here'))] },
      {
        name: 'model',
        files: [
          fileOf('config.json', Buffer.from('{}')),
          fileOf('empty.txt', Buffer.alloc(0)),
          fileOf('unet/weights.bin', weights),
        ],
      },
      { name: 'report', files: [fileOf('report', text)] },
    ])
    expect(await store.has(sha(weights))).toBe(true)
    expect(await store.has(sha(Buffer.from('not for anybody')))).toBe(false)
    const notSent = lines.filter(({ event }) => event === 'not_sent').map((line) => line['path'])
    expect(new Set(notSent)).toEqual(
      new Set([
        'out/folder/absolute',
        'out/folder/fifo',
        'out/folder/relative',
        'out/folder/sibling',
        'out/folder/socket',
        'out/folder/up',
        'out/inner/absolute',
        'out/inner/fifo',
        'out/inner/relative',
        'out/inner/sibling',
        'out/inner/socket',
        'out/inner/up',
        'out/leak',
        'out/pipe',
      ]),
    )
    const without = lines.filter(({ event }) => event === 'no_output').map((line) => line['name'])
    expect(without).toEqual(['hollow', 'absent', 'leak', 'pipe'])
  })

  it('posts nothing of an output whose file names cannot be told, and the others all the same', async () => {
    const attempt = await makeAttempt(app, { outputs: ['odd', 'fine'] })
    await put('out/fine/a', 'a')
    await mkdir(join(root, 'out/odd'), { recursive: true })
    await writeFile(
      Buffer.concat([Buffer.from(join(root, 'out/odd/')), Buffer.from([0xff, 0xfe])]),
      'odd',
    )
    const { code, lines } = await sendAll(attempt)
    expect([code, lines.at(-1)?.['error']]).toEqual([1, expect.stringContaining('not UTF-8')])
    expect((await outputsOf(app.db, attempt.id)).map(({ name }) => name)).toEqual(['fine'])
  })

  it('keeps the checkpoint for the next attempt, which can write to it', async () => {
    const first = await makeAttempt(app, { outputs: ['model'] })
    const courier = start('send', first)
    await courier.said('ready')
    const weights = randomBytes(100_000)
    await put('checkpoint/step-10/weights.bin', weights)
    await put('checkpoint/latest', 'step-10')
    await put('checkpoint/twin', weights)
    await courier.said('checkpoint')
    const kept = await checkpointOf(app.db, first.stepId)
    expect(kept).toEqual([
      fileOf('latest', Buffer.from('step-10')),
      fileOf('step-10/weights.bin', weights),
      fileOf('twin', weights),
    ])
    // The node is lost: nobody says goodbye.
    courier.child.kill('SIGKILL')
    await courier.ended
    await endAttempt(app.db, first.id)
    await rm(root, { recursive: true })

    const second = await makeAttempt(app, { outputs: ['model'] }, first.stepId)
    expect((await fetchAll(second)).code).toBe(0)
    expect(await readFile(join(root, 'checkpoint/step-10/weights.bin'))).toEqual(weights)
    expect((await readdir(join(root, 'checkpoint'))).sort()).toEqual(['latest', 'step-10', 'twin'])
    await writeFile(join(root, 'checkpoint/twin'), 'other')
    expect(await readFile(join(root, 'checkpoint/step-10/weights.bin'))).toEqual(weights)
    await rm(join(root, 'checkpoint/step-10'), { recursive: true })
    await put('checkpoint/latest', 'step-20')
    // Stopped before it is done: the last state of the checkpoint is what counts.
    expect((await sendAll(second)).code).toBe(0)
    expect(await checkpointOf(app.db, first.stepId)).toEqual([
      fileOf('latest', Buffer.from('step-20')),
      fileOf('twin', Buffer.from('other')),
    ])
    // A pod whose init container runs again keeps what its component wrote meanwhile.
    await put('checkpoint/latest', 'step-30')
    const again = await fetchAll(second)
    expect(again.lines.map(({ event }) => event)).toContain('served_before')
    expect(await readFile(join(root, 'checkpoint/latest'), 'utf8')).toBe('step-30')
  })

  it('replaces the checkpoint by a whole one only: not while a file is still written', async () => {
    const attempt = await makeAttempt(app)
    const courier = start('send', attempt, { COURIER_SETTLE: '2s' })
    await courier.said('ready')
    await put('checkpoint/a', 'one')
    await courier.said('checkpoint')
    await put('checkpoint/a', 'two, longer')
    const target = await open(join(root, 'checkpoint/b'), 'w')
    for (let at = 0; at < 15; at += 1) {
      await target.write('x'.repeat(1000))
      // Times can be set at will: its own looks are what counts.
      await utimes(join(root, 'checkpoint/b'), 1, 1)
      await sleep(100)
      expect(await checkpointOf(app.db, attempt.stepId)).toEqual([fileOf('a', Buffer.from('one'))])
    }
    await target.close()
    await courier.said('checkpoint_unsettled')
    await expect
      .poll(() => checkpointOf(app.db, attempt.stepId), { timeout: 20_000 })
      .toEqual([
        fileOf('a', Buffer.from('two, longer')),
        fileOf('b', Buffer.from('x'.repeat(15_000))),
      ])
  })

  it('never wipes a checkpoint because its own folder is empty', async () => {
    const attempt = await makeAttempt(app)
    const before = start('send', attempt)
    await before.said('ready')
    await put('checkpoint/a', 'one')
    await before.said('checkpoint')
    before.child.kill('SIGKILL')
    await before.ended
    await rm(join(root, 'checkpoint/a'))
    expect((await sendAll(attempt)).code).toBe(0)
    expect(await checkpointOf(app.db, attempt.stepId)).toHaveLength(1)
  })

  describe('when the line is bad', () => {
    it('goes on with a download where it was cut, and the file is whole', async () => {
      const bytes = randomBytes(24 * 1024 * 1024)
      const attempt = await makeAttempt(app, {
        inputs: [{ name: 'data', files: [await keep('big', bytes)] }],
      })
      proxy.cutAfter(5 * 1024 * 1024)
      const { code, lines } = await fetchAll(attempt)
      expect(code).toBe(0)
      expect(proxy.cuts).toBeGreaterThanOrEqual(4)
      expect(lines.filter(({ event }) => event === 'resumed').length).toBeGreaterThanOrEqual(4)
      // Resumed, not begun again: what one cut loses is on its way, a few hundred KB.
      expect(proxy.moved.down).toBeLessThan(bytes.length * 1.3)
      expect(sha(await readFile(join(root, 'in/data/big')))).toBe(sha(bytes))
    })

    it('goes on after it was killed itself', async () => {
      const bytes = randomBytes(8 * 1024 * 1024)
      const attempt = await makeAttempt(app, {
        inputs: [{ name: 'data', files: [await keep('big', bytes)] }],
      })
      proxy.cutAfter(3 * 1024 * 1024)
      const first = start('fetch', attempt)
      await first.said('retry')
      first.child.kill('SIGKILL')
      await first.ended
      proxy.cutAfter(null)
      const { code, lines } = await fetchAll(attempt)
      expect([code, lines.some(({ event }) => event === 'resumed')]).toEqual([0, true])
      expect(sha(await readFile(join(root, 'in/data/big')))).toBe(sha(bytes))
    })

    it('does not believe what lies there: damaged parts and files are loaded again', async () => {
      const bytes = randomBytes(2 * 1024 * 1024)
      const stored = await keep('big', bytes)
      const attempt = await makeAttempt(app, { inputs: [{ name: 'data', files: [stored] }] })
      await put('in/data/big', randomBytes(bytes.length))
      await put(`in/.courier-parts/${stored.sha256}`, randomBytes(1024 * 1024))
      const { code, lines } = await fetchAll(attempt)
      expect([code, lines.some(({ event }) => event === 'damaged')]).toEqual([0, true])
      expect(sha(await readFile(join(root, 'in/data/big')))).toBe(sha(bytes))
    })

    it('uploads whole files over a line that is cut, though the server was gone for a while', async () => {
      const attempt = await makeAttempt(app, { outputs: ['model'] })
      const bytes = randomBytes(16 * 1024 * 1024)
      await put('out/model/weights.bin', bytes)
      const courier = start('send', attempt)
      await courier.said('ready')
      proxy.cutAfter(4 * 1024 * 1024)
      courier.child.kill('SIGTERM')
      await courier.said('retry')
      proxy.refuse(true)
      await sleep(1_500)
      proxy.refuse(false)
      proxy.cutAfter(null)
      const { code } = await courier.ended
      expect(code).toBe(0)
      expect(proxy.cuts).toBeGreaterThanOrEqual(1)
      expect(await outputsOf(app.db, attempt.id)).toEqual([
        { name: 'model', files: [fileOf('weights.bin', bytes)] },
      ])
      expect(sha(await readFile(await store.path(sha(bytes))))).toBe(sha(bytes))
      // Nothing of the cut uploads stays behind.
      await expect
        .poll(async () =>
          (await readdir(join(app.folder, 'tmp'))).filter((name) => name.startsWith('put-')),
        )
        .toEqual([])
    })

    it('gives up a connection that has gone silent, and tries another one', async () => {
      const bytes = randomBytes(1024 * 1024)
      const attempt = await makeAttempt(app, {
        inputs: [{ name: 'data', files: [await keep('big', bytes)] }],
        outputs: ['model'],
      })
      proxy.silence(true)
      const courier = start('fetch', attempt, { COURIER_STALL: '200ms' })
      const told = await courier.said('retry')
      expect(told['error']).toBe('the connection was silent for too long')
      proxy.silence(false)
      expect((await courier.ended).code).toBe(0)
      expect(sha(await readFile(join(root, 'in/data/big')))).toBe(sha(bytes))
    })

    it('ends with 2 when it gave up, with 1 when it is refused', async () => {
      const attempt = await makeAttempt(app, { outputs: ['model'] })
      proxy.refuse(true)
      const gaveUp = await fetchAll(attempt, { COURIER_PATIENCE: '1s' })
      expect([gaveUp.code, gaveUp.lines.at(-1)?.event]).toEqual([2, 'failed'])
      proxy.refuse(false)
      const stranger = await fetchAll(attempt, { COURIER_ATTEMPT: (await makeAttempt(app)).id })
      expect([stranger.code, stranger.lines.at(-1)?.['error']]).toEqual([
        1,
        expect.stringContaining('answered 403: This token is not the one of attempt'),
      ])
      for (const env of [{ COURIER_TOKEN: '' }, { COURIER_URL: 'x' }, { COURIER_EVERY: 'soon' }])
        expect((await fetchAll(attempt, env)).code).toBe(1)
      await put('out/model/a', randomBytes(100))
      const courier = start('send', attempt)
      await courier.said('ready')
      await endAttempt(app.db, attempt.id)
      courier.child.kill('SIGTERM')
      const ended = await courier.ended
      expect([ended.code, ended.lines.at(-1)?.['error']]).toEqual([
        1,
        expect.stringContaining('answered 410'),
      ])
    })

    it('says at once that its volume is full', async ({ skip }) => {
      const attempt = await makeAttempt(app, {
        inputs: [{ name: 'data', files: [await keep('big', randomBytes(4 * 1024 * 1024))] }],
      })
      const volume = join(root, 'in')
      await mkdir(volume)
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', volume])
      skip(mounted.status !== 0, 'a small tmpfs needs root')
      try {
        const { code, lines } = await fetchAll(attempt)
        expect([code, lines.at(-1)?.['error']]).toEqual([
          1,
          expect.stringContaining('no space left on device'),
        ])
        expect(lines.some(({ event }) => event === 'retry')).toBe(false)
      } finally {
        spawnSync('umount', [volume])
      }
    })

    it('reads its token from a file, and ends when it is told to while it waits', async () => {
      const attempt = await makeAttempt(app)
      await put('token', `${attempt.token}\n`)
      const env = { COURIER_TOKEN: '', COURIER_TOKEN_FILE: join(root, 'token') }
      expect((await fetchAll(attempt, env)).code).toBe(0)
      proxy.refuse(true)
      const waiting = start('fetch', attempt)
      await waiting.said('retry')
      waiting.child.kill('SIGTERM')
      expect((await waiting.ended).code).toBe(2)
    })
  })

  it('moves 1 GB up and down without holding it in memory', { timeout: 300_000 }, async () => {
    const gigabyte = 1024 ** 3
    const attempt = await makeAttempt(app, { outputs: ['model'] })
    await put('out/model/sparse.bin', '')
    await truncate(join(root, 'out/model/sparse.bin'), gigabyte)
    const started = performance.now()
    const sent = await sendAll(attempt, { COURIER_URL: app.url })
    const up = (performance.now() - started) / 1000
    expect(sent.code).toBe(0)
    const [output] = await outputsOf(app.db, attempt.id)
    expect(output?.files).toEqual([{ path: 'sparse.bin', sha256: zeros(1), bytes: gigabyte }])
    const next = await makeAttempt(app, { inputs: [{ name: 'model', files: output!.files }] })
    await rm(join(root, 'out'), { recursive: true })
    const between = performance.now()
    const fetched = await fetchAll(next, { COURIER_URL: app.url })
    const down = (performance.now() - between) / 1000
    expect(fetched.code).toBe(0)
    expect((await stat(join(root, 'in/model/sparse.bin'))).size).toBe(gigabyte)
    const peak = ({ lines }: { lines: Line[] }) =>
      Number(lines.at(-1)?.['peakMemoryBytes']) / 2 ** 20
    console.log(
      `# 1 GB: up ${up.toFixed(1)} s with ${peak(sent).toFixed(0)} MB, down ${down.toFixed(1)} s with ${peak(fetched).toFixed(0)} MB`,
    )
    expect(peak(sent)).toBeLessThan(64)
    expect(peak(fetched)).toBeLessThan(64)
    await store.delete(zeros(1))
  })

  it('moves many small files', { timeout: 300_000 }, async () => {
    const attempt = await makeAttempt(app, { outputs: ['images'] })
    const count = 2_500
    const all = Array.from({ length: count }, (_, at) => Buffer.from(`image ${at}`))
    await mkdir(join(root, 'out/images'), { recursive: true })
    for (const [at, bytes] of all.entries())
      await writeFile(join(root, `out/images/${at}.png`), bytes)
    const started = performance.now()
    expect((await sendAll(attempt)).code).toBe(0)
    const up = performance.now() - started
    const [output] = await outputsOf(app.db, attempt.id)
    expect(output?.files).toHaveLength(count)
    const next = await makeAttempt(app, { inputs: [{ name: 'images', files: output!.files }] })
    const between = performance.now()
    expect((await fetchAll(next)).code).toBe(0)
    console.log(
      `# ${count} files: up ${Math.round((count / up) * 1000)}/s, down ${Math.round((count / (performance.now() - between)) * 1000)}/s`,
    )
    expect(await readdir(join(root, 'in/images'))).toHaveLength(count)
    expect(await readFile(join(root, 'in/images/1234.png'))).toEqual(all[1234])
  })
})

const endpoint = process.env['TEST_S3_ENDPOINT']

describe.skipIf(binary === null || endpoint === undefined)(
  'EX the courier’s binary, with a bucket',
  () => {
    it.each([
      ['by signed addresses: the bytes pass the platform by', endpoint ?? null],
      ['by way of the platform, when steps cannot reach the bucket', null],
    ])('fetches and sends %s', { timeout: 120_000 }, async (_how, publicEndpoint) => {
      const bucket = `courier-${randomBytes(4).toString('hex')}`
      const region = 'us-east-1'
      const client = new S3Client({ region, endpoint: endpoint!, forcePathStyle: true })
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      client.destroy()
      const root = await mkdtemp(join(tmpdir(), 'courier-s3-'))
      const s3 = { bucket, prefix: 'files', endpoint: endpoint!, publicEndpoint, region }
      await using app = await startTestApp({ config: { s3 } })
      await using proxy = await startTcpProxy(app.url)
      await using store = createS3Store({ ...s3, cacheFolder: join(root, 'cache') })
      const bytes = randomBytes(6 * 1024 * 1024)
      const model = randomBytes(5 * 1024 * 1024)
      const stored = await store.put(Readable.from([bytes]))
      const attempt = await makeAttempt(app, {
        inputs: [{ name: 'data', files: [{ path: 'big', ...stored }] }],
        outputs: ['model'],
      })
      const env = {
        COURIER_URL: proxy.url,
        COURIER_ATTEMPT: attempt.id,
        COURIER_TOKEN: attempt.token,
        COURIER_ROOT: root,
        COURIER_PATIENCE: '10s',
      }
      const run = async (command: string, stop: boolean) => {
        const child = spawn(binary!, [command], { env })
        let text = ''
        child.stdout.on('data', (piece: Buffer) => {
          text += piece.toString()
          if (stop && text.includes('"ready"')) child.kill('SIGTERM')
        })
        const code = await new Promise((done) => child.once('close', done))
        expect(text).not.toContain('X-Amz-')
        expect([code, text]).toEqual([0, expect.stringContaining('"done"')])
      }
      await run('fetch', false)
      expect(sha(await readFile(join(root, 'in/data/big')))).toBe(stored.sha256)
      await mkdir(join(root, 'out/model'), { recursive: true })
      await writeFile(join(root, 'out/model/weights'), model)
      await writeFile(join(root, 'out/model/empty'), '')
      await run('send', true)
      const [output] = await outputsOf(app.db, attempt.id)
      expect(output?.files.map(({ sha256 }) => sha256)).toEqual([sha(Buffer.alloc(0)), sha(model)])
      expect(await store.stat(sha(model))).toEqual({ bytes: model.length })
      const moved = proxy.moved.up + proxy.moved.down
      if (publicEndpoint === null) expect(moved).toBeGreaterThan(11 * 1024 * 1024)
      else expect(moved).toBeLessThan(20_000)
      await rm(root, { recursive: true, force: true })
    })
  },
)

describe.skipIf(binary === null)('EX the courier’s own tests', () => {
  it('pass (go test)', { timeout: 300_000 }, () => {
    const { status, output } = testCourier()
    expect([status, output]).toEqual([0, expect.stringMatching(/^ok\s/m)])
  })
})
