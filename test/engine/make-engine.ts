import { execFileSync } from 'node:child_process'
import type { Viewer } from '#schema/domain/person.ts'
import { newId } from '#schema/domain/id.ts'
import type { Spec } from '#schema/domain/spec.ts'
import type { DataFolder } from '#server/db/data-folder.ts'
import type { Db, OpenDatabase } from '#server/db/pool.ts'
import type { ComponentEnvironment } from '#server/job/environment.ts'
import { createEngine, type Engine, type EngineDeps } from '#server/run/engine.ts'
import { createDiskStore } from '#server/store/disk.ts'
import { specRow } from './fake-components.ts'

export const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim()

/** An environment that is ready: the system's Python, which is all that the fake component needs. */
export function readyEnvironment(): ComponentEnvironment {
  return {
    state: () => ({ state: 'READY', progress: 1, message: 'ready' }),
    python: () => python,
    lockHash: () => 'test',
    prepare: () => Promise.resolve(true),
    retries: () => false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

export function makeEngine(
  database: OpenDatabase,
  dataFolder: DataFolder,
  componentsFolder: string,
  more: Partial<EngineDeps> = {},
): Engine {
  return createEngine({
    database,
    dataFolder,
    componentsFolder,
    store: createDiskStore({ root: dataFolder.root }),
    now: () => new Date(),
    newId: () => newId(),
    secret: 'a secret for tests',
    publicUrl: () => 'http://127.0.0.1:9',
    baseModelFolders: [],
    processEnvironment: { PATH: process.env['PATH'] ?? '' },
    environment: readyEnvironment(),
    fileUrl: (sha256, name) => `/files/${sha256}/${name}`,
    onRunSucceeded: () => Promise.resolve(null),
    log: (message, facts) => console.error(message, facts),
    retryBaseMs: 50,
    ...more,
  })
}

export async function makeViewer(db: Db, id = newId()): Promise<Viewer> {
  const viewer: Viewer = { id, name: 'Test', role: 'researcher' }
  await db
    .insertInto('person')
    .values(viewer)
    .onConflict((c) => c.doNothing())
    .execute()
  return viewer
}

export async function makeProject(db: Db, viewer: Viewer, id = newId()): Promise<string> {
  await db
    .insertInto('project')
    .values({ id, name: 'Test', created_by: viewer.id })
    .onConflict((c) => c.doNothing())
    .execute()
  return id
}

export async function storeSpec(
  db: Db,
  viewer: Viewer,
  projectId: string,
  spec: Spec,
  specId = newId(),
): Promise<string> {
  const { id, body, hash } = specRow(spec, specId)
  await db
    .insertInto('spec')
    .values({
      id,
      project_id: projectId,
      pipeline_id: spec.pipelineId,
      name: spec.name,
      version: spec.version,
      hash,
      body,
      created_by: viewer.id,
    })
    .onConflict((c) => c.doNothing())
    .execute()
  return id
}
