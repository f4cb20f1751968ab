import { describe, expect, it } from 'vitest'
import type { Viewer } from '#schema/domain/person.ts'
import { createAudits } from '#server/audit/audits.ts'
import { openDatabase } from '#server/db/pool.ts'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'
import { Machine, makeBoard, relay, trainerSpec, type StepAsk } from './board.ts'

describe.each(databaseKinds)(
  'P7 approvals, queue, quotas and prices in the record [%s]',
  (kind) => {
    it('each action of each kind stands there once, with who; what was refused does not', async () => {
      await using test = await makeTestDatabase(kind)
      await using database = await openDatabase(test.config)
      const board = await makeBoard(database, new Machine([]))
      const { requests, queue, costs } = board.ports
      const boss = board.administrator
      const me = await board.person()
      const project = await board.project(me)
      const written: string[] = []
      /** Does it and holds what the record grew by against what was expected. */
      async function expectEntries(expected: readonly string[], work: () => Promise<unknown>) {
        const begun = written.length
        await work()
        const rows = await board.db
          .selectFrom('audit')
          .innerJoin('person', 'person.id', 'audit.person_id')
          .select(['audit.id', 'audit.action', 'person.name', 'audit.project_id'])
          .orderBy('audit.id')
          .execute()
        const all = rows.map(
          (row) => `${row.name}: ${row.action}${row.project_id === null ? '' : ' in the project'}`,
        )
        written.splice(0, written.length, ...all)
        expect(all.slice(begun)).toEqual(expected)
      }
      const refused = (work: () => Promise<unknown>) =>
        expectEntries([], () => expect(work()).rejects.toThrow())
      const submit = async (ask: StepAsk, more: object = {}, viewer: Viewer = me) =>
        requests.submit(viewer, {
          id: null,
          specId: await board.spec(me, project, trainerSpec(ask)),
          isTest: false,
          ...more,
        })
      await expectEntries([], () => Promise.resolve())

      let draft = ''
      await expectEntries([`${me.name}: requestDraft in the project`], async () => {
        draft = (await submit({}, { draft: true })).id
      })
      await expectEntries([`${me.name}: requestSubmit in the project`], () =>
        requests.send(me, draft),
      )
      await refused(() => requests.send(me, draft))
      let twice = { id: '', specId: '' }
      await expectEntries([`${me.name}: requestSubmit in the project`], async () => {
        const specId = await board.spec(me, project, trainerSpec({}))
        twice = { id: crypto.randomUUID(), specId }
        await requests.submit(me, { ...twice, isTest: false })
        await requests.submit(me, { ...twice, isTest: false })
      })
      await refused(() => submit({ gpus: 2 }, { caps: { gpuCount: 1 } }))

      const [approved, rejected, withdrawn] = [
        await submit({ gpus: 4 }),
        await submit({ gpus: 4 }),
        await submit({ gpus: 4 }),
      ]
      const decision = (request: { id: string; signature: string }, comment: string) => ({
        requestId: request.id,
        signature: request.signature,
        comment,
      })
      await expectEntries(
        Array.from({ length: 3 }, () => `${me.name}: requestSubmit in the project`),
        () => Promise.resolve(),
      )
      await refused(() => requests.approve(me, decision(approved, '')))
      await refused(() => requests.approve(boss, { ...decision(approved, ''), signature: 'other' }))
      await expectEntries(['Ada: requestApprove in the project'], () =>
        requests.approve(boss, decision(approved, 'good')),
      )
      await expectEntries([], () => requests.approve(boss, decision(approved, 'good')))
      await refused(() => requests.reject(boss, decision(rejected, '')))
      await expectEntries(['Grace: requestReject in the project'], () =>
        requests.reject(board.second, decision(rejected, 'too much')),
      )
      await expectEntries([`${me.name}: requestWithdraw in the project`], () =>
        requests.withdraw(me, withdrawn.id),
      )

      const entries = await queue.list(boss, { first: 10, after: null, queue: null })
      const [first, second] = entries.nodes.map((entry) => entry.runId)
      await refused(() => queue.move(me, second!, first!))
      await expectEntries(['Ada: queueMove in the project'], () =>
        queue.move(boss, second!, first!),
      )
      await expectEntries(['Ada: queuePrioritise in the project'], () =>
        queue.prioritise(boss, first!, 'HIGH'),
      )
      await expectEntries([`${me.name}: runCancel in the project`], () =>
        board.ask(
          me,
          `mutation ($run: ID!) { runCancel(input: { run: $run }) { __typename ... on Error { message } } }`,
          { run: relay('Run', first!) },
        ),
      )
      const named = { name: 'nights', defaultPriority: 'LOW', nodes: { pool: 'nights' } } as const
      await refused(() => queue.setQueue(me, named))
      await expectEntries(['Ada: queueSet'], () => queue.setQueue(boss, named))
      const quota = { projectId: project, personId: null, gpus: 2, gpuHours: 10, share: 2 }
      await refused(() => queue.setQuota(me, quota))
      await refused(() => queue.setQuota(boss, { ...quota, gpus: -1 }))
      await expectEntries(['Ada: quotaSet in the project'], () => queue.setQuota(boss, quota))
      await refused(() => requests.setThresholds(me, { gpuCount: 2, memoryBytes: 1e9 }))
      await expectEntries(['Ada: approvalThresholdsSet'], () =>
        requests.setThresholds(boss, { gpuCount: 2, memoryBytes: 1e9 }),
      )
      const price = { deviceType: 'A100', currency: 'USD', perHour: 2, spotFactor: 1 }
      await refused(() => costs.setPrice(me, price))
      await expectEntries(['Ada: priceSet'], () => costs.setPrice(boss, price))
      const budget = { projectId: project, personId: null, currency: 'USD', amount: 10 }
      await refused(() => costs.setBudget(me, budget))
      await expectEntries(['Ada: budgetSet in the project'], () => costs.setBudget(boss, budget))

      const checked = await createAudits({
        db: board.db,
        secret: 'a secret for tests',
      }).check()
      expect(checked).toEqual({ chains: 2, entries: written.length, faults: [] })
    })
  },
)
