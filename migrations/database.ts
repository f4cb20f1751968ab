import type { ColumnType, Generated } from 'kysely'

/** Rows as the drivers give them: jsonb parsed, bigint as number (see server/db/pool.ts), uuid and text as string. */
type Time = ColumnType<Date, Date | string, Date | string>
type TimeDefault = ColumnType<Date, Date | string | undefined, Date | string>
type Json<T = unknown> = ColumnType<T, string, string>
type JsonDefault = ColumnType<unknown, string | undefined, string>

export interface PersonTable {
  id: string
  name: string
  role: 'administrator' | 'researcher' | 'reviewer' | 'viewer'
  created_at: TimeDefault
}

export interface ProjectTable {
  id: string
  name: string
  created_by: string
  created_at: TimeDefault
}

export interface GoalTable {
  id: string
  project_id: string
  text: string
  language: string
  created_by: string
  created_at: TimeDefault
}

export interface IntentTable {
  id: string
  goal_id: string
  revision: number
  body: Json
  created_at: TimeDefault
}

export interface PoolTable {
  id: string
  project_id: string
  embedder: string | null
  embedder_why: Generated<string>
  embedding_state: Generated<'IDLE' | 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED'>
  embedding_message: Generated<string>
  changed_at: TimeDefault
  created_at: TimeDefault
}

export interface UploadTicketTable {
  id: string
  pool_id: string
  secret_hash: string
  created_by: string
  expires_at: Time
  used_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  created_at: TimeDefault
}

export interface ImageTable {
  id: string
  pool_id: string
  sha256: string
  blob_sha256: string
  thumbnail_sha256: string
  file_name: string
  format: string
  width: number
  height: number
  bytes: number
  measures: Json
  dhash: string
  excluded_reason: string | null
  excluded_message: string | null
  duplicate_of: string | null
  included_anyway: Generated<boolean>
  sees: string | null
  caption: string | null
  created_at: TimeDefault
}

export interface PoolEntryTable {
  id: string
  pool_id: string
  ticket_id: string | null
  file_name: string
  outcome: string
  message: string
  bytes: number
  image_id: string | null
  duplicate_of: string | null
  created_at: TimeDefault
}

export interface EmbeddingTable {
  image_id: string
  embedder: string
  vector: string
  created_at: TimeDefault
}

export interface CurationTable {
  id: string
  pool_id: string
  goal_id: string | null
  embedder: string
  seed: number
  round_size: number
  state: 'OPEN' | 'FINISHED'
  created_by: string
  created_at: TimeDefault
  strategy: Generated<string>
}

export interface RoundTable {
  id: string
  curation_id: string
  ordinal: number
  body: Json
  created_at: TimeDefault
  person_id: ColumnType<string | null, string | null | undefined, string | null>
}

export interface CandidateTable {
  id: string
  round_id: string
  curation_id: string
  image_id: string
  partner_id: string | null
  rank: number
  reason: Json
}

export interface VerdictTable {
  id: string
  ordinal: Generated<number>
  candidate_id: string | null
  curation_id: string
  image_id: string
  person_id: string
  value: 'ACCEPT' | 'REJECT' | 'UNSURE'
  milliseconds: number
  undone_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  created_at: TimeDefault
  settles: Generated<boolean>
  audited_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface DatasetVersionTable {
  id: string
  project_id: string
  curation_id: string | null
  hash: string
  manifest: string
  image_count: number
  trigger_word: string
  class_noun: string
  created_by: string
  created_at: TimeDefault
  restored_at: ColumnType<Date | null, Date | null | undefined, Date | null>
}

export interface DatasetImageTable {
  dataset_version_id: string
  image_id: string
  caption: string
}

export interface SpecTable {
  id: string
  project_id: string
  goal_id: string | null
  intent_id: string | null
  dataset_version_id: string | null
  pipeline_id: string
  name: string
  version: string
  hash: string
  body: string
  estimate: ColumnType<unknown, string | null | undefined, string | null>
  created_by: string
  created_at: TimeDefault
}

export interface RequestTable {
  id: string
  project_id: string
  spec_id: string
  spec_hash: string
  state: 'DRAFT' | 'AWAITING_APPROVAL' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN'
  priority: 'HIGH' | 'NORMAL' | 'LOW'
  is_test: Generated<boolean>
  resources: Json
  queue: Generated<string>
  caps: JsonDefault
  images: JsonDefault
  quote: JsonDefault
  marks: JsonDefault
  devices: ColumnType<unknown, string | null | undefined, string | null>
  cited_run_id: ColumnType<string | null, string | null | undefined, string | null>
  note: Generated<string>
  signature: Generated<string>
  decided_by: ColumnType<string | null, string | null | undefined, string | null>
  decided_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  decision_comment: Generated<string>
  created_by: string
  created_at: TimeDefault
}

export interface RunTable {
  id: string
  project_id: string
  request_id: string
  spec_id: string
  state: 'WAITING' | 'RUNNING' | 'CANCELLING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  priority: number
  rank: Generated<number>
  fair_tag: Generated<number>
  seed: number
  seq: Generated<number>
  failure: ColumnType<unknown, string | null | undefined, string | null>
  token_hash: string | null
  queue: Generated<string>
  gpus: Generated<number>
  demand: JsonDefault
  reservation: ColumnType<unknown, string | null | undefined, string | null>
  expected_seconds: ColumnType<number | null, number | null | undefined, number | null>
  gpu_seconds_bound: ColumnType<number | null, number | null | undefined, number | null>
  cost_bound: JsonDefault
  cluster_id: ColumnType<string | null, string | null | undefined, string | null>
  created_by: string
  created_at: TimeDefault
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

export interface StepTable {
  id: string
  run_id: string
  name: string
  type: string
  ordinal: number
  depends_on: string[]
  state:
    'PENDING' | 'READY' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED' | 'CACHED'
  progress: Generated<number>
  message: Generated<string>
  cache_key: string | null
  cache_fields: ColumnType<unknown, string | null | undefined, string | null>
  cache_note: string | null
  cached_from: string | null
  user_failures: Generated<number>
  infrastructure_failures: Generated<number>
  not_before: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  failure: ColumnType<unknown, string | null | undefined, string | null>
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

export interface AttemptTable {
  id: string
  step_id: string
  run_id: string
  ordinal: number
  state: 'PENDING' | 'SUBMITTING' | 'STARTED' | 'SUCCEEDED' | 'FAILED' | 'LOST' | 'CANCELLED'
  executor: string
  fence: number
  handle: ColumnType<unknown, string | null | undefined, string | null>
  device_type: ColumnType<string | null, string | null | undefined, string | null>
  device_count: Generated<number>
  cores: Generated<number>
  spot: Generated<boolean>
  node: ColumnType<string | null, string | null | undefined, string | null>
  exit_code: number | null
  failure: ColumnType<unknown, string | null | undefined, string | null>
  created_at: TimeDefault
  started_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
  ended_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
}

export interface ArtifactTable {
  id: string
  run_id: string
  step_id: string
  attempt_id: string | null
  name: string
  type: string
  sha256: string
  bytes: number
  files: Json
  created_at: TimeDefault
}

export interface LeaseTable {
  name: string
  holder: string
  fence: number
  expires_at: Time
}

export interface RunEventTable {
  run_id: string
  seq: number
  kind: string
  body: Json
  at: TimeDefault
}

export interface MetricTable {
  run_id: string
  key: string
  step: number
  at: Time
  value: number | null
}

export interface RunParamTable {
  run_id: string
  key: string
  value: string
}

export interface RunTagTable {
  run_id: string
  key: string
  value: string
}

export interface RunFileTable {
  run_id: string
  path: string
  sha256: string
  bytes: number
  created_at: TimeDefault
}

export interface ModelTable {
  id: string
  project_id: string
  name: string
  created_at: TimeDefault
}

export interface ModelVersionTable {
  id: string
  model_id: string
  run_id: string
  version: number
  bytes: number
  body: Json
  created_at: TimeDefault
}

export interface RatingTable {
  id: string
  model_version_id: string
  person_id: string
  file: Generated<string>
  value: number
  created_at: TimeDefault
}

export interface AdvisorRecordTable {
  run_id: string
  body: Json
  created_at: TimeDefault
}

export interface JobTable {
  name: string
  state: string
  progress: Generated<number>
  message: Generated<string>
  changed_at: TimeDefault
}

export interface AuditTable {
  id: string
  project_id: string | null
  ordinal: number
  person_id: string | null
  action: string
  subject: string
  body: Json
  previous_hash: string
  hash: string
  at: TimeDefault
}

export interface ClusterTable {
  id: string
  name: string
  kind: 'LOCAL' | 'KUBERNETES'
  context: string | null
  created_at: TimeDefault
}

export interface ClusterSampleTable {
  cluster_id: string
  series: string
  seconds: number
  at: Time
  count: number
  total: number
  requested: number
  used_count: number
  used: number
  used_peak: number | null
}

export interface AuditHeadTable {
  chain: string
  ordinal: number
  hash: string
  mac: string
}

export interface LlmCallTable {
  id: string
  person_id: string
  model: string
  prompt_hash: string
  prompt: Json
  reply: string | null
  outcome: string
  tokens: number
  money: number
  attempts: Generated<number>
  milliseconds: Generated<number>
  created_at: Date
}

export interface AttributeConsentTable {
  project_id: string
  turned_on_by: string
  turned_on_at: TimeDefault
}

export interface ImageAttributeTable {
  project_id: string
  image_id: string
  name: string
  value: string
}

export interface CaptionerScoreTable {
  id: string
  project_id: string
  model: string
  body: Json
  created_by: string
  created_at: TimeDefault
}

export interface LlmBreakerTable {
  model: string
  failures: number
  open_until: Date | null
}

interface LlmSettingTable {
  id: boolean
  enabled: boolean
  model: string | null
  timeout_ms: number | null
  daily_tokens: number | null
  daily_money: number | null
  price_in: number | null
  price_out: number | null
  url: string | null
  key_sealed: string | null
  changed_at: Date
}

export interface ApprovalThresholdTable {
  one: Generated<boolean>
  gpu_count: number
  memory_bytes: number
  changed_at: TimeDefault
}

export interface QueueTable {
  name: string
  default_priority: 'HIGH' | 'NORMAL' | 'LOW'
  nodes: JsonDefault
  created_at: TimeDefault
}

export interface FairShareTable {
  project_id: string
  share: Generated<number>
  next_tag: Generated<number>
}

export interface FairClockTable {
  one: Generated<boolean>
  tag: number
}

export interface QuotaTable {
  id: string
  project_id: string | null
  person_id: string | null
  gpus: number | null
  gpu_hours: number | null
  changed_at: TimeDefault
}

export interface PriceTable {
  id: string
  device_type: string
  currency: string
  per_hour: number | null
  spot_factor: number
  valid_from: TimeDefault
}

export interface BudgetTable {
  id: string
  project_id: string | null
  person_id: string | null
  currency: string
  amount: number
  changed_at: TimeDefault
}

export interface BudgetNoticeTable {
  budget_id: string
  month: ColumnType<Date | string, string, string>
  percent: number
  at: TimeDefault
}

export interface AttemptPlanTable {
  attempt_id: string
  plan: Json
}

export interface AttemptOutputTable {
  attempt_id: string
  name: string
  files: Json
}

export interface StepCheckpointTable {
  step_id: string
  attempt_id: string
  files: Json
  at: Time
}

export interface Database {
  approval_threshold: ApprovalThresholdTable
  queue: QueueTable
  fair_share: FairShareTable
  fair_clock: FairClockTable
  quota: QuotaTable
  price: PriceTable
  budget: BudgetTable
  budget_notice: BudgetNoticeTable
  cluster: ClusterTable
  cluster_sample: ClusterSampleTable
  person: PersonTable
  project: ProjectTable
  goal: GoalTable
  intent: IntentTable
  pool: PoolTable
  upload_ticket: UploadTicketTable
  image: ImageTable
  pool_entry: PoolEntryTable
  embedding: EmbeddingTable
  curation: CurationTable
  round: RoundTable
  candidate: CandidateTable
  verdict: VerdictTable
  dataset_version: DatasetVersionTable
  dataset_image: DatasetImageTable
  spec: SpecTable
  request: RequestTable
  run: RunTable
  step: StepTable
  attempt: AttemptTable
  artifact: ArtifactTable
  lease: LeaseTable
  run_event: RunEventTable
  metric: MetricTable
  run_param: RunParamTable
  run_tag: RunTagTable
  run_file: RunFileTable
  model: ModelTable
  model_version: ModelVersionTable
  rating: RatingTable
  advisor_record: AdvisorRecordTable
  job: JobTable
  llm_call: LlmCallTable
  llm_breaker: LlmBreakerTable
  llm_setting: LlmSettingTable
  captioner_score: CaptionerScoreTable
  attribute_consent: AttributeConsentTable
  image_attribute: ImageAttributeTable
  audit: AuditTable
  audit_head: AuditHeadTable
  attempt_plan: AttemptPlanTable
  attempt_output: AttemptOutputTable
  step_checkpoint: StepCheckpointTable
}
