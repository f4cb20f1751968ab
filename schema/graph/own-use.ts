import { builder, viewerOf } from '../builder.ts'
import type { Budget, Money } from '../domain/cost.ts'
import type { Quota } from '../domain/queue.ts'
import { BudgetType, MoneyType } from './cost.ts'
import { QuotaType } from './queue.ts'

interface OwnUse {
  readonly quota: Quota
  readonly costs: readonly Money[]
  readonly budgets: readonly Budget[]
}

const OwnUseType = builder.objectRef<OwnUse>('OwnUse').implement({
  description: 'What the viewer may use and has used this month, whatever the project.',
  fields: (t) => ({
    quota: t.field({
      type: QuotaType,
      description: 'The own limits and what is used of them; null figures: no limit.',
      resolve: (use) => use.quota,
    }),
    costs: t.field({
      type: [MoneyType],
      description: 'What the own runs cost this month by currency, at most 50.',
      resolve: (use) => [...use.costs],
    }),
    budgets: t.field({
      type: [BudgetType],
      description: 'The own budgets, at most 50.',
      resolve: (use) => use.budgets.slice(0, 50),
    }),
  }),
})

builder.queryField('ownUse', (t) =>
  t.field({
    type: OwnUseType,
    authScopes: { signedIn: true },
    description: 'What the viewer may use and has used this month.',
    resolve: async (_root, _args, context): Promise<OwnUse> => {
      const viewer = viewerOf(context)
      const { queue, costs } = context.ports
      const month = new Date().toISOString().slice(0, 7)
      const [quota, rows, budgets] = await Promise.all([
        queue.ownQuota(viewer),
        costs.usage(viewer, { by: 'PERSON', month, projectId: null }),
        costs.budgets(viewer),
      ])
      return {
        quota,
        costs: rows.find(({ key }) => key === viewer.id)?.costs ?? [],
        budgets: budgets.filter(({ personId }) => personId === viewer.id),
      }
    },
  }),
)
