import { builder, viewerOf } from '../builder.ts'
import type { Request } from '../domain/request.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
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

export const RequestType = builder.objectRef<Request>('Request')
builder.node(RequestType, {
  description: '"Run this plan with these resources and this priority."',
  id: { resolve: (request) => request.id },
  loadOne: (id, context) => context.ports.requests.byId(viewerOf(context), id),
  fields: (t) => ({
    state: t.expose('state', { type: RequestStateType, description: 'Where it stands.' }),
    priority: t.expose('priority', { type: PriorityType, description: 'How urgent it is.' }),
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
  }),
})

defineMutation('requestSubmit', {
  description:
    'Submits a stored plan; its run joins the queue. Sent twice with one id, it is submitted once.',
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
      description: 'How urgent it is; NORMAL when left away.',
    }),
    test: t.boolean({ required: false, description: 'Whether this is a test run.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.requests.submit(viewer, {
      id: clientId(input.id),
      specId: rawId(input.spec, 'Spec'),
      priority: input.priority ?? 'NORMAL',
      isTest: input.test ?? false,
    }),
})
