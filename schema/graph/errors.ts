import { builder } from '../builder.ts'
import { DomainError, InvalidError, type Problem } from '../domain/errors.ts'

const ErrorInterface = builder.interfaceRef<DomainError>('Error').implement({
  description: 'Why something was not done, for a person to act on.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable; switch on it.' }),
    message: t.exposeString('message', {
      description: 'One sentence that names the culprit and what to do.',
    }),
  }),
})

export const ProblemType = builder.objectRef<Problem>('Problem').implement({
  description: 'One fault, with the path of its culprit.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where it is, such as components[2].name.' }),
    code: t.exposeString('code', { description: 'Stable; switch on it.' }),
    message: t.exposeString('message', { description: 'What is wrong and how to mend it.' }),
  }),
})

builder.objectType(DomainError, {
  name: 'Refused',
  description: 'It cannot be done as things are.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    facts: t.field({
      type: 'JSON',
      description: 'Figures and names that belong to the message.',
      resolve: (error) => error.facts,
    }),
  }),
})

builder.objectType(InvalidError, {
  name: 'BadInput',
  description: 'The input has faults; all of them are told at once.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    problems: t.field({
      type: [ProblemType],
      description: 'The faults, at most 1,000.',
      resolve: (error) => error.problems.slice(0, 1_000),
    }),
  }),
})

/** The typed errors of every mutation; subclasses first. */
export const errorTypes = [InvalidError, DomainError]
