import type { Json } from '#schema/domain/canonical-json.ts'

/** PARAM_<NAME> of the component contract: texts as they are, everything else as JSON. */
export function paramEnvironment(params: Readonly<Record<string, Json>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      `PARAM_${name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}
