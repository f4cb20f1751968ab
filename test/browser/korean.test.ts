import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#schema/domain/id.ts'
import { printSpec } from '#schema/domain/spec.ts'
import { fakeComponent, fakeSpec, makeFakeComponents } from '#test/engine/fake-components.ts'
import { describeEnvironment } from '#test/harness/training-environment.ts'
import { noisePicture } from '../harness/app.ts'
import { cardFacts } from '../harness/model-facts.ts'
import { lineageOf } from '../../server/model/lineage.ts'
import { modelCard } from '../../server/model/model-card.ts'
import { canBrowse, visit, type Visit } from './browser.ts'

/** What stays as it is in a Korean page: names, licences, snippets of code, log lines of programs. */
const kept = [
  /CC[ -]BY|CreativeML|Open ?RAIL|Apache|MIT License/i,
  /a photo of/,
  /^(error|progress|tick): ?/,
  /[\w-]+\/[\w./:@-]+/,
]

/** Texts and labels of the page that hold three English words in a row. */
async function remnants({ page }: Visit): Promise<string[]> {
  const texts = await page.evaluate<string[]>(`(() => {
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const it = node.parentElement
      if (it.closest('pre, code, script, style, textarea, [data-testid=log], .log') === null) found.push(node.data)
    }
    for (const it of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      for (const name of ['aria-label', 'title', 'placeholder'])
        if (it.hasAttribute(name)) found.push(it.getAttribute(name))
    return found
  })()`)
  return [...new Set(texts.map((text) => text.trim()))].filter(
    (text) =>
      /[A-Za-z][a-z’']+,?(?: [a-z][a-z’'-]*,?){2,}/.test(text) && !kept.some((it) => it.test(text)),
  )
}

const id = newId()
/** A model as a run of our own components records it. */
const modelFacts = {
  ...cardFacts,
  card: modelCard(cardFacts),
  lineage: lineageOf({
    model: { versionId: id, name: '고양이 모델', version: 1 },
    run: { id, seed: 7, seconds: 61, endedAt: new Date(0) },
    spec: { id, name: '계획', version: '1', hash: 'sha256:cd' },
    goal: { id, text: '내 고양이를 학습시켜줘', language: 'ko' },
    intent: { id, revision: 3 },
    dataset: { id, hash: 'sha256:ab', images: [{ sha256: 'ef', caption: 'a photo of ohwx cat' }] },
    verdicts: { curationId: id, accepted: 1, rejected: 2, unsure: 3, reviewers: ['나'] },
    baseModel: { id: 'tiny-sd', title: 'Tiny SD (64 px, runs on any laptop)', licence: 'MIT' },
    code: [{ step: 'trainer', image: 'autodidact/trainer:1', digest: null, cached: true }],
    environment: { lockHash: 'ab', versions: [{ name: 'threads', value: '2' }] },
  }),
}

describe.skipIf(!canBrowse)('the Korean interface', () => {
  let folder: string
  let components: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autodidact-korean-'))
    components = await makeFakeComponents(folder)
    await describeEnvironment(components)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const size = { width: Number(process.env['TEST_WIDTH'] ?? 1280), height: 900 }

  async function make(
    it: Visit,
    project: string,
    name: string,
    params: Record<string, unknown>,
    resources: object,
    isTest = false,
  ): Promise<any> {
    const step = fakeComponent(
      1,
      'trainer',
      'trainer',
      { outputs: [{ name: 'model', type: 'model' }] },
      params as never,
      { resources, timeout: { written: '1h', seconds: 3600 } },
    )
    const text = printSpec({ ...fakeSpec([step], []), name })
    const { specStore } = await it.app.ask(
      `mutation ($project: ID!, $text: String!) { specStore(input: { project: $project, text: $text }) { ... on Spec { id } ... on Error { message } } }`,
      { project, text },
    )
    const { requestSubmit } = await it.app.ask(
      `mutation ($input: RequestSubmitInput!) { requestSubmit(input: $input) { ... on Request { id run { id } } ... on Error { message } } }`,
      { input: { spec: specStore.id, test: isTest } },
    )
    if (requestSubmit.id === undefined) throw new Error(JSON.stringify(requestSubmit))
    return requestSubmit
  }

  test(
    'says nothing in English but names: every page, refusals and failures too',
    { timeout: 300_000 },
    async () => {
      await using it = await visit(
        { locale: 'ko-KR', viewport: size },
        { componentsFolder: components },
      )
      const { page, app } = it
      const left: string[] = []
      const look = async (name: string) => {
        await it.picture(`ko-${size.width}-${name}`)
        for (const text of await remnants(it)) left.push(`${name}: ${text}`)
        const wider = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        if (wider > 0) left.push(`${name} is wider than the window`)
      }
      await page.goto(app.url)
      await page.getByTestId('goal-input').fill('내 고양이를 수채화 스타일로 학습시켜줘')
      await page.getByTestId('intent-chip-subject.classNoun').waitFor()
      await look('start')
      const { goalSubmit } = await app.ask(
        `mutation { goalSubmit(input: { text: "내 고양이를 수채화 스타일로 학습시켜줘" }) { ... on Goal { project { id pool { id } } } } }`,
      )
      const { id: project, pool } = goalSubmit.project
      const files = [
        ...(await Promise.all(
          Array.from({ length: 14 }, async (_, at) => ({
            name: `고양이-${at}.png`,
            bytes: await noisePicture(at + 1, at === 12 ? 40 : 320),
          })),
        )),
        { name: '다시.png', bytes: await noisePicture(1) },
        { name: '메모.txt', bytes: new TextEncoder().encode('no picture') },
        { name: '빈.png', bytes: new Uint8Array() },
        { name: '깨짐.png', bytes: (await noisePicture(3)).slice(0, 900) },
      ]
      await app.upload(pool.id, files)
      const step = (name: string) => `${app.url}/projects/${encodeURIComponent(project)}/${name}`
      await page.goto(step('pool'))
      await page.getByTestId('pool-image').first().waitFor()
      await page.locator('details summary').first().click()
      await look('pool')
      await page.goto(step('review'))
      await page.getByTestId('candidate').waitFor({ timeout: 90_000 })
      await look('review')
      await page.goto(step('map'))
      await page.locator('canvas').first().waitFor({ timeout: 90_000 })
      await look('map')
      await page.goto(step('review'))
      await page.getByTestId('candidate').waitFor({ timeout: 90_000 })
      await page.getByTestId('verdict-accept').click()
      await page.getByTestId('finish-review').click()
      await page.getByTestId('make-dataset').waitFor()
      await look('final-set')
      await page.getByTestId('make-dataset').click()
      await page.getByTestId('start-run').waitFor()
      await look('plan')
      await page.getByTestId('request-options').click()
      await page.getByTestId('dialog-marks').waitFor()
      await page.getByTestId('cap-gpuCount').fill('1000000000')
      await page.getByTestId('cap-memory').focus()
      await page.getByRole('alert').first().waitFor()
      await look('request-dialog')
      await page.goto(step('data'))
      await page.getByTestId('dataset-version').first().waitFor()
      await look('data')

      // Queue, requests and costs, with a failure and every kind of refusal.
      await app.ask(
        `mutation { a: priceSet(input: { deviceType: "A100", currency: "KRW", perHour: 3500 }) { __typename } b: budgetSet(input: { currency: "KRW", amount: 900000 }) { __typename } }`,
      )
      const failed = await make(it, project, '실패하는 실행', { exit: 3, seconds: 0.1 }, {}, true)
      await expect
        .poll(
          async () =>
            (
              await app.ask(`query ($id: ID!) { node(id: $id) { ... on Run { state } } }`, {
                id: failed.run.id,
              })
            ).node.state,
          { timeout: 60_000 },
        )
        .toBe('FAILED')
      const faulty = await make(
        it,
        project,
        '설정이 틀린 실행',
        {
          seconds: 0.1,
          fault: {
            message: 'The setting "rank" is 9000; it must lie between 1 and 1024.',
            code: 'SETTING_OUT_OF_RANGE',
            facts: { setting: 'rank', value: '9000', least: '1', most: '1024' },
          },
        },
        {},
        true,
      )
      const cores = { cpu: { written: 64, cores: 64 } }
      const running = await make(it, project, '긴 실행', { seconds: 600, ticks: 600 }, cores)
      const waiting = await make(
        it,
        project,
        '기다리는 실행',
        { seconds: 600, ticks: 600, salt: 2 },
        cores,
      )
      const big = await make(
        it,
        project,
        '큰 실행',
        { salt: 3 },
        { gpuCount: 8, gpuType: 'A100', memory: { text: '128GB', bytes: Number.NaN } },
      )
      const open = async (path: string, name: string) => {
        await page.goto(`${app.url}/${path}`)
        await page.locator('h1').first().waitFor()
        await page.waitForTimeout(700)
        await look(name)
      }
      await open('runs', 'runs')
      await page.goto(`${app.url}/runs/${encodeURIComponent(faulty.run.id)}`)
      const told = page.getByTestId('run-failure')
      await told.waitFor({ timeout: 60_000 })
      expect(await told.textContent()).toContain('"rank"의 값이 9000입니다. 1에서 1024 사이')
      expect(await told.textContent()).toContain('설정 "rank"를 바꾼 뒤')
      await look('run-fault')
      await open(`runs/${encodeURIComponent(failed.run.id)}`, 'run-failed')
      await open(`runs/${encodeURIComponent(running.run.id)}`, 'run-running')
      await open(`runs/${encodeURIComponent(waiting.run.id)}`, 'run-waiting')
      await open('requests', 'requests')
      await open(`requests/${encodeURIComponent(big.id)}`, 'request')
      await page.locator('details summary').first().click()
      await look('request-devices')
      await open('queue', 'queue')
      await page.getByTestId('quotas').locator('summary').click()
      await page.getByLabel('동시에 쓰는 GPU').fill('2000000')
      await page.getByRole('button', { name: '한도 정하기' }).click()
      await page.getByText('1,000,000까지의 정수').waitFor()
      await look('queue-refused')
      await open('costs', 'costs')
      await page.locator('input[name=currency]').first().fill('원화')
      await page.getByLabel('금액').fill('5')
      await page.getByRole('button', { name: '예산 정하기' }).click()
      await page.getByText('통화가 아닙니다').waitFor()
      await look('costs-refused')
      await open('cluster', 'cluster')
      await page.getByTestId('check-devices').click()
      await page.getByTestId('device-preview').waitFor()
      await look('cluster-preview')

      // A finished run takes the training environment; its model is written by hand.
      const raw = (id: string) => Buffer.from(id, 'base64').toString().split(':')[1]!
      const [model, version] = [newId(), newId()]
      await it.app.db
        .insertInto('model')
        .values({ id: model, project_id: raw(project), name: '고양이 모델' })
        .execute()
      await it.app.db
        .insertInto('model_version')
        .values({
          id: version,
          model_id: model,
          run_id: raw(failed.run.id),
          version: 1,
          bytes: 1,
          body: JSON.stringify(modelFacts),
        })
        .execute()
      await open('models', 'models')
      await open(
        `models/${encodeURIComponent(Buffer.from(`ModelVersion:${version}`).toString('base64'))}`,
        'model',
      )
      await page.getByTestId('lineage-record').locator('summary').click()
      await page.locator('details.card > summary').last().click()
      await page.getByTestId('model-card').getByText('트리거 단어는').waitFor()
      await look('model-record')
      for (const address of [
        'nowhere',
        'projects/xyz/pool',
        'projects/xyz/what',
        'runs/abc',
        'models/%E0',
        'requests/abc',
      ]) {
        await page.goto(`${app.url}/${address}`)
        await page.getByText('이 주소에는 아무것도 없습니다').waitFor()
        await look(address)
      }
      expect(left).toEqual([])
    },
  )
})
