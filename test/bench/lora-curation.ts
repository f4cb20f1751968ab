// `node test/bench/lora-curation.ts [seeds [steps]]`: what a curated data set is worth to a LoRA, on the sample project's spoilt pool.
// Resumes: what an earlier call measured with the same steps is kept under `work` and not trained again.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { captionFor, curation, embedders } from '#intelligence/index.ts'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import { chooseEmbedder } from '#server/embedding/choose-embedder.ts'
import { createEmbedding } from '#server/embedding/embedding.ts'
import { readConfig } from '#server/env.ts'
import { inspectImage, type ImageAccount } from '#server/pool/image-inspect.ts'
import { shuffled, stream } from './curation-tasks.ts'
import { interval, pairedGain, type Interval } from './lora-curation-figures.ts'
import { report, type Measure } from './report.ts'

const run = promisify(execFile)
const seeds = Number(process.argv[2] ?? 3)
// Half of what the preset asks, the same for every arm: three arms by three seeds are nine trainings.
const steps = Number(process.argv[3] ?? 400)
const root = join(import.meta.dirname, '../..')
const components = join(root, 'deploy/components')
const tiny = join(root, 'deploy/base-models/tiny-sd')
const work = join(tmpdir(), `autodidact-lora-curation-${steps}`)
const arms = ['curated', 'all', 'random'] as const
type Arm = (typeof arms)[number]

interface Picture {
  readonly name: string
  readonly account: ImageAccount
}

interface Outcome {
  readonly arm: Arm
  readonly seed: number
  readonly images: number
  readonly wanted: number
  readonly verdicts: number | null
  readonly identityRatio: number
  readonly loraSimilarity: number
  readonly baseSimilarity: number
  readonly nearerThanReference: number
}

async function findPython(): Promise<{ python: string; visionFolder: string }> {
  const folder = readConfig(process.env).environmentsFolder
  for (const hash of await readdir(folder).catch(() => [])) {
    const python = join(folder, hash, 'bin/python')
    if (existsSync(join(folder, hash, 'ready.json')) && existsSync(python))
      return { python, visionFolder: join(folder, hash, 'vision') }
  }
  throw new Error(`No components environment is ready under ${folder}; \`npm run demo\` makes one.`)
}

const { python, visionFolder } = await findPython()

async function runComponent(
  type: string,
  folder: string,
  params: object,
  inputs: Record<string, string>,
  data?: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'in'), { recursive: true })
  await mkdir(join(folder, 'checkpoint'))
  await writeFile(join(folder, 'in/params.json'), JSON.stringify(params))
  for (const [name, source] of Object.entries(inputs))
    await symlink(source, join(folder, 'in', name))
  await run(python, [join(components, type, 'main.py')], {
    maxBuffer: 64 << 20,
    env: {
      ...process.env,
      AUTODIDACT_IN: join(folder, 'in'),
      AUTODIDACT_OUT: join(folder, 'out'),
      AUTODIDACT_CHECKPOINT: join(folder, 'checkpoint'),
      ...(data === undefined ? {} : { AUTODIDACT_DATA: data }),
      AUTODIDACT_THREADS: '1',
      OMP_NUM_THREADS: '1',
      OMP_WAIT_POLICY: 'passive',
      HF_HUB_OFFLINE: '1',
    },
  })
}

/** The sample project's pool, read as the platform reads uploads: what cannot be read is no part of any arm. */
async function readPool(folder: string): Promise<Picture[]> {
  const into = join(work, 'kept')
  await mkdir(into, { recursive: true })
  const pictures: Picture[] = []
  for (const name of (await readdir(folder)).sort()) {
    const account = await inspectImage(join(folder, name), { into, fileName: name })
    if ('normalised' in account) pictures.push({ name, account })
  }
  return pictures
}

/** Another 16 views of the same photograph: nobody trains on them, every arm is measured against them. */
async function unseenViews(folder: string): Promise<Picture[]> {
  const script =
    'import sys, pathlib; import sample_pool as s; s.SEED = 2000003; out = pathlib.Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)\n' +
    'for n, view in enumerate(s.cat_views(s.photograph("chelsea"))): (out / f"view-{n:02d}.jpg").write_bytes(s.as_jpeg(view))'
  await run(python, ['-c', script, folder], { cwd: join(components, 'environment') })
  return await readPool(folder)
}

/** The person of the sample project: wants the cat. */
const isWanted = (name: string): boolean => /^cat-|^IMG_204|^Screenshot|^thumbnail/.test(name)

async function curate(
  pictures: readonly Picture[],
  seed: number,
): Promise<{ names: string[]; verdicts: number }> {
  const choice = await chooseEmbedder({ visionFolder, modelsFolder: null, allowHub: false })
  await using embedding = createEmbedding()
  const good = pictures.filter(({ account }) => account.outcome === 'STORED')
  const { vectors, dim } = await embedding.embed(
    choice,
    good.map(({ account }) => ({ path: account.normalised.path })),
  )
  const ids = good.map(({ name }) => name)
  const cosine = embedders.embedderById(choice.id)!.duplicateCosine
  const twice = new Set(
    curation
      .nearDuplicates({
        ids,
        hashes: good.map(({ account }) => account.dhash),
        vectors,
        dim,
        cosine,
      })
      .map(({ id }) => id),
  )
  const rows = [...ids.keys()].filter((row) => !twice.has(ids[row]!))
  const pool = {
    ids: rows.map((row) => ids[row]!),
    vectors: Float32Array.from(
      rows.flatMap((row) => [...vectors.subarray(row * dim, row * dim + dim)]),
    ),
    dim,
    quality: Float32Array.from(rows, (row) => good[row]!.account.measures['quality'] ?? 1),
  }
  const said = new Map<string, curation.VerdictValue>()
  const shown = new Set<string>()
  for (let round = 0; ; round += 1) {
    const next = curation.selectRound({ ...pool, seed, round, size: 12, verdicts: said, shown })
    if (next.length === 0) break
    for (const { id } of next) {
      shown.add(id)
      said.set(id, isWanted(id) ? 'ACCEPT' : 'REJECT')
    }
    const accepted = [...said.values()].filter((value) => value === 'ACCEPT').length
    if (accepted >= 15 && curation.estimate({ ...pool, verdicts: said, seed }).suggestStop) break
  }
  const first = curation.finalSet({ ...pool, verdicts: said, seed })
  const size = Math.min(20, Math.max(15, first.suggested))
  return {
    names: curation.finalSet({ ...pool, verdicts: said, seed, size }).ids,
    verdicts: said.size,
  }
}

async function makeDataset(folder: string, pictures: readonly Picture[]): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'images'), { recursive: true })
  const caption = captionFor('sks', 'cat')
  const images: { caption: string; file: string; height: number; sha256: string; width: number }[] =
    []
  for (const { account } of pictures) {
    const { sha256, path } = account.normalised
    const file = `images/${sha256}.${account.format === 'jpeg' ? 'jpg' : account.format}`
    if (images.some((image) => image.sha256 === sha256)) continue
    await copyFile(path, join(folder, file))
    images.push({ caption, file, height: account.height, sha256, width: account.width })
  }
  const manifest = canonicalJson({
    format: 'autodidact-dataset/1',
    class_noun: 'cat',
    images,
    trigger_word: 'sks',
  })
  await writeFile(join(folder, 'manifest.json'), manifest)
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`
}

async function loaded(name: string, pictures: readonly Picture[]): Promise<string> {
  const data = join(work, 'data', name)
  const dataset = await makeDataset(data, pictures)
  await runComponent('data_loader', join(work, name, 'load'), { dataset }, {}, data)
  return join(work, name, 'load/out/dataset')
}

async function train(
  arm: Arm,
  seed: number,
  pictures: readonly Picture[],
  verdicts: number | null,
  reference: string,
): Promise<Outcome> {
  const name = `${arm}-${seed}`
  const kept = join(work, `${name}.json`)
  if (existsSync(kept)) return JSON.parse(await readFile(kept, 'utf8')) as Outcome
  const preset = JSON.parse(await readFile(join(tiny, 'preset.json'), 'utf8')) as Record<
    string,
    unknown
  >
  const { mirror, sample_steps, guidance_scale, ...learning } = preset
  const dataset = await loaded(name, pictures)
  const at = (step: string): string => join(work, name, step)
  await runComponent(
    'preprocessor',
    at('prepare'),
    { resolution: 64, bucket_step: 8, mirror },
    { dataset },
  )
  await runComponent(
    'trainer',
    at('train'),
    {
      ...learning,
      base_model: 'tiny-sd',
      steps,
      seed,
      trigger_word: 'sks',
      class_noun: 'cat',
      checkpoint_every: 0,
    },
    { dataset: at('prepare/out/dataset') },
  )
  await runComponent(
    'evaluator',
    at('evaluate'),
    {
      base_model: 'tiny-sd',
      prompt: captionFor('sks', 'cat'),
      sample_count: 16,
      sample_steps,
      guidance_scale,
      seed,
    },
    { model: at('train/out/model'), dataset: reference },
  )
  const metrics = JSON.parse(
    await readFile(at('evaluate/out/metrics/metrics.json'), 'utf8'),
  ) as Record<string, number>
  const outcome: Outcome = {
    arm,
    seed,
    images: new Set(pictures.map(({ account }) => account.normalised.sha256)).size,
    wanted: pictures.filter((picture) => isWanted(picture.name)).length,
    verdicts,
    identityRatio: metrics['identity_ratio']!,
    loraSimilarity: metrics['lora_similarity']!,
    baseSimilarity: metrics['base_similarity']!,
    nearerThanReference: metrics['nearer_than_reference']!,
  }
  await writeFile(kept, JSON.stringify(outcome))
  console.log(JSON.stringify(outcome))
  return outcome
}

function write(outcomes: readonly Outcome[], done: number): void {
  const of = (arm: Arm, value: (outcome: Outcome) => number): number[] =>
    outcomes.filter((outcome) => outcome.arm === arm).map(value)
  const measures: Measure[] = []
  const add = (
    name: string,
    { mean, low, high }: Interval,
    unit: string,
    goal: string | null,
    baseline: number | null,
    holds: boolean | null,
  ): void => {
    measures.push(
      { name, value: mean, unit, goal, baseline, holds },
      {
        name: `${name}, 95 % interval from`,
        value: low,
        unit,
        goal: null,
        baseline: null,
        holds: null,
      },
      {
        name: `${name}, 95 % interval to`,
        value: high,
        unit,
        goal: null,
        baseline: null,
        holds: null,
      },
    )
  }
  const ratio = (arm: Arm): number[] => of(arm, (outcome) => outcome.identityRatio)
  const base = interval(ratio('all')).mean
  for (const arm of arms)
    add(`identity ratio, ${arm}; baseline: all`, interval(ratio(arm)), 'ratio', null, base, null)
  for (const [arm, strict] of [
    ['all', false],
    ['random', true],
  ] as const) {
    const gain = pairedGain(ratio('curated'), ratio(arm))
    const goal = strict ? '> 0' : '>= 0'
    add(
      `identity ratio, curated over ${arm} (same seed)`,
      gain,
      'ratio',
      goal,
      0,
      strict ? gain.mean > 0 : gain.mean >= 0,
    )
    const wins = ratio('curated').filter((value, index) => value > ratio(arm)[index]!).length
    measures.push({
      name: `seeds in which curated beats ${arm}`,
      value: wins,
      unit: `of ${done}`,
      goal: null,
      baseline: null,
      holds: null,
    })
  }
  for (const arm of arms) {
    const nearer = interval(of(arm, (outcome) => outcome.nearerThanReference))
    measures.push(
      {
        name: `samples nearer to the cat than to any base photograph, ${arm}`,
        value: nearer.mean,
        unit: 'share',
        goal: null,
        baseline: null,
        holds: null,
      },
      {
        name: `pictures learned from, ${arm}`,
        value: interval(of(arm, ({ images }) => images)).mean,
        unit: 'pictures',
        goal: null,
        baseline: null,
        holds: null,
      },
      {
        name: `of them the cat, ${arm}`,
        value: interval(of(arm, ({ wanted }) => wanted)).mean,
        unit: 'pictures',
        goal: null,
        baseline: null,
        holds: null,
      },
    )
  }
  measures.push(
    {
      name: 'verdicts given for the curated set',
      value: interval(of('curated', ({ verdicts }) => verdicts ?? 0)).mean,
      unit: 'verdicts',
      goal: null,
      baseline: null,
      holds: null,
    },
    {
      name: 'steps of 8, every arm',
      value: steps,
      unit: 'steps',
      goal: null,
      baseline: 800,
      holds: null,
    },
    { name: 'seeds', value: done, unit: 'seeds', goal: '>= 3', baseline: null, holds: done >= 3 },
  )
  report('lora-curation', measures)
}

await mkdir(work, { recursive: true })
const poolFolder = join(work, 'pool')
await run(python, [join(components, 'environment/sample_pool.py'), poolFolder])
const pool = await readPool(poolFolder)
const byName = new Map(pool.map((picture) => [picture.name, picture]))
const reference = await loaded('unseen', await unseenViews(join(work, 'views')))
const outcomes: Outcome[] = []
for (let seed = 1; seed <= seeds; seed += 1) {
  const { names, verdicts } = await curate(pool, seed)
  const order = shuffled(pool.length, stream(7_000 + seed))
  const sets: Record<Arm, Picture[]> = {
    curated: names.map((name) => byName.get(name)!),
    all: pool,
    random: order.slice(0, names.length).map((row) => pool[row]!),
  }
  for (const arm of arms)
    outcomes.push(await train(arm, seed, sets[arm], arm === 'curated' ? verdicts : null, reference))
  write(outcomes, seed)
}
