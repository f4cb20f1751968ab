import type { AuditRecord, AuditReport } from '../domain/audit.ts'
import type { Id } from '../domain/id.ts'
import type { Viewer } from '../domain/person.ts'
import type { Page, Slice } from './page.ts'

export interface AuditPort {
  /** What was done in a project, newest first. */
  ofProject(viewer: Viewer, projectId: Id, page: Page): Promise<Slice<AuditRecord>>
  /** Reads every chain and compares it with its hashes and its signed end. */
  check(): Promise<AuditReport>
}
