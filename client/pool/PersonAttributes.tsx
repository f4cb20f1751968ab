import { useState } from 'react'
import { act, useDoing } from '../graph/ask.ts'
import { Failure } from '../graph/failure.ts'
import { graphql } from '../graph/graphql.ts'
import { useText } from '../text/Text.tsx'
import { Problem } from '../ui/Notice.tsx'

const TurnOn = graphql(
  `
    mutation AttributesTurnOn($pool: ID!) {
      attributesTurnOn(input: { pool: $pool }) {
        __typename
        ... on Pool {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const TurnOff = graphql(
  `
    mutation AttributesTurnOff($pool: ID!) {
      attributesTurnOff(input: { pool: $pool }) {
        __typename
        ... on Pool {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)
const Import = graphql(
  `
    mutation AttributesImport($pool: ID!, $csv: String!) {
      attributesImport(input: { pool: $pool, csv: $csv }) {
        __typename
        ... on Pool {
          id
        }
        ...Failure
      }
    }
  `,
  [Failure],
)

interface PersonAttributesProps {
  readonly pool: string
  readonly settings: { readonly on: boolean; readonly names: readonly string[] }
  again(): void
}

/** Person attributes of the pictures: off until turned on here, from a table of one's own, told of groups only. */
export function PersonAttributes({ pool, settings, again }: PersonAttributesProps) {
  const { t } = useText()
  const doing = useDoing()
  const [asking, setAsking] = useState(false)
  return (
    <details className="card" data-testid="person-attributes" open={settings.on || undefined}>
      <summary>
        {t.attributes.title}: {settings.on ? t.attributes.on : t.attributes.off}
      </summary>
      <p className="quiet">{t.attributes.help}</p>
      {settings.names.length > 0 && <p>{settings.names.join(', ')}</p>}
      <div className="row">
        {settings.on ? (
          <>
            <label className="button">
              {t.attributes.load}
              <input
                className="hidden"
                type="file"
                accept=".csv,text/csv"
                data-testid="attributes-file"
                onChange={(event) => {
                  const file = event.target.files?.[0]
                  event.target.value = ''
                  if (file !== undefined)
                    doing.run(async () => {
                      await act(Import, { pool, csv: await file.text() })
                      again()
                    })
                }}
              />
            </label>
            <button
              disabled={doing.busy}
              data-testid="attributes-off"
              onClick={() => {
                // What is deleted does not come back: it asks once.
                if (!asking) return setAsking(true)
                setAsking(false)
                doing.run(async () => {
                  await act(TurnOff, { pool })
                  again()
                })
              }}
            >
              {asking ? t.attributes.turnOffSure : t.attributes.turnOff}
            </button>
          </>
        ) : (
          <button
            disabled={doing.busy}
            data-testid="attributes-on"
            onClick={() =>
              doing.run(async () => {
                await act(TurnOn, { pool })
                again()
              })
            }
          >
            {t.attributes.turnOn}
          </button>
        )}
      </div>
      <Problem error={doing.error} />
    </details>
  )
}
