import { useState, type ReactNode } from 'react'
import { useText } from '../text/Text.tsx'
import type { Refusal } from '../graph/ask.ts'
import { storeToken, storedToken } from '../graph/client.ts'
import { Link } from './Route.tsx'

/** What went wrong and what to do next; asks for the token where that is what is missing. */
export function Problem({ error, again }: { error: Refusal | null; again?: () => void }) {
  const { t, say } = useText()
  if (error === null) return null
  if (error.code === 'UNAUTHENTICATED') return <TokenForm />
  // What a page was opened for is not there: trying again changes nothing.
  if (error.code === 'NOT_FOUND' && again !== undefined) return <NotFound />
  return (
    <div className="notice bad" role="alert">
      {(error.code === 'UNREACHABLE' ? [t.unreachable] : error.sentences.map(say)).map((it) => (
        <p key={it}>{it}</p>
      ))}
      {again !== undefined && <button onClick={again}>{t.retry}</button>}
    </div>
  )
}

function TokenForm() {
  const { t } = useText()
  const [token, setToken] = useState('')
  return (
    <form
      className="card narrow"
      onSubmit={(event) => {
        event.preventDefault()
        storeToken(token.trim())
        location.reload()
      }}
    >
      <h2>{t.token.title}</h2>
      <p className="quiet">{storedToken() === null ? t.token.help : t.token.wrong}</p>
      <label>
        {t.token.label}
        <input
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <button className="primary" disabled={token.trim() === ''}>
        {t.token.send}
      </button>
    </form>
  )
}

export function Loading({ text }: { text?: string }) {
  const { t } = useText()
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" /> {text ?? t.loading}
    </p>
  )
}

export function Progress({ label, value }: { label: string; value: number }) {
  return (
    <div className="progress">
      <progress aria-label={label} max={1} value={value} />
      <span>{Math.round(value * 100)} %</span>
    </div>
  )
}

export function Empty({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{text}</p>
      {children}
    </div>
  )
}

/** There is nothing at this address: where to go instead. */
export function NotFound() {
  const { t } = useText()
  return (
    <>
      <h1>{t.notFoundTitle}</h1>
      <Empty text={t.notFound}>
        <Link to="/">{t.nav.start}</Link>
      </Empty>
    </>
  )
}

export function State({ state, text, testid }: { state: string; text: string; testid?: string }) {
  return (
    <span className={`state ${state.toLowerCase()}`} data-testid={testid} data-state={state}>
      {text}
    </span>
  )
}

export function Copy({ text, label }: { text: string; label?: string }) {
  const { t } = useText()
  const [done, setDone] = useState(false)
  return (
    <button
      className="small"
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setDone(true)
          setTimeout(() => setDone(false), 1_500)
        })
      }}
    >
      <span aria-live="polite">{done ? t.copied : (label ?? t.copy)}</span>
    </button>
  )
}
