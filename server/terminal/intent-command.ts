import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import {
  read,
  readByGrammar,
  readByLlm,
  readFollowUp,
  revise,
  type Reading,
} from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Intent } from '#schema/domain/intent.ts'
import type { RefinedReading } from '#schema/domain/reading.ts'
import { exitCodes, UsageError } from './usage-error.ts'

export const intentHelp = `autodidact intent "<goal>" [--json]      reads a goal and prints what was understood
  --then "use SDXL, $5"                   what further words change; as often as you like
  --llm                                  with the language model of AUTODIDACT_LLM_URL
autodidact intent --file goals.txt --json one JSON line for each line of the file (- is standard input)`

/** A reading as the command prints it (design 04); slots of which nothing is known are absent. */
export function readingJson(reading: Reading): object {
  const slots = Object.entries(reading.slots).map(([path, { value, source, span, confidence }]) => [
    path,
    { value, source, span, confidence },
  ])
  const { question } = reading
  return {
    goal: reading.goal,
    language: reading.language,
    slots: Object.fromEntries(slots) as object,
    question:
      question === null
        ? null
        : { slot: question.slot, text: question.text, options: question.options },
  }
}

/** A line of a file: one that cannot be read still gets its line, so that lines stay side by side. */
function lineJson(goal: string): object {
  try {
    return readingJson(read(goal))
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const { code, message } = error
    return { goal, language: 'other', slots: {}, question: null, error: { code, message } }
  }
}

function readable(reading: Reading): string {
  const lines = Object.entries(reading.slots).map(
    ([path, slot]) =>
      `  ${path.padEnd(20)} ${JSON.stringify(slot.value)}  (${slot.source}: ${slot.reason})`,
  )
  const { question } = reading
  if (question !== null) {
    lines.push(`  ? ${question.text}`)
    for (const option of question.options) lines.push(`    - ${option.label}`)
  }
  return [`${reading.goal} [${reading.language}]`, ...lines].join('\n')
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'not allowed' }[code] ??
    code
  )
}

interface Step {
  readonly text: string
  readonly operations: readonly unknown[]
  readonly reasons: readonly { about: string; subject: string; reason: string }[]
  /** The step took the one before it back. */
  readonly undo: boolean
  readonly notice: string | null
}

/** The conversation after the goal, on the intent alone: there is no plan without pictures. */
function converse(reading: Reading, texts: readonly string[]): { reading: Reading; steps: Step[] } {
  let intent: Intent = { slots: reading.slots, question: reading.question }
  const before: Intent[] = []
  const steps = texts.map((text): Step => {
    const { operations, reasons, notice, undo, language } = readFollowUp(text, {
      intent,
      spec: null,
    })
    if (undo) {
      const last = before.pop()
      intent = last ?? intent
      const none = language === 'ko' ? '되돌릴 것이 없습니다.' : 'There is nothing to take back.'
      return { text, operations, reasons, undo, notice: last === undefined ? none : notice }
    }
    if (operations.length > 0) before.push(intent)
    for (const operation of operations)
      if (operation.kind === 'slot') intent = revise(intent, operation.path, operation.value)
    return { text, operations, reasons, undo, notice }
  })
  return { reading: { ...reading, ...intent }, steps }
}

/** Asks the model once; its caps are the server's business, a terminal has the person before it. */
async function refined(goal: string): Promise<RefinedReading> {
  const { readConfig } = await import('../env.ts')
  const { llm } = readConfig()
  if (llm === null) return readByGrammar(goal, {}, 'OFF')
  const state = { breaker: { failures: 0, openUntil: 0 }, spentTokens: 0, spentMoney: 0 }
  const deps = { now: () => Date.now(), random: Math.random, fetch: globalThis.fetch }
  return (await readByLlm(goal, {}, llm, state, deps)).reading
}

/** Works without a server and a database, and without a network unless a model is asked for. */
export async function intentCommand(
  args: string[],
  write: (line: string) => void,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      file: { type: 'string' },
      llm: { type: 'boolean' },
      then: { type: 'string', multiple: true },
    },
  })
  if (values.file !== undefined) {
    if (positionals.length > 0) throw new UsageError('Give a goal or a file, not both.')
    const { file } = values
    const content =
      file === '-'
        ? await text(process.stdin)
        : await readFile(file, 'utf8').catch((error: unknown) => {
            throw new UsageError(`--file: ${file} cannot be read (${reasonOf(error)}).`)
          })
    const goals = content.replace(/^\uFEFF/, '').split(/\r?\n/)
    if (goals.at(-1) === '') goals.pop()
    for (const goal of goals) {
      if (values.json === true) write(JSON.stringify(lineJson(goal)))
      else write(goal.trim() === '' ? '' : readable(read(goal)))
    }
    return exitCodes.done
  }
  if (positionals.length === 0) {
    throw new UsageError('Say what you want to train: autodidact intent "train a LoRA of my cat"')
  }
  const goal = positionals.join(' ')
  const model = values.llm === true ? await refined(goal) : null
  const first: Reading = model === null ? read(goal) : { goal, ...model }
  const { reading, steps } = converse(first, values.then ?? [])
  const account =
    model === null
      ? null
      : {
          reader: model.reader,
          fallback: model.fallback,
          agreement: model.agreement,
          dropped: model.dropped,
        }
  if (values.json === true) {
    write(
      JSON.stringify({
        ...readingJson(reading),
        ...(account === null ? {} : account),
        ...(steps.length === 0 ? {} : { then: steps }),
      }),
    )
    return exitCodes.done
  }
  write(readable(reading))
  if (model?.notice != null) write(`  ! ${model.notice}`)
  for (const { text, reasons, notice } of steps) {
    if (notice !== null) write(`  ${text}: ${notice}`)
    for (const { subject, reason } of reasons) write(`  ${subject}: ${reason}`)
  }
  return exitCodes.done
}
