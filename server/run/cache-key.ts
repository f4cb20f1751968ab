import { canonicalJson, sha256Text, type Json } from '#schema/domain/canonical-json.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'

/** What a step's result depends on (design 05). Equal fields, equal result: it need not run again. */
export interface CacheFields {
  readonly image: string
  readonly command: Json
  readonly params: Json
  readonly environment: Json
  /** Input name -> content hash. */
  readonly inputs: Readonly<Record<string, string>>
  readonly outputs: readonly string[]
  readonly device: string
  /** Only for a step that says by nothing else what data it reads. */
  readonly storage?: Json
}

export function cacheFields(
  spec: Spec,
  component: Component,
  digest: string,
  inputs: Readonly<Record<string, string>>,
  device: string,
): CacheFields {
  const names = (component.outputs ?? []).map((port) => `${port.name}:${port.type}`).sort()
  const blind = component.params['dataset'] === undefined && Object.keys(inputs).length === 0
  return {
    image: digest,
    command: [...(component.command ?? []), ...(component.args ?? [])],
    params: component.params,
    environment: { ...spec.envVars },
    inputs,
    outputs: names,
    device,
    ...(blind ? { storage: { type: spec.storage.type, path: spec.storage.path } } : {}),
  }
}

export function cacheKey(fields: CacheFields): string {
  return sha256Text(canonicalJson(fields))
}

function show(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const words: Readonly<Record<string, string>> = {
  image: 'its code or environment',
  command: 'its command',
  outputs: 'its declared outputs',
  device: 'the kind of device',
  storage: 'the place of its data',
}

/** Names the first field in which a step differs from an earlier one, innermost name first; null when none does. */
export function differingField(before: CacheFields, now: CacheFields): string | null {
  for (const key of [
    'image',
    'command',
    'params',
    'inputs',
    'environment',
    'outputs',
    'device',
    'storage',
  ] as const) {
    const [old, fresh] = [before[key], now[key]]
    if (canonicalJson(old ?? null) === canonicalJson(fresh ?? null)) continue
    if (key !== 'params' && key !== 'inputs' && key !== 'environment') {
      return `${words[key] ?? key} changed`
    }
    const [left, right] = [old as Record<string, Json>, fresh as Record<string, Json>]
    const name = [...new Set([...Object.keys(left), ...Object.keys(right)])]
      .sort()
      .find((name) => canonicalJson(left[name] ?? null) !== canonicalJson(right[name] ?? null))
    if (name === undefined) continue
    if (key === 'inputs') return `its input "${name}" changed`
    const noun = key === 'params' ? 'setting' : 'variable'
    return `the ${noun} "${name}" changed from ${show(left[name])} to ${show(right[name])}`
  }
  return null
}
