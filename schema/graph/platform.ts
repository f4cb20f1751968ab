import { builder, viewerOf } from '../builder.ts'
import type { Platform } from '../domain/platform.ts'
import { ProjectRef } from './refs.ts'

const EnvironmentState = builder.enumType('EnvironmentState', {
  description: 'How far the training environment is.',
  values: {
    ABSENT: { description: 'Not there, and nobody makes it yet.' },
    PREPARING: { description: 'Being made; progress tells how far.' },
    READY: { description: 'Runs can start.' },
    FAILED: { description: 'It could not be made; the message says what to do.' },
  } as const,
})

const EnvironmentType = builder.objectRef<Platform['environment']>('Environment').implement({
  description: 'The Python environment that the components of a pipeline run in.',
  fields: (t) => ({
    state: t.field({
      type: EnvironmentState,
      description: 'How far it is.',
      resolve: (it) => it.state,
    }),
    progress: t.exposeFloat('progress', { description: '0 to 1.' }),
    message: t.exposeString('message', { description: 'What it is doing, or what to do.' }),
  }),
})

const EmbedderChoiceType = builder.objectRef<Platform['embedder']>('EmbedderChoice').implement({
  description: 'Which model looks at the pictures.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'Its id, such as clip-vit-b-32.' }),
    why: t.exposeString('why', { description: 'Why this one, in a sentence.' }),
  }),
})

const PlatformType = builder.objectRef<Platform>('Platform').implement({
  description: 'How the platform runs here.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'The version of Autodidact.' }),
    database: t.exposeString('database', { description: 'pglite or postgres.' }),
    executor: t.exposeString('executor', { description: 'Where steps run: local or kubernetes.' }),
    embedder: t.field({
      type: EmbedderChoiceType,
      description: 'Which model looks at the pictures.',
      resolve: (it) => it.embedder,
    }),
    environment: t.field({
      type: EnvironmentType,
      description: 'The training environment.',
      resolve: (it) => it.environment,
    }),
    notices: t.stringList({
      description: 'What an owner should know, at most 20 sentences.',
      resolve: (it) => [...it.notices],
    }),
    sampleProject: t.field({
      type: ProjectRef,
      nullable: true,
      description: 'The project to try things with; null until it is made.',
      resolve: (it, _args, context) =>
        it.sampleProjectId === null
          ? null
          : context.ports.projects.byId(viewerOf(context), it.sampleProjectId),
    }),
  }),
})

builder.queryField('platform', (t) =>
  t.field({
    type: PlatformType,
    description: 'How the platform runs here.',
    authScopes: { signedIn: true },
    resolve: (_root, _args, context) => context.ports.platform.read(),
  }),
)

builder.subscriptionField('platformChanged', (t) =>
  t.field({
    type: PlatformType,
    description: 'The platform on each change: newest wins.',
    authScopes: { signedIn: true },
    subscribe: (_root, _args, context) => context.ports.platform.changes(),
    resolve: (platform) => platform,
  }),
)
