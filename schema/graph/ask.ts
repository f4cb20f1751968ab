import { builder, viewerOf } from '../builder.ts'
import type { Change, Proposal } from '../domain/operation.ts'
import { fallbacks } from '../domain/reading.ts'
import type { Agreement, ReadingStep, RefinedReading } from '../domain/reading.ts'
import type { AppliedAsk } from '../ports/ask.ts'
import { rawId } from './global-id.ts'
import { readingFields } from './goal.ts'
import { defineMutation } from './mutation.ts'
import { IntentRef } from './refs.ts'
import { SpecType } from './spec.ts'

const ReaderEnum = builder.enumType('Reader', {
  description: 'Who read a goal.',
  values: {
    GRAMMAR: {
      value: 'grammar',
      description: 'The built-in grammar: offline, the same every time.',
    },
    LLM: { value: 'llm', description: 'A language model, checked slot by slot.' },
  } as const,
})

export const FallbackEnum = builder.enumType('ReaderFallback', {
  description: 'Why a language model had no say.',
  values: Object.fromEntries(
    fallbacks.map((value) => [
      value,
      {
        value,
        description: {
          OFF: 'None is set up.',
          BREAKER_OPEN: 'It failed several times and is left alone for a minute.',
          CAP_REACHED: 'The day’s tokens or money are used up.',
          TIMED_OUT: 'It took too long.',
          RATE_LIMITED: 'Its server takes no more calls now.',
          SERVER_ERROR: 'Its server failed.',
          UNREACHABLE: 'Its server cannot be reached.',
          TOO_LARGE: 'It answered far too much.',
          UNREADABLE: 'Its answer had not the agreed form.',
          REFUSED: 'Its server refused the call.',
        }[value],
      },
    ]),
  ) as Record<
    (typeof fallbacks)[number],
    { value: (typeof fallbacks)[number]; description: string }
  >,
})

const AgreementType = builder.objectRef<Agreement>('ReaderAgreement').implement({
  description: 'One slot as both readers understood it.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The slot.' }),
    grammar: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the grammar read.',
      resolve: (it) => it.grammar,
    }),
    llm: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the language model read.',
      resolve: (it) => it.llm,
    }),
    taken: t.field({
      type: ReaderEnum,
      description: 'Whose value counts.',
      resolve: (it) => it.taken,
    }),
  }),
})

const DroppedType = builder.objectRef<RefinedReading['dropped'][number]>('DroppedSlot').implement({
  description: 'Something that a language model said and that was not believed.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The slot, or what stood for one.' }),
    why: t.exposeString('why', { description: 'Why it does not count.' }),
  }),
})

const RefinedType = builder.objectRef<RefinedReading>('RefinedReading').implement({
  description: 'A goal read by the grammar and, where one is set up, a language model.',
  fields: (t) => ({
    ...readingFields(t),
    reader: t.field({ type: ReaderEnum, description: 'Who read it.', resolve: (it) => it.reader }),
    fallback: t.field({
      type: FallbackEnum,
      nullable: true,
      description: 'Why it was the grammar alone; null when it was not.',
      resolve: (it) => it.fallback,
    }),
    notice: t.exposeString('notice', {
      nullable: true,
      description: 'The fallback in a sentence, in the goal’s language.',
    }),
    agreement: t.field({
      type: [AgreementType],
      description: 'Slot by slot, at most 20.',
      resolve: (it) => [...it.agreement],
    }),
    dropped: t.field({
      type: [DroppedType],
      description: 'What was not believed, at most 40.',
      resolve: (it) => [...it.dropped],
    }),
  }),
})

const ChangeType = builder.objectRef<Change>('PlanChange').implement({
  description: 'One line of a difference.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'What changes: trainer.rank, limits.hours.' }),
    before: t.exposeString('before', { nullable: true, description: 'Before; null: nothing.' }),
    after: t.exposeString('after', { nullable: true, description: 'After; null: nothing.' }),
  }),
})

const ReasonType = builder.objectRef<Proposal['reasons'][number]>('Reason').implement({
  description: 'Why a value is what it is.',
  fields: (t) => ({
    about: t.exposeString('about', {
      description: 'A setting, slot or component by name; or time, cost, memory, question.',
    }),
    subject: t.exposeString('subject', { description: 'What was asked about.' }),
    reason: t.exposeString('reason', { description: 'The evidence.' }),
  }),
})

const ProposalType = builder.objectRef<Proposal & { revision: number }>('Proposal').implement({
  description: 'What words would change; nothing is changed until it is applied.',
  fields: (t) => ({
    language: t.exposeString('language', { description: 'en or ko.' }),
    revision: t.exposeInt('revision', {
      description: 'The revision of the intent that it is about: give it to askApply.',
    }),
    operations: t.field({
      type: 'JSON',
      description: 'The operations, a closed set, at most 20: give them to askApply.',
      resolve: (it) => it.operations,
    }),
    intentChanges: t.field({
      type: [ChangeType],
      description: 'What changes in the intent, at most 20.',
      resolve: (it) => [...it.intentChanges],
    }),
    specChanges: t.field({
      type: [ChangeType],
      description: 'What changes in the plan, at most 200.',
      resolve: (it) => [...it.specChanges],
    }),
    specText: t.exposeString('specText', {
      nullable: true,
      description: 'The plan as it would be, wire JSON; null when it stays.',
    }),
    reasons: t.field({
      type: [ReasonType],
      description: 'Answers to a "why", at most 10.',
      resolve: (it) => [...it.reasons],
    }),
    notice: t.exposeString('notice', {
      nullable: true,
      description:
        'What was not understood or cannot be done, and what can be said instead; the operations hold none of it.',
    }),
    undo: t.exposeBoolean('undo', {
      description: 'The words ask to take the last change back: that is for askUndo.',
    }),
  }),
})

const AppliedType = builder.objectRef<AppliedAsk>('AppliedAsk').implement({
  description: 'What an applied proposal made.',
  fields: (t) => ({
    intent: t.field({
      type: IntentRef,
      description: 'The newest intent.',
      resolve: (it) => it.intent,
    }),
    spec: t.field({
      type: SpecType,
      nullable: true,
      description: 'The plan as it is now; null when there is none.',
      resolve: (it) => it.spec,
    }),
    undoRevision: t.exposeInt('undoRevision', {
      description: 'The revision of the intent before: askUndo takes back to it.',
    }),
    undoSpec: t.field({
      type: SpecType,
      nullable: true,
      description: 'The plan before; it is still there.',
      resolve: (it) => it.undoSpec,
    }),
  }),
})

defineMutation('goalRefine', {
  description:
    'Reads a goal with a language model’s help, without storing a goal; spends of the day’s allowance. Without a model it is the grammar’s reading, which says so.',
  type: RefinedType,
  scope: 'researcher',
  input: (t) => ({
    text: t.string({ description: 'The goal, at most 2,000 characters.' }),
    pool: t.id({ required: false, description: 'A pool whose pictures help to read it.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.goals.refine(viewer, input.text, input.pool == null ? null : rawId(input.pool, 'Pool')),
})

const StepOfReading = builder.objectRef<ReadingStep>('ReadingStep').implement({
  description: 'A goal while it is read.',
  fields: (t) => ({
    reader: t.field({
      type: ReaderEnum,
      description: 'Whose words the explanation is.',
      resolve: (it) => it.reader,
    }),
    explanation: t.exposeString('explanation', {
      description: 'The explanation as far as it has come, from its beginning.',
    }),
    reading: t.field({
      type: RefinedType,
      nullable: true,
      description: 'The checked reading; null until the end.',
      resolve: (it) => it.reading,
    }),
  }),
})

builder.subscriptionField('goalRefining', (t) =>
  t.field({
    type: StepOfReading,
    description:
      'As goalRefine, while it goes on: the grammar’s explanation at once, a model’s as it is written, then the checked reading, and the stream ends.',
    authScopes: { researcher: true },
    args: {
      text: t.arg.string({ description: 'The goal, at most 2,000 characters.' }),
      pool: t.arg.id({ required: false, description: 'A pool whose pictures help to read it.' }),
    },
    subscribe: (_root, args, context) =>
      context.ports.goals.refining(
        viewerOf(context),
        args.text,
        args.pool == null ? null : rawId(args.pool, 'Pool'),
      ),
    resolve: (step) => step,
  }),
)

builder.queryField('ask', (t) =>
  t.field({
    type: ProposalType,
    description:
      'What words would change in an intent and its plan: a preview, or the answer to a "why".',
    authScopes: { signedIn: true },
    args: {
      goal: t.arg.id({ description: 'The goal.' }),
      spec: t.arg.id({ required: false, description: 'The plan that is talked about.' }),
      text: t.arg.string({ description: 'The words, at most 2,000 characters.' }),
    },
    resolve: (_root, args, context) =>
      context.ports.asks.propose(viewerOf(context), {
        goalId: rawId(args.goal, 'Goal'),
        specId: args.spec == null ? null : rawId(args.spec, 'Spec'),
        text: args.text,
      }),
  }),
)

defineMutation('askApply', {
  description:
    'Applies operations of a proposal: a new revision of the intent, a new version of the plan.',
  type: AppliedType,
  scope: 'researcher',
  input: (t) => ({
    goal: t.id({ description: 'The goal.' }),
    spec: t.id({
      required: false,
      description: 'The plan that is talked about; it stays as it is.',
    }),
    operations: t.field({ type: 'JSON', description: 'Operations as a proposal has them.' }),
    revision: t.int({
      required: false,
      description: 'The revision that you saw; refused when it is no longer the newest.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.asks.apply(viewer, {
      goalId: rawId(input.goal, 'Goal'),
      specId: input.spec == null ? null : rawId(input.spec, 'Spec'),
      operations: input.operations,
      revision: input.revision ?? null,
    }),
})

defineMutation('askUndo', {
  description:
    'Takes a change back: an earlier revision of the intent becomes the newest again, an earlier plan the next version.',
  type: AppliedType,
  scope: 'researcher',
  input: (t) => ({
    goal: t.id({ description: 'The goal.' }),
    revision: t.int({ description: 'The revision to return to.' }),
    seen: t.int({
      required: false,
      description: 'The newest revision that you saw; refused when it is no longer the newest.',
    }),
    spec: t.id({ required: false, description: 'The plan as it is now; with to.' }),
    to: t.id({ required: false, description: 'The plan to return to; with spec.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.asks.undo(viewer, {
      goalId: rawId(input.goal, 'Goal'),
      revision: input.revision,
      seen: input.seen ?? null,
      spec: input.spec == null ? null : rawId(input.spec, 'Spec'),
      to: input.to == null ? null : rawId(input.to, 'Spec'),
    }),
})
