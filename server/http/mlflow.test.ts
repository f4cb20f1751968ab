import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import { filesOfRun, metricSeries } from '#server/tracking/tracking-store.ts'
import { createDiskStore } from '#server/store/disk.ts'
import type { ArtifactStore } from '#server/store/artifact-store.ts'
import type { OpenDatabase } from '#server/db/pool.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { makeRun } from '#test/engine/make-run.ts'
import { createMlflow } from './mlflow.ts'

interface Reply {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly type: string | null
}

describeOnBoth('TR-01 the run-scoped part of the MLflow wire', (open) => {
  const token = 'a-token'
  let database: OpenDatabase
  let folder: string
  let store: ArtifactStore
  let server: Server
  let base: string
  let runId: string

  beforeAll(async () => {
    database = await open()
    folder = await mkdtemp(join(tmpdir(), 'autodidact-mlflow-'))
    store = createDiskStore({ root: folder })
    const handle = createMlflow({ database, store })
    server = createServer((request, response) => {
      void handle(request, response).then((mine) => {
        if (!mine) response.writeHead(418).end()
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    runId = (await makeRun(database.db, { token })).id
  })
  afterAll(async () => {
    await new Promise((done) => server.close(done))
    await rm(folder, { recursive: true, force: true })
  })

  async function call(
    method: string,
    path: string,
    body?: string | Buffer | object,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined || Buffer.isBuffer(body)
          ? {}
          : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    }
  }
  const post = (name: string, body: string | object, headers = {}) =>
    call('POST', `/api/2.0/mlflow/runs/${name}`, body, headers)
  const get = async () => {
    const { body } = await call('GET', `/api/2.0/mlflow/runs/get?run_id=${runId}&run_uuid=${runId}`)
    return body['run'] as { info: Record<string, unknown>; data: Record<string, unknown> }
  }
  const events = () =>
    database.db
      .selectFrom('run_event')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('seq')
      .execute()

  it('stores each point once, however often and in whatever order a batch is sent', async () => {
    const metrics = Array.from({ length: 30 }, (_, step) => ({
      key: 'loss',
      value: 1 / (step + 1),
      timestamp: 1_700_000_000_000 + step,
      step,
    }))
    const batch = {
      run_id: runId,
      metrics,
      params: [{ key: 'rank', value: '8' }],
      tags: [{ key: 'phase', value: 'train' }],
    }
    const replies = await Promise.all([
      post('log-batch', batch),
      post('log-batch', batch),
      post('log-batch', batch),
    ])
    expect(replies.map(({ status, body }) => [status, body])).toEqual(Array(3).fill([200, {}]))
    const [series] = await metricSeries(database.db, runId, ['loss'], 1000)
    expect(series?.points.length).toBe(30)
    expect((await events()).filter((event) => event.kind === 'METRICS').length).toBe(1)
    const thinned = await metricSeries(database.db, runId, null, 5)
    expect(thinned[0]!.points.length).toBeLessThanOrEqual(5)
    expect(thinned[0]!.points.at(-1)?.step).toBe(29)
    const run = await get()
    expect(run.info).toMatchObject({
      run_id: runId,
      run_uuid: runId,
      status: 'RUNNING',
      artifact_uri: `mlflow-artifacts:/runs/${runId}/artifacts`,
      lifecycle_stage: 'active',
    })
    expect(run.data['metrics']).toEqual([
      { key: 'loss', value: 1 / 30, timestamp: 1_700_000_000_029, step: 29 },
    ])
    expect(run.data['params']).toEqual([{ key: 'rank', value: '8' }])
    expect(run.data['tags']).toEqual([{ key: 'phase', value: 'train' }])
  })

  it('takes NaN and the infinities as text and as Python writes them bare', async () => {
    const at = 1_700_000_000_000
    for (const [key, value] of [
      ['a', '"NaN"'],
      ['b', 'NaN'],
      ['c', '"Infinity"'],
      ['d', '-Infinity'],
      ['e', '"2.5"'],
    ]) {
      const body = `{"run_id": "${runId}", "key": "odd.${key}", "value": ${value}, "timestamp": "${at}", "step": "7", "note": "NaN, \\"NaN"}`
      expect(await post('log-metric', body)).toMatchObject({ status: 200, body: {} })
    }
    const { data } = await get()
    const odd = (data['metrics'] as { key: string; value: unknown }[]).filter(({ key }) =>
      key.startsWith('odd.'),
    )
    expect(odd.map(({ value }) => value)).toEqual([
      'NaN',
      'NaN',
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      2.5,
    ])
  })

  it("keeps a param as it was first logged, and says so in MLflow's words", async () => {
    const param = { run_id: runId, run_uuid: runId, key: 'lr', value: '0.1' }
    expect((await post('log-parameter', param)).status).toBe(200)
    expect((await post('log-parameter', param)).status).toBe(200)
    expect(await post('log-parameter', { ...param, value: '0.2' })).toMatchObject({
      status: 400,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: `Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' for run ID='${runId}'. Attempted logging new value '0.2'.`,
      },
    })
    const before = (await get()).data['tags']
    const mixed = {
      run_id: runId,
      params: [{ key: 'lr', value: '0.3' }],
      tags: [{ key: 'never', value: 'x' }],
    }
    expect((await post('log-batch', mixed)).status).toBe(400)
    expect((await get()).data['tags']).toEqual(before)
  })

  it('takes no status: the engine ends runs', async () => {
    const reply = await post('update', { run_id: runId, status: 'FINISHED', end_time: 1 })
    expect(reply).toMatchObject({ status: 200, body: { run_info: { status: 'RUNNING' } } })
    expect(
      (await post('set-tag', { run_id: runId, key: 'note', value: 'x'.repeat(9000) })).status,
    ).toBe(200)
    const tags = (await get()).data['tags'] as { key: string; value: string }[]
    expect(tags.find((tag) => tag.key === 'note')?.value.length).toBe(8000)
  })

  it('stores artifacts under the names that they were given, and tells of each once', async () => {
    const picture = Buffer.from('a picture')
    const put = (name: string) =>
      call('PUT', `/api/2.0/mlflow-artifacts/artifacts/runs/${runId}/artifacts/${name}`, picture)
    for (const name of [
      'samples/step-000100-0.png',
      'samples/step-000100-0.png',
      'a+b%25c.txt',
      'grid.png',
    ]) {
      expect(await put(name)).toEqual({ status: 200, type: null, body: {} })
    }
    const files = await filesOfRun(database.db, runId)
    expect(files.map(({ path, kind, step, bytes }) => [path, kind, step, bytes])).toEqual([
      ['a+b%c.txt', 'file', null, 9],
      ['grid.png', 'grid', null, 9],
      ['samples/step-000100-0.png', 'sample', 100, 9],
    ])
    expect(await store.has(files[0]!.sha256)).toBe(true)
    expect((await events()).filter((event) => event.kind === 'FILE').length).toBe(3)
    for (const bad of ['..%2f..%2fx', 'a/..%2fb', 'a%00b', '%zz', 'a//b', 'a%5cb']) {
      expect(await put(bad)).toMatchObject({ status: 400, body: { message: 'Invalid path' } })
    }
  })

  it('refuses every token but that of this run while it runs', async () => {
    const other = await makeRun(database.db, { token: 'another' })
    const ended = await makeRun(database.db, { state: 'SUCCEEDED' })
    const batch = { metrics: [{ key: 'x', value: 1, timestamp: 1 }] }
    const status = async (id: string, headers: Record<string, string>) =>
      (await post('log-batch', { ...batch, run_id: id }, headers)).status
    expect(await status(other.id, {})).toBe(403)
    expect(await status(ended.id, {})).toBe(403)
    expect(await status(newId(), {})).toBe(403)
    expect(await status("' or 1=1", {})).toBe(403)
    expect(await status(runId, { authorization: 'Bearer wrong' })).toBe(403)
    expect(await status(runId, { authorization: 'Basic eDp5' })).toBe(401)
    const path = `/api/2.0/mlflow-artifacts/artifacts/runs/${other.id}/artifacts/x`
    expect((await call('PUT', path, Buffer.from('x'))).status).toBe(403)
    expect(await metricSeries(database.db, other.id, null, 10)).toEqual([])
  })

  it("answers bad requests in MLflow's codes and words", async () => {
    const point = { run_id: runId, key: 'k', value: 1, timestamp: 1, step: 1 }
    const cases: [string, string | object, RegExp, number?][] = [
      ['log-batch', {}, /Missing value for required parameter 'run_id'/],
      ['log-metric', { ...point, key: undefined }, /Missing value for required parameter 'key'/],
      [
        'log-batch',
        { run_id: runId, metrics: [{ value: 1, timestamp: 1 }] },
        /'metrics\[0\]\.key'/,
      ],
      [
        'log-metric',
        { ...point, value: 'abc' },
        /Invalid value "abc" for parameter 'value'.*type 'str'/,
      ],
      ['log-metric', { ...point, timestamp: 1.5 }, /'timestamp'/],
      ['log-metric', { ...point, timestamp: 9e15 }, /'timestamp'/],
      ['log-metric', { ...point, step: '1e3' }, /'step'/],
      ['log-metric', { ...point, key: 'a/../b' }, /would resolve to 'b'/],
      ['log-metric', { ...point, key: 'a;b' }, /Names may only contain/],
      ['log-metric', { ...point, key: 'k'.repeat(251) }, /maximum length of 250/],
      ['log-parameter', { run_id: runId, key: 'p', value: 5 }, /'value'/],
      [
        'log-batch',
        { run_id: runId, metrics: Array(1001).fill(point) },
        /at most 1000 metrics\. Got 1001/,
      ],
      [
        'log-batch',
        { run_id: runId, params: Array(101).fill({ key: 'p', value: '' }) },
        /at most 100 params/,
      ],
      [
        'log-batch',
        { run_id: runId, params: Array(2).fill({ key: 'p', value: '' }) },
        /Duplicate parameter keys have been submitted: \['p'\]/,
      ],
      ['log-batch', '[1]', /must be a JSON object/],
      ['log-batch', '{"run_id": ', /not valid JSON/],
      ['log-batch', { run_id: runId, metrics: 'all' }, /'metrics'/],
      ['log-batch', { run_id: runId, metrics: [1] }, /'metrics'/],
      ['nothing', {}, /not served here/, 404],
    ]
    for (const [name, body, message, status = 400] of cases) {
      const reply = await post(name, body)
      expect(reply, `${name} ${JSON.stringify(body).slice(0, 80)}`).toMatchObject({ status })
      expect(reply.body['message']).toMatch(message)
    }
    expect(
      (await post('log-batch', '{}', { 'content-type': 'text/plain' })).body['message'],
    ).toMatch(/Content-Type must be one of/)
    expect((await call('GET', '/api/2.0/mlflow/runs/log-batch')).status).toBe(405)
    expect((await fetch(`${base}/elsewhere`)).status).toBe(418)
    const big = await post('log-batch', `{"run_id": "${'x'.repeat(9 * 1024 * 1024)}"}`).catch(
      () => ({ status: 413 }),
    )
    expect(big.status).toBe(413)
    expect((await post('set-tag', { run_id: runId, key: 'alive', value: 'yes' })).status).toBe(200)
  })

  it('names no file for an upload that was cut off', async () => {
    const path = `/api/2.0/mlflow-artifacts/artifacts/runs/${runId}/artifacts/cut.bin`
    const request = httpRequest(base + path, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-length': '1000' },
    })
    request.on('error', () => undefined)
    request.write('only this')
    await new Promise((done) => setTimeout(done, 100))
    request.destroy()
    await new Promise((done) => setTimeout(done, 100))
    expect((await filesOfRun(database.db, runId)).some((file) => file.path === 'cut.bin')).toBe(
      false,
    )
  })
})
