import { graphql } from '../graph/graphql.ts'
import { formatDate } from '../text/format.ts'
import { useText } from '../text/Text.tsx'

/** Whom {@link ownersOf} lists. */
export const OwnersParts = graphql(`
  fragment OwnersParts on Query {
    persons(first: 100) {
      edges {
        node {
          id
          name
        }
      }
    }
    projects(first: 100) {
      edges {
        node {
          id
          name
          createdAt
        }
      }
    }
  }
`)

interface Named {
  readonly id: string
  readonly name: string
  readonly createdAt?: string
}

export interface Owners {
  readonly projects: readonly Named[]
  readonly persons: readonly Named[]
}

interface Connected {
  readonly edges: readonly ({ readonly node: Named | null } | null)[] | null
}

/** Who can be chosen: the first hundred of each kind, and whoever has a limit. */
export function ownersOf(
  { projects, persons }: { readonly projects: Connected; readonly persons: Connected },
  limited: readonly { readonly owner: string | null; readonly name: string }[],
): Owners {
  const listed = (connection: Connected, kind: 'person' | 'project'): Named[] => {
    const nodes = connection.edges?.flatMap((edge) => (edge?.node == null ? [] : [edge.node])) ?? []
    const others = limited.flatMap(({ owner, name }) =>
      owner !== null && kind in ownerInput(owner) && nodes.every(({ id }) => id !== owner)
        ? [{ id: owner, name }]
        : [],
    )
    return [...nodes, ...others]
  }
  return { projects: listed(projects, 'project'), persons: listed(persons, 'person') }
}

/** Whom an id stands for, as an input names it; empty: everything. */
export function ownerInput(id: string): { project?: string; person?: string } {
  if (id === '') return {}
  return atob(id).startsWith('Person:') ? { person: id } : { project: id }
}

interface OwnerSelectProps {
  readonly label: string
  readonly owners: Owners
  readonly value: string
  /** What the empty choice stands for; none without it. */
  readonly everything?: string
  readonly help?: string
  onChange(id: string): void
}

/** For whom a limit or a budget is: a project or a person. */
export function OwnerSelect({
  label,
  owners,
  value,
  everything,
  help,
  onChange,
}: OwnerSelectProps) {
  const { t, language, say } = useText()
  // Many a project is called "Cat": then it is told when it began.
  const nameOf = ({ name, createdAt }: Named) =>
    createdAt !== undefined && owners.projects.filter((it) => it.name === name).length > 1
      ? `${say(name)} · ${formatDate(createdAt, language)}`
      : say(name)
  return (
    <label>
      {label}
      <select name="owner" value={value} onChange={(event) => onChange(event.target.value)}>
        {everything !== undefined && <option value="">{everything}</option>}
        {owners.projects.length > 0 && (
          <optgroup label={t.costs.group['PROJECT']}>
            {owners.projects.map((it) => (
              <option key={it.id} value={it.id}>
                {nameOf(it)}
              </option>
            ))}
          </optgroup>
        )}
        {owners.persons.length > 0 && (
          <optgroup label={t.costs.group['PERSON']}>
            {owners.persons.map((it) => (
              <option key={it.id} value={it.id}>
                {it.name}
              </option>
            ))}
          </optgroup>
        )}
      </select>
      {help !== undefined && <small>{help}</small>}
    </label>
  )
}
