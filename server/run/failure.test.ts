import { describe, expect, it } from 'vitest'
import type { Exit } from '../executor/executor.ts'
import { backoff, classifyExit, outputMissing, ownFault, tellingLine } from './failure.ts'

const exited = (more: Partial<Exit> = {}): Exit => ({
  exitCode: 1,
  signal: null,
  reason: 'exited',
  detail: '',
  diskFull: false,
  startedAt: new Date(0),
  endedAt: new Date(1),
  ...more,
})

describe('AD-04 why a step failed', () => {
  const traceback =
    'Traceback (most recent call last):\n  File "x.py", line 3\nValueError: bad rank\n'
  it.each<[string, Partial<Exit>, string, string, 'user' | 'infrastructure']>([
    [
      'time',
      { reason: 'time_limit', signal: 'SIGTERM', exitCode: null },
      'progress: 0.5',
      'TIME_LIMIT',
      'user',
    ],
    [
      'stopped from outside',
      { reason: 'stopped', exitCode: 143 },
      '',
      'PROCESS_LOST',
      'infrastructure',
    ],
    [
      'no interpreter',
      { reason: 'not_started', detail: 'python: ENOENT' },
      '',
      'START_FAILED',
      'infrastructure',
    ],
    [
      'killed by the system',
      { exitCode: null, signal: 'SIGKILL' },
      'step 3',
      'OUT_OF_MEMORY',
      'user',
    ],
    ['exit code 137', { exitCode: 137 }, '', 'OUT_OF_MEMORY', 'user'],
    ['MemoryError', {}, 'Traceback\nMemoryError\n', 'OUT_OF_MEMORY', 'user'],
    [
      'our word for it',
      {},
      'error: There was not enough memory; use a smaller batch size.',
      'OUT_OF_MEMORY',
      'user',
    ],
    [
      'CUDA',
      {},
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate',
      'GPU_OUT_OF_MEMORY',
      'user',
    ],
    [
      'over the disk of its pod',
      { cause: 'disk_limit', detail: 'Usage of EmptyDir volume "work" exceeds the limit "16Mi". ' },
      '',
      'DISK_FULL',
      'user',
    ],
    ['disk', {}, 'OSError: [Errno 28] No space left on device', 'DISK_FULL', 'infrastructure'],
    [
      'base model',
      {},
      'error: The base model "sdxl" is not in any folder and the hub cannot be reached.',
      'BASE_MODEL_MISSING',
      'user',
    ],
    [
      'package',
      {},
      "ModuleNotFoundError: No module named 'torch'",
      'ENVIRONMENT_UNAVAILABLE',
      'user',
    ],
    ['own code', {}, traceback, 'STEP_FAILED', 'user'],
    ['segmentation fault', { exitCode: null, signal: 'SIGSEGV' }, '', 'STEP_FAILED', 'user'],
  ])('%s', (_name, exit, log, code, fault) => {
    const verdict = classifyExit('trainer', exited(exit), log)
    expect(verdict.failure.code).toBe(code)
    expect(verdict.fault).toBe(fault)
    for (const text of Object.values(verdict.failure)) expect(text).not.toBe('')
    expect(verdict.failure.sentence).toContain('trainer')
  })

  it('carries what a component of ours tells of itself as data, beside the sentence', () => {
    const message = 'The setting "rank" is 9000; it must lie between 1 and 1024.'
    const facts = { setting: 'rank', value: '9000', least: '1', most: '1024' }
    const log = (line: object) => `progress: 0.1\n${JSON.stringify(line)}\nerror: ${message}\n`
    const told = { level: 'error', message, code: 'SETTING_OUT_OF_RANGE', facts }
    const { failure } = classifyExit('trainer', exited(), log({ ...told, more: 1 }))
    expect(failure).toEqual({
      code: 'STEP_FAILED',
      sentence: 'The step "trainer" failed.',
      cause: message,
      fix: 'Change the setting "rank" in the plan, then start again.',
      fault: { code: 'SETTING_OUT_OF_RANGE', facts },
    })
    // A log is anybody's text: what does not fit is only the sentence.
    for (const line of [
      { ...told, code: 'NO_SUCH' },
      { ...told, code: 'constructor' },
      { ...told, facts: { setting: 'rank' } },
      { ...told, facts: { ...facts, value: 9000 } },
      { ...told, message: 'The cat is missing.' },
      { ...told, level: 'warning' },
    ])
      expect(classifyExit('trainer', exited(), log(line)).failure.fault).toBeUndefined()
    const long = { ...facts, value: 'x'.repeat(10_000) }
    expect(
      classifyExit('trainer', exited(), log({ ...told, facts: long })).failure.fault?.facts[
        'value'
      ],
    ).toHaveLength(500)
    const missing = 'The base model x was not found.'
    expect(
      classifyExit(
        'trainer',
        exited(),
        `${JSON.stringify({ level: 'error', message: missing, code: 'BASE_MODEL_NOT_FOUND', facts: { name: 'x', folders: '/y' } })}\nerror: ${missing}\n`,
      ).failure,
    ).toMatchObject({ code: 'BASE_MODEL_MISSING', fault: { code: 'BASE_MODEL_NOT_FOUND' } })
  })

  it('tells the line that tells most', () => {
    expect(tellingLine(`a\n${traceback}progress: 1 x\n`)).toBe('ValueError: bad rank')
    expect(tellingLine('one\nerror: the reason\nbye\n')).toBe('the reason')
    expect(tellingLine('\u001b[31mred\u001b[0m\n\n')).toBe('red')
    expect(tellingLine('{"level": "error"}\n')).toBe('')
  })

  it('names missing outputs, full disks, and errors of its own', () => {
    expect(outputMissing('trainer', ['model', 'log']).failure.sentence).toContain('"model", "log"')
    const full = Object.assign(new Error('x'), { code: 'ENOSPC' })
    expect(ownFault('a', 'store', full).failure.code).toBe('DISK_FULL')
    expect(ownFault('a', 'start', full).failure.code).toBe('DISK_FULL')
    expect(ownFault('a', 'start', new Error('x')).failure.code).toBe('START_FAILED')
    expect(ownFault('a', 'store', 'odd')).toMatchObject({ fault: 'infrastructure' })
  })

  it('waits longer each time, and never more than a minute', () => {
    expect([1, 2, 3, 20].map((failures) => backoff(failures, 1000))).toEqual([
      1000, 2000, 4000, 60_000,
    ])
  })
})
