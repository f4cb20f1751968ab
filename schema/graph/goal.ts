import type { FieldMap } from '@pothos/core'
import { builder, viewerOf, type FieldBuilder } from '../builder.ts'
import { DomainError } from '../domain/errors.ts'
import type { PlanPreview } from '../domain/goal.ts'
import type { Intent, Question, Slot } from '../domain/intent.ts'
import type { Project } from '../domain/project.ts'
import { CostQuoteType, RangeType } from './cost.ts'
import { clientId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { GoalRef, IntentRef, ProjectRef } from './refs.ts'

const SlotSource = builder.enumType('SlotSource', {
  description: 'Where a slot’s value comes from.',
  values: {
    SAID: { value: 'said', description: 'The person said it.' },
    INFERRED: { value: 'inferred', description: 'It follows from what was said or shown.' },
    DEFAULT: { value: 'default', description: 'Nothing was said; this is usual.' },
  } as const,
})

export const SlotType = builder.objectRef<Slot & { path: string }>('Slot').implement({
  description: 'One part of an intent.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Its name, such as subject.classNoun.' }),
    value: t.field({ type: 'JSON', description: 'Its value.', resolve: (slot) => slot.value }),
    label: t.string({
      nullable: true,
      description: 'The value in a language’s own word (고양이 for cat); null where it needs none.',
      args: { language: t.arg.string({ description: 'en or ko.' }) },
      resolve: (slot, args, context) =>
        context.ports.goals.label(slot.path, slot.value, args.language),
    }),
    source: t.field({
      type: SlotSource,
      description: 'Where the value comes from.',
      resolve: (slot) => slot.source,
    }),
    span: t.field({
      type: ['Int'],
      nullable: true,
      description: 'Start and end in the goal, UTF-16 units; null when it was not said.',
      resolve: (slot) => (slot.span === null ? null : [...slot.span]),
    }),
    confidence: t.exposeFloat('confidence', { description: '0 to 1.' }),
    reason: t.exposeString('reason', { description: 'Why, in a few words.' }),
  }),
})

const OptionType = builder.objectRef<Question['options'][number]>('QuestionOption').implement({
  description: 'One answer to a question.',
  fields: (t) => ({
    value: t.field({
      type: 'JSON',
      description: 'What the slot becomes.',
      resolve: (option) => option.value,
    }),
    label: t.exposeString('label', { description: 'The answer in words.' }),
  }),
})

export const QuestionType = builder.objectRef<Question>('Question').implement({
  description: 'The one thing that is worth asking; its first option is the default.',
  fields: (t) => ({
    slot: t.exposeString('slot', { description: 'The slot that the answer sets.' }),
    text: t.exposeString('text', { description: 'The question, in the goal’s language.' }),
    options: t.field({
      type: [OptionType],
      description: 'The answers, at most 10.',
      resolve: (it) => it.options,
    }),
  }),
})

export function slotsOf(intent: Intent): (Slot & { path: string })[] {
  return Object.entries(intent.slots).map(([path, slot]) => ({ ...slot, path }))
}

/** What every reading of a goal tells, whoever reads it. */
export const understoodFields = <Reading>(
  t: FieldBuilder<Reading>,
  intentOf: (reading: Reading) => Intent,
): FieldMap => ({
  slots: t.field({
    type: [SlotType],
    description: 'What was understood, at most 20.',
    resolve: (it) => slotsOf(intentOf(it)),
  }),
  question: t.field({
    type: QuestionType,
    nullable: true,
    description: 'What is worth asking.',
    resolve: (it) => intentOf(it).question,
  }),
})

/** The same of one that is not stored: its language and explanation besides. */
export const readingFields = <Reading extends Intent & { language: string; explanation: string }>(
  t: FieldBuilder<Reading>,
): FieldMap => ({
  language: t.string({ description: 'en, ko or other.', resolve: (it) => it.language }),
  explanation: t.string({
    description:
      'What was understood, in a few plain sentences, at most 600 characters of a model.',
    resolve: (it) => it.explanation,
  }),
  ...understoodFields(t, (it) => it),
})

const ReadingType = builder
  .objectRef<Intent & { language: string; explanation: string }>('IntentReading')
  .implement({
    description: 'A goal read without being stored.',
    fields: (t) => readingFields(t),
  })

builder.node(GoalRef, {
  description: 'What a person typed, verbatim.',
  id: { description: 'Relay id.', resolve: (goal) => goal.id },
  loadOne: (id, context) => context.ports.goals.byId(viewerOf(context), id),
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The words.' }),
    language: t.exposeString('language', { description: 'en, ko or other.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was typed.',
      resolve: (it) => it.createdAt,
    }),
    project: t.field({
      type: ProjectRef,
      description: 'Its project.',
      resolve: async (it, _args, context): Promise<Project> => {
        const project = await context.ports.projects.byId(viewerOf(context), it.projectId)
        if (project === null) throw new DomainError('NOT_FOUND', 'There is no such project.')
        return project
      },
    }),
    intent: t.field({
      type: IntentRef,
      description: 'The newest reading of it.',
      resolve: (it, _args, context) => context.ports.goals.intent(viewerOf(context), it.id),
    }),
  }),
})

builder.node(IntentRef, {
  description: 'The structured reading of a goal, with where each part came from.',
  id: { description: 'Relay id.', resolve: (intent) => intent.id },
  loadOne: (id, context) => context.ports.goals.intentById(viewerOf(context), id),
  fields: (t) => ({
    revision: t.exposeInt('revision', {
      description: '1 for the first reading; each edit makes a new one.',
    }),
    ...understoodFields(t, (it) => it.body),
    goal: t.field({
      type: GoalRef,
      description: 'The goal that it reads.',
      resolve: async (it, _args, context) => {
        const goal = await context.ports.goals.byId(viewerOf(context), it.goalId)
        if (goal === null) throw new DomainError('NOT_FOUND', 'There is no such goal.')
        return goal
      },
    }),
  }),
})

builder.queryField('goalRead', (t) =>
  t.field({
    type: ReadingType,
    description: 'Reads a goal without storing it, for the chips under the text box.',
    authScopes: { signedIn: true },
    args: {
      text: t.arg.string({ description: 'The goal, at most 2,000 characters.' }),
      pool: t.arg.id({ required: false, description: 'A pool whose pictures help to read it.' }),
    },
    resolve: (_root, args, context) =>
      context.ports.goals.read(
        viewerOf(context),
        args.text,
        args.pool == null ? null : rawId(args.pool, 'Pool'),
      ),
  }),
)

const PlannedComponent = builder
  .objectRef<PlanPreview['components'][number]>('PlannedComponent')
  .implement({
    description: 'One step of a plan that is not made yet.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Its name.' }),
      type: t.exposeString('type', { description: 'data_loader, preprocessor, trainer …' }),
    }),
  })

const PlanPreviewType = builder.objectRef<PlanPreview>('PlanPreview').implement({
  description: 'The plan that a goal would come to; nothing of it is stored.',
  fields: (t) => ({
    components: t.field({
      type: [PlannedComponent],
      description: 'Its steps in order, at most 10; none when it is refused.',
      resolve: (it) => [...it.components],
    }),
    seconds: t.field({
      type: RangeType,
      nullable: true,
      description: 'How long it would take here; null: nothing to judge by.',
      resolve: (it) => it.estimate?.seconds ?? null,
    }),
    memoryBytes: t.field({
      type: RangeType,
      nullable: true,
      description: 'What the hungriest step would need; null: nothing to judge by.',
      resolve: (it) => it.estimate?.memoryBytes ?? null,
    }),
    quote: t.field({
      type: CostQuoteType,
      nullable: true,
      description: 'What it would cost; null: nothing to judge by.',
      resolve: (it) => it.quote,
    }),
    images: t.exposeInt('images', { description: 'How many pictures it was reckoned with.' }),
    refusedSlot: t.string({
      nullable: true,
      description: 'The slot that stands in the way; null when none does.',
      resolve: (it) => it.refusal?.slot ?? null,
    }),
    refusal: t.string({
      nullable: true,
      description: 'Why there can be no such plan, and what to do; null when there can.',
      resolve: (it) => it.refusal?.message ?? null,
    }),
  }),
})

builder.queryField('goalPlan', (t) =>
  t.field({
    type: PlanPreviewType,
    description: 'The plan that a goal would come to on this machine, before there are pictures.',
    authScopes: { signedIn: true },
    args: {
      text: t.arg.string({ description: 'The goal, at most 2,000 characters.' }),
      images: t.arg.int({
        required: false,
        description: 'How many pictures are at hand, 1 to 100,000; left away: as many as usual.',
      }),
      changes: t.arg({
        type: 'JSON',
        required: false,
        description: 'Slots that were set by hand: an object by path, at most 20.',
      }),
    },
    resolve: (_root, args, context) => {
      const changes: unknown = args.changes ?? {}
      if (changes === null || typeof changes !== 'object' || Array.isArray(changes))
        throw new DomainError('BAD_INPUT', 'changes: give an object by slot.', { field: 'changes' })
      return context.ports.goals.preview(viewerOf(context), {
        text: args.text,
        images: args.images ?? null,
        changes: changes as Readonly<Record<string, unknown>>,
      })
    },
  }),
)

defineMutation('goalSubmit', {
  description: 'Reads a goal into an intent and stores both.',
  type: GoalRef,
  scope: 'researcher',
  input: (t) => ({
    id: t.string({
      required: false,
      description: 'A UUID of your own, so that sending twice submits once.',
    }),
    text: t.string({ description: 'What you want to train, at most 2,000 characters.' }),
    project: t.id({
      required: false,
      description: 'Its project; without one a new project is made.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.goals.submit(viewer, {
      id: clientId(input.id),
      text: input.text,
      projectId: input.project == null ? null : rawId(input.project, 'Project'),
    }),
})

defineMutation('intentRevise', {
  description: 'Sets one slot of the newest intent, or removes it with null; makes a new revision.',
  type: IntentRef,
  scope: 'researcher',
  input: (t) => ({
    goal: t.id({ description: 'The goal.' }),
    path: t.string({ description: 'The slot, such as style.' }),
    value: t.field({
      type: 'JSON',
      required: false,
      description: 'The new value; null removes it.',
    }),
    revision: t.int({
      required: false,
      description: 'The revision that you saw; refused when it is no longer the newest.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.goals.revise(viewer, {
      goalId: rawId(input.goal, 'Goal'),
      path: input.path,
      value: input.value ?? null,
      revision: input.revision ?? null,
    }),
})
