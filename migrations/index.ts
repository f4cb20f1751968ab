import type { Migration } from 'kysely/migration'
import * as firstLine from './20261121T0730-first-line.ts'
import * as auditHead from './20261121T1105-audit-head.ts'
import * as requestQueueCost from './20261121T1110-request-queue-cost.ts'
import * as courier from './20261121T1115-courier.ts'
import * as cluster from './20261121T1120-cluster.ts'
import * as reviewers from './20261121T1130-reviewers.ts'
import * as llm from './20261121T1140-llm.ts'
import * as curationAudit from './20261121T1405-curation-audit.ts'
import * as captioner from './20261121T1410-captioner.ts'
import * as queueSpeed from './20261121T1415-queue-speed.ts'
import * as datasetRestore from './20261121T1430-dataset-restore.ts'
import * as llmSetting from './20261121T1440-llm-setting.ts'
import * as llmAddress from './20261121T1705-llm-address.ts'
import * as attributes from './20261121T1710-attributes.ts'
import * as engineSpeed from './20261121T1725-engine-speed.ts'
import * as listsByTime from './20261122T0005-lists-by-time.ts'

/** All migrations by name, in order; forward-only. A new one is a new file and one line here. */
export const migrations: Record<string, Migration> = {
  '20261121T0730-first-line': firstLine,
  '20261121T1105-audit-head': auditHead,
  '20261121T1110-request-queue-cost': requestQueueCost,
  '20261121T1115-courier': courier,
  '20261121T1120-cluster': cluster,
  '20261121T1130-reviewers': reviewers,
  '20261121T1140-llm': llm,
  '20261121T1405-curation-audit': curationAudit,
  '20261121T1410-captioner': captioner,
  '20261121T1415-queue-speed': queueSpeed,
  '20261121T1430-dataset-restore': datasetRestore,
  '20261121T1440-llm-setting': llmSetting,
  '20261121T1705-llm-address': llmAddress,
  '20261121T1710-attributes': attributes,
  '20261121T1725-engine-speed': engineSpeed,
  '20261122T0005-lists-by-time': listsByTime,
}
