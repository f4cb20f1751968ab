import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '#test/harness/app.ts'

const plan = `query ($text: String!, $images: Int, $changes: JSON) { goalPlan(text: $text, images: $images, changes: $changes) { components { name type } seconds { low likely high } memoryBytes { low likely high } quote { costs { currency low likely high } unpriced } images refusedSlot refusal } }`

describe('the plan under the text box (design 06, Start)', () => {
  let open: TestApp
  beforeAll(async () => {
    open = await startTestApp()
  })
  afterAll(() => open[Symbol.asyncDispose]())

  it('stands with time, memory and their range before there are pictures, and stores nothing', async () => {
    const { goalPlan: it } = await open.ask(plan, { text: 'train a LoRA of my cat Fluffy' })
    expect(it.refusal).toBeNull()
    expect(it.components.map((part: { name: string }) => part.name)).toEqual([
      'data-loader',
      'preprocessor',
      'trainer',
      'evaluator',
    ])
    expect(it.seconds.low).toBeLessThan(it.seconds.likely)
    expect(it.seconds.high).toBeGreaterThan(it.seconds.likely)
    expect(it.memoryBytes.likely).toBeGreaterThan(1e8)
    expect(it.images).toBe(20)
    expect(it.refusal).toBeNull()
    for (const table of ['goal', 'intent', 'spec'] as const)
      expect(await open.db.selectFrom(table).select('id').execute()).toEqual([])
  })

  it('follows the pictures at hand and what was set by hand', async () => {
    const seconds = async (variables: object): Promise<number> =>
      (await open.ask(plan, { text: '내 고양이를 학습시켜줘', ...variables })).goalPlan.seconds
        .likely
    expect(await seconds({ changes: { quality: 'fast' } })).toBeLessThan(
      await seconds({ changes: { quality: 'best' } }),
    )
    expect(await seconds({ images: 1 })).toBeLessThan(await seconds({ images: 40 }))
  })

  it('costs by the prices that an administrator set', async () => {
    await open.ask(
      `mutation { priceSet(input: { deviceType: "cpu", currency: "USD", perHour: 0.5 }) { __typename } }`,
    )
    const { goalPlan: it } = await open.ask(plan, { text: 'my cat' })
    expect(it.quote.costs[0].currency).toBe('USD')
    expect(it.quote.costs[0].likely).toBeGreaterThan(0)
  })

  it.each(['make something', '뭔가 해줘', 'train my Fluffy', '두부 학습해줘'])(
    'IN-02 %s: an open question blocks nothing',
    async (text) => {
      const { goalPlan: it } = await open.ask(plan, { text })
      expect(it.refusal).toBeNull()
      expect(it.components).toHaveLength(4)
    },
  )

  it.each([
    ['a LoRA of my cat on FLUX', 'baseModel'],
    ['fine-tune a language model on my diary', 'task'],
  ])('%s: says what stands in the way', async (text, slot) => {
    const { goalPlan: it } = await open.ask(plan, { text })
    expect(it.components).toEqual([])
    expect(it.refusedSlot).toBe(slot)
    expect(it.refusal).toContain(slot)
  })

  it.each<[object, string]>([
    [{ images: 0 }, 'images'],
    [{ images: 1_000_000 }, 'images'],
    [{ changes: [1] }, 'changes'],
    [{ changes: { nonsense: 1 } }, 'nonsense'],
    [{ changes: { baseModel: 'gpt-9' } }, 'baseModel'],
    [{ changes: { 'settings.rank': 'many' } }, 'settings.rank'],
    [
      { changes: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x${at}`, 1])) },
      'changes',
    ],
  ])('%j is refused by name', async (variables, culprit) => {
    const answer = await open.post(plan, { text: 'my cat', ...variables })
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_INPUT')
    expect(answer.errors?.[0]?.message).toContain(culprit)
  })
})
