import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { groupsOf, imageFiles, named } from './image-files.ts'
import { intentCommand } from './intent-command.ts'
import { plainText } from './screen.ts'
import { readTrainOptions } from './train-options.ts'
import { UsageError } from './usage-error.ts'
import { stepLine } from './watch-run.ts'

async function intentLines(args: string[]): Promise<Record<string, unknown>[]> {
  const lines: string[] = []
  expect(await intentCommand(args, (line) => lines.push(line))).toBe(0)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('IN-03 autodidact intent --then', () => {
  it('takes the last change back by words, in both languages, and says when there is none', async () => {
    const said = ['--then', 'within 2 hours', '--then', 'SDXL로 바꿔줘', '--then', '되돌려줘']
    const [once] = await intentLines(['my cat', ...said, '--json'])
    expect(once!['slots']).toMatchObject({ baseModel: { value: 'tiny-sd' } })
    expect(once!['slots']).toHaveProperty(['limits.hours', 'value'], 2)
    const [all] = await intentLines([
      'my cat',
      ...said,
      '--then',
      'undo',
      '--then',
      'undo',
      '--json',
    ])
    expect(all!['slots']).not.toHaveProperty(['limits.hours'])
    expect((all!['then'] as { notice: string }[]).at(-1)!.notice).toContain('nothing to take back')
  })

  it('names a file that cannot be read', async () => {
    await expect(intentCommand(['--file', '/nonexistent'], () => undefined)).rejects.toThrow(
      '--file: /nonexistent cannot be read (there is no such file).',
    )
    await expect(intentCommand(['--file', tmpdir()], () => undefined)).rejects.toThrow('folder')
  })
})

describe('IN-01 autodidact intent', () => {
  it('prints a reading in the agreed form', async () => {
    const [reading] = await intentLines(['train a LoRA of my cat', '--json'])
    expect(Object.keys(reading!)).toEqual(['goal', 'language', 'slots', 'question'])
    expect(reading).toMatchObject({
      goal: 'train a LoRA of my cat',
      language: 'en',
      slots: { 'subject.classNoun': { value: 'cat', source: 'said', span: [19, 22] } },
      question: null,
    })
    const { slots } = reading as { slots: Record<string, object> }
    for (const slot of Object.values(slots)) {
      expect(Object.keys(slot)).toEqual(['value', 'source', 'span', 'confidence'])
    }
  })

  it('prints one line for each line of a file, also for one that cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autodidact-intent-'))
    const file = join(folder, 'goals.txt')
    await writeFile(file, 'my dog\r\n\r\n내 고양이를 학습시켜줘\n')
    const lines = await intentLines(['--file', file, '--json'])
    await rm(folder, { recursive: true })
    expect(lines.map((line) => line['goal'])).toEqual(['my dog', '', '내 고양이를 학습시켜줘'])
    expect(lines[1]).toMatchObject({
      slots: {},
      question: null,
      error: { code: 'GOAL_UNREADABLE' },
    })
  })
})

describe('autodidact train, its options and files', () => {
  it('reads settings as JSON where they are, else as text', () => {
    const { settings, accept } = readTrainOptions([
      'my',
      'cat',
      '--images',
      'x',
      '--set',
      'steps=30',
      '--set',
      'prompt=a photo = b',
      '--accept-all',
    ])
    expect(settings).toEqual({ steps: 30, prompt: 'a photo = b' })
    expect(accept).toBe('all')
  })

  it('says what is missing or does not go together', () => {
    const wrong = [
      [],
      ['cat'],
      ['cat', '--images', 'x', '--accept-all', '--accept', 'a*'],
      ['cat', '--images', 'x', '--set', 'steps'],
      ['cat', '--images', 'x', '--server', 'nowhere'],
    ]
    for (const args of wrong) expect(() => readTrainOptions(args)).toThrow(UsageError)
  })

  it('offers every file of a folder and its folders, and matches names and paths', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autodidact-images-'))
    await mkdir(join(folder, 'more'))
    for (const name of ['b.png', 'a10.png', 'a9.png', '.hidden', 'more/notes.txt']) {
      await writeFile(join(folder, name), 'x')
    }
    expect((await imageFiles(folder)).map((file) => file.name)).toEqual([
      'a9.png',
      'a10.png',
      'b.png',
      'more/notes.txt',
    ])
    await expect(imageFiles(join(folder, 'nowhere'))).rejects.toThrow(/nowhere/)
    await rm(folder, { recursive: true })
    expect([named('cat-*', 'cats/cat-1.jpg'), named('cats/*', 'cats/cat-1.jpg')]).toEqual([
      true,
      true,
    ])
    expect(named('cat-*', 'dogs/dog-1.jpg')).toBe(false)
  })

  it('sends files in groups that lose none', () => {
    const files = Array.from({ length: 40 }, (_, index) => ({
      path: '',
      name: String(index),
      bytes: index === 7 ? 1_000 : 10,
    }))
    const groups = groupsOf(files, { files: 16, bytes: 900 })
    expect(groups.flat()).toEqual(files)
    for (const group of groups) {
      const bytes = group.reduce((sum, file) => sum + file.bytes, 0)
      expect(group.length <= 16 && (bytes <= 900 || group.length === 1)).toBe(true)
    }
  })

  it('prints nothing that moves the cursor', () => {
    expect(plainText('evil\x1b[2Jname\n\u202e.png')).toBe('evil [2Jname .png')
    const step = { name: 'trainer', state: 'RUNNING', progress: 0.5, startedAt: 0, endedAt: null }
    expect(stepLine({ ...step, message: 'step\x071' }, 0.25)).toMatch(
      /50 % {2}step 1 {2}loss 0\.2500$/,
    )
  })
})
