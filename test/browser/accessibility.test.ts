import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { beginProject, canBrowse, makeSamplePool, visit, type Visit } from './browser.ts'

/** The page is usable as it is: nothing for axe to blame, nothing wider than the window. */
async function checkPage(it: Visit, name: string): Promise<void> {
  await it.axe()
  await it.picture(name)
  const wider = await it.page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(wider, `${name} is wider than the window`).toBeLessThanOrEqual(0)
  // WCAG 2.4.2: tabs, history and screen readers tell pages apart by it.
  if (!name.includes('start')) expect(await it.page.title()).toMatch(/^.+ · Autodidact$/)
}

describe.skipIf(!canBrowse)('in Korean, dark, on a small screen', () => {
  test(
    'each page before a run has no serious violation and no sideways scroll',
    { timeout: 180_000 },
    async () => {
      const pool = await mkdtemp(join(tmpdir(), 'autodidact-pool-'))
      makeSamplePool(pool)
      await using it = await visit({
        viewport: { width: 360, height: 740 },
        locale: 'ko-KR',
        colorScheme: 'dark',
        hasTouch: true,
      })
      const { page, faults } = it
      await beginProject(it, pool)
      await checkPage(it, 'ko-1-start')
      await page.getByTestId('start-project').click()
      await page.getByTestId('pool-image').nth(13).waitFor()
      await checkPage(it, 'ko-2-pool')
      await page.getByTestId('begin-review').click()
      await page.getByTestId('candidate').waitFor({ timeout: 90_000 })
      await checkPage(it, 'ko-3-review')
      await page.getByTestId('verdict-accept').click()
      await page.getByTestId('finish-review').click()
      await page.getByTestId('make-dataset').waitFor()
      await checkPage(it, 'ko-4-final-set')
      await page.getByTestId('make-dataset').click()
      await page.getByTestId('start-run').waitFor()
      await page.locator('.react-flow__node').first().waitFor()
      await checkPage(it, 'ko-5-plan')
      await page.getByTestId('request-options').click()
      await page.getByTestId('dialog-marks').waitFor()
      await checkPage(it, 'ko-5-request')
      await page.getByTestId('cap-gpuCount').fill('1000000000')
      await page.getByTestId('cap-memory').focus()
      await page.getByRole('alert').waitFor()
      // One fault is told once: at its field.
      expect(await page.getByRole('alert').textContent()).toContain('0에서 1024까지')
      await expect
        .poll(() => page.getByTestId('cap-gpuCount').getAttribute('aria-invalid'))
        .toBe('true')
      expect(await page.getByTestId('submit-request').isDisabled()).toBe(true)
      await checkPage(it, 'ko-5-request-refused')
      await page.getByTestId('cap-gpuCount').fill('')
      await page.getByTestId('cap-memory').focus()
      await expect.poll(() => page.getByRole('alert').count()).toBe(0)
      expect(await page.getByTestId('submit-request').isDisabled()).toBe(false)
      await page.keyboard.press('Escape')
      for (const path of ['runs', 'models', 'cluster']) {
        await page.goto(`${it.app.url}/${path}`)
        await page.locator('h1').waitFor()
        await checkPage(it, `ko-6-${path}`)
      }
      expect(faults).toEqual([])
      await rm(pool, { recursive: true, force: true })
    },
  )
})
