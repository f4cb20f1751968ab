import type { Json, JsonObject } from '#schema/domain/canonical-json.ts'
import { InvalidError } from '#schema/domain/errors.ts'
import type { Problem } from '#schema/domain/errors.ts'
import type { Change, Operation } from '#schema/domain/operation.ts'
import { readCpu, readQuantity } from '#schema/domain/quantity.ts'
import { specToWire, validateSpec } from '#schema/domain/spec.ts'
import type { Component, Edge, Resources, Spec } from '#schema/domain/spec.ts'
import { applySettings } from './settings.ts'

type SpecOperation = Exclude<Operation, { kind: 'slot' }>

const problem = (path: string, code: string, message: string): never => {
  const one: Problem = { path, code, message }
  throw new InvalidError('BAD_INPUT', message, [one])
}

/**
 * The spec with the operations applied in order and validated; the given one stays as it is.
 *
 * @throws InvalidError BAD_INPUT naming the operation's culprit, SPEC_INVALID with every fault of the result
 */
export function applyOperations(spec: Spec, operations: readonly Operation[]): Spec {
  let result = spec
  const settings: Record<string, unknown> = {}
  for (const operation of operations) {
    if (operation.kind === 'slot') continue
    if (operation.kind === 'setting') settings[operation.name] = operation.value
    else result = applyOne(result, operation)
  }
  if (Object.keys(settings).length > 0) result = applySettings(result, settings)
  const faults = validateSpec(result)
  if (faults.length > 0) {
    // a cycle also upsets the order: the cause is told first
    const first = faults.find((fault) => fault.code === 'CYCLE') ?? faults[0]!
    throw new InvalidError('SPEC_INVALID', first.message, faults)
  }
  return result
}

function componentOf(spec: Spec, name: string): Component {
  return (
    spec.components.find((item) => item.name === name) ??
    problem(
      name,
      'COMPONENT_UNKNOWN',
      `No component is called "${name}": there are ${spec.components.map((item) => item.name).join(', ')}.`,
    )
  )
}

function applyOne(spec: Spec, operation: Exclude<SpecOperation, { kind: 'setting' }>): Spec {
  switch (operation.kind) {
    case 'param': {
      const holder = componentOf(spec, operation.component)
      return replace(spec, {
        ...holder,
        params: { ...holder.params, [operation.name]: operation.value },
      })
    }
    case 'resources': {
      const holder = componentOf(spec, operation.component)
      return replace(spec, { ...holder, resources: withResource(holder, operation) })
    }
    case 'add':
      return add(spec, operation.type, operation.after)
    case 'remove':
      return remove(spec, componentOf(spec, operation.component))
    case 'connect': {
      componentOf(spec, operation.from)
      componentOf(spec, operation.to)
      const edge: Edge = { from: { component: operation.from }, to: { component: operation.to } }
      const moved = ordered({ ...spec, workflow: [...spec.workflow, edge] })
      return moved
    }
    case 'disconnect': {
      const kept = spec.workflow.filter(
        (edge) => edge.from.component !== operation.from || edge.to.component !== operation.to,
      )
      if (kept.length === spec.workflow.length)
        problem(
          `${operation.from} -> ${operation.to}`,
          'EDGE_UNKNOWN',
          `"${operation.from}" is not connected to "${operation.to}".`,
        )
      return { ...spec, workflow: kept }
    }
  }
}

function replace(spec: Spec, component: Component): Spec {
  return {
    ...spec,
    components: spec.components.map((item) => (item.name === component.name ? component : item)),
  }
}

function withResource(
  holder: Component,
  operation: Extract<Operation, { kind: 'resources' }>,
): Resources {
  const { key, value } = operation
  const text = String(value)
  if (key === 'gpu_count') return { ...holder.resources, gpuCount: Number(value) }
  if (key === 'cpu') return { ...holder.resources, cpu: readCpu(value) }
  const quantity = readQuantity(/^\d+(?:\.\d+)?$/.test(text) ? `${text}GB` : text)
  return { ...holder.resources, [key === 'memory' ? 'memory' : 'gpuMemory']: quantity }
}

/** Where the data of each kind of component comes from, when the spec has none of it to copy. */
const templates: Readonly<Record<string, Pick<Component, 'inputs' | 'outputs' | 'params'>>> = {
  data_loader: { outputs: [{ name: 'dataset', type: 'dataset' }], params: {} },
  preprocessor: {
    inputs: [{ name: 'dataset', type: 'dataset' }],
    outputs: [{ name: 'dataset', type: 'dataset' }],
    params: {},
  },
  trainer: {
    inputs: [{ name: 'dataset', type: 'dataset' }],
    outputs: [{ name: 'model', type: 'model' }],
    params: {},
  },
  evaluator: {
    inputs: [
      { name: 'model', type: 'model' },
      { name: 'dataset', type: 'dataset' },
    ],
    outputs: [
      { name: 'metrics', type: 'metrics' },
      { name: 'samples', type: 'file' },
    ],
    params: {},
  },
}

function add(spec: Spec, type: string, after: string | null): Spec {
  const before = after === null ? spec.components.at(-1) : componentOf(spec, after)
  const alike = spec.components.find((item) => item.type === type)
  const template = templates[type]!
  const base = type.replace('_', '-')
  let name = base
  for (let count = 2; spec.components.some((item) => item.name === name); count += 1)
    name = `${base}-${count}`
  const order = (before?.order ?? 0) + 1
  const trainer = spec.components.find((item) => item.type === 'trainer')
  // a new evaluator looks at the same base model with the same seed as the training did
  const shared: JsonObject =
    type === 'evaluator' && trainer !== undefined
      ? Object.fromEntries(
          [
            'base_model',
            'base_model_source',
            'prompt',
            'sample_count',
            'sample_steps',
            'guidance_scale',
            'seed',
          ]
            .filter((key) => key in trainer.params)
            .map((key) => [key, trainer.params[key]!]),
        )
      : {}
  const made: Component = {
    ...(alike ?? {
      type,
      image: { registry: `autodidact/${base}`, tag: '1' },
      resources: trainer?.resources ?? { cpu: readCpu(1), memory: readQuantity('4GB') },
      ...template,
      params: { ...template.params, ...shared },
    }),
    name,
    order,
  }
  const components = [
    ...spec.components.map((item) =>
      item.order >= order ? { ...item, order: item.order + 1 } : item,
    ),
    made,
  ].sort((a, b) => a.order - b.order)
  // each input takes the nearest output of its type that stands before it
  const edges: Edge[] = []
  for (const input of made.inputs ?? []) {
    const source = components
      .filter((item) => item.order < order && item.name !== name)
      .reverse()
      .flatMap((item) =>
        (item.outputs ?? [])
          .filter((output) => output.type === input.type)
          .map((output) => ({ item, output })),
      )[0]
    if (source === undefined)
      problem(
        name,
        'INPUT_OPEN',
        `Nothing before it gives ${input.type}, which ${type.replace('_', ' ')} needs.`,
      )
    edges.push({
      from: { component: source!.item.name, port: source!.output.name },
      to: { component: name, port: input.name },
    })
  }
  let workflow: Edge[] = [...spec.workflow, ...edges]
  // a preprocessor goes in between: who read its source reads it instead
  if (type === 'preprocessor' && edges[0] !== undefined) {
    const [first] = edges
    workflow = workflow.map((edge) =>
      edge !== first &&
      edge.from.component === first.from.component &&
      edge.from.port === first.from.port &&
      components.some(
        (item) => item.name === edge.to.component && item.order > order && item.type === 'trainer',
      )
        ? { ...edge, from: { component: name, port: made.outputs![0]!.name } }
        : edge,
    )
  }
  return { ...spec, components, workflow }
}

function remove(spec: Spec, gone: Component): Spec {
  const incoming = spec.workflow.filter((edge) => edge.to.component === gone.name)
  const outgoing = spec.workflow.filter((edge) => edge.from.component === gone.name)
  const rest = spec.workflow.filter(
    (edge) => edge.from.component !== gone.name && edge.to.component !== gone.name,
  )
  // what passed through it goes straight on
  const typeOf = (edge: Edge): string | undefined =>
    gone.outputs?.find((port) => port.name === edge.from.port)?.type
  const bridged = outgoing.flatMap((edge): Edge[] => {
    const input = gone.inputs?.find((port) => port.type === typeOf(edge))
    const source = incoming.find((item) => item.to.port === input?.name)
    return input === undefined || source === undefined ? [] : [{ ...edge, from: source.from }]
  })
  return {
    ...spec,
    components: spec.components.filter((item) => item.name !== gone.name),
    workflow: [...rest, ...bridged],
  }
}

/** `order` numbers that follow the edges, as few changes as there can be. */
function ordered(spec: Spec): Spec {
  const order = new Map(spec.components.map((item) => [item.name, item.order]))
  for (let round = 0; round < spec.components.length; round += 1) {
    for (const { from, to } of spec.workflow) {
      const least = (order.get(from.component) ?? 0) + 1
      if ((order.get(to.component) ?? 0) < least) order.set(to.component, least)
    }
  }
  return {
    ...spec,
    components: spec.components.map((item) => ({ ...item, order: order.get(item.name)! })),
  }
}

/** What is right for one base model and wrong for another: another base takes its own, also over edits by hand. */
const ofTheBase: ReadonlySet<string> = new Set([
  'rank',
  'alpha',
  'learning_rate',
  'steps',
  'batch_size',
  'resolution',
  'bucket_step',
  'targets',
  'guidance_scale',
  'sample_steps',
  'sample_every',
  'checkpoint_every',
])

/**
 * A plan made anew from a changed intent, with the edits by hand of the old one kept: what differs between `old` and `made` (what
 * synthesis once made of the old intent) was edited; null when that is not known, then only the components' own additions stay.
 */
export function rebaseSpec(old: Spec, made: Spec | null, fresh: Spec): Spec {
  const find = (spec: Spec | null, name: string): Component | undefined =>
    spec?.components.find((item) => item.name === name)
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  const components = old.components.map((component): Component => {
    const now = find(fresh, component.name)
    if (now === undefined) return component
    const was = find(made, component.name)
    const params: Record<string, Json> = {}
    const rebased = !same(component.params['base_model'], now.params['base_model'])
    for (const [key, value] of Object.entries(component.params)) {
      const edited =
        was !== undefined && !same(was.params[key], value) && !(rebased && ofTheBase.has(key))
      const own = was !== undefined && !(key in was.params)
      if (edited || own) params[key] = value
      else if (key in now.params) params[key] = now.params[key]!
    }
    for (const [key, value] of Object.entries(now.params))
      if (
        !(key in params) &&
        (was === undefined || !(key in was.params) || key in component.params)
      )
        params[key] = value
    const resources =
      was === undefined || same(was.resources, component.resources)
        ? now.resources
        : component.resources
    return { ...component, params: params, resources }
  })
  const authoring = withEdits(old, fresh, components)
  return {
    ...old,
    components,
    storage: fresh.storage,
    extensions: { ...old.extensions, authoring },
  }
}

/** Where the settings came from: what was edited and has stayed is edited still. */
function withEdits(old: Spec, fresh: Spec, components: readonly Component[]): JsonObject {
  const authoring = (fresh.extensions?.['authoring'] ?? {}) as JsonObject
  const before = ((old.extensions?.['authoring'] as JsonObject | undefined)?.['sources'] ??
    {}) as JsonObject
  const valueIn = (list: readonly Component[], key: string): string =>
    JSON.stringify(list.find((item) => key in item.params)?.params[key] ?? null)
  const kept = Object.entries(before).filter(([name, source]) => {
    const key = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    return (
      source === 'edited' &&
      valueIn(components, key) === valueIn(old.components, key) &&
      valueIn(components, key) !== valueIn(fresh.components, key)
    )
  })
  return {
    ...authoring,
    sources: { ...(authoring['sources'] as JsonObject | undefined), ...Object.fromEntries(kept) },
  }
}

const shown = (value: Json | undefined): string | null =>
  value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)

/** What differs in what runs, component by component; labels and layout are left out. At most 200 lines. */
export function diffSpecs(before: Spec, after: Spec): Change[] {
  const changes: Change[] = []
  const flat = (spec: Spec): Map<string, Json> => {
    const wire = specToWire(spec) as unknown as {
      env_vars: JsonObject
      components: (JsonObject & { name: string })[]
      workflow: { from: string; to: string }[]
    }
    const map = new Map<string, Json>()
    for (const [key, value] of Object.entries(wire.env_vars)) map.set(`env_vars.${key}`, value)
    for (const { name, order: _order, ...component } of wire.components) {
      map.set(name, component['type'] as string)
      for (const [part, content] of Object.entries(component)) {
        if (part === 'type' || part === 'extensions') continue
        if (['params', 'resources'].includes(part)) {
          for (const [key, value] of Object.entries(content as JsonObject))
            map.set(`${name}.${part === 'params' ? '' : 'resources.'}${key}`, value)
        } else map.set(`${name}.${part}`, content)
      }
    }
    for (const edge of wire.workflow) map.set(`${edge.from} -> ${edge.to}`, 'connected')
    return map
  }
  const [old, fresh] = [flat(before), flat(after)]
  const gone = new Set<string>()
  for (const [path, value] of old) {
    const now = fresh.get(path)
    const owner = path.split('.')[0]!
    // a component that is gone is one line, not thirty
    if (now === undefined && gone.has(owner) && path !== owner && !path.includes('->')) continue
    if (now === undefined && path === owner) gone.add(owner)
    if (JSON.stringify(now) !== JSON.stringify(value))
      changes.push({ path, before: shown(value), after: shown(now) })
  }
  const made = new Set<string>()
  for (const [path, value] of fresh) {
    if (old.has(path)) continue
    const owner = path.split('.')[0]!
    if (made.has(owner) && path !== owner && !path.includes('->')) continue
    if (path === owner) made.add(owner)
    changes.push({ path, before: null, after: shown(value) })
  }
  return changes.slice(0, 200)
}
