import { DomainError, InvalidError } from '#schema/domain/errors.ts'
import { intentCommand, intentHelp } from './intent-command.ts'
import { auditHelp } from './audit-help.ts'
import { trainHelp } from './train-options.ts'
import { exitCodes, UsageError } from './usage-error.ts'

const help = `Autodidact: from a sentence and a folder of pictures to a model.

autodidact start                        the platform in the browser, http://127.0.0.1:4173
${intentHelp}
${trainHelp}
${auditHelp}

Ends with 0: done; 1: refused, the sentence says why; 2: not understood; 3: the run failed; 130: stopped by you.`

async function command([name, ...args]: string[]): Promise<number | null> {
  if (
    name === undefined ||
    name === 'help' ||
    name === '--help' ||
    name === '-h' ||
    args.includes('--help')
  ) {
    console.log(help)
    return name === undefined ? exitCodes.usage : exitCodes.done
  }
  // Each command loads only what it needs: reading a goal takes no server.
  switch (name) {
    case 'start':
      await import('../main.ts')
      return null
    case 'intent':
      return intentCommand(args, (line) => console.log(line))
    case 'train': {
      const { trainCommand } = await import('./train-command.ts')
      return trainCommand(args, { input: process.stdin, out: process.stdout })
    }
    case 'audit': {
      const { auditCommand } = await import('./audit-command.ts')
      return auditCommand(args, (line) => console.log(line))
    }
    default:
      throw new UsageError(
        `There is no command "${name}": start, intent, train or audit; autodidact --help says more.`,
      )
  }
}

function isArgumentError(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_')
}

/** One sentence for a person, and what the process ends with. */
export function tell(error: unknown): number {
  if (error instanceof UsageError || isArgumentError(error)) {
    console.error(error.message)
    return exitCodes.usage
  }
  if (error instanceof InvalidError)
    for (const { message } of error.problems.slice(0, 20)) console.error(message)
  else if (error instanceof DomainError) console.error(error.message)
  else console.error(error)
  return exitCodes.refused
}

if (import.meta.main) {
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? 0 : 1),
  )
  const code = await command(process.argv.slice(2)).catch(tell)
  if (code !== null) process.exit(code)
}
