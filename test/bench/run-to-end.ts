import { newId, type Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Engine } from '#server/run/engine.ts'

/** Requests a run of a plan and waits until it has succeeded. @returns ms from when its request was taken */
export async function runToEnd(
  engine: Pick<Engine, 'requests' | 'runs'>,
  viewer: Viewer,
  specId: Id,
): Promise<number> {
  const request = await engine.requests.submit(viewer, {
    id: newId(),
    specId,
    priority: 'NORMAL',
    isTest: false,
  })
  const run = (await engine.requests.runOf(viewer, request.id))!
  const entered = performance.now()
  for await (const batch of engine.runs.events(viewer, run.id, null)) if (batch.ended) break
  const took = performance.now() - entered
  const { state } = (await engine.runs.byId(viewer, run.id))!
  if (state !== 'SUCCEEDED') throw new Error(`the run ended as ${state}`)
  return took
}
