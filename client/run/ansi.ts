/** A piece of a log line in one look. */
export interface Span {
  readonly text: string
  readonly className: string
}

const escape = /\u001b\[([0-9;]*)([A-Za-z])/g

/** Splits a line at its ANSI colours; other terminal commands are left out. A progress bar shows its last state. */
export function ansiSpans(line: string): Span[] {
  const shown = line.replace(/\r+$/, '')
  const text = shown.slice(shown.lastIndexOf('\r') + 1)
  const spans: Span[] = []
  let looks = new Set<string>()
  let at = 0
  const take = (to: number) => {
    if (to > at) spans.push({ text: text.slice(at, to), className: [...looks].join(' ') })
  }
  for (const match of text.matchAll(escape)) {
    take(match.index)
    at = match.index + match[0].length
    if (match[2] !== 'm') continue
    for (const code of (match[1] === '' ? '0' : match[1]!).split(';')) {
      if (code === '0') looks = new Set()
      else looks.add(`a${code}`)
    }
  }
  take(text.length)
  return spans
}
