import { afterEach, describe, expect, it, vi } from 'vitest'
import { formatDate, localeOf } from './format.ts'

describe('dates and money as their reader writes them', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('follow the browser within the language of the page', () => {
    vi.stubGlobal('navigator', { languages: ['ko-KR', 'en-GB', 'en-US'] })
    expect(formatDate('2026-11-21T12:00:00Z', 'en')).toMatch(/^21 Nov 2026/)
    expect(localeOf('ko')).toBe('ko-KR')
    vi.stubGlobal('navigator', { languages: ['de-DE'] })
    expect(formatDate('2026-11-21T12:00:00Z', 'en')).toMatch(/^Nov 21, 2026/)
  })
})
