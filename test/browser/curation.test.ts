import { describe, expect, test } from 'vitest'
import { noisePicture } from '../harness/app.ts'
import { canBrowse, visit, type Visit } from './browser.ts'

async function makeProject({ app }: Visit): Promise<{ id: string; pool: string }> {
  const { projectCreate } = await app.ask(
    `mutation { projectCreate(input: { name: "Curation" }) { ... on Project { id pool { id } } ... on Error { message } } }`,
  )
  const pool = projectCreate.pool.id as string
  await app.upload(
    pool,
    await Promise.all(
      Array.from({ length: 36 }, async (_, seed) => ({
        name: `${seed}.png`,
        bytes: await noisePicture(seed + 1, 160),
      })),
    ),
  )
  return { id: projectCreate.id, pool }
}

async function makeVersion({ app }: Visit, pool: string, from: number, to: number): Promise<void> {
  const { curationStart } = await app.ask(
    `mutation ($pool: ID!) { curationStart(input: { pool: $pool }) { ... on Curation { id } ... on Error { message } } }`,
    { pool },
  )
  const { node } = await app.ask(
    `query ($id: ID!) { node(id: $id) { ... on Pool { images(first: 50) { edges { node { id } } } } } }`,
    { id: pool },
  )
  const images = node.images.edges.map((edge: { node: { id: string } }) => edge.node.id)
  await app.ask(
    `mutation ($curation: ID!, $images: [ID!]!) { imagesAccept(input: { curation: $curation, images: $images }) { ... on Error { message } } }`,
    { curation: curationStart.id, images: images.slice(from, to) },
  )
  await app.ask(
    `mutation ($curation: ID!) { curationFinish(input: { curation: $curation }) { ... on Error { message } } }`,
    { curation: curationStart.id },
  )
}

const looks = [
  { name: 'en', options: {} },
  { name: 'ko', options: { locale: 'ko-KR' } },
  { name: 'narrow', options: { viewport: { width: 360, height: 740 } } },
  { name: 'dark', options: { colorScheme: 'dark' as const } },
]

describe.skipIf(!canBrowse)('CU-05, CU-09, CU-11 in the browser', () => {
  test(
    'a grid is judged, the map drawn, captions replaced, two versions compared and the older one taken up',
    { timeout: 300_000 },
    async () => {
      await using it = await visit()
      const { page, faults, app, context } = it
      const { id, pool } = await makeProject(it)
      const path = (step: string): string => `${app.url}/projects/${encodeURIComponent(id)}/${step}`
      await page.goto(path('review'))
      await page.getByTestId('candidate').waitFor({ timeout: 120_000 })
      await page.keyboard.press('g')
      const grid = page.getByTestId('review-grid')
      await grid.waitFor()
      await grid.locator('button').nth(1).click()
      await it.axe()
      await it.picture('curation-grid')
      const shown = await grid.locator('button').count()
      await page.getByTestId('grid-done').click()
      await expect
        .poll(() => page.getByTestId('verdict-counts').textContent())
        .toBe(`${shown - 1} accepted, 1 rejected, 0 unsure`)
      await page.getByTestId('next-round').click()
      await grid.waitFor()
      await page.keyboard.press('g')
      await page.getByTestId('candidate').waitFor()
      await page.locator('aside summary').click()
      await it.axe()

      await makeVersion(it, pool, 0, 14)
      await makeVersion(it, pool, 4, 20)
      // A line about points shows their pictures, leaves them out, and takes that back.
      await page.goto(path('map'))
      await page.getByTestId('map').scrollIntoViewIfNeeded()
      const box = (await page.getByTestId('map').boundingBox())!
      await page.mouse.move(box.x + 10, box.y + 10)
      await page.mouse.down()
      for (const [across, down] of [
        [1, 0],
        [1, 1],
        [0, 1],
      ] as const)
        await page.mouse.move(
          box.x + 10 + across * (box.width - 20),
          box.y + 10 + down * (box.height - 20),
          { steps: 4 },
        )
      await page.mouse.up()
      await page.getByText('36 inside the line').waitFor({ timeout: 5_000 })
      await page.getByText('and 12 more').waitFor({ timeout: 5_000 })
      expect(await page.getByTestId('map-pictures').locator('img').count()).toBe(24)
      await page.getByRole('button', { name: 'Leave these out' }).click()
      const back = page.getByText('36 are left out.').getByRole('button', { name: 'Undo' })
      await back.click()
      await expect.poll(() => back.count()).toBe(0)
      await it.axe()
      await page.goto(path('data'))
      const versions = page.getByTestId('dataset-version')
      await expect.poll(() => versions.count()).toBe(2)
      await page.getByLabel('Find').fill('a photo')
      await page.getByLabel('Replace by').fill('a picture')
      await page.getByTestId('captions-replace').click()
      await page.getByText('36 captions changed.').waitFor()
      await expect
        .poll(() => page.locator('.captions textarea').first().inputValue())
        .toMatch(/^a picture/)
      await versions.nth(1).getByRole('button', { name: 'Compare' }).click()
      const diff = page.getByTestId('dataset-diff')
      await diff.waitFor()
      expect(await diff.textContent()).toMatch(/unchanged · \d+ added · \d+ removed/)
      await it.axe()
      await it.picture('curation-data')
      const older = await versions.nth(1).locator('code').textContent()
      await versions.nth(1).getByRole('button', { name: 'Use this one again' }).click()
      await expect.poll(() => versions.first().locator('code').textContent()).toBe(older)

      for (const { name, options } of looks) {
        const browser = context.browser()!
        await using other = await browser.newContext({
          viewport: { width: 1200, height: 860 },
          ...options,
        })
        const view = await other.newPage()
        for (const [step, ready] of [
          ['map', '[data-testid="map"]'],
          ['data', '[data-testid="dataset-version"]'],
          ['review', '.review, .empty, main button.primary'],
        ] as const) {
          await view.goto(path(step))
          await view.locator(ready).first().waitFor()
          await view.waitForTimeout(400)
          const wide = await view.evaluate('document.documentElement.scrollWidth - innerWidth')
          expect(wide, `${step} ${name} scrolls sideways`).toBeLessThanOrEqual(0)
          const folder = process.env['TEST_SCREENSHOTS']
          if (folder !== undefined)
            await view.screenshot({
              path: `${folder}/curation-${step}-${name}.png`,
              fullPage: true,
            })
        }
      }
      expect(faults).toEqual([])
    },
  )
})
