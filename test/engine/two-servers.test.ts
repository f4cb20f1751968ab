import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printSpec } from '#schema/domain/spec.ts'
import { createApp, type App } from '#server/app.ts'
import { readConfig } from '#server/env.ts'
import { postTo } from '#test/harness/app.ts'
import { makeTestDatabase, testDatabaseUrl, type TestDatabase } from '#test/harness/database.ts'
import { describeEnvironment, trainingEnvironment } from '#test/harness/training-environment.ts'
import { fakeComponent, fakeSpec, makeFakeComponents } from './fake-components.ts'

const ready = testDatabaseUrl !== null && existsSync(join(trainingEnvironment, 'ready.json'))

const submit = `mutation ($input: RequestSubmitInput!) { requestSubmit(input: $input) { ... on Request { id state signature run { id } } ... on Error { code message } } }`
const approve = `mutation ($input: RequestApproveInput!) { requestApprove(input: $input) { ... on Request { state } ... on Error { code message } } }`
const store = `mutation ($project: ID!, $text: String!) { specStore(input: { project: $project, text: $text }) { ... on Spec { id } ... on Error { message } } }`
const stateOf = `query ($id: ID!) { node(id: $id) { ... on Run { state } } }`

describe.skipIf(!ready)('P1 P2 P3 two servers on one database', () => {
  let root: string
  let made: TestDatabase
  let components: string
  const apps: App[] = []
  let project: string
  let salt = 0

  async function start(name: string): Promise<App> {
    const { config } = made
    if (config.kind !== 'postgres') throw new Error('this needs Postgres')
    const folder = join(root, name)
    await mkdir(folder, { recursive: true })
    const app = await createApp(
      {
        ...readConfig({ ...process.env, AUTODIDACT_DATA: folder, PORT: '0', HOST: '127.0.0.1' }),
        databaseUrl: config.url,
        sample: false,
        token: null,
        componentsFolder: components,
        environmentsFolder: dirname(trainingEnvironment),
        python: null,
      },
      {
        log: (message, facts) =>
          process.env['TEST_LOG'] === undefined ? undefined : console.error(name, message, facts),
      },
    )
    apps.push(app)
    return app
  }
  const ask = async (app: App, query: string, variables: object = {}): Promise<any> => {
    const { data, errors } = await postTo(app.url, query, variables)
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }
  async function plan(app: App, seconds: number, gpus = 0): Promise<string> {
    const step = fakeComponent(
      1,
      'trainer',
      'trainer',
      { outputs: [] },
      { seconds, ticks: 4, salt: (salt += 1), ledger: join(root, 'ledger') },
      {
        resources: gpus > 0 ? { gpuCount: gpus } : { cpu: { written: 0.1, cores: 0.1 } },
        timeout: { written: '1h', seconds: 3600 },
        retries: 0,
      },
    )
    const text = printSpec({ ...fakeSpec([step], []), name: `plan ${salt}` })
    const { specStore } = await ask(app, store, { project, text })
    if (specStore.id === undefined) throw new Error(JSON.stringify(specStore))
    return specStore.id
  }
  const ended = async (app: App, run: string, within: number): Promise<string> => {
    let state = ''
    await expect
      .poll(
        async () => {
          state = (await ask(app, stateOf, { id: run })).node.state
          return /SUCCEEDED|FAILED|CANCELLED/.test(state)
        },
        { timeout: within, interval: 250 },
      )
      .toBe(true)
    return state
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'autodidact-two-'))
    made = await makeTestDatabase('postgres')
    components = await makeFakeComponents(root)
    await describeEnvironment(components)
    const first = await start('one')
    await start('two')
    const { projectCreate } = await ask(
      first,
      `mutation { projectCreate(input: { name: "Shared" }) { ... on Project { id } } }`,
    )
    project = projectCreate.id
  })
  afterAll(async () => {
    for (const app of apps) await app[Symbol.asyncDispose]()
    await made?.[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })

  it('show the same person, queue and runs', async () => {
    const [one, two] = apps as [App, App]
    expect((await ask(one, '{ viewer { id } }')).viewer).toEqual(
      (await ask(two, '{ viewer { id } }')).viewer,
    )
    const spec = await plan(two, 0.1)
    expect(
      (await ask(one, `query ($id: ID!) { node(id: $id) { id } }`, { id: spec })).node.id,
    ).toBe(spec)
  })

  it('two approvers at once, each at a server of their own: one approval, one run', async () => {
    const [one, two] = apps as [App, App]
    const spec = await plan(one, 0.1, 8)
    const { requestSubmit: request } = await ask(one, submit, { input: { spec } })
    expect(request.state).toBe('AWAITING_APPROVAL')
    const input = { request: request.id, signature: request.signature, comment: '' }
    const answers = await Promise.all(
      [one, two, one, two].map(async (app) => (await ask(app, approve, { input })).requestApprove),
    )
    // All four come from the same person: asked again, it is done.
    expect(answers.map((it) => it.state)).toEqual(Array.from({ length: 4 }, () => 'APPROVED'))
    const { runs } = await ask(two, `{ runs { edges { node { spec { name } } } } }`)
    expect(runs.edges.filter((it: any) => it.node.spec.name === `plan ${salt}`)).toHaveLength(1)
  })

  it('P9 a budget holds over both', async () => {
    const [one, two] = apps as [App, App]
    await ask(
      one,
      `mutation { priceSet(input: { deviceType: "cpu", currency: "USD", perHour: 10 }) { __typename } }`,
    )
    const set = `mutation ($input: BudgetSetInput!) { budgetSet(input: $input) { __typename } }`
    await ask(two, set, { input: { project, currency: 'USD', amount: 5 } })
    // Each is bound to cost 1: a tenth of a core for at most an hour. They run until they are cancelled.
    const specs: string[] = []
    for (let at = 0; at < 12; at += 1) specs.push(await plan(one, 600))
    const answers = await Promise.all(
      specs.map(
        async (spec, at) =>
          (await ask(at % 2 === 0 ? one : two, submit, { input: { spec } })).requestSubmit,
      ),
    )
    const taken = answers.filter((it) => it.state === 'APPROVED')
    expect(taken).toHaveLength(5)
    expect(answers.filter((it) => it.code === 'BUDGET_EXCEEDED')).toHaveLength(7)
    await ask(two, set, { input: { project, currency: 'USD' } })
    const cancel = `mutation ($run: ID!) { runCancel(input: { run: $run }) { __typename ... on Error { message } } }`
    for (const [at, { run }] of taken.entries())
      await ask(at % 2 === 0 ? two : one, cancel, { run: run.id })
    for (const { run } of taken) expect(await ended(one, run.id, 30_000)).toBe('CANCELLED')
  })

  it('what happens at one is heard at the other, and every step runs once', async () => {
    const [one, two] = apps as [App, App]
    const heard: string[] = []
    const client = createClient({
      url: `${two.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const spec = await plan(one, 0.4)
    const { requestSubmit } = await ask(one, submit, { input: { spec } })
    const over = new Promise<void>((done, fail) => {
      client.subscribe<any>(
        {
          query: `subscription ($run: ID!) { runEvents(run: $run) { events { kind runState } } }`,
          variables: { run: requestSubmit.run.id },
        },
        {
          next: ({ data, errors }) => {
            if (errors !== undefined) return fail(new Error(JSON.stringify(errors)))
            for (const { kind, runState } of data.runEvents.events)
              heard.push(`${kind} ${runState}`)
          },
          error: fail,
          complete: done,
        },
      )
    })
    expect(await ended(two, requestSubmit.run.id, 60_000)).toBe('SUCCEEDED')
    await over
    await client.dispose()
    expect(heard.some((it) => it.includes('SUCCEEDED'))).toBe(true)
  })

  it('when one goes, the other takes what waits within 30 s', async () => {
    const [one, two] = apps as [App, App]
    const runs: string[] = []
    for (let at = 0; at < 4; at += 1) {
      const spec = await plan(at % 2 === 0 ? one : two, 0.3)
      runs.push((await ask(two, submit, { input: { spec } })).requestSubmit.run.id)
    }
    const gone = performance.now()
    await one[Symbol.asyncDispose]()
    apps.shift()
    for (const run of runs) expect(await ended(two, run, 60_000)).toBe('SUCCEEDED')
    const seconds = (performance.now() - gone) / 1000
    expect(seconds).toBeLessThan(45)
    const ledger = (await readFile(join(root, 'ledger'), 'utf8')).trim().split('\n')
    // Nothing ran twice: an attempt's line stands once.
    expect(new Set(ledger).size).toBe(ledger.length)
    expect(ledger.length).toBeGreaterThanOrEqual(5)
  })
})
