import { builder, viewerOf } from '../builder.ts'
import { clientId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { CurationRef, DatasetVersionRef, GoalRef, PoolRef, ProjectRef } from './refs.ts'

builder.node(ProjectRef, {
  description: 'One thing to be learnt: its goals, its pool, its runs, its models.',
  id: { description: 'Relay id.', resolve: (project) => project.id },
  loadOne: (id, context) => context.ports.projects.byId(viewerOf(context), id),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What its owner calls it.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made.',
      resolve: (it) => it.createdAt,
    }),
    goal: t.field({
      type: GoalRef,
      nullable: true,
      description: 'The newest goal.',
      resolve: (it, _args, context) => context.ports.goals.latest(viewerOf(context), it.id),
    }),
    pool: t.field({
      type: PoolRef,
      description: 'Its pictures.',
      resolve: (it, _args, context) => context.ports.pools.ofProject(viewerOf(context), it.id),
    }),
    curation: t.field({
      type: CurationRef,
      nullable: true,
      description: 'The newest curation.',
      resolve: (it, _args, context) => context.ports.curations.latest(viewerOf(context), it.id),
    }),
    goals: t.connection({
      type: GoalRef,
      description: 'All goals, newest first.',
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.goals.list(viewerOf(context), it.id, pageOf(args)),
          (goal) => goal.id,
        ),
    }),
    datasetVersions: t.connection({
      type: DatasetVersionRef,
      description: 'All data set versions, newest first.',
      resolve: async (it, args, context) =>
        connectionOf(
          await context.ports.datasets.list(viewerOf(context), it.id, pageOf(args)),
          (version) => version.id,
        ),
    }),
  }),
})

builder.queryField('projects', (t) =>
  t.connection({
    type: ProjectRef,
    description: 'The projects that you may see, newest first.',
    authScopes: { signedIn: true },
    resolve: async (_root, args, context) =>
      connectionOf(
        await context.ports.projects.list(viewerOf(context), pageOf(args)),
        (project) => project.id,
      ),
  }),
)

defineMutation('projectCreate', {
  description: 'Makes a project with an empty pool.',
  type: ProjectRef,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({
      required: false,
      description: 'A UUID of your own, so that sending twice makes one.',
    }),
    name: t.string({ description: 'What to call it, 1 to 200 characters.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.projects.create(viewer, { id: clientId(input.id), name: input.name }),
})
