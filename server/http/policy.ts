import { randomUUID } from 'node:crypto'
import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLFormattedError,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { DomainError, InvalidError, type ErrorCode } from '#schema/domain/errors.ts'

/** What one operation may be, on HTTP and on WebSocket alike (design 08). */
export const limits = {
  /** Bytes of an HTTP body. */
  body: 1_000_000,
  /** Bytes of a WebSocket message. */
  message: 64 * 1024,
  tokens: 4_000,
  depth: 14,
  aliases: 60,
  directives: 40,
  /** Operations at once on one socket. */
  operations: 100,
} as const

function bad(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_INPUT' } })
}

/** `known` holds each fragment's depth once measured: spread twice at each level, they would take 2^n steps. */
function depthOf(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known: Map<string, number>,
): number {
  let deepest = 0
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const below =
        selection.selectionSet === undefined ? 0 : depthOf(selection.selectionSet, fragments, known)
      deepest = Math.max(deepest, 1 + below)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      deepest = Math.max(deepest, depthOf(selection.selectionSet, fragments, known))
    } else {
      const name = selection.name.value
      const fragment = fragments.get(name)
      if (fragment === undefined) continue
      let depth = known.get(name)
      if (depth === undefined) {
        // A cycle ends here; it is another rule's fault to name.
        known.set(name, 0)
        depth = depthOf(fragment.selectionSet, fragments, known)
        known.set(name, depth)
      }
      deepest = Math.max(deepest, depth)
    }
  }
  return deepest
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  )
}

function sizeRule(context: ValidationContext): ASTVisitor {
  let aliases = 0
  let directives = 0
  return {
    Field(node) {
      if (node.alias !== undefined) aliases += 1
      if (aliases === limits.aliases + 1)
        context.reportError(bad(`The operation has more than ${limits.aliases} aliases: split it.`))
    },
    Directive() {
      directives += 1
      if (directives === limits.directives + 1) {
        context.reportError(
          bad(`The operation has more than ${limits.directives} directives: split it.`),
        )
      }
    },
    OperationDefinition(node) {
      const depth = depthOf(node.selectionSet, fragmentsOf(context.getDocument()), new Map())
      if (depth > limits.depth) {
        context.reportError(
          bad(`The operation is more than ${limits.depth} fields deep: ask for less at once.`),
        )
      }
    },
  }
}

/** The rules beyond the specification's own. */
export function validationRules(introspection: boolean): ValidationRule[] {
  return introspection ? [sizeRule] : [sizeRule, NoSchemaIntrospectionCustomRule]
}

const codes: Record<string, ErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'BAD_INPUT',
  GRAPHQL_VALIDATION_FAILED: 'BAD_INPUT',
  BAD_USER_INPUT: 'BAD_INPUT',
  BAD_REQUEST: 'BAD_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_INPUT',
}

/** What Pothos says of an id in `node` that is none, or of no type. */
const unknownId = /^Invalid global ID: |^\w+ has not been implemented$/

function cause(error: unknown): unknown {
  let current = error
  while (current instanceof GraphQLError && current.originalError !== undefined)
    current = current.originalError
  return current
}

export type Log = (message: string, facts?: object) => void

/**
 * What leaves the process of an error: the facts of a DomainError, the text of a malformed operation, and of
 * everything else only a number to look for in the log. Never a stack, SQL or a path of this machine.
 */
export function maskError(error: unknown, log: Log): GraphQLFormattedError {
  const original = cause(error)
  const place =
    error instanceof GraphQLError
      ? {
          ...(error.locations === undefined ? {} : { locations: error.locations }),
          ...(error.path === undefined ? {} : { path: error.path }),
        }
      : {}
  if (original instanceof InvalidError) {
    return {
      message: original.message,
      ...place,
      extensions: { code: original.code, problems: original.problems },
    }
  }
  if (original instanceof DomainError) {
    return {
      message: original.message,
      ...place,
      extensions: { code: original.code, facts: original.facts },
    }
  }
  // An address that was mistyped or cut off: a page says that there is nothing there, not how ids are made.
  if (original instanceof GraphQLError && unknownId.test(original.message)) {
    return {
      message: 'There is nothing with this id.',
      ...place,
      extensions: { code: 'NOT_FOUND' },
    }
  }
  if (original instanceof GraphQLError) {
    const given = original.extensions['code']
    // With a path it was raised while answering: a fault of ours, whatever its text says.
    const raised = original.path === undefined ? 'BAD_INPUT' : undefined
    const code = given === 'BAD_INPUT' ? given : typeof given === 'string' ? codes[given] : raised
    if (code !== undefined) {
      return {
        message: original.message.replace(/ Did you mean .*$/s, ''),
        ...place,
        extensions: { code },
      }
    }
  }
  if (original instanceof Error && original.name === 'ForbiddenError') {
    return {
      message: 'Your role does not allow this; ask an administrator.',
      ...place,
      extensions: { code: 'FORBIDDEN' },
    }
  }
  const reference = randomUUID().slice(0, 8)
  log('unexpected error', {
    reference,
    error: original instanceof Error ? (original.stack ?? original.message) : String(original),
  })
  return {
    message: `Something went wrong on our side; the server’s log has more under ${reference}.`,
    ...place,
    extensions: { code: 'INTERNAL' },
  }
}
