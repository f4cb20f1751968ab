import type { LlmChange, LlmSetting } from '../domain/llm-setting.ts'
import type { Viewer } from '../domain/person.ts'

export interface LlmSettingsPort {
  /** @throws DomainError FORBIDDEN */
  get(viewer: Viewer): Promise<LlmSetting>
  /** Replaces what administrators have set. @throws DomainError FORBIDDEN, BAD_INPUT naming the field */
  set(viewer: Viewer, change: LlmChange): Promise<LlmSetting>
}
