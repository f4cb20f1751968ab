import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './graphql-env.d.ts'

/** Any JSON value, as the scalar JSON carries it. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Typed documents of schema/schema.graphql. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  scalars: { DateTime: string; JSON: Json }
  disableMasking: true
}>()

export type { ResultOf, VariablesOf } from 'gql.tada'
