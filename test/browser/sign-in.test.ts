import { describe, expect, test } from 'vitest'
import { canBrowse, visit } from './browser.ts'

const token = '0123456789abcdef0123456789abcdef'

describe.skipIf(!canBrowse)('AU-03 signing in by a token', () => {
  test(
    'is asked for, told apart from a lost connection, and lets in',
    { timeout: 60_000 },
    async () => {
      await using it = await visit({}, { token })
      const { page, app } = it
      await page.goto(`${app.url}/queue`)
      const field = page.getByLabel('Token')
      await field.waitFor()
      // The socket was refused as well by then.
      await page.waitForTimeout(1_500)
      expect(await page.getByTestId('offline').count()).toBe(0)
      await field.fill('not this one')
      await page.keyboard.press('Enter')
      await page.getByText('This token is not accepted.').waitFor()
      await it.axe()
      await field.fill(token)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Queue', exact: true }).waitFor()
      expect(await page.getByLabel('Token').count()).toBe(0)
    },
  )
})
