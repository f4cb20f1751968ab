import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export const trainHelp = `autodidact train "<goal>" --images <folder|zip> [options]
  --images <place>    the folder or zip with your pictures; may be given again
  --accept-all        take every picture that can be used
  --accept <glob>     take those whose name fits, such as 'cat-*'; may be given again
  --set <name=value>  another setting, such as --set steps=300; may be given again
  --yes               start without asking
  --out <folder>      where the model's files go (./autodidact-out)
  --server <url>      the server to use (http://127.0.0.1:4173 when it answers, else one for this command)
  --token <token>     its token (or AUTODIDACT_TOKEN)
  --json              one JSON object a line, the last one a summary`

export interface TrainOptions {
  readonly goal: string
  readonly images: readonly string[]
  /** null: ask the person. */
  readonly accept: 'all' | readonly string[] | null
  readonly settings: Readonly<Record<string, unknown>>
  readonly yes: boolean
  readonly json: boolean
  readonly out: string
  readonly server: string | null
  readonly token: string | null
}

/** "steps=300" -> ["steps", 300]; what is not JSON is text. */
function settingOf(text: string): [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new UsageError(`--set ${text}: write a name and a value, such as --set steps=300.`)
  const value = text.slice(at + 1)
  try {
    return [text.slice(0, at), JSON.parse(value) as unknown]
  } catch {
    return [text.slice(0, at), value]
  }
}

/** @throws UsageError saying what to write instead */
export function readTrainOptions(args: string[]): TrainOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      images: { type: 'string', multiple: true },
      'accept-all': { type: 'boolean' },
      accept: { type: 'string', multiple: true },
      set: { type: 'string', multiple: true },
      yes: { type: 'boolean', short: 'y' },
      json: { type: 'boolean' },
      out: { type: 'string' },
      server: { type: 'string' },
      token: { type: 'string' },
    },
  })
  const goal = positionals.join(' ').trim()
  if (goal === '') {
    throw new UsageError(
      'Say what you want to train: autodidact train "train a LoRA of my cat" --images ./photos',
    )
  }
  if (values.images === undefined) {
    throw new UsageError('Say where your pictures are: --images <folder or zip>.')
  }
  if (values['accept-all'] === true && values.accept !== undefined) {
    throw new UsageError('Give --accept-all or --accept, not both.')
  }
  if (values.server !== undefined && !URL.canParse(values.server)) {
    throw new UsageError(
      `--server ${values.server}: write an address, such as http://127.0.0.1:4173.`,
    )
  }
  return {
    goal,
    images: values.images,
    accept: values['accept-all'] === true ? 'all' : (values.accept ?? null),
    settings: Object.fromEntries((values.set ?? []).map(settingOf)),
    yes: values.yes === true,
    json: values.json === true,
    out: values.out ?? 'autodidact-out',
    server: values.server ?? null,
    token: values.token ?? null,
  }
}
