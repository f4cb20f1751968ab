import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import {
  checkpointOf,
  forgetAttempt,
  forgetCheckpoint,
  outputsOf,
  planOf,
} from '#server/executor/courier-store.ts'
import { createDiskStore } from '#server/store/disk.ts'
import type { ArtifactStore } from '#server/store/artifact-store.ts'
import { startTestApp, type TestApp } from '#test/harness/app.ts'
import { databaseKinds } from '#test/harness/database.ts'
import { endAttempt, makeAttempt, type MadeAttempt } from './make-attempt.ts'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.each(databaseKinds)('EX the courier’s routes [%s]', (kind) => {
  let app: TestApp
  let store: ArtifactStore
  const bytes = randomBytes(200_000)
  const file = { path: 'deep/a.bin', sha256: sha(bytes), bytes: bytes.length }

  beforeAll(async () => {
    app = await startTestApp({ kind })
    store = createDiskStore({ root: app.folder })
    await store.put(bytes)
  })
  afterAll(() => app[Symbol.asyncDispose]())

  async function call(
    attempt: MadeAttempt,
    method: string,
    action: string,
    body?: object | Buffer | string,
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${app.url}/courier/${attempt.id}/${action}`, {
      method,
      headers: { authorization: `Bearer ${attempt.token}`, ...headers },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string'
                ? body
                : Buffer.isBuffer(body)
                  ? new Uint8Array(body)
                  : JSON.stringify(body),
          }),
    })
    const got = Buffer.from(await response.arrayBuffer())
    const json = () => JSON.parse(got.toString()) as Record<string, any>
    return { status: response.status, got, json, headers: response.headers }
  }
  const withInput = () =>
    makeAttempt(app, {
      inputs: [{ name: 'data', files: [file] }],
      params: { zeta: 1, alpha: { b: 0.5, a: [null, 'ü'] } },
      outputs: ['model', 'metrics'],
    })

  it('gives the plan with addresses, params in canonical form', async () => {
    const attempt = await withInput()
    const plan = await call(attempt, 'GET', 'plan')
    expect(plan.status).toBe(200)
    expect(plan.json()).toEqual({
      inputs: [
        {
          name: 'data',
          files: [{ ...file, url: `/courier/${attempt.id}/blobs/${file.sha256}` }],
        },
      ],
      params: { zeta: 1, alpha: { b: 0.5, a: [null, 'ü'] } },
      data: [],
      outputs: ['model', 'metrics'],
      checkpoint: [],
    })
    expect(plan.got.toString()).toContain('"params":{"alpha":{"a":[null,"ü"],"b":0.5},"zeta":1}')
  })

  it('lets nobody in but the token of an attempt that is open', async () => {
    const attempt = await withInput()
    const other = await withInput()
    const actions: [string, string, object | undefined][] = [
      ['GET', 'plan', undefined],
      ['GET', `blobs/${file.sha256}`, undefined],
      ['PUT', `blobs/${file.sha256}`, bytes],
      ['POST', 'offer', { files: [] }],
      ['POST', 'outputs', { name: 'model', files: [file] }],
      ['POST', 'checkpoint', { files: [file] }],
    ]
    for (const [method, action, body] of actions) {
      const foreign = await call({ ...attempt, token: other.token }, method, action, body)
      expect([action, foreign.status, foreign.json()['code']]).toEqual([action, 403, 'FORBIDDEN'])
      const none = await call(attempt, method, action, body, { authorization: '' })
      expect([action, none.status]).toEqual([action, 401])
    }
    for (const id of [newId(), 'x', `${attempt.id}'--`]) {
      const unknown = await call({ ...attempt, id: encodeURIComponent(id) }, 'GET', 'plan')
      expect(unknown.status).toBe(403)
    }
    await endAttempt(app.db, attempt.id)
    for (const [method, action, body] of actions) {
      const ended = await call(attempt, method, action, body)
      expect([action, ended.status, ended.json()['code']]).toEqual([action, 410, 'ILLEGAL_STATE'])
    }
    expect(await outputsOf(app.db, attempt.id)).toEqual([])
    expect(await checkpointOf(app.db, attempt.stepId)).toEqual([])
  })

  it('gives only bytes that the plan or the checkpoint names, in parts too', async () => {
    const attempt = await withInput()
    const foreign = await store.put(randomBytes(100))
    const whole = await call(attempt, 'GET', `blobs/${file.sha256}`)
    expect(whole.status).toBe(200)
    expect(whole.got).toEqual(bytes)
    const rest = await call(attempt, 'GET', `blobs/${file.sha256}`, undefined, {
      range: 'bytes=199990-',
    })
    expect([rest.status, rest.headers.get('content-range')]).toEqual([
      206,
      'bytes 199990-199999/200000',
    ])
    expect(rest.got).toEqual(bytes.subarray(199_990))
    const inner = await call(attempt, 'GET', `blobs/${file.sha256}`, undefined, {
      range: 'bytes=5-9',
    })
    expect(inner.got).toEqual(bytes.subarray(5, 10))
    for (const range of ['bytes=200000-', 'bytes=9-5']) {
      const outside = await call(attempt, 'GET', `blobs/${file.sha256}`, undefined, { range })
      expect([outside.status, outside.headers.get('content-range')]).toEqual([
        416,
        'bytes */200000',
      ])
    }
    expect((await call(attempt, 'GET', `blobs/${foreign.sha256}`)).status).toBe(404)
    for (const name of ['x', '..%2f..%2fsecret', file.sha256.toUpperCase()])
      expect((await call(attempt, 'GET', `blobs/${name}`)).status).toBe(404)
    await call(attempt, 'POST', 'checkpoint', { files: [{ path: 'c', ...foreign }] })
    expect((await call(attempt, 'GET', `blobs/${foreign.sha256}`)).status).toBe(200)
  })

  it('wants what the store lacks, takes it by its hash, and keeps nothing of other bytes', async () => {
    const attempt = await withInput()
    const fresh = randomBytes(70_000)
    const want = { sha256: sha(fresh), bytes: fresh.length }
    const offer = () =>
      call(attempt, 'POST', 'offer', { files: [want, { sha256: file.sha256, bytes: file.bytes }] })
    const url = `/courier/${attempt.id}/blobs/${want.sha256}`
    expect((await offer()).json()).toEqual({ wanted: [{ sha256: want.sha256, url, headers: {} }] })
    const wrong = Buffer.concat([fresh.subarray(1), Buffer.from('x')])
    const refused = await call(attempt, 'PUT', `blobs/${want.sha256}`, wrong)
    expect([refused.status, refused.json()['code']]).toEqual([409, 'CONFLICT'])
    expect(await store.has(sha(wrong))).toBe(false)
    expect((await offer()).json()['wanted']).toHaveLength(1)
    for (let time = 0; time < 2; time += 1)
      expect((await call(attempt, 'PUT', `blobs/${want.sha256}`, fresh)).status).toBe(200)
    expect((await offer()).json()).toEqual({ wanted: [] })
    const lie = { files: [{ ...want, bytes: 5 }] }
    expect((await call(attempt, 'POST', 'offer', lie)).status).toBe(409)
    const many = { files: Array.from({ length: 1001 }, () => want) }
    expect((await call(attempt, 'POST', 'offer', many)).status).toBe(400)
  })

  it('takes declared outputs whose files are there, however often they are posted', async () => {
    const attempt = await withInput()
    const post = (name: string, files: object[]) =>
      call(attempt, 'POST', 'outputs', { name, files })
    const lost = { path: 'lost.bin', sha256: sha(Buffer.from('lost')), bytes: 4 }
    const missing = await post('model', [file, lost])
    expect([missing.status, missing.json()['message']]).toEqual([
      409,
      'These files are not in the store yet: lost.bin.',
    ])
    const undeclared = await post('other', [file])
    expect([undeclared.status, undeclared.json()['message']]).toEqual([
      400,
      'The step declares no output "other": it declares model, metrics.',
    ])
    expect((await post('model', [{ ...file, bytes: 1 }])).status).toBe(409)
    expect((await post('model', [])).status).toBe(400)
    const paths = ['../a', 'a/../b', '/etc/passwd', '', '.', './a', 'a//b', 'a/', 'a\0b', '..']
    for (const path of paths) {
      const answer = await post('model', [{ ...file, path }])
      expect([path, answer.status]).toEqual([path, 400])
      const kept = await call(attempt, 'POST', 'checkpoint', { files: [{ ...file, path }] })
      expect([path, kept.status]).toEqual([path, 400])
    }
    expect((await post('model', [file, file])).json()['message']).toContain('named twice')
    const clash = await post('model', [file, { ...file, path: 'deep' }])
    expect(clash.json()['message']).toBe('"deep" cannot be a file and the folder of "deep/a.bin".')
    expect(await outputsOf(app.db, attempt.id)).toEqual([])

    // Code-unit order, as the local executor sorts: an artifact's hash depends on it.
    const unsorted = ['ﬀ', '😀', 'b', 'B'].map((path) => ({ ...file, path }))
    const sorted = ['B', 'b', '😀', 'ﬀ'].map((path) => ({ ...file, path }))
    for (let time = 0; time < 3; time += 1) expect((await post('model', unsorted)).status).toBe(200)
    await post('metrics', [file])
    expect(await outputsOf(app.db, attempt.id)).toEqual([
      { name: 'metrics', files: [file] },
      { name: 'model', files: sorted },
    ])
    await forgetAttempt(app.db, attempt.id)
    expect(await outputsOf(app.db, attempt.id)).toEqual([])
    expect(await planOf(app.db, attempt.id)).toBeNull()
    expect((await call(attempt, 'GET', 'plan')).status).toBe(404)
  })

  it('gives the data set that the plan names', async () => {
    const data = await store.put(randomBytes(50))
    const attempt = await makeAttempt(app, { data: [{ path: 'rows', ...data }] })
    expect((await call(attempt, 'GET', 'plan')).json()['data']).toEqual([
      { path: 'rows', ...data, url: `/courier/${attempt.id}/blobs/${data.sha256}` },
    ])
    expect((await call(attempt, 'GET', `blobs/${data.sha256}`)).status).toBe(200)
  })

  it('keeps the checkpoint for the next attempt of the step, and for no other', async () => {
    const first = await withInput()
    const files = [file, { ...file, path: 'b' }].toSorted((a, b) => (a.path < b.path ? -1 : 1))
    await call(first, 'POST', 'checkpoint', { files: [file] })
    for (let time = 0; time < 2; time += 1)
      expect((await call(first, 'POST', 'checkpoint', { files })).status).toBe(200)
    await endAttempt(app.db, first.id)
    const second = await makeAttempt(app, {}, first.stepId)
    const stranger = await makeAttempt(app)
    const kept = (await call(second, 'GET', 'plan')).json()['checkpoint'] as { path: string }[]
    expect(kept.map(({ path }) => path)).toEqual(files.map(({ path }) => path))
    expect((await call(second, 'GET', `blobs/${file.sha256}`)).got).toEqual(bytes)
    expect((await call(stranger, 'GET', 'plan')).json()['checkpoint']).toEqual([])
    expect((await call(stranger, 'GET', `blobs/${file.sha256}`)).status).toBe(404)
    const late = await call(first, 'POST', 'checkpoint', { files: [] })
    expect(late.status).toBe(410)
    expect(await checkpointOf(app.db, first.stepId)).toEqual(files)
    await forgetCheckpoint(app.db, first.stepId)
    expect(await checkpointOf(app.db, first.stepId)).toEqual([])
  })

  it('writes nothing once the attempt has ended, even when the call began before', async () => {
    const attempt = await withInput()
    const calls = Array.from({ length: 20 }, (_, at) =>
      call(attempt, 'POST', 'checkpoint', { files: [{ ...file, path: `c${at}` }] }),
    )
    await endAttempt(app.db, attempt.id)
    const kept = await checkpointOf(app.db, attempt.stepId)
    const statuses = new Set((await Promise.all(calls)).map(({ status }) => status))
    expect([...statuses].every((status) => status === 200 || status === 410)).toBe(true)
    expect(await checkpointOf(app.db, attempt.stepId)).toEqual(kept)
  })

  it('names the culprit in what it cannot read', async () => {
    const attempt = await withInput()
    const post = async (action: string, body: object | string) => {
      const { status, json } = await call(attempt, 'POST', action, body)
      return [status, json()['message']]
    }
    expect(await post('offer', '{')).toEqual([400, 'The body is not valid JSON.'])
    expect(await post('offer', { files: [{ sha256: 'x', bytes: 1 }] })).toEqual([
      400,
      'files.0.sha256: must be a sha256 in hexadecimal.',
    ])
    expect((await post('offer', { files: [{ ...file, path: undefined, bytes: -1 }] }))[0]).toBe(400)
    expect((await post('offer', []))[0]).toBe(400)
    for (const [method, action] of [
      ['DELETE', 'plan'],
      ['POST', 'plan'],
      ['GET', 'outputs'],
      ['GET', 'nothing'],
    ] as const) {
      const { status } = await call(attempt, method, action)
      expect([method, action, status >= 400 && status < 500]).toEqual([method, action, true])
    }
  })
})
