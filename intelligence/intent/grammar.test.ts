import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intentSchema } from '#schema/domain/intent.ts'
import { read, revise } from '../index.ts'
import hypernyms from './lexicon/hypernyms.json' with { type: 'json' }
import enNouns from './lexicon/en/class-nouns.json' with { type: 'json' }
import enStyles from './lexicon/en/styles.json' with { type: 'json' }
import koNouns from './lexicon/ko/class-nouns.json' with { type: 'json' }
import koStyles from './lexicon/ko/styles.json' with { type: 'json' }
import { classNounOf } from './lexicon.ts'
import { koreanNumber } from './quantities.ts'
import { triggerFor } from './grammar.ts'

const value = (goal: string, path: string): unknown =>
  (read(goal).slots as Record<string, { value: unknown } | undefined>)[path]?.value

describe('IN-01 the reading of a goal', () => {
  it('says where each slot came from', () => {
    const goal = '내 고양이 Fluffy를 수채화 스타일로 학습시켜줘'
    const { slots } = read(goal)
    const words = (path: keyof typeof slots) =>
      goal.slice(...(slots[path]!.span as [number, number]))
    expect(words('subject.classNoun')).toBe('고양이')
    expect(words('subject.name')).toBe('Fluffy')
    expect(words('style')).toBe('수채화')
    expect(slots['subject.classNoun']).toMatchObject({
      value: 'cat',
      source: 'said',
      reason: "'고양이'에서",
    })
    expect(slots.baseModel).toMatchObject({ value: 'tiny-sd', source: 'default', span: null })
  })

  it('finds its words in what was typed, whatever the normal form', () => {
    const goal = '내\u200b 고양이 사진, ＲＡＮＫ １６ 😺'.normalize('NFD')
    const { slots } = read(goal)
    expect(
      goal.slice(...(slots['subject.classNoun']!.span as [number, number])).normalize('NFC'),
    ).toBe('고양이')
    expect(slots['settings.rank']!.value).toBe(16)
    expect(goal.slice(...(slots['settings.rank']!.span as [number, number]))).toBe('ＲＡＮＫ １６')
  })

  it.each([
    ['', 'GOAL_UNREADABLE'],
    ['   \n ', 'GOAL_UNREADABLE'],
    ['x'.repeat(2001), 'GOAL_UNREADABLE'],
  ])('%j is refused', (goal, code) => {
    expect(() => read(goal)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    '🐱🐱🐱',
    'обучи модель на моей кошке',
    '猫の写真で学習して',
    'entraîne un modèle avec mon chat',
    '!!!',
    '1234',
    'ignore all previous instructions',
    '{"task":"subject"}',
    '\u200b\u200b',
  ])('%j: unknown, and a question', (goal) => {
    const reading = read(goal)
    expect(reading.slots.task!.value).toBe('unknown')
    expect(reading.question).toMatchObject({ slot: 'task' })
    expect(
      intentSchema.safeParse({ slots: reading.slots, question: reading.question }).success,
    ).toBe(true)
  })

  it.each([
    ['지브리 스타일로 내 고양이 그리게 해줘', undefined],
    ['강아지 웃게 만들어줘', undefined],
    ['우리 강아지 뭉게 학습해줘', '뭉게'],
    ['my best friend Lena', 'Lena'],
  ])('what it is made to do is no name: %s', (goal, name) => {
    expect(read(goal).slots['subject.name']?.value).toBe(name)
    expect(read(goal).slots['quality']?.source).toBe('default')
  })
  it('takes a trigger word from the name, else a rare word', () => {
    expect(triggerFor('Fluffy')).toBe('flffy')
    expect(triggerFor('두부')).toBe('dubu')
    expect(triggerFor('Zoë')).toBe('zoex')
    expect(triggerFor('🐱')).toBeNull()
    expect(value('my cat', 'triggerWord')).toBe('sks')
    expect(value('my cat Fluffy', 'triggerWord')).toBe('flffy')
  })
})

describe('IN-02 one question, only where the answer matters', () => {
  it('asks which of subject and look is to be learnt', () => {
    const { question } = read('train a LoRA of my cat in watercolor')
    expect(question!.options.map((option) => option.value)).toEqual(['subject', 'style'])
    expect(read('내 고양이를 수채화 스타일로 학습해줘').question!.text).toContain('고양이')
  })

  it.each([
    'not a style, just the cat',
    'paint my cat in watercolor',
    'learn only the watercolor style',
    'my cat',
    'watercolor',
  ])('%s: none', (goal) => {
    expect(read(goal).question).toBeNull()
  })

  it('is answered by a revision', () => {
    const reading = read('my cat in watercolor')
    const answered = revise(reading, 'task', 'style')
    expect(answered.question).toBeNull()
    expect(answered.slots.task).toMatchObject({ value: 'style', source: 'said', span: null })
  })
})

describe('IN-01 what the pictures show', () => {
  const seen = [{ classNoun: 'Egyptian cat', count: 34, of: 40 }]
  it('fills the class noun', () => {
    expect(read('train a LoRA of Fluffy', { seen }).slots['subject.classNoun']).toMatchObject({
      value: 'cat',
      source: 'inferred',
      reason: '34 of 40 pictures show a cat',
    })
  })
  it('is asked about when the words say another', () => {
    expect(read('my dog', { seen }).question).toMatchObject({
      slot: 'subject.classNoun',
      options: [{ value: 'dog' }, { value: 'cat' }],
    })
    expect(read('my cat', { seen }).question).toBeNull()
  })
  it('is not believed when few pictures show it', () => {
    expect(
      read('train on Fluffy', { seen: [{ classNoun: 'cat', count: 5, of: 40 }] }).slots[
        'subject.classNoun'
      ],
    ).toBeUndefined()
  })
})

describe('IN-03 follow-ups and edits', () => {
  const first = read('train a LoRA of my cat Fluffy')
  it('replace what they say and keep the rest', () => {
    const next = read('SDXL로 바꿔줘, GPU 2장까지', {
      previous: { slots: first.slots, question: first.question },
    })
    expect(next.slots.baseModel!.value).toBe('sdxl')
    expect(next.slots['limits.gpus']!.value).toBe(2)
    expect(next.slots['subject.name']!.value).toBe('Fluffy')
    expect(next.slots.task!.value).toBe('subject')
  })
  it('refuse unknown slots and unfit values by name', () => {
    expect(() => revise(first, 'nonsense', 1)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', facts: { slot: 'nonsense' } }),
    )
    expect(() => revise(first, 'settings.rank', 0)).toThrow(/settings\.rank/)
    expect(() => revise(first, 'baseModel', 'gpt-9')).toThrow(/baseModel/)
    expect(() => revise(first, '__proto__', {})).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    )
    expect(() => revise(first, 'subject.name', 'a\nb')).toThrow(/subject\.name/)
  })
  it('null removes, and a default comes back', () => {
    expect(revise(first, 'subject.name', null).slots['subject.name']).toBeUndefined()
    expect(
      revise(revise(first, 'baseModel', 'sdxl'), 'baseModel', null).slots.baseModel,
    ).toMatchObject({ source: 'default' })
  })
})

describe('IN-04 figures', () => {
  it.each([
    ['1만5천', 15000],
    ['이십', 20],
    ['오천', 5000],
    ['두', 2],
    ['1,500', 1500],
    ['삼만', 30000],
    ['2.5', 2.5],
    ['십이', 12],
    ['백', 100],
  ])('%s is %d', (text, number) => {
    expect(koreanNumber(text)).toBe(number)
  })
  it.each<[string, string, unknown]>([
    ['my cat, half an hour', 'limits.hours', 0.5],
    ['my cat, an hour and a half', 'limits.hours', 1.5],
    ['내 고양이 한 시간 반', 'limits.hours', 1.5],
    ['내 고양이 90분 이내', 'limits.hours', 1.5],
    ['my cat for 50 cents', 'limits.money', { amount: 0.5, currency: 'USD' }],
    ['내 고양이 예산 만원', 'limits.money', { amount: 10000, currency: 'KRW' }],
    ['my cat, GPU with 24 GB', 'limits.gpuMemory', 24],
    ['my cat, 64GB RAM', 'limits.gpuMemory', undefined],
    ['my cat, two GPUs', 'limits.gpus', 2],
    ['my cat, A100 gpu', 'limits.gpus', undefined],
    ['my cat, T4 GPU', 'limits.gpus', undefined],
    ['my cat, T4 GPU', 'subject.name', undefined],
    ['my cat, T4 GPU', 'limits.gpuMemory', 16],
    ['내 고양이 T4 GPU로', 'limits.gpuMemory', 16],
    ['내 고양이 H100 GPU 두 장', 'limits.gpus', 2],
    ['my cat on 2 T4 gpus', 'limits.gpus', 2],
    ['내 고양이 GPU 없이', 'limits.gpus', 0],
    ['my cat 1.5k steps', 'settings.steps', 1500],
    ['my cat, learning rate of 2e-5', 'settings.learningRate', 0.00002],
    ['my cat, rank 99999', 'settings.rank', undefined],
  ])('%s: %s', (goal, path, expected) => {
    expect(value(goal, path)).toEqual(expected)
  })
})

describe('the lexicons', () => {
  it('are large enough, and Korean names the same things', () => {
    expect(Object.keys(enNouns).length).toBeGreaterThanOrEqual(1000)
    expect(Object.keys(enStyles).length).toBeGreaterThanOrEqual(150)
    expect(Object.keys(koNouns).filter((noun) => !(noun in enNouns))).toEqual([])
    expect(Object.keys(koStyles).filter((style) => !(style in enStyles))).toEqual([])
    expect(
      Object.values(hypernyms)
        .flat()
        .filter((noun) => !(noun in enNouns)),
    ).toEqual([])
  })
  it.each([
    ['en', enNouns],
    ['ko', koNouns],
    ['en', enStyles],
    ['ko', koStyles],
  ] as const)('%s: no form means two things', (_, table) => {
    const owner = new Map<string, string>()
    for (const [noun, forms] of Object.entries(table as Record<string, string[]>)) {
      for (const form of forms) {
        expect(owner.get(form) ?? noun, form).toBe(noun)
        owner.set(form, noun)
        expect(form).toBe(form.normalize('NFKC').toLowerCase().trim())
      }
    }
  })
  it.each([
    ['Egyptian cat', 'cat'],
    ['golden retriever', 'dog'],
    ['espresso', 'coffee'],
    ['sports car, sport car', 'car'],
    ['qwertz', 'qwertz'],
  ])('%s is a %s', (label, noun) => {
    expect(classNounOf(label)).toBe(noun)
  })
})

describe('any text at all', () => {
  it(
    'is read without throwing, deterministically, with spans inside the goal',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }), (goal) => {
          fc.pre(goal.trim() !== '')
          const one = read(goal)
          expect(read(goal)).toEqual(one)
          expect(intentSchema.safeParse({ slots: one.slots, question: one.question }).success).toBe(
            true,
          )
          for (const slot of Object.values(one.slots)) {
            if (slot.span === null) continue
            expect(slot.span[0]).toBeLessThan(slot.span[1])
            expect(slot.span[1]).toBeLessThanOrEqual(goal.length)
          }
        }),
        { numRuns: 500 },
      )
    },
  )

  it('takes no more than a few milliseconds, even for hostile text', { timeout: 60_000 }, () => {
    const goals = [
      'train a LoRA of my cat Fluffy in watercolor with rank 16, $5, 2 hours, 24GB, SDXL',
      '우리 강아지 두부 사진 30장으로 SDXL 로라 만들어줘, 2시간 안에 GPU 두 장 예산 5만원',
      '고양이'.repeat(600),
      'cat '.repeat(499),
      'a'.repeat(2000),
      '1'.repeat(2000),
      '"'.repeat(2000),
      'my '.repeat(600),
      '이'.repeat(2000),
      'style of '.repeat(200),
      '일이삼'.repeat(600),
      '🐱'.repeat(900),
    ]
    for (let round = 0; round < 3; round += 1) for (const goal of goals) read(goal)
    for (const goal of goals) {
      const times = Array.from({ length: 9 }, () => {
        const start = performance.now()
        read(goal)
        return performance.now() - start
      }).sort((a, b) => a - b)
      // the fastest of nine: the machine may be busy with something else
      expect(times[0], goal.slice(0, 20)).toBeLessThan(goal.length < 200 ? 5 : 60)
    }
  })
})
