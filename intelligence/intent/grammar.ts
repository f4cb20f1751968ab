import { DomainError } from '#schema/domain/errors.ts'
import { isSlotPath, reviseIntent, slotSchemas } from '#schema/domain/intent.ts'
import type {
  Intent,
  Language,
  Question,
  Slot,
  SlotPath,
  Slots,
  SlotSource,
  SlotValues,
  Task,
} from '#schema/domain/intent.ts'
import { readEnglish } from './english/read.ts'
import type { Evidence, Find } from './find.ts'
import { readKorean } from './korean/read.ts'
import { detectLanguage } from './language.ts'
import { classNounOf, hypernymOf, nounOfEmoji } from './lexicon.ts'
import { messagesFor } from './messages.ts'
import type { Messages } from './messages.ts'
import { normalise, spanOf, tokenise } from './normalise.ts'
import type { Normalised, Token } from './normalise.ts'
import { readFigures } from './quantities.ts'
import { taskShares } from './task-model.ts'
import type { TaskReading } from './task-model.ts'

export interface Sight {
  readonly classNoun: string
  readonly count: number
  readonly of: number
}

export interface ReadContext {
  /** What the platform trains when nothing is said; `tiny-sd` where there is no GPU. */
  readonly defaultBaseModel?: string
  /** What the vision model sees in the pool, most frequent first. */
  readonly seen?: readonly Sight[]
  /** The intent so far: what this goal says replaces it, the rest stays. */
  readonly previous?: Intent
}

/** An intent beside the goal that it was read from. */
export interface Reading extends Intent {
  readonly goal: string
  readonly language: Language
}

const maxLength = 2000

type Draft = { -readonly [P in SlotPath]?: Slot<SlotValues[P]> }

/** The words of a goal, and what they are found to say. */
export function evidenceOf(
  goal: string,
  language: Language,
): { normalised: Normalised; tokens: readonly Token[]; evidence: Evidence } {
  const normalised = normalise(goal)
  const tokens = tokenise(normalised)
  const evidence =
    language === 'ko' ? readKorean(normalised, tokens) : readEnglish(normalised, tokens)
  return { normalised, tokens, evidence }
}

/** The built-in reader: offline, deterministic, no more than lexicons and patterns. The goal is data, never an instruction. */
export function readGoal(goal: string, context: ReadContext = {}): Reading {
  if (goal.trim() === '')
    throw new DomainError(
      'GOAL_UNREADABLE',
      'Say what you want in a sentence, for example: train a LoRA of my cat.',
    )
  if (goal.length > maxLength) {
    throw new DomainError(
      'GOAL_UNREADABLE',
      `A goal has at most ${maxLength} characters; this one has ${goal.length}. Say it shorter.`,
      { length: goal.length },
    )
  }
  const language = detectLanguage(goal)
  const messages = messagesFor(language)
  const found = evidenceOf(goal, language)
  const { normalised, tokens } = found
  let { evidence } = found
  const draft: Draft = {}
  const put = <P extends SlotPath>(
    path: P,
    value: SlotValues[P],
    source: SlotSource,
    span: readonly [number, number] | null,
    confidence: number,
    reason: string,
  ): void => {
    const checked = slotSchemas[path].safeParse(value)
    // a figure out of all bounds ("rank 99999") is not a reading
    if (checked.success)
      draft[path] = {
        value: checked.data as SlotValues[P],
        source,
        span,
        confidence,
        reason,
      } as Draft[P]
  }
  const said = <P extends SlotPath>(
    path: P,
    value: SlotValues[P],
    item: { start: number; end: number },
    confidence = 1,
    source: SlotSource = 'said',
  ): void => {
    const span = spanOf(normalised, item.start, item.end)
    put(path, value, source, span, confidence, messages.from(goal.slice(span[0], span[1])))
  }

  const figures = readFigures(normalised.lower)
  const overlaps = (item: { start: number; end: number }): boolean =>
    figures.some((figure) => figure.start < item.end && item.start < figure.end)
  // a guessed name inside "batch size 2" is none
  if (evidence.name !== null && evidence.name.confidence < 0.8 && overlaps(evidence.name))
    evidence = { ...evidence, name: null }
  for (const figure of figures) {
    const inName = [evidence.name, evidence.trigger].some(
      (item) => item !== null && figure.start < item.end && item.start < figure.end,
    )
    if (!inName) said(figure.slot, figure.value as never, figure, figure.confidence, figure.source)
  }
  readChoices(evidence, said)
  if (evidence.name !== null)
    said('subject.name', evidence.name.value, evidence.name, evidence.name.confidence)
  if (evidence.trigger !== null)
    said('triggerWord', evidence.trigger.value, evidence.trigger, evidence.trigger.confidence)
  if (evidence.style !== null)
    said('style', evidence.style.value, evidence.style, evidence.style.confidence)
  const pictured = evidence.subjects.length === 0 ? subjectOfEmoji(normalised, evidence) : null
  if (pictured !== null) evidence = { ...evidence, subjects: [pictured] }
  const [subject] = evidence.subjects
  const subjectCounts =
    subject !== undefined &&
    // a little less likely than none will do: a chip is soon corrected
    subject.score > -1
  if (subjectCounts) said('subject.classNoun', subject.noun, subject, subject.known ? 0.95 : 0.5)

  const seen = context.seen?.[0]
  const sight =
    seen !== undefined && seen.of > 0 && seen.count * 2 >= seen.of
      ? { ...seen, classNoun: classNounOf(seen.classNoun) }
      : undefined
  if (
    sight !== undefined &&
    draft['subject.classNoun'] === undefined &&
    !evidence.styleWanted &&
    !evidence.textWanted &&
    (evidence.style === null || evidence.name !== null)
  ) {
    put(
      'subject.classNoun',
      sight.classNoun,
      'inferred',
      null,
      Math.round((sight.count / sight.of) * 90) / 100,
      messages.seen(sight.count, sight.of, sight.classNoun),
    )
  }

  const { task, question } = decideTask(
    evidence,
    language === 'other' ? unread : taskShares(language, tokens, evidence),
    arePaired(evidence, normalised.lower),
    draft,
    messages,
    sight,
  )
  const settledBy =
    task === 'style'
      ? (draft.style ?? null)
      : (draft['subject.classNoun'] ?? draft['subject.name'] ?? null)
  const words = settledBy?.span == null ? null : goal.slice(settledBy.span[0], settledBy.span[1])
  const reason =
    words === null
      ? messages.default
      : task === 'style'
        ? messages.styleBecause(words)
        : messages.subjectBecause(words)
  if (task === 'unknown') put('task', task, 'default', null, 0.2, messages.default)
  else {
    const stated = (task === 'style' && evidence.styleWanted) || task === 'text'
    put(
      'task',
      task,
      stated ? 'said' : 'inferred',
      settledBy?.span ?? null,
      question?.slot === 'task' ? 0.5 : 0.9,
      reason,
    )
  }
  // a noun that only says what the pictures of a look show is no subject
  if ((task === 'style' && question === null) || task === 'text') delete draft['subject.classNoun']
  if (task === 'style' && draft.style === undefined)
    put('style', 'own style', 'default', null, 0.4, messages.noLook)

  let result: Intent = { slots: draft, question }
  if (context.previous !== undefined) result = mergeFollowUp(context.previous, result)
  const filled = withDefaults(result.slots, context, messages, language)
  return { goal, language, slots: filled, question: result.question }
}

/** "🐕 lora plz": a picture says what no word says. */
function subjectOfEmoji(
  normalised: Normalised,
  evidence: Evidence,
): Evidence['subjects'][number] | null {
  if (
    evidence.name !== null ||
    evidence.style !== null ||
    evidence.styleWanted ||
    evidence.textWanted
  )
    return null
  // pictures alone say too little
  if (!/\p{L}/u.test(normalised.text)) return null
  for (const match of normalised.text.matchAll(/\p{Extended_Pictographic}/gu)) {
    const noun = nounOfEmoji(match[0])
    if (noun === undefined) continue
    const end = match.index + match[0].length
    return {
      noun,
      start: match.index,
      end,
      score: 1,
      known: false,
      owned: false,
      text: match[0],
    }
  }
  return null
}

/** "my cat and my dog", "고양이랑 강아지": two subjects side by side. */
function arePaired(evidence: Evidence, lower: string): boolean {
  const [first, second] = evidence.subjects
  // side by side the first takes what stands before both: "train our mascot and our logo"
  if (first === undefined || second === undefined || first.score - second.score > 4.6) return false
  const [left, right] = first.start < second.start ? [first, second] : [second, first]
  return /^(?:s|es|들)?(?:\s(?:and|or|&|\+)\s(?:(?:my|our|a|an|the)\s)?(?:[a-z]+\s)?|(?:와|과|랑|이랑|하고|나|이나|\s?또는|\s?혹은|\s?아니면)\s?(?:(?:내|우리|제)\s)?)$/.test(
    lower.slice(left.end, right.start),
  )
}

type Said = <P extends SlotPath>(
  path: P,
  value: SlotValues[P],
  item: { start: number; end: number },
  confidence?: number,
  source?: SlotSource,
) => void

function readChoices(evidence: Evidence, said: Said): void {
  const live = (kind: string): Find[] =>
    evidence.finds.filter((find) => find.kind === kind && !find.negated)
  const strategies = live('strategy')
  const both =
    strategies.some((find) => find.value === 'lora') &&
    strategies.find((find) => find.value === 'dreambooth')
  const strategy =
    strategies.find((find) => find.value === 'dreambooth_lora') ??
    (both || undefined) ??
    strategies.find((find) => find.value !== 'lora') ??
    strategies[0]
  if (strategy !== undefined) {
    const value =
      both && strategy.value === 'dreambooth'
        ? 'dreambooth_lora'
        : evidence.textWanted && strategy.value === 'lora'
          ? 'text_lora'
          : strategy.value
    said('strategy', value as SlotValues['strategy'], strategy)
  }
  const bases = live('base')
  const base = bases.at(-1) // "SDXL ... no, SD 1.5": the last word counts
  if (base !== undefined) said('baseModel', base.value, base)
  else {
    const vague = live('ambiguousBase')[0]
    if (vague !== undefined) said('baseModel', 'sd-1.5', vague, 0.6, 'inferred')
  }
  const quality = live('quality')
  const chosen =
    quality.find((find) => find.value === 'best') !== undefined &&
    quality.some((find) => find.value === 'fast')
      ? undefined
      : quality[0]
  if (chosen !== undefined) said('quality', chosen.value as SlotValues['quality'], chosen, 0.9)
  else if (quality.length > 1) said('quality', 'balanced', quality[0]!, 0.6, 'inferred')
  const outputs = live('output')
  if (outputs.length > 0) {
    said(
      'outputs',
      [...new Set(outputs.map((find) => find.value))] as SlotValues['outputs'],
      outputs[0]!,
    )
  }
}

/** From this probability on the creator is asked: left-out goals were then missed in 1 of 12, and 2 of 100 clear ones asked about. */
const askFrom = 0.04

/** Of a language that was not learnt only the things and looks count that the lexicons know. */
const unread: Readonly<Record<TaskReading, number>> = {
  subject: 1,
  style: 0,
  concept: 0,
  text: 0,
  ask: 0,
}

/** A thing or a look? In the words for what is known of both. */
function taskQuestion({ text, subject, style }: Messages['whatToLearn']): Question {
  return {
    slot: 'task',
    text,
    options: [
      { value: 'subject', label: subject },
      { value: 'style', label: style },
    ],
  }
}

interface Decision {
  readonly task: Task
  readonly question: Question | null
}

/** The task that the model finds likeliest among those that what was found allows. */
function decideTask(
  evidence: Evidence,
  shares: Readonly<Record<TaskReading, number>>,
  paired: boolean,
  draft: Draft,
  messages: Messages,
  sight: Sight | undefined,
): Decision {
  const noun = draft['subject.classNoun']?.value
  const name = draft['subject.name']?.value
  const style = draft.style?.value
  const hasSubject = noun !== undefined || name !== undefined
  const best = Math.max(shares.subject, shares.style, shares.concept, shares.text)
  // "a bot that answers mails" says enough without a thing or a look; "hello" does not
  const said = evidence.styleWanted || (best > shares.subject && best > shares.ask)
  if (!hasSubject && style === undefined && !said) {
    return { task: 'unknown', question: taskQuestion(messages.whatToLearn) }
  }
  // a thing that is named is rather what is learnt than what is written of
  const writes = evidence.textWanted || !hasSubject || shares.text >= 0.75
  if (shares.text === best && writes) return { task: 'text', question: null }
  if (shares.concept === best) {
    const named = noun !== undefined || evidence.conceptNamed === true
    return { task: 'concept', question: named ? null : classQuestion(null, messages, sight) }
  }
  // "draw my cat in watercolor": the look is of the pictures to come
  const open = hasSubject && style !== undefined && !evidence.styleOfResults
  if (open && shares.ask >= askFrom) {
    // one's own is rather what is learnt, until the answer comes
    const owned = name !== undefined || evidence.subjects[0]?.owned === true
    return {
      task: shares.style > shares.subject && !owned ? 'style' : 'subject',
      question: taskQuestion(messages.subjectOrStyle(noun ?? name ?? '', style)),
    }
  }
  // "my drawings of robots": no look is named, and yet it may be what is meant
  if (noun !== undefined && style === undefined && shares.ask > best)
    return { task: 'subject', question: taskQuestion(messages.whatToLearn) }
  if (!hasSubject || shares.style > shares.subject) return { task: 'style', question: null }
  return { task: 'subject', question: subjectQuestion(evidence, paired, draft, messages, sight) }
}

/** What is left to ask of a subject: what it is, when words and pictures disagree or the words name two. */
function subjectQuestion(
  evidence: Evidence,
  paired: boolean,
  draft: Draft,
  messages: Messages,
  sight: Sight | undefined,
): Question | null {
  const noun = draft['subject.classNoun']?.value
  const name = draft['subject.name']?.value
  if (noun === undefined) return classQuestion(name ?? null, messages, sight)
  if (
    draft['subject.classNoun']?.source === 'said' &&
    sight !== undefined &&
    !akin(noun, sight.classNoun)
  ) {
    return {
      slot: 'subject.classNoun',
      text: messages.mismatch(noun, sight.classNoun, sight.count, sight.of),
      options: [
        { value: noun, label: messages.noun(noun) },
        { value: sight.classNoun, label: messages.noun(sight.classNoun) },
      ],
    }
  }
  const [first, second] = evidence.subjects
  if (!paired || name !== undefined || first!.noun === second!.noun) return null
  return {
    slot: 'subject.classNoun',
    text: messages.which.text,
    options: [first!, second!].map((item) => ({
      value: item.noun,
      label: messages.noun(item.noun),
    })),
  }
}

/** "girl" said, "person" seen: no contradiction. */
function akin(said: string, seen: string): boolean {
  if (said === seen || seen === '') return true
  const kind = hypernymOf(said)
  return (
    kind === undefined ||
    kind === 'person' ||
    hypernymOf(seen) === undefined ||
    ['toy', 'sign', 'place'].includes(kind) ||
    (kind !== 'animal' && kind !== 'vehicle') ||
    !['animal', 'vehicle'].includes(hypernymOf(seen)!)
  )
}

function classQuestion(
  name: string | null,
  messages: Messages,
  sight: Sight | undefined,
): Question {
  const common = ['cat', 'dog', 'person', 'character', 'toy', 'object']
  const nouns = [...new Set([...(sight === undefined ? [] : [sight.classNoun]), ...common])].slice(
    0,
    6,
  )
  return {
    slot: 'subject.classNoun',
    text: messages.whatIs(name),
    options: nouns.map((noun) => ({ value: noun, label: messages.noun(noun) })),
  }
}

/** What was said now replaces; what it does not touch stays. */
function mergeFollowUp(previous: Intent, now: Intent): Intent {
  const slots: Draft = { ...previous.slots }
  let touched = false
  for (const [path, slot] of Object.entries(now.slots)) {
    if (!isSlotPath(path) || path === 'language') continue
    const fresh =
      slot.source === 'said' ||
      (slot.source === 'inferred' && slot.span !== null && path !== 'task')
    const known = path === 'task' && now.slots.task?.value !== 'unknown' && slot.source === 'said'
    if (fresh || known) {
      Object.assign(slots, { [path]: slot })
      touched = true
    }
  }
  void touched
  if (slots.task === undefined && now.slots.task !== undefined) slots.task = now.slots.task
  const answered =
    previous.question !== null &&
    now.slots[previous.question.slot] !== undefined &&
    now.slots[previous.question.slot]!.source === 'said'
  return { slots, question: answered ? null : previous.question }
}

/** A reading out of slots of several readers: the one question that is left, and the defaults. */
export function settle(
  grammar: Reading,
  slots: Slots,
  ask: 'task' | 'subject.classNoun' | null,
  context: ReadContext,
): Reading {
  const messages = messagesFor(grammar.language)
  const draft: Draft = { ...slots }
  const task = draft.task?.value
  const noun = draft['subject.classNoun']?.value
  const style = draft.style?.value
  const [seen] = context.seen ?? []
  let question: Question | null = null
  if (task === undefined || task === 'unknown') question = grammar.question
  else if (task === 'subject' && noun === undefined) {
    question = classQuestion(draft['subject.name']?.value ?? null, messages, seen)
  } else if (
    (ask === 'task' || grammar.question?.slot === 'task') &&
    noun !== undefined &&
    style !== undefined
  ) {
    // a model that is sure does not settle what the words leave open: the person does
    question = taskQuestion(messages.subjectOrStyle(noun, style))
  } else if (
    grammar.question?.slot === 'subject.classNoun' &&
    noun === grammar.slots['subject.classNoun']?.value
  ) {
    question = grammar.question
  }
  if (task === 'style' && style === undefined) {
    draft.style = {
      value: 'own style',
      source: 'default',
      span: null,
      confidence: 0.4,
      reason: messages.noLook,
    }
  }
  if (context.previous !== undefined) {
    const merged = mergeFollowUp(context.previous, { slots: draft, question })
    return {
      goal: grammar.goal,
      language: grammar.language,
      slots: withDefaults(merged.slots, context, messages, grammar.language),
      question: merged.question,
    }
  }
  return {
    goal: grammar.goal,
    language: grammar.language,
    slots: withDefaults(draft, context, messages, grammar.language),
    question,
  }
}

/** What a plan needs and nobody said. */
function withDefaults(
  slots: Slots,
  context: ReadContext,
  messages: Messages,
  language: Language,
): Slots {
  const result: Draft = { ...slots }
  const fill = <P extends SlotPath>(path: P, value: SlotValues[P], reason: string): void => {
    if (result[path] === undefined && slotSchemas[path].safeParse(value).success) {
      Object.assign(result, {
        [path]: { value, source: 'default', span: null, confidence: 0.5, reason } satisfies Slot,
      })
    }
  }
  const task = result.task?.value
  const base = context.defaultBaseModel ?? 'tiny-sd'
  fill('strategy', task === 'text' ? 'text_lora' : 'lora', messages.default)
  if (task !== 'text') fill('baseModel', base, messages.offline(base))
  fill('quality', 'balanced', messages.default)
  const name = result['subject.name']?.value
  const fromName = name === undefined || task === 'style' ? null : triggerFor(name)
  if (task !== 'text')
    fill(
      'triggerWord',
      fromName ?? 'sks',
      fromName === null ? messages.rare : messages.fromName(name!),
    )
  if (task !== 'text') fill('outputs', ['diffusers', 'kohya'], messages.default)
  result.language = {
    value: language,
    source: 'inferred',
    span: null,
    confidence: language === 'other' ? 0.6 : 0.95,
    reason: messages.default,
  }
  return result
}

const initials = [
  'g',
  'kk',
  'n',
  'd',
  'tt',
  'r',
  'm',
  'b',
  'pp',
  's',
  'ss',
  '',
  'j',
  'jj',
  'ch',
  'k',
  't',
  'p',
  'h',
]
const finals = [
  '',
  'k',
  'k',
  'k',
  'n',
  'n',
  'n',
  't',
  'l',
  'k',
  'm',
  'l',
  'l',
  'l',
  'p',
  'l',
  'm',
  'p',
  'p',
  't',
  't',
  'ng',
  't',
  't',
  'k',
  't',
  'p',
  't',
]
const vowels = [
  'a',
  'ae',
  'ya',
  'yae',
  'eo',
  'e',
  'yeo',
  'ye',
  'o',
  'wa',
  'wae',
  'oe',
  'yo',
  'u',
  'wo',
  'we',
  'wi',
  'yu',
  'eu',
  'ui',
  'i',
]

/** "Fluffy" -> "flffy", "두부" -> "dubu": Latin letters, the inner vowels out of a Latin name so that it is no word. */
export function triggerFor(name: string): string | null {
  const hangul = /\p{Script=Hangul}/u.test(name)
  const latin = [...name.normalize('NFC')]
    .map((char) => {
      const code = char.codePointAt(0)! - 0xac00
      if (code < 0 || code >= 11172) return char.normalize('NFD').replaceAll(/\p{M}/gu, '')
      return (
        initials[Math.floor(code / 588)]! +
        vowels[Math.floor((code % 588) / 28)]! +
        finals[code % 28]!
      )
    })
    .join('')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  if (latin.length < 2) return null
  const bare = hangul ? latin : latin[0]! + latin.slice(1).replaceAll(/[aeiou]/g, '')
  const word = bare.length >= 3 ? bare : `${latin}x`
  return word.slice(0, 12)
}

/** A person's edit of one slot, with the defaults that follow from it filled again. */
export function reviseReading(
  intent: Intent,
  path: string,
  value: unknown,
  context: ReadContext = {},
): Intent {
  const revised = reviseIntent(intent, path, value)
  const language = revised.slots.language?.value ?? 'en'
  const messages = messagesFor(language)
  const slots: Draft = { ...revised.slots }
  if (path === 'subject.name' && slots.triggerWord?.source === 'default') delete slots.triggerWord
  if (slots.task === undefined || slots.task.value === 'unknown') {
    const task =
      path === 'style' && value !== null
        ? 'style'
        : (path === 'subject.classNoun' || path === 'subject.name') && value !== null
          ? 'subject'
          : null
    if (task !== null)
      slots.task = {
        value: task,
        source: 'inferred',
        span: null,
        confidence: 0.8,
        reason: messages.default,
      }
  }
  let question = revised.question
  if (
    question?.slot === 'task' &&
    slots.task !== undefined &&
    slots.task.value !== 'unknown' &&
    revised.slots.task?.value === 'unknown'
  )
    question = null
  const task = slots.task?.value
  if (
    question === null &&
    (task === 'subject' || task === 'concept') &&
    slots['subject.classNoun'] === undefined &&
    path !== 'subject.classNoun'
  ) {
    question = classQuestion(slots['subject.name']?.value ?? null, messages, undefined)
  }
  if (task === 'style' && slots.style === undefined && path === 'task') {
    slots.style = {
      value: 'own style',
      source: 'default',
      span: null,
      confidence: 0.4,
      reason: messages.noLook,
    }
  }
  return {
    slots: path === 'language' ? slots : withDefaults(slots, context, messages, language),
    question,
  }
}
