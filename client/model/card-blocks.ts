/** The Markdown that model cards are written in (server/model/model-card.ts), as blocks to draw. */
export type CardBlock =
  | { readonly kind: 'title' | 'heading' | 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table'
      readonly rows: readonly { readonly name: string; readonly value: string }[]
    }

export interface CardSpan {
  readonly kind: 'plain' | 'strong' | 'code'
  readonly text: string
}

const plain = (text: string): string =>
  text.replaceAll('\\|', '|').replaceAll('&lt;', '<').replaceAll('&gt;', '>')

/** Each line said by `say`; the front matter is for hubs, not for readers. */
export function cardBlocks(card: string, say: (line: string) => string): CardBlock[] {
  const blocks: CardBlock[] = []
  const body = card.replace(/^---\n[\s\S]*?\n---\n/, '')
  for (const raw of body.split('\n')) {
    const row = /^\| (.*?[^\\]) \| (.*) \|$/.exec(raw)
    const last = blocks.at(-1)
    if (row !== null) {
      const pair = { name: plain(row[1]!), value: plain(row[2]!) }
      if (last?.kind === 'table')
        blocks[blocks.length - 1] = { ...last, rows: [...last.rows, pair] }
      else blocks.push({ kind: 'table', rows: [pair] })
      continue
    }
    if (raw === '' || raw.startsWith('|')) continue
    const line = say(raw)
    if (line.startsWith('## ')) blocks.push({ kind: 'heading', text: plain(line.slice(3)) })
    else if (line.startsWith('# ')) blocks.push({ kind: 'title', text: plain(line.slice(2)) })
    else if (line.startsWith('- ')) {
      if (last?.kind === 'list')
        blocks[blocks.length - 1] = { ...last, items: [...last.items, line.slice(2)] }
      else blocks.push({ kind: 'list', items: [line.slice(2)] })
    } else blocks.push({ kind: 'text', text: line })
  }
  return blocks
}

/** 'a `b` **c**' -> plain "a ", code "b", plain " ", strong "c" */
export function cardSpans(text: string): CardSpan[] {
  return text.split(/(`[^`]*`|\*\*[^*]+\*\*)/).flatMap((part): CardSpan[] => {
    if (part === '') return []
    if (/^`.*`$/.test(part)) return [{ kind: 'code', text: plain(part.slice(1, -1)) }]
    if (/^\*\*.*\*\*$/.test(part)) return [{ kind: 'strong', text: plain(part.slice(2, -2)) }]
    return [{ kind: 'plain', text: plain(part) }]
  })
}
