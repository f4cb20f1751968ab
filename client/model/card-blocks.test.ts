import { describe, expect, it } from 'vitest'
import { cardBlocks, cardSpans } from './card-blocks.ts'
import { lineageFacts } from './lineage-facts.ts'

describe('MD-08 the model card on the page', () => {
  it('shows what readers need, and says each line', () => {
    const card =
      '---\ntags: [lora]\n---\n\n# a &lt;b&gt;, version 1\n\n## Files\n\n- `x` (1)\n- y\n\n| | |\n|---|---|\n| a\\|b | 1 \\| 2 |\n| rank | 4 |\n\nend\n'
    expect(cardBlocks(card, (line) => (line === 'end' ? '끝' : line))).toEqual([
      { kind: 'title', text: 'a <b>, version 1' },
      { kind: 'heading', text: 'Files' },
      { kind: 'list', items: ['`x` (1)', 'y'] },
      {
        kind: 'table',
        rows: [
          { name: 'a|b', value: '1 | 2' },
          { name: 'rank', value: '4' },
        ],
      },
      { kind: 'text', text: '끝' },
    ])
    expect(cardSpans('for **B**: `<b>` &lt;')).toEqual([
      { kind: 'plain', text: 'for ' },
      { kind: 'strong', text: 'B' },
      { kind: 'plain', text: ': ' },
      { kind: 'code', text: '<b>' },
      { kind: 'plain', text: ' <' },
    ])
  })
})

describe('MD-07 the record under the lineage', () => {
  it.each([
    ['goal', 'language: ko', { name: 'language', value: 'ko', note: null }],
    ['dataset', 'sha256:ab', { name: 'hash', value: 'sha256:ab', note: null }],
    [
      'images',
      '0123456789abcdef a cat: black',
      { name: '0123456789ab', value: 'a cat: black', note: null },
    ],
    [
      'code',
      'trainer: autodidact/trainer:1 sha256:cd (result of an earlier run)',
      { name: 'trainer', value: 'autodidact/trainer:1 sha256:cd', note: 'cached' },
    ],
    [
      'code',
      'trainer: autodidact/trainer:1 digest unknown',
      { name: 'trainer', value: 'autodidact/trainer:1', note: 'noDigest' },
    ],
    [
      'run',
      'ended: 2026-11-21T00:00:00Z',
      { name: 'ended', value: '2026-11-21T00:00:00Z', note: null },
    ],
  ])('%s: %s', (kind, detail, fact) => {
    expect(lineageFacts(kind, detail)).toEqual([fact])
  })
})
