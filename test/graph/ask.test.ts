import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '#test/harness/app.ts'
import { databaseKinds } from '#test/harness/database.ts'
import { settingsFor, startLlmServer, type LlmServer } from '#test/harness/llm-server.ts'

const submit = `mutation ($text: String!) { goalSubmit(input: { text: $text }) { ... on Goal { id project { id } intent { revision slots { path value source } } } ... on Error { code message } } }`
const refine = `mutation ($text: String!) { goalRefine(input: { text: $text }) { __typename ... on RefinedReading { reader fallback notice slots { path value source } question { slot } agreement { path grammar llm taken } dropped { path why } } ... on Error { code message } } }`
const ask = `query ($goal: ID!, $spec: ID, $text: String!) { ask(goal: $goal, spec: $spec, text: $text) { revision operations intentChanges { path before after } specChanges { path before after } specText reasons { about subject reason } notice undo } }`
const apply = `mutation ($goal: ID!, $spec: ID, $operations: JSON!, $revision: Int) { askApply(input: { goal: $goal, spec: $spec, operations: $operations, revision: $revision }) { __typename ... on AppliedAsk { intent { revision slots { path value } } spec { id version hash text settings { name value } } undoRevision undoSpec { id } } ... on Error { code message } } }`
const undo = `mutation ($goal: ID!, $revision: Int!, $seen: Int, $spec: ID, $to: ID) { askUndo(input: { goal: $goal, revision: $revision, seen: $seen, spec: $spec, to: $to }) { __typename ... on AppliedAsk { intent { revision slots { path value } } spec { id version text } } ... on Error { code message } } }`

const slot = (slots: { path: string; value: unknown }[], path: string): unknown =>
  slots.find((item) => item.path === path)?.value

describe.each(databaseKinds)('the conversation [%s]', (kind) => {
  let open: TestApp
  let llm: LlmServer
  beforeAll(async () => {
    llm = await startLlmServer()
    open = await startTestApp({
      kind,
      config: {
        llm: settingsFor(llm, { dailyTokens: 12_000, dailyMoney: 1 }),
      },
    })
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
    await llm[Symbol.asyncDispose]()
  })

  /** A goal with a data set version and a plan. */
  async function planned(text: string): Promise<{ goal: string; spec: string }> {
    const { goalSubmit: goal } = await open.ask(submit, { text })
    const raw = (id: string): string => Buffer.from(id, 'base64').toString().replace(/^\w+:/, '')
    const version = randomUUID()
    await open.db
      .insertInto('dataset_version')
      .values({
        id: version,
        project_id: raw(goal.project.id),
        hash: `sha256:${version.replaceAll('-', '').padEnd(64, '0')}`,
        image_count: 16,
        class_noun: 'cat',
        trigger_word: 'sks',
        manifest: '',
        created_by: open.app.owner.id,
      })
      .execute()
    const { specSynthesise } = await open.ask(
      `mutation ($goal: ID!, $version: ID!) { specSynthesise(input: { goal: $goal, datasetVersion: $version }) { ... on Spec { id } ... on Error { code message } } }`,
      { goal: goal.id, version: Buffer.from(`DatasetVersion:${version}`).toString('base64') },
    )
    return { goal: goal.id, spec: specSynthesise.id }
  }

  it('IN-04 refines by the model, keeps the call, pays once, and stores what was seen', async () => {
    const text = 'make a LoRA of my zoomy furball Biscotti please'
    llm.requests.length = 0
    llm.play({
      kind: 'content',
      content: JSON.stringify({
        slots: {
          task: { value: 'subject', words: '' },
          subject_classNoun: { value: 'kitty', words: 'furball' },
          baseModel: { value: 'gpt-9', words: '' },
        },
        ask: null,
      }),
    })
    const { goalRefine: first } = await open.ask(refine, { text })
    expect(first).toMatchObject({ reader: 'LLM', fallback: null })
    expect(slot(first.slots, 'subject.classNoun')).toBe('cat')
    expect(first.dropped).toEqual(
      [{ path: 'baseModel', why: 'does not fit the slot' }].map((item) => ({
        ...item,
        why: 'no base model of the catalogue',
      })),
    )
    await open.ask(refine, { text })
    expect(llm.requests).toHaveLength(1)
    const { goalSubmit } = await open.ask(submit, { text })
    expect(slot(goalSubmit.intent.slots, 'subject.classNoun')).toBe('cat')
    const rows = await open.db.selectFrom('llm_call').selectAll().execute()
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ outcome: 'OK', tokens: 790, attempts: 1 })
    expect(rows[0]!.reply).toContain('kitty')
  })

  it('IN-04 names the fallback, and opens the breaker for everybody', async () => {
    llm.play({ kind: 'status', status: 400 })
    for (const round of [1, 2, 3]) {
      const { goalRefine } = await open.ask(refine, { text: `my cat number ${round}` })
      expect(goalRefine).toMatchObject({ reader: 'GRAMMAR', fallback: 'REFUSED' })
      expect(slot(goalRefine.slots, 'subject.classNoun')).toBe('cat')
    }
    llm.requests.length = 0
    const { goalRefine } = await open.ask(refine, { text: '내 고양이 두부' })
    expect(goalRefine.fallback).toBe('BREAKER_OPEN')
    expect(goalRefine.notice).toContain('내장 문법')
    expect(llm.requests).toHaveLength(0)
    await open.db.updateTable('llm_breaker').set({ failures: 0, open_until: null }).execute()
  })

  it('IN-05 keeps the day’s cap also when many ask at once', async () => {
    llm.play({ kind: 'content', content: '{"slots":{},"ask":null}', delayMs: 100 })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        open.ask(refine, { text: `my dog number ${index}` }),
      ),
    )
    const capped = answers.filter((it) => it.goalRefine.fallback === 'CAP_REACHED')
    expect(capped.length).toBeGreaterThan(0)
    const rows = await open.db.selectFrom('llm_call').select('tokens').execute()
    expect(rows.reduce((sum, row) => sum + row.tokens, 0)).toBeLessThanOrEqual(12_000)
    await open.db.deleteFrom('llm_call').execute()
  })

  it('IN-03 changes the intent by words, previewed, applied, undone', async () => {
    const { goalSubmit } = await open.ask(submit, { text: 'train a LoRA of my cat Fluffy' })
    const { ask: seen } = await open.ask(ask, {
      goal: goalSubmit.id,
      text: 'SDXL로 바꿔줘, 2시간 안에',
    })
    expect(seen.intentChanges).toEqual([
      { path: 'baseModel', before: 'tiny-sd', after: 'sdxl' },
      { path: 'limits.hours', before: null, after: '2' },
    ])
    const unchanged = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Goal { intent { revision } } } }`,
      { id: goalSubmit.id },
    )
    expect(unchanged.node.intent.revision).toBe(1)
    const { askApply } = await open.ask(apply, {
      goal: goalSubmit.id,
      operations: seen.operations,
      revision: seen.revision,
    })
    expect(askApply.intent.revision).toBe(2)
    expect(slot(askApply.intent.slots, 'baseModel')).toBe('sdxl')
    const { askApply: late } = await open.ask(apply, {
      goal: goalSubmit.id,
      operations: seen.operations,
      revision: seen.revision,
    })
    expect(late.code).toBe('CONFLICT')
    const { askUndo } = await open.ask(undo, {
      goal: goalSubmit.id,
      revision: askApply.undoRevision,
    })
    expect(askUndo.intent.revision).toBe(3)
    expect(slot(askUndo.intent.slots, 'baseModel')).toBe('tiny-sd')
    expect(slot(askUndo.intent.slots, 'limits.hours')).toBeUndefined()
  })

  it('IN-06 changes the plan by words; edits by hand stay when the intent changes', async () => {
    const { goal, spec } = await planned('train a LoRA of my cat Fluffy')
    const { ask: seen } = await open.ask(ask, {
      goal,
      spec,
      text: 'add an evaluator after the trainer',
    })
    expect(seen.specChanges[0]).toEqual({ path: 'evaluator-2', before: null, after: 'evaluator' })
    expect(JSON.parse(seen.specText).components).toHaveLength(5)
    const { askApply: one } = await open.ask(apply, { goal, spec, operations: seen.operations })
    expect(one.spec.version).toBe('1.0.1')
    expect(one.undoSpec.id).toBe(spec)
    const { ask: rank } = await open.ask(ask, { goal, spec: one.spec.id, text: '랭크 32로' })
    const { askApply: two } = await open.ask(apply, {
      goal,
      spec: one.spec.id,
      operations: rank.operations,
    })
    const { ask: faster } = await open.ask(ask, { goal, spec: two.spec.id, text: 'make it faster' })
    expect(faster.intentChanges).toEqual([{ path: 'quality', before: 'balanced', after: 'fast' }])
    expect(faster.specChanges.map((change: { path: string }) => change.path)).toContain(
      'trainer.steps',
    )
    const { askApply: three } = await open.ask(apply, {
      goal,
      spec: two.spec.id,
      operations: faster.operations,
    })
    const wire = JSON.parse(three.spec.text)
    expect(wire.components).toHaveLength(5)
    expect(
      wire.components.find((item: { name: string }) => item.name === 'trainer').params.rank,
    ).toBe(32)
    expect(three.intent.revision).toBe(2)
  })

  it('IN-06 explains from the evidence and changes nothing', async () => {
    const { goal, spec } = await planned('my cat')
    const { ask: seen } = await open.ask(ask, { goal, spec, text: '왜 랭크가 16이야?' })
    expect(seen.operations).toEqual([])
    expect(seen.reasons).toEqual([
      {
        about: 'rank',
        subject: expect.stringMatching(/^랭크 \d+$/),
        reason: expect.stringMatching(/측정/),
      },
    ])
  })

  it('IN-06 several changes are taken back one by one, and the plan stays so', async () => {
    const { goal, spec } = await planned('my cat')
    const path = [{ spec, revision: 1 }]
    for (const text of ['rank 8', 'make it faster', 'remove the evaluator']) {
      const { ask: seen } = await open.ask(ask, { goal, spec: path.at(-1)!.spec, text })
      const { askApply } = await open.ask(apply, {
        goal,
        spec: path.at(-1)!.spec,
        operations: seen.operations,
        revision: seen.revision,
      })
      path.push({ spec: askApply.spec.id, revision: askApply.intent.revision })
    }
    const plans: string[] = []
    let now = path.pop()!
    let { revision } = now
    while (path.length > 0) {
      const to = path.pop()!
      const { askUndo } = await open.ask(undo, {
        goal,
        revision: to.revision,
        seen: revision,
        spec: now.spec,
        to: to.spec,
      })
      now = { ...to, spec: askUndo.spec.id }
      revision = askUndo.intent.revision
      const wire = JSON.parse(askUndo.spec.text)
      const trainer = wire.components.find((it: { type: string }) => it.type === 'trainer')
      plans.push(
        `${wire.components.length} ${trainer.params.rank} ${String(slot(askUndo.intent.slots, 'quality'))}`,
      )
    }
    expect(plans).toEqual(['4 8 fast', '4 8 balanced', '4 32 balanced'])
    // opened anew, the plan is the one that was returned to
    const { node } = await open.ask(
      `query ($id: ID!) { node(id: $id) { ... on Goal { project { specs(first: 1) { edges { node { id } } } } } } }`,
      { id: goal },
    )
    expect(node.project.specs.edges[0].node.id).toBe(now.spec)
    const { askUndo: late } = await open.ask(undo, { goal, revision: 1, seen: 1 })
    expect(late.code).toBe('CONFLICT')
    const other = await planned('my dog')
    const { askUndo: foreign } = await open.ask(undo, {
      goal,
      revision: 1,
      spec: now.spec,
      to: other.spec,
    })
    expect(foreign.code).toBe('NOT_FOUND')
  })

  it('IN-06 time, memory and cost are told from the estimate and the prices', async () => {
    const { goal, spec } = await planned('my cat')
    const told = async (text: string): Promise<string> =>
      (await open.ask(ask, { goal, spec, text })).ask.reasons[0].reason
    expect(await told('how long will it take?')).toMatch(/^About \d+ (?:s|min) .*480 steps/)
    expect(await told('메모리는 얼마나 필요해?')).toMatch(/^약 [\d.]+ GB/)
    expect(await told('how much will it cost?')).toContain('No price is set')
    await open.ask(
      `mutation { priceSet(input: { deviceType: "cpu", currency: "KRW", perHour: 600 }) { __typename } }`,
    )
    expect(await told('비용이 얼마나 들어?')).toMatch(/^약 [\d.]+ .*KRW/)
  })

  it('IN-06 another base model takes its own settings; what else was edited stays and is named so', async () => {
    const { goal, spec } = await planned('my cat, rank 8')
    const { askApply: edited } = await open.ask(apply, {
      goal,
      spec,
      operations: [
        { kind: 'setting', name: 'learningRate', value: 0.01 },
        { kind: 'setting', name: 'seed', value: 7 },
      ],
    })
    const { ask: seen } = await open.ask(ask, {
      goal,
      spec: edited.spec.id,
      text: 'use SD 1.5 instead',
    })
    const trainer = JSON.parse(seen.specText).components.find(
      (it: { type: string }) => it.type === 'trainer',
    )
    // 0.01 burns any real model; a rank that was said is the goal's, not the old base's
    expect(trainer.params).toMatchObject({ learning_rate: 0.0001, rank: 8, seed: 7 })
    const { ask: faster } = await open
      .ask(apply, {
        goal,
        spec: edited.spec.id,
        operations: [{ kind: 'slot', path: 'quality', value: 'fast' }],
      })
      .then(({ askApply }) => open.ask(ask, { goal, spec: askApply.spec.id, text: 'why seed 7?' }))
    expect(faster.reasons[0].reason).toContain('set by you')
  })

  it('IN-03 what the captions hold is not half changed: the plan stays, and it is said', async () => {
    const { goal, spec } = await planned('my cat')
    const { ask: seen } = await open.ask(ask, { goal, spec, text: "it's a dog, not a cat" })
    expect(seen.intentChanges).toEqual([{ path: 'subject.classNoun', before: 'cat', after: 'dog' }])
    expect(seen.notice).toContain('data set say “cat”')
    const { ask: korean } = await open.ask(ask, { goal, spec, text: '고양이가 아니라 강아지야' })
    expect(korean.notice).toContain('‘dog’')
  })

  it('IN-06 a resolution out of the base model’s reach is refused, however it is asked for', async () => {
    const { goal, spec } = await planned('my cat')
    const answer = await open.post(ask, { goal, spec, text: 'resolution 768' })
    expect(answer.errors?.[0]?.message).toContain('out of its reach')
  })

  it.each<[string, unknown, string]>([
    ['nothing', [], 'BAD_INPUT'],
    ['no list', { kind: 'slot' }, 'BAD_INPUT'],
    ['an unknown operation', [{ kind: 'approve', request: 'all' }], 'BAD_INPUT'],
    ['an unknown slot', [{ kind: 'slot', path: '__proto__', value: 1 }], 'BAD_INPUT'],
    ['an unknown base model', [{ kind: 'slot', path: 'baseModel', value: 'gpt-9' }], 'BAD_INPUT'],
    ['more keys', [{ kind: 'remove', component: 'trainer', force: true }], 'BAD_INPUT'],
    ['a component that is not there', [{ kind: 'remove', component: 'ghost' }], 'BAD_INPUT'],
    ['a cycle', [{ kind: 'connect', from: 'evaluator', to: 'data-loader' }], 'SPEC_INVALID'],
    [
      'a command',
      [{ kind: 'param', component: 'trainer', name: '; rm -rf /', value: 1 }],
      'BAD_INPUT',
    ],
    [
      '21 operations',
      Array.from({ length: 21 }, () => ({ kind: 'remove', component: 'trainer' })),
      'BAD_INPUT',
    ],
  ])('IN-05 %s is refused by name', async (_name, operations, code) => {
    const { goal, spec } = await planned('my cat')
    const { askApply } = await open.ask(apply, { goal, spec, operations })
    expect(askApply.code).toBe(code)
  })

  it('IN-04 an administrator turns the model off, changes it and its caps; the key stays where it is', async () => {
    const set = `mutation ($input: LlmSettingsSetInput!) { llmSettingsSet(input: $input) { __typename ... on LlmSetting { available enabled host model dailyTokens timeoutSeconds } ... on Error { code message } } }`
    await open.db.updateTable('llm_breaker').set({ failures: 0, open_until: null }).execute()
    await open.db.deleteFrom('llm_call').execute()
    const { llmSettingsSet: off } = await open.ask(set, { input: { enabled: false } })
    expect(off).toMatchObject({ available: true, enabled: false, model: 'scripted' })
    expect(off.host).toBe(new URL(llm.url).host)
    llm.requests.length = 0
    const { goalRefine: without } = await open.ask(refine, { text: 'my cat, quietly' })
    expect(without).toMatchObject({ reader: 'GRAMMAR', fallback: 'OFF' })
    expect(llm.requests).toHaveLength(0)
    await open.ask(set, { input: { enabled: true, model: 'another', dailyTokens: 20_000 } })
    llm.play({ kind: 'content', content: '{"slots":{},"ask":null}' })
    const { goalRefine: asked } = await open.ask(refine, { text: 'my cat, aloud' })
    expect(asked.reader).toBe('LLM')
    expect(llm.requests[0]!.body.model).toBe('another')
    await open.ask(set, { input: { enabled: true, dailyTokens: 10 } })
    const { goalRefine: capped } = await open.ask(refine, { text: 'my dog, aloud' })
    expect(capped.fallback).toBe('CAP_REACHED')
    const { llmSettingsSet: bad } = await open.ask(set, {
      input: { enabled: true, timeoutSeconds: 0 },
    })
    expect(bad).toMatchObject({ code: 'BAD_INPUT' })
    expect(bad.message).toContain('timeoutSeconds')
    const entries = await open.db
      .selectFrom('audit')
      .select('action')
      .where('action', '=', 'llmSettingsSet')
      .execute()
    expect(entries).toHaveLength(3)
    await open.db.deleteFrom('llm_setting').execute()
  })

  it('AU-04 a goal, its edits and what is asked and undone stand in the audit record', async () => {
    const { goalSubmit } = await open.ask(submit, { text: 'my gecko, at most 2 GPUs' })
    await open.ask(
      `mutation ($goal: ID!) { intentRevise(input: { goal: $goal, path: "quality", value: "best" }) { __typename } }`,
      { goal: goalSubmit.id },
    )
    const { ask: seen } = await open.ask(ask, { goal: goalSubmit.id, text: 'make it faster' })
    const { askApply } = await open.ask(apply, {
      goal: goalSubmit.id,
      operations: seen.operations,
      revision: seen.revision,
    })
    await open.ask(undo, { goal: goalSubmit.id, revision: askApply.undoRevision })
    const project = Buffer.from(goalSubmit.project.id, 'base64').toString().replace(/^\w+:/, '')
    const entries = await open.db
      .selectFrom('audit')
      .select(['action', 'body'])
      .where('project_id', '=', project)
      .orderBy('ordinal')
      .execute()
    expect(entries.map((entry) => entry.action)).toEqual(
      expect.arrayContaining(['goalSubmit', 'intentRevise', 'askApply', 'askUndo']),
    )
    // the record names what changed, not what was typed
    expect(JSON.stringify(entries)).not.toContain('gecko')
  })
})
