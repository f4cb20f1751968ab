import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '#schema/domain/person.ts'
import { printSpec } from '#schema/domain/spec.ts'
import { approvalFault } from '#server/run/dequeue.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import {
  approveMutation,
  Machine,
  makeBoard,
  raw,
  rejectMutation,
  relay,
  submitMutation,
  trainerSpec,
  type Board,
  type StepAsk,
} from './board.ts'

describeOnBoth('requests and approval', (open) => {
  let board: Board
  let me: Viewer
  let project: string

  beforeAll(async () => {
    const gpus = Array.from({ length: 8 }, () => ({ name: 'NVIDIA A100-SXM4-80GB', gigabytes: 80 }))
    board = await makeBoard(await open(), new Machine(gpus))
    me = await board.person()
    project = await board.project(me)
  })

  async function submit(ask: StepAsk, input: object = {}, viewer = me): Promise<any> {
    const spec = await board.spec(me, project, trainerSpec(ask))
    const data = await board.ask(viewer, submitMutation, {
      input: { spec: relay('Spec', spec), ...input },
    })
    return { ...data.requestSubmit, spec }
  }
  const approve = async (viewer: Viewer, input: object): Promise<any> =>
    (await board.ask(viewer, approveMutation, { input })).requestApprove
  const reject = async (viewer: Viewer, input: object): Promise<any> =>
    (await board.ask(viewer, rejectMutation, { input })).requestReject
  const actions = async (id: string): Promise<string[]> =>
    (
      await board.db
        .selectFrom('audit')
        .select('action')
        .where('subject', '=', raw(id))
        .orderBy('ordinal')
        .execute()
    ).map((row) => row.action)

  describe('WR-02 caps', () => {
    it('are pre-filled field by field with the maximum over the components', async () => {
      const request = await submit({ gpus: 2, gpuType: 'A100', memory: '64GB', timeout: 3600 })
      expect(request).toMatchObject({
        state: 'APPROVED',
        resources: {
          gpuType: 'A100',
          gpuCount: 2,
          gpuMemoryBytes: null,
          cpu: null,
          memoryBytes: 64e9,
          maxSeconds: 3600,
        },
        run: { state: 'WAITING' },
      })
      expect(request.images).toEqual([{ component: 'trainer', digest: 'sha256:trainer-1-1' }])
    })

    it('refuse a component that asks for more, by name', async () => {
      const request = await submit({ gpus: 2 }, { resources: { gpuCount: 1 } })
      expect(request).toMatchObject({ __typename: 'BadInput', code: 'BAD_INPUT' })
      expect(request.problems[0].message).toContain('"trainer" asks for 2 GPUs')
      expect(request.problems[0].path).toBe('components[0].resources.gpu_count')
    })

    it.each([
      [{ gpuCount: 1_000_000_000 }, 'resources.gpuCount', /0 to 1024, not 1000000000/],
      [{ gpuCount: -1 }, 'resources.gpuCount', /not -1/],
      [{ memory: '-5GB' }, 'resources.memory', /memory is negative: "-5GB"/],
      [{ memory: 'lots' }, 'resources.memory', /"lots" is not an amount/],
      [{ memory: '9999999999TB' }, 'resources.memory', /at most 1 PiB/],
      [{ gpuType: 'x'.repeat(300) }, 'resources.gpuType', /not the name of a GPU type/],
      [{ cpu: -2 }, 'resources.cpu', /not -2/],
      [{ longest: 'forever' }, 'resources.longest', /"forever" is not a time/],
      [{ longest: '400d' }, 'resources.maxSeconds', /one second to one year/],
    ])('refuse %j', async (resources, path, message) => {
      const request = await submit({}, { resources })
      expect(request).toMatchObject({ __typename: 'BadInput', code: 'BAD_INPUT' })
      expect(request.problems[0].path).toBe(path)
      expect(request.problems[0].message).toMatch(message)
    })

    it('refuse a plan whose own figures cannot be, and an image that is not allowed', async () => {
      const spec = trainerSpec({ gpus: 1 })
      const store = async (text: string) =>
        board.ports.specs.store(me, { id: null, projectId: project, text }).catch((it) => it)
      for (const [from, to, message] of [
        ['"gpu_count": 1', '"gpu_count": 1000000000', /0 to 1024/],
        ['"gpu_count": 1', '"memory": "-4GB"', /negative/],
        ['"name": "trainer"', `"name": "${'t'.repeat(300)}"`, /1 to 40/],
      ] as const) {
        const refused = await store(printSpec(spec).replace(from, to))
        expect(refused).toMatchObject({ code: 'SPEC_INVALID' })
        expect(refused.problems[0].message).toMatch(message)
      }
      const [first] = spec.components
      const other = {
        ...spec,
        components: [{ ...first!, image: { registry: 'evil/miner', tag: '1' } }],
      }
      const id = await board.spec(me, project, other)
      const data = await board.ask(me, submitMutation, { input: { spec: relay('Spec', id) } })
      expect(data.requestSubmit).toMatchObject({ code: 'SPEC_INVALID' })
      expect(data.requestSubmit.message).toContain('not allowed')
    })

    it('refuse a note of 2,001 characters, an unknown queue, a spec of somebody else', async () => {
      expect(await submit({}, { note: 'n'.repeat(2_001) })).toMatchObject({ code: 'BAD_INPUT' })
      const request = await submit({}, { queue: 'q'.repeat(300) })
      expect(request.code).toBe('BAD_INPUT')
      expect(request.message).toContain('use default, nlp, regression, vision')
      expect(await submit({}, {}, await board.person())).toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  it('WR-04 joins the named queue with its default priority, once however often it is sent', async () => {
    const id = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'
    const spec = relay('Spec', await board.spec(me, project, trainerSpec()))
    const send = async (input: object): Promise<any> =>
      (await board.ask(me, submitMutation, { input: { id, spec, queue: 'vision', ...input } }))
        .requestSubmit
    const one = await send({})
    expect(one).toMatchObject({ state: 'APPROVED', queue: 'vision', priority: 'HIGH' })
    expect(await send({})).toMatchObject({ id: one.id, run: { id: one.run.id } })
    expect(await send({ note: 'other' })).toMatchObject({ code: 'ID_REUSED' })
    expect(await send({ resources: { cpu: 3 } })).toMatchObject({ code: 'ID_REUSED' })
  })

  describe('AP-05 thresholds', () => {
    it.each([
      [{ gpus: 3, memory: '127GB' }, 'APPROVED', []],
      [{ gpus: 4 }, 'AWAITING_APPROVAL', ['GPU']],
      [{ memory: '128GB' }, 'AWAITING_APPROVAL', ['MEMORY']],
      [{ gpus: 8, memory: '1TB' }, 'AWAITING_APPROVAL', ['GPU', 'MEMORY']],
    ])('%j is %s', async (ask, state, marks) => {
      const request = await submit(ask)
      expect(request.state).toBe(state)
      expect(request.marks.map((mark: { what: string }) => mark.what)).toEqual(marks)
      expect(request.run === null).toBe(state !== 'APPROVED')
    })

    it('are set by an administrator only, kept in the database, and written down', async () => {
      const set = `mutation ($gpus: Int!, $memory: String!) { approvalThresholdsSet(input: { gpuCount: $gpus, memory: $memory }) {
        ... on ApprovalThresholds { gpuCount memoryBytes } ... on Error { code message } } }`
      const mine = await board.ask(me, set, { gpus: 100, memory: '1TB' })
      expect(mine.approvalThresholdsSet.code).toBe('FORBIDDEN')
      const bad = await board.ask(board.administrator, set, { gpus: 0, memory: '128GB' })
      expect(bad.approvalThresholdsSet.code).toBe('BAD_INPUT')
      await board.ask(board.administrator, set, { gpus: 2, memory: '32GB' })
      expect((await submit({ gpus: 2 })).state).toBe('AWAITING_APPROVAL')
      expect((await submit({ gpus: 1 })).state).toBe('APPROVED')
      const back = await board.ask(board.administrator, set, { gpus: 4, memory: '128GB' })
      expect(back.approvalThresholdsSet).toEqual({ gpuCount: 4, memoryBytes: 128e9 })
      const written = await board.db
        .selectFrom('audit')
        .selectAll()
        .where('action', '=', 'approvalThresholdsSet')
        .where('project_id', 'is', null)
        .execute()
      expect(written).toHaveLength(2)
    })
  })

  describe('P6 an approval', () => {
    it('covers what was shown: the run joins the queue, with who and what in the audit', async () => {
      const request = await submit({ gpus: 4 })
      const input = { request: request.id, signature: request.signature, comment: 'go' }
      expect(await approve(me, input)).toMatchObject({ code: 'FORBIDDEN' })
      const done = await approve(board.administrator, input)
      expect(done).toMatchObject({
        state: 'APPROVED',
        decidedBy: 'Ada',
        decisionComment: 'go',
        run: { state: 'WAITING' },
      })
      expect(await actions(request.id)).toEqual(['requestSubmit', 'requestApprove'])
      expect(
        await approvalFault(board.db, raw(request.id), (it) => board.machine.executor().digest(it)),
      ).toBeNull()
      // Again by the same person: it is done.
      expect(await approve(board.administrator, input)).toMatchObject({ state: 'APPROVED' })
    })

    it('is refused for another signature than the one that was looked at', async () => {
      const request = await submit({ gpus: 4 })
      const signature = `sha256:${'0'.repeat(64)}`
      expect(await approve(board.administrator, { request: request.id, signature })).toMatchObject({
        code: 'CONFLICT',
      })
    })

    it('is refused when the plan, an image or the caps are no longer what was signed', async () => {
      const tamper: [
        string,
        (request: { id: string; spec: string }) => Promise<unknown>,
        RegExp,
      ][] = [
        [
          'plan',
          ({ spec }) =>
            sql`update spec set body = replace(body, '"gpu_count": 4', '"gpu_count": 8') where id = ${spec}`.execute(
              board.db,
            ),
          /plan has changed/,
        ],
        [
          'caps',
          ({ id }) =>
            sql`update request set caps = jsonb_set(caps, '{gpuCount}', '64') where id = ${raw(id)}`.execute(
              board.db,
            ),
          /resources have changed/,
        ],
        [
          'cost bound',
          ({ id }) =>
            sql`update request set quote = jsonb_set(quote, '{bound}', '[{"currency":"USD","amount":1}]') where id = ${raw(id)}`.execute(
              board.db,
            ),
          /resources have changed/,
        ],
        [
          'image',
          () => Promise.resolve((board.machine.build += 1)),
          /image of "trainer" has changed/,
        ],
      ]
      for (const [what, change, message] of tamper) {
        const request = await submit({ gpus: 4 })
        await change(request)
        const { id, signature } = request
        const refused = await approve(board.administrator, { request: id, signature })
        expect(refused, what).toMatchObject({ code: 'CONFLICT' })
        expect(refused.message).toMatch(message)
        const { state } = await board.db
          .selectFrom('request')
          .select('state')
          .where('id', '=', raw(id))
          .executeTakeFirstOrThrow()
        expect(state, what).toBe('AWAITING_APPROVAL')
      }
    })

    it('is void for a run whose plan or image is changed after it', async () => {
      const digest = board.machine.executor().digest
      for (const change of ['spec', 'image']) {
        const request = await submit({ gpus: 4 })
        const { id, signature } = request
        await approve(board.administrator, { request: id, signature })
        if (change === 'spec')
          await sql`update spec set body = replace(body, '"gpu_count": 4', '"gpu_count": 8') where id = ${request.spec}`.execute(
            board.db,
          )
        else board.machine.build += 1
        expect(await approvalFault(board.db, raw(id), digest)).toMatch(
          /not the one that was approved/,
        )
      }
    })

    it('a changed plan is another plan, and needs an approval of its own', async () => {
      const first = await submit({ gpus: 4 })
      await approve(board.administrator, { request: first.id, signature: first.signature })
      const again = await submit({ gpus: 4 })
      expect(again.specHash).not.toBe(first.specHash)
      expect(again.state).toBe('AWAITING_APPROVAL')
      const { node } = await board.ask(
        board.administrator,
        `query ($id: ID!) { node(id: $id) { ... on Request { lastApproved { changes { path before after } } } } }`,
        { id: again.id },
      )
      expect(node.lastApproved.changes).toEqual([
        {
          path: 'components.trainer.params.salt',
          before: expect.any(Number),
          after: expect.any(Number),
        },
      ])
    })

    it('are listed and compared by when they were made, whatever ids they were given', async () => {
      const [old, last, now] = [
        await submit({ gpus: 4 }, { id: 'f0000000-0000-4000-8000-000000000001' }),
        await submit({ gpus: 4 }, { id: '00000000-0000-4000-8000-000000000002' }),
        await submit({ gpus: 4 }, { id: '70000000-0000-4000-8000-000000000003' }),
      ]
      for (const it of [old, last])
        await approve(board.administrator, { request: it.id, signature: it.signature })
      const list = async (after: string | null): Promise<any> =>
        (
          await board.ask(
            me,
            `query ($after: String) { requests(first: 2, after: $after, mine: true) { pageInfo { endCursor } edges { node { id } } } }`,
            { after },
          )
        ).requests
      const first = await list(null)
      const second = await list(first.pageInfo.endCursor)
      const ids = [...first.edges, ...second.edges].map((edge: any) => edge.node.id)
      expect(ids.slice(0, 3)).toEqual([now.id, last.id, old.id])
      expect(new Set(ids).size).toBe(4)
      const { node } = await board.ask(
        board.administrator,
        `query ($id: ID!) { node(id: $id) { ... on Request { lastApproved { spec { id } } } } }`,
        { id: now.id },
      )
      expect(raw(node.lastApproved.spec.id)).toBe(last.spec)
    })

    it('two at once: one decides, the other is told who did', async () => {
      for (let round = 0; round < 3; round += 1) {
        const { id, signature } = await submit({ gpus: 4 })
        const input = { request: id, signature, comment: 'no' }
        const results = await Promise.all([
          approve(board.administrator, input),
          reject(board.second, input),
          approve(board.second, input),
        ])
        const won = results.filter((it) => it.__typename === 'Request')
        const states = new Set(won.map((it) => it.state))
        expect(states.size).toBe(1)
        for (const lost of results.filter((it) => it.__typename !== 'Request')) {
          expect(lost.code).toBe('ILLEGAL_STATE')
          expect(lost.message).toMatch(/^(Ada|Grace) has already (approved|rejected)/)
        }
        const runs = await board.db
          .selectFrom('run')
          .select('id')
          .where('request_id', '=', raw(id))
          .execute()
        expect(runs).toHaveLength(won[0].state === 'APPROVED' ? 1 : 0)
      }
    })
  })

  it('shows which devices match, and why each other one does not', async () => {
    const seen = async (ask: StepAsk): Promise<any> => {
      const { id } = await submit(ask)
      const query = 'query ($id: ID!) { node(id: $id) { ... on Request { devices } } }'
      return (await board.ask(me, query, { id })).node.devices
    }
    expect(await seen({})).toEqual([])
    expect(await seen({ gpus: 2, gpuType: 'A100' })).toMatchObject([
      { component: 'trainer', verdict: 'LATER', matching: 8 },
    ])
    const [never] = await seen({ gpus: 1, gpuType: 'H100' })
    expect(never).toMatchObject({ verdict: 'NEVER', matching: 0 })
    expect(never.devices).toHaveLength(8)
    expect(never.devices[0].why).toBe('It is no H100.')
  })

  it('AP-05 a rejection needs a comment, and is final', async () => {
    const { id, signature } = await submit({ gpus: 4 })
    const input = { request: id, signature, comment: '  ' }
    expect(await reject(board.administrator, input)).toMatchObject({ code: 'BAD_INPUT' })
    const comment = 'Two are enough.'
    expect(await reject(board.administrator, { ...input, comment })).toMatchObject({
      state: 'REJECTED',
      decisionComment: comment,
    })
    expect(await approve(board.second, { request: id, signature })).toMatchObject({
      code: 'ILLEGAL_STATE',
    })
    expect(await actions(id)).toEqual(['requestSubmit', 'requestReject'])
  })

  it('drafts are sent later, requests withdrawn until they are decided', async () => {
    const send = `mutation ($id: ID!) { requestSend(input: { request: $id }) { ... on Request { state run { id } } ... on Error { code } } }`
    const withdraw = `mutation ($id: ID!) { requestWithdraw(input: { request: $id }) { ... on Request { state } ... on Error { code } } }`
    const draft = await submit({}, { draft: true })
    expect(draft).toMatchObject({ state: 'DRAFT', run: null })
    expect((await board.ask(await board.person(), send, { id: draft.id })).requestSend.code).toBe(
      'NOT_FOUND',
    )
    expect((await board.ask(me, send, { id: draft.id })).requestSend).toMatchObject({
      state: 'APPROVED',
      run: { id: expect.any(String) },
    })
    expect((await board.ask(me, send, { id: draft.id })).requestSend.code).toBe('ILLEGAL_STATE')
    expect((await board.ask(me, withdraw, { id: draft.id })).requestWithdraw.code).toBe(
      'ILLEGAL_STATE',
    )
    const big = await submit({ gpus: 4 })
    expect((await board.ask(me, withdraw, { id: big.id })).requestWithdraw.state).toBe('WITHDRAWN')
    const { id, signature } = big
    expect(await approve(board.administrator, { request: id, signature })).toMatchObject({
      code: 'ILLEGAL_STATE',
    })
  })

  it('AP-03 AP-04 cites a test run of the project, and says whether it ran the same plan', async () => {
    const spec = await board.spec(me, project, trainerSpec({ gpus: 4 }))
    const thresholds = { gpuCount: 100, memoryBytes: 1e15 }
    await board.ports.requests.setThresholds(board.administrator, thresholds)
    const test = await board.ports.requests.submit(me, { id: null, specId: spec, isTest: true })
    const plain = await board.ports.requests.submit(me, { id: null, specId: spec, isTest: false })
    await board.ports.requests.setThresholds(board.administrator, {
      gpuCount: 4,
      memoryBytes: 128e9,
    })
    const run = (await board.ports.requests.runOf(me, test.id))!
    const other = (await board.ports.requests.runOf(me, plain.id))!
    const cite = async (id: string): Promise<any> =>
      (
        await board.ask(me, submitMutation, {
          input: { spec: relay('Spec', spec), citedRun: relay('Run', id) },
        })
      ).requestSubmit
    expect((await cite(run.id)).message).toContain('has not ended yet')
    await board.db
      .updateTable('run')
      .set({ state: 'SUCCEEDED', started_at: new Date(0), ended_at: new Date(60_000) })
      .where('id', 'in', [run.id, other.id])
      .execute()
    expect((await cite(other.id)).message).toContain('no test run')
    const big = await cite(run.id)
    expect(big.state).toBe('AWAITING_APPROVAL')
    const see = `query ($id: ID!) { node(id: $id) { ... on Request { citedRun { sameSpec seconds run { state } } } } }`
    const { node } = await board.ask(board.administrator, see, { id: big.id })
    expect(node.citedRun).toEqual({ sameSpec: true, seconds: 60, run: { state: 'SUCCEEDED' } })
    const changed = await submit({ gpus: 4 }, { citedRun: relay('Run', run.id) })
    const after = await board.ask(board.administrator, see, { id: changed.id })
    expect(after.node.citedRun.sameSpec).toBe(false)
    const elsewhere = await board.project(me)
    const foreign = await board.spec(me, elsewhere, trainerSpec())
    const refused = await board.ask(me, submitMutation, {
      input: { spec: relay('Spec', foreign), citedRun: relay('Run', run.id) },
    })
    expect(refused.requestSubmit.code).toBe('NOT_FOUND')
  })

  it('AP-01 lists by state, and P8 shows nobody another one’s', async () => {
    const list = `query ($state: RequestState, $mine: Boolean) { requests(state: $state, mine: $mine, first: 100) { edges { node { id state who mine } } } }`
    const states = async (viewer: Viewer, state: string | null, mine = false): Promise<any[]> =>
      (await board.ask(viewer, list, { state, mine })).requests.edges.map(
        (edge: { node: unknown }) => edge.node,
      )
    const waiting = await states(board.administrator, 'AWAITING_APPROVAL')
    expect(waiting.length).toBeGreaterThan(3)
    expect(new Set(waiting.map((it) => it.state))).toEqual(new Set(['AWAITING_APPROVAL']))
    expect(await states(board.administrator, null, true)).toEqual([])
    expect((await states(me, null)).length).toBeGreaterThan(10)
    const stranger = await board.person()
    expect(await states(stranger, null)).toEqual([])
    const { node } = await board.ask(stranger, 'query ($id: ID!) { node(id: $id) { id } }', {
      id: waiting[0].id,
    })
    expect(node).toBeNull()
    const input = { request: waiting[0].id }
    const withdraw = `mutation ($input: RequestWithdrawInput!) { requestWithdraw(input: $input) { ... on Error { code } } }`
    expect((await board.ask(stranger, withdraw, { input })).requestWithdraw.code).toBe('NOT_FOUND')
  })
})
