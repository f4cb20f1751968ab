import { builder, viewerOf, type Context } from '../builder.ts'
import { DomainError } from '../domain/errors.ts'
import type {
  Attempt,
  EventMetric,
  Failure,
  LogChunk,
  MetricPoint,
  MetricSeries,
  NameValue,
  Run,
  RunEvent,
  RunEventBatch,
  RunFile,
  RunProgress,
  Step,
} from '../domain/run.ts'
import type { StepFault } from '../domain/step-fault.ts'
import { rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { ProjectRef } from './refs.ts'
import { CitedRunType, PriorityType, RequestType } from './request.ts'
import { SpecType } from './spec.ts'

export const RunStateType = builder.enumType('RunState', {
  description: 'Where a run stands.',
  values: {
    WAITING: { description: 'In the queue.' },
    RUNNING: { description: 'Its steps are being run.' },
    CANCELLING: { description: 'Its processes are being stopped.' },
    SUCCEEDED: { description: 'All steps ended well.' },
    FAILED: { description: 'A step failed.' },
    CANCELLED: { description: 'Stopped by a person.' },
  } as const,
})

export const StepStateType = builder.enumType('StepState', {
  description: 'Where a step stands.',
  values: {
    PENDING: { description: 'Waits for other steps, or for its environment.' },
    READY: { description: 'Waits for free resources.' },
    RUNNING: { description: 'An attempt is under way.' },
    SUCCEEDED: { description: 'Ended well, every declared output present.' },
    FAILED: { description: 'Failed, and will not be tried again.' },
    CANCELLED: { description: 'Stopped with its run.' },
    SKIPPED: { description: 'Not run, because a step that it waits for did not end well.' },
    CACHED: { description: 'Not run, because an equal step was run before.' },
  } as const,
})

export const AttemptStateType = builder.enumType('AttemptState', {
  description: 'Where one attempt of a step stands.',
  values: {
    PENDING: { description: 'Planned.' },
    SUBMITTING: { description: 'Being started.' },
    STARTED: { description: 'Its process runs.' },
    SUCCEEDED: { description: 'Ended well.' },
    FAILED: { description: 'Ended badly.' },
    LOST: { description: 'Gone without a trace.' },
    CANCELLED: { description: 'Stopped with its run.' },
  } as const,
})

export const RunEventKindType = builder.enumType('RunEventKind', {
  description: 'What an event tells.',
  values: {
    RUN_STATE: { description: 'The run has another state.' },
    STEP_STATE: { description: 'A step has another state.' },
    ATTEMPT_STATE: { description: 'An attempt has another state.' },
    PROGRESS: { description: 'A step got further, or says why it waits.' },
    METRICS: { description: 'Metric points were logged.' },
    FILE: { description: 'A file was logged.' },
    MODEL: { description: 'The run became a model version.' },
  } as const,
})

export const NameValueType = builder.objectRef<NameValue>('NameValue').implement({
  description: 'A named text.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    value: t.exposeString('value', { description: 'Its value as text.' }),
  }),
})

const StepFaultType = builder.objectRef<StepFault>('StepFault').implement({
  description: 'What a component tells of its own failure, as data: for pages in any language.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable; switch on it.' }),
    facts: t.field({
      type: [NameValueType],
      description: 'The facts of this code, at most 10.',
      resolve: ({ facts }) => Object.entries(facts).map(([name, value]) => ({ name, value })),
    }),
  }),
})

export const FailureType = builder.objectRef<Failure>('Failure').implement({
  description: 'Why something failed.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable; switch on it.' }),
    sentence: t.exposeString('sentence', { description: 'What happened.' }),
    cause: t.exposeString('cause', { description: 'Why it happened, as far as is known.' }),
    fix: t.exposeString('fix', { description: 'What to do next.' }),
    fault: t.field({
      type: StepFaultType,
      nullable: true,
      description:
        'The component’s own account, which "cause" says in English; null where it gave none.',
      resolve: ({ fault }) => fault ?? null,
    }),
  }),
})

export const RunFileType = builder.objectRef<RunFile>('RunFile').implement({
  description: 'A file that a run logged: a sample picture, a grid, anything else.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Its path, such as samples/step-000100-0.png.' }),
    bytes: t.exposeFloat('bytes', { description: 'Its size in bytes.' }),
    url: t.string({
      description: 'A signed address to read it from; it expires.',
      resolve: (file, _args, { ports }) => ports.runs.fileUrl(file),
    }),
    kind: t.exposeString('kind', { description: 'sample, grid or file.' }),
    step: t.exposeInt('step', {
      nullable: true,
      description: 'The training step that it belongs to, where its name tells.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was logged.' }),
  }),
})

const MetricPointType = builder.objectRef<MetricPoint>('MetricPoint').implement({
  description: 'One value of a metric.',
  fields: (t) => ({
    step: t.exposeFloat('step', { description: 'The training step.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'The value; null stands for NaN.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was measured.' }),
  }),
})

const MetricSeriesType = builder.objectRef<MetricSeries>('MetricSeries').implement({
  description: 'A metric over training steps.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its name.' }),
    points: t.field({
      type: [MetricPointType],
      description: 'By step, thinned evenly to at most the maxPoints asked for.',
      resolve: (series) => [...series.points],
    }),
  }),
})

export const LogChunkType = builder.objectRef<LogChunk>('LogChunk').implement({
  description: 'A piece of a log: byte offsets, whole UTF-8 characters, at most 64 KB.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The piece.' }),
    from: t.exposeFloat('from', { description: 'The offset of its first byte.' }),
    to: t.exposeFloat('to', {
      description: 'The offset behind its last byte: ask from here next.',
    }),
    size: t.exposeFloat('size', { description: 'How long the log is now, in bytes.' }),
    ended: t.exposeBoolean('ended', {
      description: 'Nothing follows this piece, and nothing will.',
    }),
    attempt: t.id({
      nullable: true,
      description: 'The attempt that wrote it.',
      resolve: (chunk) => (chunk.attemptId === null ? null : globalId('Attempt', chunk.attemptId)),
    }),
  }),
})

function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

export const AttemptType = builder.objectRef<Attempt>('Attempt')
builder.node(AttemptType, {
  description: 'One try at a step.',
  id: { resolve: (attempt) => attempt.id },
  loadOne: (id, context) => context.ports.runs.attemptById(viewerOf(context), id),
  fields: (t) => ({
    ordinal: t.exposeInt('ordinal', { description: '1 for the first.' }),
    state: t.expose('state', { type: AttemptStateType, description: 'Where it stands.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its process began.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
    }),
    node: t.exposeString('node', {
      nullable: true,
      description: 'The node that it runs or ran on; null while it has none, and on one machine.',
    }),
    deviceType: t.exposeString('deviceType', {
      nullable: true,
      description: 'The type of its devices; null when it holds none.',
    }),
    deviceCount: t.exposeInt('deviceCount', { description: 'How many devices it holds.' }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: 'What its process ended with.',
    }),
    failure: t.expose('failure', {
      type: FailureType,
      nullable: true,
      description: 'Why it failed.',
    }),
  }),
})
const AttemptConnection = builder.connectionObject(
  { type: AttemptType, name: 'AttemptConnection', description: 'A page of attempts.' },
  { name: 'AttemptEdge', description: 'An attempt in a page.' },
)

export const StepType = builder.objectRef<Step>('Step')
builder.node(StepType, {
  description: 'One component of the plan in this run.',
  id: { resolve: (step) => step.id },
  loadOne: (id, context) => context.ports.runs.stepById(viewerOf(context), id),
  fields: (t) => ({
    name: t.exposeString('name', { description: "The component's name." }),
    type: t.exposeString('type', { description: "The component's type." }),
    state: t.expose('state', { type: StepStateType, description: 'Where it stands.' }),
    progress: t.exposeFloat('progress', { description: '0 to 1.' }),
    message: t.exposeString('message', { description: 'What it does now, or why it waits.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its first attempt was submitted.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
    }),
    dependsOn: t.stringList({
      description: 'The names of the steps that it waits for, at most 200.',
      resolve: (step) => [...step.dependsOn],
    }),
    failure: t.expose('failure', {
      type: FailureType,
      nullable: true,
      description: 'Why it failed.',
    }),
    cacheNote: t.exposeString('cacheNote', {
      nullable: true,
      description: 'Why its results were taken from an earlier run, or what kept them from being.',
    }),
    attempts: t.connection(
      {
        type: AttemptType,
        description: 'Its attempts, the first one first.',
        resolve: async (step, args, context) =>
          connectionOf(
            await context.ports.runs.attempts(viewerOf(context), step.id, pageOf(args)),
            (attempt) => attempt.id,
          ),
      },
      AttemptConnection,
    ),
    log: t.field({
      type: LogChunkType,
      description: 'A piece of its log: that of its attempts one after the other.',
      args: {
        from: t.arg.float({
          required: false,
          description:
            'The byte to begin at; a negative number counts from the end. 0 when left away.',
        }),
        max: t.arg.int({
          required: false,
          description: 'How many bytes at most: 4 to 65,536, which it is when left away.',
        }),
      },
      resolve: (step, { from, max }, context) =>
        context.ports.runs.log(viewerOf(context), step.id, offset(from), max ?? 65_536),
    }),
  }),
})

function offset(from: number | null | undefined): number {
  const value = from ?? 0
  if (!Number.isSafeInteger(value)) {
    throw new DomainError(
      'BAD_INPUT',
      `"from" is ${value}: it counts bytes, so it is a whole number.`,
    )
  }
  return value
}

// Three fields of one run share one reading.
const progressOf = new WeakMap<Run, Promise<RunProgress>>()
function progress(run: Run, context: Context): Promise<RunProgress> {
  const known = progressOf.get(run)
  if (known !== undefined) return known
  const reading = context.ports.runs.progress(viewerOf(context), run.id)
  progressOf.set(run, reading)
  return reading
}

const StepConnection = builder.connectionObject(
  { type: StepType, name: 'StepConnection', description: 'A page of steps.' },
  { name: 'StepEdge', description: 'A step in a page.' },
)

export const RunType = builder.objectRef<Run>('Run')
builder.node(RunType, {
  description: 'One execution of a plan.',
  id: { resolve: (run) => run.id },
  loadOne: (id, context) => context.ports.runs.byId(viewerOf(context), id),
  fields: (t) => ({
    state: t.expose('state', { type: RunStateType, description: 'Where it stands.' }),
    priority: t.expose('priority', { type: PriorityType, description: 'How urgent it is.' }),
    seed: t.exposeInt('seed', { description: 'The seed that it was given.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it joined the queue.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it left the queue.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
    }),
    project: t.field({
      type: ProjectRef,
      description: 'The project that it belongs to.',
      resolve: async (run, _args, context) =>
        (await context.ports.projects.byId(viewerOf(context), run.projectId))!,
    }),
    spec: t.field({
      type: SpecType,
      description: 'The plan that it executes.',
      resolve: async (run, _args, context) =>
        (await context.ports.specs.byId(viewerOf(context), run.specId))!,
    }),
    request: t.field({
      type: RequestType,
      description: 'The request that it came from.',
      resolve: async (run, _args, context) =>
        (await context.ports.requests.byId(viewerOf(context), run.requestId))!,
    }),
    progress: t.float({
      description: '0 to 1, steps weighted by how long they usually take.',
      resolve: async (run, _args, context) => (await progress(run, context)).progress,
    }),
    message: t.string({
      description: 'What it does now, or why it waits.',
      resolve: async (run, _args, context) => (await progress(run, context)).message,
    }),
    secondsLeft: t.float({
      nullable: true,
      description: 'How long it will still take; null while there is nothing to judge by.',
      resolve: async (run, _args, context) => (await progress(run, context)).secondsLeft,
    }),
    failure: t.expose('failure', {
      type: FailureType,
      nullable: true,
      description: 'Why it failed.',
    }),
    cursor: t.string({
      description: 'Behind its newest event: subscribe to runEvents from here.',
      resolve: (run, _args, { ports }) => ports.runs.cursor(run),
    }),
    steps: t.connection(
      {
        type: StepType,
        description: 'Its steps in the order of the plan.',
        resolve: async (run, args, context) =>
          connectionOf(
            await context.ports.runs.steps(viewerOf(context), run.id, pageOf(args)),
            (step) => step.id,
          ),
      },
      StepConnection,
    ),
    metrics: t.field({
      type: [MetricSeriesType],
      description: 'What it measured, by metric; at most 1,000 metrics.',
      args: {
        keys: t.arg.stringList({ required: false, description: 'Only these metrics.' }),
        maxPoints: t.arg.int({
          required: false,
          description: 'Points per metric: 2 to 10,000; 500 when left away.',
        }),
      },
      resolve: (run, { keys, maxPoints }, context) =>
        context.ports.runs.metrics(viewerOf(context), run.id, keys ?? null, maxPoints ?? 500),
    }),
    params: t.field({
      type: [NameValueType],
      description: 'The settings that its components logged.',
      resolve: (run, _args, context) => context.ports.runs.params(viewerOf(context), run.id),
    }),
    files: t.field({
      type: [RunFileType],
      description: 'The files that it logged, by path; the newest 1,000.',
      resolve: (run, _args, context) => context.ports.runs.files(viewerOf(context), run.id),
    }),
  }),
})

export const RunConnection = builder.connectionObject(
  { type: RunType, name: 'RunConnection', description: 'A page of runs.' },
  { name: 'RunEdge', description: 'A run in a page.' },
)

builder.objectField(CitedRunType, 'run', (t) =>
  t.field({ type: RunType, description: 'The run.', resolve: (cited) => cited.run }),
)

builder.objectField(RequestType, 'run', (t) =>
  t.field({
    type: RunType,
    nullable: true,
    description: 'Its run, once it is approved.',
    resolve: (request, _args, context) =>
      context.ports.requests.runOf(viewerOf(context), request.id),
  }),
)

builder.objectField(ProjectRef, 'runs', (t) =>
  t.connection(
    {
      type: RunType,
      description: 'Its runs, newest first.',
      resolve: async (project, args, context) =>
        connectionOf(
          await context.ports.runs.list(viewerOf(context), {
            ...pageOf(args),
            projectId: project.id,
            state: null,
          }),
          (run) => run.id,
        ),
    },
    RunConnection,
  ),
)

builder.queryField('runs', (t) =>
  t.connection(
    {
      type: RunType,
      authScopes: { signedIn: true },
      description: 'The runs that the viewer may see, newest first.',
      args: {
        project: t.arg.id({ required: false, description: 'Only those of this project.' }),
        state: t.arg({
          type: RunStateType,
          required: false,
          description: 'Only those in this state.',
        }),
      },
      resolve: async (_root, { project, state, ...args }, context) =>
        connectionOf(
          await context.ports.runs.list(viewerOf(context), {
            ...pageOf(args),
            projectId: project == null ? null : rawId(project, 'Project'),
            state: state ?? null,
          }),
          (run) => run.id,
        ),
    },
    RunConnection,
  ),
)

defineMutation('runCancel', {
  description: 'Cancels a run: at once while it waits, else when its processes have ended.',
  type: RunType,
  scope: 'researcher',
  input: (t) => ({ run: t.id({ description: 'The run.' }) }),
  resolve: (input, { viewer, ports }) => ports.runs.cancel(viewer, rawId(input.run, 'Run')),
})

const EventMetricType = builder.objectRef<EventMetric>('EventMetric').implement({
  description: 'A metric point as it came.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'The metric.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'The value; null stands for NaN.',
    }),
    step: t.exposeFloat('step', { description: 'The training step.' }),
  }),
})

const RunEventType = builder.objectRef<RunEvent>('RunEvent').implement({
  description: 'Something that happened in a run; what does not apply is null.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Its number in the run, from 1, without gaps.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    kind: t.expose('kind', { type: RunEventKindType, description: 'What it tells.' }),
    step: t.exposeString('step', { nullable: true, description: "The step's name." }),
    stepState: t.expose('stepState', {
      type: StepStateType,
      nullable: true,
      description: "The step's new state.",
    }),
    runState: t.expose('runState', {
      type: RunStateType,
      nullable: true,
      description: "The run's new state.",
    }),
    attempt: t.exposeInt('attempt', { nullable: true, description: "The attempt's number." }),
    attemptState: t.expose('attemptState', {
      type: AttemptStateType,
      nullable: true,
      description: "The attempt's new state.",
    }),
    progress: t.exposeFloat('progress', {
      nullable: true,
      description: 'How far the step is, 0 to 1.',
    }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'What the step does now, or why it waits.',
    }),
    metrics: t.field({
      type: [EventMetricType],
      nullable: true,
      description: 'The points that were logged, at most the last 200.',
      resolve: (event) => (event.metrics === undefined ? null : [...event.metrics]),
    }),
    file: t.field({
      type: RunFileType,
      nullable: true,
      description: 'The file that was logged.',
      resolve: (event) =>
        event.file === undefined ? null : { ...event.file, createdAt: event.at },
    }),
    failure: t.expose('failure', {
      type: FailureType,
      nullable: true,
      description: 'Why it failed.',
    }),
    modelVersion: t.id({
      nullable: true,
      description: 'The model version that the run became.',
      resolve: (event) =>
        event.modelVersionId === undefined ? null : globalId('ModelVersion', event.modelVersionId),
    }),
  }),
})

const RunEventBatchType = builder.objectRef<RunEventBatch>('RunEventBatch').implement({
  description: 'Events in order.',
  fields: (t) => ({
    events: t.field({
      type: [RunEventType],
      description: 'The events, at most 2,000.',
      resolve: (batch) => [...batch.events],
    }),
    cursor: t.exposeString('cursor', { description: 'Behind the last one: resume from here.' }),
    ended: t.exposeBoolean('ended', { description: 'The run has ended and all of it was told.' }),
  }),
})

builder.subscriptionField('runEvents', (t) =>
  t.field({
    type: RunEventBatchType,
    authScopes: { signedIn: true },
    description:
      'The history of a run behind `after` (left away: from its beginning), then what comes, without a gap; it ends with the run.',
    args: {
      run: t.arg.id({ description: 'The run.' }),
      after: t.arg.string({ required: false, description: 'A cursor of this run.' }),
    },
    subscribe: (_root, { run, after }, context) =>
      context.ports.runs.events(viewerOf(context), rawId(run, 'Run'), after ?? null),
    resolve: (batch) => batch,
  }),
)

builder.subscriptionField('stepLog', (t) =>
  t.field({
    type: LogChunkType,
    authScopes: { signedIn: true },
    description: "A step's log from byte `from` on, as it grows; it ends with the step.",
    args: {
      step: t.arg.id({ description: 'The step.' }),
      from: t.arg.float({
        required: false,
        description:
          'The byte to begin at; a negative number counts from the end. 0 when left away.',
      }),
    },
    subscribe: (_root, { step, from }, context) =>
      context.ports.runs.followLog(viewerOf(context), rawId(step, 'Step'), offset(from)),
    resolve: (chunk) => chunk,
  }),
)
