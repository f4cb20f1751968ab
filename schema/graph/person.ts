import { builder, viewerOf } from '../builder.ts'
import { connectionOf, pageOf } from './page.ts'
import { PersonRef } from './refs.ts'

const RoleEnum = builder.enumType('Role', {
  description: 'What a person may do.',
  values: {
    ADMINISTRATOR: { value: 'administrator', description: 'Everything.' },
    RESEARCHER: { value: 'researcher', description: 'Makes projects, specs and runs.' },
    REVIEWER: { value: 'reviewer', description: 'Judges candidates.' },
    VIEWER: { value: 'viewer', description: 'Reads.' },
  } as const,
})

builder.node(PersonRef, {
  description: 'Someone who uses the platform.',
  id: { description: 'Relay id.', resolve: (person) => person.id },
  loadOne: (id, context) => (context.viewer?.id === id ? context.viewer : null),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the person is called here.' }),
    role: t.field({
      type: RoleEnum,
      description: 'What the person may do.',
      resolve: (person) => person.role,
    }),
  }),
})

builder.queryField('persons', (t) =>
  t.connection({
    type: PersonRef,
    description: 'Everybody, the first to come first, for an administrator; for others themselves.',
    authScopes: { signedIn: true },
    resolve: async (_root, args, context) =>
      connectionOf(
        await context.ports.persons.list(viewerOf(context), pageOf(args)),
        (person) => person.id,
      ),
  }),
)

builder.queryField('viewer', (t) =>
  t.field({
    type: PersonRef,
    description: 'Who asks.',
    authScopes: { signedIn: true },
    resolve: (_root, _args, context) => viewerOf(context),
  }),
)
