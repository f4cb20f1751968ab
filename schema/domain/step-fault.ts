import { z } from 'zod'

/**
 * What a component of ours may say of its own failure, and the facts that it gives with it (deploy/components,
 * `StepError`). Stable: pages say each in the person's language. Any component may use them.
 */
export const stepFaults = {
  BASE_MODEL_GATED: ['name', 'source', 'why', 'folders'],
  BASE_MODEL_INCOMPLETE: ['name', 'folder', 'why'],
  BASE_MODEL_KIND_UNKNOWN: ['name', 'kind', 'known'],
  BASE_MODEL_NAME_INVALID: ['name'],
  BASE_MODEL_NOT_FETCHED: ['name', 'source', 'why', 'folders'],
  BASE_MODEL_NOT_FOUND: ['name', 'folders'],
  BUCKETS_MISSING: [],
  BUCKET_STEP_TOO_LARGE: ['bucket_step', 'resolution'],
  DATASET_EMPTY: [],
  DATASET_FORMAT_UNKNOWN: ['found', 'known'],
  DATASET_LIST_MISSING: ['path'],
  DATASET_OTHER_VERSION: ['found', 'wanted'],
  DIVERGED: ['step', 'loss'],
  FILE_MISSING: ['path'],
  INPUT_MISSING: ['input', 'folder'],
  JSON_INVALID: ['path', 'why'],
  MODEL_FILE_MISSING: ['path'],
  MODEL_HAS_NO_DIFFUSERS: [],
  PICTURE_CHANGED: ['name', 'found', 'recorded'],
  PICTURE_MISSING: ['name'],
  PICTURE_NAME_INVALID: ['name'],
  PICTURE_UNREADABLE: ['name', 'why'],
  PREDICTION_UNKNOWN: ['prediction'],
  RESOLUTION_NO_MULTIPLE: ['value', 'factor'],
  SETTINGS_NO_OBJECT: ['path'],
  SETTING_MISSING: ['setting'],
  SETTING_NOT_AN_OPTION: ['setting', 'value', 'options'],
  SETTING_NOT_A_NUMBER: ['setting', 'value'],
  SETTING_NOT_TEXTS: ['setting'],
  SETTING_NOT_TRUE_OR_FALSE: ['setting', 'value'],
  SETTING_NOT_WHOLE: ['setting', 'value'],
  SETTING_OUT_OF_RANGE: ['setting', 'value', 'least', 'most'],
  SIDES_DO_NOT_DIVIDE: ['name', 'factor', 'size'],
} as const satisfies Record<string, readonly string[]>

export type StepFaultCode = keyof typeof stepFaults

/** A component's own account of its failure, as data. */
export interface StepFault {
  readonly code: StepFaultCode
  readonly facts: Readonly<Record<string, string>>
}

/** A log is anybody's text: only known codes, with exactly their facts, of a length to read. */
const longestFact = 500

const lineSchema = z.object({
  level: z.literal('error'),
  message: z.string(),
  code: z.string().refine((code): code is StepFaultCode => Object.hasOwn(stepFaults, code)),
  facts: z.record(z.string(), z.string()),
})

/**
 * The fault that a line of a log tells, where it is the one that `sentence` tells to people; else null.
 *
 * @example stepFaultOf('{"level": "error", "message": "…", "code": "DATASET_EMPTY", "facts": {}}', '…')
 */
export function stepFaultOf(line: string, sentence: string): StepFault | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  const { success, data } = lineSchema.safeParse(value)
  if (!success || !data.message.startsWith(sentence)) return null
  const names: readonly string[] = stepFaults[data.code]
  if (names.some((name) => data.facts[name] === undefined)) return null
  return {
    code: data.code,
    facts: Object.fromEntries(names.map((name) => [name, data.facts[name]!.slice(0, longestFact)])),
  }
}
