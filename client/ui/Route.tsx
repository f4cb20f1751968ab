import { useSyncExternalStore, type ReactNode } from 'react'

const hearers = new Set<() => void>()
const tell = (): void => hearers.forEach((hear) => hear())
window.addEventListener('popstate', tell)

export function navigate(to: string): void {
  history.pushState(null, '', to)
  window.scrollTo(0, 0)
  tell()
}

export function usePath(): string {
  return useSyncExternalStore(
    (hear) => {
      hearers.add(hear)
      return () => hearers.delete(hear)
    },
    () => location.pathname,
  )
}

export const projectPath = (
  id: string,
  page: 'pool' | 'map' | 'review' | 'data' | 'plan',
): string => `/projects/${encodeURIComponent(id)}/${page}`
export const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`
export const requestPath = (id: string): string => `/requests/${encodeURIComponent(id)}`
export const modelPath = (id: string): string => `/models/${encodeURIComponent(id)}`

interface LinkProps {
  readonly to: string
  readonly children: ReactNode
  readonly className?: string
  readonly current?: boolean
  readonly 'data-testid'?: string
}

export function Link({ to, children, current, ...rest }: LinkProps) {
  return (
    <a
      href={to}
      {...rest}
      aria-current={current === true ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        navigate(to)
      }}
    >
      {children}
    </a>
  )
}
