import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { brokenEnd, brokenStart } from './step-log.ts'
import { parseProgress, ProgressReader } from './step-progress.ts'

const wide = fc
  .string({ unit: 'grapheme', maxLength: 200 })
  .filter((text) => !text.includes('\ufffd'))

describe('SC-05 pieces of a log', () => {
  it('give the text again, whole characters each, wherever they are cut', () => {
    fc.assert(
      fc.property(wide, fc.integer({ min: 4, max: 40 }), (text, size) => {
        const bytes = new TextEncoder().encode(text)
        const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
        let at = 0
        let read = ''
        while (at < bytes.length) {
          const piece = bytes.subarray(at, at + size)
          const taken = piece.length - (at + piece.length >= bytes.length ? 0 : brokenEnd(piece))
          read += decoder.decode(piece.subarray(0, taken))
          at += taken
        }
        return read === text
      }),
    )
  })

  it('begin at a character, from whatever byte they are asked', () => {
    fc.assert(
      fc.property(wide, fc.nat(400), (text, from) => {
        const bytes = new TextEncoder().encode(text).subarray(from)
        new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(brokenStart(bytes)))
      }),
    )
  })
})

describe('SC-05 progress lines', () => {
  it('are read, and everything else is log', () => {
    expect(parseProgress('progress: 0.42 step 21 of 50')).toEqual({
      value: 0.42,
      message: 'step 21 of 50',
    })
    expect(parseProgress('progress: 1')).toEqual({ value: 1, message: '' })
    expect(parseProgress('progress: 5e-05 x')).toEqual({ value: 0.00005, message: 'x' })
    for (const line of ['progress: half', 'progress 0.1', ' progress: 0.1', 'progress: NaN', '']) {
      expect(parseProgress(line)).toBeNull()
    }
  })

  it('are found however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 60 }),
        (cuts) => {
          const bytes = new TextEncoder().encode(
            'noise 고양이\nprogress: 0.5 half ✓\nmore\nprogress: 0.75 most 고양이\nrest',
          )
          const reader = new ProgressReader()
          let last = null
          let at = 0
          for (const cut of [...cuts, bytes.length]) {
            last = reader.read(bytes.subarray(at, at + cut)) ?? last
            at += cut
          }
          expect(last).toEqual({ value: 0.75, message: 'most 고양이' })
        },
      ),
    )
  })
})
