import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvRows } from './csv.ts'

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
const cellText = fc.string({ minLength: 1 }).map((it) => it.trim() || 'x')

describe('CU-08 the table of attributes', () => {
  it('reads back whatever was quoted, with the line that each row began on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cellText, { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const text = rows.map((cells) => cells.map(quoted).join()).join(end)
          expect(csvRows(text).map(({ cells }) => cells)).toEqual(rows)
        },
      ),
    )
  })
  it('knows lines by number across blank lines, a mark at the start and breaks inside quotes', () => {
    expect(csvRows('\uFEFFfile,a\r\n\r\n"x\ny",1\nz , 2 ')).toEqual([
      { line: 1, cells: ['file', 'a'] },
      { line: 3, cells: ['x\ny', '1'] },
      { line: 5, cells: ['z', '2'] },
    ])
  })
  it('names the line of a quote that is never closed', () => {
    expect(() => csvRows('file,a\nx,"1')).toThrow(/line 2/)
  })
})
