import { newId } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { RunState } from '#schema/domain/run-state.ts'
import type { Db } from '#server/db/pool.ts'
import { hashToken } from '#server/run/run-token.ts'
import { fourSteps } from './fake-components.ts'
import { makeProject, makeViewer, storeSpec } from './make-engine.ts'

/** A run as a row, without an engine: for what only reads or logs. */
export async function makeRun(
  db: Db,
  { state = 'RUNNING', token = null }: { state?: RunState; token?: string | null } = {},
): Promise<{ id: string; viewer: Viewer; projectId: string }> {
  const viewer = await makeViewer(db)
  const projectId = await makeProject(db, viewer)
  const specId = await storeSpec(db, viewer, projectId, fourSteps())
  const [requestId, id] = [newId(), newId()]
  await db
    .insertInto('request')
    .values({
      id: requestId,
      project_id: projectId,
      spec_id: specId,
      spec_hash: '',
      state: 'APPROVED',
      priority: 'NORMAL',
      resources: '{}',
      created_by: viewer.id,
    })
    .execute()
  await db
    .insertInto('run')
    .values({
      id,
      project_id: projectId,
      request_id: requestId,
      spec_id: specId,
      state,
      priority: 2,
      seed: 1,
      token_hash: token === null ? null : hashToken(token),
      created_by: viewer.id,
    })
    .execute()
  return { id, viewer, projectId }
}
