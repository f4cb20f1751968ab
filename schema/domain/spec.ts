import { z } from 'zod'
import { canonicalJson, sha256Text } from './canonical-json.ts'
import type { Json, JsonObject } from './canonical-json.ts'
import { DomainError } from './errors.ts'
import type { Problem } from './errors.ts'
import { readCpu, readDuration, readQuantity } from './quantity.ts'
import type { Cpu, Duration, Quantity } from './quantity.ts'

export const componentTypes = [
  'data_loader',
  'preprocessor',
  'trainer',
  'evaluator',
  'custom',
] as const
export const portTypes = ['dataset', 'model', 'metrics', 'file'] as const
export type PortType = (typeof portTypes)[number]

export interface Port {
  readonly name: string
  readonly type: string
  readonly extensions?: JsonObject
}

export interface Resources {
  readonly gpuType?: string
  readonly gpuCount?: number
  readonly gpuMemory?: Quantity
  readonly gpuShare?: Json
  readonly cpu?: Cpu
  readonly memory?: Quantity
  readonly extensions?: JsonObject
}

export interface Component {
  readonly order: number
  readonly name: string
  /** One of {@link componentTypes}; another text is kept, shown as a placeholder and refused at validation. */
  readonly type: string
  readonly image: {
    readonly registry: string
    readonly tag: string
    readonly extensions?: JsonObject
  }
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly inputs?: readonly Port[]
  readonly outputs?: readonly Port[]
  readonly resources: Resources
  readonly params: JsonObject
  readonly retries?: number
  readonly timeout?: Duration
  readonly cache?: boolean
  readonly spot?: boolean
  readonly extensions?: JsonObject
}

export interface EdgeEnd {
  readonly component: string
  readonly port?: string
}

export interface Edge {
  readonly from: EdgeEnd
  readonly to: EdgeEnd
  readonly extensions?: JsonObject
}

/** A pipeline: immutable once stored, the one source of truth behind wizard, form and canvas. */
export interface Spec {
  readonly pipelineId: string
  readonly name: string
  readonly version: string
  readonly envVars: Readonly<Record<string, string>>
  readonly components: readonly Component[]
  readonly workflow: readonly Edge[]
  readonly storage: {
    readonly type: string
    readonly path: string
    readonly extensions?: JsonObject
  }
  readonly createdAt: string
  readonly testRunRef?: string | null
  readonly extensions?: JsonObject
}

const maxBytes = 1024 * 1024
const maxDepth = 64
const maxComponents = 200
const maxEdges = 2000
const maxGpus = 1024
const maxMemory = 2 ** 50

// --- the wire ---------------------------------------------------------------------------------

const json: z.ZodType<Json> = z.json()
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json)
const extensions = { extensions: jsonObject.optional() }
const text = z.string().max(10_000)

const portWire = z.looseObject({ name: text, type: text, ...extensions })
const resourcesWire = z.looseObject({
  gpu_type: text.optional(),
  gpu_count: z.number().optional(),
  gpu_memory: text.optional(),
  gpu_share: json.optional(),
  cpu: z.union([z.number(), text]).optional(),
  memory: text.optional(),
  ...extensions,
})
const componentWire = z.looseObject({
  order: z.number(),
  name: text,
  type: text,
  image: z.looseObject({ registry: text, tag: text, ...extensions }),
  command: z.array(text).optional(),
  args: z.array(text).optional(),
  inputs: z.array(portWire).max(100).optional(),
  outputs: z.array(portWire).max(100).optional(),
  resources: resourcesWire,
  params: jsonObject,
  retries: z.number().optional(),
  timeout: z.union([z.number(), text]).optional(),
  cache: z.boolean().optional(),
  spot: z.boolean().optional(),
  ...extensions,
})
const edgeWire = z.looseObject({ from: text, to: text, ...extensions })
const specWire = z.looseObject({
  pipeline_id: text,
  name: text,
  version: text,
  env_vars: z.record(z.string(), text),
  components: z.array(componentWire).max(maxComponents),
  workflow: z.array(edgeWire).max(maxEdges),
  storage: z.looseObject({ type: text, path: text, ...extensions }),
  created_at: text,
  test_run_ref: text.nullable().optional(),
  ...extensions,
})

type Loose = Record<string, unknown>

/** Reads the wire JSON. All faults are told at once; a spec of the right shape comes back even when it is not valid. */
export function parseSpec(source: string): { spec: Spec | null; problems: Problem[] } {
  if (source.length > maxBytes || Buffer.byteLength(source, 'utf8') > maxBytes) {
    throw new DomainError('TOO_LARGE', 'A spec is at most 1 MiB of JSON: this one is larger.', {
      maxBytes,
    })
  }
  const clean = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source
  let value: unknown
  try {
    value = JSON.parse(clean)
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unreadable'
    return {
      spec: null,
      problems: [{ path: '', code: 'JSON', message: `This is not JSON: ${cause.slice(0, 200)}` }],
    }
  }
  const textual = scanJson(clean)
  if (textual.length > 0) return { spec: null, problems: textual }
  const result = specWire.safeParse(value)
  if (!result.success) {
    const problems = result.error.issues.slice(0, 100).map((issue) => ({
      path: pathText(issue.path),
      code: 'SHAPE',
      message: `${pathText(issue.path) || 'The spec'}: ${shapeMessage(value, issue)}`,
    }))
    return { spec: null, problems }
  }
  const spec = fromWire(result.data)
  return { spec, problems: validateSpec(spec) }
}

function shapeMessage(
  value: unknown,
  issue: { path: readonly PropertyKey[]; message: string },
): string {
  let at: unknown = value
  for (const key of issue.path) at = (at as Loose | undefined)?.[key as string]
  return at === undefined ? 'is missing.' : `${issue.message.replace(/^Invalid input: /, '')}.`
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`,
    )
    .join('')
}

/**
 * What JSON.parse forgives silently and a hashed document must not: doubled keys, numbers that do not survive,
 * broken surrogates, `__proto__`; and nesting without end. Expects text that JSON.parse took.
 */
function scanJson(source: string): Problem[] {
  const problems: Problem[] = []
  const stack: (Set<string> | null)[] = []
  let expectKey = false
  for (let at = 0; at < source.length && problems.length < 20; at += 1) {
    const char = source[at]!
    if (char === '{' || char === '[') {
      stack.push(char === '{' ? new Set() : null)
      expectKey = char === '{'
      if (stack.length > maxDepth) {
        throw new DomainError(
          'TOO_LARGE',
          `A spec nests at most ${maxDepth} levels deep: this one goes deeper.`,
          { maxDepth },
        )
      }
    } else if (char === '}' || char === ']') {
      stack.pop()
      expectKey = false
    } else if (char === ',') {
      expectKey = stack.at(-1) instanceof Set
    } else if (char === '"') {
      let end = at + 1
      while (source[end] !== '"') end += source[end] === '\\' ? 2 : 1
      const value = JSON.parse(source.slice(at, end + 1)) as string
      if (!value.isWellFormed()) {
        problems.push({
          path: '',
          code: 'TEXT',
          message: `The text at character ${at + 1} is not well-formed Unicode.`,
        })
      }
      if (expectKey) {
        const keys = stack.at(-1)!
        if (keys.has(value)) {
          problems.push({
            path: value,
            code: 'KEY_DOUBLED',
            message: `The key "${value.slice(0, 60)}" at character ${at + 1} stands twice in one object.`,
          })
        }
        if (value === '__proto__') {
          problems.push({
            path: value,
            code: 'KEY_RESERVED',
            message: `The key "__proto__" at character ${at + 1} cannot be used.`,
          })
        }
        keys.add(value)
        expectKey = false
      }
      at = end
    } else if (char === '-' || (char >= '0' && char <= '9')) {
      const number = /[-+.0-9eE]+/y
      number.lastIndex = at
      const written = number.exec(source)![0]
      const value = Number(written)
      if (
        !Number.isFinite(value) ||
        (/^-?\d+$/.test(written) && written !== '-0' && String(value) !== written)
      ) {
        problems.push({
          path: '',
          code: 'NUMBER',
          message: `The number ${written.slice(0, 40)} does not survive JSON: write it as text.`,
        })
      }
      at += written.length - 1
    }
  }
  return problems
}

/** Unknown keys go under `extensions`; where one of that name lies there already, the newcomer gets a number. */
function gather(value: Loose, known: readonly string[]): { extensions?: JsonObject } {
  const own = value['extensions'] as JsonObject | undefined
  const result: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) {
    if (known.includes(key) || key === 'extensions' || item === undefined) continue
    let name = key
    for (let count = 2; own !== undefined && Object.hasOwn(own, name); count += 1) {
      name = `${key}_${count}`
    }
    result[name] = item as Json
  }
  if (Object.keys(result).length === 0 && own === undefined) return {}
  return { extensions: { ...result, ...own } }
}

/** Leaves absent what was absent: `{}` rather than `{ key: undefined }`. */
function when<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

function fromWire(wire: z.infer<typeof specWire>): Spec {
  return {
    pipelineId: wire.pipeline_id,
    name: wire.name,
    version: wire.version,
    envVars: wire.env_vars,
    components: wire.components.map(componentFromWire),
    workflow: wire.workflow.map((edge) => ({
      from: endFromText(edge.from),
      to: endFromText(edge.to),
      ...gather(edge, ['from', 'to']),
    })),
    storage: {
      type: wire.storage.type,
      path: wire.storage.path,
      ...gather(wire.storage, ['type', 'path']),
    },
    createdAt: wire.created_at,
    ...when('testRunRef', wire.test_run_ref),
    ...gather(wire, Object.keys(specWire.shape)),
  }
}

function componentFromWire(wire: z.infer<typeof componentWire>): Component {
  const { image, resources } = wire
  return {
    order: wire.order,
    name: wire.name,
    type: wire.type,
    image: { registry: image.registry, tag: image.tag, ...gather(image, ['registry', 'tag']) },
    ...when('command', wire.command),
    ...when('args', wire.args),
    ...when('inputs', wire.inputs?.map(portFromWire)),
    ...when('outputs', wire.outputs?.map(portFromWire)),
    resources: {
      ...when('gpuType', resources.gpu_type),
      ...when('gpuCount', resources.gpu_count),
      ...when(
        'gpuMemory',
        resources.gpu_memory === undefined ? undefined : readQuantity(resources.gpu_memory),
      ),
      ...when('gpuShare', resources.gpu_share),
      ...when('cpu', resources.cpu === undefined ? undefined : readCpu(resources.cpu)),
      ...when(
        'memory',
        resources.memory === undefined ? undefined : readQuantity(resources.memory),
      ),
      ...gather(resources, Object.keys(resourcesWire.shape)),
    },
    params: wire.params,
    ...when('retries', wire.retries),
    ...when('timeout', wire.timeout === undefined ? undefined : readDuration(wire.timeout)),
    ...when('cache', wire.cache),
    ...when('spot', wire.spot),
    ...gather(wire, Object.keys(componentWire.shape)),
  }
}

function portFromWire(wire: z.infer<typeof portWire>): Port {
  return { name: wire.name, type: wire.type, ...gather(wire, ['name', 'type']) }
}

function endFromText(written: string): EdgeEnd {
  const dot = written.indexOf('.')
  return dot < 0
    ? { component: written }
    : { component: written.slice(0, dot), port: written.slice(dot + 1) }
}

function endText(end: EdgeEnd): string {
  return end.port === undefined ? end.component : `${end.component}.${end.port}`
}

/** The wire form as plain JSON, in the order in which it is printed. */
export function specToWire(spec: Spec): JsonObject {
  return {
    pipeline_id: spec.pipelineId,
    name: spec.name,
    version: spec.version,
    env_vars: { ...spec.envVars },
    components: spec.components.map(componentToWire),
    workflow: spec.workflow.map((edge) => ({
      from: endText(edge.from),
      to: endText(edge.to),
      ...when('extensions', edge.extensions),
    })),
    storage: {
      type: spec.storage.type,
      path: spec.storage.path,
      ...when('extensions', spec.storage.extensions),
    },
    created_at: spec.createdAt,
    ...when('test_run_ref', spec.testRunRef),
    ...when('extensions', spec.extensions),
  }
}

function componentToWire(component: Component): JsonObject {
  const { image, resources } = component
  const ports = (list: readonly Port[] | undefined): Json[] | undefined =>
    list?.map((port) => ({
      name: port.name,
      type: port.type,
      ...when('extensions', port.extensions),
    }))
  return {
    order: component.order,
    name: component.name,
    type: component.type,
    image: { registry: image.registry, tag: image.tag, ...when('extensions', image.extensions) },
    ...when('command', component.command),
    ...when('args', component.args),
    ...when('inputs', ports(component.inputs)),
    ...when('outputs', ports(component.outputs)),
    resources: {
      ...when('gpu_type', resources.gpuType),
      ...when('gpu_count', resources.gpuCount),
      ...when('gpu_memory', resources.gpuMemory?.text),
      ...when('gpu_share', resources.gpuShare),
      ...when('cpu', resources.cpu?.written),
      ...when('memory', resources.memory?.text),
      ...when('extensions', resources.extensions),
    },
    params: component.params,
    ...when('retries', component.retries),
    ...when('timeout', component.timeout?.written),
    ...when('cache', component.cache),
    ...when('spot', component.spot),
    ...when('extensions', component.extensions),
  }
}

const oneLineKeys = new Set(['image', 'resources', 'params'])

/** The wire text: two-space indent, but each image, resources, params and workflow edge on one line. */
export function printSpec(spec: Spec): string {
  const wire = specToWire(spec)
  const components = wire['components'] as readonly JsonObject[]
  const lines = Object.entries(wire).map(([key, value]) => {
    const label = `  ${JSON.stringify(key)}: `
    if (key === 'workflow')
      return (
        label +
        block(
          '[',
          ']',
          spec.workflow.length === 0 ? [] : (value as readonly Json[]).map(oneLine),
          '  ',
        )
      )
    if (key === 'components') return label + block('[', ']', components.map(printComponent), '  ')
    return label + indented(value, '  ')
  })
  return `{\n${lines.join(',\n')}\n}\n`
}

function printComponent(component: JsonObject): string {
  const lines = Object.entries(component).map(
    ([key, value]) =>
      `${JSON.stringify(key)}: ${oneLineKeys.has(key) ? oneLine(value) : indented(value, '      ')}`,
  )
  return block('{', '}', lines, '    ')
}

function block(open: string, close: string, items: readonly string[], indent: string): string {
  if (items.length === 0) return open + close
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`
}

function indented(value: Json, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`)
}

function oneLine(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value as JsonObject)
  if (entries.length === 0) return '{}'
  return `{ ${entries.map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`).join(', ')} }`
}

/** The hash that approvals, caches, lineage and runs cite: what runs, and nothing else. */
export function specHash(spec: Spec): string {
  const bare = (value: { readonly extensions?: JsonObject }): object => {
    const { extensions: _, ...rest } = value
    return rest
  }
  const wire = specToWire({
    ...spec,
    components: spec.components.map((component) => ({
      ...(bare(component) as Component),
      image: bare(component.image) as Component['image'],
      resources: bare(component.resources),
      ...when(
        'inputs',
        component.inputs?.map((port) => bare(port) as Port),
      ),
      ...when(
        'outputs',
        component.outputs?.map((port) => bare(port) as Port),
      ),
    })),
    workflow: spec.workflow.map((edge) => bare(edge) as Edge),
    storage: bare(spec.storage) as Spec['storage'],
  })
  const { env_vars, components, workflow, storage } = wire
  return sha256Text(canonicalJson({ env_vars, components, workflow, storage }))
}

// --- validation -------------------------------------------------------------------------------

const labelPattern = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const portPattern = /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?$/
const envPattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const paramPattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/
// oci reference parts: a host with port, then lower-case path parts
const registryPattern = /^(?:[a-zA-Z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(?:@sha256:[0-9a-f]{64})?$/

const controlPattern = /[\u0000-\u001f\u007f]/

/** Every fault of a spec, each naming its culprit; empty when it can run. */
export function validateSpec(spec: Spec): Problem[] {
  const problems: Problem[] = []
  const add = (path: string, code: string, message: string): void => {
    problems.push({ path, code, message })
  }

  if (!/^PL-[A-Z0-9]{6}$/.test(spec.pipelineId)) {
    add(
      'pipeline_id',
      'PIPELINE_ID',
      `The pipeline id "${short(spec.pipelineId)}" must be "PL-" and six of A-Z and 0-9.`,
    )
  }
  if (spec.name.trim() === '' || spec.name.length > 200 || controlPattern.test(spec.name)) {
    add('name', 'NAME', 'The name of the pipeline must be 1 to 200 printable characters.')
  }
  if (!/^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/.test(spec.version)) {
    add('version', 'VERSION', `The version "${short(spec.version)}" must look like "1.0.0".`)
  }
  if (
    Number.isNaN(Date.parse(spec.createdAt)) ||
    !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(spec.createdAt)
  ) {
    add(
      'created_at',
      'CREATED_AT',
      `created_at "${short(spec.createdAt)}" is not an ISO 8601 time.`,
    )
  }
  for (const [name, value] of Object.entries(spec.envVars)) {
    if (!envPattern.test(name))
      add(`env_vars.${name}`, 'ENV_NAME', `"${short(name)}" cannot name an environment variable.`)
    if (value.includes('\0'))
      add(
        `env_vars.${name}`,
        'ENV_VALUE',
        `The environment variable "${short(name)}" holds a NUL character.`,
      )
    if (/^(AUTODIDACT_|PARAM_|MLFLOW_(?:TRACKING|RUN_ID))/.test(name)) {
      add(
        `env_vars.${name}`,
        'ENV_RESERVED',
        `The environment variable "${short(name)}" belongs to the platform: choose another name.`,
      )
    }
  }
  checkStorage(spec, add)

  if (spec.components.length === 0)
    add('components', 'EMPTY', 'The pipeline has no component: add at least one.')
  if (spec.components.length > maxComponents)
    add('components', 'TOO_MANY', `A pipeline has at most ${maxComponents} components.`)
  if (spec.workflow.length > maxEdges)
    add('workflow', 'TOO_MANY', `A pipeline has at most ${maxEdges} edges.`)
  const seen = new Map<string, number>()
  for (const [index, component] of spec.components.entries()) {
    checkComponent(component, `components[${index}]`, add)
    const first = seen.get(component.name)
    if (first === undefined) seen.set(component.name, index)
    else
      add(
        `components[${index}].name`,
        'NAME_DOUBLED',
        `Two components are called "${short(component.name)}" (places ${first + 1} and ${index + 1}): names must differ.`,
      )
  }
  checkWorkflow(spec, add)
  return problems
}

type Add = (path: string, code: string, message: string) => void

function short(written: string): string {
  return written.length > 60 ? `${written.slice(0, 57)}...` : written
}

function checkStorage(spec: Spec, add: Add): void {
  const { type, path } = spec.storage
  if (!['local', 's3', 'distributed'].includes(type)) {
    add(
      'storage.type',
      'STORAGE_TYPE',
      `The storage type "${short(type)}" is unknown: use local, s3 or distributed.`,
    )
  }
  if (path === '' || path.length > 1000 || controlPattern.test(path) || path.includes('\\')) {
    add('storage.path', 'STORAGE_PATH', 'The storage path must be 1 to 1000 printable characters.')
  } else if (path.split('/').some((part) => part === '..' || part === '.')) {
    add(
      'storage.path',
      'STORAGE_PATH',
      `The storage path "${short(path)}" may not contain "." or "..".`,
    )
  } else if (type !== 's3' && !path.startsWith('/')) {
    add('storage.path', 'STORAGE_PATH', `The storage path "${short(path)}" must begin with "/".`)
  }
}

function checkComponent(component: Component, path: string, add: Add): void {
  const label = `"${short(component.name)}"`
  if (component.name.length > 40 || !labelPattern.test(component.name)) {
    add(
      `${path}.name`,
      'NAME',
      `The component name ${label} must be 1 to 40 of a-z, 0-9 and "-", beginning and ending with a letter or digit.`,
    )
  }
  if (!(componentTypes as readonly string[]).includes(component.type)) {
    add(
      `${path}.type`,
      'TYPE_UNKNOWN',
      `${label} has the unknown type "${short(component.type)}": use ${componentTypes.join(', ')}.`,
    )
  }
  if (!Number.isSafeInteger(component.order) || component.order < 1 || component.order > 10_000) {
    add(
      `${path}.order`,
      'ORDER',
      `The order of ${label} must be a whole number from 1 to 10000, not ${component.order}.`,
    )
  }
  if (component.image.registry.length > 255 || !registryPattern.test(component.image.registry)) {
    add(
      `${path}.image.registry`,
      'IMAGE',
      `The image "${short(component.image.registry)}" of ${label} is not a container image name.`,
    )
  }
  if (!tagPattern.test(component.image.tag)) {
    add(
      `${path}.image.tag`,
      'IMAGE',
      `The image tag "${short(component.image.tag)}" of ${label} is not a tag.`,
    )
  }
  for (const key of ['inputs', 'outputs'] as const) {
    const names = new Set<string>()
    for (const [index, port] of (component[key] ?? []).entries()) {
      const at = `${path}.${key}[${index}]`
      if (port.name.length > 40 || !portPattern.test(port.name))
        add(
          `${at}.name`,
          'PORT_NAME',
          `The port name "${short(port.name)}" of ${label} must be 1 to 40 of a-z, 0-9, "-" and "_".`,
        )
      if (!(portTypes as readonly string[]).includes(port.type))
        add(
          `${at}.type`,
          'PORT_TYPE',
          `The port "${short(port.name)}" of ${label} has the unknown type "${short(port.type)}": use ${portTypes.join(', ')}.`,
        )
      if (names.has(port.name))
        add(`${at}.name`, 'PORT_DOUBLED', `${label} has two ${key} called "${short(port.name)}".`)
      names.add(port.name)
    }
  }
  checkResources(component, `${path}.resources`, label, add)
  for (const name of Object.keys(component.params)) {
    if (!paramPattern.test(name))
      add(
        `${path}.params.${short(name)}`,
        'PARAM_NAME',
        `"${short(name)}" cannot name a parameter of ${label}.`,
      )
  }
  const { retries, timeout } = component
  if (retries !== undefined && (!Number.isSafeInteger(retries) || retries < 0 || retries > 100)) {
    add(
      `${path}.retries`,
      'RETRIES',
      `The retries of ${label} must be a whole number from 0 to 100, not ${retries}.`,
    )
  }
  if (timeout !== undefined && !(timeout.seconds >= 1 && timeout.seconds <= 31_536_000)) {
    add(
      `${path}.timeout`,
      'TIMEOUT',
      `The timeout "${timeout.written}" of ${label} must be one second to one year, like "90m", "2h30m" or 3600.`,
    )
  }
}

function checkResources(component: Component, path: string, label: string, add: Add): void {
  const { gpuType, gpuCount, gpuMemory, gpuShare, cpu, memory } = component.resources
  if (
    gpuCount !== undefined &&
    (!Number.isSafeInteger(gpuCount) || gpuCount < 0 || gpuCount > maxGpus)
  ) {
    add(
      `${path}.gpu_count`,
      'GPU_COUNT',
      `The GPU count of ${label} must be a whole number from 0 to ${maxGpus}, not ${gpuCount}.`,
    )
  }
  if (gpuType !== undefined && !/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/.test(gpuType)) {
    add(
      `${path}.gpu_type`,
      'GPU_TYPE',
      `The GPU type "${short(gpuType)}" of ${label} is not a type name.`,
    )
  }
  for (const [key, quantity] of [
    ['memory', memory],
    ['gpu_memory', gpuMemory],
  ] as const) {
    if (quantity === undefined) continue
    const what = key === 'memory' ? 'memory' : 'GPU memory'
    if (/^\s*-/.test(quantity.text))
      add(
        `${path}.${key}`,
        'QUANTITY',
        `The ${what} of ${label} is negative: "${short(quantity.text)}".`,
      )
    else if (Number.isNaN(quantity.bytes))
      add(
        `${path}.${key}`,
        'QUANTITY',
        `The ${what} "${short(quantity.text)}" of ${label} is not an amount: write it as "16GB" or "16Gi".`,
      )
    else if (quantity.bytes < 1 || quantity.bytes > maxMemory)
      add(
        `${path}.${key}`,
        'QUANTITY',
        `The ${what} "${short(quantity.text)}" of ${label} must be more than nothing and at most 1 PiB.`,
      )
  }
  if (cpu !== undefined && !(cpu.cores > 0 && cpu.cores <= 4096)) {
    add(
      `${path}.cpu`,
      'CPU',
      `The CPU "${short(String(cpu.written))}" of ${label} must be a number of cores such as 2, 0.5 or "500m".`,
    )
  }
  if (gpuShare !== undefined && !fitsShare(gpuShare)) {
    add(
      `${path}.gpu_share`,
      'GPU_SHARE',
      `The GPU share of ${label} must be "full", "time_slice", "mig:1g.10gb" or hami with memory and cores.`,
    )
  }
}

function fitsShare(share: Json): boolean {
  if (typeof share === 'string')
    return /^(?:full|time_slice|mps|mig:\d+g\.\d+gb|hami:[0-9A-Za-z.]+,\d{1,3})$/.test(share)
  if (share === null || typeof share !== 'object' || Array.isArray(share)) return false
  const hami = (share as JsonObject)['hami'] as JsonObject | undefined
  return (
    hami !== undefined &&
    hami !== null &&
    typeof hami === 'object' &&
    typeof hami['memory'] === 'string' &&
    !Number.isNaN(readQuantity(hami['memory']).bytes)
  )
}

function checkWorkflow(spec: Spec, add: Add): void {
  const byName = new Map(spec.components.map((component) => [component.name, component]))
  const pairs = new Set<string>()
  let sound = true
  for (const [index, edge] of spec.workflow.entries()) {
    const path = `workflow[${index}]`
    const from = endText(edge.from)
    const to = endText(edge.to)
    let dangling = false
    for (const [side, end] of [
      ['from', edge.from],
      ['to', edge.to],
    ] as const) {
      const component = byName.get(end.component)
      if (component === undefined) {
        dangling = true
        add(
          `${path}.${side}`,
          'EDGE_DANGLING',
          `The edge ${short(from)} -> ${short(to)} names "${short(end.component)}", which is no component.`,
        )
      } else if (
        end.port !== undefined &&
        !(side === 'from' ? component.outputs : component.inputs)?.some(
          (port) => port.name === end.port,
        )
      ) {
        dangling = true
        add(
          `${path}.${side}`,
          'PORT_UNKNOWN',
          `"${short(end.component)}" has no ${side === 'from' ? 'output' : 'input'} called "${short(end.port)}".`,
        )
      }
    }
    if (pairs.has(`${from}\n${to}`))
      add(path, 'EDGE_DOUBLED', `The edge ${short(from)} -> ${short(to)} stands twice.`)
    pairs.add(`${from}\n${to}`)
    if (edge.from.component === edge.to.component) {
      add(path, 'SELF_LOOP', `"${short(edge.from.component)}" is connected to itself.`)
      sound = false
    } else if (!dangling) {
      const [a, b] = [byName.get(edge.from.component)!, byName.get(edge.to.component)!]
      if (a.order >= b.order) {
        add(
          path,
          'ORDER',
          `"${short(a.name)}" (order ${a.order}) must come before "${short(b.name)}" (order ${b.order}), to which it is connected.`,
        )
      }
    }
    if (dangling) sound = false
  }
  const cycle = findCycle(spec)
  if (cycle !== null) {
    add(
      'workflow',
      'CYCLE',
      `These components wait for each other: ${[...cycle, cycle[0]!].map(short).join(' -> ')}. Remove one of the edges.`,
    )
  }
  if (sound && cycle === null && byName.size === spec.components.length) resolvePorts(spec, add)
}

export interface Connection {
  readonly from: string
  readonly fromPort: string
  readonly to: string
  readonly toPort: string
  readonly type: PortType
}

/** Edges resolved to ports: what an executor places. Components without declared ports only wait for each other. */
export function connections(spec: Spec): Connection[] {
  return resolvePorts(spec, () => undefined)
}

function resolvePorts(spec: Spec, add: Add): Connection[] {
  const byName = new Map(spec.components.map((component) => [component.name, component]))
  const sources = new Map<string, string>()
  const result: Connection[] = []
  const link = (path: string, from: Component, output: Port, to: Component, input: Port): void => {
    if (output.type !== input.type) {
      add(
        path,
        'PORT_TYPES',
        `${from.name}.${output.name} gives ${output.type}, but ${to.name}.${input.name} takes ${input.type}.`,
      )
      return
    }
    const key = `${to.name}.${input.name}`
    const other = sources.get(key)
    if (other !== undefined) {
      add(
        path,
        'INPUT_DOUBLED',
        `The input ${key} has two sources: ${other} and ${from.name}.${output.name}.`,
      )
      return
    }
    sources.set(key, `${from.name}.${output.name}`)
    result.push({
      from: from.name,
      fromPort: output.name,
      to: to.name,
      toPort: input.name,
      type: output.type as PortType,
    })
  }
  // edges that name their input first: a bare edge takes only what is left
  const ordered = [...spec.workflow.entries()].sort(
    ([, a], [, b]) => (a.to.port === undefined ? 1 : 0) - (b.to.port === undefined ? 1 : 0),
  )
  for (const [index, edge] of ordered) {
    const path = `workflow[${index}]`
    const from = byName.get(edge.from.component)
    const to = byName.get(edge.to.component)
    if (from === undefined || to === undefined) continue
    const outputs = (from.outputs ?? []).filter(
      (port) => edge.from.port === undefined || port.name === edge.from.port,
    )
    const inputs = (to.inputs ?? []).filter(
      (port) => edge.to.port === undefined || port.name === edge.to.port,
    )
    if (edge.from.port !== undefined && edge.to.port !== undefined && outputs[0] && inputs[0]) {
      link(path, from, outputs[0], to, inputs[0])
      continue
    }
    let linked = 0
    for (const output of outputs) {
      const free = inputs.filter(
        (port) => port.type === output.type && !sources.has(`${to.name}.${port.name}`),
      )
      const input =
        free.find((port) => port.name === output.name) ?? (free.length === 1 ? free[0] : undefined)
      if (input === undefined) continue
      link(path, from, output, to, input)
      linked += 1
    }
    if (linked === 0 && outputs.length > 0 && inputs.length > 0) {
      add(
        path,
        'PORT_TYPES',
        `Nothing that "${from.name}" gives (${outputs.map((port) => `${port.name}: ${port.type}`).join(', ')}) fits a free input of "${to.name}" (${inputs.map((port) => `${port.name}: ${port.type}`).join(', ')}).`,
      )
    }
  }
  for (const [index, component] of spec.components.entries()) {
    for (const input of component.inputs ?? []) {
      if (!sources.has(`${component.name}.${input.name}`)) {
        add(
          `components[${index}].inputs`,
          'INPUT_OPEN',
          `The input ${component.name}.${input.name} has no source: connect an output of type ${input.type} to it.`,
        )
      }
    }
  }
  return result
}

/** Things that run, but probably not as meant. */
export function warnSpec(spec: Spec): Problem[] {
  const warnings: Problem[] = []
  for (const name of ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES']) {
    const value = spec.envVars[name]
    if (value !== undefined && value !== 'all') {
      warnings.push({
        path: `env_vars.${name}`,
        code: 'DEVICES',
        message: `${name} belongs to the executor: "${short(value)}" is ignored, each step sees the devices that it was given.`,
      })
    }
  }
  return warnings
}

// --- the graph --------------------------------------------------------------------------------

/** For each component the components that it waits for, in the order of the spec. */
export function dependencies(spec: Spec): Map<string, string[]> {
  const result = new Map<string, string[]>(spec.components.map((component) => [component.name, []]))
  for (const { from, to } of spec.workflow) {
    const list = result.get(to.component)
    if (list !== undefined && result.has(from.component) && !list.includes(from.component))
      list.push(from.component)
  }
  return result
}

/** Layers of components that can run side by side; within a layer by `order`. Refuses a cycle. */
export function levels(spec: Spec): string[][] {
  const waiting = dependencies(spec)
  const order = new Map(
    spec.components.map((component, index) => [component.name, component.order * 10_000 + index]),
  )
  const done = new Set<string>()
  const result: string[][] = []
  while (waiting.size > 0) {
    const layer = [...waiting]
      .filter(([, needs]) => needs.every((name) => done.has(name)))
      .map(([name]) => name)
    if (layer.length === 0) {
      throw new DomainError(
        'SPEC_INVALID',
        `These components wait for each other: ${[...waiting.keys()].map(short).join(', ')}.`,
      )
    }
    layer.sort((a, b) => order.get(a)! - order.get(b)!)
    for (const name of layer) {
      done.add(name)
      waiting.delete(name)
    }
    result.push(layer)
  }
  return result
}

export function topologicalOrder(spec: Spec): string[] {
  return levels(spec).flat()
}

/** The names along one cycle, or null. Iterative: a chain of any length is no threat to the stack. */
function findCycle(spec: Spec): string[] | null {
  const next = new Map<string, string[]>(spec.components.map((component) => [component.name, []]))
  for (const { from, to } of spec.workflow) {
    const loop = from.component === to.component
    if (!loop && next.has(to.component)) next.get(from.component)?.push(to.component)
  }
  const finished = new Set<string>()
  for (const start of next.keys()) {
    if (finished.has(start)) continue
    const path: { name: string; at: number }[] = [{ name: start, at: 0 }]
    const onPath = new Set([start])
    while (path.length > 0) {
      const top = path.at(-1)!
      const child = next.get(top.name)![top.at]
      top.at += 1
      if (child === undefined) {
        finished.add(top.name)
        onPath.delete(top.name)
        path.pop()
      } else if (onPath.has(child)) {
        return path.slice(path.findIndex((item) => item.name === child)).map((item) => item.name)
      } else if (!finished.has(child)) {
        onPath.add(child)
        path.push({ name: child, at: 0 })
      }
    }
  }
  return null
}

/** JSON Schema (2020-12) of the wire format, printed from the same zod schema that reads it. */
export function specJsonSchema(): object {
  return z.toJSONSchema(specWire, { io: 'input', unrepresentable: 'any' })
}
