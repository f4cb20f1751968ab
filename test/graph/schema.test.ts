import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLOutputType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '#schema/index.ts'

// Relay's own types and fields speak for themselves.
const relays = /^(Node|PageInfo)$|(Connection|Edge)$/
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type))
const node = schema.getType('Node')

function bare(type: GraphQLOutputType): { name: string; isList: boolean } {
  let current: GraphQLOutputType = type
  let isList = false
  for (;;) {
    if (isNonNullType(current)) current = current.ofType
    else if (isListType(current)) {
      isList = true
      current = current.ofType
    } else return { name: current.name, isList }
  }
}

function rootFields(): [string, GraphQLField<unknown, unknown>][] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
    (root) => Object.entries(root?.getFields() ?? {}),
  )
}

describe('the schema’s promises', () => {
  it('describes every type, field, argument and input field', () => {
    const missing: string[] = []
    for (const type of types) {
      if (relays.test(type.name)) continue
      if (isObjectType(type) || isInterfaceType(type)) {
        if (!type.description) missing.push(type.name)
        for (const field of Object.values(type.getFields())) {
          if (!field.description && !['id', 'node', 'nodes'].includes(field.name))
            missing.push(`${type.name}.${field.name}`)
          for (const argument of field.args) {
            const relaysOwn = ['first', 'after', 'last', 'before', 'id', 'ids'].includes(
              argument.name,
            )
            if (!argument.description && !relaysOwn)
              missing.push(`${type.name}.${field.name}(${argument.name})`)
          }
        }
      } else if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields()))
          if (!field.description) missing.push(`${type.name}.${field.name}`)
      } else if ((isEnumType(type) || isUnionType(type)) && !type.description)
        missing.push(type.name)
    }
    expect(missing).toEqual([])
  })

  it('gives every mutation one input and a union of the entity and both errors', () => {
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {})
    expect(fields.length).toBeGreaterThan(15)
    for (const field of fields) {
      expect([field.name, field.args.map((argument) => argument.name)]).toEqual([
        field.name,
        ['input'],
      ])
      const result = schema.getType(bare(field.type).name)
      expect([field.name, isUnionType(result)]).toEqual([field.name, true])
      if (!isUnionType(result)) continue
      const members = result.getTypes().map((type) => type.name)
      expect(members).toEqual(expect.arrayContaining(['BadInput', 'Refused']))
      expect(members).toHaveLength(3)
    }
  })

  it('has a connection for every list of nodes', () => {
    const lists: string[] = []
    for (const type of types) {
      if (!isObjectType(type) || /(Connection)$/.test(type.name)) continue
      for (const field of Object.values(type.getFields())) {
        const { name, isList } = bare(field.type)
        const target = schema.getType(name)
        const isNode =
          target === node ||
          (isObjectType(target) && target.getInterfaces().some((it) => it === node))
        if (isList && isNode && field.name !== 'nodes') lists.push(`${type.name}.${field.name}`)
      }
    }
    expect(lists).toEqual([])
  })

  it('judges access on every root field', () => {
    const open: string[] = []
    for (const [name, field] of rootFields()) {
      // node and nodes load through ports that ask for the viewer.
      if (['node', 'nodes'].includes(name)) continue
      const options = field.extensions['pothosOptions'] as { authScopes?: unknown } | undefined
      if (options?.authScopes === undefined) open.push(name)
    }
    expect(open).toEqual([])
  })
})
