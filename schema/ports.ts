import type { AttributesPort } from './ports/attribute.ts'
import type { LlmSettingsPort } from './ports/llm-setting.ts'
import type { ClustersPort } from './ports/cluster.ts'
import type { AuditPort } from './ports/audit.ts'
import type { AsksPort } from './ports/ask.ts'
import type { CostsPort } from './ports/cost.ts'
import type { CaptionsPort } from './ports/caption.ts'
import type { CurationsPort } from './ports/curation.ts'
import type { DatasetsPort } from './ports/dataset.ts'
import type { GoalsPort } from './ports/goal.ts'
import type { ModelsPort } from './ports/model.ts'
import type { PersonsPort } from './ports/person.ts'
import type { PlatformPort } from './ports/platform.ts'
import type { PoolsPort } from './ports/pool.ts'
import type { ProjectsPort } from './ports/project.ts'
import type { QueuePort } from './ports/queue.ts'
import type { RequestsPort } from './ports/request.ts'
import type { RunsPort } from './ports/run.ts'
import type { SpecsPort } from './ports/spec.ts'

/** The interfaces that the graph calls; the server implements each in a folder of the same noun. */
export interface Ports {
  readonly llmSettings: LlmSettingsPort
  readonly platform: PlatformPort
  readonly persons: PersonsPort
  readonly projects: ProjectsPort
  readonly goals: GoalsPort
  readonly asks: AsksPort
  readonly pools: PoolsPort
  readonly curations: CurationsPort
  readonly captions: CaptionsPort
  readonly attributes: AttributesPort
  readonly datasets: DatasetsPort
  readonly specs: SpecsPort
  readonly requests: RequestsPort
  readonly queue: QueuePort
  readonly costs: CostsPort
  readonly runs: RunsPort
  readonly models: ModelsPort
  readonly clusters: ClustersPort
  readonly audits: AuditPort
}
