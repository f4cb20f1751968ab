import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { read, synthesise } from '#intelligence/index.ts'
import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { printSpec, specHash } from '#schema/domain/spec.ts'
import type { Db } from '#server/db/pool.ts'
import type { RunRecord } from '#server/run/reconciler.ts'
import { createDiskStore } from '#server/store/disk.ts'
import type { ArtifactStore } from '#server/store/artifact-store.ts'
import { makeProject, makeViewer } from '#test/engine/make-engine.ts'
import { describeOnBoth } from '#test/harness/database.ts'
import { zipEntries } from '../pool/zip-entries.ts'
import { folderNameOf } from './download.ts'
import { createModels, type Models } from './models.ts'

const hash = (digit: string): string => digit.repeat(64)

describeOnBoth('MD-01 MD-07 model versions', (open) => {
  let db: Db
  let folder: string
  let store: ArtifactStore
  let models: Models
  let viewer: Viewer
  let projectId: string
  let datasetId: string
  const goal = 'train a LoRA of my cat Fluffy'

  beforeAll(async () => {
    db = (await open()).db
    folder = await mkdtemp(join(tmpdir(), 'autodidact-models-'))
    store = createDiskStore({ root: folder })
    models = createModels({
      db,
      store,
      now: () => new Date(),
      newId: () => newId(),
      lockHash: () => 'the-lock',
      fileUrl: (sha256, name) => `/files/${sha256}/${name}`,
      downloadUrl: (id) => `/models/${id}/download`,
    })
    viewer = await makeViewer(db)
    projectId = await makeProject(db, viewer)
    datasetId = await makeDataset()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function makeDataset(): Promise<string> {
    const [poolId, curationId, id] = [newId(), newId(), newId()]
    await db.insertInto('pool').values({ id: poolId, project_id: projectId }).execute()
    await db
      .insertInto('curation')
      .values({
        id: curationId,
        pool_id: poolId,
        embedder: 'descriptor',
        seed: 1,
        round_size: 10,
        state: 'FINISHED',
        created_by: viewer.id,
      })
      .execute()
    const image = async (digit: string): Promise<string> => {
      const imageId = newId()
      await db
        .insertInto('image')
        .values({
          id: imageId,
          pool_id: poolId,
          sha256: hash(digit),
          blob_sha256: hash(digit),
          thumbnail_sha256: hash(digit),
          file_name: `${digit}.png`,
          format: 'png',
          width: 100,
          height: 200,
          bytes: 10,
          measures: JSON.stringify({ quality: 0.5 }),
          dhash: '0'.repeat(16),
        })
        .execute()
      return imageId
    }
    const [kept, refused] = [await image('a'), await image('b')]
    let verdicts = 10
    const verdict = async (
      imageId: string,
      value: 'ACCEPT' | 'REJECT',
      undone: boolean,
    ): Promise<void> => {
      await db
        .insertInto('verdict')
        .values({
          // Given by a page, so it does not tell the time.
          id: `${(verdicts -= 1)}0000000-0000-4000-8000-000000000000`,
          candidate_id: null,
          curation_id: curationId,
          image_id: imageId,
          person_id: viewer.id,
          value,
          milliseconds: 1,
          undone_at: undone ? new Date() : null,
        })
        .execute()
    }
    await verdict(kept, 'REJECT', false)
    await verdict(kept, 'ACCEPT', false)
    await verdict(refused, 'REJECT', false)
    await verdict(refused, 'ACCEPT', true)
    await db
      .insertInto('dataset_version')
      .values({
        id,
        project_id: projectId,
        curation_id: curationId,
        hash: `sha256:${hash('d')}`,
        manifest: JSON.stringify({
          images: [{ sha256: hash('a'), caption: 'a photo of fluffy cat' }],
        }),
        image_count: 1,
        trigger_word: 'fluffy',
        class_noun: 'cat',
        created_by: viewer.id,
      })
      .execute()
    await db
      .insertInto('dataset_image')
      .values({ dataset_version_id: id, image_id: kept, caption: 'a photo of fluffy cat' })
      .execute()
    return id
  }

  async function artifact(
    runId: string,
    stepId: string,
    name: string,
    type: string,
    files: Record<string, string>,
  ): Promise<void> {
    const kept = await Promise.all(
      Object.entries(files).map(async ([path, content]) => ({
        path,
        ...(await store.put(Buffer.from(content))),
      })),
    )
    await db
      .insertInto('artifact')
      .values({
        id: newId(),
        run_id: runId,
        step_id: stepId,
        attempt_id: null,
        name,
        type,
        sha256: hash('f'),
        bytes: 1,
        files: JSON.stringify(kept),
      })
      .execute()
  }

  /** A run that has ended well, with the rows that the engine leaves; without a model when `bare`. */
  async function endedRun(bare = false): Promise<RunRecord> {
    const { slots, question } = read(goal)
    const intent = { slots, question }
    const [goalId, intentId, specId, requestId, id] = [newId(), newId(), newId(), newId(), newId()]
    await db
      .insertInto('goal')
      .values({
        id: goalId,
        project_id: projectId,
        text: goal,
        language: 'en',
        created_by: viewer.id,
      })
      .execute()
    await db
      .insertInto('intent')
      .values({ id: intentId, goal_id: goalId, revision: 1, body: JSON.stringify(intent) })
      .execute()
    const spec = synthesise(
      intent,
      { hash: `sha256:${hash('d')}`, images: 1, classNoun: 'cat', triggerWord: 'fluffy' },
      {
        pipelineId: 'PL-AAAAAA',
        createdAt: '2026-11-21T09:00:00.000Z',
        device: { gpus: 0, gpuMemoryGb: 0 },
      },
    )
    await db
      .insertInto('spec')
      .values({
        id: specId,
        project_id: projectId,
        goal_id: goalId,
        intent_id: intentId,
        dataset_version_id: datasetId,
        pipeline_id: spec.pipelineId,
        name: spec.name,
        version: spec.version,
        hash: specHash(spec),
        body: printSpec(spec),
        created_by: viewer.id,
      })
      .execute()
    await db
      .insertInto('request')
      .values({
        id: requestId,
        project_id: projectId,
        spec_id: specId,
        spec_hash: specHash(spec),
        state: 'APPROVED',
        priority: 'NORMAL',
        resources: '{}',
        created_by: viewer.id,
      })
      .execute()
    const [startedAt, endedAt] = [
      new Date('2026-11-21T09:00:00Z'),
      new Date('2026-11-21T09:01:00Z'),
    ]
    await db
      .insertInto('run')
      .values({
        id,
        project_id: projectId,
        request_id: requestId,
        spec_id: specId,
        state: 'RUNNING',
        priority: 2,
        seed: 42,
        created_by: viewer.id,
        token_hash: null,
      })
      .execute()
    const steps = new Map<string, string>()
    for (const [ordinal, component] of spec.components.entries()) {
      const stepId = newId()
      steps.set(component.name, stepId)
      await db
        .insertInto('step')
        .values({
          id: stepId,
          run_id: id,
          name: component.name,
          type: component.type,
          ordinal,
          depends_on: [],
          state: 'SUCCEEDED',
          cache_fields: JSON.stringify({ image: `sha256:code-of-${component.name}` }),
          started_at: startedAt,
          ended_at: endedAt,
        })
        .execute()
    }
    if (!bare) {
      await artifact(id, steps.get('trainer')!, 'model', 'model', {
        'diffusers/pytorch_lora_weights.safetensors': 'weights one',
        'fluffy-tiny-sd-kohya.safetensors': 'weights two',
        'samples/step-000010-0.png': 'a sample',
        'model.json': JSON.stringify({
          base_model: 'tiny-sd',
          base_model_source: '',
          trigger_word: 'fluffy',
          class_noun: 'cat',
          prompt: 'a photo of fluffy cat',
          files: [
            { path: 'diffusers/pytorch_lora_weights.safetensors', format: 'diffusers' },
            { path: 'fluffy-tiny-sd-kohya.safetensors', format: 'kohya' },
          ],
          samples: [
            { file: 'samples/step-000010-0.png', prompt: 'a photo of fluffy cat', seed: 42 },
          ],
          environment: { torch: '2.0', device: 'cpu' },
        }),
      })
      await artifact(id, steps.get('evaluator')!, 'metrics', 'metrics', {
        'metrics.json': '{"identity_ratio": 2.5, "embedder": "a text"}',
      })
      await artifact(id, steps.get('evaluator')!, 'samples', 'file', {
        'grid.png': 'the grid',
        'lora-42.png': 'a lora sample',
        'photo-0.png': 'a photograph',
        'samples.json': JSON.stringify([
          { file: 'lora-42.png', kind: 'lora', prompt: 'a photo of fluffy cat', seed: 42 },
          { file: 'photo-0.png', kind: 'photo', prompt: null, seed: null },
        ]),
      })
    }
    return {
      id,
      projectId,
      requestId,
      specId,
      seed: 42,
      createdBy: viewer.id,
      createdAt: startedAt,
      startedAt,
      endedAt,
    }
  }

  async function record(run: RunRecord): Promise<string | null> {
    const made = await db.transaction().execute((trx) => models.record(trx, run))
    return made?.modelVersionId ?? null
  }

  it('a run that ends well becomes the next version, once', async () => {
    const run = await endedRun()
    const id = (await record(run))!
    expect(await record(run)).toBe(id)
    const first = (await models.port.versionById(viewer, id))!
    const second = (await models.port.versionById(viewer, (await record(await endedRun()))!))!
    expect([first.modelName, first.version, second.version]).toEqual(['Fluffy', 1, 2])
    expect(second.modelId).toBe(first.modelId)
    expect((await models.port.latest(viewer, first.modelId))?.id).toBe(second.id)
    expect((await models.port.versionOfRun(viewer, run.id))?.id).toBe(id)
    const { facts } = first
    expect(facts.files.map((file) => file.format).sort()).toEqual([
      'diffusers',
      'kohya',
      'metadata',
    ])
    expect(facts.samples.map((sample) => sample.path)).toEqual([
      'grid.png',
      'samples/lora-42.png',
      'samples/step-000010-0.png',
    ])
    expect(facts.metrics).toEqual([{ name: 'identity_ratio', value: 2.5 }])
    expect(first.bytes).toBe(facts.files.reduce((sum, file) => sum + file.bytes, 0))
  })

  it('its lineage leads back to goal, verdicts, images, plan, code and environment', async () => {
    const run = await endedRun()
    const { facts } = (await models.port.versionById(viewer, (await record(run))!))!
    const { nodes, edges } = facts.lineage
    const node = (key: string) => nodes.find((node) => node.key === key)!
    expect(node('goal').label).toBe(goal)
    // The latest word on each picture, and nothing that was undone.
    expect(node('verdicts').label).toBe('1 accepted, 1 rejected, 0 unsure')
    expect(node('verdicts').detail).toContain('Test')
    expect(node('images').detail).toContain(hash('a'))
    expect(node('dataset').detail).toBe(`sha256:${hash('d')}`)
    expect(node('spec').entity).toEqual({ type: 'Spec', id: run.specId })
    expect(node('code').detail).toContain('sha256:code-of-trainer')
    expect(node('environment').detail).toContain('the-lock')
    expect(node('run').label).toContain('42')
    // Everything reaches the model.
    const reaches = (key: string): boolean =>
      key === 'model' || edges.some((edge) => edge.from === key && reaches(edge.to))
    expect(nodes.filter(({ key }) => !reaches(key))).toEqual([])
    for (const { from, to } of edges) expect([node(from), node(to)]).not.toContain(undefined)
  })

  it('MD-08 the card and the snippets are made of facts', async () => {
    const version = (await models.port.versionById(viewer, (await record(await endedRun()))!))!
    const { card } = version.facts
    for (const fact of [
      'fluffy',
      'MIT',
      'Tiny SD',
      goal,
      `sha256:${hash('d')}`,
      'From 1 picture,',
    ]) {
      expect(card).toContain(fact)
    }
    expect(card).not.toMatch(/^base_model:/m)
    const snippets = models.port.snippets(version)
    expect(snippets.map((snippet) => snippet.tool)).toEqual(['diffusers', 'ComfyUI', 'A1111'])
    expect(snippets[0]!.code).toContain('from_pretrained("path/to/tiny-sd")')
    expect(snippets[2]!.code).toContain('<lora:fluffy-tiny-sd-kohya:1>')
  })

  it('MD-04 downloads as one zip of the size that was told', async () => {
    const id = (await record(await endedRun()))!
    const download = (await models.download(id))!
    const bytes = await buffer(download.stream)
    expect(bytes.length).toBe(download.bytes)
    expect(download.fileName).toMatch(/^fluffy-v\d+\.zip$/)
    const path = join(folder, `${id}.zip`)
    await writeFile(path, bytes)
    const names: string[] = []
    for await (const entry of zipEntries(path, { into: folder })) {
      expect(entry.kind).toBe('file')
      names.push(entry.fileName.replace(/^fluffy-v\d+\//, ''))
    }
    expect(names.sort()).toEqual([
      'README.md',
      'diffusers/pytorch_lora_weights.safetensors',
      'fluffy-tiny-sd-kohya.safetensors',
      'model.json',
    ])
    expect(await models.download(newId())).toBeNull()
    expect(folderNameOf('../../etc', 1)).toBe('etc-v1')
    expect(folderNameOf('고양이 Fluffy', 2)).toBe('고양이-fluffy-v2')
  })

  it('AD-00 keeps what the advisor learns from, without names or pictures', async () => {
    const run = await endedRun()
    await record(run)
    const { body } = await db
      .selectFrom('advisor_record')
      .select('body')
      .where('run_id', '=', run.id)
      .executeTakeFirstOrThrow()
    expect(body).toMatchObject({
      dataset: { images: 1, mean_height: 200, mean_quality: 0.5 },
      settings: { rank: expect.any(Number) as number },
      device: { device: 'cpu' },
      seconds: { total: 60, steps: { trainer: 60 } },
      cost: null,
      metrics: { identity_ratio: 2.5 },
    })
    expect(JSON.stringify(body)).not.toMatch(/fluffy|[ab]{64}/i)
  })

  it('keeps the stars and thumbs of each person', async () => {
    const id = (await record(await endedRun()))!
    await models.port.rate(viewer, id, 3)
    await models.port.rate(viewer, id, 5)
    await models.port.rateSample(viewer, id, 'samples/lora-42.png', false)
    expect(await models.port.rating(viewer, id)).toBe(5)
    expect(await models.port.thumbs(viewer, id)).toEqual([
      { path: 'samples/lora-42.png', up: false },
    ])
    for (const stars of [0, 6, 2.5, Number.NaN]) {
      await expect(models.port.rate(viewer, id, stars)).rejects.toMatchObject({ code: 'BAD_INPUT' })
    }
    await expect(
      models.port.rateSample(viewer, id, 'samples/photo-0.png', true),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const stranger = await makeViewer(db)
    expect(await models.port.versionById(stranger, id)).toBeNull()
    await expect(models.port.rate(stranger, id, 5)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(
      (await models.port.list(stranger, { first: 10, after: null, projectId: null })).nodes,
    ).toEqual([])
  })

  it('makes no version of a run without a model', async () => {
    expect(await record(await endedRun(true))).toBeNull()
  })
})
