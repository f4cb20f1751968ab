import type { Json, JsonObject } from '#schema/domain/canonical-json.ts'
import type { SpecChange } from '#schema/ports/request.ts'

const most = 200

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Components go by name, whatever their place; other lists by place. */
function keyed(
  value: Json | undefined,
): { keys: string[]; of(key: string): Json | undefined } | null {
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    const names = list.map((item) =>
      isObject(item) && typeof item['name'] === 'string' ? item['name'] : null,
    )
    const named = names.length > 0 && names.every((name) => name !== null)
    const keys = named ? names : list.map((_, index) => String(index))
    if (new Set(keys).size !== keys.length) return null
    return { keys, of: (key) => list[keys.indexOf(key)] }
  }
  return isObject(value) ? { keys: Object.keys(value), of: (key) => value[key] } : null
}

/** What differs between two wire specs, leaf by leaf; `created_at`, id and version are not what runs. */
export function specChanges(before: JsonObject, after: JsonObject): SpecChange[] {
  const changes: SpecChange[] = []
  const walk = (path: string, a: Json | undefined, b: Json | undefined): void => {
    if (changes.length >= most || JSON.stringify(a) === JSON.stringify(b)) return
    const [one, two] = [keyed(a), keyed(b)]
    if (one === null || two === null || Array.isArray(a) !== Array.isArray(b)) {
      changes.push({ path, before: a ?? null, after: b ?? null })
      return
    }
    for (const key of new Set([...one.keys, ...two.keys]))
      walk(path === '' ? key : `${path}.${key}`, one.of(key), two.of(key))
  }
  for (const part of ['name', 'env_vars', 'components', 'workflow', 'storage'])
    walk(part, before[part], after[part])
  return changes
}
