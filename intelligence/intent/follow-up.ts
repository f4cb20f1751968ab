import type { Json } from '#schema/domain/canonical-json.ts'
import type { Intent, SlotPath } from '#schema/domain/intent.ts'
import { isSlotPath } from '#schema/domain/intent.ts'
import type { Change, Operation, Reason } from '#schema/domain/operation.ts'
import type { Spec } from '#schema/domain/spec.ts'
import { baseModels } from '../catalogue/base-models.ts'
import { exposureFactor } from '../synthesis/lora.ts'
import { explainSettings, presetSettings, sourceOf } from '../synthesis/settings.ts'
import { cannot } from './cannot.ts'
import { readGoal } from './grammar.ts'
import type { ReadContext } from './grammar.ts'
import { detectLanguage } from './language.ts'
import { normalise } from './normalise.ts'
import { answer, isQuestion, type PlanFacts } from './plan-questions.ts'
import { calledIn, mentions, slotWords } from './plan-words.ts'
import {
  factorIn,
  readParams,
  readSettings,
  settingsIn,
  type SettingGround,
} from './setting-changes.ts'
import { readResources, readStructure, type ResourceOperation } from './structure-changes.ts'

export interface FollowUp {
  readonly language: 'en' | 'ko'
  readonly operations: readonly Operation[]
  /** Answers to a question. */
  readonly reasons: readonly Reason[]
  /** The words ask to take the last change back. */
  readonly undo: boolean
  /** What was not understood or cannot be done, and what can be said instead; null when nothing is left over. */
  readonly notice: string | null
}

export interface FollowUpContext {
  readonly intent: Intent
  /** The plan, once there is one. */
  readonly spec: Spec | null
  readonly facts?: PlanFacts | null
  readonly defaultBaseModel?: string
}

type SlotOperation = Extract<Operation, { kind: 'slot' }>

const undoEnglish =
  /^(?:(?:no|oh|oops|sorry|wait|hmm|please|actually|never ?mind|ok|okay)[\s,.!]+)*(?:undo\b.*|revert(?: (?:it|that|this|the last (?:change|one)|please))?|(?:please )?(?:take|put|change|turn|switch|roll) (?:it|that|this) back|go back(?: (?:to )?(?:how|what|the way) it was(?: before)?| one| a step| to (?:the )?(?:previous|last|earlier)(?: \w+)?)?|back(?: (?:one|to (?:how|what|the way) it was(?: before)?))?|cancel (?:that|this|it|the last change)|never ?mind|forget (?:that|it|this)|not (?:that|like that|what i (?:meant|wanted))|that(?:'s| is| was) (?:not|wrong)(?: what i (?:meant|wanted|said))?|put (?:it|that) back|(?:restore|bring back) (?:the )?(?:previous|last|earlier)(?: \w+)?)[\s.!?~]*$/
const undoKorean =
  /^(?:(?:방금|아까|마지막|이전|지난|그거|그건|그|저|한|건|거|것|걸|변경|수정|단계|번|전부|다시|다|아니야|아니|잠깐만|잠깐|아)(?:을|를|은|는|만)?[\s,]*)*(?:실행\s?취소|취소|되돌려|되돌리|되돌아|원래대로|이전으로|전으로|아까로|그게 아니|그거 말고|무르|물러|없던\s?(?:걸|일))[가-힣\s]{0,16}[\s.!?~]*$/
/** A wish to take back is short; longer texts are not searched for one. */
const saysUndo = (lower: string): boolean =>
  lower.length <= 80 && (undoEnglish.test(lower) || undoKorean.test(lower))

const limitOff =
  /\bspend (?:whatever|as much)|\bwhatever it (?:takes|costs)\b|\b(?:no|without (?:a|any)?|remove (?:the|my|any)?|drop (?:the)?|lift (?:the)?|forget (?:about )?(?:the|my)?|ignore (?:the|my)?|never mind (?:the|about the)?|(?:do not|don'?t) (?:care|worry|mind) (?:about )?(?:the|my)?|unlimited|any)\s*(?:time|hours?|budget|money|costs?|price|gpus?|vram|memory)?\s*(?:limit|cap|budget|time|money|costs?|price)\b|\b(?:time|budget|money|costs?|price)\b.*\b(?:doesn'?t matter|does not matter|is no (?:issue|object|problem)|unlimited)\b|(?:제한|한도|예산|시간|비용|돈)(?:은|는|이|을|를|에)?\s?(?:상관|신경|무시|관계|걱정|없애|없이|풀어|해제|빼|삭제|지워|무제한)/
const betterWords =
  /\bmake (?:it|this|them) (?:really |much |even )?(?:good|great|better|perfect|nicer)\b|잘\s?나오게|더\s?(?:좋게|낫게|잘)\b|완벽하게/
const cheaperWords =
  /\bcheap(?:er|ly)?\b|\bless (?:expensive|costly|money)\b|\b(?:reduce|lower|cut|save on) (?:the )?(?:cost|price|money)s?\b|\bsave (?:some )?money\b|싸게|저렴|비용(?:을|은)?\s?(?:좀\s?)?(?:줄|낮|아껴|절약)|돈(?:을|은)?\s?(?:좀\s?)?(?:덜|아껴|절약)/

const subjectCue =
  /\b(?:subject|class|it'?s an?|it is an?|learn|my|our|style|look|name|trigger|called|named)\b|대상|스타일|이름|트리거|(?:^|\s)(?:내|우리|제)\s|아니라|아니고|말고|그림체|화풍/

const filler =
  /^[^\p{L}\p{N}]*(?:(?:please|thanks?(?: you)?|ok(?:ay)?|yes|yeah|yep|sure|no|nope|hmm+|well|so|hi|hello|hey|great|good|then|also|instead|actually|maybe|perhaps|sorry|wait|oh|too|as well|right|now|cool|nice|and|but|i think|i guess|if (?:possible|you can)|while (?:you'?re|we'?re) at it|네|응|음|아|어|그래|그래요|좋아|좋아요|고마워|고마워요|감사합니다|감사해요|그럼|그러면|아니|아니요|잠깐|부탁해|부탁해요|부탁드려요|이제|그리고|해줘|해주세요)[^\p{L}\p{N}]*)+$|^[^\p{L}\p{N}]*$/u
/** A reason or a contrast beside the wish, no wish of its own. */
const aside =
  /^\s*(?:not|rather than|instead of|because|since|as|so that|so (?:it|i|we|the)|which|if|it (?:is|was|looks?|seems?)|this is|that is|the (?:result|picture|last)|i (?:only|just)? ?(?:have|want|need))\b|(?:니까|라서|때문에|거든요?|어서|아서|지만|는데|네요?)\s*$/

/**
 * What words of a conversation do to the intent and, once there is one, the plan. The grammar alone: closed operations, no free text.
 * Clause by clause; a clause that is not understood, or asks for what cannot be done, is named and does nothing.
 *
 * @throws DomainError GOAL_UNREADABLE for no text or too much of it
 */
export function readFollowUp(text: string, context: FollowUpContext): FollowUp {
  const { spec } = context
  const readContext: ReadContext =
    context.defaultBaseModel === undefined ? {} : { defaultBaseModel: context.defaultBaseModel }
  const whole = readGoal(text, readContext)
  const language = detectLanguage(text) === 'ko' ? 'ko' : 'en'
  const { lower } = normalise(text)
  const empty = { language, operations: [], reasons: [], undo: false, notice: null } as const
  if (saysUndo(lower.trim())) return { ...empty, undo: true }
  if (lower.length <= 80 && helpWords.test(lower)) return { ...empty, notice: helpText(language) }
  if (isQuestion(lower)) {
    const said = Object.entries(whole.slots).flatMap(([path, slot]) =>
      isSlotPath(path) && path !== 'language' && path !== 'task' && slot.source === 'said'
        ? [path]
        : [],
    )
    const reasons = answer(lower, { ...context, facts: context.facts ?? null }, language, said)
    return { ...empty, reasons, notice: reasons.length > 0 ? null : askAbout(language) }
  }

  const made: { at: number; operation: Operation }[] = []
  const notes: string[] = []
  const others: { text: string; at: number; done: boolean }[] = []
  const open: string[] = []
  let holder: string | null = null
  const clauses = clausesOf(text, spec)
  for (const [at, clause] of clauses.entries()) {
    const { lower: small, text: plain } = normalise(clause)
    const put = (operations: readonly Operation[]): void =>
      operations.forEach((operation) => made.push({ at, operation }))
    if (small.length <= 80 && filler.test(small)) continue
    const params = spec === null ? [] : paramsOf(small, plain, spec)
    if (params.length > 0) {
      put(params)
      continue
    }
    const refusal = cannot(small, language)
    if (refusal !== null) {
      notes.push(quotedIn(clause, clauses.length, refusal, language))
      continue
    }
    if (spec === null && mentions(small, null).length > 0) {
      notes.push(
        language === 'ko'
          ? '단계는 계획이 만들어진 뒤에 바꿀 수 있습니다. 먼저 사진을 고르세요.'
          : 'Steps can be changed once there is a plan: choose the pictures first.',
      )
      continue
    }
    const structure = spec === null ? null : readStructure(small, spec)
    if (structure !== null) {
      if ('operations' in structure) put(structure.operations)
      else notes.push(structureNote(structure, spec!, language))
      continue
    }
    const resources: readonly ResourceOperation[] =
      spec === null ? [] : readResources(small, spec, holder)
    holder = resources.at(-1)?.component ?? mentions(small, spec)[0]?.name ?? holder
    put(resources)
    const bare = blanked(small, spec)
    const settings = readSettings(bare, plain, groundOf(context, clause, readContext))
    for (const [name, value] of settings.values) put(settingOperation(name, value, spec))
    open.push(...settings.open.map((name) => openNote(name, context, language)))
    const done = resources.length > 0 || settings.values.size > 0 || settings.open.length > 0
    if (resources.length === 0 && (spec !== null || settings.open.length === 0))
      others.push({ text: clause, at, done })
    put(
      loosened(
        small,
        context,
        others.find((item) => item.at === at),
      ),
    )
  }
  readSlots(others, whole, text, context, readContext, made)
  notes.push(...open)
  const left = others.filter((item) => !item.done && !aside.test(normalise(item.text).lower))
  const operations = made.sort((a, b) => a.at - b.at).map((item) => item.operation)
  if (left.length > 0 && (operations.length > 0 || notes.length > 0))
    notes.push(
      leftNote(
        left.map((item) => item.text.trim()),
        language,
      ),
    )
  withAlpha(operations, spec)
  withSteps(operations, context)
  const unique = operations.filter(
    (item, index) =>
      operations.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === index,
  )
  return {
    ...empty,
    operations: unique.slice(0, 20),
    notice:
      notes.length > 0
        ? [...new Set(notes)].join(' ').slice(0, 1000)
        : unique.length > 0
          ? null
          : notUnderstood(lower, language, spec),
  }
}

/** Slots of the intent that the words name; what is already taken by another part of the sentence is left alone. */
function readSlots(
  others: { text: string; at: number; done: boolean }[],
  whole: ReturnType<typeof readGoal>,
  text: string,
  { intent, spec }: FollowUpContext,
  readContext: ReadContext,
  made: { at: number; operation: Operation }[],
): void {
  if (others.length === 0) return
  const joined = others.map((item) => item.text).join(', ')
  const reading =
    joined === text ? whole : joined.trim() === '' ? null : readGoal(joined, readContext)
  if (reading === null) return
  const { lower } = normalise(joined)
  const taken = new Set(made.map(({ operation }) => pathOf(operation)))
  const spoken = new Set(settingsIn(lower).map((item) => `settings.${item.name}`))
  const clauseAt = (start: number): (typeof others)[number] => {
    let end = 0
    for (const item of others) {
      end += item.text.length + 2
      if (start < end) return item
    }
    return others.at(-1)!
  }
  for (const [path, slot] of Object.entries(reading.slots)) {
    if (!isSlotPath(path) || path === 'language') continue
    const fresh =
      slot.source === 'said' ||
      (slot.source === 'inferred' && slot.span !== null && path !== 'task')
    if (!fresh) continue
    const clause = slot.span === null ? others[0]! : clauseAt(slot.span[0])
    if (taken.has(path) || spoken.has(path)) continue
    // "mirror: true" is a setting, not a mirror: beside a plan the subject changes only by words that say so
    if (
      spec !== null &&
      /^(?:task|style|subject\.|triggerWord)/.test(path) &&
      (!subjectCue.test(lower) || /[{}[\]]/.test(lower))
    )
      continue
    if (path === 'task' && slot.value === 'unknown') continue
    clause.done = true
    if (path === 'task' && intent.slots.task?.value === slot.value) continue
    if (JSON.stringify(intent.slots[path]?.value) === JSON.stringify(slot.value) && spec === null)
      continue
    if (made.some(({ operation }) => operation.kind === 'slot' && operation.path === path)) continue
    const setting = path.startsWith('settings.') ? path.slice('settings.'.length) : null
    made.push({
      at: clause.at,
      operation:
        setting !== null && spec !== null
          ? { kind: 'setting', name: setting, value: slot.value as number }
          : { kind: 'slot', path, value: slot.value as SlotOperation['value'] },
    })
  }
}

const pathOf = (operation: Operation): string =>
  operation.kind === 'setting'
    ? `settings.${operation.name}`
    : operation.kind === 'slot'
      ? operation.path
      : ''

const settingOperation = (
  name: string,
  value: number | boolean | string | null,
  spec: Spec | null,
): Operation[] => {
  const path = `settings.${name}`
  if (spec !== null) return value === null ? [] : [{ kind: 'setting', name, value }]
  return isSlotPath(path) ? [{ kind: 'slot', path, value }] : []
}

function paramsOf(lower: string, text: string, spec: Spec): Operation[] {
  const settings = new Set(explainSettings(spec).map((item) => snake(item.name)))
  const named = new Set(mentions(lower, spec).map((item) => item.name))
  const components = spec.components.map((item) => ({
    name: item.name,
    params: item.params,
    meant: named.has(item.name),
  }))
  return readParams(lower, text, components, (param) => settings.has(param)).map((item) => ({
    kind: 'param' as const,
    ...item,
  }))
}

const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** "no time limit", "double the budget", "cheaper": what is not a figure of its own. */
function loosened(
  lower: string,
  { intent }: FollowUpContext,
  clause: { done: boolean } | undefined,
): Operation[] {
  const limits = slotWords.filter(
    ([path, words]) =>
      path.startsWith('limits.') && words.test(lower) && intent.slots[path] !== undefined,
  )
  const say = (operations: Operation[]): Operation[] => {
    if (operations.length > 0 && clause !== undefined) clause.done = true
    return operations
  }
  if (limitOff.test(lower))
    return say(limits.map(([path]) => ({ kind: 'slot' as const, path, value: null })))
  const factor = settingsIn(lower).length === 0 ? factorIn(lower) : null
  if (
    factor !== null &&
    factor > 0 &&
    limits.length === 1 &&
    !/\d\s?(?:시간|분|hours?|달러|원)/.test(lower)
  ) {
    const [path] = limits[0]!
    const value = intent.slots[path]!.value
    if (typeof value === 'number') {
      const sum =
        path === 'limits.gpus'
          ? Math.round(value * factor)
          : Number((value * factor).toPrecision(4))
      return say([{ kind: 'slot', path, value: sum }])
    }
    if (path === 'limits.money') {
      const money = value as { amount: number; currency: string }
      return say([
        {
          kind: 'slot',
          path,
          value: { ...money, amount: Math.round(money.amount * factor * 100) / 100 },
        },
      ])
    }
  }
  if (betterWords.test(lower)) return say([{ kind: 'slot', path: 'quality', value: 'best' }])
  if (cheaperWords.test(lower)) return say([{ kind: 'slot', path: 'quality', value: 'fast' }])
  return []
}

function groundOf(
  { spec, intent }: FollowUpContext,
  clause: string,
  readContext: ReadContext,
): SettingGround {
  const settings = spec === null ? [] : explainSettings(spec)
  const preset = spec === null ? {} : presetSettings(spec, intent.slots.quality?.value)
  let reading: ReturnType<typeof readGoal> | null = null
  const slot = (name: string): Json | undefined => {
    const path = `settings.${name}`
    return isSlotPath(path) ? intent.slots[path]?.value : undefined
  }
  return {
    known: (name) =>
      spec === null ? isSlotPath(`settings.${name}`) : settings.some((item) => item.name === name),
    now: (name) =>
      spec === null ? slot(name) : settings.find((item) => item.name === name)?.value,
    preset: (name) => preset[name],
    changed:
      spec === null
        ? Object.keys(intent.slots).flatMap((path) =>
            path.startsWith('settings.') ? [path.slice('settings.'.length)] : [],
          )
        : settings
            .map((item) => item.name)
            .filter((name) => sourceOf(spec, name) === 'edited' && name in preset),
    read: (name) => {
      reading ??= readGoal(clause, readContext)
      const path = `settings.${name}`
      const found = isSlotPath(path) ? reading.slots[path] : undefined
      return found?.source === 'said' ? (found.value as number) : undefined
    },
  }
}

/** What a clause says beside naming components. */
function blanked(lower: string, spec: Spec | null): string {
  return mentions(lower, spec).reduceRight(
    (left, { start, end }) => left.slice(0, start) + ' '.repeat(end - start) + left.slice(end),
    lower,
  )
}

const clauseEnd =
  /\s*(?:,(?!\d)|;|[.!?](?=\s|$)|\n|\band\b|\bthen\b|\bbut\b|그리고|(?<=하|빼|우|넣|붙이|바꾸|끊|늘리|줄이|올리|낮추|높이|주|두|쓰|켜|끄)고(?=\s|,)|(?<=하)되(?=\s|,)|(?<=지)만(?=\s|,))\s*/giu
const bareMention = /^(?:\s|the|a|an|my|also|to|both|은|는|이|가|을|를|도|와|과|랑|이랑|하|좀)*$/u

/** A sentence in its wishes. What only names components or settings belongs to its neighbour ("remove the evaluator and the preprocessor"). */
function clausesOf(text: string, spec: Spec | null): string[] {
  // what stands in quotes is one thing
  const masked = text.replaceAll(
    /\bquick and dirty\b|\bbetween \S{1,12} and \d|"[^"]*"|“[^”]*”|(?<=\s|^)'[^']*'(?=\s|$)/g,
    (quote) => 'q'.repeat(quote.length),
  )
  const pieces: { start: number; end: number }[] = []
  let start = 0
  for (const match of masked.matchAll(clauseEnd)) {
    pieces.push({ start, end: match.index })
    start = match.index + match[0].length
  }
  pieces.push({ start, end: text.length })
  const groups: { start: number; end: number }[] = []
  let waiting: number | null = null
  for (const piece of pieces) {
    const clause = text.slice(piece.start, piece.end)
    if (clause.trim() === '') continue
    const { lower } = normalise(clause)
    const named = [...mentions(lower, spec), ...settingsIn(lower)].sort((a, b) => a.start - b.start)
    const rest = named.reduceRight(
      (left, { start: from, end: to }) => left.slice(0, from) + left.slice(to),
      lower,
    )
    const bare = named.length > 0 && bareMention.test(rest)
    const last = groups.at(-1)
    // "more steps, like 1500"
    const figure =
      /^\s*(?:(?:like|say|maybe|about|around|to|perhaps|한|약)\s+)?\d[\d,.]*k?\s*(?:정도|쯤)?(?:으로|로)?\s*$/.test(
        lower,
      )
    if (
      figure &&
      last !== undefined &&
      settingsIn(normalise(text.slice(last.start, last.end)).lower).length > 0
    ) {
      last.end = piece.end
      continue
    }
    if (!bare) {
      groups.push({ start: waiting ?? piece.start, end: piece.end })
      waiting = null
    } else if (
      last !== undefined &&
      waiting === null &&
      /[,&]|and|와|과|랑|고/.test(text.slice(last.end, piece.start))
    )
      last.end = piece.end
    else waiting ??= piece.start
  }
  if (waiting !== null) groups.push({ start: waiting, end: text.length })
  return groups.map((group) => text.slice(group.start, group.end))
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

/** Steps that were said or set by hand stay when the plan is made anew: "make it faster" has to change them as well. */
function withSteps(operations: Operation[], { spec, intent }: FollowUpContext): void {
  const quality = operations.find((item) => item.kind === 'slot' && item.path === 'quality')
  if (spec === null || quality?.kind !== 'slot') return
  if (!['edited', 'said'].includes(sourceOf(spec, 'steps'))) return
  if (operations.some((item) => item.kind === 'setting' && item.name === 'steps')) return
  const now = explainSettings(spec).find((item) => item.name === 'steps')?.value
  const factors: Readonly<Record<string, number>> = exposureFactor
  const was = factors[intent.slots.quality?.value ?? 'balanced'] ?? 1
  const next = typeof quality.value === 'string' ? factors[quality.value] : undefined
  if (typeof now !== 'number' || next === undefined || next === was) return
  operations.push({
    kind: 'setting',
    name: 'steps',
    value: Math.max(1, Math.round((now * next) / was / 10) * 10),
  })
}

const helpWords =
  /^\s*(?:help|what can (?:you|i|we) (?:do|say|ask|change)|how does this work)\b|^\s*(?:도움말|도와줘)|(?:뭐|뭘|무엇을|어떤 걸)\s?(?:할|바꿀|말할|물어볼)\s?수/

const helpText = (language: 'en' | 'ko'): string =>
  language === 'ko'
    ? '설정("랭크 32로", "스텝 절반으로", "학습률을 기본값으로"), 자원("학습 단계에 GPU 2장"), 단계("평가 단계 빼줘", "학습 뒤에 평가 단계 추가해줘"), 기반 모델("SDXL로"), 한도("2시간 안에", "예산 5달러")를 바꾸고, 이유와 비용을 묻고("왜 랭크가 16이야?", "얼마나 걸려?"), 되돌릴 수 있습니다("되돌려줘").'
    : 'Settings ("rank 32", "halve the steps", "the default learning rate"), resources ("give the trainer 2 GPUs"), steps ("remove the evaluator", "add an evaluator after the trainer"), the base model ("use SDXL") and limits ("within 2 hours", "budget $5") can be changed; ask for reasons and costs ("why rank 16?", "how long will it take?"); "undo" takes the last change back.'

const askAbout = (language: 'en' | 'ko'): string =>
  language === 'ko'
    ? '무엇의 이유인지 알려 주세요: 랭크, 학습률, 스텝, 배치, 해상도, 기본 모델, 단계, 시간, 비용, 메모리 …'
    : 'Say what the reason is wanted for: rank, learning rate, steps, batch size, resolution, base model, a step, time, cost, memory …'

const quotedIn = (clause: string, of: number, note: string, language: 'en' | 'ko'): string =>
  of === 1
    ? note
    : language === 'ko'
      ? `“${shortened(clause)}”: ${note}`
      : `“${shortened(clause)}”: ${note}`

const shortened = (text: string): string => {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain
}

const leftNote = (left: readonly string[], language: 'en' | 'ko'): string => {
  const words = left.map((text) => `“${shortened(text)}”`).join(', ')
  return language === 'ko'
    ? `알아듣지 못한 부분이라 바꾸지 않습니다: ${words}.`
    : `Not understood, so not part of the change: ${words}.`
}

function openNote(name: string, { spec, intent }: FollowUpContext, language: 'en' | 'ko'): string {
  const called = calledIn(language, name)
  const path = `settings.${name}`
  const now =
    spec === null
      ? isSlotPath(path)
        ? intent.slots[path]?.value
        : undefined
      : explainSettings(spec).find((item) => item.name === name)?.value
  if (now === undefined || now === null)
    return language === 'ko'
      ? spec === null
        ? `${called}: 아직 정해진 값이 없습니다. 숫자로 말하거나, 계획이 만들어진 뒤에 바꾸세요.`
        : `${called}: 이 계획에는 없는 설정입니다.`
      : spec === null
        ? `${called}: there is no figure yet. Say one, or change it once there is a plan.`
        : `${called}: this plan has no such setting.`
  if (typeof now !== 'number')
    return language === 'ko'
      ? `${called}: 무엇으로 바꿀까요? 지금은 ${shown(now)}입니다.`
      : `${called}: to what? It is ${shown(now)} now.`
  return language === 'ko'
    ? `${called}: 무엇으로 바꿀까요? 지금은 ${now}입니다. 예: "${called} ${now}", "${called} 두 배로", "${called} 기본값으로".`
    : `${called}: to what? It is ${now} now. For example "${called} ${now}", "double the ${called}", "the default ${called}".`
}

function structureNote(
  { refused, words }: { readonly refused: 'unknown' | 'which' | 'kept'; readonly words: string },
  spec: Spec,
  language: 'en' | 'ko',
): string {
  const names = spec.components.map((item) => item.name).join(', ')
  if (refused === 'kept')
    return language === 'ko' ? '그대로 두었습니다.' : 'Nothing is added or removed.'
  if (refused === 'unknown')
    return language === 'ko'
      ? `“${shortened(words)}”: 이 계획에 없는 것이라 아무것도 바꾸지 않습니다. 단계는 ${names}이고, 데이터 로더, 전처리, 학습, 평가 단계를 추가, 삭제, 연결할 수 있습니다.`
      : `“${shortened(words)}” is nothing that this plan knows, so nothing is changed. Its steps are ${names}; a data loader, preprocessor, trainer or evaluator can be added, removed and connected.`
  return language === 'ko'
    ? `어느 단계인지 말해 주세요: ${names}. 예: "평가 단계 빼줘", "전처리를 평가에 연결해줘".`
    : `Say which steps: ${names}. For example "remove the evaluator", "connect the preprocessor to the evaluator".`
}

function notUnderstood(lower: string, language: 'en' | 'ko', spec: Spec | null): string {
  const bases = baseModels
    .filter((item) => item.available)
    .map((item) => item.id)
    .join(', ')
  const ko = language === 'ko'
  if (
    /\b(?:use|switch to|change (?:it|the model|the base model) to|based? on|train on)\s+\p{L}/u.test(
      lower,
    ) ||
    /\p{L}(?:으로|로)\s?(?:바꿔|변경|교체|써|쓰)/u.test(lower)
  )
    return ko
      ? `무엇으로 바꿀지 알아듣지 못했습니다. 기반 모델: ${bases}. 예: "SDXL로 바꿔줘", "랭크 32로", "드림부스로".`
      : `I found nothing that I know to change to. Base models: ${bases}. For example: "use SDXL", "rank 32", "use DreamBooth".`
  if (
    /\bmemory\b|\bcpus?\b|\bcores?\b|\bgpus?\b|메모리|코어|그래픽\s?카드/.test(lower) &&
    spec !== null
  )
    return ko
      ? '어느 단계에 얼마나 줄지 말해 주세요. 예: "학습 단계에 메모리 32기가", "학습 단계에 GPU 2장". 장치의 종류는 신청할 때 고릅니다.'
      : 'Say which step gets how much. For example "give the trainer 32GB of memory", "give the trainer 2 GPUs". The kind of device is chosen when the run is requested.'
  if (/\d/.test(lower))
    return ko
      ? '무엇의 숫자인지 말해 주세요. 예: "랭크 16", "배치 16", "1500스텝", "2시간 안에".'
      : 'Say what the figure is for. For example: "rank 16", "batch size 16", "1500 steps", "within 2 hours".'
  if (
    spec !== null &&
    /\b(?:add|insert|remove|delete|drop|connect|disconnect)\b|추가|빼|삭제|제거|없애|연결/.test(
      lower,
    )
  )
    return structureNote({ refused: 'which', words: lower }, spec, language)
  if (ko)
    return spec === null
      ? '바꿀 것을 알아듣지 못했습니다. 예: "SDXL로 바꿔줘", "2시간 안에", "예산 5달러".'
      : '바꿀 것을 알아듣지 못했습니다. 예: "랭크 32로", "학습 단계에 GPU 4장 줘", "평가 단계 빼줘", "왜 랭크가 16이야?"'
  return spec === null
    ? 'I found nothing to change. For example: "use SDXL", "within 2 hours", "budget $5".'
    : 'I found nothing to change. For example: "rank 32", "give the trainer 4 GPUs", "add an evaluator after the trainer", "why rank 16?"'
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
