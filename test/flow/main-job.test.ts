import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseKinds, makeTestDatabase } from '#test/harness/database.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
/** The components' environment; `npm test` makes it and says where it is. */
const environment = process.env['TEST_PYTHON_ENVIRONMENT'] ?? null

// Both files must load, and both must change the picture in the same way.
const loads = `
import sys, torch
from diffusers import StableDiffusionPipeline
base, diffusers_file, kohya_file = sys.argv[1:4]
def picture(lora):
    pipe = StableDiffusionPipeline.from_pretrained(base, dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    if lora: pipe.load_lora_weights(lora)
    return pipe('a photo of sks cat', height=64, width=64, num_inference_steps=4, output_type='pt',
                generator=torch.Generator().manual_seed(1)).images
plain, one, two = picture(None), picture(diffusers_file), picture(kohya_file)
print('same', float((one - two).abs().max()), 'effect', float((one - plain).abs().max()))
`

describe.skipIf(environment === null).each(databaseKinds)(
  'the main job in the terminal [%s]',
  (kind) => {
    let folder: string
    let pictures: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'autodidact-flow-'))
      pictures = join(folder, 'pictures')
      const python = join(environment!, 'bin', 'python')
      await run(python, [
        '-B',
        join(root, 'deploy/components/environment/sample_pool.py'),
        pictures,
      ])
    })
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true })
    })

    it(
      'a sentence and a folder of pictures become a model that loads',
      { timeout: 420_000 },
      async () => {
        await using made = await makeTestDatabase(kind)
        const out = join(folder, 'out')
        const { stdout } = await run(
          process.execPath,
          [
            'server/terminal/autodidact.ts',
            'train',
            'train a LoRA of my cat',
            ...[
              '--images',
              pictures,
              '--accept',
              'cat-*',
              '--set',
              'steps=30',
              '--set',
              'sampleCount=2',
            ],
            ...['--yes', '--json', '--out', out],
          ],
          {
            cwd: root,
            maxBuffer: 64 * 1024 * 1024,
            env: {
              ...process.env,
              AUTODIDACT_DATA: join(folder, 'data'),
              AUTODIDACT_ENVIRONMENTS: dirname(environment!),
              ...(made.config.kind === 'postgres' ? { DATABASE_URL: made.config.url } : {}),
            },
          },
        )
        const lines = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        const summary = lines.at(-1)
        expect(summary).toMatchObject({ version: 1 })
        const files = summary.files as string[]
        const ofDiffusers = files.find((file) => file.endsWith('pytorch_lora_weights.safetensors'))!
        const ofKohya = files.find((file) => file.endsWith('-kohya.safetensors'))!
        expect((await stat(ofDiffusers)).size).toBeGreaterThan(100_000)
        const grid = await readFile(summary.grid as string)
        expect(grid.subarray(1, 4).toString('latin1')).toBe('PNG')
        const { stdout: told } = await run(join(environment!, 'bin', 'python'), [
          '-B',
          '-c',
          loads,
          join(root, 'deploy/base-models/tiny-sd/model'),
          ofDiffusers,
          ofKohya,
        ])
        const [, same, effect] = /same (\S+) effect (\S+)/.exec(told) ?? []
        expect(Number(same)).toBeLessThan(1e-3)
        expect(Number(effect)).toBeGreaterThan(1e-2)
      },
    )
  },
)
