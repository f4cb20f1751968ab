import { randomUUID } from 'node:crypto'
import {
  execute,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  subscribe,
  validate,
  type ExecutionResult,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { schema } from '#schema/index.ts'
import { noisePicture, startTestApp, type TestApp } from '#test/harness/app.ts'

// Nobody but its owner may meet this word, in any answer and any error.
const secret = 'Zanzibar'
const owner: Viewer = { id: randomUUID(), name: 'Owner', role: 'researcher' }
const stranger: Viewer = { id: randomUUID(), name: 'Stranger', role: 'researcher' }
const onlooker: Viewer = { id: randomUUID(), name: 'Onlooker', role: 'viewer' }

const queries = schema.getQueryType()!.getFields()
const mutations = schema.getMutationType()!.getFields()
const subscriptions = schema.getSubscriptionType()!.getFields()
// What makes something of one's own, or speaks of the whole installation to everybody.
const ownThings = new Set(['projectCreate'])
// What an administrator or approver alone may do: refused before anything is looked up.
const officers = new Set([
  'approvalThresholdsSet',
  'budgetSet',
  'llmRetry',
  'llmSettingsSet',
  'llmTest',
  'priceSet',
  'queueMove',
  'queuePrioritise',
  'queueSet',
  'quotaSet',
  'requestApprove',
  'requestReject',
])
// Machines belong to no project: whoever is signed in sees the Cluster page.
const machines = new Set(['gpuReadings', 'nodeReadings'])
const everybodys = new Set(['platform', 'viewer', 'goalRead', 'specCheck'])

describe('P8 another person’s project', () => {
  let open: TestApp
  /** The owner's things by the name that inputs and arguments have for them. */
  const ids: Record<string, string> = {}

  async function as(
    viewer: Viewer | null,
    source: string,
    variables: Record<string, unknown> = {},
  ): Promise<ExecutionResult> {
    const document = parse(source)
    expect(validate(schema, document)).toEqual([])
    const context = { ports: open.app.ports, viewer }
    return execute({ schema, document, variableValues: variables, contextValue: context })
  }
  async function ask(source: string, variables: Record<string, unknown> = {}): Promise<any> {
    const { data, errors } = await as(owner, source, variables)
    expect(errors).toBeUndefined()
    return data
  }

  function valueFor(field: GraphQLInputField | GraphQLArgument): unknown {
    const known = ids[field.name === 'images' ? 'image' : field.name]
    const make = (type: GraphQLInputType): unknown => {
      if (isNonNullType(type)) return make(type.ofType)
      if (isListType(type)) return [make(type.ofType)]
      if (isEnumType(type)) return type.getValues()[0]!.name
      if (isInputObjectType(type))
        return Object.fromEntries(
          Object.values(type.getFields())
            .filter((inner) => isNonNullType(inner.type) || ids[inner.name] !== undefined)
            .map((inner) => [inner.name, valueFor(inner)]),
        )
      switch (type.name) {
        case 'ID':
          if (known === undefined)
            throw new Error(`this test has no ${field.name} of the owner's: make one`)
          return known
        case 'Int':
        case 'Float':
          return 1
        case 'Boolean':
          return true
        case 'JSON':
          return field.name === 'operations'
            ? [{ kind: 'slot', path: 'settings.rank', value: 8 }]
            : {}
        default:
          return 'x'
      }
    }
    return make(field.type)
  }

  beforeAll(async () => {
    open = await startTestApp()
    for (const { id, name, role } of [owner, stranger, onlooker])
      await open.db.insertInto('person').values({ id, name, role }).execute()
    const { goalSubmit } = await ask(
      `mutation { goalSubmit(input: { text: "train a LoRA of my cat ${secret}" }) { ... on Goal { id project { id pool { id } } } } }`,
    )
    ids['goal'] = goalSubmit.id
    ids['project'] = goalSubmit.project.id
    ids['pool'] = goalSubmit.project.pool.id
    const { uploadBegin } = await ask(
      `mutation ($pool: ID!) { uploadBegin(input: { pool: $pool }) { ... on UploadTicket { url } } }`,
      { pool: ids['pool'] },
    )
    const form = new FormData()
    for (let seed = 1; seed <= 6; seed += 1)
      form.append(
        'files',
        new Blob([new Uint8Array(await noisePicture(seed))]),
        `${secret}-${seed}.png`,
      )
    const sent = await fetch(`${open.url}${uploadBegin.url}`, { method: 'POST', body: form })
    expect(sent.status).toBe(200)
    const pool = `query ($id: ID!) { node(id: $id) { ... on Pool { embedding { state } images { edges { node { id } } } } } }`
    await vi.waitFor(
      async () => expect((await ask(pool, { id: ids['pool'] })).node.embedding.state).toBe('DONE'),
      { timeout: 30_000, interval: 200 },
    )
    ids['image'] = (await ask(pool, { id: ids['pool'] })).node.images.edges[0].node.id
    const { curationStart } = await ask(
      `mutation ($pool: ID!) { curationStart(input: { pool: $pool, size: 4 }) { ... on Curation { id round { id candidates { edges { node { id } } } } } } }`,
      { pool: ids['pool'] },
    )
    ids['curation'] = curationStart.id
    ids['round'] = curationStart.round.id
    const candidates = curationStart.round.candidates.edges as { node: { id: string } }[]
    ids['candidate'] = candidates[0]!.node.id
    for (const { node } of candidates)
      await ask(
        `mutation ($candidate: ID!) { verdictRecord(input: { candidate: $candidate, value: ACCEPT, milliseconds: 5 }) { ... on Candidate { id } } }`,
        { candidate: node.id },
      )
    const { curationFinish } = await ask(
      `mutation ($curation: ID!) { curationFinish(input: { curation: $curation }) { ... on DatasetVersion { id } ... on Error { code message } } }`,
      { curation: ids['curation'] },
    )
    ids['datasetVersion'] = curationFinish.id
    const { specSynthesise } = await ask(
      `mutation ($goal: ID!, $datasetVersion: ID!) { specSynthesise(input: { goal: $goal, datasetVersion: $datasetVersion }) { ... on Spec { id } ... on Error { code message } } }`,
      { goal: ids['goal'], datasetVersion: ids['datasetVersion'] },
    )
    ids['spec'] = specSynthesise.id
    const { requestSubmit } = await ask(
      `mutation ($spec: ID!) { requestSubmit(input: { spec: $spec }) { ... on Request { id run { id steps(first: 1) { edges { node { id } } } } } ... on Error { code message } } }`,
      { spec: ids['spec'] },
    )
    ids['request'] = requestSubmit.id
    ids['run'] = requestSubmit.run.id
    ids['step'] = requestSubmit.run.steps.edges[0].node.id
    // A finished run takes the training environment; its model is written by hand.
    const raw = (global: string) => Buffer.from(global, 'base64').toString().split(':')[1] as Id
    const model = randomUUID() as Id
    const version = randomUUID() as Id
    await open.db
      .insertInto('model')
      .values({ id: model, project_id: raw(ids['project']!), name: `${secret} model` })
      .execute()
    await open.db
      .insertInto('model_version')
      .values({
        id: version,
        model_id: model,
        run_id: raw(ids['run']!),
        version: 1,
        bytes: 1,
        body: JSON.stringify({ files: [], metrics: [], samples: [] }),
      })
      .execute()
    ids['model'] = Buffer.from(`Model:${model}`).toString('base64')
    ids['modelVersion'] = Buffer.from(`ModelVersion:${version}`).toString('base64')
  }, 120_000)
  afterAll(() => open[Symbol.asyncDispose]())

  it('is there for its owner', async () => {
    for (const [name, id] of Object.entries(ids)) {
      const { node } = await ask(`query ($id: ID!) { node(id: $id) { id } }`, { id })
      expect([name, node?.id]).toEqual([name, id])
    }
    const lists = await ask(
      `{ projects { edges { node { id } } } runs { edges { node { id } } } models { edges { node { id } } } }`,
    )
    for (const [name, list] of Object.entries<any>(lists))
      expect([name, list.edges.length]).toEqual([name, 1])
  })

  it('is not there by its ids', async () => {
    for (const [name, id] of Object.entries(ids)) {
      for (const viewer of [stranger, onlooker]) {
        const answer = await as(viewer, `query ($id: ID!) { node(id: $id) { id } }`, { id })
        expect([name, answer.data?.['node'] ?? null]).toEqual([name, null])
        expect(JSON.stringify(answer)).not.toContain(secret)
      }
      const nobody = await as(null, `query ($id: ID!) { node(id: $id) { id } }`, { id })
      expect([name, nobody.data?.['node'] ?? null]).toEqual([name, null])
    }
  })

  const roots = Object.values(queries).filter(
    ({ name }) => !['node', 'nodes'].includes(name) && !everybodys.has(name),
  )
  it.each(roots.map((field) => field.name))('is not in the query %s', async (name) => {
    const field = queries[name]!
    const asked = field.args.filter(
      (argument) => isNonNullType(argument.type) || ids[argument.name] !== undefined,
    )
    const declare = asked.map((argument) => `$${argument.name}: ${String(argument.type)}`)
    const pass = asked.map((argument) => `${argument.name}: $${argument.name}`)
    const type = getNamedType(field.type)
    const selection = 'getFields' in type ? fieldsOf(type.name, 4) : ''
    const source = `query ${declare.length === 0 ? '' : `(${declare.join(', ')})`} { ${name}${pass.length === 0 ? '' : `(${pass.join(', ')})`} ${selection} }`
    const variables = Object.fromEntries(
      asked.map((argument) => [argument.name, valueFor(argument)]),
    )
    for (const viewer of [stranger, onlooker]) {
      const answer = JSON.stringify(await as(viewer, source, variables))
      expect(answer).not.toContain(secret)
      for (const id of Object.values(ids)) expect(answer).not.toContain(`"${id}"`)
    }
    const nobody = await as(null, source, variables)
    expect(nobody.errors?.[0]?.originalError).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  const walked = Object.values(mutations).filter(({ name }) => !ownThings.has(name))
  it.each(walked.map((field) => field.name))('cannot be changed by %s', async (name) => {
    const argument = mutations[name]!.args[0]!
    const input = valueFor(argument)
    const source = `mutation ($input: ${String(argument.type)}) { ${name}(input: $input) { __typename ... on Error { code message } } }`
    const codeFor = async (viewer: Viewer | null): Promise<string> => {
      const { data, errors } = await as(viewer, source, { input })
      expect(JSON.stringify([data, errors])).not.toContain(secret)
      const answer = data?.[name] as { code?: string } | undefined
      const thrown = errors?.[0]?.originalError as { code?: string } | undefined
      return answer?.code ?? thrown?.code ?? 'DONE'
    }
    expect(await codeFor(stranger)).toBe(officers.has(name) ? 'FORBIDDEN' : 'NOT_FOUND')
    expect(await codeFor(onlooker)).toBe('FORBIDDEN')
    expect(await codeFor(null)).toBe('UNAUTHENTICATED')
  })

  const watched = Object.values(subscriptions).filter(
    (field) =>
      !machines.has(field.name) && field.args.some((argument) => isNonNullType(argument.type)),
  )
  it.each(watched.map((field) => field.name))('cannot be watched by %s', async (name) => {
    const field = subscriptions[name]!
    // what may be left away is not, where it names a thing
    const asked = field.args.filter(
      (argument) => isNonNullType(argument.type) || String(argument.type) === 'ID',
    )
    const declare = asked.map((argument) => `$${argument.name}: ${String(argument.type)}`)
    const pass = asked.map((argument) => `${argument.name}: $${argument.name}`)
    const document = parse(
      `subscription (${declare.join(', ')}) { ${name}(${pass.join(', ')}) { __typename } }`,
    )
    for (const viewer of [stranger, onlooker]) {
      const stream = await subscribe({
        schema,
        document,
        variableValues: Object.fromEntries(
          asked.map((argument) => [argument.name, valueFor(argument)]),
        ),
        contextValue: { ports: open.app.ports, viewer },
      })
      // Refused at once, or at the first step of the stream: never an event.
      let first: ExecutionResult | null = null
      if (Symbol.asyncIterator in stream) {
        const step = stream.next()
        first = await step.then(
          ({ value }) => value ?? { errors: [] },
          (error: Error & { code?: string }) =>
            ({ errors: [{ originalError: error }] }) as unknown as ExecutionResult,
        )
        await stream.return(undefined)
      } else first = stream
      expect(first.data?.[name] ?? null).toBeNull()
      expect((first.errors?.[0]?.originalError as { code?: string }).code).toMatch(
        /NOT_FOUND|FORBIDDEN/,
      )
      expect(JSON.stringify(first)).not.toContain(secret)
    }
  })
})

/** All that can be read of a type without arguments, some levels deep. */
function fieldsOf(typeName: string, depth: number): string {
  const type = schema.getType(typeName)
  if (type === undefined || !('getFields' in type) || isInputObjectType(type)) return ''
  const parts = ['__typename']
  for (const field of Object.values(type.getFields())) {
    if (field.args.some((argument) => isNonNullType(argument.type))) continue
    const inner = getNamedType(field.type)
    const nested = 'getFields' in inner || 'getTypes' in inner
    if (!nested) parts.push(field.name)
    else if (depth > 1 && 'getFields' in inner)
      parts.push(`${field.name} ${fieldsOf(inner.name, depth - 1)}`)
  }
  return `{ ${parts.join(' ')} }`
}
