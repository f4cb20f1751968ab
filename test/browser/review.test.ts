import { describe, expect, test } from 'vitest'
import { noisePicture } from '../harness/app.ts'
import { percentile, report } from '../bench/report.ts'
import { canBrowse, visit } from './browser.ts'

const verdicts = 300
const everyMs = 1_000 / 3

/** What the page's own script notes of each key: which picture it met, and when the next one stood there. */
interface Press {
  readonly candidate: string | null
  readonly value: string
  readonly at: number
  next: number | null
}

// Runs in the page, before its own scripts.
const watch = `
  const presses = (window.presses = [])
  const shown = () => document.querySelector('[data-testid="candidate"]')
  addEventListener('keydown', (event) => {
    const value = { KeyA: 'ACCEPT', KeyX: 'REJECT' }[event.code]
    if (value === undefined) return
    presses.push({ candidate: shown()?.dataset.candidate ?? null, value, at: event.timeStamp, next: null })
  }, { capture: true })
  const look = () => {
    const last = presses.at(-1)
    const picture = shown()
    if (last?.next === null && picture !== null && picture.dataset.candidate !== last.candidate &&
        picture.complete && picture.naturalWidth > 0)
      last.next = performance.now()
  }
  addEventListener('DOMContentLoaded', () => {
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true })
    // A picture that is still being fetched changes nothing in the document when it comes.
    addEventListener('load', look, { capture: true })
  })
`

const pause = (ms: number): Promise<void> =>
  new Promise((done) => setTimeout(done, Math.max(0, ms)))

describe.skipIf(!canBrowse)('CU-05 a review by keyboard', () => {
  test('300 verdicts at 3 a second: none lost, none doubled', { timeout: 420_000 }, async () => {
    await using it = await visit()
    const { page, faults, app } = it
    const made = await app.ask(
      `mutation { projectCreate(input: { name: "Noise" }) { ... on Project { id pool { id } } ... on Error { message } } }`,
    )
    const { id, pool } = made.projectCreate as { id: string; pool: { id: string } }
    const pictures = await Promise.all(
      Array.from({ length: verdicts + 30 }, async (_, seed) => ({
        name: `${seed}.png`,
        bytes: await noisePicture(seed + 1, 96),
      })),
    )
    for (let from = 0; from < pictures.length; from += 110)
      await app.upload(pool.id, pictures.slice(from, from + 110))
    await page.addInitScript({ content: watch })
    await page.goto(`${app.url}/projects/${encodeURIComponent(id)}/review`)
    await page.getByTestId('candidate').waitFor({ timeout: 180_000 })
    const next = page.getByTestId('next-round')
    const pressed = (): Promise<Press[]> => page.evaluate('window.presses')

    // The first round ends with a stop; from then on the pictures go on by themselves.
    for (let turn = 0; turn < 10; turn += 1) {
      await page.keyboard.press('x')
      await pause(100)
    }
    await next.click()
    await page.getByTestId('candidate').waitFor()
    const begun = performance.now()
    const sent = 10
    let stops = 0
    for (let turn = 0; turn < verdicts; turn += 1) {
      await pause(begun + turn * everyMs - performance.now())
      if (await next.isVisible()) {
        // The platform suggests to stop: a person who goes on says so.
        stops += 1
        await next.click()
        await page.getByTestId('candidate').waitFor()
      }
      // Those at the front of the alphabet are wanted: nothing that a picture could tell.
      await page.keyboard.press(turn % 3 === 0 ? 'a' : 'x')
    }
    const seconds = (performance.now() - begun) / 1_000
    await expect
      .poll(async () => (await pressed()).filter((it) => it.candidate !== null).length)
      .toBeGreaterThanOrEqual(sent + verdicts - 3)
    const all = await pressed()
    const met = all.filter((it) => it.candidate !== null)
    const rows = async () =>
      (
        await app.db
          .selectFrom('verdict')
          .select(['candidate_id', 'image_id', 'value'])
          .orderBy('ordinal')
          .execute()
      ).map((row) => ({ ...row }))
    await expect.poll(async () => (await rows()).length, { timeout: 60_000 }).toBe(met.length)
    const kept = await rows()
    const rawId = (global: string): string =>
      Buffer.from(global, 'base64').toString().split(':').at(-1)!
    // Each key that met a picture is one verdict on it, in the order of the keys.
    expect(kept.map((row) => `${row.candidate_id} ${row.value}`)).toEqual(
      met.map((press) => `${rawId(press.candidate!)} ${press.value}`),
    )
    expect(new Set(kept.map((row) => row.image_id)).size).toBe(kept.length)
    expect(faults).toEqual([])

    const waits = met.slice(sent).map(
      (press, index, list) =>
        // Not there when the next key came: at least as long as that took.
        (press.next ?? list[index + 1]?.at ?? press.at) - press.at,
    )
    const idle = all.length - met.length
    const plain = (name: string, value: number, unit: string) => ({
      name,
      value,
      unit,
      goal: null,
      baseline: null,
      holds: null,
    })
    const longest = Math.max(...waits)
    report('review', [
      plain('verdicts by keyboard', met.length - sent, 'verdicts'),
      plain('rate', (verdicts - 1) / seconds, 'a second'),
      {
        ...plain('verdicts lost or doubled', Math.abs(kept.length - met.length), 'verdicts'),
        goal: '0',
        holds: kept.length === met.length,
      },
      {
        ...plain(
          'key to the next picture on the page’s own clock, p95',
          percentile(waits, 95),
          'ms',
        ),
        goal: '<= 50',
        // What a page without anything fetched ahead would need at least: an answer and a picture.
        holds: percentile(waits, 95) <= 50,
      },
      {
        ...plain('key to the next picture, longest', longest, 'ms'),
        goal: '<= 50',
        holds: longest <= 50,
      },
      plain('key to the next picture, median', percentile(waits, 50), 'ms'),
      plain('waits over 50 ms', waits.filter((wait) => wait > 50).length, 'of 300'),
      plain('keys that met no picture, pressed in vain', idle, 'keys'),
      plain('times that a stop was suggested', stops, 'times'),
    ])
  })
})
