import type { LlmCall, LlmChange, LlmProbe, LlmSetting, LlmState } from '../domain/llm-setting.ts'
import type { Viewer } from '../domain/person.ts'
import type { Page, Slice } from './page.ts'

export interface LlmSettingsPort {
  /** @throws DomainError FORBIDDEN */
  get(viewer: Viewer): Promise<LlmSetting>
  /** Its breaker and today's spending (UTC). @throws DomainError FORBIDDEN */
  state(viewer: Viewer): Promise<LlmState>
  /** What was asked and answered, newest first. @throws DomainError FORBIDDEN */
  calls(viewer: Viewer, page: Page): Promise<Slice<LlmCall>>
  /** One short call to the server that is set now; a success closes the breaker. @throws DomainError FORBIDDEN, GOAL_UNREADABLE */
  test(viewer: Viewer, goal: string | null): Promise<LlmProbe>
  /** Closes the breaker: the next goal is read with the model again. @throws DomainError FORBIDDEN */
  retry(viewer: Viewer, model: string): Promise<LlmState>
  /** Replaces what administrators have set. @throws DomainError FORBIDDEN, BAD_INPUT naming the field */
  set(viewer: Viewer, change: LlmChange): Promise<LlmSetting>
}
