import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import ValidationPlugin from '@pothos/plugin-validation'
import { DomainError } from './domain/errors.ts'
import type { Viewer } from './domain/person.ts'
import type { Ports } from './ports.ts'

/** What every resolver gets: the ports, and who asks (null: nobody signed in). */
export interface Context {
  readonly ports: Ports
  readonly viewer: Viewer | null
}

export interface GraphTypes {
  Context: Context
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: true
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  AuthScopes: {
    /** Anyone who is signed in. */
    signedIn: boolean
    /** May judge candidates: reviewer and above. */
    reviewer: boolean
    /** May make and run things: researcher and above. */
    researcher: boolean
    administrator: boolean
  }
  Scalars: {
    ID: { Input: string; Output: string | number }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: unknown; Output: unknown }
  }
}

/**
 * The one builder. Plugins wrap from the outside in: errors catches what the others throw (a denied access stays a
 * GraphQL error: only DomainErrors become results), then access is judged, then inputs, then data is loaded.
 */
export const builder = new SchemaBuilder<GraphTypes>({
  plugins: [
    ErrorsPlugin,
    RelayPlugin,
    ScopeAuthPlugin,
    ValidationPlugin,
    DataloaderPlugin,
    ComplexityPlugin,
  ],
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  errors: { directResult: true, defaultTypes: [] },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, context) =>
      context.viewer === null
        ? new DomainError('UNAUTHENTICATED', 'Sign in first: send the token of this installation.')
        : new DomainError('FORBIDDEN', 'Your role does not allow this; ask an administrator.'),
    authScopes: ({ viewer }) => ({
      signedIn: viewer !== null,
      reviewer: viewer !== null && viewer.role !== 'viewer',
      researcher: viewer?.role === 'researcher' || viewer?.role === 'administrator',
      administrator: viewer?.role === 'administrator',
    }),
  },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    limit: { complexity: 20_000, depth: 14, breadth: 400 },
    complexityError: (kind) =>
      new DomainError(
        'BAD_INPUT',
        `The operation asks for too much at once (${kind}): split it, or ask for shorter lists.`,
      ),
  },
})

/** The viewer of a field whose scope asked for one. */
export function viewerOf(context: Context): Viewer {
  if (context.viewer === null)
    throw new DomainError('UNAUTHENTICATED', 'Sign in first: send the token of this installation.')
  return context.viewer
}

builder.queryType({ description: 'What can be read.' })
builder.mutationType({
  description: 'What can be done; every result is the entity or a typed error.',
})
builder.subscriptionType({ description: 'What can be watched.' })

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never

/** What an object type's `fields` gets, for fields that several types share. */
export type FieldBuilder<Shape> = PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>
