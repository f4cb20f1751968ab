import { Fragment, type ReactNode } from 'react'
import { settingName, settingValue } from '../text/format.ts'
import { useText } from '../text/Text.tsx'
import { Copy } from '../ui/Notice.tsx'
import { cardBlocks, cardSpans, type CardBlock } from './card-blocks.ts'

/** The card as people read it, in their language; hubs get the Markdown as it is. */
export function ModelCard({ card }: { card: string }) {
  const { t, say } = useText()
  return (
    <>
      <div className="row between">
        <p className="quiet">{t.model.cardHelp}</p>
        <Copy text={card} label={t.model.copyCard} />
      </div>
      <div className="model-card" data-testid="model-card">
        {cardBlocks(card, say).map((block, at) => (
          <Block key={at} block={block} />
        ))}
      </div>
    </>
  )
}

function Block({ block }: { block: CardBlock }): ReactNode {
  const { t } = useText()
  switch (block.kind) {
    case 'title':
      return <h3>{block.text}</h3>
    case 'heading':
      return <h4>{block.text}</h4>
    case 'text':
      return (
        <p>
          <Spans text={block.text} />
        </p>
      )
    case 'list':
      return (
        <ul>
          {block.items.map((item) => (
            <li key={item}>
              <Spans text={item} />
            </li>
          ))}
        </ul>
      )
    case 'table':
      return (
        <dl>
          {block.rows.map(({ name, value }) => (
            <Fragment key={name}>
              <dt>{t.metric[name] ?? settingName(name, t)}</dt>
              <dd>{settingValue(name, value, t)}</dd>
            </Fragment>
          ))}
        </dl>
      )
  }
}

function Spans({ text }: { text: string }) {
  return cardSpans(text).map((span, at) =>
    span.kind === 'code' ? (
      <code key={at}>{span.text}</code>
    ) : span.kind === 'strong' ? (
      <strong key={at}>{span.text}</strong>
    ) : (
      <Fragment key={at}>{span.text}</Fragment>
    ),
  )
}
