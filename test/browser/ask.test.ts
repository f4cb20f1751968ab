import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { settingsFor, startLlmServer } from '../harness/llm-server.ts'
import { canBrowse, visit, type Visit } from './browser.ts'

/** The page of a goal's plan, with a data set that no pictures stand behind. */
async function openPlan({ app, page }: Visit, projectId: string): Promise<void> {
  const version = randomUUID()
  await app.db
    .insertInto('dataset_version')
    .values({
      id: version,
      project_id: Buffer.from(projectId, 'base64').toString().split(':')[1]!,
      hash: `sha256:${version.replaceAll('-', '').padEnd(64, '0')}`,
      manifest: '',
      image_count: 16,
      class_noun: 'cat',
      trigger_word: 'sks',
      created_by: app.app.owner.id,
    })
    .execute()
  await page.goto(`${app.url}/projects/${encodeURIComponent(projectId)}/plan`)
}

describe.skipIf(!canBrowse)('the assistant in the browser', () => {
  test(
    'chips come from the grammar at once, and the model’s fade in',
    { timeout: 120_000 },
    async () => {
      await using llm = await startLlmServer()
      llm.play({
        kind: 'content',
        content: JSON.stringify({
          slots: {
            task: { value: 'subject', words: '' },
            subject_classNoun: { value: 'cat', words: 'furball' },
          },
          ask: null,
        }),
      })
      await using it = await visit(
        {},
        {
          llm: settingsFor(llm, {
            key: 'k',
            timeoutMs: 5000,
            priceIn: 0,
            priceOut: 0,
            dailyMoney: 1,
          }),
        },
      )
      const { page } = it
      await page.goto(it.app.url)
      const input = page.getByTestId('goal-input')
      await input.fill('a LoRA of my dog')
      await page.getByTestId('intent-chip-subject.classNoun').waitFor()
      // from the last key to the chip, taken inside the page; the machine is shared, so the fastest of seven counts
      const waits: number[] = []
      for (const noun of ['horse', 'guitar', 'teapot', 'fox', 'violin', 'lamp', 'sofa']) {
        waits.push(
          await page.evaluate<number>(`new Promise((resolve) => {
          const area = document.querySelector('[data-testid=goal-input]')
          const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set
          const began = performance.now()
          const look = () => {
            const chip = document.querySelector('[data-testid="intent-chip-subject.classNoun"]')
            if (chip?.textContent.includes(${JSON.stringify(noun)})) resolve(performance.now() - began)
            else requestAnimationFrame(look)
          }
          set.call(area, ${JSON.stringify(`a LoRA of my ${noun}`)})
          area.dispatchEvent(new Event('input', { bubbles: true }))
          look()
        })`),
        )
      }
      console.log(`chips after ${waits.map((wait) => Math.round(wait)).join(', ')} ms`)
      expect(Math.min(...waits)).toBeLessThan(100)
      await input.fill('a LoRA of my zoomy furball Biscotti')
      const chip = page.getByTestId('intent-chip-subject.classNoun')
      await expect.poll(() => chip.textContent(), { timeout: 15_000 }).toContain('cat')
      expect(await chip.getAttribute('class')).toContain('refined')
      expect(await chip.textContent()).toContain('language model')
      await it.axe()
      await it.picture('ask-start')
      llm.play({ kind: 'status', status: 401 })
      await input.fill('a LoRA of my fox')
      await expect
        .poll(() => page.getByTestId('reader-notice').textContent(), { timeout: 15_000 })
        .toContain('refused')
      expect(await chip.textContent()).toContain('fox')
    },
  )

  test(
    'IN-06 words change the plan: shown, applied, taken back',
    { timeout: 120_000 },
    async () => {
      await using it = await visit()
      const { page, app } = it
      const { goalSubmit } = await app.ask(
        `mutation { goalSubmit(input: { text: "train a LoRA of my cat" }) { ... on Goal { id project { id } } } }`,
      )
      await openPlan(it, goalSubmit.project.id)
      const input = page.getByTestId('ask-input')
      await input.waitFor()
      await input.fill('랭크 64로')
      await input.press('Enter')
      const changes = page.getByTestId('ask-changes')
      await changes.waitFor()
      expect(await changes.textContent()).toContain('trainer · Rank (size of the LoRA)3264')
      expect(await page.locator('.node.touched').count()).toBe(1)
      await it.axe()
      await it.picture('ask-plan')
      await page.getByTestId('ask-apply').click()
      await expect.poll(() => page.locator('pre.spec').textContent()).toContain('"rank": 64')
      await page.getByTestId('ask-undo').click()
      await expect.poll(() => page.locator('pre.spec').textContent()).toContain('"rank": 32')
      await input.fill('why rank 32?')
      await input.press('Enter')
      await page.getByText('measured on 16 pictures').first().waitFor()
    },
  )

  test.each([
    {
      locale: 'en-GB',
      goal: 'a LoRA of my cat Fluffy in watercolor',
      plain: 'a LoRA of my cat Fluffy',
      usual: 'unless you answer',
      look: 'The watercolor look',
      style: 'style',
      none: 'no price set',
      refused: ['a LoRA of my cat on FLUX', 'cannot be trained here yet'],
    },
    {
      locale: 'ko-KR',
      goal: '내 고양이 나비를 수채화로 학습시켜줘',
      plain: '내 고양이 나비를 학습시켜줘',
      usual: '답하지 않으면 이대로',
      look: '수채화 스타일',
      style: '스타일',
      none: '가격이 정해지지 않음',
      refused: ['내 고양이를 FLUX로 학습해줘', '아직 계획을 세울 수 없습니다'],
    },
  ])(
    'IN-02 the question has a default, an answer, a change of mind; the plan stands below: $locale',
    { timeout: 120_000 },
    async ({ locale, goal, plain, usual, look, style, none, refused }) => {
      await using it = await visit({ locale })
      const { page } = it
      await page.goto(it.app.url)
      const input = page.getByTestId('goal-input')
      await input.fill(goal)
      const glance = page.getByTestId('plan-glance')
      await glance.waitFor()
      expect(await glance.locator('li').count()).toBe(4)
      expect(await glance.textContent()).toContain(none)
      expect(await glance.textContent()).toMatch(/\(.+\).*\(.+\)/)
      const pressed = page.locator('fieldset button[aria-pressed=true]')
      const other = page.locator('fieldset button[aria-pressed=false]')
      expect(await pressed.textContent()).toContain(usual)
      const task = page.getByTestId('intent-chip-task')
      await other.click()
      expect(await pressed.textContent()).toContain(look)
      expect(await task.textContent()).toContain(style)
      // pressed again it is taken back: the default holds
      await pressed.click()
      expect(await pressed.textContent()).toContain(usual)
      await other.click()
      // other words have no such question: the answer to it must not be sent
      await input.fill(plain)
      await expect.poll(() => page.locator('fieldset').count()).toBe(0)
      await it.axe()
      await input.fill(refused[0]!)
      await expect.poll(() => glance.textContent()).toContain(refused[1])
      await input.fill(plain)
      await page.getByTestId('start-project').click()
      await page.waitForURL(/\/pool/)
      const { projects } = await it.app.ask(
        `{ projects(first: 1) { edges { node { goal { intent { revision slots { path value } } } } } } }`,
      )
      const { intent } = projects.edges[0].node.goal
      const value = (path: string): unknown =>
        intent.slots.find((slot: { path: string }) => slot.path === path)?.value
      expect(value('task')).toBe('subject')
      expect(it.faults).toEqual([])
    },
  )

  test(
    'IN-06 what is new, gone and left over is seen; several changes are taken back, also by words, and stay so',
    { timeout: 120_000 },
    async () => {
      await using it = await visit()
      const { page, app } = it
      const { goalSubmit } = await app.ask(
        `mutation { goalSubmit(input: { text: "my cat in watercolor" }) { ... on Goal { id project { id } } } }`,
      )
      await openPlan(it, goalSubmit.project.id)
      const input = page.getByTestId('ask-input')
      await input.waitFor()
      const say = async (text: string): Promise<void> => {
        await input.fill(text)
        await input.press('Enter')
      }
      const nodes = page.getByTestId('plan-diagram').locator('.node')
      const json = page.locator('pre.spec')
      await page.getByTestId('ask-question').waitFor()
      await say('undo')
      await page.getByText('nothing to take back').waitFor()
      await say('add another evaluator, remove the preprocessor and email me when it is done')
      await page.getByTestId('ask-changes').waitFor()
      expect(await page.getByTestId('ask-notice').textContent()).toContain('Nobody is notified')
      expect(await page.locator('.node.added').count()).toBe(1)
      expect(await page.locator('.node.removed').count()).toBe(1)
      await it.axe()
      await it.picture('ask-difference')
      await page.getByTestId('ask-apply').click()
      await expect.poll(() => json.textContent()).toContain('evaluator-2')
      expect(await page.locator('.node.added').count()).toBe(0)
      await say('rank 8')
      await page.getByTestId('ask-apply').click()
      await expect.poll(() => json.textContent()).toContain('"rank": 8')
      await say('undo that')
      await expect.poll(() => json.textContent()).toContain('"rank": 32')
      expect(await nodes.count()).toBe(4)
      await page.getByTestId('ask-undo').click()
      await expect.poll(() => json.textContent()).not.toContain('evaluator-2')
      expect(await page.getByTestId('ask-undo').count()).toBe(0)
      await page.reload()
      await json.waitFor()
      expect(await json.textContent()).not.toContain('evaluator-2')
      expect(await json.textContent()).toContain('"rank": 32')
      await say('rank 500')
      await page.getByText('rank must be a whole number from 1 to 256').waitFor()
      await say('how much will it cost?')
      await page.getByTestId('ask-reason-cost').waitFor()
      expect(it.faults.filter((fault) => !fault.includes('400'))).toEqual([])
    },
  )

  test.each([
    [
      'en',
      'en-GB',
      'train a LoRA of my cat Fluffy in watercolor, at most 2 hours',
      'why rank 16?',
      'make it faster',
    ],
    [
      'ko',
      'ko-KR',
      '내 고양이 나비를 수채화 스타일로 학습시켜줘, 2시간 안에',
      '왜 랭크가 16이야?',
      '더 빠르게 해줘',
    ],
  ])(
    'Start and Ask on a narrow dark screen, whole and accessible: %s',
    { timeout: 120_000 },
    async (language, locale, goal, why, change) => {
      await using it = await visit({
        locale,
        colorScheme: 'dark',
        viewport: { width: 360, height: 780 },
      })
      const { page, app } = it
      const wide = (): Promise<number> =>
        page.evaluate<number>('document.documentElement.scrollWidth')
      await page.goto(app.url)
      await page.getByTestId('goal-input').fill(goal)
      await page.getByTestId('intent-chip-subject.classNoun').waitFor()
      expect(await wide()).toBeLessThanOrEqual(360)
      await it.axe()
      await it.picture(`start-${language}-360-dark`)
      const { goalSubmit } = await app.ask(
        `mutation ($text: String!) { goalSubmit(input: { text: $text }) { ... on Goal { id project { id } } } }`,
        { text: goal },
      )
      await openPlan(it, goalSubmit.project.id)
      const input = page.getByTestId('ask-input')
      await input.waitFor()
      await input.fill(why)
      await input.press('Enter')
      await page
        .getByText(/measured|측정/)
        .first()
        .waitFor()
      await it.picture(`why-${language}-360-dark`)
      await input.fill(change)
      await input.press('Enter')
      await page.getByTestId('ask-changes').waitFor()
      expect(await wide()).toBeLessThanOrEqual(360)
      await it.axe()
      await it.picture(`ask-${language}-360-dark`)
      await page.setViewportSize({ width: 1200, height: 860 })
      await it.picture(`ask-${language}-dark`)
    },
  )
})
