import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canBrowse, visit, type Visit } from './browser.ts'

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
describe.skipIf(!canBrowse)('look', () => {
  test.each([
    ['en', 'en-GB', 1200, 'a LoRA of my cat Fluffy in watercolor, 2 hours', ['add another evaluator and remove the preprocessor', 'rank 16 and email me when it is done', 'how long will it take?', 'how much will it cost?', 'rank 500', 'connect the captioner to the trainer']],
    ['ko', 'ko-KR', 360, '내 고양이 나비를 수채화로 학습시켜줘, 2시간 안에', ['평가 단계 하나 더 추가하고 전처리는 빼줘', '랭크 16으로 하고 끝나면 메일 보내줘', '얼마나 걸려?', '비용이 얼마나 들어?', '랭크 500', '캡셔너를 트레이너에 연결해줘']],
  ])('%s', { timeout: 200_000 }, async (lang, locale, width, goal, said) => {
    await using it = await visit({ locale, viewport: { width, height: 860 } })
    const { page, app } = it
    await page.goto(app.url)
    await it.picture(`j-${lang}-empty`)
    await page.getByTestId('goal-input').fill(goal)
    await page.getByTestId('plan-glance').waitFor()
    await page.waitForTimeout(600)
    await it.axe()
    await it.picture(`j-${lang}-start`)
    const { goalSubmit } = await app.ask(
      `mutation ($text: String!) { goalSubmit(input: { text: $text }) { ... on Goal { id project { id } } } }`,
      { text: goal },
    )
    await openPlan(it, goalSubmit.project.id)
    const input = page.getByTestId('ask-input')
    await input.waitFor()
    for (const [at, text] of said.entries()) {
      await input.fill(text)
      await input.press('Enter')
      await page.waitForTimeout(1200)
      await it.picture(`j-${lang}-ask-${at}`)
    }
    await it.axe()
    console.log(it.faults)
    expect(1).toBe(1)
  })
})
