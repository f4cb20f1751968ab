import type { Intent, Language, StrategyId } from '#schema/domain/intent.ts'
import { strategyNames } from '../catalogue/strategies.ts'
import { koreanName } from './lexicon.ts'

/** Longer explanations of a model are cut here; a page shows it in one paragraph. */
export const maxExplanation = 600

/** What was understood, in two or three sentences: the grammar's own account, there at once. */
export function explanationOf(intent: Intent, language: Language): string {
  return (language === 'ko' ? korean : english)(intent)
}

const value = <T>(intent: Intent, path: string): T | undefined => {
  const slot = (intent.slots as Record<string, { value: unknown; source: string } | undefined>)[
    path
  ]
  return slot === undefined ? undefined : (slot.value as T)
}

function limitsOf(intent: Intent, words: readonly [string, string, string]): string[] {
  const hours = value<number>(intent, 'limits.hours')
  const memory = value<number>(intent, 'limits.gpuMemory')
  const gpus = value<number>(intent, 'limits.gpus')
  const money = value<{ amount: number; currency: string }>(intent, 'limits.money')
  return [
    hours === undefined ? '' : `${Number(hours.toPrecision(3))} ${words[0]}`,
    memory === undefined ? '' : `${memory} GB`,
    gpus === undefined ? '' : `${gpus} ${words[1]}`,
    money === undefined ? '' : `${money.amount} ${money.currency}`,
  ].filter((part) => part !== '')
}

function strategyOf(intent: Intent, language: 0 | 1): string {
  const id = value<StrategyId>(intent, 'strategy')
  return id === undefined ? '' : strategyNames[id][language]
}

function english(intent: Intent): string {
  const task = value<string>(intent, 'task')
  const noun = value<string>(intent, 'subject.classNoun')
  const name = value<string>(intent, 'subject.name')
  const style = value<string>(intent, 'style')
  const subject =
    noun === undefined
      ? (name ?? 'a subject')
      : `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}${name === undefined ? '' : ` called ${name}`}`
  const what =
    task === 'style'
      ? style === undefined || style === 'own style'
        ? 'the look of your pictures'
        : `the ${style} look`
      : task === 'text'
        ? 'how to write, as your texts do'
        : task === 'unknown'
          ? null
          : subject
  const sentences = [
    what === null
      ? 'It is not said yet what the model is to learn.'
      : `The model is to learn ${what}${task === 'subject' && style !== undefined ? `; ${style} is how results may look` : ''}.`,
    `It will be trained by ${strategyOf(intent, 0)} on ${value<string>(intent, 'baseModel')}.`,
  ]
  const limits = limitsOf(intent, ['hours', 'GPUs', ''])
  if (limits.length > 0) sentences.push(`It stays within ${limits.join(', ')}.`)
  if (intent.question !== null) sentences.push(`One thing is open: ${intent.question.text}`)
  return sentences.join(' ')
}

function korean(intent: Intent): string {
  const task = value<string>(intent, 'task')
  const noun = value<string>(intent, 'subject.classNoun')
  const name = value<string>(intent, 'subject.name')
  const style = value<string>(intent, 'style')
  const subject =
    noun === undefined
      ? `'${name ?? '대상'}'`
      : name === undefined
        ? koreanName(noun)
        : `${koreanName(noun)} '${name}'`
  const what =
    task === 'style'
      ? style === undefined || style === 'own style'
        ? '올리신 이미지의 스타일'
        : `${koreanName(style)} 스타일`
      : task === 'text'
        ? '올리신 글의 문체'
        : task === 'unknown'
          ? null
          : subject
  const sentences = [
    what === null
      ? '무엇을 배울지 아직 나오지 않았습니다.'
      : `모델이 배울 것: ${what}.${task === 'subject' && style !== undefined ? ` 결과물은 ${koreanName(style)} 스타일일 수 있습니다.` : ''}`,
    `${value<string>(intent, 'baseModel')} 위에 ${strategyOf(intent, 1)} 방식으로 학습합니다.`,
  ]
  const limits = limitsOf(intent, ['시간', '개 GPU', ''])
  if (limits.length > 0) sentences.push(`한도: ${limits.join(', ')}.`)
  if (intent.question !== null) sentences.push(`하나만 여쭐게요: ${intent.question.text}`)
  return sentences.join(' ')
}

/** Text of a model for a page: no control or invisible characters, one paragraph, cut to a length. */
export function cleanExplanation(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .replaceAll(/[\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim()
    .slice(0, maxExplanation)
}

/** The explanation in an answer that is still coming: it stands first, so it is there before the slots are. */
export function explanationSoFar(answer: string): string {
  const body =
    /^\s*(?:```(?:json)?\s*)?\{\s*"explanation"\s*:\s*"((?:[^"\\]|\\(?:u[\da-fA-F]{4}|[^u]))*)/.exec(
      answer.slice(0, 8 * maxExplanation),
    )?.[1]
  if (body === undefined) return ''
  try {
    return cleanExplanation(JSON.parse(`"${body.replaceAll(/[\u0000-\u001f]/g, ' ')}"`) as string)
  } catch {
    return ''
  }
}
