import { builder, viewerOf } from '../builder.ts'
import { DomainError, InvalidError } from '../domain/errors.ts'
import type { Problem } from '../domain/errors.ts'
import { parseSpec, specToWire, warnSpec } from '../domain/spec.ts'
import type { Component, Edge, EdgeEnd, Port, Spec } from '../domain/spec.ts'
import type { SpecCheck, SpecEstimate, SpecSetting, StoredSpec } from '../domain/stored-spec.ts'
import { ProblemType } from './errors.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { DatasetVersionRef, ProjectRef } from './refs.ts'

const PortType = builder.objectRef<Port>('Port').implement({
  description: 'A named, typed input or output of a component.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name: the folder in /in or /out.' }),
    type: t.exposeString('type', { description: 'dataset, model, metrics or file.' }),
  }),
})

interface ShownComponent {
  readonly component: Component
  /** The component's wire JSON. */
  readonly wire: Readonly<Record<string, unknown>>
}

const ComponentType = builder.objectRef<ShownComponent>('Component').implement({
  description: 'One containerised step of a plan.',
  fields: (t) => ({
    name: t.string({ description: 'Its name in the plan.', resolve: (it) => it.component.name }),
    type: t.string({
      description: 'data_loader, preprocessor, trainer, evaluator or custom.',
      resolve: (it) => it.component.type,
    }),
    order: t.float({
      description: 'Its place in lists; edges decide what runs when.',
      resolve: (it) => it.component.order,
    }),
    image: t.string({
      description: 'Its container image, registry:tag.',
      resolve: ({ component: { image } }) => `${image.registry}:${image.tag}`,
    }),
    resources: t.field({
      type: 'JSON',
      description:
        'What it asks for, as the wire file writes it: gpu_count, memory ("4GB") and the like.',
      resolve: (it) => it.wire['resources'],
    }),
    params: t.field({
      type: 'JSON',
      description: 'Its settings.',
      resolve: (it) => it.component.params,
    }),
    inputs: t.field({
      type: [PortType],
      description: 'What it reads, at most 100.',
      resolve: (it) => [...(it.component.inputs ?? [])],
    }),
    outputs: t.field({
      type: [PortType],
      description: 'What it writes, at most 100.',
      resolve: (it) => [...(it.component.outputs ?? [])],
    }),
  }),
})

const EdgeType = builder.objectRef<Edge>('WorkflowEdge').implement({
  description: 'One component waits for another.',
  fields: (t) => ({
    from: t.string({
      description: 'The one that goes first.',
      resolve: (edge) => edge.from.component,
    }),
    to: t.string({
      description: 'The one that waits for it.',
      resolve: (edge) => edge.to.component,
    }),
    fromPort: t.string({
      nullable: true,
      description: 'The output that is handed on; null: all of them.',
      resolve: (edge): EdgeEnd['port'] | null => edge.from.port ?? null,
    }),
    toPort: t.string({
      nullable: true,
      description: 'The input that it becomes; null: the one of the same name or type.',
      resolve: (edge): EdgeEnd['port'] | null => edge.to.port ?? null,
    }),
  }),
})

const LanguageType = builder.enumType('Language', {
  description: 'A language of the interface.',
  values: {
    EN: { value: 'en' as const, description: 'English.' },
    KO: { value: 'ko' as const, description: 'Korean.' },
  },
})

const SettingType = builder.objectRef<SpecSetting>('Setting').implement({
  description: 'A setting of the plan, and why it has its value.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name: the key for specAdjust.' }),
    value: t.field({ type: 'JSON', description: 'Its value.', resolve: (it) => it.value }),
    reason: t.exposeString('reason', { description: 'Why this value.' }),
    minimum: t.exposeFloat('minimum', {
      nullable: true,
      description: 'The least that may be put there.',
    }),
    maximum: t.exposeFloat('maximum', {
      nullable: true,
      description: 'The most that may be put there.',
    }),
    options: t.field({
      type: ['JSON'],
      nullable: true,
      description: 'The only values that may be put there, at most 100.',
      resolve: (it) => (it.options === null ? null : [...it.options]),
    }),
  }),
})

const EstimateType = builder.objectRef<SpecEstimate>('Estimate').implement({
  description: 'What the plan will take here.',
  fields: (t) => ({
    secondsLow: t.float({
      description: 'Hardly faster than this.',
      resolve: (it) => it.seconds.low,
    }),
    secondsLikely: t.float({ description: 'The likely time.', resolve: (it) => it.seconds.likely }),
    secondsHigh: t.float({
      description: 'Hardly slower than this.',
      resolve: (it) => it.seconds.high,
    }),
    memoryBytes: t.float({
      description: 'The memory that the hungriest component needs, with room to spare.',
      resolve: (it) => it.memoryBytes.high,
    }),
  }),
})

// Several fields of one spec share one reading of its text.
const read = new WeakMap<StoredSpec, Spec>()
function specOf(stored: StoredSpec): Spec {
  const known = read.get(stored)
  if (known !== undefined) return known
  const { spec } = parseSpec(stored.text)
  if (spec === null) throw new DomainError('INTERNAL', 'The stored plan is unreadable.')
  read.set(stored, spec)
  return spec
}

export const SpecType = builder.objectRef<StoredSpec>('Spec')
builder.node(SpecType, {
  description: 'A plan: components, edges, settings. Immutable once stored.',
  id: { description: 'Relay id.', resolve: (spec) => spec.id },
  loadOne: (id, context) => context.ports.specs.byId(viewerOf(context), id),
  fields: (t) => ({
    pipelineId: t.exposeString('pipelineId', {
      description: 'The pipeline that this is a version of: PL-A1B2C3.',
    }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    version: t.exposeString('version', { description: 'Which version of the pipeline.' }),
    hash: t.exposeString('hash', {
      description: '"sha256:<hex>" of what runs; names and dates do not count.',
    }),
    text: t.exposeString('text', { description: 'Its wire JSON, byte for byte.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was stored.' }),
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (spec, _args, context) =>
        (await context.ports.projects.byId(viewerOf(context), spec.projectId))!,
    }),
    datasetVersion: t.field({
      type: DatasetVersionRef,
      nullable: true,
      description: 'The data set version that it reads, where it is one of this project.',
      resolve: (spec, _args, context) =>
        spec.datasetVersionId === null
          ? null
          : context.ports.datasets.byId(viewerOf(context), spec.datasetVersionId),
    }),
    components: t.field({
      type: [ComponentType],
      description: 'Its components, at most 200.',
      resolve: (stored): ShownComponent[] => {
        const spec = specOf(stored)
        const wires = specToWire(spec)['components'] as readonly Record<string, unknown>[]
        return spec.components.map((component, index) => ({ component, wire: wires[index]! }))
      },
    }),
    edges: t.field({
      type: [EdgeType],
      description: 'Who waits for whom, at most 2,000.',
      resolve: (stored) => [...specOf(stored).workflow],
    }),
    problems: t.field({
      type: [ProblemType],
      description:
        'What would run but probably not as meant, at most 100; faults are refused before they are stored.',
      resolve: (stored): Problem[] => warnSpec(specOf(stored)),
    }),
    settings: t.field({
      type: [SettingType],
      description:
        'The settings that the template exposes, at most 100; empty without a trainer of ours.',
      args: {
        language: t.arg({
          type: LanguageType,
          required: false,
          description: 'Of the reasons; English when left away.',
        }),
      },
      resolve: (stored, { language }, context) =>
        context.ports.specs.settings(stored, language ?? 'en'),
    }),
    estimate: t.field({
      type: EstimateType,
      nullable: true,
      description: 'What it will take here; null when there is nothing to judge by.',
      resolve: (stored) => stored.estimate,
    }),
  }),
})

const SpecCheckType = builder.objectRef<SpecCheck>('SpecCheck').implement({
  description: 'What a text would be as a plan.',
  fields: (t) => ({
    spec: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The plan as JSON; null when the text has not its shape.',
      resolve: (it) => it.spec,
    }),
    problems: t.field({
      type: [ProblemType],
      description: 'Faults and warnings, at most 1,000.',
      resolve: (it) => it.problems.slice(0, 1_000),
    }),
    hash: t.exposeString('hash', {
      nullable: true,
      description: 'Its hash; null while it has faults.',
    }),
  }),
})

const SpecConnection = builder.connectionObject(
  { type: SpecType, name: 'SpecConnection', description: 'A page of plans.' },
  { name: 'SpecEdge', description: 'A plan in a page.' },
)

builder.objectField(ProjectRef, 'specs', (t) =>
  t.connection(
    {
      type: SpecType,
      description: 'Its plans, newest first.',
      resolve: async (project, args, context) =>
        connectionOf(
          await context.ports.specs.list(viewerOf(context), project.id, pageOf(args)),
          (spec) => spec.id,
        ),
    },
    SpecConnection,
  ),
)

builder.queryField('specCheck', (t) =>
  t.field({
    type: SpecCheckType,
    authScopes: { signedIn: true },
    description: 'Reads and validates wire JSON without storing it.',
    args: { text: t.arg.string({ description: 'The wire JSON, at most 1 MiB.' }) },
    resolve: (_root, { text }, context) => context.ports.specs.check(text),
  }),
)

/** @throws InvalidError when the settings are not an object of names and values */
function settingsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  const message = 'settings: write an object of names and values, such as {"steps": 300}.'
  throw new InvalidError('BAD_INPUT', message, [{ path: 'settings', code: 'SHAPE', message }])
}

const idField = 'A UUID of your own, so that sending twice stores once.'

defineMutation('specSynthesise', {
  description: 'The newest intent of a goal and a data set version become a plan, stored.',
  type: SpecType,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({ required: false, description: idField }),
    goal: t.id({ description: 'The goal.' }),
    datasetVersion: t.id({ description: 'The data set version, of the same project.' }),
    settings: t.field({
      type: 'JSON',
      required: false,
      description: 'Settings that you want otherwise, by name: {"steps": 300}.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.specs.synthesise(viewer, {
      id: clientId(input.id),
      goalId: rawId(input.goal, 'Goal'),
      datasetVersionId: rawId(input.datasetVersion, 'DatasetVersion'),
      settings: input.settings == null ? null : settingsOf(input.settings),
    }),
})

defineMutation('specStore', {
  description: 'Stores a plan from its wire JSON; one with faults is refused, each fault named.',
  type: SpecType,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({ required: false, description: idField }),
    project: t.id({ description: 'The project that it belongs to.' }),
    text: t.string({ description: 'The wire JSON, at most 1 MiB.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.specs.store(viewer, {
      id: clientId(input.id),
      projectId: rawId(input.project, 'Project'),
      text: input.text,
    }),
})

defineMutation('specAdjust', {
  description: 'A new plan: this one with other settings, as the next version of its pipeline.',
  type: SpecType,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({ required: false, description: idField }),
    spec: t.id({ description: 'The plan to begin with; it stays as it is.' }),
    settings: t.field({
      type: 'JSON',
      description: 'The settings to change, by name: {"steps": 300}.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.specs.adjust(viewer, {
      id: clientId(input.id),
      specId: rawId(input.spec, 'Spec'),
      settings: settingsOf(input.settings),
    }),
})
