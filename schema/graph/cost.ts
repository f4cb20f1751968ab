import { builder, viewerOf } from '../builder.ts'
import type {
  Budget,
  CostQuote,
  CostRange,
  Money,
  Price,
  Range,
  Usage,
  UsageRow,
} from '../domain/cost.ts'
import { ownerId, rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'

export const MoneyType = builder.objectRef<Money>('Money').implement({
  description: 'An amount in one currency.',
  fields: (t) => ({
    currency: t.exposeString('currency', { description: 'ISO 4217, such as USD.' }),
    amount: t.exposeFloat('amount', { description: 'How much.' }),
  }),
})

export const RangeType = builder.objectRef<Range>('EstimateRange').implement({
  description: 'An estimate with how far it may be off.',
  fields: (t) => ({
    low: t.exposeFloat('low', { description: 'At least about so much.' }),
    likely: t.exposeFloat('likely', { description: 'Most likely so much.' }),
    high: t.exposeFloat('high', { description: 'At most about so much.' }),
  }),
})

const CostRangeType = builder.objectRef<CostRange>('CostRange').implement({
  description: 'A cost with how far it may be off.',
  fields: (t) => ({
    currency: t.exposeString('currency', { description: 'ISO 4217, such as USD.' }),
    low: t.exposeFloat('low', { description: 'At least about so much.' }),
    likely: t.exposeFloat('likely', { description: 'Most likely so much.' }),
    high: t.exposeFloat('high', { description: 'At most about so much.' }),
  }),
})

export const CostQuoteType = builder.objectRef<CostQuote>('CostQuote').implement({
  description: 'What a plan will take and cost.',
  fields: (t) => ({
    seconds: t.field({
      type: RangeType,
      nullable: true,
      description: 'How long, in seconds; null: nothing to judge by.',
      resolve: (quote) => quote.seconds,
    }),
    gpuHours: t.field({
      type: RangeType,
      nullable: true,
      description: 'GPU hours; null: nothing to judge by.',
      resolve: (quote) => quote.gpuHours,
    }),
    costs: t.field({
      type: [CostRangeType],
      description: 'The cost by currency, at most 50; none where a price is missing.',
      resolve: (quote) => [...quote.costs],
    }),
    spotCosts: t.field({
      type: [CostRangeType],
      description: 'The same on spot nodes throughout, at most 50.',
      resolve: (quote) => [...quote.spotCosts],
    }),
    bound: t.field({
      type: [MoneyType],
      description: 'It costs no more than this while every time limit holds, at most 50.',
      resolve: (quote) => [...quote.bound],
    }),
    gpuHoursBound: t.exposeFloat('gpuHoursBound', {
      nullable: true,
      description: 'GPU hours while every time limit holds; null: nothing bounds them.',
    }),
    unpriced: t.stringList({
      description: 'Devices that have no price, at most 200.',
      resolve: (quote) => [...quote.unpriced],
    }),
  }),
})

const UsageFields = {
  gpuHours: 'GPU hours used.',
  cpuHours: 'Core hours used.',
  unpricedGpuHours: 'GPU hours on devices without a price.',
} as const

const UsageType = builder.objectRef<Usage>('Usage').implement({
  description: 'What was used, and what it cost.',
  fields: (t) => ({
    gpuHours: t.exposeFloat('gpuHours', { description: UsageFields.gpuHours }),
    cpuHours: t.exposeFloat('cpuHours', { description: UsageFields.cpuHours }),
    unpricedGpuHours: t.exposeFloat('unpricedGpuHours', {
      description: UsageFields.unpricedGpuHours,
    }),
    costs: t.field({
      type: [MoneyType],
      description: 'What it cost by currency, at most 50.',
      resolve: (usage) => [...usage.costs],
    }),
  }),
})

const UsageRowType = builder.objectRef<UsageRow>('UsageRow').implement({
  description: 'What a run, a person, a project or a month used.',
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'The raw key of the run, person or project; or 2026-11.',
    }),
    name: t.exposeString('name', { description: 'Its name.' }),
    gpuHours: t.exposeFloat('gpuHours', { description: UsageFields.gpuHours }),
    cpuHours: t.exposeFloat('cpuHours', { description: UsageFields.cpuHours }),
    unpricedGpuHours: t.exposeFloat('unpricedGpuHours', {
      description: UsageFields.unpricedGpuHours,
    }),
    costs: t.field({
      type: [MoneyType],
      description: 'What it cost by currency, at most 50.',
      resolve: (usage) => [...usage.costs],
    }),
  }),
})

const UsageGroupingType = builder.enumType('UsageGrouping', {
  description: 'By what usage is summed.',
  values: {
    RUN: { description: 'Run by run.' },
    PERSON: { description: 'By who submitted it.' },
    PROJECT: { description: 'By project.' },
    MONTH: { description: 'By month (UTC).' },
  } as const,
})

builder.queryField('usage', (t) =>
  t.field({
    type: [UsageRowType],
    authScopes: { signedIn: true },
    description: 'What was used and what it cost, the largest first, at most 500.',
    args: {
      by: t.arg({ type: UsageGroupingType, description: 'By what it is summed.' }),
      month: t.arg.string({
        required: false,
        description: 'Only this month, such as 2026-11 (UTC).',
      }),
      project: t.arg.id({ required: false, description: 'Only this project.' }),
    },
    resolve: (_root, { by, month, project }, context) =>
      context.ports.costs.usage(viewerOf(context), {
        by,
        month: month ?? null,
        projectId: project == null ? null : rawId(project, 'Project'),
      }),
  }),
)

builder.queryField('runUsage', (t) =>
  t.field({
    type: UsageType,
    authScopes: { signedIn: true },
    description: 'What one run has used and cost so far.',
    args: { run: t.arg.id({ description: 'The run.' }) },
    resolve: (_root, { run }, context) =>
      context.ports.costs.ofRun(viewerOf(context), rawId(run, 'Run')),
  }),
)

const PriceType = builder.objectRef<Price>('Price').implement({
  description: 'What one device of a type costs for an hour.',
  fields: (t) => ({
    deviceType: t.exposeString('deviceType', {
      description: 'A GPU type such as A100, or `cpu` for one core.',
    }),
    currency: t.exposeString('currency', { description: 'ISO 4217, such as USD.' }),
    perHour: t.exposeFloat('perHour', { description: 'The price of an hour.' }),
    spotFactor: t.exposeFloat('spotFactor', {
      description: 'What a spot node costs of it, 0 to 1.',
    }),
  }),
})

builder.queryField('prices', (t) =>
  t.field({
    type: [PriceType],
    authScopes: { signedIn: true },
    description: 'The price table as it is now, at most 500.',
    resolve: async (_root, _args, context) =>
      (await context.ports.costs.prices(viewerOf(context))).slice(0, 500),
  }),
)

defineMutation('priceSet', {
  description: 'Sets a price from now on; what ran before keeps the price of its time.',
  type: PriceType,
  scope: 'administrator',
  input: (t) => ({
    deviceType: t.string({ description: 'A GPU type such as A100, or `cpu` for one core.' }),
    currency: t.string({ description: 'ISO 4217, such as USD.' }),
    perHour: t.float({
      required: false,
      description: 'The price of an hour; left away: the price is taken back.',
    }),
    spotFactor: t.float({
      required: false,
      description: 'More than 0 and at most 1; 1 when left away.',
    }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.costs.setPrice(viewer, {
      deviceType: input.deviceType.trim(),
      currency: input.currency.trim(),
      perHour: input.perHour ?? null,
      spotFactor: input.spotFactor ?? 1,
    }),
})

export const BudgetType = builder.objectRef<Budget>('Budget').implement({
  description: 'How much may be spent in a month.',
  fields: (t) => ({
    key: t.exposeString('id', { description: 'Its raw key.' }),
    scope: t.string({
      description: 'PROJECT, PERSON or ALL.',
      resolve: (budget) =>
        budget.projectId !== null ? 'PROJECT' : budget.personId !== null ? 'PERSON' : 'ALL',
    }),
    owner: t.id({
      nullable: true,
      description: 'The id of its project or person; null: it is for everything.',
      resolve: ownerId,
    }),
    name: t.exposeString('name', { description: 'Of the project or person; empty for ALL.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217, such as USD.' }),
    amount: t.exposeFloat('amount', { description: 'The budget of a month.' }),
    spent: t.exposeFloat('spent', { description: 'Spent this month.' }),
    committed: t.exposeFloat('committed', {
      description: 'What waiting and running work may still cost.',
    }),
    notices: t.field({
      type: ['Int'],
      description: '80 and 100 when so many percent were spent this month, at most 2.',
      resolve: (budget) => [...budget.notices],
    }),
  }),
})

builder.queryField('budgets', (t) =>
  t.field({
    type: [BudgetType],
    authScopes: { signedIn: true },
    description: 'The budgets that concern the viewer, at most 500.',
    resolve: (_root, _args, context) => context.ports.costs.budgets(viewerOf(context)),
  }),
)

defineMutation('budgetSet', {
  description: 'Sets the budget of a month for a project, a person, or everything.',
  type: BudgetType,
  scope: 'administrator',
  input: (t) => ({
    project: t.id({ required: false, description: 'For this project.' }),
    person: t.id({ required: false, description: 'For this person.' }),
    currency: t.string({ description: 'ISO 4217, such as USD.' }),
    amount: t.float({ required: false, description: 'Left away: the budget is taken away.' }),
  }),
  resolve: (input, { viewer, ports }) =>
    ports.costs.setBudget(viewer, {
      projectId: input.project == null ? null : rawId(input.project, 'Project'),
      personId: input.person == null ? null : rawId(input.person, 'Person'),
      currency: input.currency.trim(),
      amount: input.amount ?? null,
    }),
})
