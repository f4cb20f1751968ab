import { act, useAsk, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql, type Json } from '../graph/graphql.ts'
import { textOf } from '../request/resources.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const QueuesQuery = graphql(`
  query Queues {
    queues {
      name
      defaultPriority
      nodes
    }
  }
`)
const QueueSet = graphql(
  `
    mutation QueueSet($input: QueueSetInput!) {
      queueSet(input: $input) {
        __typename
        ... on Queue {
          name
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

/** {"pool": "vision"} -> "pool=vision" */
function labelsText(nodes: Json): string {
  return Object.entries(nodes as Record<string, string>)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=')
        return at === -1 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
      }),
  )
}

/** The named queues: their nodes and default priority, which an administrator sets. */
export function Queues({ sets }: { sets: boolean }) {
  const { t } = useText()
  const words = t.queue.named
  const { data, again } = useAsk(QueuesQuery, {})
  const doing = useDoing()
  if (data === null) return null
  return (
    <details className="card" data-testid="queues">
      <summary>{words.title}</summary>
      <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
        <table className="stacks">
          <thead>
            <tr>
              <th>{t.requests.name}</th>
              <th>{words.priority}</th>
              <th>{words.nodes}</th>
            </tr>
          </thead>
          <tbody>
            {data.queues.map((queue) => (
              <tr key={queue.name}>
                <td data-label={t.requests.name}>{queue.name}</td>
                <td data-label={words.priority}>{t.priority[queue.defaultPriority]}</td>
                <td data-label={words.nodes}>{labelsText(queue.nodes) || words.all}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sets && (
        <form
          className="settings"
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            doing.run(async () => {
              await act(QueueSet, {
                input: {
                  name: textOf(form, 'name'),
                  defaultPriority: textOf(form, 'priority') as 'HIGH' | 'NORMAL' | 'LOW',
                  nodes: readLabels(textOf(form, 'nodes')),
                },
              })
              again()
            })
          }}
        >
          <label>
            {t.requests.name}
            <input name="name" required maxLength={40} list="queue-names" />
            <datalist id="queue-names">
              {data.queues.map((queue) => (
                <option key={queue.name} value={queue.name} />
              ))}
            </datalist>
            <small>{words.nameHelp}</small>
          </label>
          <label>
            {words.priority}
            <select name="priority" defaultValue="NORMAL">
              {(['HIGH', 'NORMAL', 'LOW'] as const).map((it) => (
                <option key={it} value={it}>
                  {t.priority[it]}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.nodes}
            <input name="nodes" placeholder="autodidact.io/pool=vision" />
            <small>{words.nodesHelp}</small>
          </label>
          <button disabled={doing.busy}>{words.set}</button>
        </form>
      )}
      <Problem error={doing.error} />
    </details>
  )
}
