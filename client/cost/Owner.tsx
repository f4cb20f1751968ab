import { useText } from '../text/Text.tsx'

interface Named {
  readonly id: string
  readonly name: string
}

export interface Owners {
  readonly projects: readonly Named[]
  readonly persons: readonly Named[]
}

/** The input of a limit for whom it is. */
export function ownerInput(owners: Owners, id: string): { project?: string; person?: string } {
  if (owners.persons.some((it) => it.id === id)) return { person: id }
  return id === '' ? {} : { project: id }
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
  const { t } = useText()
  return (
    <label>
      {label}
      <select name="owner" value={value} onChange={(event) => onChange(event.target.value)}>
        {everything !== undefined && <option value="">{everything}</option>}
        {owners.projects.length > 0 && (
          <optgroup label={t.costs.group['PROJECT']}>
            {owners.projects.map((it) => (
              <option key={it.id} value={it.id}>
                {it.name}
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
