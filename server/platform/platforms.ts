import type { Platform } from '#schema/domain/platform.ts'
import type { PlatformPort } from '#schema/ports/platform.ts'
import type { OpenDatabase } from '../db/pool.ts'
import { latestOf } from '../live/latest.ts'

export interface PlatformDeps {
  readonly database: OpenDatabase
  readonly version: string
  readonly executor: Platform['executor']
  notices(): Promise<readonly string[]>
  embedder(): Platform['embedder']
  environment(): Platform['environment']
  sampleProjectId(): Promise<string | null>
}

export function createPlatform(deps: PlatformDeps): PlatformPort {
  async function read(): Promise<Platform> {
    return {
      version: deps.version,
      database: deps.database.kind,
      executor: deps.executor,
      embedder: deps.embedder(),
      environment: deps.environment(),
      notices: await deps.notices(),
      sampleProjectId: await deps.sampleProjectId(),
    }
  }
  return {
    read,
    async *changes(signal) {
      for await (const _ of latestOf(deps.database, 'platform', () => true, signal))
        yield await read()
    },
  }
}
