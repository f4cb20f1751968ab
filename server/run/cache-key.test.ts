import { describe, expect, it } from 'vitest'
import { fourSteps } from '#test/engine/fake-components.ts'
import { cacheFields, cacheKey, differingField, type CacheFields } from './cache-key.ts'

describe('SC-07 the cache key', () => {
  const spec = fourSteps({ rate: 1, name: 'x' })
  const trainer = spec.components[2]!
  const fields = cacheFields(spec, trainer, 'sha256:a', { dataset: 'aa' }, 'cpu')

  it('does not depend on the order in which anything was written', () => {
    const turned = {
      ...trainer,
      params: Object.fromEntries(Object.entries(trainer.params).reverse()),
    }
    expect(cacheKey(cacheFields(spec, turned, 'sha256:a', { dataset: 'aa' }, 'cpu'))).toBe(
      cacheKey(fields),
    )
    expect(differingField(fields, fields)).toBeNull()
  })

  it.each<[string, Partial<CacheFields>, string]>([
    ['code', { image: 'sha256:b' }, 'its code or environment changed'],
    ['arguments', { command: ['--fast'] }, 'its command changed'],
    [
      'a setting',
      { params: { ...(fields.params as object), rate: 2 } },
      'the setting "rate" changed from 1 to 2',
    ],
    [
      'a new setting',
      { params: { ...(fields.params as object), more: 'y' } },
      'the setting "more" changed from absent to y',
    ],
    ['an input', { inputs: { dataset: 'bb' } }, 'its input "dataset" changed'],
    [
      'a variable',
      { environment: { GREETING: 'bye' } },
      'the variable "GREETING" changed from hello to bye',
    ],
    ['outputs', { outputs: [] }, 'its declared outputs changed'],
    ['the device', { device: 'A100' }, 'the kind of device changed'],
  ])('changes with %s, and names it', (_name, change, words) => {
    const now = { ...fields, ...change }
    expect(cacheKey(now)).not.toBe(cacheKey(fields))
    expect(differingField(fields, now)).toBe(words)
  })

  it('takes the place of the data in only where nothing else tells what is read', () => {
    const elsewhere = { ...spec, storage: { type: 'local', path: '/datasets/other' } }
    const loader = spec.components[0]!
    const key = (of: typeof spec, component: typeof loader, inputs: Record<string, string>) =>
      cacheKey(cacheFields(of, component, 'a', inputs, 'cpu'))
    expect(key(elsewhere, loader, {})).not.toBe(key(spec, loader, {}))
    expect(key(elsewhere, trainer, { dataset: 'aa' })).toBe(key(spec, trainer, { dataset: 'aa' }))
    const named = { ...loader, params: { dataset: 'sha256:x' } }
    expect(key(elsewhere, named, {})).toBe(key(spec, named, {}))
  })
})
