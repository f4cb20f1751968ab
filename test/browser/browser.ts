import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { buildClient } from '../../bin/build-client.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../harness/app.ts'
import { trainingEnvironment } from '../harness/training-environment.ts'

const root = join(import.meta.dirname, '..', '..')
const executablePath = process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium'
/** Whether this machine has what the browser tests need: Chromium, and a made training environment. */
export const canBrowse =
  existsSync(executablePath) && existsSync(join(trainingEnvironment, 'ready.json'))

/** The whole platform with its pages and its real training environment, and a browser before it. */
export interface Visit extends AsyncDisposable {
  readonly app: TestApp
  readonly context: BrowserContext
  readonly page: Page
  /** Console errors and uncaught exceptions; those while the line is cut do not count. */
  readonly faults: string[]
  /** Cuts the page off from the platform: requests fail and live connections end. */
  cut(): Promise<void>
  mend(): Promise<void>
  /** Fails for each serious or critical violation that axe finds in the page. */
  axe(): Promise<void>
  /** Keeps a picture of the page where TEST_SCREENSHOTS names a folder. */
  picture(name: string): Promise<void>
}

export async function visit(
  options: Parameters<Browser['newContext']>[0] = {},
  config: TestAppOptions['config'] = {},
): Promise<Visit> {
  await buildClient()
  const app = await startTestApp({
    config: { environmentsFolder: dirname(trainingEnvironment), python: null, ...config },
  })
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const context = await browser.newContext({
    viewport: { width: 1200, height: 860 },
    locale: 'en-GB',
    ...options,
  })
  let away = false
  const lines = new Set<{ close(options: { code: number }): Promise<void> }>()
  await context.routeWebSocket(/\/graphql/, (line) => {
    if (away) return void line.close({ code: 1012 })
    line.connectToServer()
    lines.add(line)
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !away)
      faults.push(`${message.text()} ${message.location().url}`)
  })
  const picture = async (name: string) => {
    const folder = process.env['TEST_SCREENSHOTS']
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
  return {
    app,
    context,
    page,
    faults,
    async cut() {
      away = true
      await context.setOffline(true)
      for (const line of lines) await line.close({ code: 1012 }).catch(() => undefined)
      lines.clear()
    },
    async mend() {
      await context.setOffline(false)
      away = false
    },
    async axe() {
      // What still fades in has not its own contrast yet.
      await page.evaluate(`Promise.allSettled(document.getAnimations()
        .filter((it) => it.effect?.getComputedTiming().iterations !== Infinity)
        .map((it) => it.finished))`)
      const { violations } = await new AxeBuilder({ page }).analyze()
      const bad = violations
        .filter((it) => it.impact === 'serious' || it.impact === 'critical')
        .map((it) => `${it.id}: ${it.nodes.map((node) => node.target.join(' ')).join(', ')}`)
      expect(bad, page.url()).toEqual([])
    },
    picture,
    async [Symbol.asyncDispose]() {
      await picture('last')
      await browser.close()
      await app[Symbol.asyncDispose]()
    },
  }
}
type Browser = Awaited<ReturnType<typeof chromium.launch>>

/** The sample pool: photographs of one cat and of other things. */
export function makeSamplePool(folder: string): void {
  execFileSync(join(trainingEnvironment, 'bin', 'python'), [
    '-B',
    join(root, 'deploy/components/environment/sample_pool.py'),
    folder,
  ])
}

export const chosenFiles: readonly string[] = [
  ...Array.from({ length: 10 }, (_, at) => `cat-${String(at + 1).padStart(2, '0')}.jpg`),
  'astronaut.jpg',
  'breakfast-1.jpg',
  'rocket-launch.jpg',
  'coins.jpg',
]

/** From the start page to a pool: says the goal, gives the pictures, begins. */
export async function beginProject({ page, app }: Visit, pool: string): Promise<void> {
  await page.goto(app.url)
  await page.getByTestId('goal-input').fill('train a LoRA of my cat')
  await page.getByTestId('intent-chip-subject.classNoun').waitFor()
  await page.getByTestId('file-input').setInputFiles(chosenFiles.map((name) => join(pool, name)))
  await page
    .getByText(/^14 files|14개/)
    .first()
    .waitFor()
}

/** Judges each picture by its file name with the keyboard, until the round is done. */
export async function judgeRound({ page }: Visit): Promise<{ accepted: number; judged: number }> {
  const candidate = page.getByTestId('candidate')
  const done = page.getByTestId('next-round')
  let accepted = 0
  let judged = 0
  await candidate.waitFor()
  while (await candidate.isVisible()) {
    const id = (await candidate.getAttribute('data-candidate'))!
    const name = (await candidate.getAttribute('title'))!
    const cat = name.startsWith('cat')
    await page.keyboard.press(cat ? 'a' : 'x')
    await expect
      .poll(
        async () =>
          (await done.isVisible()) ||
          (await candidate.getAttribute('data-candidate', { timeout: 500 }).catch(() => id)) !== id,
        { interval: 30, timeout: 10_000 },
      )
      .toBe(true)
    if (cat) accepted += 1
    judged += 1
  }
  return { accepted, judged }
}
