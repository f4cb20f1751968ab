import { beforeAll, expect, it } from 'vitest'
import type { Viewer } from '#schema/domain/person.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { Machine, makeBoard, relay, submitMutation, trainerSpec, type Board } from './board.ts'

const quotaSet = `mutation ($input: QuotaSetInput!) { quotaSet(input: $input) { ... on Quota { owner gpus gpuHours share } ... on Error { code message } } }`
const budgetSet = `mutation ($input: BudgetSetInput!) { budgetSet(input: $input) { ... on Budget { owner amount } ... on Error { code message } } }`
const priceSet = `mutation ($input: PriceSetInput!) { priceSet(input: $input) { ... on Price { deviceType } } }`
const quotasQuery = `{ quotas { owner scope name gpus gpuHours usedGpus share } }`
const ownUse = `{ ownUse { quota { owner gpus gpuHours usedGpus usedGpuHours } costs { currency amount } budgets { owner amount spent committed } } }`

describeOnBoth('CO-03 limits of people', (open) => {
  let board: Board
  let me: Viewer
  let other: Viewer
  let project: string
  beforeAll(async () => {
    const gpus = Array.from({ length: 4 }, () => ({ name: 'NVIDIA A100-SXM4-80GB', gigabytes: 80 }))
    board = await makeBoard(await open(), new Machine(gpus))
    me = await board.person()
    other = await board.person()
    project = await board.project(me)
  })

  const set = async (input: object, viewer = board.administrator): Promise<any> =>
    (await board.ask(viewer, quotaSet, { input })).quotaSet
  const submit = async (gpus: number): Promise<any> => {
    const spec = relay(
      'Spec',
      await board.spec(me, project, trainerSpec({ gpus, gpuType: 'A100', timeout: 3600 })),
    )
    return (await board.ask(me, submitMutation, { input: { spec } })).requestSubmit
  }

  it('an administrator sees everybody, others themselves', async () => {
    const all = await board.ask(
      board.administrator,
      '{ persons { edges { node { id name role } } } }',
    )
    expect(all.persons.edges.map((it: { node: { name: string } }) => it.node.name)).toEqual(
      expect.arrayContaining(['Ada', 'Grace', me.name, other.name]),
    )
    const mine = await board.ask(me, '{ persons { edges { node { id } } } }')
    expect(mine.persons.edges).toEqual([{ node: { id: relay('Person', me.id) } }])
  })

  it('tells the own use where nothing limits it', async () => {
    expect((await board.ask(me, ownUse)).ownUse).toEqual({
      quota: {
        owner: relay('Person', me.id),
        ...{ gpus: null, gpuHours: null, usedGpus: 0, usedGpuHours: 0 },
      },
      costs: [],
      budgets: [],
    })
  })

  it('refuses what is over a person’s limit, and takes it once the limit is raised', async () => {
    const person = relay('Person', me.id)
    expect(await set({ person, gpus: 1, gpuHours: 4 })).toMatchObject({ owner: person, gpus: 1 })
    expect(await submit(2)).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining('Your quota is 1 GPUs at once'),
    })
    expect(await set({ person, gpus: 2, gpuHours: 4 }, me)).toMatchObject({ code: 'FORBIDDEN' })
    await set({ person, gpus: 2, gpuHours: 4 })
    expect((await submit(2)).state).toBe('APPROVED')
    const run = await board.start()
    expect(run).not.toBeNull()
    const { quota } = (await board.ask(me, ownUse)).ownUse
    expect(quota).toMatchObject({ gpus: 2, usedGpus: 2, gpuHours: 4 })
    // Nobody sees another's.
    expect((await board.ask(other, quotasQuery)).quotas).toEqual([])
    expect((await board.ask(other, ownUse)).ownUse.quota.usedGpus).toBe(0)
    await board.end(run!)
  })

  it('a limit without figures is gone from the list; a project’s weight keeps its row', async () => {
    const list = async (): Promise<string[]> =>
      (await board.ask(board.administrator, quotasQuery)).quotas.map(
        (it: { owner: string }) => it.owner,
      )
    const person = relay('Person', me.id)
    expect(await list()).toContain(person)
    expect(await set({ person })).toMatchObject({ gpus: null, gpuHours: null })
    expect(await list()).not.toContain(person)
    const of = relay('Project', project)
    await set({ project: of, gpus: 3, share: 2 })
    expect(await set({ project: of })).toMatchObject({ owner: of, gpus: null, share: 2 })
    expect(await list()).toContain(of)
    await set({ project: of, share: 1 })
    expect(await list()).not.toContain(of)
  })

  it('a person’s budget refuses, is raised, and shows what is promised', async () => {
    const person = relay('Person', me.id)
    await board.ask(board.administrator, priceSet, {
      input: { deviceType: 'A100', currency: 'USD', perHour: 3 },
    })
    const give = async (amount: number, viewer = board.administrator): Promise<any> =>
      (
        await board.ask(viewer, budgetSet, {
          input: { person, currency: 'USD', amount },
        })
      ).budgetSet
    expect(await give(2)).toMatchObject({ owner: person, amount: 2 })
    expect(await submit(1)).toMatchObject({ code: 'BUDGET_EXCEEDED' })
    expect(await give(1_000, me)).toMatchObject({ code: 'FORBIDDEN' })
    await give(100)
    expect((await submit(1)).state).toBe('APPROVED')
    const { budgets } = (await board.ask(me, ownUse)).ownUse
    expect(budgets).toMatchObject([{ owner: person, amount: 100 }])
    expect(budgets[0].committed).toBeGreaterThanOrEqual(3)
    expect((await board.ask(other, ownUse)).ownUse.budgets).toEqual([])
  })
})
