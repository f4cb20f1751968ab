import { builder, viewerOf, type Context } from '../builder.ts'
import type { AttributeSettings, AttributeShares } from '../domain/attribute.ts'
import { DomainError } from '../domain/errors.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Pool } from '../domain/pool.ts'
import { rawId } from './global-id.ts'
import { defineMutation } from './mutation.ts'
import { PoolRef } from './refs.ts'

const SettingsType = builder.objectRef<AttributeSettings>('AttributeSettings').implement({
  description:
    'Person attributes of a project’s pictures: off until a person turns them on, told of groups only.',
  fields: (t) => ({
    on: t.exposeBoolean('on', { description: 'Whether they are kept.' }),
    names: t.stringList({ description: 'Which ones there are.', resolve: (it) => [...it.names] }),
  }),
})

const ValueType = builder
  .objectRef<AttributeShares['values'][number]>('AttributeValueShare')
  .implement({
    description: 'How the pictures with one value fare in the set; five or more in the pool.',
    fields: (t) => ({
      value: t.exposeString('value', { description: 'The value.' }),
      pool: t.exposeInt('pool', { description: 'Pictures of the pool that have it.' }),
      ratio: t.exposeFloat('ratio', {
        description: 'Share of the set over share of the pool; 1 is fair.',
      }),
      flagged: t.exposeBoolean('flagged', { description: 'Under 0.8.' }),
    }),
  })

export const AttributeSharesType = builder.objectRef<AttributeShares>('AttributeShares').implement({
  description: 'How the values of a person attribute fare in the set; groups only.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The attribute.' }),
    values: t.field({
      type: [ValueType],
      description: 'The largest group first.',
      resolve: (it) => [...it.values],
    }),
    hidden: t.exposeInt('hidden', {
      description: 'Values that are not told, because too few pictures have them.',
    }),
  }),
})

builder.objectFields(PoolRef, (t) => ({
  attributes: t.field({
    type: SettingsType,
    description: 'Whether person attributes are kept, and which.',
    resolve: (it, _args, context) => context.ports.attributes.of(viewerOf(context), it.id),
  }),
}))

async function poolAfter(
  { ports, viewer }: Context & { viewer: Viewer },
  id: Id,
  work: Promise<unknown>,
): Promise<Pool> {
  await work
  const pool = await ports.pools.byId(viewer, id)
  if (pool === null) throw new DomainError('NOT_FOUND', 'There is no such pool.')
  return pool
}

defineMutation('attributesTurnOn', {
  description:
    'Lets the project keep person attributes of its pictures, from labels of your own; nothing is inferred.',
  type: PoolRef,
  scope: 'researcher',
  input: (t) => ({ pool: t.id({ description: 'The pool.' }) }),
  resolve: (input, context) => {
    const id = rawId(input.pool, 'Pool')
    return poolAfter(context, id, context.ports.attributes.turnOn(context.viewer, id))
  },
})

defineMutation('attributesTurnOff', {
  description: 'Stops keeping person attributes, and deletes them all.',
  type: PoolRef,
  scope: 'researcher',
  input: (t) => ({ pool: t.id({ description: 'The pool.' }) }),
  resolve: (input, context) => {
    const id = rawId(input.pool, 'Pool')
    return poolAfter(context, id, context.ports.attributes.turnOff(context.viewer, id))
  },
})

defineMutation('attributesImport', {
  description: 'Takes person attributes from a CSV text of your own; those of the same name go.',
  type: PoolRef,
  scope: 'researcher',
  input: (t) => ({
    pool: t.id({ description: 'The pool.' }),
    csv: t.string({
      description: 'A first line "file,<attribute>,…", then a line for each picture.',
    }),
  }),
  resolve: (input, context) => {
    const id = rawId(input.pool, 'Pool')
    return poolAfter(context, id, context.ports.attributes.import(context.viewer, id, input.csv))
  },
})
