import { graphql } from 'graphql'
import type { Context } from '#schema/builder.ts'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import { schema } from '#schema/index.ts'
import type { Ports } from '#schema/ports.ts'
import { createAudit } from '#server/audit/audit.ts'
import { createCosts } from '#server/cost/costs.ts'
import type { Db, OpenDatabase } from '#server/db/pool.ts'
import type { Capacity, Executor } from '#server/executor/executor.ts'
import { createOutbox } from '#server/live/outbox.ts'
import { createPersons } from '#server/person/persons.ts'
import { createProjects } from '#server/project/projects.ts'
import { Holdings } from '#server/queue/holdings.ts'
import { createQueue } from '#server/queue/queue.ts'
import { createRequests } from '#server/request/requests.ts'
import { chooseSome, mayStart } from '#server/run/dequeue.ts'
import { moveRun, rowToRun } from '#server/run/run-store.ts'
import { createRuns } from '#server/run/runs.ts'
import { createSpecs } from '#server/spec/specs.ts'
import { fakeComponent, fakeSpec } from '#test/engine/fake-components.ts'
import { makeProject, storeSpec } from '#test/engine/make-engine.ts'

/** A machine of our choosing that nothing runs on: what is decided is looked at, not what runs. */
export class Machine {
  capacity: Capacity
  /** Stands for the code behind the images. */
  build = 1

  constructor(gpus: readonly { readonly name: string; readonly gigabytes: number }[]) {
    this.capacity = {
      cores: 64,
      memoryBytes: 1e12,
      devices: gpus.map(({ name, gigabytes }, index) => ({
        index,
        name,
        memoryBytes: gigabytes * 1024 ** 3,
      })),
    }
  }

  executor(): Executor {
    return {
      name: 'board',
      capacity: () => Promise.resolve(this.capacity),
      refuses: (component: Component) =>
        component.image.registry.startsWith('autodidact/')
          ? null
          : `The component "${component.name}" asks for an image that is not allowed.`,
      digest: (component: Component) =>
        Promise.resolve(`sha256:${component.name}-${component.image.tag}-${this.build}`),
    } as unknown as Executor
  }
}

/** Requests, queue and costs on a database, spoken to by GraphQL, with people of each role. */
export interface Board {
  readonly db: Db
  readonly machine: Machine
  readonly ports: Ports
  readonly administrator: Viewer
  readonly second: Viewer
  person(role?: Viewer['role']): Promise<Viewer>
  project(owner: Viewer): Promise<string>
  spec(owner: Viewer, project: string, spec: Spec): Promise<string>
  /** The data of an operation as this person; throws what GraphQL refuses. */
  ask(viewer: Viewer, query: string, variables?: object): Promise<any>
  /** What the scheduler does in a round: the raw id of the run that starts, or null. */
  start(): Promise<string | null>
  /** Ends a running run. */
  end(runId: string): Promise<void>
}

export async function makePerson(db: Db, role: Viewer['role'], name: string): Promise<Viewer> {
  const viewer: Viewer = { id: newId(), name, role }
  await db.insertInto('person').values(viewer).execute()
  return viewer
}

export async function makeBoard(database: OpenDatabase, machine: Machine): Promise<Board> {
  const { db } = database
  const holdings = new Holdings(db)
  const executor = machine.executor()
  const now = () => new Date()
  const audit = createAudit({ newId: () => newId(), now, secret: 'a secret for tests' })
  const deps = { database, executor, newId: () => newId(), now, audit, fileUrl: () => '' }
  const ports = {
    persons: createPersons({ db }),
    projects: createProjects({ db, newId: () => newId(), audit }),
    specs: createSpecs({
      db,
      now,
      newId: () => newId(),
      device: () => Promise.resolve({ gpus: 0, gpuMemoryGb: 0 }),
    }),
    runs: createRuns({ ...deps, outbox: createOutbox({ database }) }),
    requests: createRequests(deps),
    queue: createQueue(deps),
    costs: createCosts({ db, newId: () => newId(), audit }),
  } as unknown as Ports
  let count = 0
  return {
    db,
    machine,
    ports,
    administrator: await makePerson(db, 'administrator', 'Ada'),
    second: await makePerson(db, 'administrator', 'Grace'),
    person: (role = 'researcher') => makePerson(db, role, `Person ${(count += 1)}`),
    project: (owner) => makeProject(db, owner),
    spec: (owner, project, spec) => storeSpec(db, owner, project, spec),
    async ask(viewer, query, variables = {}) {
      const contextValue: Context = { ports, viewer }
      const { data, errors } = await graphql({
        schema,
        source: query,
        contextValue,
        variableValues: variables as Record<string, unknown>,
      })
      if (errors !== undefined) throw errors[0]!.originalError ?? errors[0]!
      return data
    },
    async start() {
      const [choice] = await chooseSome(db, machine.capacity, await holdings.read(), 1)
      if (choice === undefined) return null
      const { id } = choice.candidate
      holdings.giveRun(id, choice.slot)
      const started = await db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('run')
          .selectAll()
          .where('id', '=', choice.candidate.id)
          .executeTakeFirstOrThrow()
        if (!(await mayStart(trx, choice))) return null
        await moveRun(trx, rowToRun(row), 'RUNNING', { reservation: choice.slot })
        return row.id
      })
      if (started === null) holdings.failed(id)
      else holdings.committed(id)
      return started
    },
    async end(runId) {
      await db.transaction().execute(async (trx) => {
        await moveRun(trx, { id: runId, state: 'RUNNING' }, 'SUCCEEDED')
      })
      holdings.runEnds(runId)
    },
  }
}

export interface StepAsk {
  readonly gpus?: number
  readonly gpuType?: string
  readonly memory?: string
  readonly timeout?: number
  readonly name?: string
}

let salt = 0

/** A plan of one trainer that asks for so much. */
export function trainerSpec({ gpus, gpuType, memory, timeout, name }: StepAsk = {}): Spec {
  const bytes = memory === undefined ? undefined : { text: memory, bytes: Number.NaN }
  const step = fakeComponent(
    1,
    name ?? 'trainer',
    'trainer',
    { outputs: [{ name: 'model', type: 'model' }] },
    { salt: (salt += 1) },
    {
      resources: {
        ...(gpus === undefined ? {} : { gpuCount: gpus }),
        ...(gpuType === undefined ? {} : { gpuType }),
        ...(bytes === undefined ? {} : { memory: bytes }),
      },
      ...(timeout === undefined ? {} : { timeout: { written: timeout, seconds: timeout } }),
    },
  )
  return fakeSpec([step], [])
}

export const relay = (type: string, id: string): string =>
  Buffer.from(`${type}:${id}`).toString('base64')
export const raw = (id: string): string =>
  Buffer.from(id, 'base64').toString('latin1').split(':')[1]!

export const submitMutation = `mutation ($input: RequestSubmitInput!) { requestSubmit(input: $input) {
  __typename
  ... on Request { id state signature priority queue specHash marks { component what asked threshold }
    resources { gpuType gpuCount gpuMemoryBytes cpu memoryBytes maxSeconds } run { id state }
    images { component digest } decidedBy decisionComment }
  ... on Error { code message } ... on BadInput { problems { path message } } } }`
export const approveMutation = `mutation ($input: RequestApproveInput!) { requestApprove(input: $input) {
  __typename ... on Request { id state decidedBy decisionComment run { id state } } ... on Error { code message } } }`
export const rejectMutation = `mutation ($input: RequestRejectInput!) { requestReject(input: $input) {
  __typename ... on Request { id state decidedBy decisionComment } ... on Error { code message } } }`
