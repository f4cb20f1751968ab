import type { Json } from '#schema/domain/canonical-json.ts'
import type { Intent, SlotPath } from '#schema/domain/intent.ts'
import { isSlotPath } from '#schema/domain/intent.ts'
import type { Operation, Change } from '#schema/domain/operation.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { explainSettings } from '../synthesis/settings.ts'
import { readGoal } from './grammar.ts'
import type { ReadContext } from './grammar.ts'
import { detectLanguage } from './language.ts'
import { normalise } from './normalise.ts'
import { koreanNumber, englishNumber } from './quantities.ts'

export interface FollowUp {
  readonly language: 'en' | 'ko'
  readonly operations: readonly Operation[]
  readonly reasons: readonly { readonly subject: string; readonly reason: string }[]
  /** A sentence when nothing was understood. */
  readonly notice: string | null
}

export interface FollowUpContext {
  readonly intent: Intent
  /** The plan, once there is one. */
  readonly spec: Spec | null
  readonly defaultBaseModel?: string
}

/** Words for the kinds of components, in both languages; a spec's own names come on top. */
const kinds: readonly (readonly [string, RegExp])[] = [
  ['data_loader', /\bdata[\s_-]?loader\b|\bloader\b|데이터\s?로더|로더|데이터\s?불러오기/g],
  ['preprocessor', /\bpre-?processor\b|\bpre-?processing(?:\s+step)?\b|전처리기?(?:\s?단계)?/g],
  ['evaluator', /\bevaluator\b|\bevaluation(?:\s+step)?\b|평가기|평가\s?(?:단계|컴포넌트)?/g],
  [
    'trainer',
    /\btrainer\b|\btraining\s+(?:step|component)\b|학습\s?(?:단계|컴포넌트)|훈련\s?(?:단계|컴포넌트)?|트레이너|학습기/g,
  ],
]

type SlotOperation = Extract<Operation, { kind: 'slot' }>

interface Mention {
  readonly type: string
  readonly name: string | null
  readonly start: number
  readonly end: number
}

function mentions(text: string, spec: Spec | null): Mention[] {
  const found: Mention[] = []
  const put = (mention: Mention): void => {
    if (!found.some((item) => item.start < mention.end && mention.start < item.end))
      found.push(mention)
  }
  const names = [...(spec?.components ?? [])].sort((a, b) => b.name.length - a.name.length)
  for (const component of names) {
    const spelt = component.name.replaceAll('-', '[\\s_-]?')
    for (const match of text.matchAll(
      new RegExp(`(?<![a-z0-9-])${spelt}(?![a-z0-9-]*[a-z0-9])`, 'g'),
    ))
      put({
        type: component.type,
        name: component.name,
        start: match.index,
        end: match.index + match[0].length,
      })
  }
  for (const [type, pattern] of kinds) {
    for (const match of text.matchAll(pattern)) {
      const known = spec?.components.filter((item) => item.type === type) ?? []
      put({
        type,
        name: known[0]?.name ?? null,
        start: match.index,
        end: match.index + match[0].length,
      })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

const settingWords: readonly (readonly [string, RegExp])[] = [
  ['learningRate', /learn(?:ing)?[\s_-]?rate|\blr\b|학습률|러닝\s?레이트/],
  ['rank', /\brank\b|network[\s_-]?dim|랭크/],
  ['alpha', /\balpha\b|알파/],
  ['batchSize', /\bbatch(?:[\s_-]?size)?\b|배치(?:\s?(?:사이즈|크기))?/],
  ['resolution', /\bresolution\b|해상도/],
  ['captionDropout', /caption[\s_-]?dropout|캡션\s?드롭아웃/],
  ['checkpointEvery', /checkpoint[\s_-]?every|체크포인트/],
  ['sampleEvery', /sample[\s_-]?every|샘플\s?주기/],
  ['sampleCount', /sample[\s_-]?count|샘플\s?(?:수|개수)|number of samples/],
  ['sampleSteps', /sample[\s_-]?steps|샘플\s?스텝/],
  ['guidanceScale', /guidance(?:[\s_-]?scale)?|\bcfg\b|가이던스/],
  ['steps', /\bsteps?\b|\biterations\b|스텝|반복\s?(?:수|횟수)?/],
  ['mirror', /\bmirror(?:ing|ed)?\b|\bflip(?:ping|ped)?\b|좌우\s?반전|미러/],
  ['seed', /\bseed\b|시드/],
  ['targets', /\btargets?\b/],
  ['prompt', /\bprompt\b|프롬프트/],
]

const slotWords: readonly (readonly [SlotPath, RegExp])[] = [
  ['limits.hours', /\b(?:time|hours?)\b|시간/],
  ['limits.money', /\b(?:budget|money|cost|price)\b|예산|비용|금액/],
  ['limits.gpuMemory', /\b(?:vram|gpu memory)\b|vram|그래픽\s?메모리/],
  ['limits.gpus', /\bgpus?\b|그래픽\s?카드|지피유/],
  ['baseModel', /\bbase(?:\s+model)?\b|(?:기본|베이스)\s?모델/],
  ['strategy', /\bstrategy\b|\bmethod\b|방식|전략/],
  ['triggerWord', /\btrigger(?:\s+word)?\b|트리거/],
  ['style', /\bstyle\b|스타일/],
  ['subject.classNoun', /\bclass(?:\s+noun)?\b|\bsubject\b|대상/],
  ['quality', /\bquality\b|품질/],
]

const why =
  /\bwhy\b|\bhow come\b|\bexplain\b|\breason\b|\bwhat(?:'s| is) the reason\b|왜|이유|설명|어째서/
const removeWords =
  /\b(?:remove|delete|drop|without|get rid of|take out|skip)\b|빼|삭제|제거|없애|지워/
const addWords = /\b(?:add|insert|append|put in)\b|추가|넣어|붙여|삽입/
const connectWords = /\bconnect\b|\blink\b|\bwire\b|연결|이어/
const disconnectWords = /\bdisconnect\b|\bunlink\b|연결(?:을)?\s?(?:끊|해제|빼|없애)|끊어/
const freeWords =
  /\b(?:no|without (?:a|any)?|remove (?:the|my|any)?|drop (?:the)?|lift (?:the)?|forget (?:the)?)\s*(?:time|hours?|budget|money|cost|gpu|gpus|vram|memory)?\s*(?:limit|cap|budget)\b|(?:제한|한도|예산)(?:을|은|는)?\s?(?:없애|없이|풀어|해제|빼|삭제|지워)/

const subjectCue =
  /\b(?:subject|class|it'?s an?|it is an?|learn|my|our|style|look|name|trigger|called|named)\b|대상|스타일|이름|트리거|(?:^|\s)(?:내|우리|제)\s/

/**
 * What words of a conversation do to the intent and, once there is one, the plan. The grammar alone: closed operations, no free text.
 *
 * @throws DomainError GOAL_UNREADABLE for no text or too much of it
 */
export function readFollowUp(text: string, context: FollowUpContext): FollowUp {
  const { intent, spec } = context
  const reading = readGoal(text, {
    ...(context.defaultBaseModel === undefined
      ? {}
      : { defaultBaseModel: context.defaultBaseModel }),
  } satisfies ReadContext)
  const language = detectLanguage(text) === 'ko' ? 'ko' : 'en'
  const { lower } = normalise(text)
  if (why.test(lower)) return explain(lower, context, language)
  const parts = spec === null ? [] : partsOf(text, spec)
  if (parts.length > 1) {
    const read = parts.map((part) => readFollowUp(part, context).operations).flat()
    return {
      language,
      operations: read.slice(0, 20),
      reasons: [],
      notice: read.length > 0 ? null : notUnderstood(language, spec),
    }
  }

  const operations: Operation[] = []
  const named = mentions(lower, spec)
  const structural = spec === null ? [] : readStructure(lower, named, spec)
  operations.push(...structural)
  const resources = spec === null || structural.length > 0 ? [] : readResources(lower, named, spec)
  operations.push(...resources)
  if (structural.length === 0) {
    const lifted = freeWords.test(lower)
      ? slotWords
          .filter(([path, words]) => path.startsWith('limits.') && words.test(lower))
          .map(([path]) => path)
          .filter((path) => intent.slots[path] !== undefined)
      : []
    for (const path of lifted) operations.push({ kind: 'slot', path, value: null })
    operations.push(...relative(lower, context))
    const taken = new Set(
      operations.map((item) =>
        item.kind === 'setting' ? `settings.${item.name}` : 'path' in item ? item.path : '',
      ),
    )
    for (const [path, slot] of Object.entries(reading.slots)) {
      if (!isSlotPath(path) || path === 'language' || taken.has(path)) continue
      const fresh =
        slot.source === 'said' ||
        (slot.source === 'inferred' && slot.span !== null && path !== 'task')
      if (!fresh || lifted.includes(path)) continue
      if (path === 'task' && (slot.value === 'unknown' || intent.slots.task?.value === slot.value))
        continue
      // "give the trainer 4 GPUs" is about the component, not about the limit
      if (resources.length > 0 && /^limits\.gpu/.test(path)) continue
      // "mirror: true" is a setting, not a mirror: beside a plan the subject changes only by words that say so
      if (
        spec !== null &&
        /^(?:task|style|subject\.|triggerWord)/.test(path) &&
        !subjectCue.test(lower)
      )
        continue
      if (JSON.stringify(intent.slots[path]?.value) === JSON.stringify(slot.value) && spec === null)
        continue
      const setting = path.startsWith('settings.') ? path.slice('settings.'.length) : null
      if (setting !== null && spec !== null)
        operations.push({ kind: 'setting', name: setting, value: slot.value as number })
      else operations.push({ kind: 'slot', path, value: slot.value as SlotOperation['value'] })
    }
    if (spec !== null)
      operations.push(...readParams(lower, normalise(text).text, named, spec, operations))
  }
  withAlpha(operations, spec)
  return {
    language,
    operations: operations.slice(0, 20),
    reasons: [],
    notice: operations.length > 0 ? null : notUnderstood(language, spec),
  }
}

const clauseEnd =
  /\s*(?:,(?!\d)|;|\band\b|\bthen\b|\bbut\b|그리고|(?<=하|빼|우|넣|붙이|바꾸|끊|늘리|줄이|올리|낮추|주|두|쓰)고(?=\s|,))\s*/giu
const bareMention = /^(?:\s|the|a|an|my|also|to|both|은|는|이|가|을|를|도|와|과|랑|이랑|하|좀)*$/u

/**
 * A sentence that changes the plan's structure and something else, in parts that do one of them each: "rank 16 and remove the
 * evaluator" are two. What only names components belongs to its neighbour ("remove the evaluator and the preprocessor").
 */
function partsOf(text: string, spec: Spec): string[] {
  const groups: string[] = []
  let before = ''
  for (const clause of text.split(clauseEnd)) {
    if (clause.trim() === '') continue
    const { lower } = normalise(clause)
    const named = mentions(lower, spec)
    const rest = named.reduceRight(
      (left, { start, end }) => left.slice(0, start) + left.slice(end),
      lower,
    )
    if (named.length === 0 || !bareMention.test(rest)) {
      groups.push(before + clause)
      before = ''
    } else if (groups.length > 0) groups.push(`${groups.pop()!}, ${clause}`)
    else before += `${clause}, `
  }
  const structural = (group: string): boolean => {
    const { lower } = normalise(group)
    return (
      connectWords.test(lower) ||
      disconnectWords.test(lower) ||
      // "끊고" is parted behind its stem
      lower.includes('끊') ||
      ((addWords.test(lower) || removeWords.test(lower)) && mentions(lower, spec).length > 0)
    )
  }
  if (before !== '' || groups.length < 2 || !groups.some(structural)) return [text]
  // Settings of one sentence belong together: a rank takes its alpha along only where none is said.
  const others = groups.filter((group) => !structural(group))
  const own = groups.filter(structural)
  return others.length === 0
    ? own
    : structural(groups[0]!)
      ? [...own, others.join(', ')]
      : [others.join(', '), ...own]
}

function notUnderstood(language: 'en' | 'ko', spec: Spec | null): string {
  if (language === 'ko')
    return spec === null
      ? '바꿀 것을 알아듣지 못했습니다. 예: "SDXL로 바꿔줘", "2시간 안에", "예산 5달러".'
      : '바꿀 것을 알아듣지 못했습니다. 예: "랭크 32로", "학습 단계에 GPU 4장 줘", "평가 단계 빼줘", "왜 랭크가 16이야?"'
  return spec === null
    ? 'I found nothing to change. For example: "use SDXL", "within 2 hours", "budget $5".'
    : 'I found nothing to change. For example: "rank 32", "give the trainer 4 GPUs", "add an evaluator after the trainer", "why rank 16?"'
}

/** A rank that changes alone takes alpha along, so that the effective rate stays what the preset was tried with. */
function withAlpha(operations: Operation[], spec: Spec | null): void {
  if (spec === null) return
  const rank = operations.find((item) => item.kind === 'setting' && item.name === 'rank')
  const alpha = operations.some((item) => item.kind === 'setting' && item.name === 'alpha')
  const settings = explainSettings(spec)
  const before = settings.find((item) => item.name === 'rank')?.value
  const was = settings.find((item) => item.name === 'alpha')?.value
  if (rank?.kind !== 'setting' || alpha || typeof before !== 'number' || typeof was !== 'number')
    return
  const value = (Number(rank.value) * was) / before
  if (value !== was && value >= 0.01 && value <= 1024)
    operations.push({ kind: 'setting', name: 'alpha', value })
}

/** "double the steps", "half the rank", "랭크 두 배", "더 빠르게" is the grammar's own word for quality. */
function relative(lower: string, { spec, intent }: FollowUpContext): Operation[] {
  const factor = /\bdoubl\w*|\btwice\b|두\s?배|2\s?배/.test(lower)
    ? 2
    : /\bhal(?:f|ve)\b(?!\s+an?\s+(?:hour|day))|절반|반으로/.test(lower)
      ? 0.5
      : /\btripl\w*|세\s?배|3\s?배/.test(lower)
        ? 3
        : null
  if (factor === null) return []
  const name = settingWords.find(([, words]) => words.test(lower))?.[0]
  if (name === undefined) return []
  const setting =
    spec === null ? undefined : explainSettings(spec).find((item) => item.name === name)
  const path = `settings.${name}`
  const before =
    typeof setting?.value === 'number'
      ? setting.value
      : isSlotPath(path) && typeof intent.slots[path]?.value === 'number'
        ? intent.slots[path].value
        : null
  if (before === null) return []
  const whole = !['learningRate', 'alpha', 'captionDropout', 'guidanceScale'].includes(name)
  const value = whole
    ? Math.max(1, Math.round(before * factor))
    : Number((before * factor).toPrecision(6))
  return spec !== null
    ? [{ kind: 'setting', name, value }]
    : isSlotPath(path)
      ? [{ kind: 'slot', path, value }]
      : []
}

function readStructure(lower: string, named: readonly Mention[], spec: Spec): Operation[] {
  const joined = disconnectWords.test(lower)
    ? 'disconnect'
    : connectWords.test(lower)
      ? 'connect'
      : null
  if (joined !== null) {
    const [first, second] = named.filter((item) => item.name !== null)
    if (first !== undefined && second !== undefined && first.name !== second.name)
      return [{ kind: joined, from: first.name!, to: second.name! }]
    return []
  }
  if (addWords.test(lower)) {
    // "add an evaluator after the trainer", "학습 뒤에 평가 단계를 추가해줘"
    const place = /\b(?:after|behind|following)\b|(?:뒤|다음|후)(?:에|로)?/.exec(lower)
    const english = place !== null && /^[a-z]/.test(place[0])
    const anchor =
      place === null
        ? undefined
        : english
          ? named.find((item) => item.start > place.index)
          : named.filter((item) => item.end <= place.index).at(-1)
    const bare =
      anchor === undefined &&
      place !== null &&
      !english &&
      /학습|훈련/.test(lower.slice(0, place.index))
        ? (spec.components.find((item) => item.type === 'trainer')?.name ?? null)
        : null
    const made = named.find((item) => item !== anchor)
    if (made === undefined) return []
    return [
      {
        kind: 'add',
        type: made.type as 'evaluator',
        after: anchor?.name ?? bare,
      },
    ]
  }
  if (removeWords.test(lower) && named.length > 0 && !/(?:limit|cap|제한|한도)/.test(lower)) {
    return named
      .filter((item) => item.name !== null)
      .map((item) => ({ kind: 'remove' as const, component: item.name! }))
  }
  return []
}

/** "give the trainer 4 GPUs", "학습 단계에 GPU 4장 줘", "trainer memory 32GB", "evaluator with 8 cpus". */
function readResources(lower: string, named: readonly Mention[], spec: Spec): Operation[] {
  const holder = named.find((item) => item.name !== null)
  const everywhere =
    /\b(?:all|every|each)\s+(?:component|step)s?\b|모든\s?(?:단계|컴포넌트)|전체\s?단계/.test(lower)
  const holders = everywhere
    ? spec.components.map((item) => item.name)
    : holder === undefined
      ? []
      : [holder.name!]
  if (holders.length === 0) return []
  const number = String.raw`(\d+(?:\.\d+)?|[a-z]+|[가-힣]{1,3})`
  const valueOf = (text: string): number => {
    const english = englishNumber(text)
    return Number.isNaN(english) ? koreanNumber(text) : english
  }
  const result: Operation[] = []
  const counts = [
    ...lower.matchAll(new RegExp(String.raw`${number}\s*(?:x\s*)?(?:gpus?|그래픽\s?카드)`, 'g')),
    ...lower.matchAll(
      new RegExp(
        String.raw`(?:gpus?|그래픽\s?카드|지피유)(?:를|을|는|은)?\s*(?:=|:|to)?\s*${number}\s?(?:장|개|대)?`,
        'g',
      ),
    ),
  ].map((match) => valueOf(match[1]!))
  const count = counts.find((value) => Number.isInteger(value)) ?? Number.NaN
  const gpuMemory =
    /(\d+)\s*(?:gb|기가)\s*(?:of\s+)?(?:vram|gpu memory)|(?:vram|gpu memory|gpu 메모리)\D{0,6}(\d+)\s*(?:gb|기가)/.exec(
      lower,
    )
  const memory =
    gpuMemory === null
      ? /(\d+(?:\.\d+)?)\s*(gb|gib|mb|기가)\s*(?:of\s+)?(?:ram|memory|램|메모리)|(?:ram|memory|램|메모리)\D{0,8}(\d+(?:\.\d+)?)\s*(gb|gib|mb|기가)/.exec(
          lower,
        )
      : null
  const cpu =
    /(\d+(?:\.\d+)?)\s*(?:cpus?|cores?|코어)|(?:cpus?|cores?|코어)\D{0,4}(\d+(?:\.\d+)?)/.exec(
      lower,
    )
  for (const component of holders) {
    if (Number.isInteger(count) && count >= 0)
      result.push({ kind: 'resources', component, key: 'gpu_count', value: count })
    if (gpuMemory !== null)
      result.push({
        kind: 'resources',
        component,
        key: 'gpu_memory',
        value: `${gpuMemory[1] ?? gpuMemory[2]}GB`,
      })
    if (memory !== null) {
      const unit = (memory[2] ?? memory[4]!)
        .replace('기가', 'gb')
        .toUpperCase()
        .replace('GIB', 'Gi')
      result.push({
        kind: 'resources',
        component,
        key: 'memory',
        value: `${memory[1] ?? memory[3]}${unit}`,
      })
    }
    if (cpu !== null)
      result.push({ kind: 'resources', component, key: 'cpu', value: Number(cpu[1] ?? cpu[2]) })
  }
  return result
}

/** "set caption_dropout to 0.1", "mirror off", "시드를 7로", and any parameter that a component has by its own name. */
function readParams(
  lower: string,
  text: string,
  named: readonly Mention[],
  spec: Spec,
  before: readonly Operation[],
): Operation[] {
  const result: Operation[] = []
  const settings = explainSettings(spec)
  const done = new Set(before.flatMap((item) => (item.kind === 'setting' ? [item.name] : [])))
  const link = String.raw`(?:를|을|는|은|값을|값은)?\s*(?:=|:|\bto\b|\bis\b|\bof\b)?\s*`
  // what stands in quotes begins with a letter or figure: in pasted JSON everything is in quotes
  const literal = String.raw`(-?\d+(?:\.\d+)?(?:e-?\d+)?|true|false|on|off|켜|꺼|끄|"[\p{L}\p{N}./_-][^"{}]{0,199}"|'[\p{L}\p{N}./_-][^'{}]{0,199}')`
  const read = (raw: string, source: string): number | boolean | string => {
    if (/^["']/.test(raw)) return source.slice(1, -1)
    if (/^(?:true|on|켜)$/.test(raw)) return true
    if (/^(?:false|off|꺼|끄)$/.test(raw)) return false
    return Number(raw)
  }
  for (const [name, words] of settingWords) {
    if (done.has(name) || !settings.some((item) => item.name === name)) continue
    const match = new RegExp(String.raw`(?:${words.source})${link}${literal}`, 'du').exec(lower)
    if (match === null) continue
    const [start, end] = match.indices!.at(-1)!
    result.push({ kind: 'setting', name, value: read(match.at(-1)!, text.slice(start, end)) })
    done.add(name)
  }
  for (const component of spec.components) {
    for (const param of Object.keys(component.params)) {
      if (!param.includes('_') && param.length < 5) continue
      if (settings.some((item) => snake(item.name) === param)) continue
      const spelt = param.replaceAll('_', '[\\s_-]?')
      const match = new RegExp(String.raw`(?<![a-z])${spelt}(?![a-z])${link}${literal}`, 'du').exec(
        lower,
      )
      const holder = named.find((item) => item.name !== null)?.name ?? component.name
      if (match === null || holder !== component.name) continue
      const [start, end] = match.indices!.at(-1)!
      result.push({
        kind: 'param',
        component: component.name,
        name: param,
        value: read(match.at(-1)!, text.slice(start, end)),
      })
    }
  }
  return result
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const koreanSettings: Readonly<Record<string, string>> = {
  rank: '랭크',
  alpha: '알파',
  learningRate: '학습률',
  steps: '스텝',
  batchSize: '배치 크기',
  resolution: '해상도',
  captionDropout: '캡션 생략',
  mirror: '좌우 반전',
  seed: '시드',
  guidanceScale: '가이던스',
  sampleSteps: '샘플 스텝',
  baseModel: '기반 모델',
  strategy: '학습 방식',
  quality: '품질',
  style: '스타일',
  task: '작업',
  triggerWord: '트리거 단어',
  outputs: '형식',
  'subject.classNoun': '대상',
  'subject.name': '이름',
  'limits.gpus': 'GPU 수',
  'limits.gpuMemory': 'GPU 메모리',
  'limits.hours': '시간',
  'limits.money': '예산',
}

/** "why rank 16?": the settings' and the slots' own reasons. */
function explain(
  lower: string,
  { spec, intent }: FollowUpContext,
  language: 'en' | 'ko',
): FollowUp {
  const reasons: { subject: string; reason: string }[] = []
  const settings = spec === null ? [] : explainSettings(spec, language)
  const called = (name: string): string =>
    (language === 'ko' ? koreanSettings[name] : undefined) ?? name
  for (const [name, words] of settingWords) {
    const setting = settings.find((item) => item.name === name)
    const slot = isSlotPath(`settings.${name}`)
      ? intent.slots[`settings.${name}` as SlotPath]
      : undefined
    if (!words.test(lower)) continue
    if (setting !== undefined)
      reasons.push({ subject: `${called(name)} ${shown(setting.value)}`, reason: setting.reason })
    else if (slot !== undefined)
      reasons.push({ subject: `${called(name)} ${shown(slot.value)}`, reason: slot.reason })
  }
  // "sample steps" is not "steps"
  const own = reasons.filter(
    (item) =>
      !reasons.some(
        (other) =>
          other !== item && other.subject.toLowerCase().endsWith(item.subject.toLowerCase()),
      ),
  )
  for (const [path, words] of slotWords) {
    const slot = intent.slots[path]
    if (slot === undefined) continue
    const value = shown(slot.value)
    const mentioned = words.test(lower) || (value.length > 2 && lower.includes(value.toLowerCase()))
    if (mentioned) own.push({ subject: `${called(path)} ${value}`, reason: slot.reason })
  }
  return {
    language,
    operations: [],
    reasons: own.slice(0, 10),
    notice:
      own.length > 0
        ? null
        : language === 'ko'
          ? '무엇의 이유인지 알려 주세요: 랭크, 학습률, 스텝, 배치, 해상도, 기본 모델 …'
          : 'Say what the reason is wanted for: rank, learning rate, steps, batch size, resolution, base model …',
  }
}

const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** What differs between two intents, slot by slot. */
export function diffIntents(before: Intent, after: Intent): Change[] {
  const paths = [...new Set([...Object.keys(before.slots), ...Object.keys(after.slots)])]
  return paths.flatMap((path): Change[] => {
    const [old, fresh] = [before.slots[path as SlotPath], after.slots[path as SlotPath]]
    const text = (slot: typeof old): string | null =>
      slot === undefined ? null : shown(slot.value)
    return text(old) === text(fresh) ? [] : [{ path, before: text(old), after: text(fresh) }]
  })
}
