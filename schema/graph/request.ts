import { builder, viewerOf } from '../builder.ts'
import { InvalidError, type Problem } from '../domain/errors.ts'
import { readDuration, readQuantity } from '../domain/quantity.ts'
import type { Request, ResourceCaps, ThresholdMark, Thresholds } from '../domain/request.ts'
import type { CitedRun, LastApproved, RequestQuote, SpecChange } from '../ports/request.ts'
import { CostQuoteType } from './cost.ts'
import { ProblemType } from './errors.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { connectionOf, pageOf } from './page.ts'
import { ProjectRef } from './refs.ts'
import { SpecType } from './spec.ts'

export const PriorityType = builder.enumType('Priority', {
  description: 'How urgent a request is; the queue goes by it first.',
  values: {
    HIGH: { description: 'Before all others.' },
    NORMAL: { description: 'In turn.' },
    LOW: { description: 'When nothing else waits.' },
  } as const,
})

export const RequestStateType = builder.enumType('RequestState', {
  description: 'Where a request stands.',
  values: {
    DRAFT: { description: 'Not submitted yet.' },
    AWAITING_APPROVAL: { description: 'An administrator has to approve it.' },
    APPROVED: { description: 'Its run waits in the queue, or has left it.' },
    REJECTED: { description: 'An administrator said no.' },
    WITHDRAWN: { description: 'Taken back before it was decided.' },
  } as const,
})

export const ResourcesType = builder.objectRef<ResourceCaps>('RequestResources').implement({
  description:
    'The most that any one component of a request may take; null: no cap on this figure.',
  fields: (t) => ({
    gpuType: t.exposeString('gpuType', { nullable: true, description: 'The type of GPU.' }),
    gpuCount: t.exposeInt('gpuCount', { description: 'How many GPUs.' }),
    gpuMemoryBytes: t.exposeFloat('gpuMemoryBytes', {
      nullable: true,
      description: 'How much memory a GPU has at least, in bytes.',
    }),
    cpu: t.exposeFloat('cpu', { nullable: true, description: 'How many CPU cores.' }),
    memoryBytes: t.exposeFloat('memoryBytes', {
      nullable: true,
      description: 'How much memory, in bytes.',
    }),
    maxSeconds: t.exposeFloat('maxSeconds', {
      nullable: true,
      description: 'How long one attempt may run, in seconds.',
    }),
  }),
})

const ResourcesInput = builder.inputType('RequestResourcesInput', {
  description: 'Caps on every component; what is left away is pre-filled from the plan.',
  fields: (t) => ({
    gpuType: t.string({ required: false, description: 'The type of GPU, such as A100.' }),
    gpuCount: t.int({ required: false, description: 'How many GPUs.' }),
    gpuMemory: t.string({ required: false, description: 'Memory of a GPU, such as 24GB.' }),
    cpu: t.float({ required: false, description: 'CPU cores.' }),
    memory: t.string({ required: false, description: 'Memory, such as 128GB or 128Gi.' }),
    longest: t.string({ required: false, description: 'The longest run time, such as 2h30m.' }),
  }),
})

interface ResourcesGiven {
  gpuType?: string | null | undefined
  gpuCount?: number | null | undefined
  gpuMemory?: string | null | undefined
  cpu?: number | null | undefined
  memory?: string | null | undefined
  longest?: string | null | undefined
}

/** @throws InvalidError BAD_INPUT naming each text that has no meaning */
function capsOf(given: ResourcesGiven | null | undefined): Partial<ResourceCaps> {
  if (given === null || given === undefined) return {}
  const problems: Problem[] = []
  const amount = (field: string, what: string, text: string | null | undefined) => {
    if (text === null || text === undefined || text.trim() === '') return undefined
    const { bytes } = readQuantity(text.trim())
    if (!Number.isNaN(bytes)) return bytes
    const short = text.length > 60 ? `${text.slice(0, 57)}...` : text
    problems.push({
      path: `resources.${field}`,
      code: 'RESOURCES',
      message: /^\s*-/.test(text)
        ? `The ${what} is negative: "${short}".`
        : `The ${what} "${short}" is not an amount: write it as "16GB" or "16Gi".`,
    })
    return undefined
  }
  const gpuMemoryBytes = amount('gpuMemory', 'GPU memory', given.gpuMemory)
  const memoryBytes = amount('memory', 'memory', given.memory)
  let maxSeconds: number | undefined
  if (given.longest != null && given.longest.trim() !== '') {
    maxSeconds = readDuration(given.longest.trim()).seconds
    if (Number.isNaN(maxSeconds)) {
      problems.push({
        path: 'resources.longest',
        code: 'RESOURCES',
        message: `The longest run time "${given.longest.slice(0, 60)}" is not a time: write it as "90m" or "2h30m".`,
      })
    }
  }
  if (problems.length > 0) throw new InvalidError('BAD_INPUT', problems[0]!.message, problems)
  return {
    ...(given.gpuType == null || given.gpuType.trim() === ''
      ? {}
      : { gpuType: given.gpuType.trim() }),
    ...(given.gpuCount == null ? {} : { gpuCount: given.gpuCount }),
    ...(gpuMemoryBytes === undefined ? {} : { gpuMemoryBytes }),
    ...(given.cpu == null ? {} : { cpu: given.cpu }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
  }
}

const ThresholdKind = builder.enumType('ThresholdKind', {
  description: 'Which threshold a component is over.',
  values: {
    GPU: { description: 'GPUs of one component.' },
    MEMORY: { description: 'Memory of one component, in bytes.' },
  } as const,
})

const ThresholdMarkType = builder.objectRef<ThresholdMark>('ThresholdMark').implement({
  description: 'A component that needs an administrator.',
  fields: (t) => ({
    component: t.exposeString('component', { description: 'Its name.' }),
    what: t.expose('what', { type: ThresholdKind, description: 'Which threshold.' }),
    asked: t.exposeFloat('asked', { description: 'What it asks for.' }),
    threshold: t.exposeFloat('threshold', { description: 'From how much on approval is needed.' }),
  }),
})

const ComponentDigestType = builder
  .objectRef<{ component: string; digest: string }>('ComponentDigest')
  .implement({
    description: "What a component's image stood for when the request was made.",
    fields: (t) => ({
      component: t.exposeString('component', { description: "The component's name." }),
      digest: t.exposeString('digest', {
        description:
          'sha256:<hex>, which is what runs; unresolved:<name> where no registry could tell, and the tag is all there is.',
      }),
    }),
  })

const SpecChangeType = builder.objectRef<SpecChange>('SpecChange').implement({
  description: 'One thing in which two plans differ.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'Where, such as components.trainer.params.steps.',
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it was; null: it was not there.',
      resolve: (change) => change.before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it is; null: it is gone.',
      resolve: (change) => change.after,
    }),
  }),
})

const LastApprovedType = builder.objectRef<LastApproved>('LastApproved').implement({
  description: 'The plan of the project that was approved last, and what is different now.',
  fields: (t) => ({
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was approved.',
    }),
    spec: t.field({
      type: SpecType,
      description: 'The plan.',
      resolve: async (last, _args, context) =>
        (await context.ports.specs.byId(viewerOf(context), last.specId))!,
    }),
    changes: t.field({
      type: [SpecChangeType],
      description: 'The differences, at most 200; none: it is the same.',
      resolve: (last) => [...last.changes],
    }),
  }),
})

// The run's own type stands in run.ts, which reads this file: it adds the field `run`.
export const CitedRunType = builder.objectRef<CitedRun>('CitedRun').implement({
  description: 'A test run that speaks for a request.',
  fields: (t) => ({
    sameSpec: t.exposeBoolean('sameSpec', {
      description: 'Whether it ran exactly this plan: the hashes are equal.',
    }),
    seconds: t.exposeFloat('seconds', { nullable: true, description: 'How long it took.' }),
  }),
})

export const RequestType = builder.objectRef<Request>('Request')
builder.node(RequestType, {
  description: '"Run this plan with these resources and this priority."',
  id: { resolve: (request) => request.id },
  loadOne: (id, context) => context.ports.requests.byId(viewerOf(context), id),
  fields: (t) => ({
    state: t.expose('state', { type: RequestStateType, description: 'Where it stands.' }),
    priority: t.expose('priority', { type: PriorityType, description: 'How urgent it is.' }),
    queue: t.exposeString('queue', { description: 'The queue that its run joins.' }),
    test: t.exposeBoolean('isTest', {
      description: 'A test run: an ordinary run that a later request may cite.',
    }),
    specHash: t.exposeString('specHash', {
      description: 'The hash of the plan as it was submitted.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was submitted.' }),
    spec: t.field({
      type: SpecType,
      description: 'The plan to run.',
      resolve: async (request, _args, context) =>
        (await context.ports.specs.byId(viewerOf(context), request.specId))!,
    }),
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (request, _args, context) =>
        (await context.ports.projects.byId(viewerOf(context), request.projectId))!,
    }),
    who: t.string({
      description: 'Who submitted it.',
      resolve: (request, _args, context) =>
        context.ports.requests.personName(viewerOf(context), request.createdBy),
    }),
    mine: t.boolean({
      description: 'Whether the viewer submitted it.',
      resolve: (request, _args, context) => request.createdBy === viewerOf(context).id,
    }),
    note: t.exposeString('note', { description: 'What the submitter said.' }),
    resources: t.field({
      type: ResourcesType,
      description: 'The most that any one of its components may take.',
      resolve: (request) => request.caps,
    }),
    marks: t.field({
      type: [ThresholdMarkType],
      description: 'Why it needs an administrator, at most 400; none: it does not.',
      resolve: (request) => [...request.marks],
    }),
    images: t.field({
      type: [ComponentDigestType],
      description: "Its images' digests, at most 200.",
      resolve: (request) =>
        Object.entries(request.images).map(([component, digest]) => ({ component, digest })),
    }),
    quote: t.field({
      type: CostQuoteType,
      nullable: true,
      description: 'What it will take and cost, as told when it was submitted.',
      resolve: (request) => request.quote,
    }),
    signature: t.exposeString('signature', {
      description:
        'sha256 of what an approval covers: plan, image digests, resources, cost bound. Whoever decides sends it back.',
    }),
    devices: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'Which devices matched when it was submitted, by component that asks for some: {component, verdict, sentence, matching, free, devices: [{node, name, type, memoryMib, matches, why}]}; null: nobody could tell.',
      resolve: (request) => request.devices,
    }),
    citedRun: t.field({
      type: CitedRunType,
      nullable: true,
      description: 'The test run that it cites.',
      resolve: (request, _args, context) =>
        context.ports.requests.citedRun(viewerOf(context), request),
    }),
    lastApproved: t.field({
      type: LastApprovedType,
      nullable: true,
      description: 'The plan of this project that was approved last before it; null: none was.',
      resolve: (request, _args, context) =>
        context.ports.requests.lastApproved(viewerOf(context), request),
    }),
    decidedBy: t.string({
      nullable: true,
      description: 'Who decided; null: nobody had to.',
      resolve: (request, _args, context) =>
        request.decidedBy === null
          ? null
          : context.ports.requests.personName(viewerOf(context), request.decidedBy),
    }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was decided.',
    }),
    decisionComment: t.exposeString('decisionComment', {
      description: 'What the administrator said.',
    }),
  }),
})

const RequestConnection = builder.connectionObject(
  { type: RequestType, name: 'RequestConnection', description: 'A page of requests.' },
  { name: 'RequestEdge', description: 'A request in a page.' },
)

builder.queryField('requests', (t) =>
  t.connection(
    {
      type: RequestType,
      authScopes: { signedIn: true },
      description: 'The requests that the viewer may see, newest first.',
      args: {
        state: t.arg({
          type: RequestStateType,
          required: false,
          description: 'Only those in this state.',
        }),
        project: t.arg.id({ required: false, description: 'Only those of this project.' }),
        mine: t.arg.boolean({ required: false, description: "Only the viewer's own." }),
      },
      resolve: async (_root, args, context) =>
        connectionOf(
          await context.ports.requests.list(viewerOf(context), {
            ...pageOf(args),
            state: args.state ?? null,
            projectId: args.project == null ? null : rawId(args.project, 'Project'),
            mine: args.mine ?? false,
          }),
          (request) => request.id,
        ),
    },
    RequestConnection,
  ),
)

const RequestQuoteType = builder.objectRef<RequestQuote>('RequestQuote').implement({
  description: 'What a request for a plan would be.',
  fields: (t) => ({
    resources: t.field({
      type: ResourcesType,
      description: 'As given; what was left away is the maximum over the components.',
      resolve: (quote) => quote.caps,
    }),
    marks: t.field({
      type: [ThresholdMarkType],
      description: 'Why it would need an administrator, at most 400.',
      resolve: (quote) => [...quote.marks],
    }),
    quote: t.field({
      type: CostQuoteType,
      description: 'What it will take and cost.',
      resolve: (quote) => quote.quote,
    }),
    problems: t.field({
      type: [ProblemType],
      description: 'Why it cannot run like this, at most 1,000.',
      resolve: (quote) => quote.problems.slice(0, 1_000),
    }),
    testRuns: t.field({
      type: [CitedRunType],
      description: 'Ended test runs of the project that it may cite, newest first, at most 20.',
      resolve: (quote) => [...quote.testRuns],
    }),
  }),
})

builder.queryField('requestQuote', (t) =>
  t.field({
    type: RequestQuoteType,
    authScopes: { researcher: true },
    description: 'What a request for this plan would be, without making it.',
    args: {
      spec: t.arg.id({ description: 'The plan.' }),
      resources: t.arg({ type: ResourcesInput, required: false, description: 'The caps.' }),
    },
    resolve: (_root, { spec, resources }, context) =>
      context.ports.requests.quote(viewerOf(context), rawId(spec, 'Spec'), capsOf(resources)),
  }),
)

defineMutation('requestSubmit', {
  description:
    'Submits a stored plan: under the thresholds its run joins the queue at once, else an administrator has to approve. Sent twice with one id, it is submitted once.',
  type: RequestType,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({
      required: false,
      description: 'A UUID made by the client, so that sending again submits once.',
    }),
    spec: t.id({ description: 'The plan to run.' }),
    priority: t.field({
      type: PriorityType,
      required: false,
      description: "How urgent it is; the queue's own when left away.",
    }),
    queue: t.string({ required: false, description: 'Which queue; `default` when left away.' }),
    test: t.boolean({ required: false, description: 'Whether this is a test run.' }),
    resources: t.field({
      type: ResourcesInput,
      required: false,
      description: 'The most that any one component may take.',
    }),
    citedRun: t.id({ required: false, description: 'An ended test run of the same project.' }),
    note: t.string({ required: false, description: 'A word to whoever approves.' }),
    draft: t.boolean({
      required: false,
      description: 'Keep it as a draft, to be sent by requestSend.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.submit(viewer, {
      id: clientId(input.id),
      specId: rawId(input.spec, 'Spec'),
      priority: input.priority ?? null,
      queue: input.queue ?? null,
      isTest: input.test ?? false,
      caps: capsOf(input.resources),
      citedRunId: input.citedRun == null ? null : rawId(input.citedRun, 'Run'),
      note: input.note ?? '',
      draft: input.draft ?? false,
    }),
})

defineMutation('requestSend', {
  description: 'Sends a draft, as if it were submitted now.',
  type: RequestType,
  scope: 'researcher',
  input: (t) => ({ request: t.id({ description: 'The draft.' }) }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.send(viewer, rawId(input.request, 'Request')),
})

defineMutation('requestWithdraw', {
  description: 'Takes a request back before it is decided.',
  type: RequestType,
  scope: 'researcher',
  input: (t) => ({ request: t.id({ description: 'The request.' }) }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.withdraw(viewer, rawId(input.request, 'Request')),
})

defineMutation('requestApprove', {
  description: 'Approves exactly what was shown; its run joins the queue.',
  type: RequestType,
  scope: 'administrator',
  input: (t) => ({
    request: t.id({ description: 'The request.' }),
    signature: t.string({ description: 'The signature of the request as it was looked at.' }),
    comment: t.string({ required: false, description: 'A word to the submitter.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.approve(viewer, {
      requestId: rawId(input.request, 'Request'),
      signature: input.signature,
      comment: input.comment ?? '',
    }),
})

defineMutation('requestReject', {
  description: 'Rejects a request, with a comment that says why.',
  type: RequestType,
  scope: 'administrator',
  input: (t) => ({
    request: t.id({ description: 'The request.' }),
    signature: t.string({ description: 'The signature of the request as it was looked at.' }),
    comment: t.string({ description: 'Why, and what would have to change.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.reject(viewer, {
      requestId: rawId(input.request, 'Request'),
      signature: input.signature,
      comment: input.comment,
    }),
})

const ThresholdsType = builder.objectRef<Thresholds>('ApprovalThresholds').implement({
  description: 'From how much on one component needs an administrator.',
  fields: (t) => ({
    gpuCount: t.exposeInt('gpuCount', { description: 'GPUs of one component.' }),
    memoryBytes: t.exposeFloat('memoryBytes', {
      description: 'Memory of one component, in bytes.',
    }),
  }),
})

builder.queryField('approvalThresholds', (t) =>
  t.field({
    type: ThresholdsType,
    authScopes: { signedIn: true },
    description: 'From how much on one component needs an administrator.',
    resolve: (_root, _args, context) => context.ports.requests.thresholds(viewerOf(context)),
  }),
)

defineMutation('approvalThresholdsSet', {
  description:
    'Sets from how much on one component needs an administrator; what is submitted later goes by it.',
  type: ThresholdsType,
  scope: 'administrator',
  input: (t) => ({
    gpuCount: t.int({ description: 'GPUs of one component: 1 to 1024.' }),
    memory: t.string({ description: 'Memory of one component, such as 128GB.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.setThresholds(viewer, {
      gpuCount: input.gpuCount,
      memoryBytes: capsOf({ memory: input.memory }).memoryBytes ?? 0,
    }),
})
