import type { Platform } from '../domain/platform.ts'

export interface PlatformPort {
  read(): Promise<Platform>
  /** The newest state on each change; present-style. */
  changes(signal?: AbortSignal): AsyncIterable<Platform>
}
