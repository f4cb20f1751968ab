import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { beginProject, canBrowse, judgeRound, makeSamplePool, visit } from './browser.ts'

describe.skipIf(!canBrowse)('in the browser, with the real training', () => {
  test(
    'from a sentence and pictures to a model that is downloaded',
    { timeout: 360_000 },
    async () => {
      const pool = await mkdtemp(join(tmpdir(), 'autodidact-pool-'))
      makeSamplePool(pool)
      await using it = await visit()
      const { page, faults } = it

      await beginProject(it, pool)
      await expect
        .poll(() => page.getByTestId('intent-chip-subject.classNoun').textContent())
        .toContain('cat')
      await it.axe()
      await it.picture('1-start')
      await page.getByTestId('start-project').click()

      await page.getByTestId('pool-account').waitFor()
      await expect
        .poll(() => page.getByTestId('pool-account').textContent(), { timeout: 30_000 })
        .toBe('14 uploaded = 14 used + 0 excluded')
      expect(await page.getByTestId('pool-image').count()).toBe(14)
      await it.picture('2-pool')
      await page.getByTestId('begin-review').click()

      // One verdict taken back, and given again.
      const candidate = page.getByTestId('candidate')
      await candidate.waitFor({ timeout: 90_000 })
      const first = (await candidate.getAttribute('data-candidate'))!
      await page.keyboard.press('x')
      await expect.poll(() => candidate.getAttribute('data-candidate')).not.toBe(first)
      await page.keyboard.press('z')
      await expect.poll(() => candidate.getAttribute('data-candidate')).toBe(first)
      await it.axe()
      await it.picture('3-review')
      let { accepted, judged } = await judgeRound(it)
      while (accepted < 8) {
        await page.getByTestId('next-round').click()
        const more = await judgeRound(it)
        accepted += more.accepted
        judged += more.judged
      }
      await expect
        .poll(() => page.getByTestId('verdict-counts').textContent())
        .toBe(`${accepted} accepted, ${judged - accepted} rejected, 0 unsure`)
      await it.picture('4-review-done')
      await page.getByTestId('finish-review').click()
      await page.getByTestId('make-dataset').waitFor()
      await it.picture('5-final-set')
      // What is shown is what is taken.
      const shown = await page.locator('ul.grid img').count()
      expect(shown).toBeLessThanOrEqual(accepted)
      await page.getByTestId('make-dataset').click()

      const start = page.getByTestId('start-run')
      await start.waitFor()
      const steps = page.getByLabel('Training steps')
      const fewest = Math.max(20, Number(await steps.getAttribute('min')))
      await it.picture('6-plan')
      await page.getByText(`${shown} pictures ·`).waitFor()
      const kept = await steps.inputValue()
      await steps.fill('0')
      await steps.press('Enter')
      await page.getByText(`Until then it stays ${kept}.`).waitFor()
      expect(await steps.getAttribute('aria-invalid')).toBe('true')
      await steps.fill(String(fewest))
      await steps.press('Enter')
      await expect.poll(() => steps.inputValue()).toBe(String(fewest))
      await expect
        .poll(() => page.locator('pre.spec').textContent(), { timeout: 15_000 })
        .toMatch(new RegExp(`steps"?: ${fewest}\\b`))
      await start.click()

      const state = page.getByTestId('run-state')
      await expect.poll(() => state.getAttribute('data-state'), { timeout: 60_000 }).toBe('RUNNING')
      await it.cut()
      await page.getByTestId('offline').waitFor()
      await it.picture('7-run-offline')
      await new Promise((done) => setTimeout(done, 2_000))
      await it.mend()
      await expect.poll(() => page.getByTestId('offline').count(), { timeout: 20_000 }).toBe(0)
      await page.getByTestId('metric-chart').first().waitFor({ timeout: 150_000 })
      await it.picture('8-run')
      await expect
        .poll(() => state.getAttribute('data-state'), { timeout: 240_000, interval: 250 })
        .not.toBe('RUNNING')
      expect(await state.getAttribute('data-state')).toBe('SUCCEEDED')
      const open = page.getByTestId('open-model')
      await open.waitFor()
      expect(await page.getByTestId('sample-image').count()).toBeGreaterThan(0)
      await page.waitForTimeout(4_500)
      expect(await page.getByTestId('offline').count()).toBe(0)
      await it.axe()
      await it.picture('9-run-done')
      await open.click()

      const button = page.getByTestId('model-download')
      await button.waitFor()
      await page.waitForTimeout(500)
      await it.axe()
      await it.picture('10-model')
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
      const bytes = await readFile(await download.path())
      expect(bytes.length).toBeGreaterThan(100_000)
      expect(await page.getByTestId('sample-image').count()).toBeGreaterThan(0)

      for (const [name, path] of [
        ['Models', '/models'],
        ['Runs', '/runs'],
      ] as const) {
        await page.getByRole('link', { name, exact: true }).click()
        await page.waitForURL(`**${path}`)
        await page.locator('td').first().waitFor()
        await it.picture(`11-${name.toLowerCase()}`)
        if (path === '/models') {
          await expect
            .poll(() => page.evaluate<number>("document.querySelector('img.cover').naturalWidth"))
            .toBe(64)
          await page.getByTestId('view-model').click()
          await page.getByTestId('model-download').waitFor()
        }
      }
      expect(faults).toEqual([])
      await rm(pool, { recursive: true, force: true })
    },
  )
})
