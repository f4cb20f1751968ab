import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse, subscribe } from 'graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Context } from '#schema/builder.ts'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Ports } from '#schema/ports.ts'
import { schema } from '#schema/index.ts'
import { openDataFolder, type DataFolder } from '#server/db/data-folder.ts'
import type { OpenDatabase } from '#server/db/pool.ts'
import type { Engine } from '#server/run/engine.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { fourSteps, makeFakeComponents } from './fake-components.ts'
import { makeEngine, makeProject, makeViewer, storeSpec } from './make-engine.ts'

const relay = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64')

interface EventsData {
  runEvents: {
    cursor: string
    ended: boolean
    events: { seq: number; kind: string; stepState: string | null }[]
  }
}

describeOnBoth('SC-05 runs through the graph', (open) => {
  let root: string
  let dataFolder: DataFolder
  let database: OpenDatabase
  let engine: Engine
  let viewer: Viewer
  let specId: string
  let working: Promise<void>
  const stop = new AbortController()

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'autodidact-graph-'))
    dataFolder = await openDataFolder(join(root, 'data'))
    database = await open()
    engine = makeEngine(database, dataFolder, await makeFakeComponents(root))
    viewer = await makeViewer(database.db)
    specId = await storeSpec(
      database.db,
      viewer,
      await makeProject(database.db, viewer),
      fourSteps(),
    )
    working = engine.start(stop.signal)
  })
  afterAll(async () => {
    stop.abort()
    await working
    await engine[Symbol.asyncDispose]()
    await dataFolder[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })

  const context = (): Context => ({
    ports: { requests: engine.requests, runs: engine.runs } as unknown as Ports,
    viewer,
  })

  async function ask<T>(text: string, variables: object = {}): Promise<T> {
    const result = await execute({
      schema,
      document: parse(text),
      variableValues: variables as Record<string, unknown>,
      contextValue: context(),
    })
    expect(result.errors).toBeUndefined()
    return result.data as T
  }

  async function* watch<T>(text: string, variables: object): AsyncGenerator<T> {
    const results = await subscribe({
      schema,
      document: parse(text),
      variableValues: variables as Record<string, unknown>,
      contextValue: context(),
    })
    if (!(Symbol.asyncIterator in results)) throw new Error(JSON.stringify(results.errors))
    for await (const result of results) {
      expect(result.errors).toBeUndefined()
      yield result.data as T
    }
  }

  it('submits, watches with a lost connection, reads the end, and refuses in words', async () => {
    const submit = `mutation ($input: RequestSubmitInput!) { requestSubmit(input: $input) {
      __typename ... on Request { id state priority run { id state cursor } } ... on Error { code message } } }`
    const input = { id: newId(), spec: relay('Spec', specId), priority: 'HIGH' }
    type Submitted = { requestSubmit: { __typename: string; code?: string; run?: { id: string } } }
    const first = await ask<Submitted>(submit, { input })
    expect(first.requestSubmit).toMatchObject({
      __typename: 'Request',
      state: 'APPROVED',
      priority: 'HIGH',
    })
    const runId = first.requestSubmit.run!.id
    const reused = await ask<Submitted>(submit, { input: { ...input, priority: 'LOW' } })
    expect(reused.requestSubmit).toMatchObject({ __typename: 'Refused', code: 'ID_REUSED' })
    const foreign = await ask<Submitted>(submit, { input: { ...input, id: newId(), spec: runId } })
    expect(foreign.requestSubmit).toMatchObject({ __typename: 'Refused', code: 'BAD_INPUT' })

    const events = `subscription ($run: ID!, $after: String) { runEvents(run: $run, after: $after) {
      cursor ended events { seq at kind step stepState runState progress message failure { code } } } }`
    const seqs: number[] = []
    let after: string | null = null
    for (let life = 0, ended = false; !ended; life += 1) {
      for await (const { runEvents } of watch<EventsData>(events, { run: runId, after })) {
        seqs.push(...runEvents.events.map((event) => event.seq))
        after = runEvents.cursor
        ended = runEvents.ended
        if (life < 3) break
      }
    }
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))

    type Read = {
      node: {
        state: string
        progress: number
        secondsLeft: number | null
        cursor: string
        steps: {
          edges: {
            node: {
              id: string
              name: string
              state: string
              dependsOn: string[]
              log: { text: string; ended: boolean }
              attempts: { edges: { node: { ordinal: number; state: string } }[] }
            }
          }[]
        }
      }
      runs: { edges: { node: { id: string } }[] }
    }
    const read = await ask<Read>(
      `query ($id: ID!) { node(id: $id) { ... on Run { state progress message secondsLeft cursor failure { code } metrics { key } params { name } files { path url }
        steps { edges { node { id name state progress dependsOn cacheNote log(from: 0, max: 4096) { text from to size ended attempt } attempts { edges { node { ordinal state exitCode } } } } } } } }
        runs(first: 5, state: SUCCEEDED) { edges { node { id } } } }`,
      { id: runId },
    )
    expect(read.node).toMatchObject({
      state: 'SUCCEEDED',
      progress: 1,
      secondsLeft: null,
      cursor: after,
    })
    expect(read.runs.edges[0]?.node.id).toBe(runId)
    const steps = read.node.steps.edges.map((edge) => edge.node)
    expect(steps.map((step) => step.name)).toEqual([
      'data-loader',
      'preprocessor',
      'trainer',
      'evaluator',
    ])
    expect(steps[3]?.dependsOn.toSorted()).toEqual(['preprocessor', 'trainer'])
    expect(steps[0]?.attempts.edges[0]?.node).toEqual({
      ordinal: 1,
      state: 'SUCCEEDED',
      exitCode: 0,
    })
    let log = ''
    const follow = 'subscription ($step: ID!) { stepLog(step: $step) { text ended } }'
    for await (const { stepLog } of watch<{ stepLog: { text: string } }>(follow, {
      step: steps[0]!.id,
    }))
      log += stepLog.text
    expect(log).toBe(steps[0]?.log.text)

    const cancel = await ask<{ runCancel: object }>(
      'mutation ($run: ID!) { runCancel(input: { run: $run }) { __typename ... on Error { code message } } }',
      { run: runId },
    )
    expect(cancel.runCancel).toMatchObject({ __typename: 'Refused', code: 'ILLEGAL_STATE' })
    const none = await ask<{ node: null }>('query ($id: ID!) { node(id: $id) { id } }', {
      id: relay('Run', newId()),
    })
    expect(none.node).toBeNull()
  })
})
