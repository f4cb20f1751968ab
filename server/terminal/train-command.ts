import { setTimeout as sleep } from 'node:timers/promises'
import { DomainError } from '#schema/domain/errors.ts'
import { newId } from '#schema/domain/id.ts'
import type { VectorsImport } from '#schema/domain/pool.ts'
import { connect, type Connection } from './connect.ts'
import { groupsOf, imageFiles, type LocalFile } from './image-files.ts'
import { keepModel, versionOfRun, type KeptModel, type VersionNode } from './keep-model.ts'
import { askLine, Interrupted } from './keys.ts'
import { acceptByName, reviewByHand } from './review.ts'
import { bytesText, createScreen, plainText, secondsText, type Screen } from './screen.ts'
import { readTrainOptions, type TrainOptions } from './train-options.ts'
import { exitCodes, UsageError } from './usage-error.ts'
import { watchRun } from './watch-run.ts'
import type { Wire } from './wire.ts'

interface Slot {
  readonly path: string
  readonly value: unknown
  readonly source: string
  readonly reason: string
}
interface GoalNode {
  readonly id: string
  readonly intent: {
    readonly slots: readonly Slot[]
    readonly question: {
      readonly slot: string
      readonly text: string
      readonly options: readonly { readonly value: unknown; readonly label: string }[]
    } | null
  }
  readonly project: { readonly id: string; readonly pool: { readonly id: string } }
}
interface EntryNode {
  readonly fileName: string
  readonly outcome: string
  readonly message: string
}
interface Account {
  readonly uploaded: number
  readonly used: number
  readonly excluded: number
  readonly byReason: readonly { readonly reason: string; readonly count: number }[]
}
interface SpecNode {
  readonly id: string
  readonly hash: string
  readonly text: string
  readonly components: readonly { readonly name: string }[]
  readonly settings: readonly {
    readonly name: string
    readonly value: unknown
    readonly reason: string
  }[]
  readonly estimate: {
    readonly secondsLow: number
    readonly secondsHigh: number
    readonly memoryBytes: number
  } | null
}

/** What the parts of the command share. */
interface Session {
  readonly wire: Wire
  readonly inProcess: boolean
  readonly screen: Screen
  readonly options: TrainOptions
  readonly input: NodeJS.ReadStream
  readonly out: NodeJS.WriteStream
}

export interface Streams {
  readonly input: NodeJS.ReadStream
  readonly out: NodeJS.WriteStream
}

/** What came of it, for the demo. */
export interface Trained {
  readonly code: number
  readonly kept: KeptModel | null
  readonly version: VersionNode | null
  /** Seconds by part. */
  readonly took: Readonly<Record<string, number>>
}

const goalFields = `id intent { slots { path value source reason } question { slot text options { value label } } }
  project { id pool { id } }`

async function submitGoal({ wire, screen, options, input, out }: Session): Promise<GoalNode> {
  const goal = await wire.change<GoalNode>(
    'goalSubmit',
    { id: newId(), text: options.goal },
    'Goal',
    goalFields,
  )
  const { slots, question } = goal.intent
  screen.event('intent', { goal: options.goal, slots, question })
  screen.say(`"${plainText(options.goal)}"`, 'bold')
  for (const slot of slots) {
    screen.say(
      `  ${slot.path.padEnd(20)} ${plainText(JSON.stringify(slot.value))}  (${slot.source})`,
    )
  }
  if (question !== null) {
    const chosen = await answerOf(question.text, question.options, { screen, options, input, out })
    await wire.change(
      'intentRevise',
      { goal: goal.id, path: question.slot, value: chosen.value },
      'Intent',
      'id',
    )
    screen.event('answer', { slot: question.slot, value: chosen.value })
  }
  return goal
}

async function answerOf<T extends { readonly label: string }>(
  text: string,
  choices: readonly T[],
  { screen, options, input, out }: Pick<Session, 'screen' | 'options' | 'input' | 'out'>,
): Promise<T> {
  screen.say(`  ? ${plainText(text)}`, 'yellow')
  if (options.yes || !screen.interactive) {
    screen.say(`    taken: ${plainText(choices[0]!.label)}`)
    return choices[0]!
  }
  choices.forEach((choice, index) => screen.say(`    ${index + 1}  ${plainText(choice.label)}`))
  const line = await askLine(input, out, `    1-${choices.length} [1]: `)
  return choices[Number(line.trim() || '1') - 1] ?? choices[0]!
}

async function upload(
  session: Session,
  pool: string,
  files: readonly LocalFile[],
): Promise<Account> {
  const { wire, screen } = session
  const progress = screen.begin('upload')
  const refused: EntryNode[] = []
  let account: Account = { uploaded: 0, used: 0, excluded: 0, byReason: [] }
  let sent = 0
  // The pictures that vectors are for must be there before them.
  const isVectors = ({ name }: LocalFile): boolean => /\.safetensors$/i.test(name)
  const inOrder = [...files.filter((file) => !isVectors(file)), ...files.filter(isVectors)]
  const vectors: VectorsImport[] = []
  for (const group of groupsOf(inOrder)) {
    progress.update(sent / files.length, `${sent} of ${files.length} files`)
    const ticket = await wire.change<{ url: string }>(
      'uploadBegin',
      { id: newId(), pool },
      'UploadTicket',
      'url',
    )
    const { entries, ...told } = (await wire.send(ticket.url, group)) as {
      entries: EntryNode[]
      account: Account
      vectors?: VectorsImport[]
    }
    account = told.account
    for (const it of told.vectors ?? []) {
      vectors.push(it)
      screen.event('vectors', { ...it })
    }
    for (const entry of entries) {
      screen.event('upload', {
        file: entry.fileName,
        outcome: entry.outcome,
        message: entry.message,
      })
      if (entry.outcome !== 'STORED') refused.push(entry)
    }
    sent += group.length
  }
  progress.end(`${account.uploaded} files: ${account.used} used, ${account.excluded} not used`)
  for (const it of vectors)
    screen.say(
      `  ${it.outcome === 'IMPORTED' ? '+' : '!'} ${plainText(it.fileName)}: ${plainText(it.message)}`,
      it.outcome === 'IMPORTED' ? 'dim' : 'yellow',
    )
  const shown = screen.live ? 20 : 200
  for (const entry of refused.slice(0, shown)) {
    const outcome = entry.outcome.toLowerCase().replaceAll('_', ' ')
    screen.say(`  - ${plainText(entry.fileName)}: ${outcome}. ${plainText(entry.message)}`, 'dim')
  }
  if (refused.length > shown) screen.say(`  … and ${refused.length - shown} more`, 'dim')
  return account
}

async function environmentReady({ wire, screen }: Session): Promise<void> {
  interface State {
    readonly platform: {
      readonly environment: {
        readonly state: string
        readonly progress: number
        readonly message: string
      }
    }
  }
  const progress = screen.begin('environment')
  for (let before = ''; ;) {
    const { platform } = await wire.ask<State>(
      '{ platform { environment { state progress message } } }',
    )
    const { environment } = platform
    const now = JSON.stringify(environment)
    if (now !== before) screen.event('environment', environment)
    before = now
    if (environment.state === 'READY') return progress.end('ready')
    if (environment.state === 'FAILED')
      throw new DomainError('ENVIRONMENT_UNAVAILABLE', environment.message)
    progress.update(environment.progress, environment.message || 'waiting')
    await sleep(500)
  }
}

interface Look {
  readonly embedding: {
    readonly embedder: string
    readonly why: string
    readonly state: string
    readonly done: number
    readonly total: number
    readonly message: string
  }
  readonly sees: readonly {
    readonly classNoun: string
    readonly count: number
    readonly of: number
  }[]
}

async function embedded({ wire, screen }: Session, pool: string): Promise<Look> {
  const progress = screen.begin('looking')
  for (let before = -1; ;) {
    const { node } = await wire.ask<{ node: Look }>(
      `query($pool: ID!) { node(id: $pool) { ... on Pool { embedding { embedder why state done total message } sees { classNoun count of } } } }`,
      { pool },
    )
    const { embedder, state, done, total, message } = node.embedding
    if (done !== before) screen.event('embedding', { embedder, done, total })
    before = done
    if (state === 'FAILED')
      throw new DomainError('UNAVAILABLE', message || 'The pictures could not be looked at.')
    if (state === 'DONE') {
      const [first] = node.sees
      const seen =
        first === undefined ? '' : `; ${first.count} of ${first.of} show a ${first.classNoun}`
      progress.end(`${done} pictures by ${embedder}${seen}`)
      return node
    }
    progress.update(total === 0 ? null : done / total, `${done} of ${total} pictures, ${embedder}`)
    await sleep(400)
  }
}

async function chooseImages(
  session: Session,
  pool: string,
  files: readonly LocalFile[],
): Promise<{ readonly id: string; readonly imageCount: number; readonly hash: string }> {
  const { wire, screen, options, input } = session
  const curation = await wire.change<{ id: string; round: { id: string } | null }>(
    'curationStart',
    { id: newId(), pool },
    'Curation',
    'id round { id }',
  )
  if (options.accept !== null) {
    const count = await acceptByName(wire, pool, curation.id, options.accept)
    screen.event('accept', { accepted: count })
    if (count === 0) {
      const which =
        options.accept === 'all'
          ? 'No picture can be used'
          : `No usable picture fits ${options.accept.join(', ')}`
      throw new UsageError(`${which}: see the account above.`)
    }
    screen.say(`review: ${count} pictures accepted`)
  } else if (screen.interactive) {
    const paths = new Map(files.map((file) => [file.name, file.path]))
    await reviewByHand(wire, screen, input, curation, paths)
  } else {
    throw new UsageError('Nobody can be asked here: choose with --accept-all or --accept <glob>.')
  }
  const dataset = await wire.change<{ id: string; imageCount: number; hash: string }>(
    'curationFinish',
    { id: newId(), curation: curation.id },
    'DatasetVersion',
    'id imageCount hash triggerWord classNoun',
  )
  screen.event('dataset', { ...dataset })
  screen.say(`data set: ${dataset.imageCount} pictures, ${dataset.hash.slice(0, 19)}`)
  return dataset
}

async function plan(
  session: Session,
  goal: GoalNode,
  dataset: { readonly id: string },
  sees: Look['sees'],
): Promise<SpecNode> {
  const { wire, screen, options } = session
  const noun = goal.intent.slots.find((slot) => slot.path === 'subject.classNoun')
  const [seen] = sees
  // The class noun is the strongest lever there is: where the words lack it, the pictures give it.
  if (noun === undefined && seen !== undefined && seen.count * 2 > seen.of) {
    await wire.change(
      'intentRevise',
      { goal: goal.id, path: 'subject.classNoun', value: seen.classNoun },
      'Intent',
      'id',
    )
    screen.say(
      `  subject.classNoun    "${plainText(seen.classNoun)}"  (seen in ${seen.count} of ${seen.of} pictures)`,
    )
  }
  const spec = await wire.change<SpecNode>(
    'specSynthesise',
    { id: newId(), goal: goal.id, datasetVersion: dataset.id, settings: options.settings },
    'Spec',
    'id hash text components { name } settings { name value reason } estimate { secondsLow secondsHigh memoryBytes }',
  )
  screen.event('plan', { hash: spec.hash, settings: spec.settings, estimate: spec.estimate })
  screen.say(`plan: ${spec.components.map((component) => component.name).join(' → ')}`, 'bold')
  for (const { name, value, reason } of spec.settings) {
    screen.say(
      `  ${name.padEnd(16)} ${plainText(JSON.stringify(value)).padEnd(10)} ${plainText(reason)}`,
    )
  }
  if (spec.estimate !== null) {
    const { secondsLow, secondsHigh, memoryBytes } = spec.estimate
    screen.say(
      `  about ${secondsText(secondsLow)} to ${secondsText(secondsHigh)}, up to ${bytesText(memoryBytes)} of memory`,
    )
  }
  return spec
}

async function maySubmit({ screen, options, input, out }: Session): Promise<boolean> {
  if (options.yes) return true
  if (!screen.interactive)
    throw new UsageError('Nobody can be asked here: add --yes to start this plan.')
  const line = await askLine(input, out, 'Start? [Y/n] ')
  return !/^\s*n/i.test(line)
}

/** Ctrl-C while a run goes on: the person decides, a script cancels; a second one leaves at once. */
function onInterrupt(session: Session, run: string, stop: AbortController): () => void {
  const { wire, screen, inProcess, input, out } = session
  let times = 0
  const cancel = async (): Promise<void> => {
    await wire.change('runCancel', { run }, 'Run', 'id').catch((error: unknown) => {
      // It ended in the meantime: its events tell.
      if (!(error instanceof DomainError)) throw error
    })
  }
  const ask = async (): Promise<void> => {
    if (!screen.interactive) return cancel()
    screen.block([])
    const later = inProcess
      ? 'it goes on, and is picked up when Autodidact starts again'
      : 'it goes on at the server'
    screen.say(`Stop? c: cancel the run   l: leave it (${later})   Enter: go on watching`, 'yellow')
    const line = await askLine(input, out, '> ').catch(() => 'l')
    if (/^c/i.test(line)) await cancel()
    else if (/^l/i.test(line)) stop.abort()
  }
  const hear = (): void => {
    times += 1
    if (times > 1) stop.abort()
    else {
      void ask().finally(() => {
        times = 0
      })
    }
  }
  process.on('SIGINT', hear)
  process.on('SIGTERM', hear)
  return () => {
    process.off('SIGINT', hear)
    process.off('SIGTERM', hear)
  }
}

async function runSpec(
  session: Session,
  spec: SpecNode,
): Promise<{ readonly code: number; readonly run: string }> {
  const { wire, screen } = session
  const { run } = await wire.change<{ run: { id: string } }>(
    'requestSubmit',
    { id: newId(), spec: spec.id },
    'Request',
    'run { id }',
  )
  screen.event('request', { run: run.id })
  const stop = new AbortController()
  const quiet = onInterrupt(session, run.id, stop)
  try {
    const steps = spec.components.map((component) => component.name)
    const { state, failure } = await watchRun(wire, screen, { id: run.id, steps }, stop.signal)
    if (stop.signal.aborted) {
      screen.say('The run goes on.')
      return { code: exitCodes.interrupted, run: run.id }
    }
    if (state === 'SUCCEEDED') return { code: exitCodes.done, run: run.id }
    if (state === 'CANCELLED') {
      screen.say('The run is cancelled.')
      return { code: exitCodes.interrupted, run: run.id }
    }
    screen.event('failure', { ...failure })
    screen.say(failure === null ? 'The run failed.' : plainText(failure.sentence), 'red')
    if (failure !== null) {
      screen.say(`  why: ${plainText(failure.cause)}`)
      screen.say(`  what to do: ${plainText(failure.fix)}`)
    }
    return { code: exitCodes.runFailed, run: run.id }
  } finally {
    quiet()
  }
}

/** From a goal and pictures to a model's files, over the GraphQL API. */
export async function train(
  options: TrainOptions,
  streams: Streams,
  connection: Connection,
): Promise<Trained> {
  const took: Record<string, number> = {}
  const began = performance.now()
  async function timed<T>(part: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now()
    try {
      return await work()
    } finally {
      took[part] = (performance.now() - from) / 1000
    }
  }
  const screen = createScreen({ ...streams, json: options.json })
  const session: Session = { ...connection, ...streams, screen, options }
  const done = (
    code: number,
    kept: KeptModel | null = null,
    version: VersionNode | null = null,
  ): Trained => ({
    code,
    kept,
    version,
    took,
  })
  try {
    screen.event('start', { server: connection.where, inProcess: connection.inProcess })
    const files = (await Promise.all(options.images.map((place) => imageFiles(place)))).flat()
    const goal = await timed('intent', () => submitGoal(session))
    const { pool } = goal.project
    const account = await timed('upload', () => upload(session, pool.id, files))
    screen.event('account', { ...account })
    if (account.used === 0)
      throw new DomainError(
        'POOL_EMPTY',
        'None of the files can be used: the account above says why.',
      )
    await timed('environment', () => environmentReady(session))
    const { sees } = await timed('embedding', () => embedded(session, pool.id))
    const dataset = await timed('review', () => chooseImages(session, pool.id, files))
    const spec = await timed('plan', () => plan(session, goal, dataset, sees))
    if (!(await maySubmit(session))) {
      screen.say('Not started. The plan is kept in the project.')
      return done(exitCodes.refused)
    }
    const { code, run } = await timed('run', () => runSpec(session, spec))
    if (code !== exitCodes.done) return done(code)
    const version = await versionOfRun(connection.wire, run)
    const kept = await timed('copy', () => keepModel(connection.wire, version, options.out))
    const seconds = Math.round((performance.now() - began) / 100) / 10
    screen.say(
      `${version.model.name}, version ${version.version}, in ${secondsText(seconds)}`,
      'bold',
      'green',
    )
    for (const path of kept.weights) screen.say(`  ${path}`)
    if (kept.grid !== null) screen.say(`  ${kept.grid}`)
    screen.say(`  prompt: ${plainText(version.prompt)}`)
    screen.event('summary', {
      model: version.model.name,
      version: version.version,
      files: kept.weights,
      grid: kept.grid,
      metrics: Object.fromEntries(version.metrics.map(({ name, value }) => [name, value])),
      seconds,
      took,
    })
    return done(exitCodes.done, kept, version)
  } catch (error) {
    if (error instanceof Interrupted) {
      screen.say('Stopped; nothing was started.')
      return done(exitCodes.interrupted)
    }
    if (options.json && error instanceof DomainError) {
      screen.event('error', { code: error.code, message: error.message })
    }
    throw error
  } finally {
    screen.close()
  }
}

export async function trainCommand(args: string[], streams: Streams): Promise<number> {
  const options = readTrainOptions(args)
  await using connection = await connect(options)
  const { code } = await train(options, streams, connection)
  return code
}
