import { styleText } from 'node:util'

export type Facts = Readonly<Record<string, unknown>>
type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'

/** Something under way: a fraction, or null while there is none. */
export interface Progress {
  update(fraction: number | null, message: string): void
  /** Ends it with what came of it. */
  end(message: string): void
}

/** Where the command speaks: bars on a terminal, plain lines elsewhere, JSON lines with --json. */
export interface Screen {
  readonly json: boolean
  /** Lines can be drawn over. */
  readonly live: boolean
  /** A person sits there and can be asked. */
  readonly interactive: boolean
  /** For people; nothing with --json. */
  say(text: string, ...styles: Style[]): void
  /** For programs; nothing without --json. */
  event(name: string, facts: Facts): void
  begin(label: string): Progress
  /** Lines at the bottom that are drawn over; only on a terminal. */
  block(lines: readonly string[]): void
  close(): void
}

export function barText(fraction: number, width = 24): string {
  const share = Math.min(1, Math.max(0, fraction))
  const full = Math.round(share * width)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.floor(share * 100)).padStart(3)} %`
}

export function secondsText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 119.5) return `${Math.round(seconds)} s`
  if (seconds < 7170) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}

export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** Text from files and servers, made safe to print: one line, no control characters. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

/** Lines that are drawn over each other would wrap when they are too long. */
function fit(text: string, columns: number): string {
  // A terminal that does not know its width says 0.
  const room = Math.max(20, columns > 0 ? columns : 80) - 1
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`
}

const redrawMs = 80
const plainEveryMs = 10_000

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream
  readonly input: NodeJS.ReadStream
  readonly json: boolean
  now?(): number
}

export function createScreen({ out, input, json, now = Date.now }: ScreenOptions): Screen {
  const live = out.isTTY && !json
  let shown: string[] = []
  let drawnAt = 0

  const style = (text: string, styles: readonly Style[]): string =>
    styles.length === 0 || !live ? text : styleText([...styles], text, { stream: out })

  function erase(): void {
    if (shown.length > 0) out.write(`\x1b[${shown.length}A\x1b[0J`)
  }
  function draw(lines: readonly string[]): void {
    shown = lines.map((line) => fit(line, out.columns))
    if (shown.length > 0) out.write(`${shown.join('\n')}\n`)
  }
  function block(lines: readonly string[]): void {
    if (!live) return
    const same = lines.length === shown.length
    if (same && now() - drawnAt < redrawMs && lines.length > 0) return
    drawnAt = now()
    erase()
    draw(lines)
  }
  function say(text: string, ...styles: Style[]): void {
    if (json) return
    const below = shown
    erase()
    out.write(`${style(text, styles)}\n`)
    if (live) draw(below)
  }

  function begin(label: string): Progress {
    let told = ''
    let toldAt = 0
    return {
      update(fraction, message) {
        const text = plainText(message)
        if (live) {
          block([`  ${label.padEnd(14)} ${fraction === null ? '…' : barText(fraction)}  ${text}`])
          return
        }
        const words = text.replace(/[\d.,]+/g, '#')
        // A log is no place for every percent.
        if (json || (words === told && now() - toldAt < plainEveryMs)) return
        told = words
        toldAt = now()
        const percent = fraction === null ? '' : ` ${Math.floor(fraction * 100)} %`
        out.write(`${label}${percent}: ${text}\n`)
      },
      end(message) {
        if (live) block([])
        say(`${live ? '✓ ' : ''}${label}: ${plainText(message)}`)
      },
    }
  }

  return {
    json,
    live,
    interactive: live && input.isTTY,
    say,
    event(name, facts) {
      if (json) out.write(`${JSON.stringify({ event: name, ...facts })}\n`)
    },
    begin,
    block,
    close() {
      if (live) {
        erase()
        draw([])
      }
    },
  }
}
