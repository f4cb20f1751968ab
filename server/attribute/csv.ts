import { DomainError } from '#schema/domain/errors.ts'

/** Rows of a CSV text (RFC 4180: commas, quotes doubled inside quotes), with the line that each began on. */
export function csvRows(text: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = []
  let cells: string[] = []
  let cell = ''
  let [line, begun] = [1, 1]
  let quoted = false
  const source = text.replace(/^\uFEFF/, '')
  const endCell = (): void => {
    cells.push(cell.trim())
    cell = ''
  }
  const endRow = (): void => {
    endCell()
    if (cells.some((it) => it !== '')) rows.push({ line: begun, cells })
    cells = []
  }
  for (let at = 0; at < source.length; at += 1) {
    const letter = source[at]!
    if (letter === '\n') line += 1
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (source[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (letter === '"' && cell.trim() === '') {
      cell = ''
      quoted = true
    } else if (letter === ',') endCell()
    else if (letter === '\n') {
      endRow()
      begun = line
    } else if (letter !== '\r') cell += letter
  }
  if (quoted)
    throw new DomainError('BAD_INPUT', `The quote that begins on line ${begun} is never closed.`, {
      line: begun,
    })
  endRow()
  return rows
}
