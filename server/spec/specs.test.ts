import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { read } from '#intelligence/index.ts'
import { InvalidError } from '#schema/domain/errors.ts'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { SpecsPort } from '#schema/ports/spec.ts'
import type { Db } from '#server/db/pool.ts'
import { makeProject, makeViewer } from '#test/engine/make-engine.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { createSpecs, nextVersion, pipelineIdOf } from './specs.ts'

describeOnBoth('BL-04 BL-05 specs', (open) => {
  let db: Db
  let specs: SpecsPort
  let viewer: Viewer
  let projectId: string
  let example: string

  beforeAll(async () => {
    db = (await open()).db
    specs = createSpecs({
      db,
      now: () => new Date('2026-11-21T09:00:00.000Z'),
      newId: () => newId(),
      device: () => Promise.resolve({ gpus: 0, gpuMemoryGb: 0 }),
    })
    viewer = await makeViewer(db)
    projectId = await makeProject(db, viewer)
    example = await readFile(
      join(import.meta.dirname, '../../test/spec/llm-finetune-v3.json'),
      'utf8',
    )
  })

  async function goalWithDataset(
    text: string,
  ): Promise<{ goalId: string; datasetVersionId: string }> {
    const [goalId, datasetVersionId] = [newId(), newId()]
    const { slots, question, language } = read(text)
    await db
      .insertInto('goal')
      .values({ id: goalId, project_id: projectId, text, language, created_by: viewer.id })
      .execute()
    await db
      .insertInto('intent')
      .values({
        id: newId(),
        goal_id: goalId,
        revision: 1,
        body: JSON.stringify({ slots, question }),
      })
      .execute()
    const hex = datasetVersionId.replaceAll('-', '').padEnd(64, '0')
    await db
      .insertInto('dataset_version')
      .values({
        id: datasetVersionId,
        project_id: projectId,
        curation_id: null,
        hash: `sha256:${hex}`,
        manifest: '{"images":[]}',
        image_count: 16,
        trigger_word: 'sks',
        class_noun: 'cat',
        created_by: viewer.id,
      })
      .execute()
    return { goalId, datasetVersionId }
  }

  it('gives a stored text back byte for byte', async () => {
    const stored = await specs.store(viewer, { id: null, projectId, text: example })
    expect(stored.text).toBe(example)
    expect((await specs.byId(viewer, stored.id))?.text).toBe(example)
    expect(stored.hash).toBe(specs.check(example).hash)
  })

  it('BL-09 refuses a text with faults and names each culprit', async () => {
    const wire = JSON.parse(example) as { workflow: object[] }
    wire.workflow.push({ from: 'evaluator', to: 'nobody' }, { from: 'trainer', to: 'trainer' })
    const text = JSON.stringify(wire)
    const error: unknown = await specs
      .store(viewer, { id: null, projectId, text })
      .catch((refused: unknown) => refused)
    if (!(error instanceof InvalidError)) throw new Error('It was not refused.')
    expect(error.code).toBe('SPEC_INVALID')
    expect(error.problems.some(({ message }) => message.includes('nobody'))).toBe(true)
    expect(error.problems.some(({ message }) => message.includes('trainer'))).toBe(true)
    expect(specs.check(text).hash).toBeNull()
    await expect(
      specs.store(viewer, { id: null, projectId, text: 'no JSON' }),
    ).rejects.toMatchObject({
      code: 'SPEC_INVALID',
    })
  })

  it('stores once however often it is sent, and refuses the id for anything else', async () => {
    const input = { id: newId(), projectId, text: example }
    const one = await specs.store(viewer, input)
    expect((await specs.store(viewer, input)).id).toBe(one.id)
    const other = example.replace('"epochs": 30', '"epochs": 31')
    await expect(specs.store(viewer, { ...input, text: other })).rejects.toMatchObject({
      code: 'ID_REUSED',
    })
  })

  it('synthesises from the newest intent, with settings, once per id', async () => {
    const { goalId, datasetVersionId } = await goalWithDataset('train a LoRA of my cat')
    const input = { id: newId(), goalId, datasetVersionId, settings: { steps: 33 } }
    const spec = await specs.synthesise(viewer, input)
    expect(specs.settings(spec, 'en').find((it) => it.name === 'steps')?.value).toBe(33)
    const korean = specs.settings(spec, 'ko').find((it) => it.name === 'seed')!
    expect(korean.reason).toMatch(/시드가 같으면/)
    expect(spec.estimate!.seconds.low).toBeGreaterThan(0)
    expect((await specs.synthesise(viewer, input)).id).toBe(spec.id)
    await expect(
      specs.synthesise(viewer, { ...input, settings: { steps: 34 } }),
    ).rejects.toMatchObject({ code: 'ID_REUSED' })
    await expect(
      specs.synthesise(viewer, { ...input, id: null, settings: { steps: -1, nonsense: 1 } }),
    ).rejects.toMatchObject({ problems: [{ path: 'steps' }, { path: 'nonsense' }] })
  })

  it('names the slot of an intent that cannot be planned', async () => {
    const made = await goalWithDataset('train a LoRA of my cat on FLUX')
    await expect(
      specs.synthesise(viewer, { id: null, ...made, settings: null }),
    ).rejects.toMatchObject({ code: 'INTENT_UNSUPPORTED', facts: { slot: 'baseModel' } })
  })

  it('adjusts into the next version and leaves the old one as it is', async () => {
    const made = await goalWithDataset('train a LoRA of my cat')
    const spec = await specs.synthesise(viewer, { id: null, ...made, settings: null })
    const next = await specs.adjust(viewer, { id: null, specId: spec.id, settings: { rank: 4 } })
    const third = await specs.adjust(viewer, { id: null, specId: spec.id, settings: { rank: 8 } })
    expect([spec.version, next.version, third.version]).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    expect(next.pipelineId).toBe(spec.pipelineId)
    expect(next.intentId).toBe(spec.intentId)
    expect(next.hash).not.toBe(spec.hash)
    expect(await specs.byId(viewer, spec.id)).toEqual(spec)
  })

  it('shows nothing to people of other projects', async () => {
    const stored = await specs.store(viewer, { id: null, projectId, text: example })
    const stranger = await makeViewer(db)
    expect(await specs.byId(stranger, stored.id)).toBeNull()
    const page = { first: 10, after: null }
    await expect(specs.list(stranger, projectId, page)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(
      specs.adjust(stranger, { id: null, specId: stored.id, settings: {} }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(
      specs.store(stranger, { id: null, projectId, text: example }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('lists newest first, page by page', async () => {
    const all = await specs.list(viewer, projectId, { first: 100, after: null })
    const one = await specs.list(viewer, projectId, { first: 1, after: null })
    const two = await specs.list(viewer, projectId, { first: 1, after: one.nodes[0]!.id })
    expect([one.nodes[0]!.id, two.nodes[0]!.id]).toEqual(all.nodes.slice(0, 2).map(({ id }) => id))
    expect(one.hasNextPage).toBe(true)
  })

  it('numbers versions and pipelines', () => {
    expect(nextVersion(['1.0.9', '1.0.10'], '1.0.0')).toBe('1.0.11')
    expect(nextVersion(['draft'], 'draft')).toBe('draft-2')
    expect(pipelineIdOf(newId())).toMatch(/^PL-[A-Z0-9]{6}$/)
  })
})
