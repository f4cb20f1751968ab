import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captionFromReply, probeQuestions, scoreAnswers, yesOrNo } from './object-probe.ts'

const sights = Array.from({ length: 9 }, (_, index) => ({
  image: `i${index}`,
  noun: index % 3 === 0 ? 'dog' : 'cat',
}))

describe('CU-09 probe of a captioner', () => {
  it('asks as often about what is there as about what is not', () => {
    const questions = probeQuestions(sights, 1)
    expect(questions).toHaveLength(18)
    for (const { image, noun, there } of questions)
      expect(sights.find((it) => it.image === image)!.noun === noun).toBe(there)
    expect(probeQuestions(sights, 1)).toEqual(questions)
    expect(probeQuestions([{ image: 'a', noun: 'cat' }], 1)[1]).toMatchObject({ there: false })
  })

  it('finds one that says yes to everything, one that sees nothing and an honest one', () => {
    const questions = probeQuestions(sights, 1)
    const yes = scoreAnswers(
      questions,
      questions.map(() => true),
    )
    expect(yes).toMatchObject({ invented: 1, missed: 0, usable: false })
    const no = scoreAnswers(
      questions,
      questions.map(() => false),
    )
    expect(no).toMatchObject({ invented: 0, missed: 1, usable: false })
    const honest = scoreAnswers(
      questions,
      questions.map(({ there }) => there),
    )
    expect(honest).toMatchObject({ right: 18, invented: 0, missed: 0, usable: true })
    const mute = scoreAnswers(
      questions,
      questions.map(() => null),
    )
    expect(mute).toMatchObject({ right: 0, unclear: 18, usable: false })
  })

  it('reads yes and no, and takes nothing else for either', () => {
    expect(['Yes.', ' no', '**Yes**, it is', 'Nope', 'Yesterday', ''].map(yesOrNo)).toEqual([
      true,
      false,
      true,
      null,
      null,
      null,
    ])
  })

  it('captions are data: one line with the template first, whatever the reply', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (reply) => {
        const caption = captionFromReply('a photo of sks cat', reply)
        expect(caption.startsWith('a photo of sks cat')).toBe(true)
        expect(caption.length).toBeLessThanOrEqual(300)
        expect(caption).not.toMatch(/[\u0000-\u001f\u007f]/)
      }),
    )
    expect(captionFromReply('a photo of sks cat', '"on a sofa,\nby a window."')).toBe(
      'a photo of sks cat, on a sofa, by a window',
    )
  })
})
