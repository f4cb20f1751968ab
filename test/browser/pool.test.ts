import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { noisePicture } from '../harness/app.ts'
import { canBrowse, visit } from './browser.ts'

describe.skipIf(!canBrowse)('CU-01 a folder in the browser', () => {
  test(
    'is dropped with the folders in it; every file is accounted for, page by page',
    { timeout: 120_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'autodidact-drop-'))
      await mkdir(join(folder, 'more', 'deeper'), { recursive: true })
      for (let seed = 1; seed <= 72; seed += 1) {
        const place = seed % 3 === 0 ? 'more/deeper' : seed % 3 === 1 ? 'more' : '.'
        await writeFile(join(folder, place, `cat-${seed}.png`), await noisePicture(seed, 160))
      }
      await writeFile(join(folder, 'more', 'notes.txt'), 'no picture')
      await writeFile(join(folder, 'broken.jpg'), 'no picture either')
      await using it = await visit()
      const { page, faults, context } = it
      await page.goto(it.app.url)
      await page.getByTestId('goal-input').fill('train a LoRA of my cat')
      // the chips stand above the zone, and move it as they come
      await page.getByTestId('intent-chip-subject.classNoun').waitFor()

      // A drop as the desktop makes it: paths, not files that the page itself made.
      const box = (await page.getByTestId('drop-zone').boundingBox())!
      const devtools = await context.newCDPSession(page)
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await devtools.send('Input.dispatchDragEvent', {
          type,
          x: box.x + box.width / 2,
          y: box.y + 20,
          data: { items: [], files: [folder], dragOperationsMask: 1 },
        })
      await page
        .getByText(/^74 files/)
        .first()
        .waitFor()
      await page.getByTestId('start-project').click()
      await expect
        .poll(() => page.getByTestId('pool-account').textContent(), { timeout: 60_000 })
        .toMatch(/^74 uploaded = 72 used \+ 2 excluded/)

      const images = page.getByTestId('pool-image')
      await expect.poll(() => images.count()).toBe(60)
      await page.getByRole('button', { name: 'Show more' }).click()
      await expect.poll(() => images.count()).toBe(72)
      await page.getByText('broken.jpg').waitFor()
      await page.getByText('notes.txt').waitFor()
      await it.axe()
      await it.picture('pool-folder')
      await page.getByRole('button', { name: 'Excluded' }).first().click()
      await expect.poll(() => images.count()).toBe(0)
      expect(faults).toEqual([])
      await rm(folder, { recursive: true, force: true })
    },
  )
})
