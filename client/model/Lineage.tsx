import { Fragment } from 'react'
import { LazyDiagram } from '../plan/LazyDiagram.tsx'
import { formatDate, formatSeconds } from '../text/format.ts'
import { useText, type Language } from '../text/Text.tsx'
import type { Words } from '../text/en.ts'
import { lineageFacts, type LineageFact } from './lineage-facts.ts'

interface LineageNode {
  readonly key: string
  readonly kind: string
  readonly label: string
  readonly detail: string
}

/** How a model version was made: the graph, and the record of each of its nodes. */
export function Lineage({
  nodes,
  edges,
}: {
  nodes: readonly LineageNode[]
  edges: readonly { readonly from: string; readonly to: string }[]
}) {
  const { t, say } = useText()
  return (
    <section className="card">
      <h2>{t.model.lineage}</h2>
      <p className="quiet">{t.model.lineageHelp}</p>
      <LazyDiagram
        label={t.model.lineage}
        testid="lineage"
        nodes={nodes.map((it) => ({
          key: it.key,
          title: say(it.label),
          detail: t.origin[it.kind] ?? it.kind,
          type: it.kind,
        }))}
        edges={edges}
      />
      <details data-testid="lineage-record">
        <summary>{t.model.record}</summary>
        {nodes.map((it) => (
          <div key={it.key} className="record">
            <h3>
              {!say(it.label).startsWith(t.origin[it.kind] ?? it.kind) && (
                <span className="quiet">{t.origin[it.kind] ?? it.kind} </span>
              )}
              {say(it.label)}
            </h3>
            <Facts facts={lineageFacts(it.kind, it.detail)} />
          </div>
        ))}
      </details>
    </section>
  )
}

function Facts({ facts }: { facts: readonly LineageFact[] }) {
  const { t, language } = useText()
  if (facts.length === 0) return null
  return (
    <dl>
      {facts.map(({ name, value, note }, at) => (
        <Fragment key={at}>
          <dt>{t.fact[name] ?? name}</dt>
          <dd>
            {factValue(name, value, language, t)}
            {note !== null && <span className="quiet"> {t.fact[note] ?? note}</span>}
          </dd>
        </Fragment>
      ))}
    </dl>
  )
}

function factValue(name: string, value: string, language: Language, t: Words): string {
  if (name === 'language') return t.fact[`language.${value}`] ?? value
  if (name === 'ended' && !Number.isNaN(Date.parse(value))) return formatDate(value, language)
  if (name === 'seconds' && Number.isFinite(Number(value))) return formatSeconds(Number(value), t)
  return value === 'unknown' || value === '' ? t.fact['unknown']! : value
}
