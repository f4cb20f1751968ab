import { useState, type FormEvent } from 'react'
import { act, useAsk, useDoing } from '../graph/ask.ts'
import { textOf } from '../request/resources.ts'
import { formatDate, formatNumber } from '../text/format.ts'
import type { Words } from '../text/en.ts'
import { useText } from '../text/Text.tsx'
import { Empty, Loading, Problem } from '../ui/Notice.tsx'
import {
  LlmCallsQuery,
  LlmQuery,
  LlmRetry,
  LlmSet,
  LlmTest,
  RoleQuery,
  type Llm,
  type Probe,
} from './llm-queries.ts'

/** For administrators: which language model helps to read goals, what it may cost, and how it does. */
export function LlmPage() {
  const { t } = useText()
  const { data, error, again } = useAsk(RoleQuery, {})
  if (error !== null) return <Problem error={error} again={again} />
  if (data === null) return <Loading />
  if (data.viewer.role !== 'ADMINISTRATOR') return <Empty text={t.llm.onlyAdministrators} />
  return <Administration />
}

function Administration() {
  const { t } = useText()
  const { data, error, again } = useAsk(LlmQuery, {})
  const [saved, setSaved] = useState(false)
  if (data === null) return error === null ? <Loading /> : <Problem error={error} again={again} />
  return (
    <>
      <h1>{t.llm.title}</h1>
      <p className="quiet">{t.llm.help}</p>
      <Problem error={error} again={again} />
      <div className="two even">
        {/* what is stored fills the form anew */}
        <Server
          key={JSON.stringify(data.llmSettings)}
          settings={data.llmSettings}
          saved={saved}
          onSave={() => setSaved(false)}
          onSaved={() => {
            setSaved(true)
            again()
          }}
        />
        <State llm={data} onChanged={again} />
      </div>
      <Calls key={data.llmState.calls} />
    </>
  )
}

/** The record: what was asked and what came back, to the letter. */
function Calls() {
  const { t, language } = useText()
  const words = t.llm
  const [open, setOpen] = useState(false)
  return (
    <details
      className="card"
      data-testid="llm-calls"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{words.record}</summary>
      <p className="quiet">{words.recordHelp}</p>
      {open && <CallList words={words} language={language} />}
    </details>
  )
}

function CallList({ words, language }: { words: Words['llm']; language: string }) {
  const [first, setFirst] = useState(20)
  const { data, error, again } = useAsk(LlmCallsQuery, { first })
  if (data === null) return error === null ? <Loading /> : <Problem error={error} again={again} />
  const calls = data.llmCalls.edges.flatMap((edge) => (edge?.node == null ? [] : [edge.node]))
  if (calls.length === 0) return <p className="quiet">{words.noRecord}</p>
  return (
    <>
      {calls.map((call) => (
        <details key={call.at + call.prompt.length}>
          <summary>
            {formatDate(call.at, language)} · {call.person} · {call.model} ·{' '}
            {words.outcome[call.outcome] ?? call.outcome} · {formatNumber(call.tokens)}{' '}
            {words.tokens.toLowerCase()}
          </summary>
          <h3>{words.asked}</h3>
          <pre tabIndex={0} aria-label={words.asked}>
            {spread(call.prompt)}
          </pre>
          <h3>{words.answered}</h3>
          <pre tabIndex={0} aria-label={words.answered}>
            {call.reply ?? words.noAnswer}
          </pre>
        </details>
      ))}
      {data.llmCalls.pageInfo.hasNextPage && first < 100 && (
        <button onClick={() => setFirst(100)}>{words.more}</button>
      )}
    </>
  )
}

/** The messages one under the other. */
function spread(prompt: string): string {
  const value: unknown = JSON.parse(prompt)
  return value !== null && typeof value === 'object'
    ? Object.entries(value)
        .map(
          ([role, text]) => `${role}:\n${typeof text === 'string' ? text : JSON.stringify(text)}`,
        )
        .join('\n\n')
    : prompt
}

interface ServerProps {
  readonly settings: Llm['llmSettings']
  readonly saved: boolean
  onSave(): void
  onSaved(): void
}

const numberOf = (form: FormData, name: string): number | null => {
  const text = textOf(form, name)
  return text === '' ? null : Number(text)
}

function Server({ settings, saved, onSave, onSaved }: ServerProps) {
  const { t } = useText()
  const words = t.llm
  const doing = useDoing()
  const [url, setUrl] = useState(settings.url ?? '')
  const kept = settings.keyStored && url.trim() === settings.url
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const address = textOf(form, 'url')
    const typed = form.get('key')
    const key = typeof typed === 'string' ? typed : ''
    // left empty: the stored key stays where the address does; a new address has none
    const sent = key !== '' ? key : address === '' ? null : kept && !form.has('noKey') ? null : ''
    onSave()
    doing.run(async () => {
      await act(LlmSet, {
        input: {
          enabled: form.has('enabled'),
          url: address === '' ? null : address,
          key: sent,
          model: textOf(form, 'model') === '' ? null : textOf(form, 'model'),
          timeoutSeconds: numberOf(form, 'timeoutSeconds'),
          dailyTokens: numberOf(form, 'dailyTokens'),
          dailyMoney: numberOf(form, 'dailyMoney'),
          priceIn: numberOf(form, 'priceIn'),
          priceOut: numberOf(form, 'priceOut'),
        },
      })
      onSaved()
    })
  }
  const figure = (
    name: 'timeoutSeconds' | 'dailyTokens' | 'dailyMoney' | 'priceIn' | 'priceOut',
    label: string,
    limits: { min: number; max: number; step: number | 'any' },
  ) => (
    <label>
      {label}
      <input name={name} type="number" required defaultValue={settings[name]} {...limits} />
    </label>
  )
  return (
    <section className="card">
      <h2>{words.server}</h2>
      <form className="settings" data-testid="llm-form" onSubmit={save}>
        <label className="inline">
          <input name="enabled" type="checkbox" defaultChecked={settings.enabled} />
          {words.enabled}
        </label>
        <label>
          {words.url}
          <input
            name="url"
            type="url"
            data-testid="llm-url"
            aria-describedby="llm-url-help"
            maxLength={500}
            required={!settings.fromEnvironment}
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
          <small className="quiet" id="llm-url-help">
            {words.urlHelp(settings.fromEnvironment ? (settings.host ?? '') : null)}
          </small>
        </label>
        {url.trim() !== '' && (
          <label>
            {words.key}
            <input
              name="key"
              type="password"
              data-testid="llm-key"
              aria-describedby="llm-key-help"
              autoComplete="off"
              maxLength={1000}
            />
            <small className="quiet" id="llm-key-help">
              {kept ? words.keyStored : words.keyNone}
            </small>
          </label>
        )}
        {kept && (
          <label className="inline">
            <input name="noKey" type="checkbox" />
            {words.noKey}
          </label>
        )}
        <label>
          {words.model}
          <input
            name="model"
            data-testid="llm-model"
            maxLength={200}
            required
            defaultValue={settings.model ?? ''}
          />
        </label>
        {figure('timeoutSeconds', words.timeout, { min: 1, max: 120, step: 'any' })}
        {figure('dailyTokens', words.dailyTokens, { min: 0, max: 2_000_000_000, step: 1 })}
        {figure('dailyMoney', words.dailyMoney, { min: 0, max: 1e6, step: 'any' })}
        {figure('priceIn', words.priceIn, { min: 0, max: 1e6, step: 'any' })}
        {figure('priceOut', words.priceOut, { min: 0, max: 1e6, step: 'any' })}
        <button className="primary" data-testid="llm-save" disabled={doing.busy}>
          {words.save}
        </button>
      </form>
      <p role="status">{saved && words.saved}</p>
      <Problem error={doing.error} />
    </section>
  )
}

function State({ llm, onChanged }: { llm: Llm; onChanged: () => void }) {
  const { t, language } = useText()
  const words = t.llm
  const { llmSettings: settings, llmState: state } = llm
  const doing = useDoing()
  const [probe, setProbe] = useState<Probe | null>(null)
  const asked = settings.available && settings.enabled && settings.model !== null
  const test = () => {
    setProbe(null)
    doing.run(async () => {
      setProbe((await act(LlmTest, {})).llmTest)
      onChanged()
    })
  }
  const retry = (model: string) =>
    doing.run(async () => {
      await act(LlmRetry, { model })
      onChanged()
    })
  return (
    <section className="card">
      <h2>{words.state}</h2>
      <p>{asked ? words.on(settings.model!, settings.host ?? '') : words.off}</p>
      {asked && (
        <p className={state.openUntil === null ? 'quiet' : 'notice bad'} data-testid="llm-breaker">
          {state.openUntil !== null
            ? words.open(formatDate(state.openUntil, language))
            : state.failures > 0
              ? words.failures(state.failures)
              : words.works}
        </p>
      )}
      <div className="row">
        <button data-testid="llm-test" disabled={doing.busy || !asked} onClick={test}>
          {words.test}
        </button>
        {asked && state.failures > 0 && (
          <button
            data-testid="llm-retry"
            disabled={doing.busy}
            onClick={() => retry(settings.model!)}
          >
            {words.retry}
          </button>
        )}
      </div>
      <div role="status" data-testid="llm-probe">
        {doing.busy && <p className="quiet">{words.testing}</p>}
        {probe !== null && (
          <p className={probe.fallback === null ? 'notice' : 'notice bad'}>
            {probe.fallback === null
              ? words.tested(formatNumber(probe.milliseconds / 1000), formatNumber(probe.tokens))
              : words.failed[probe.fallback]}
          </p>
        )}
      </div>
      <Problem error={doing.error} />
      <h2>{words.today}</h2>
      {state.people.length === 0 ? (
        <p className="quiet">{words.none}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={words.today}>
          <table data-testid="llm-today">
            <thead>
              <tr>
                <th>{words.person}</th>
                <th>{words.calls}</th>
                <th>{words.tokens}</th>
                <th>{words.money}</th>
              </tr>
            </thead>
            <tbody>
              {state.people.map((person, index) => (
                <tr key={index}>
                  <td>{person.name}</td>
                  <td>{formatNumber(person.calls)}</td>
                  <td>{formatNumber(person.tokens)}</td>
                  <td>{person.money.toFixed(4)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{words.today}</th>
                <td>
                  {formatNumber(state.calls)}
                  {state.failed > 0 && ` (${words.failedCalls} ${formatNumber(state.failed)})`}
                </td>
                <td>{formatNumber(state.tokens)}</td>
                <td>{state.money.toFixed(4)}</td>
              </tr>
            </tfoot>
          </table>
        </div>
      )}
    </section>
  )
}
