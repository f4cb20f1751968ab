import { describe, expect, test } from 'vitest'
import { startLlmServer } from '../harness/llm-server.ts'
import { canBrowse, visit } from './browser.ts'

const explanation = 'You want a LoRA of your cat Biscotti, from your own photos of it.'

describe.skipIf(!canBrowse)('the language model’s page', () => {
  test(
    'an administrator names a server, tests it, sees what it costs; then its words stream',
    { timeout: 180_000 },
    async () => {
      await using llm = await startLlmServer()
      await using it = await visit({ viewport: { width: 360, height: 740 }, locale: 'en-US' }, {})
      const { page } = it
      await page.goto(it.app.url)
      await page.getByRole('link', { name: 'Language model' }).click()
      await page.getByTestId('llm-form').waitFor()
      expect(await page.getByTestId('llm-test').isDisabled()).toBe(true)
      await it.axe()
      await page.getByTestId('llm-url').fill(llm.url)
      await page.getByTestId('llm-key').fill('sk-typed-here')
      await page.getByTestId('llm-model').fill('scripted')
      await page.getByLabel('Ask it').check()
      await page.getByTestId('llm-save').click()
      await expect
        .poll(() => page.getByTestId('llm-test').isEnabled(), { timeout: 10_000 })
        .toBe(true)
      await page.getByText('it holds from the next goal on').waitFor()
      expect(await page.content()).not.toContain('sk-typed-here')
      llm.play({ kind: 'status', status: 401 })
      await page.getByTestId('llm-test').click()
      await page.getByText('look at the key').waitFor()
      await it.axe()
      await it.picture('llm-refused')
      llm.play({ kind: 'content', content: '{"slots":{},"ask":null}' })
      await page.getByTestId('llm-test').click()
      await page.getByText('It answered as agreed').waitFor({ timeout: 15_000 })
      expect(llm.requests.at(-1)!.authorization).toBe('Bearer sk-typed-here')
      // The table is read anew once the answer is there.
      await expect.poll(() => page.getByTestId('llm-today').textContent()).toContain('790')
      const wider = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(wider).toBeLessThanOrEqual(0)
      await it.axe()
      await it.picture('llm-page')
      await page.getByTestId('language-switch').click()
      await page.getByRole('heading', { name: '언어 모델' }).waitFor()
      await it.axe()
      await page.getByTestId('language-switch').click()
      llm.play({
        kind: 'stream',
        content: JSON.stringify({
          explanation,
          slots: { subject_classNoun: { value: 'cat', words: 'furball' } },
          ask: null,
        }),
        pieceLength: 4,
        everyMs: 60,
      })
      await page.goto(it.app.url)
      await page.getByTestId('goal-input').fill('a LoRA of my zoomy furball Biscotti')
      const told = page.getByTestId('explanation')
      await told.waitFor()
      expect(await told.textContent()).toContain('built-in grammar')
      // half a sentence is on the page before the whole is
      const seen = new Set<string>()
      await expect
        .poll(
          async () => {
            const text = (await told.textContent()) ?? ''
            seen.add(text)
            return text
          },
          { timeout: 20_000, interval: 40 },
        )
        .toContain(explanation)
      const partly = [...seen].filter(
        (text) => text.includes('language model') && !text.includes(explanation),
      )
      expect(partly.length).toBeGreaterThan(1)
      await expect
        .poll(() => page.getByTestId('intent-chip-subject.classNoun').textContent(), {
          timeout: 10_000,
        })
        .toContain('cat')
      expect(await page.getByTestId('agreement').textContent()).toContain(
        'agrees with the grammar on',
      )
      await it.axe()
      await it.picture('llm-streamed')
      await page.getByRole('link', { name: 'Language model' }).click()
      await page.getByTestId('llm-calls').locator('summary').first().click()
      const call = page.getByTestId('llm-calls').locator('details').first()
      await call.locator('summary').click()
      await call.getByText(explanation).first().waitFor()
      expect(await page.content()).not.toContain('sk-typed-here')
      await it.axe()
      await it.picture('llm-calls')
      expect(it.faults).toEqual([])
    },
  )
})
