import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { Machine, makeBoard, raw, relay, submitMutation, trainerSpec, type Board } from './board.ts'

const priceMutation = `mutation ($input: PriceSetInput!) { priceSet(input: $input) { ... on Price { deviceType perHour } ... on Error { code message } } }`
const budgetMutation = `mutation ($input: BudgetSetInput!) { budgetSet(input: $input) { ... on Budget { scope name amount spent committed notices } ... on Error { code message } } }`
const usageQuery = `query ($by: UsageGrouping!, $month: String) { usage(by: $by, month: $month) { key name gpuHours cpuHours unpricedGpuHours costs { currency amount } } }`
const hour = 3_600_000

describeOnBoth('costs', (open) => {
  let board: Board
  let me: Viewer
  let project: string
  beforeAll(async () => {
    const gpus = Array.from({ length: 4 }, () => ({ name: 'NVIDIA A100-SXM4-80GB', gigabytes: 80 }))
    board = await makeBoard(await open(), new Machine(gpus))
    me = await board.person()
    project = await board.project(me)
  })

  const price = async (input: object, viewer = board.administrator): Promise<any> =>
    (await board.ask(viewer, priceMutation, { input })).priceSet
  const usage = async (by: string, month: string | null = null, viewer = me): Promise<any[]> =>
    (await board.ask(viewer, usageQuery, { by, month })).usage
  const submit = async (ask: Parameters<typeof trainerSpec>[0]): Promise<any> => {
    const spec = relay('Spec', await board.spec(me, project, trainerSpec(ask)))
    return (await board.ask(me, submitMutation, { input: { spec } })).requestSubmit
  }

  /** A run of one attempt that held so many GPUs for so long. */
  async function ran(options: {
    gpus: number
    from: Date
    to: Date | null
    spot?: boolean
    device?: string
  }): Promise<string> {
    const request = await submit({ gpus: options.gpus, timeout: 60 })
    const run = raw(request.run.id)
    const step = await board.db
      .selectFrom('step')
      .select('id')
      .where('run_id', '=', run)
      .executeTakeFirstOrThrow()
    await board.db
      .insertInto('attempt')
      .values({
        id: newId(),
        step_id: step.id,
        run_id: run,
        ordinal: 1,
        state: options.to === null ? 'STARTED' : 'SUCCEEDED',
        executor: 'board',
        fence: 1,
        device_type: options.device ?? 'NVIDIA A100-SXM4-80GB',
        device_count: options.gpus,
        cores: 2,
        spot: options.spot ?? false,
        started_at: options.from,
        ended_at: options.to,
      })
      .execute()
    await board.db
      .updateTable('run')
      .set({
        state: options.to === null ? 'RUNNING' : 'SUCCEEDED',
        started_at: options.from,
        ended_at: options.to,
      })
      .where('id', '=', run)
      .execute()
    return run
  }
  const forget = async (): Promise<void> => {
    await board.db
      .updateTable('run')
      .set({ state: 'CANCELLED', ended_at: new Date(0) })
      .where('state', 'in', ['WAITING', 'RUNNING'])
      .execute()
    await board.db.deleteFrom('attempt').execute()
  }

  it('CO-01 prices are set by an administrator, from now on; bad ones are refused by name', async () => {
    expect(await price({ deviceType: 'A100', currency: 'USD', perHour: 4 }, me)).toMatchObject({
      code: 'FORBIDDEN',
    })
    for (const [input, message] of [
      [{ deviceType: 'A100', currency: 'dollars', perHour: 4 }, /not a currency/],
      [{ deviceType: 'A100', currency: 'USD', perHour: -4 }, /0 to 10\^9, not -4/],
      [{ deviceType: 'x'.repeat(300), currency: 'USD', perHour: 4 }, /name of a device type/],
      [{ deviceType: 'A100', currency: 'USD', perHour: 4, spotFactor: 2 }, /at most 1, not 2/],
    ] as const) {
      const refused = await price(input)
      expect(refused.code).toBe('BAD_INPUT')
      expect(refused.message).toMatch(message)
    }
    await price({ deviceType: 'A100', currency: 'USD', perHour: 4, spotFactor: 0.25 })
    await price({ deviceType: 'cpu', currency: 'USD', perHour: 0.5 })
    const read = '{ prices { deviceType currency perHour spotFactor } }'
    expect((await board.ask(me, read)).prices).toEqual([
      { deviceType: 'A100', currency: 'USD', perHour: 4, spotFactor: 0.25 },
      { deviceType: 'cpu', currency: 'USD', perHour: 0.5, spotFactor: 1 },
    ])
    await price({ deviceType: 'L4', currency: 'KRW', perHour: 900 })
    await price({ deviceType: 'L4', currency: 'KRW' })
    expect((await board.ask(me, read)).prices).toHaveLength(2)
  })

  it('CO-02 tells the estimate before, and hours and cost after, per run, person, project, month', async () => {
    const spec = relay(
      'Spec',
      await board.spec(me, project, trainerSpec({ gpus: 2, timeout: 3600 })),
    )
    const { requestQuote } = await board.ask(
      me,
      'query ($spec: ID!) { requestQuote(spec: $spec) { quote { bound { currency amount } gpuHoursBound unpriced } } }',
      { spec },
    )
    // Two GPUs and one core for an hour at most.
    expect(requestQuote.quote).toEqual({
      bound: [{ currency: 'USD', amount: 8.5 }],
      gpuHoursBound: 2,
      unpriced: [],
    })
    // Prices hold from when they were set: what ran before has none.
    await board.db
      .updateTable('price')
      .set({ valid_from: new Date(0) })
      .execute()
    await forget()
    const end = new Date()
    const begin = new Date(end.getTime() - 2 * hour)
    await ran({ gpus: 2, from: begin, to: end })
    await ran({ gpus: 1, from: begin, to: end, spot: true })
    const odd = await ran({ gpus: 1, from: begin, to: end, device: 'NVIDIA H200' })
    const runs = await usage('RUN')
    expect(runs.map((it) => [it.gpuHours, it.costs])).toEqual([
      [4, [{ currency: 'USD', amount: 18 }]],
      [2, [{ currency: 'USD', amount: 4 }]],
      [2, [{ currency: 'USD', amount: 2 }]],
    ])
    expect(runs.find((it) => it.key === odd).unpricedGpuHours).toBe(2)
    for (const by of ['PERSON', 'PROJECT'])
      expect(await usage(by)).toMatchObject([
        { gpuHours: 8, cpuHours: 12, unpricedGpuHours: 2, costs: [{ amount: 24 }] },
      ])
    const { runUsage } = await board.ask(
      me,
      'query ($run: ID!) { runUsage(run: $run) { gpuHours costs { amount } } }',
      { run: relay('Run', odd) },
    )
    expect(runUsage).toEqual({ gpuHours: 2, costs: [{ amount: 2 }] })
    const stranger = await board.person()
    expect(await usage('RUN', null, stranger)).toEqual([])
    await expect(
      board.ask(stranger, 'query ($run: ID!) { runUsage(run: $run) { gpuHours } }', {
        run: relay('Run', odd),
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(usage('RUN', '2026-13')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it('CO-02 splits what runs over midnight of a month’s last day, and keeps the price of its time', async () => {
    await forget()
    const at = (text: string): Date => new Date(text)
    await ran({ gpus: 1, from: at('2026-09-30T22:00:00Z'), to: at('2026-10-01T01:00:00Z') })
    await price({ deviceType: 'A100', currency: 'USD', perHour: 40 })
    const months = await usage('MONTH')
    expect(months.map((it) => [it.key, it.gpuHours, it.costs[0].amount])).toEqual([
      ['2026-10', 1, 5],
      ['2026-09', 2, 10],
    ])
    expect(await usage('PROJECT', '2026-10')).toMatchObject([{ gpuHours: 1 }])
    expect(await usage('PROJECT', '2026-08')).toEqual([])
    await price({ deviceType: 'A100', currency: 'USD', perHour: 4, spotFactor: 0.25 })
  })

  describe('CO-03 budgets', () => {
    it('notice at 80 and 100 %, and refusal of what does not fit', async () => {
      await forget()
      const project$ = relay('Project', project)
      const set = async (amount: number | null): Promise<any> =>
        (
          await board.ask(board.administrator, budgetMutation, {
            input: { project: project$, currency: 'USD', amount },
          })
        ).budgetSet
      expect(await set(-1)).toMatchObject({ code: 'BAD_INPUT' })
      expect(await set(20)).toMatchObject({ scope: 'PROJECT', spent: 0, committed: 0, notices: [] })
      // One GPU and one core for an hour: at most 4.5.
      for (let index = 0; index < 4; index += 1)
        expect((await submit({ gpus: 1, timeout: 3600 })).state).toBe('APPROVED')
      const refused = await submit({ gpus: 1, timeout: 3600 })
      expect(refused).toMatchObject({ code: 'BUDGET_EXCEEDED' })
      expect(refused.message).toContain('0.00 are spent and 18.00 promised')
      expect((await submit({ gpus: 1 })).message).toContain(
        'needs a price for its devices and a time',
      )
      await board.db
        .updateTable('run')
        .set({ state: 'CANCELLED', ended_at: new Date(0) })
        .where('state', '=', 'WAITING')
        .execute()
      const end = new Date()
      // Four GPU hours at 4 and eight core hours at 0.5: the budget of 20 is spent.
      await ran({ gpus: 1, from: new Date(end.getTime() - 3.3 * hour), to: end })
      const read = '{ budgets { scope amount spent notices } }'
      const first = (await board.ask(me, read)).budgets[0]
      expect(first.notices).toEqual([80])
      expect(first.spent).toBeCloseTo(16.5, 3)
      await board.db
        .updateTable('attempt')
        .set({ started_at: new Date(end.getTime() - 4 * hour) })
        .execute()
      const second = (await board.ask(me, read)).budgets[0]
      expect(second.notices).toEqual([80, 100])
      expect((await submit({ timeout: 3600 })).code).toBe('BUDGET_EXCEEDED')
      expect((await board.ask(await board.person(), read)).budgets).toEqual([])
      await set(null)
      expect((await submit({ timeout: 3600 })).state).toBe('APPROVED')
    })

    it('P9 50 requests at once never promise more than the budget', async () => {
      await forget()
      await board.ask(board.administrator, budgetMutation, {
        input: { currency: 'USD', amount: 45 },
      })
      const results = await Promise.all(
        Array.from({ length: 50 }, () => submit({ gpus: 1, timeout: 3600 })),
      )
      expect(results.filter((it) => it.state === 'APPROVED')).toHaveLength(10)
      expect(results.filter((it) => it.code === 'BUDGET_EXCEEDED')).toHaveLength(40)
      const { budgets } = await board.ask(board.administrator, '{ budgets { scope committed } }')
      expect(budgets).toEqual([{ scope: 'ALL', committed: 45 }])
      await board.ask(board.administrator, budgetMutation, { input: { currency: 'USD' } })
    })
  })
})
