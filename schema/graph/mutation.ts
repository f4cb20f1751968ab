import type {
  InputFieldBuilder,
  InputFieldMap,
  InputShapeFromFields,
  SchemaTypes,
  ObjectRef,
} from '@pothos/core'
import { builder, viewerOf, type Context, type GraphTypes } from '../builder.ts'
import type { Viewer } from '../domain/person.ts'
import { errorTypes } from './errors.ts'

type Types = PothosSchemaTypes.ExtendDefaultTypes<GraphTypes>
type Scope = keyof GraphTypes['AuthScopes']

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/**
 * A mutation as design 02 has it: noun first, one `input`, a result union of the entity and the typed errors.
 *
 * @example defineMutation('runCancel', { description: '…', type: RunType, scope: 'researcher',
 *   input: (t) => ({ run: t.id({ description: 'The run.' }) }), resolve: (input, { viewer, ports }) => ports.runs.cancel(viewer, rawId(input.run, 'Run')) })
 */
export function defineMutation<Shape, Fields extends InputFieldMap>(
  name: string,
  options: {
    description: string
    type: ObjectRef<Types & SchemaTypes, Shape>
    scope: Scope
    input: (t: InputFieldBuilder<Types, 'InputObject'>) => Fields
    resolve: (
      input: InputShapeFromFields<Fields>,
      context: Context & { viewer: Viewer },
    ) => Promise<Shape>
  },
): void {
  const input = builder.inputType(`${capital(name)}Input`, {
    description: `What ${name} needs.`,
    fields: options.input,
  })
  builder.mutationField(name, (t) =>
    t.field({
      type: options.type as never,
      description: options.description,
      authScopes: { [options.scope]: true },
      errors: {
        types: errorTypes,
        union: { description: `What ${name} gives: the entity, or why it was not done.` },
      },
      args: { input: t.arg({ type: input, description: 'The input.' }) },
      resolve: ((_root: unknown, args: { input: unknown }, context: Context) =>
        options.resolve(args.input as InputShapeFromFields<Fields>, {
          ...context,
          viewer: viewerOf(context),
        })) as never,
    }),
  )
}
