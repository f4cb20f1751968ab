import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { read, type Reading } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import { exitCodes, UsageError } from './usage-error.ts'

export const intentHelp = `autodidact intent "<goal>" [--json]      reads a goal and prints what was understood
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

/** Works without a server, a database or a network. */
export async function intentCommand(
  args: string[],
  write: (line: string) => void,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, file: { type: 'string' } },
  })
  if (values.file !== undefined) {
    if (positionals.length > 0) throw new UsageError('Give a goal or a file, not both.')
    const content =
      values.file === '-' ? await text(process.stdin) : await readFile(values.file, 'utf8')
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
  const reading = read(positionals.join(' '))
  write(values.json === true ? JSON.stringify(readingJson(reading)) : readable(reading))
  return exitCodes.done
}
