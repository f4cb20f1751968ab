import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import type { JsonObject } from './canonical-json.ts'
import { DomainError } from './errors.ts'
import { readQuantity } from './quantity.ts'
import {
  connections,
  levels,
  parseSpec,
  printSpec,
  specHash,
  specJsonSchema,
  specToWire,
  topologicalOrder,
  validateSpec,
  warnSpec,
} from './spec.ts'
import type { Component, Spec } from './spec.ts'

const example = readFileSync(
  new URL('../../test/spec/llm-finetune-v3.json', import.meta.url),
  'utf8',
)

function parsed(text: string): Spec {
  const { spec, problems } = parseSpec(text)
  expect(problems).toEqual([])
  return spec!
}

const spec = parsed(example)

function changed(edit: (wire: any) => void): {
  spec: Spec | null
  codes: string[]
  messages: string
} {
  const wire = JSON.parse(example) as unknown
  edit(wire)
  const result = parseSpec(JSON.stringify(wire))
  return {
    spec: result.spec,
    codes: result.problems.map((problem) => problem.code),
    messages: result.problems.map((problem) => problem.message).join('\n'),
  }
}

describe('BL-04 BL-12 the wire text of a spec', () => {
  it('comes out byte for byte as it went in', () => {
    expect(printSpec(spec)).toBe(example)
  })

  it('keeps written quantities beside their bytes', () => {
    expect(spec.components[0]!.resources.memory).toEqual({ text: '32GB', bytes: 32e9 })
    expect(readQuantity('16Gi').bytes).toBe(16 * 2 ** 30)
    expect(readQuantity('1.5 TiB').bytes).toBe(1.5 * 2 ** 40)
  })

  it('keeps unknown keys under extensions, at every level, and prints them back', () => {
    const { spec: odd, codes } = changed((wire) => {
      wire.flavour = { a: [1, 2] }
      wire.extensions = { layout: { x: 1 } }
      wire.components[0].position = { x: 3 }
      wire.components[0].resources.fpga = 2
      wire.workflow[0].label = 'first'
    })
    expect(codes).toEqual([])
    expect(odd!.extensions).toEqual({ flavour: { a: [1, 2] }, layout: { x: 1 } })
    expect(odd!.components[0]!.extensions).toEqual({ position: { x: 3 } })
    expect(odd!.components[0]!.resources.extensions).toEqual({ fpga: 2 })
    const text = printSpec(odd!)
    expect(text).toContain(
      '"resources": { "gpu_type": "V100", "gpu_count": 1, "memory": "32GB", "extensions": { "fpga": 2 } }',
    )
    expect(printSpec(parsed(text))).toBe(text)
    expect(specHash(odd!)).toBe(specHash(spec))
  })

  it('drops nothing where an unknown key and an extension share a name', () => {
    const { spec: odd } = changed((wire) => {
      wire.layout = 1
      wire.extensions = { layout: 2 }
    })
    expect(odd!.extensions).toEqual({ layout: 2, layout_2: 1 })
  })

  it('puts test_run_ref after created_at', () => {
    const { spec: cited } = changed((wire) => {
      wire.test_run_ref = null
    })
    expect(printSpec(cited!)).toMatch(/"created_at": "[^"]+",\n {2}"test_run_ref": null\n}\n$/)
  })

  it('prints empty objects as {}', () => {
    const { spec: empty } = changed((wire) => {
      wire.env_vars = {}
      wire.components[0].resources = {}
    })
    expect(printSpec(empty!)).toContain('"env_vars": {},')
    expect(printSpec(empty!)).toContain('"resources": {},')
  })

  it('has a JSON Schema that names the required keys', () => {
    expect((specJsonSchema() as { required: string[] }).required).toContain('pipeline_id')
  })
})

describe('RFC 8785', () => {
  it('writes numbers and orders keys as the RFC shows', () => {
    expect(
      canonicalJson({
        b: [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27],
        a: '\u20ac$\u000f\nA\'B"\\',
      }),
    ).toBe('{"a":"€$\\u000f\\nA\'B\\"\\\\","b":[333333333.3333333,1e+30,4.5,0.002,1e-27]}')
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '1': 3, '😀': 4, '\ufb33': 5 })).toBe(
      '{"\\r":2,"1":3,"€":1,"😀":4,"\ufb33":5}',
    )
  })
  it.each([Number.NaN, Infinity, '\ud800', undefined])('refuses %s', (value) => {
    expect(() => canonicalJson(value)).toThrow(DomainError)
  })
})

describe('P6 the hash of a spec', () => {
  it('is the sha256 of the canonical JSON of what runs', () => {
    const { env_vars, components, workflow, storage } = JSON.parse(example) as JsonObject
    const canonical = canonicalJson({ env_vars, components, workflow, storage })
    expect(specHash(spec)).toBe(`sha256:${createHash('sha256').update(canonical).digest('hex')}`)
  })

  it.each<[string, (wire: any) => void, boolean]>([
    ['the name', (wire) => (wire.name = 'x'), true],
    ['the version', (wire) => (wire.version = '2.0.0'), true],
    ['the id', (wire) => (wire.pipeline_id = 'PL-ZZZZZZ'), true],
    ['the time', (wire) => (wire.created_at = '2030-01-01T00:00:00.000Z'), true],
    ['the test run', (wire) => (wire.test_run_ref = 'r1'), true],
    ['an environment variable', (wire) => (wire.env_vars.A = '1'), false],
    ['a parameter', (wire) => (wire.components[2].params.lr = 0.002), false],
    ['an image', (wire) => (wire.components[2].image.tag = '3.2'), false],
    ['a resource', (wire) => (wire.components[2].resources.gpu_count = 3), false],
    ['an edge', (wire) => wire.workflow.pop(), false],
    ['the storage', (wire) => (wire.storage.path = '/x'), false],
    ['a parameter called extensions', (wire) => (wire.components[2].params.extensions = 1), false],
  ])('%s', (_, edit, same) => {
    expect(specHash(changed(edit).spec!) === specHash(spec)).toBe(same)
  })

  it('does not depend on the order of keys', () => {
    const reversed = (value: any): any =>
      Array.isArray(value)
        ? value.map(reversed)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, item]) => [key, reversed(item)]),
            )
          : value
    const text = JSON.stringify(reversed(JSON.parse(example)))
    expect(specHash(parsed(text))).toBe(specHash(spec))
  })
})

describe('BL-09 faults of a spec are named', () => {
  it.each<[string, (wire: any) => void, string, string]>([
    [
      'a cycle',
      (wire) => wire.workflow.push({ from: 'evaluator', to: 'data-loader' }),
      'CYCLE',
      'data-loader -> preprocessor',
    ],
    [
      'a self-loop',
      (wire) => wire.workflow.push({ from: 'trainer', to: 'trainer' }),
      'SELF_LOOP',
      '"trainer"',
    ],
    [
      'a doubled edge',
      (wire) => wire.workflow.push(wire.workflow[0]),
      'EDGE_DOUBLED',
      'data-loader -> preprocessor',
    ],
    [
      'a dangling edge',
      (wire) => wire.workflow.push({ from: 'trainer', to: 'nobody' }),
      'EDGE_DANGLING',
      '"nobody"',
    ],
    [
      'a doubled name',
      (wire) => (wire.components[1].name = 'data-loader'),
      'NAME_DOUBLED',
      '"data-loader"',
    ],
    ['a bad name', (wire) => (wire.components[3].name = 'Über_Loader'), 'NAME', 'Über_Loader'],
    ['a long name', (wire) => (wire.components[3].name = 'a'.repeat(41)), 'NAME', 'aaaa'],
    [
      'an order against the edges',
      (wire) => (wire.components[0].order = 9),
      'ORDER',
      '"data-loader" (order 9)',
    ],
    [
      'a billion GPUs',
      (wire) => (wire.components[2].resources.gpu_count = 1e9),
      'GPU_COUNT',
      '1000000000',
    ],
    [
      'half a GPU',
      (wire) => (wire.components[2].resources.gpu_count = 0.5),
      'GPU_COUNT',
      '"trainer"',
    ],
    [
      'negative memory',
      (wire) => (wire.components[2].resources.memory = '-5GB'),
      'QUANTITY',
      'negative',
    ],
    [
      'memory without meaning',
      (wire) => (wire.components[2].resources.memory = 'lots'),
      'QUANTITY',
      '"lots"',
    ],
    ['an unknown type', (wire) => (wire.components[2].type = 'wizard'), 'TYPE_UNKNOWN', '"wizard"'],
    [
      'a bad image',
      (wire) => (wire.components[2].image.registry = 'not an image'),
      'IMAGE',
      'not an image',
    ],
    ['a way out of storage', (wire) => (wire.storage.path = '/a/../../etc'), 'STORAGE_PATH', '..'],
    [
      'a reserved variable',
      (wire) => (wire.env_vars.MLFLOW_TRACKING_TOKEN = 'x'),
      'ENV_RESERVED',
      'MLFLOW_TRACKING_TOKEN',
    ],
    ['a bad id', (wire) => (wire.pipeline_id = 'PL-abc'), 'PIPELINE_ID', 'PL-abc'],
    [
      'no component',
      (wire) => ((wire.components = []), (wire.workflow = [])),
      'EMPTY',
      'no component',
    ],
    [
      'an unknown port',
      (wire) => (wire.workflow[0].from = 'data-loader.images'),
      'PORT_UNKNOWN',
      '"images"',
    ],
    ['a bad timeout', (wire) => (wire.components[0].timeout = 'soon'), 'TIMEOUT', 'soon'],
    ['too little CPU', (wire) => (wire.components[0].resources.cpu = -1), 'CPU', '-1'],
    ['a missing key', (wire) => delete wire.components[1].image, 'SHAPE', 'components[1].image'],
    [
      'text for a number',
      (wire) => (wire.components[1].resources.gpu_count = '2'),
      'SHAPE',
      'gpu_count',
    ],
  ])('%s', (_, edit, code, culprit) => {
    const { codes, messages } = changed(edit)
    expect(codes).toContain(code)
    expect(messages).toContain(culprit)
  })

  it('tells all faults at once', () => {
    const { codes } = changed((wire) => {
      wire.components[0].name = 'A B'
      wire.components[1].resources.memory = '-1GB'
      wire.workflow.push({ from: 'trainer', to: 'trainer' })
    })
    expect(codes).toEqual(
      expect.arrayContaining(['NAME', 'QUANTITY', 'SELF_LOOP', 'EDGE_DANGLING']),
    )
  })

  it('warns of devices that the executor sets', () => {
    expect(warnSpec(spec)).toEqual([])
    expect(warnSpec({ ...spec, envVars: { CUDA_VISIBLE_DEVICES: '0,1' } })[0]!.message).toContain(
      '0,1',
    )
  })

  it.each([
    ['no JSON', '{', 'JSON'],
    [
      'a doubled key',
      example.replace('"name": "LLM-FineTune-v3"', '"name": "a", "name": "b"'),
      'KEY_DOUBLED',
    ],
    [
      '__proto__',
      example.replace('"env_vars": {', '"env_vars": { "__proto__": "x",'),
      'KEY_RESERVED',
    ],
    [
      'a number that does not survive',
      example.replace('"epochs": 30', '"epochs": 12345678901234567890'),
      'NUMBER',
    ],
    ['half a character', example.replace('LLM-FineTune-v3', 'LLM-\\ud800'), 'TEXT'],
    ['a list', '[]', 'SHAPE'],
    ['null', 'null', 'SHAPE'],
  ])('%s', (_, text, code) => {
    const result = parseSpec(text)
    expect(result.spec).toBeNull()
    expect(result.problems.map((problem) => problem.code)).toContain(code)
  })

  it.each([
    ['deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['huge', JSON.stringify({ name: 'x'.repeat(2_000_000) })],
  ])('%s JSON is refused', (_, text) => {
    expect(() => parseSpec(text)).toThrow(DomainError)
    expect(() => parseSpec(text)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })
})

const port = (name: string, type: string) => ({ name, type })
function part(
  name: string,
  order: number,
  inputs: Component['inputs'] = [],
  outputs: Component['outputs'] = [],
): Component {
  return { ...spec.components[0]!, name, order, inputs, outputs }
}

describe('BL-07 edges and ports', () => {
  const edge = (from: string, to: string) => {
    const end = (text: string) => {
      const [component = '', name] = text.split('.')
      return name === undefined ? { component } : { component, port: name }
    }
    return { from: end(from), to: end(to) }
  }
  const of = (components: Component[], edges: [string, string][]): Spec => ({
    ...spec,
    components,
    workflow: edges.map(([from, to]) => edge(from, to)),
  })
  const loader = part('loader', 1, [], [port('dataset', 'dataset')])
  const trainer = part(
    'trainer',
    2,
    [port('dataset', 'dataset')],
    [port('model', 'model'), port('log', 'file')],
  )
  const judge = part(
    'judge',
    3,
    [port('model', 'model'), port('dataset', 'dataset')],
    [port('metrics', 'metrics')],
  )

  it('resolves bare names to ports by name and type', () => {
    const good = of(
      [loader, trainer, judge],
      [
        ['loader', 'trainer'],
        ['trainer', 'judge'],
        ['loader.dataset', 'judge.dataset'],
      ],
    )
    expect(validateSpec(good)).toEqual([])
    expect(
      connections(good).map((item) => `${item.from}.${item.fromPort}>${item.to}.${item.toPort}`),
    ).toEqual([
      'loader.dataset>judge.dataset',
      'loader.dataset>trainer.dataset',
      'trainer.model>judge.model',
    ])
  })

  it.each<[string, [string, string][], string]>([
    [
      'types that do not fit',
      [
        ['loader.dataset', 'judge.model'],
        ['loader', 'trainer'],
      ],
      'PORT_TYPES',
    ],
    [
      'an input with two sources',
      [
        ['loader', 'trainer'],
        ['loader.dataset', 'trainer.dataset'],
        ['trainer', 'judge'],
        ['loader', 'judge'],
      ],
      'PORT_TYPES',
    ],
    [
      'an input without a source',
      [
        ['loader', 'trainer'],
        ['trainer', 'judge'],
      ],
      'INPUT_OPEN',
    ],
  ])('%s', (_, edges, code) => {
    expect(
      validateSpec(of([loader, trainer, judge], edges)).map((problem) => problem.code),
    ).toContain(code)
  })

  it('orders by edges, layer by layer', () => {
    expect(levels(spec)).toEqual([['data-loader'], ['preprocessor'], ['trainer'], ['evaluator']])
    const wide = of(
      [part('a', 1), part('c', 3), part('b', 2), part('d', 4)],
      [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'd'],
      ],
    )
    expect(levels(wide)).toEqual([['a'], ['b', 'c'], ['d']])
  })
})

// --- properties -------------------------------------------------------------------------------

const safeText = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => text.isWellFormed())
const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/)
const jsonValue = fc
  .jsonValue({ maxDepth: 3 })
  .filter(
    (value) => !JSON.stringify(value).includes('__proto__') && JSON.stringify(value).isWellFormed(),
  )
  // -0 is 0 in JSON
  .map((value) => JSON.parse(JSON.stringify(value)) as never)
const key = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/)
  .filter((name) => name !== '__proto__')
const dag = fc.uniqueArray(label, { minLength: 1, maxLength: 8 }).chain((names) =>
  fc.record({
    names: fc.constant(names),
    picks: fc.array(fc.tuple(fc.nat(names.length - 1), fc.nat(names.length - 1)), {
      maxLength: 12,
    }),
    params: fc.array(fc.dictionary(key, jsonValue, { maxKeys: 4 }), {
      minLength: names.length,
      maxLength: names.length,
    }),
    memory: fc.constantFrom('1GB', '16Gi', '512Mi', '1.5TB', '100'),
    gpus: fc.nat(16),
    env: fc.dictionary(
      key.map((name) => `X_${name}`),
      safeText.filter((text) => !text.includes('\0')),
      { maxKeys: 4 },
    ),
    extra: fc.dictionary(key, jsonValue, { maxKeys: 3 }),
  }),
)

function build(value: typeof dag extends fc.Arbitrary<infer T> ? T : never): Spec {
  const seen = new Set<string>()
  const workflow = value.picks.flatMap(([a, b]) => {
    const [low, high] = a < b ? [a, b] : [b, a]
    if (low === high || seen.has(`${low}-${high}`)) return []
    seen.add(`${low}-${high}`)
    return [{ from: { component: value.names[low]! }, to: { component: value.names[high]! } }]
  })
  return {
    pipelineId: 'PL-A1B2C3',
    name: 'property',
    version: '1.0.0',
    envVars: value.env,
    components: value.names.map((name, index) => ({
      order: index + 1,
      name,
      type: 'custom',
      image: { registry: 'registry.example:5000/team/image', tag: '1.0' },
      resources: { gpuCount: value.gpus, memory: readQuantity(value.memory) },
      params: value.params[index] as JsonObject,
    })),
    workflow,
    storage: { type: 'local', path: '/data' },
    createdAt: '2026-02-09T09:00:00.000Z',
    ...(Object.keys(value.extra).length > 0 ? { extensions: value.extra } : {}),
  }
}

describe('properties of specs', () => {
  it('print and parse are inverse; the hash survives', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(dag, (value) => {
        const made = build(value)
        const text = printSpec(made)
        const again = parseSpec(text)
        expect(again.problems).toEqual([])
        expect(again.spec).toEqual(made)
        expect(printSpec(again.spec!)).toBe(text)
        expect(specHash(again.spec!)).toBe(specHash(made))
        expect(JSON.parse(text)).toEqual(specToWire(made))
      }),
      { numRuns: 300 },
    )
  })

  it('the order puts every component after what it waits for', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(dag, (value) => {
        const made = build(value)
        const order = topologicalOrder(made)
        expect([...order].sort()).toEqual(made.components.map((item) => item.name).sort())
        for (const { from, to } of made.workflow) {
          expect(order.indexOf(from.component)).toBeLessThan(order.indexOf(to.component))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('an edge back along a path is always found as a cycle', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(dag, (value) => {
        const made = build(value)
        fc.pre(made.workflow.length > 0)
        const { from, to } = made.workflow[0]!
        const looped = { ...made, workflow: [...made.workflow, { from: to, to: from }] }
        expect(validateSpec(looped).map((problem) => problem.code)).toContain('CYCLE')
        expect(() => levels(looped)).toThrow(DomainError)
      }),
      { numRuns: 200 },
    )
  })

  it('whatever the text, it is a spec, problems or a typed refusal', { timeout: 60_000 }, () => {
    const mutated = fc
      .tuple(fc.nat(example.length), fc.nat(40), fc.string({ maxLength: 10 }))
      .map(([at, length, insert]) => example.slice(0, at) + insert + example.slice(at + length))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated), (text) => {
        try {
          const { spec: result, problems } = parseSpec(text)
          expect(result !== null || problems.length > 0).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
