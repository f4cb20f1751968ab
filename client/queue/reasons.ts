import type { Json } from '../graph/graphql.ts'
import { memoryText } from '../request/resources.ts'
import type { Words } from '../text/en.ts'

export interface Reason {
  readonly code: string
  readonly params: Json
}

/** Why a run waits, in the person's language: the server tells codes and figures. */
export function reasonText({ code, params }: Reason, t: Words): string {
  const words = t.queue.reason
  const of = params as Record<string, string | number>
  const figure = (name: string) => Number(of[name] ?? 0)
  switch (code) {
    case 'NEXT':
      return words.next
    case 'BEHIND':
      return words.behind(figure('ahead'))
    case 'RESOURCES': {
      if (of['what'] === 'CPU')
        return words.cpu(figure('asked'), String(Number(figure('free').toPrecision(3))))
      if (of['what'] === 'MEMORY')
        return words.memory(memoryText(figure('asked')), memoryText(figure('free')))
      const type = String(of['type'] ?? '').toUpperCase() || 'GPU'
      const least = figure('memoryBytes') > 0 ? ` (≥ ${memoryText(figure('memoryBytes'))})` : ''
      return words.gpu(`${figure('asked')} x ${type}${least}`, figure('free'))
    }
    case 'HELD_FOR_HEAD':
      return words.head
    case 'QUOTA_GPUS_PROJECT':
      return words.gpusProject(figure('used'), figure('quota'))
    case 'QUOTA_GPUS_PERSON':
      return words.gpusPerson(figure('used'), figure('quota'))
    case 'QUOTA_HOURS_PROJECT':
      return words.hoursProject(figure('quota'))
    case 'QUOTA_HOURS_PERSON':
      return words.hoursPerson(figure('quota'))
    case 'NO_WORKER':
      return words.noWorker
    default:
      return code
  }
}
