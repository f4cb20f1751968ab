import type { Json } from '#schema/domain/canonical-json.ts'
import type { Range } from '#schema/domain/cost.ts'
import type { Intent, SlotPath } from '#schema/domain/intent.ts'
import { isSlotPath } from '#schema/domain/intent.ts'
import type { Reason } from '#schema/domain/operation.ts'
import type { Component, Spec } from '#schema/domain/spec.ts'
import { explainSettings } from '../synthesis/settings.ts'
import { koreanName as koreanOf } from './lexicon.ts'
import { reasonIn } from './messages.ts'
import { calledIn, mentions, settingWords, slotWords } from './plan-words.ts'
import { settingsIn } from './setting-changes.ts'

/** What the platform knows of a plan beside its own text; null and empty where nothing tells. */
export interface PlanFacts {
  readonly seconds: Range | null
  readonly memoryBytes: Range | null
  readonly costs: readonly (Range & { readonly currency: string })[]
  /** Devices without a price. */
  readonly unpriced: readonly string[]
}

export interface QuestionContext {
  readonly intent: Intent
  readonly spec: Spec | null
  readonly facts: PlanFacts | null
}

const why =
  /\bwhy\b|\bhow come\b|\bexplain\b|\breason\b|\bwhat(?:'s| is) the reason\b|왜|이유|설명|어째서|근거/
/** "could you", "what if", "어때": a wish in the clothes of a question. */
const wish =
  /^\s*(?:(?:and|so|but|ok|okay|hey|hi|please)\W+)*(?:can|could|would|will) (?:you|we)\b|^\s*(?:can|could) it\b|\bwhat if\b|\b(?:what|how) about\b|\bcan i have\b|(?:하|로|으로)면\s?(?:어때|어떨까|어떤가)|(?:[줄볼할쓸]래|주실래|줄 수|수 있)/
const asks =
  /^\s*(?:(?:and|so|but|ok|okay|hey|hi|then)\W+)*(?:what(?:'?s| is| are| does| do| was| will|'re| would)?|how (?:long|much|many|big|large|does|do|is|was|high|expensive)|is|are|does|which|who|when|where|should|shall|will (?:it|this|that)|do (?:i|we) (?:really )?(?:need|have)|tell me (?:about|more))\b|뭐(?:가\s|야|예요|에요|죠|지|니|임|하는|\s하는|\?)|뭔(?:가요|데|지)|무엇|무슨|어떤\s|얼마|몇|언제|어떻게|충분(?:해|한가|할까|하니|하나|합니까)|괜찮(?:을까|은가|나)|(?:인가요|은가요|나요|ㄹ까요|을까요|할까요|일까요?|할까|습니까|입니까|인지|이에요|예요|거야|건가|되나|돼)\s*\?|필요(?:해|한가요|합니까)\s*\?|[가-힣]{2,}(?:아|어|야|여|해|돼|가|나|니|까|지|죠|요|싸)\s*\?|(?<![가-힣])비싸\s*\?/
const timeWords =
  /\bhow long\b|\bduration\b|\btime (?:will|does|is)\b|\bwhen\b.*\b(?:done|ready|finish\w*|end)\b|\btake\b.*\?|얼마나\s?(?:오래\s?)?(?:걸|오래)|걸려|걸리|몇\s?(?:시간|분)|언제|시간은?\s?(?:얼마|몇)|소요/
const costWords =
  /\bcosts?\b|\bprice\b|\bexpensive\b|\bhow much (?:money|will|would|does|is it|do i pay)\b(?!.*\b(?:memory|vram|ram|gpu)\b)|비용|가격|요금|얼마야|얼마예요|얼마에요|돈|비싸/
const memoryWords = /\bv?ram\b|\bmemory\b|메모리|램/
const askingWords = /\b(?:asking|ask me|asked|question)\b|물어|묻|질문/
const planWords =
  /\b(?:this|the|your|my) (?:plan|pipeline|workflow|settings?)\b|계획|파이프라인|플랜|설정/

/** Whether a sentence asks about the plan rather than for a change of it. */
export function isQuestion(lower: string): boolean {
  if (why.test(lower)) return true
  if (wish.test(lower)) return false
  return asks.test(lower)
}

type Language = 'en' | 'ko'
const shown = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Answers from the plan's and the platform's own evidence; nothing that they do not hold is said. */
export function answer(
  lower: string,
  context: QuestionContext,
  language: Language,
  /** Slots that the question's own words name. */
  said: readonly SlotPath[],
): Reason[] {
  const { spec, intent } = context
  const reasons: Reason[] = []
  const put = (about: string, subject: string, reason: string): void => {
    if (!reasons.some((item) => item.about === about)) reasons.push({ about, subject, reason })
  }
  const settings = spec === null ? [] : explainSettings(spec, language)
  const named = settingsIn(lower)
  const parts = mentions(lower, spec)

  if (timeWords.test(lower)) put('time', ...timeOf(context, language))
  if (costWords.test(lower) && (named.length === 0 || !/얼마/.test(lower)))
    put('cost', ...costOf(context, language))
  if (
    (memoryWords.test(lower) && !why.test(lower)) ||
    (/\d\s?(?:gb|기가)/.test(lower) && /\bfit\b|\brun\b|돌아|들어가|될까|되나/.test(lower))
  )
    put('memory', ...memoryOf(context, language))
  if (askingWords.test(lower)) put('question', ...questionOf(intent, language))

  for (const { name } of named) {
    const setting = settings.find((item) => item.name === name)
    const slot = isSlotPath(`settings.${name}`)
      ? intent.slots[`settings.${name}` as SlotPath]
      : undefined
    const called = calledIn(language, name)
    if (setting !== undefined) put(name, `${called} ${shown(setting.value)}`, setting.reason)
    else if (slot !== undefined)
      put(name, `${called} ${shown(slot.value)}`, reasonIn(language, slot.reason))
    else if (spec === null) put(name, called, notYet(language))
  }
  for (const { type, name } of parts) {
    const component =
      spec?.components.find((item) => item.name === name) ??
      spec?.components.find((item) => item.type === type)
    if (component !== undefined)
      put(component.name, component.name, purposeOf(component, spec!, language))
  }
  for (const [path, words] of slotWords) {
    const slot = intent.slots[path]
    if (slot === undefined) continue
    if (path.startsWith('limits.') && reasons.length > 0) continue
    const value = shown(slot.value)
    const said =
      value.length > 2 &&
      new RegExp(`(?<![\\p{L}\\d])${escaped(value.toLowerCase())}(?![a-z\\d])`, 'u').test(lower)
    if (words.test(lower) || said || saidInKorean(path, slot.value, lower))
      put(path, `${calledIn(language, path)} ${value}`, reasonIn(language, slot.reason))
  }
  for (const [path, slot] of Object.entries(intent.slots)) {
    const value = shown(slot.value)
    if (
      (path === 'subject.name' || path === 'strategy' || path === 'baseModel') &&
      value.length > 2 &&
      lower.includes(value.toLowerCase())
    )
      put(path, `${calledIn(language, path)} ${value}`, reasonIn(language, slot.reason))
  }
  for (const path of said) {
    const slot = intent.slots[path]
    const setting = settings.find((item) => `settings.${item.name}` === path)
    if (setting !== undefined)
      put(
        setting.name,
        `${calledIn(language, setting.name)} ${shown(setting.value)}`,
        setting.reason,
      )
    else if (slot !== undefined && !(path.startsWith('limits.') && reasons.length > 0))
      put(path, `${calledIn(language, path)} ${shown(slot.value)}`, reasonIn(language, slot.reason))
  }
  // the whole plan: each of its steps
  if (reasons.length === 0 && spec !== null && planWords.test(lower))
    for (const component of spec.components)
      put(component.name, component.name, purposeOf(component, spec, language))
  // a setting's name without a question about another: why the figures are what they are
  if (reasons.length === 0 && spec !== null)
    for (const [name, words] of settingWords)
      if (words.test(lower)) {
        const setting = settings.find((item) => item.name === name)
        if (setting !== undefined)
          put(name, `${calledIn(language, name)} ${shown(setting.value)}`, setting.reason)
      }
  return reasons.slice(0, 10)
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)

/** The page shows nouns and looks in Korean; people ask about them so. */
function saidInKorean(path: SlotPath, value: unknown, lower: string): boolean {
  if (path !== 'subject.classNoun' && path !== 'style') return false
  if (typeof value !== 'string') return false
  const name = koreanOf(value)
  return name !== value && lower.includes(name)
}

const notYet = (language: Language): string =>
  language === 'ko'
    ? '계획을 만들 때 기반 모델의 값으로 정해집니다'
    : 'it is chosen from the base model’s own settings when the plan is made'

function span(range: Range, text: (value: number) => string): string {
  return `${text(range.likely)} (${text(range.low)}–${text(range.high)})`
}

function duration(seconds: number, language: Language): string {
  const [value, unit] =
    seconds < 90 ? [seconds, 0] : seconds < 5400 ? [seconds / 60, 1] : [seconds / 3600, 2]
  const figure = value < 10 && unit === 2 ? Number(value.toFixed(1)) : Math.round(value)
  return language === 'ko'
    ? `${figure}${['초', '분', '시간'][unit]}`
    : `${figure} ${['s', 'min', 'h'][unit]}`
}

function timeOf({ spec, intent, facts }: QuestionContext, language: Language): [string, string] {
  const ko = language === 'ko'
  const limit = intent.slots['limits.hours']?.value
  const limited =
    limit === undefined
      ? ''
      : ko
        ? ` 말한 한도는 ${limit}시간입니다.`
        : ` Your limit is ${limit} hours.`
  const subject = ko ? '걸리는 시간' : 'time'
  if (spec === null)
    return [
      subject,
      (ko
        ? '계획이 만들어지면 그 스텝 수로 계산합니다.'
        : 'It is reckoned from the plan’s steps once there is a plan.') + limited,
    ]
  if (facts?.seconds == null)
    return [
      subject,
      (ko ? '아직 판단할 근거가 없습니다.' : 'There is nothing to judge by yet.') + limited,
    ]
  const steps = explainSettings(spec, language).find((item) => item.name === 'steps')?.value
  const figure = span(facts.seconds, (value) => duration(value, language))
  return [
    subject,
    (ko
      ? `약 ${figure}. ${typeof steps === 'number' ? `${steps}스텝을 ` : ''}이 컴퓨터의 속도로 계산했습니다.`
      : `About ${figure}, reckoned from ${typeof steps === 'number' ? `${steps} steps at ` : ''}the speed of this machine.`) +
      limited,
  ]
}

function costOf({ spec, intent, facts }: QuestionContext, language: Language): [string, string] {
  const ko = language === 'ko'
  const limit = intent.slots['limits.money']?.value as
    { amount: number; currency: string } | undefined
  const limited =
    limit === undefined
      ? ''
      : ko
        ? ` 말한 예산은 ${limit.amount} ${limit.currency}입니다.`
        : ` Your budget is ${limit.amount} ${limit.currency}.`
  const subject = ko ? '비용' : 'cost'
  if (spec === null)
    return [
      subject,
      (ko ? '계획이 만들어지면 계산합니다.' : 'It is reckoned once there is a plan.') + limited,
    ]
  const costs = facts?.costs ?? []
  if (costs.length === 0)
    return [
      subject,
      (ko
        ? `이 계획이 쓰는 장치${facts !== null && facts.unpriced.length > 0 ? `(${facts.unpriced.join(', ')})` : ''}의 가격이 정해져 있지 않아 금액을 말할 수 없습니다. 관리자가 비용 페이지에서 정합니다.`
        : `No price is set for the devices of this plan${facts !== null && facts.unpriced.length > 0 ? ` (${facts.unpriced.join(', ')})` : ''}, so there is no figure. An administrator sets prices under Costs.`) +
        limited,
    ]
  const figures = costs
    .map(
      (cost) => `${span(cost, (value) => String(Number(value.toPrecision(3))))} ${cost.currency}`,
    )
    .join(', ')
  return [
    subject,
    (ko
      ? `약 ${figures}. 예상 시간에 장치의 시간당 가격을 곱했습니다.`
      : `About ${figures}: the expected time by the devices’ prices an hour.`) + limited,
  ]
}

function memoryOf({ spec, facts }: QuestionContext, language: Language): [string, string] {
  const ko = language === 'ko'
  const subject = ko ? '메모리' : 'memory'
  const trainer = spec?.components.find((item) => item.type === 'trainer')
  const asked = trainer?.resources.memory?.text
  const asks =
    asked === undefined
      ? ''
      : ko
        ? ` 학습 단계는 ${asked}를 요청합니다.`
        : ` The trainer asks for ${asked}.`
  if (spec === null || facts?.memoryBytes == null)
    return [
      subject,
      (ko ? '아직 판단할 근거가 없습니다.' : 'There is nothing to judge by yet.') + asks,
    ]
  const figure = span(facts.memoryBytes, (value) => `${Number((value / 1e9).toPrecision(2))} GB`)
  return [
    subject,
    (ko
      ? `약 ${figure}. 기반 모델과 배치 크기로 계산했습니다.`
      : `About ${figure}, reckoned from the base model and the batch size.`) + asks,
  ]
}

function questionOf({ question }: Intent, language: Language): [string, string] {
  const ko = language === 'ko'
  if (question === null)
    return ko
      ? ['질문', '지금은 열린 질문이 없습니다.']
      : ['question', 'Nothing is asked at the moment.']
  const because: Readonly<Record<string, readonly [string, string]>> = {
    task: [
      'A thing and a look are trained differently: for a thing the captions name it, for a look they describe everything else. Until you answer, the first option counts.',
      '대상과 스타일은 다르게 학습합니다. 대상이면 캡션이 그 대상을 부르고, 스타일이면 캡션이 나머지를 설명합니다. 답하기 전에는 첫 번째 선택지를 씁니다.',
    ],
    'subject.classNoun': [
      'The class noun is the strongest lever on the likeness (DreamBooth, table 4: 0.744 with the right one, 0.303 with none). Until you answer, what your pictures show counts.',
      '대상의 종류가 닮음을 가장 크게 좌우합니다(DreamBooth 표 4: 맞으면 0.744, 없으면 0.303). 답하기 전에는 사진에 보이는 것을 씁니다.',
    ],
  }
  const [en, korean] = because[question.slot] ?? [
    'The answers lead to different plans. Until you answer, the first option counts.',
    '답에 따라 계획이 달라집니다. 답하기 전에는 첫 번째 선택지를 씁니다.',
  ]
  return [question.text, ko ? korean : en]
}

/** What a step does, out of its own parameters and connections. */
function purposeOf(component: Component, spec: Spec, language: Language): string {
  const ko = language === 'ko'
  const of = (name: string): string => shown(component.params[name] ?? '?')
  const to = spec.workflow
    .filter((edge) => edge.from.component === component.name)
    .map((edge) => edge.to.component)
  const next = [...new Set(to)].join(', ')
  const passes =
    next === '' ? '' : ko ? ` 결과는 ${next}(으)로 갑니다.` : ` What it makes goes to ${next}.`
  const sentences: Readonly<Record<string, readonly [string, string]>> = {
    data_loader: [
      'brings the data set’s chosen pictures and their captions in.',
      '데이터셋에서 고른 사진과 캡션을 가져옵니다.',
    ],
    preprocessor: [
      `cuts and scales every picture to ${of('resolution')} px, in shapes that go together.`,
      `모든 사진을 ${of('resolution')} px에 맞추어 자르고 비슷한 비율끼리 묶습니다.`,
    ],
    trainer: [
      `learns: a ${of('strategy')} on ${of('base_model')} in ${of('steps')} steps.`,
      `${of('base_model')} 위에서 ${of('strategy')} 방식으로 ${of('steps')}스텝 동안 학습합니다.`,
    ],
    evaluator: [
      `draws ${of('sample_count')} pictures by the same seeds with and without what was learnt and measures how much nearer to your photographs they come; without it a model has no figures.`,
      `같은 시드로 학습 전후의 그림을 ${of('sample_count')}장씩 그려 사진에 얼마나 가까워졌는지 잽니다. 이것이 없으면 모델에 평가 수치가 없습니다.`,
    ],
  }
  const [en, korean] = sentences[component.type] ?? [
    `runs the image ${component.image.registry}.`,
    `${component.image.registry} 이미지를 실행합니다.`,
  ]
  return (ko ? korean : en) + passes
}
