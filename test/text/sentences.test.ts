import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { koSentences } from '../../client/text/ko-sentences.ts'
import { strategyNames } from '../../intelligence/catalogue/strategies.ts'
import { en } from '../../client/text/en.ts'
import { ko } from '../../client/text/ko.ts'
import { baseModels } from '../../intelligence/catalogue/base-models.ts'
import { koFaults } from '../../client/text/ko-faults.ts'
import { chooseParticles, createSayer } from '../../client/text/sentences.ts'
import { stepFaults } from '../../schema/domain/step-fault.ts'
import { lineageKinds } from '../../schema/domain/model.ts'
import { lineageOf } from '../../server/model/lineage.ts'
import { modelCard } from '../../server/model/model-card.ts'
import { lineageFacts } from '../../client/model/lineage-facts.ts'
import { cardFacts } from '../harness/model-facts.ts'
import { koParts } from '../../client/text/ko-parts.ts'

const root = join(import.meta.dirname, '../..')
const say = createSayer(koSentences)

/** Read by administrators at a terminal, by pods, or by other programs: no page shows them. */
const unseen = [
  /^server\/(terminal|db|audit|tracking)\//,
  /^server\/(env|main)\.ts$/,
  /^server\/http\/(mlflow|courier|access)\.ts$/,
  /^server\/executor\/(courier-store|param-environment)\.ts$/,
  /^server\/executor\/kubernetes\/(cluster|cluster-connect)\.ts$/,
  /^intelligence\/(curation|intent|catalogue)\//,
]
/** Calls whose arguments from this one on are sentences for people. */
const calls: Readonly<Record<string, number>> = {
  DomainError: 1,
  InvalidError: 1,
  add: 1,
  verdict: 1,
  refuse: 0,
  refused: 0,
  never: 0,
  changed: 0,
  NotNow: 0,
  'notices.push': 0,
  'this.#tell': 1,
}
const properties = new Set(['message', 'sentence', 'why', 'cause', 'fix', 'detail'])
/** Files whose every sentence may reach a page. */
const whole = [
  'server/executor/kubernetes/devices-preflight.ts',
  'server/request/device-preview.ts',
  'server/pool/image-inspect.ts',
  'server/run/failure.ts',
]

/** What a name of the same function was made of. */
function declared(name: ts.Identifier): ts.Expression | null {
  for (let at: ts.Node = name; !ts.isSourceFile(at); at = at.parent) {
    if (!ts.isBlock(at)) continue
    for (const statement of at.statements)
      if (ts.isVariableStatement(statement))
        for (const { name: own, initializer } of statement.declarationList.declarations)
          if (own.getText() === name.text && initializer !== undefined) return initializer
  }
  return null
}

/** A template's texts: each choice that it makes by itself, and 7 for what it is given. */
function samples(node: ts.Node): string[] {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text]
  if (ts.isParenthesizedExpression(node)) return samples(node.expression)
  if (ts.isConditionalExpression(node))
    return [...samples(node.whenTrue), ...samples(node.whenFalse)]
  if (ts.isIdentifier(node)) {
    const made = declared(node)
    return made !== null && ts.isConditionalExpression(made) ? samples(made) : ['7']
  }
  if (!ts.isTemplateExpression(node)) return ['7']
  return node.templateSpans.reduce(
    (texts, span) =>
      texts.flatMap((text) =>
        samples(span.expression).map((it) => `${text}${it}${span.literal.text}`),
      ),
    [node.head.text],
  )
}

/** Six letters in a row somewhere: a sentence or a part of one, no name, format or id. */
const isWords = (text: string) =>
  /[a-z]{2,} [a-z(“"0-9]/i.test(text) && /[a-z]{3,}/i.test(text) && !/[\n]/.test(text)

function sentencesOf(file: string): { text: string; line: number }[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const found: { text: string; line: number }[] = []
  const all = whole.includes(file)
  const take = (node: ts.Node) => {
    if (ts.isConditionalExpression(node)) {
      take(node.whenTrue)
      take(node.whenFalse)
      return
    }
    if (ts.isParenthesizedExpression(node)) return take(node.expression)
    if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    for (const text of samples(node)) if (isWords(text)) found.push({ text, line })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isCallExpression(node)) {
      const from = calls[node.expression.getText()]
      if (from !== undefined)
        for (const argument of (node.arguments ?? []).slice(from)) take(argument)
    }
    if (ts.isPropertyAssignment(node) && properties.has(node.name.getText())) take(node.initializer)
    if (all && ts.isReturnStatement(node) && node.expression !== undefined) take(node.expression)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** What the components tell of their progress: {…} and %d stand for 7. */
function progressOf(file: string): { text: string; at: string }[] {
  const source = readFileSync(join(root, file), 'utf8')
  return [...source.matchAll(/\bprogress\([^"\n]*?,\s*f?"([^"]*)"/g)].map(([, text]) => ({
    text: text!.replace(/\{[^}]*\}|%[ds]/g, '7'),
    at: file,
  }))
}

describe('the server’s sentences in Korean', () => {
  it('has each that a page may show: add what is missing to client/text/ko-sentences.ts', () => {
    const files = globSync('{server,schema/domain,schema/graph,intelligence}/**/*.ts', {
      cwd: root,
    })
      .filter((file) => !file.endsWith('.test.ts') && !unseen.some((it) => it.test(file)))
      .sort()
    const sentences = files.flatMap((file) =>
      sentencesOf(file).map(({ text, line }) => ({ text, at: `${file}:${line}` })),
    )
    // The walk itself: were it to find nothing, nothing would be missing.
    expect(sentences.length).toBeGreaterThan(350)
    // A part is told within another sentence, as the run's message tells why it was tried again.
    const told = (text: string) =>
      say(text) !== text || say(`tried again: ${text}`).endsWith(text) === false
    const missing = sentences.filter(({ text }) => !told(text))
    expect(missing.map(({ text, at }) => `${at} ${text}`)).toEqual([])
  })

  it('has each that a component tells of its progress', () => {
    const texts = globSync('deploy/components/{*/main,common/*,environment/*}.py', { cwd: root })
      .sort()
      .flatMap(progressOf)
    expect(texts.length).toBeGreaterThan(20)
    expect(texts.filter(({ text }) => say(text) === text)).toEqual([])
  })

  it('has each failure that a component tells, with the same facts in both languages', () => {
    const raised = globSync('deploy/components/{*/main,*/settings,common/*}.py', { cwd: root })
      .sort()
      .flatMap((file) =>
        [
          ...readFileSync(join(root, file), 'utf8').matchAll(
            /raise StepError\(\s*(?:"(\w+)"|code),((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g,
          ),
        ].map(([, code, rest]) => ({
          at: `${file} ${code ?? ''}`,
          code: code ?? null,
          facts: [...rest!.matchAll(/[,\s](\w+)=/g)].map(([, name]) => name).sort(),
        })),
      )
    expect(raised.length).toBeGreaterThan(30)
    const calls = globSync('deploy/components/{*/main,*/settings,common/*}.py', { cwd: root })
      .map((file) => readFileSync(join(root, file), 'utf8').split('raise StepError(').length - 1)
      .reduce((sum, n) => sum + n, 0)
    // Each is read: one in the docstring of StepError itself is an example, and counts as well.
    expect(raised.length).toBe(calls)
    const faults: Readonly<Record<string, readonly string[]>> = stepFaults
    for (const { at, code, facts } of raised)
      if (code !== null) expect([...(faults[code] ?? ['unknown code'])].sort(), at).toEqual(facts)
    expect(Object.keys(koFaults).sort()).toEqual(Object.keys(stepFaults).sort())
    for (const [code, korean] of Object.entries(koFaults))
      for (const [, name] of korean.matchAll(/\{(\w+)\}/g))
        expect(faults[code], code).toContain(name)
  })

  it('has each line of a model card', () => {
    const facts = { ...cardFacts, name: '두부', version: 2, goal: 'train a LoRA of my cat' }
    const cards = [
      modelCard(facts),
      modelCard({ ...facts, triggerWord: '', images: 1, goal: null }),
    ]
    const lines = cards
      .flatMap((card) => card.replace(/^---\n[\s\S]*?\n---\n/, '').split('\n'))
      .filter((line) => line !== '' && !line.startsWith('|'))
    expect(lines.length).toBeGreaterThan(25)
    expect(lines.filter((line) => say(line) === line)).toEqual([])
  })

  it('has each word of the record under the lineage', () => {
    const { nodes } = lineageOf({
      model: { versionId: 'a', name: '두부', version: 2 },
      run: { id: 'a', seed: 7, seconds: 61, endedAt: new Date(0) },
      spec: { id: 'a', name: '계획', version: '1', hash: 'sha256:ab' },
      goal: { id: 'a', text: '고양이', language: 'ko' },
      intent: { id: 'a', revision: 3 },
      dataset: { id: 'a', hash: 'sha256:cd', images: [{ sha256: 'ef', caption: '고양이' }] },
      verdicts: { curationId: 'a', accepted: 1, rejected: 2, unsure: 3, reviewers: ['나'] },
      baseModel: { id: 'tiny-sd', title: 'Tiny SD', licence: 'MIT' },
      code: [
        { step: 'trainer', image: 'autodidact/trainer:1', digest: null, cached: true },
        { step: 'evaluator', image: 'autodidact/evaluator:1', digest: 'sha256:ab', cached: false },
      ],
      environment: { lockHash: 'ab', versions: [] },
    })
    expect(nodes.map((it) => it.kind).sort()).toEqual([...lineageKinds].sort())
    for (const { kind, label } of nodes) {
      expect(koParts.origin[kind], kind).toBeDefined()
      if (/[a-z] [a-z]/i.test(label) && label !== 'Tiny SD') expect(say(label)).not.toBe(label)
    }
    const names = nodes
      .filter((it) => it.kind !== 'images' && it.kind !== 'code')
      .flatMap((it) => lineageFacts(it.kind, it.detail).map((fact) => fact.name))
    expect(names.length).toBeGreaterThan(9)
    expect(names.filter((name) => koParts.fact[name] === undefined)).toEqual([])
  })

  it('calls each strategy as the explanation of a goal does', () => {
    for (const [id, [english, korean]] of Object.entries(strategyNames)) {
      expect(en.value[`strategy.${id}`]).toBe(english)
      expect(ko.value[`strategy.${id}`]).toBe(korean)
    }
  })

  it('has each title of a base model that can be trained, but for names and sizes', () => {
    const titles = baseModels.filter((it) => it.available).map((it) => it.title)
    expect(titles.filter((it) => /[a-z] [a-z]/.test(it) && say(it) === it)).toEqual([])
  })

  it.each([
    [
      'The step "trainer" failed (exit code 3): no space in /tmp',
      '"trainer" 단계가 실패했습니다(종료 코드 3): no space in /tmp',
    ],
    [
      'tried again: The step "trainer" ran out of memory.',
      '다시 시도: "trainer" 단계에서 메모리가 모자랐습니다.',
    ],
    [
      'No device matches 8 x H100 with at least 80GB (2 x NVIDIA L4: it is a NVIDIA L4, not a H100; 1 x unnamed: it is not a MIG slice).',
      'H100 8개(각 80GB 이상)에 맞는 장치가 없습니다(NVIDIA L4 2개: NVIDIA L4이며 H100이 아님; 이름 없음 1개: MIG 조각이 아님).',
    ],
    [
      'It has 22.5 GiB of memory, at least 74 GiB are asked for (80GB).',
      '메모리가 22.5 GiB인데 74 GiB 이상(80GB)이 필요함.',
    ],
    [
      'EfficientNet-lite0 compares the pictures: a vision network that also tells what a picture shows (CLIP ViT-B/32: its weights are not on this machine and downloads are off).',
      'EfficientNet-lite0이 사진을 견줍니다: 무엇이 찍혔는지도 아는 비전 신경망 (CLIP ViT-B/32: 가중치가 이 컴퓨터에 없고 내려받기가 꺼져 있음).',
    ],
    ['There is no such run.', '그런 실행이 없습니다.'],
  ])('says %s', (english, korean) => {
    expect(say(english)).toBe(korean)
  })

  it('leaves what people and programs wrote as it is', () => {
    for (const text of [
      '',
      'loss 0.13',
      '512 x 512 is too large',
      'memory',
      'my cat (2 of 3)',
      'RuntimeError: mat1 and mat2',
    ])
      expect(say(text)).toBe(text)
  })

  it('is quick and ends, whatever it is given', () => {
    const began = performance.now()
    for (const text of [
      '"'.repeat(3_999),
      'The '.repeat(900),
      '7 of '.repeat(700),
      'x: '.repeat(1_000),
    ])
      say(text)
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  it.each([
    ['실행을(를)', '실행을'],
    ['파드이(가)', '파드가'],
    ['"3"은(는)', '"3"은'],
    ['서울(으)로', '서울로'],
    ['L4이(가)', 'L4가'],
  ])('chooses the particle of %s', (text, chosen) => {
    expect(chooseParticles(text)).toBe(chosen)
  })
})
