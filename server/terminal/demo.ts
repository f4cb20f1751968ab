import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DomainError } from '#schema/domain/errors.ts'
import { readConfig, type Config } from '../env.ts'
import { findPython } from '../job/environment.ts'
import { parseProgress } from '../run/step-progress.ts'
import { tell } from './autodidact.ts'
import { connect } from './connect.ts'
import { createScreen, secondsText, type Screen } from './screen.ts'
import { train } from './train-command.ts'
import { readTrainOptions } from './train-options.ts'
import { exitCodes } from './usage-error.ts'

// `npm run demo`: the main job in the terminal, on photographs of a cat and of other things.

const goal = 'train a LoRA of my cat'

function runPython(
  python: string,
  args: readonly string[],
  config: Config,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(python, args, { env: { ...config.processEnvironment } })
    let last = ''
    let rest = ''
    const hear = (chunk: Buffer): void => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line.trim() !== '') last = line
        onLine(line)
      }
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', fail)
    child.once('close', (code) =>
      code === 0 ? done() : fail(new DomainError('ENVIRONMENT_UNAVAILABLE', last || rest)),
    )
  })
}

/** The components' environment, made now if it is not there. @returns its Python */
async function prepare(config: Config, screen: Screen): Promise<string> {
  const lock = readFileSync(join(config.componentsFolder, 'environment', 'requirements.lock'))
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 12)
  const folder = join(config.environmentsFolder, key)
  if (!existsSync(join(folder, 'ready.json'))) {
    const python = await findPython(config.python, config.processEnvironment)
    if (python === null) {
      throw new DomainError(
        'ENVIRONMENT_UNAVAILABLE',
        'No Python 3.10 or newer was found: install Python, or set AUTODIDACT_PYTHON to it, then run the demo again.',
      )
    }
    const progress = screen.begin('environment (once, 3 GB)')
    const script = join(config.componentsFolder, 'environment', 'install.py')
    await runPython(python, ['-B', script, folder], config, (line) => {
      const step = parseProgress(line)
      if (step !== null) progress.update(step.value, step.message)
    })
    progress.end('ready')
  }
  return join(folder, 'bin', 'python')
}

async function demo(): Promise<number> {
  const config = readConfig()
  const screen = createScreen({ out: process.stdout, input: process.stdin, json: false })
  const python = await prepare(config, screen)
  const began = performance.now()
  const pictures = await mkdtemp(join(tmpdir(), 'autodidact-demo-'))
  try {
    await runPython(
      python,
      ['-B', join(config.componentsFolder, 'environment', 'sample_pool.py'), pictures],
      config,
      () => undefined,
    )
    const count = (await readdir(pictures)).length
    screen.say(
      `${count} files to choose from: photographs that ship in scikit-image, some of them spoilt.`,
    )
    const options = readTrainOptions([goal, '--images', pictures, '--accept', 'cat-*', '--yes'])
    // A data folder of its own: the demo also runs while the platform is open.
    const dataFolder = join(dirname(resolve(config.dataFolder)), 'autodidact-demo')
    await using connection = await connect({ server: null, token: null, dataFolder })
    const { code, kept } = await train(
      options,
      { input: process.stdin, out: process.stdout },
      connection,
    )
    if (code === exitCodes.done && kept !== null) {
      screen.say('')
      screen.say(
        `From the sentence to the model: ${secondsText((performance.now() - began) / 1000)}.`,
      )
      screen.say(
        'Look at the grid: the base model, your LoRA with the same seeds, the photographs.',
      )
    }
    return code
  } finally {
    await rm(pictures, { recursive: true, force: true })
  }
}

process.exit(await demo().catch(tell))
