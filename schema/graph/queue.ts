import { builder, viewerOf } from '../builder.ts'
import { DomainError, InvalidError } from '../domain/errors.ts'
import type { Queue, QueueEntry, QueueNow, Quota, WaitReason } from '../domain/queue.ts'
import { ownerId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { ProjectRef } from './refs.ts'
import { PriorityType, ResourcesType } from './request.ts'
import { RunStateType, RunType } from './run.ts'

const WaitCodeType = builder.enumType('WaitCode', {
  description: 'Why a run waits; the parameters beside it hold the figures.',
  values: {
    NEXT: { description: 'It starts next.' },
    BEHIND: { description: 'Others go first: ahead.' },
    RESOURCES: {
      description:
        'Too little is free: what (GPU, CPU, MEMORY), type, memoryBytes, asked, free, total.',
    },
    HELD_FOR_HEAD: {
      description: 'It would fit, but could delay the one at the head of the queue.',
    },
    QUOTA_GPUS_PROJECT: { description: "The project's GPUs at once: quota, used, asked." },
    QUOTA_GPUS_PERSON: { description: "The person's GPUs at once: quota, used, asked." },
    QUOTA_HOURS_PROJECT: { description: "The project's GPU hours this month: quota, used." },
    QUOTA_HOURS_PERSON: { description: "The person's GPU hours this month: quota, used." },
    NO_WORKER: { description: 'No process works on the queue now.' },
  } as const,
})

const WaitReasonType = builder.objectRef<WaitReason>('WaitReason').implement({
  description: 'One reason why a run waits.',
  fields: (t) => ({
    code: t.expose('code', { type: WaitCodeType, description: 'Stable; say it in your language.' }),
    params: t.field({
      type: 'JSON',
      description: 'The figures that belong to it.',
      resolve: (reason) => reason.params,
    }),
  }),
})

const QueueEntryType = builder.objectRef<QueueEntry>('QueueEntry').implement({
  description: 'A run in the queue, or one that has left it.',
  fields: (t) => ({
    run: t.field({
      type: RunType,
      description: 'The run.',
      resolve: async (entry, _args, context) =>
        (await context.ports.runs.byId(viewerOf(context), entry.runId))!,
    }),
    runId: t.id({
      description: "The run's relay id, without reading the run.",
      resolve: (entry) => Buffer.from(`Run:${entry.runId}`).toString('base64'),
    }),
    name: t.exposeString('name', { description: 'The name of its plan.' }),
    position: t.exposeInt('position', {
      nullable: true,
      description: 'Its place, 1 for the head, counted over all runs; null once it has left.',
    }),
    priority: t.expose('priority', { type: PriorityType, description: 'How urgent it is.' }),
    queue: t.exposeString('queue', { description: 'The queue that it was submitted to.' }),
    resources: t.field({
      type: ResourcesType,
      description: 'The most that any one of its steps takes.',
      resolve: (entry) => entry.resources,
    }),
    who: t.exposeString('who', { description: 'Who submitted it.' }),
    project: t.exposeString('projectName', { description: "Its project's name." }),
    state: t.expose('state', { type: RunStateType, description: 'Where it stands.' }),
    test: t.exposeBoolean('isTest', { description: 'Whether it is a test run.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it joined the queue.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it left the queue.',
    }),
    expectedStart: t.expose('expectedStart', {
      type: 'DateTime',
      nullable: true,
      description: 'When it will start if work takes as long as expected; null: nobody can tell.',
    }),
    reasons: t.field({
      type: [WaitReasonType],
      description: 'Why it waits, at most 8.',
      resolve: (entry) => entry.reasons.slice(0, 8),
    }),
  }),
})

const QueueEntryConnection = builder.connectionObject(
  { type: QueueEntryType, name: 'QueueEntryConnection', description: 'A page of the queue.' },
  { name: 'QueueEntryEdge', description: 'A run in a page of the queue.' },
)

builder.queryField('queue', (t) =>
  t.connection(
    {
      type: QueueEntryType,
      authScopes: { signedIn: true },
      description:
        'The waiting runs in the order in which they are taken. Runs of projects that the viewer may not see are left out, but count for the places.',
      args: {
        queue: t.arg.string({ required: false, description: 'Only this named queue.' }),
      },
      resolve: async (_root, args, context) =>
        connectionOf(
          await context.ports.queue.list(viewerOf(context), {
            ...pageOf(args),
            queue: args.queue ?? null,
          }),
          (entry) => entry.runId,
        ),
    },
    QueueEntryConnection,
  ),
)

builder.queryField('queueEntry', (t) =>
  t.field({
    type: QueueEntryType,
    nullable: true,
    authScopes: { signedIn: true },
    description: "A run's place in the queue and why it waits.",
    args: { run: t.arg.id({ description: 'The run.' }) },
    resolve: (_root, { run }, context) =>
      context.ports.queue.entry(viewerOf(context), rawId(run, 'Run')),
  }),
)

const QueueNowType = builder.objectRef<QueueNow>('QueueNow').implement({
  description: 'The queue as it is now.',
  fields: (t) => ({
    waiting: t.exposeInt('waiting', { description: 'How many wait that the viewer may see.' }),
    running: t.field({
      type: [QueueEntryType],
      description: 'What has left the queue and has not ended, the oldest first, at most 100.',
      resolve: (now) => [...now.running],
    }),
    entries: t.field({
      type: [QueueEntryType],
      description: 'The beginning of the queue in its order, at most 100.',
      resolve: (now) => [...now.entries],
    }),
  }),
})

builder.subscriptionField('queueEntries', (t) =>
  t.field({
    type: QueueNowType,
    authScopes: { signedIn: true },
    description: 'The queue now, then on each change: newest wins, a few a second.',
    args: {
      first: t.arg.int({
        required: false,
        description: 'How many of its first entries: 1 to 100; 50 when left away.',
      }),
    },
    subscribe: (_root, { first }, context) => {
      const count = first ?? 50
      if (count < 1 || count > 100)
        throw new DomainError('BAD_INPUT', `"first" is ${count}: ask for 1 to 100.`)
      return context.ports.queue.changes(viewerOf(context), count)
    },
    resolve: (now) => now,
  }),
)

const QueueType = builder.objectRef<Queue>('Queue').implement({
  description: 'A named queue.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    defaultPriority: t.expose('defaultPriority', {
      type: PriorityType,
      description: 'The priority of who says none.',
    }),
    nodes: t.field({
      type: 'JSON',
      description: 'The labels of the nodes that it is bound to; {}: all nodes.',
      resolve: (queue) => queue.nodes,
    }),
  }),
})

builder.queryField('queues', (t) =>
  t.field({
    type: [QueueType],
    authScopes: { signedIn: true },
    description: 'The named queues, at most 100.',
    resolve: async (_root, _args, context) => (await context.ports.queue.queues()).slice(0, 100),
  }),
)

defineMutation('queueSet', {
  description: 'Makes or changes a named queue.',
  type: QueueType,
  scope: 'administrator',
  input: (t) => ({
    name: t.string({ description: '1 to 40 of a-z, 0-9 and "-".' }),
    defaultPriority: t.field({
      type: PriorityType,
      description: 'The priority of who says none.',
    }),
    nodes: t.field({
      type: 'JSON',
      required: false,
      description: 'Node labels with their values; all nodes when left away.',
    }),
  }),
  resolve: (input, { viewer, ports }) => {
    const nodes = input.nodes ?? {}
    if (typeof nodes !== 'object' || Array.isArray(nodes)) {
      const message = 'Node labels are an object of texts, such as {"pool": "vision"}.'
      throw new InvalidError('BAD_INPUT', message, [{ path: 'nodes', code: 'BAD_INPUT', message }])
    }
    return ports.queue.setQueue(viewer, {
      name: input.name,
      defaultPriority: input.defaultPriority,
      nodes: nodes as Record<string, string>,
    })
  },
})

defineMutation('queuePrioritise', {
  description: 'Gives a waiting run another priority; running work is left alone.',
  type: QueueEntryType,
  scope: 'administrator',
  input: (t) => ({
    run: t.id({ description: 'The waiting run.' }),
    priority: t.field({ type: PriorityType, description: 'Its new priority.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.queue.prioritise(viewer, rawId(input.run, 'Run'), input.priority),
})

defineMutation('queueMove', {
  description: 'Puts a waiting run right before another one, and into its priority.',
  type: QueueEntryType,
  scope: 'administrator',
  input: (t) => ({
    run: t.id({ description: 'The waiting run.' }),
    before: t.id({
      required: false,
      description: 'The waiting run that it goes before; left away: to the end of its priority.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.queue.move(
      viewer,
      rawId(input.run, 'Run'),
      input.before == null ? null : rawId(input.before, 'Run'),
    ),
})

export const QuotaType = builder.objectRef<Quota>('Quota').implement({
  description: 'How much a project or a person may use.',
  fields: (t) => ({
    key: t.exposeString('id', { description: 'Its raw key.' }),
    scope: t.string({
      description: 'PROJECT or PERSON.',
      resolve: (quota) => (quota.projectId === null ? 'PERSON' : 'PROJECT'),
    }),
    name: t.exposeString('name', { description: 'Of the project or person.' }),
    owner: t.id({
      nullable: true,
      description: 'The id of its project or person; null: it is for everything.',
      resolve: ownerId,
    }),
    project: t.field({
      type: ProjectRef,
      nullable: true,
      description: 'The project, where it is one.',
      resolve: (quota, _args, context) =>
        quota.projectId === null
          ? null
          : context.ports.projects.byId(viewerOf(context), quota.projectId),
    }),
    gpus: t.exposeInt('gpus', { nullable: true, description: 'GPUs at once; null: no limit.' }),
    gpuHours: t.exposeFloat('gpuHours', {
      nullable: true,
      description: 'GPU hours a month; null: no limit.',
    }),
    usedGpus: t.exposeInt('usedGpus', { description: 'GPUs in use now.' }),
    usedGpuHours: t.exposeFloat('usedGpuHours', { description: 'GPU hours used this month.' }),
    share: t.exposeFloat('share', {
      nullable: true,
      description: "A project's weight in fair share; null for a person.",
    }),
  }),
})

builder.queryField('quotas', (t) =>
  t.field({
    type: [QuotaType],
    authScopes: { signedIn: true },
    description: 'The quotas that concern the viewer, at most 500.',
    resolve: (_root, _args, context) => context.ports.queue.quotas(viewerOf(context)),
  }),
)

defineMutation('quotaSet', {
  description: 'Limits a project or a person; a figure that is left away is no limit.',
  type: QuotaType,
  scope: 'administrator',
  input: (t) => ({
    project: t.id({ required: false, description: 'The project, or else a person.' }),
    person: t.id({ required: false, description: 'The person, or else a project.' }),
    gpus: t.int({ required: false, description: 'GPUs at once.' }),
    gpuHours: t.float({ required: false, description: 'GPU hours a month.' }),
    share: t.float({ required: false, description: "The project's weight in fair share." }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.queue.setQuota(viewer, {
      projectId: input.project == null ? null : rawId(input.project, 'Project'),
      personId: input.person == null ? null : rawId(input.person, 'Person'),
      gpus: input.gpus ?? null,
      gpuHours: input.gpuHours ?? null,
      share: input.share ?? null,
    }),
})
