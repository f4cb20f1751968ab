import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printSpec } from '#schema/domain/spec.ts'
import { fakeComponent, fakeSpec, makeFakeComponents } from '#test/engine/fake-components.ts'
import { describeEnvironment } from '#test/harness/training-environment.ts'
import { canBrowse, visit, type Visit } from './browser.ts'

const goal = `mutation { goalSubmit(input: { text: "train a LoRA of my cat" }) { ... on Goal { project { id } } } }`
const store = `mutation ($project: ID!, $text: String!) { specStore(input: { project: $project, text: $text }) { ... on Spec { id } ... on Error { message } ... on BadInput { problems { message } } } }`
const submit = `mutation ($input: RequestSubmitInput!) { requestSubmit(input: $input) { ... on Request { id state } ... on Error { message } } }`
const price = `mutation ($input: PriceSetInput!) { priceSet(input: $input) { ... on Price { deviceType } } }`
const budget = `mutation ($input: BudgetSetInput!) { budgetSet(input: $input) { ... on Budget { key } } }`

let salt = 0

/** A plan of one step that keeps all cores busy, or that asks for GPUs. */
function plan(name: string, gpus: number): string {
  const outputs = [{ name: 'model', type: 'model' }] as const
  const step = fakeComponent(
    1,
    'trainer',
    'trainer',
    { outputs },
    { seconds: 600, ticks: 600, salt: (salt += 1) },
    {
      resources: {
        ...(gpus > 0 ? { gpuCount: gpus, gpuType: 'A100' } : {}),
        cpu: { written: 64, cores: 64 },
        memory: { text: gpus > 0 ? '128GB' : '1GB', bytes: Number.NaN },
      },
      timeout: { written: '1h', seconds: 3600 },
    },
  )
  return printSpec({ ...fakeSpec([step], []), name })
}

describe.skipIf(!canBrowse)('requests, queue and costs in the browser', () => {
  let folder: string
  let components: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autodidact-fake-'))
    components = await makeFakeComponents(folder)
    await describeEnvironment(components)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function request(it: Visit, project: string, name: string, gpus: number): Promise<void> {
    const { specStore } = await it.app.ask(store, { project, text: plan(name, gpus) })
    if (specStore.id === undefined) throw new Error(JSON.stringify(specStore))
    const input = { spec: specStore.id, note: `for ${name}` }
    const { requestSubmit } = await it.app.ask(submit, { input })
    if (requestSubmit.id === undefined) throw new Error(JSON.stringify(requestSubmit))
  }

  async function fill(it: Visit): Promise<void> {
    await it.app.ask(price, {
      input: { deviceType: 'A100', currency: 'USD', perHour: 3.5, spotFactor: 0.4 },
    })
    await it.app.ask(price, { input: { deviceType: 'cpu', currency: 'USD', perHour: 0.04 } })
    await it.app.ask(budget, { input: { currency: 'USD', amount: 5_000 } })
    const { goalSubmit } = await it.app.ask(goal)
    for (const name of ['first', 'second', 'third', 'fourth'])
      await request(it, goalSubmit.project.id, name, 0)
    await request(it, goalSubmit.project.id, 'eight GPUs', 8)
  }

  async function look(it: Visit, name: string): Promise<void> {
    await it.axe()
    await it.picture(name)
    const wider = await it.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(wider, `${name} is wider than the window`).toBeLessThanOrEqual(0)
  }

  const names = async (it: Visit): Promise<string[]> =>
    it.page.getByTestId('queue-waiting').locator('tbody td:nth-child(2) a').allTextContents()

  test(
    'QU-01 QU-03 AP-02 the administrator orders the queue, and decides on what is over the threshold',
    { timeout: 180_000 },
    async () => {
      await using it = await visit({}, { componentsFolder: components })
      const { page, app, faults } = it
      for (const path of ['requests', 'queue', 'costs']) {
        await page.goto(`${app.url}/${path}`)
        await page.locator('.empty').first().waitFor()
        await look(it, `queue-0-${path}-empty`)
      }
      await fill(it)
      await page.goto(`${app.url}/queue`)
      await page.getByTestId('queue-waiting').waitFor()
      await expect.poll(() => names(it)).toEqual(['second', 'third', 'fourth'])
      await page
        .getByText(/needs 2 CPU cores|needs \d+ CPU cores/)
        .first()
        .waitFor()
      await look(it, 'queue-1-queue')
      await page.getByRole('button', { name: 'Move fourth to the head' }).click()
      await expect.poll(() => names(it)).toEqual(['fourth', 'second', 'third'])
      await page.getByRole('button', { name: 'Move third up' }).click()
      await expect.poll(() => names(it)).toEqual(['fourth', 'third', 'second'])
      const rows = page.getByTestId('queue-waiting').locator('tbody tr')
      await rows.nth(2).dragTo(rows.nth(0))
      await expect.poll(() => names(it)).toEqual(['second', 'fourth', 'third'])
      await page.getByLabel('Priority of third').selectOption('HIGH')
      await expect.poll(() => names(it)).toEqual(['third', 'second', 'fourth'])
      await page.getByRole('button', { name: 'Undo' }).click()
      await expect.poll(() => names(it)).toEqual(['second', 'fourth', 'third'])
      await page.getByRole('button', { name: 'Move third to the head' }).click()
      await expect.poll(() => names(it)).toEqual(['third', 'second', 'fourth'])
      await page.getByTestId('queues').locator('summary').click()
      await page.getByTestId('queues').locator('input[name=name]').fill('nights')
      await page.getByTestId('queues').locator('input[name=nodes]').fill('pool=nights')
      await page.getByRole('button', { name: 'Set queue' }).click()
      await page.getByRole('cell', { name: 'pool=nights' }).waitFor()
      await page.getByTestId('quotas').locator('summary').click()
      await page.getByLabel('GPUs at once').fill('2')
      await page.getByRole('button', { name: 'Set limit' }).click()
      await page.getByRole('cell', { name: '0 of 2' }).waitFor()
      const quotas = page.getByTestId('quotas')
      await quotas.locator('select[name=owner]').selectOption({ label: 'Owner' })
      expect(await quotas.getByLabel('Weight in fair share').count()).toBe(0)
      await quotas.getByLabel('GPUs at once').fill('4')
      await quotas.getByLabel('GPU hours a month').fill('20')
      await page.getByRole('button', { name: 'Set limit' }).click()
      await page.getByRole('cell', { name: '0 of 4' }).waitFor()
      // Raised from its row, with what stands filled in.
      await quotas.getByRole('button', { name: 'Change the limit of Owner' }).click()
      await expect.poll(() => quotas.getByLabel('GPU hours a month').inputValue()).toBe('20')
      await quotas.getByLabel('GPUs at once').fill('6')
      await page.getByRole('button', { name: 'Set limit' }).click()
      await page.getByRole('cell', { name: '0 of 6' }).waitFor()
      await quotas.getByRole('button', { name: 'Remove the limit of Owner' }).click()
      await expect.poll(() => page.getByRole('cell', { name: '0 of 6' }).count()).toBe(0)
      await quotas.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('cell', { name: '0 of 6' }).waitFor()
      await page.getByTestId('own-use').waitFor()
      await look(it, 'queue-1-quotas')
      await page.getByTestId('queue-waiting').getByRole('link', { name: 'second' }).click()
      await page.getByTestId('run-waits').getByText('Number 2 of all that wait').waitFor()
      await page
        .getByTestId('run-waits')
        .getByText(/needs \d+ CPU cores/)
        .waitFor()
      await look(it, 'queue-1-run')
      await page.goto(`${app.url}/requests`)
      await page.getByTestId('to-approve').getByRole('button').click()
      await page.getByRole('link', { name: 'eight GPUs' }).waitFor()
      await look(it, 'queue-2-requests')
      await page.getByRole('link', { name: 'eight GPUs' }).click()
      await page.getByTestId('request-marks').waitFor()
      expect(await page.getByTestId('request-marks').textContent()).toContain(
        '“trainer” asks for 8 GPUs; from 4 GPUs on an administrator decides.',
      )
      await page.getByTestId('spec-changes').waitFor()
      await page.getByText('0 of 0 GPUs of this machine match; 8 are asked for.').waitFor()
      await look(it, 'queue-3-request')
      expect(await page.getByTestId('reject').isDisabled()).toBe(true)
      await page.getByTestId('decision-comment').fill('Two are enough for this.')
      await page.getByTestId('reject').click()
      await expect
        .poll(() => page.getByTestId('request-state').getAttribute('data-state'))
        .toBe('REJECTED')
      await page.goto(`${app.url}/costs`)
      await page.getByTestId('usage').waitFor()
      await page.getByTestId('budget').waitFor()
      await page.locator('select[name=owner]').selectOption({ label: 'Owner' })
      await page.getByLabel('Amount').fill('300')
      await page.getByRole('button', { name: 'Set budget' }).click()
      await expect.poll(() => page.getByTestId('budget').count()).toBe(2)
      await page.getByRole('button', { name: 'Change the budget of Owner' }).click()
      await expect.poll(() => page.getByLabel('Amount').inputValue()).toBe('300')
      await page.getByLabel('Amount').fill('400')
      await page.getByRole('button', { name: 'Set budget' }).click()
      await page.getByTestId('own-use').getByText('$400').waitFor()
      await page.getByRole('button', { name: 'Remove the price of A100' }).click()
      await expect.poll(() => page.getByRole('cell', { name: 'A100', exact: true }).count()).toBe(0)
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByRole('cell', { name: 'A100', exact: true }).waitFor()
      await look(it, 'queue-4-costs')
      expect(faults).toEqual([])
    },
  )

  test('in Korean, dark, at 360 px', { timeout: 180_000 }, async () => {
    await using it = await visit(
      {
        viewport: { width: 360, height: 740 },
        locale: 'ko-KR',
        colorScheme: 'dark',
        hasTouch: true,
      },
      { componentsFolder: components },
    )
    const { page, app, faults } = it
    await fill(it)
    await page.goto(`${app.url}/queue`)
    await page.getByTestId('queue-waiting').waitFor()
    for (const word of ['순서', '이름', '우선순위', '자원', '신청자', '상태', '신청일시'])
      await page.getByTestId('queue-waiting').getByRole('columnheader', { name: word }).waitFor()
    await look(it, 'queue-5-ko-queue')
    await page.getByTestId('queue-waiting').getByRole('link', { name: 'second' }).click()
    await page.getByTestId('run-waits').getByText('전체 대기 중 1번째').waitFor()
    await look(it, 'queue-5-ko-run')
    await page.goto(`${app.url}/requests`)
    await page.getByRole('link', { name: 'eight GPUs' }).waitFor()
    await look(it, 'queue-6-ko-requests')
    await page.getByRole('link', { name: 'eight GPUs' }).click()
    await page.getByTestId('approve').waitFor()
    await look(it, 'queue-7-ko-request')
    await page.goto(`${app.url}/costs`)
    await page.getByTestId('prices').waitFor()
    await look(it, 'queue-8-ko-costs')
    expect(faults).toEqual([])
  })
})
