import { beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '#schema/domain/person.ts'
import type { Priority } from '#schema/domain/request.ts'
import type { OpenDatabase } from '#server/db/pool.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import {
  Machine,
  makeBoard,
  raw,
  relay,
  submitMutation,
  trainerSpec,
  type Board,
  type StepAsk,
} from './board.ts'

const a100 = { name: 'NVIDIA A100-SXM4-80GB', gigabytes: 80 }
const l4 = { name: 'NVIDIA L4', gigabytes: 24 }
const queueQuery = `query ($first: Int, $after: String, $queue: String) { queue(first: $first, after: $after, queue: $queue) {
  edges { cursor node { runId position priority queue who expectedStart reasons { code params } } } pageInfo { hasNextPage endCursor } } }`
const moveMutation = `mutation ($run: ID!, $before: ID) { queueMove(input: { run: $run, before: $before }) {
  ... on QueueEntry { position priority } ... on Error { code message } } }`
const prioritiseMutation = `mutation ($run: ID!, $priority: Priority!) { queuePrioritise(input: { run: $run, priority: $priority }) {
  ... on QueueEntry { position priority } ... on Error { code message } } }`
const quotaMutation = `mutation ($input: QuotaSetInput!) { quotaSet(input: $input) {
  ... on Quota { scope name gpus gpuHours usedGpus usedGpuHours share } ... on Error { code message } } }`

describeOnBoth('the queue', (open) => {
  let database: OpenDatabase
  beforeAll(async () => {
    database = await open()
  })

  /** A board with nothing waiting or running from tests before. */
  async function fresh(gpus = 4): Promise<{ board: Board; me: Viewer; project: string }> {
    const machine = new Machine(Array.from({ length: gpus }, () => a100))
    const board = await makeBoard(database, machine)
    await board.db
      .updateTable('run')
      .set({ state: 'CANCELLED', ended_at: new Date() })
      .where('state', 'in', ['WAITING', 'RUNNING'])
      .execute()
    await board.db.deleteFrom('quota').execute()
    const me = await board.person()
    return { board, me, project: await board.project(me) }
  }

  async function submit(
    board: Board,
    viewer: Viewer,
    project: string,
    ask: StepAsk = {},
    priority: Priority = 'NORMAL',
  ): Promise<any> {
    const spec = relay('Spec', await board.spec(viewer, project, trainerSpec(ask)))
    const { requestSubmit } = await board.ask(viewer, submitMutation, { input: { spec, priority } })
    return requestSubmit
  }
  const runOf = (request: { run: { id: string } }): string => raw(request.run.id)

  async function order(board: Board, viewer = board.administrator): Promise<string[]> {
    const { queue } = await board.ask(viewer, queueQuery, { first: 100 })
    return queue.edges.map((edge: any) => raw(edge.node.runId))
  }
  async function reasons(board: Board, viewer = board.administrator): Promise<any[][]> {
    const { queue } = await board.ask(viewer, queueQuery, { first: 100 })
    // No process reconciles here, which is said too.
    return queue.edges.map((edge: any) =>
      edge.node.reasons.filter((it: { code: string }) => it.code !== 'NO_WORKER'),
    )
  }

  it('QU-01 P4 is taken in the order in which it is listed, whatever was done to it', async () => {
    const { board, me, project } = await fresh(1)
    const other = await board.person()
    const theirs = await board.project(other)
    const ids: string[] = []
    for (let index = 0; index < 12; index += 1) {
      const priority = (['LOW', 'NORMAL', 'HIGH'] as const)[index % 3]!
      const mine = index % 2 === 0
      const request = await submit(
        board,
        mine ? me : other,
        mine ? project : theirs,
        { gpus: 1 },
        priority,
      )
      ids.push(runOf(request))
    }
    const ask = (query: string, variables: object): Promise<any> =>
      board.ask(board.administrator, query, variables)
    await ask(moveMutation, { run: relay('Run', ids[0]!), before: relay('Run', ids[5]!) })
    await ask(moveMutation, { run: relay('Run', ids[7]!), before: relay('Run', ids[1]!) })
    const moved = await order(board)
    expect(moved[moved.indexOf(ids[5]!) - 1]).toBe(ids[0])
    expect(moved[moved.indexOf(ids[1]!) - 1]).toBe(ids[7])
    await ask(prioritiseMutation, { run: relay('Run', ids[3]!), priority: 'HIGH' })
    await ask(moveMutation, { run: relay('Run', ids[2]!), before: null })
    const listed = await order(board)
    expect(listed).toHaveLength(12)
    const taken: string[] = []
    for (;;) {
      const run = await board.start()
      if (run === null) break
      taken.push(run)
      expect(await board.start()).toBeNull()
      await board.end(run)
    }
    expect(taken).toEqual(listed)
  })

  it('QU-01 pages without a gap or a double, with places that count everybody', async () => {
    const { board, me, project } = await fresh(0)
    const other = await board.person()
    const theirs = await board.project(other)
    const mine: string[] = []
    for (let index = 0; index < 9; index += 1) {
      const own = index % 3 !== 0
      const request = await submit(board, own ? me : other, own ? project : theirs)
      if (own) mine.push(runOf(request))
    }
    const all = await order(board)
    const seen: { id: string; position: number; who: string }[] = []
    let after: string | null = null
    for (;;) {
      const { queue }: any = await board.ask(me, queueQuery, { first: 2, after })
      for (const { node } of queue.edges)
        seen.push({ id: raw(node.runId), position: node.position, who: node.who })
      if (!queue.pageInfo.hasNextPage) break
      after = queue.pageInfo.endCursor
    }
    expect(seen.map((it) => it.id)).toEqual(all.filter((id) => mine.includes(id)))
    for (const { id, position, who } of seen) {
      expect(position).toBe(all.indexOf(id) + 1)
      expect(who).toBe(me.name)
    }
    const { queueEntry } = await board.ask(
      me,
      'query ($run: ID!) { queueEntry(run: $run) { position } }',
      {
        run: relay(
          'Run',
          all.find((id) => !mine.includes(id))!,
        ),
      },
    )
    expect(queueEntry).toBeNull()
  })

  it('QU-03 only an administrator moves; running work stays where it is', async () => {
    const { board, me, project } = await fresh(1)
    const [first, second, third] = [
      await submit(board, me, project, { gpus: 1 }),
      await submit(board, me, project, { gpus: 1 }),
      await submit(board, me, project, { gpus: 1 }),
    ]
    const run = third.run.id
    const denied = await board.ask(me, moveMutation, { run, before: second.run.id })
    expect(denied.queueMove.code).toBe('FORBIDDEN')
    expect(await board.start()).toBe(runOf(first))
    const { administrator } = board
    for (const variables of [
      { run: first.run.id, before: second.run.id },
      { run: second.run.id, before: first.run.id },
    ]) {
      const late = await board.ask(administrator, moveMutation, variables)
      expect(late.queueMove.code).toBe('ILLEGAL_STATE')
    }
    const none = { run: relay('Run', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'), before: null }
    expect((await board.ask(administrator, moveMutation, none)).queueMove.code).toBe('NOT_FOUND')
    const moved = await board.ask(administrator, moveMutation, { run, before: second.run.id })
    expect(moved.queueMove).toEqual({ position: 1, priority: 'NORMAL' })
    const lowered = await board.ask(administrator, prioritiseMutation, { run, priority: 'LOW' })
    expect(lowered.queuePrioritise).toEqual({ position: 2, priority: 'LOW' })
    const audit = await board.db
      .selectFrom('audit')
      .select('action')
      .where('subject', '=', raw(run))
      .orderBy('ordinal')
      .execute()
    expect(audit.map((row) => row.action)).toEqual(['queueMove', 'queuePrioritise'])
  })

  it('QU fair share: projects take turns, by weight; a quiet one gains nothing by having waited', async () => {
    const { board, me, project } = await fresh(1)
    const other = await board.person()
    const theirs = await board.project(other)
    for (let index = 0; index < 6; index += 1) await submit(board, me, project, { gpus: 1 })
    for (let index = 0; index < 3; index += 1) await submit(board, other, theirs, { gpus: 1 })
    const owners = async (): Promise<string> => {
      let taken = ''
      for (;;) {
        const run = await board.start()
        if (run === null) return taken
        const { project_id } = await board.db
          .selectFrom('run')
          .select('project_id')
          .where('id', '=', run)
          .executeTakeFirstOrThrow()
        taken += project_id === project ? 'A' : 'B'
        await board.end(run)
      }
    }
    expect(await owners()).toBe('ABABABAAA')
    // B was idle meanwhile: it enters at the clock, not before it.
    await submit(board, me, project, { gpus: 1 })
    await submit(board, other, theirs, { gpus: 1 })
    await submit(board, other, theirs, { gpus: 1 })
    await submit(board, me, project, { gpus: 1 })
    expect((await owners()).slice(0, 2).split('').sort().join('')).toBe('AB')
    await board.ask(board.administrator, quotaMutation, {
      input: { project: relay('Project', theirs), share: 3 },
    })
    for (let index = 0; index < 6; index += 1) {
      await submit(board, me, project, { gpus: 1 })
      await submit(board, other, theirs, { gpus: 1 })
    }
    const eight = (await owners()).slice(0, 8)
    expect(eight.split('B').length - 1, eight).toBeGreaterThanOrEqual(5)
  })

  describe('SC-01 backfill', () => {
    it('goes before the head only when it cannot delay it, and says why the others wait', async () => {
      const { board, me, project } = await fresh(4)
      const running = await submit(board, me, project, { gpus: 2 })
      expect(await board.start()).toBe(runOf(running))
      const head = await submit(board, me, project, { gpus: 3 })
      const tempting = await submit(board, me, project, { gpus: 2 })
      const harmless = await submit(board, me, project, { gpus: 1 })
      const cpu = await submit(board, me, project)
      // 4 GPUs, 2 taken, the head wants 3: one may be given away, two may not.
      expect(await board.start()).toBe(runOf(harmless))
      expect(await board.start()).toBe(runOf(cpu))
      expect(await board.start()).toBeNull()
      const [first, second] = await reasons(board)
      expect(first).toEqual([
        {
          code: 'RESOURCES',
          params: { what: 'GPU', type: '', memoryBytes: 0, asked: 3, free: 1, total: 4 },
        },
      ])
      expect(second).toMatchObject([
        { code: 'RESOURCES', params: { asked: 2, free: 1 } },
        { code: 'BEHIND', params: { ahead: 1 } },
      ])
      await board.end(runOf(running))
      expect(await board.start()).toBe(runOf(head))
      expect(await board.start()).toBeNull()
      await board.end(runOf(head))
      expect(await board.start()).toBe(runOf(tempting))
    })

    it('uses devices of another type; what can never fit does not hold up the queue', async () => {
      const { board, me, project } = await fresh(0)
      board.machine.capacity = new Machine([a100, a100, l4, l4]).capacity
      const one = await submit(board, me, project, { gpus: 1, gpuType: 'A100' })
      expect(await board.start()).toBe(runOf(one))
      const head = await submit(board, me, project, { gpus: 2, gpuType: 'A100' })
      const same = await submit(board, me, project, { gpus: 1, gpuType: 'A100' })
      const little = await submit(board, me, project, { gpus: 2, gpuType: 'L4' })
      const never = await submit(board, me, project, { gpus: 1, gpuType: 'H100' })
      expect(await board.start()).toBe(runOf(little))
      expect(await board.start()).toBe(runOf(never))
      expect(await board.start()).toBeNull()
      expect(await order(board)).toEqual([runOf(head), runOf(same)])
      const [, second] = await reasons(board)
      expect(second).toMatchObject([{ code: 'HELD_FOR_HEAD' }, { code: 'BEHIND' }])
    })
  })

  describe('quotas', () => {
    it('GPUs at once hold per project and person, and hold up nobody else', async () => {
      const { board, me, project } = await fresh(8)
      const other = await board.person()
      const theirs = await board.project(other)
      await board.ask(board.administrator, quotaMutation, {
        input: { project: relay('Project', project), gpus: 2 },
      })
      await board.ask(board.administrator, quotaMutation, {
        input: { person: relay('Person', other.id), gpus: 1 },
      })
      const refused = await submit(board, me, project, { gpus: 3 })
      expect(refused).toMatchObject({ code: 'QUOTA_EXCEEDED' })
      expect(refused.message).toContain('2 GPUs at once, and this asks for 3')
      for (let index = 0; index < 4; index += 1) await submit(board, me, project, { gpus: 1 })
      for (let index = 0; index < 3; index += 1) await submit(board, other, theirs, { gpus: 1 })
      await submit(board, me, project)
      const started: string[] = []
      for (let run = await board.start(); run !== null; run = await board.start()) started.push(run)
      expect(started).toHaveLength(4)
      const codes = (await reasons(board)).map((it) => it[0])
      expect(codes.filter((it) => it.code === 'QUOTA_GPUS_PROJECT')).toHaveLength(2)
      expect(codes.filter((it) => it.code === 'QUOTA_GPUS_PERSON')).toHaveLength(2)
      expect(codes[0].params).toMatchObject({ asked: 1 })
      const { quotas } = await board.ask(me, '{ quotas { scope name gpus usedGpus usedGpuHours } }')
      expect(quotas).toMatchObject([{ scope: 'PROJECT', gpus: 2, usedGpus: 2 }])
    })

    it('GPU hours a month: what waits and runs counts as promised', async () => {
      const { board, me, project } = await fresh(8)
      const input = { person: relay('Person', me.id), gpuHours: 10 }
      await board.ask(board.administrator, quotaMutation, { input })
      expect(await submit(board, me, project, { gpus: 1 })).toMatchObject({
        code: 'QUOTA_EXCEEDED',
      })
      const hour = { gpus: 2, timeout: 3600 }
      for (let index = 0; index < 5; index += 1)
        expect((await submit(board, me, project, hour)).state).toBe('APPROVED')
      const refused = await submit(board, me, project, hour)
      expect(refused.message).toContain(
        '10 GPU hours a month: 0 are used and 10 promised to work that waits or runs, so 2 more do not fit',
      )
      expect((await submit(board, me, project, { timeout: 3600 })).state).toBe('APPROVED')
    })

    it.each([
      [{ gpus: 4 }, /exactly one/],
      [{ project: 'P', person: 'me', gpus: 4 }, /exactly one/],
      [{ project: 'P', gpus: -1 }, /0 to 1,000,000/],
      [{ project: 'P', gpuHours: -0.5 }, /0 to 10\^9/],
      [{ project: 'P', share: 0 }, /more than 0/],
      [{ project: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', gpus: 1 }, /no such project/],
    ])('refuses %j', async (given, message) => {
      const { board, me, project } = await fresh()
      const input: Record<string, unknown> = { ...given }
      if ('project' in given)
        input['project'] = relay('Project', given.project === 'P' ? project : given.project)
      if ('person' in given) input['person'] = relay('Person', me.id)
      const { quotaSet } = await board.ask(board.administrator, quotaMutation, { input })
      expect(quotaSet.message).toMatch(message)
      expect((await board.ask(me, quotaMutation, { input })).quotaSet.code).toBe('FORBIDDEN')
    })
  })

  it('P9 50 requests at once never promise more GPU hours than the quota, nor start more GPUs', async () => {
    if (database.kind !== 'postgres') return
    const { board, me, project } = await fresh(50)
    for (const input of [
      { person: relay('Person', me.id), gpuHours: 20 },
      { project: relay('Project', project), gpus: 7 },
    ])
      await board.ask(board.administrator, quotaMutation, { input })
    const results = await Promise.all(
      Array.from({ length: 50 }, () => submit(board, me, project, { gpus: 1, timeout: 3600 })),
    )
    const codes = results.map((it) => it.code ?? it.state)
    expect(codes.filter((it) => it === 'APPROVED')).toHaveLength(20)
    expect(codes.filter((it) => it === 'QUOTA_EXCEEDED')).toHaveLength(30)
    // Several schedulers at once: the second one to lock the clock finds the quota full.
    const started = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const settled = await Promise.allSettled(Array.from({ length: 4 }, () => board.start()))
      for (const it of settled)
        if (it.status === 'fulfilled' && it.value !== null) started.add(it.value)
    }
    expect(started.size).toBe(7)
  })

  it('QU names four queues; an administrator adds and changes them', async () => {
    const { board, me, project } = await fresh()
    const read = async (): Promise<any[]> =>
      (await board.ask(me, '{ queues { name defaultPriority nodes } }')).queues
    expect((await read()).map((it) => [it.name, it.defaultPriority])).toEqual([
      ['default', 'LOW'],
      ['nlp', 'HIGH'],
      ['regression', 'NORMAL'],
      ['vision', 'HIGH'],
    ])
    const set = `mutation ($input: QueueSetInput!) { queueSet(input: $input) { ... on Queue { name nodes } ... on Error { code message } } }`
    const own = { name: 'audio', defaultPriority: 'NORMAL', nodes: { 'pool.io/kind': 'audio' } }
    expect((await board.ask(me, set, { input: own })).queueSet.code).toBe('FORBIDDEN')
    await board.ask(board.administrator, set, { input: own })
    expect((await read())[0]).toMatchObject({ name: 'audio', nodes: { 'pool.io/kind': 'audio' } })
    for (const bad of [
      { ...own, name: 'n'.repeat(300) },
      { ...own, nodes: { 'a b': 'c' } },
      { ...own, nodes: { a: 4 } },
      { ...own, nodes: ['a'] },
    ])
      expect((await board.ask(board.administrator, set, { input: bad })).queueSet.code).toBe(
        'BAD_INPUT',
      )
    const spec = relay('Spec', await board.spec(me, project, trainerSpec()))
    const input = { spec, queue: 'audio' }
    const { requestSubmit } = await board.ask(me, submitMutation, { input })
    expect(requestSubmit).toMatchObject({ queue: 'audio', priority: 'NORMAL' })
    const { queue } = await board.ask(me, queueQuery, { queue: 'audio' })
    expect(queue.edges).toHaveLength(1)
    await board.db.deleteFrom('queue').where('name', '=', 'audio').execute()
  })

  it('QU-05 tells when each is expected to start, and tells watchers of each change', async () => {
    const { board, me, project } = await fresh(1)
    await board.db
      .insertInto('lease')
      .values({
        name: 'executor/test',
        holder: 'test',
        fence: 1,
        expires_at: new Date(Date.now() + 60_000),
      })
      .onConflict((c) =>
        c.column('name').doUpdateSet({ expires_at: new Date(Date.now() + 60_000) }),
      )
      .execute()
    for (let index = 0; index < 3; index += 1) await submit(board, me, project, { gpus: 1 })
    await board.db
      .updateTable('run')
      .set({ expected_seconds: 100 })
      .where('state', '=', 'WAITING')
      .execute()
    const leaving = new AbortController()
    const watching = board.ports.queue.changes(me, 10, leaving.signal)[Symbol.asyncIterator]()
    const first = (await watching.next()).value
    expect(first.waiting).toBe(3)
    const at = first.entries.map((entry: { expectedStart: Date }) => entry.expectedStart.getTime())
    expect(at[1] - at[0]).toBe(100_000)
    expect(at[2] - at[0]).toBe(200_000)
    expect(first.entries[0].reasons).toEqual([{ code: 'NEXT', params: {} }])
    const run = (await board.start())!
    const next = (await watching.next()).value
    expect(next.running.map((entry: { runId: string }) => entry.runId)).toEqual([run])
    expect(next.entries.map((entry: { position: number }) => entry.position)).toEqual([1, 2])
    leaving.abort()
    await watching.return?.()
    await board.db.deleteFrom('lease').where('name', '=', 'executor/test').execute()
  })
})
