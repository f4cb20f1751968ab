import { builder, viewerOf } from '../builder.ts'
import type {
  LineageEdge,
  LineageNode,
  Lineage,
  Model,
  ModelFile,
  ModelVersion,
  NamedNumber,
  Snippet,
  Thumb,
} from '../domain/model.ts'
import type { RunFile } from '../domain/run.ts'
import { rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { ProjectRef } from './refs.ts'
import { NameValueType, RunFileType, RunType } from './run.ts'

const NamedNumberType = builder.objectRef<NamedNumber>('NamedNumber').implement({
  description: 'A named figure.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    value: t.exposeFloat('value', { description: 'The figure.' }),
  }),
})

const SnippetType = builder.objectRef<Snippet>('Snippet').implement({
  description: 'How to load the model with a tool.',
  fields: (t) => ({
    tool: t.exposeString('tool', { description: 'diffusers, ComfyUI or A1111.' }),
    code: t.exposeString('code', { description: 'What to run or to do.' }),
  }),
})

const ModelFileType = builder.objectRef<ModelFile>('ModelFile').implement({
  description: 'A file of a model version.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Its path in the version.' }),
    format: t.exposeString('format', { description: 'diffusers, kohya, metadata or file.' }),
    bytes: t.exposeFloat('bytes', { description: 'Its size in bytes.' }),
    sha256: t.exposeString('sha256', { description: 'The hash of its content.' }),
    url: t.string({
      description: 'A signed address to read it from; it expires.',
      resolve: (file, _args, { ports }) => ports.models.fileUrl(file),
    }),
  }),
})

const ThumbType = builder.objectRef<Thumb>('SampleThumb').implement({
  description: 'Your thumb on a sample.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The sample.' }),
    up: t.exposeBoolean('up', { description: 'Up or down.' }),
  }),
})

const LineageNodeType = builder.objectRef<LineageNode>('LineageNode').implement({
  description: 'Something that a model version was made from.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name in the graph.' }),
    kind: t.exposeString('kind', {
      description:
        'goal, intent, verdicts, images, dataset, spec, base_model, code, environment, run or model.',
    }),
    label: t.exposeString('label', { description: 'What to call it; a goal verbatim.' }),
    id: t.id({
      nullable: true,
      description: 'The relay id of the entity, where it is one.',
      resolve: ({ entity }) =>
        entity === null ? null : Buffer.from(`${entity.type}:${entity.id}`).toString('base64'),
    }),
    detail: t.exposeString('detail', {
      description:
        'Facts, one a line: hashes, digests, versions; for images each sha256 with its caption.',
    }),
  }),
})
const LineageEdgeType = builder.objectRef<LineageEdge>('LineageEdge').implement({
  description: 'One thing went into another.',
  fields: (t) => ({
    from: t.exposeString('from', { description: 'The key of what went in.' }),
    to: t.exposeString('to', { description: 'The key of what came out.' }),
  }),
})
const LineageType = builder.objectRef<Lineage>('Lineage').implement({
  description:
    'The graph from a model version back to goal, verdicts, images, plan, code and environment.',
  fields: (t) => ({
    nodes: t.field({
      type: [LineageNodeType],
      description: 'The things, at most 100.',
      resolve: (it) => [...it.nodes],
    }),
    edges: t.field({
      type: [LineageEdgeType],
      description: 'What went into what, at most 1,000.',
      resolve: (it) => [...it.edges],
    }),
  }),
})

export const ModelType = builder.objectRef<Model>('Model')
export const ModelVersionType = builder.objectRef<ModelVersion>('ModelVersion')

const VersionConnection = builder.connectionObject(
  {
    type: ModelVersionType,
    name: 'ModelVersionConnection',
    description: 'A page of model versions.',
  },
  { name: 'ModelVersionEdge', description: 'A model version in a page.' },
)
const ModelConnection = builder.connectionObject(
  { type: ModelType, name: 'ModelConnection', description: 'A page of models.' },
  { name: 'ModelEdge', description: 'A model in a page.' },
)

builder.node(ModelType, {
  description: 'A named model; its versions come from runs.',
  id: { description: 'Relay id.', resolve: (model) => model.id },
  loadOne: (id, context) => context.ports.models.byId(viewerOf(context), id),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When its first version was made.',
    }),
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (model, _args, context) =>
        (await context.ports.projects.byId(viewerOf(context), model.projectId))!,
    }),
    latest: t.field({
      type: ModelVersionType,
      nullable: true,
      description: 'Its newest version.',
      resolve: (model, _args, context) => context.ports.models.latest(viewerOf(context), model.id),
    }),
    versions: t.connection(
      {
        type: ModelVersionType,
        description: 'Its versions, newest first.',
        resolve: async (model, args, context) =>
          connectionOf(
            await context.ports.models.versions(viewerOf(context), model.id, pageOf(args)),
            (version) => version.id,
          ),
      },
      VersionConnection,
    ),
  }),
})

builder.node(ModelVersionType, {
  description: 'What a run made: files, samples, figures, and the record of how it was made.',
  id: { description: 'Relay id.', resolve: (version) => version.id },
  loadOne: (id, context) => context.ports.models.versionById(viewerOf(context), id),
  fields: (t) => ({
    version: t.exposeInt('version', { description: '1 for the first.' }),
    bytes: t.exposeFloat('bytes', { description: 'The size of its files together.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When its run ended.' }),
    model: t.field({
      type: ModelType,
      description: 'The model that it is a version of.',
      resolve: async (version, _args, context) =>
        (await context.ports.models.byId(viewerOf(context), version.modelId))!,
    }),
    run: t.field({
      type: RunType,
      description: 'The run that made it.',
      resolve: async (version, _args, context) =>
        (await context.ports.runs.byId(viewerOf(context), version.runId))!,
    }),
    files: t.field({
      type: [ModelFileType],
      description: 'Its files, at most 1,000.',
      resolve: ({ facts }) => facts.files.slice(0, 1_000),
    }),
    samples: t.field({
      type: [RunFileType],
      description:
        'What it can do: the grid, the rows of the grid, then pictures made while it trained; at most 1,000.',
      resolve: ({ facts, createdAt }): RunFile[] =>
        facts.samples.map((sample) => ({ ...sample, createdAt })),
    }),
    cover: t.field({
      type: RunFileType,
      nullable: true,
      description: 'One picture that it makes, for lists; null where it makes none.',
      resolve: ({ facts, createdAt }): RunFile | null => {
        const made = facts.samples.find(({ path }) => path.startsWith('samples/lora-'))
        const cover = made ?? facts.samples[0]
        return cover === undefined ? null : { ...cover, createdAt }
      },
    }),
    metrics: t.field({
      type: [NamedNumberType],
      description: 'The figures of its evaluation, at most 1,000.',
      resolve: ({ facts }) => facts.metrics.slice(0, 1_000),
    }),
    settings: t.field({
      type: [NameValueType],
      description: 'What it was trained with, at most 1,000.',
      resolve: ({ facts }) => facts.settings.slice(0, 1_000),
    }),
    card: t.string({
      description: 'Its model card, Markdown.',
      resolve: ({ facts }) => facts.card,
    }),
    lineage: t.field({
      type: LineageType,
      description: 'How it was made.',
      resolve: ({ facts }) => facts.lineage,
    }),
    rating: t.int({
      nullable: true,
      description: 'Your stars, 1 to 5.',
      resolve: (version, _args, context) =>
        context.ports.models.rating(viewerOf(context), version.id),
    }),
    thumbs: t.field({
      type: [ThumbType],
      description: 'Your thumbs on its samples, at most 1,000.',
      resolve: (version, _args, context) =>
        context.ports.models.thumbs(viewerOf(context), version.id),
    }),
    downloadUrl: t.string({
      description: 'A signed address of all its files as one zip; it expires.',
      resolve: (version, _args, { ports }) => ports.models.downloadUrl(version),
    }),
    triggerWord: t.string({
      description: 'The word that calls what was learnt.',
      resolve: ({ facts }) => facts.triggerWord,
    }),
    prompt: t.string({
      description: 'A prompt that shows what was learnt.',
      resolve: ({ facts }) => facts.prompt,
    }),
    baseModel: t.string({
      description: 'The id of the base model that it goes with.',
      resolve: ({ facts }) => facts.baseModel,
    }),
    snippets: t.field({
      type: [SnippetType],
      description: 'How to load it, at most 10 tools.',
      resolve: (version, _args, { ports }) => ports.models.snippets(version),
    }),
  }),
})

builder.objectField(RunType, 'modelVersion', (t) =>
  t.field({
    type: ModelVersionType,
    nullable: true,
    description: 'The model version that it became.',
    resolve: (run, _args, context) => context.ports.models.versionOfRun(viewerOf(context), run.id),
  }),
)

builder.objectField(ProjectRef, 'models', (t) =>
  t.connection(
    {
      type: ModelType,
      description: 'Its models, newest first.',
      resolve: async (project, args, context) =>
        connectionOf(
          await context.ports.models.list(viewerOf(context), {
            ...pageOf(args),
            projectId: project.id,
          }),
          (model) => model.id,
        ),
    },
    ModelConnection,
  ),
)

builder.queryField('models', (t) =>
  t.connection(
    {
      type: ModelType,
      authScopes: { signedIn: true },
      description: 'The models that you may see, newest first.',
      args: { project: t.arg.id({ required: false, description: 'Only those of this project.' }) },
      resolve: async (_root, { project, ...args }, context) =>
        connectionOf(
          await context.ports.models.list(viewerOf(context), {
            ...pageOf(args),
            projectId: project == null ? null : rawId(project, 'Project'),
          }),
          (model) => model.id,
        ),
    },
    ModelConnection,
  ),
)

defineMutation('modelVersionRate', {
  description: 'Gives a model version your stars; given again, the new ones count.',
  type: ModelVersionType,
  scope: 'reviewer',
  input: (t) => ({
    modelVersion: t.id({ description: 'The model version.' }),
    stars: t.int({ description: '1 to 5.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.models.rate(viewer, rawId(input.modelVersion, 'ModelVersion'), input.stars),
})

defineMutation('sampleRate', {
  description: 'Puts your thumb up or down on a sample of a model version.',
  type: ModelVersionType,
  scope: 'reviewer',
  input: (t) => ({
    modelVersion: t.id({ description: 'The model version.' }),
    file: t.string({ description: 'The path of the sample, such as samples/lora-42.png.' }),
    up: t.boolean({ description: 'Up or down.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.models.rateSample(
      viewer,
      rawId(input.modelVersion, 'ModelVersion'),
      input.file,
      input.up,
    ),
})
