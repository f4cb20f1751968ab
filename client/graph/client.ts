import { createClient as createSocket } from 'graphql-ws'
import { Client, fetchExchange } from 'urql'

const tokenKey = 'autodidact.token'

export function storedToken(): string | null {
  return sessionStorage.getItem(tokenKey)
}

export function storeToken(token: string): void {
  sessionStorage.setItem(tokenKey, token)
}

let waitingForPong: ReturnType<typeof setTimeout> | undefined

/** One socket for everything that is watched; it opens when the first watcher comes. */
export const socket = createSocket({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams: () => ({ token: storedToken() ?? undefined }),
  retryAttempts: Infinity,
  shouldRetry: () => true,
  // Quick at first, then every few seconds, for as long as the page is open.
  retryWait: (retries) =>
    new Promise((done) => setTimeout(done, Math.min(250 * 2 ** retries, 4_000))),
  // A connection can die without a word (sleep, a lost network): only a missing answer tells.
  keepAlive: 10_000,
  on: {
    ping: (received) => {
      if (!received) waitingForPong = setTimeout(() => socket.terminate(), 5_000)
    },
    pong: (received) => {
      if (received) clearTimeout(waitingForPong)
    },
  },
})

const hearers = new Set<() => void>()
let live = true
function tell(now: boolean): void {
  if (live === now) return
  live = now
  for (const hear of hearers) hear()
}
let watchers = 0
socket.on('connected', () => tell(true))
socket.on('closed', (event) => {
  // Who has not signed in has lost nothing.
  const refused = (event as CloseEvent).code === 4401 || (event as CloseEvent).code === 4403
  tell(watchers === 0 || refused)
})
window.addEventListener('offline', () => tell(false))
window.addEventListener('online', () => tell(true))

/** Counts who needs the socket: one that closes because nobody does is no lost connection. */
export function watching(change: 1 | -1): void {
  watchers += change
  if (watchers === 0 && navigator.onLine) tell(true)
}

/** For useSyncExternalStore: whether what is watched is up to date. */
export const connection = {
  subscribe(hear: () => void): () => void {
    hearers.add(hear)
    return () => hearers.delete(hear)
  },
  live: (): boolean => live,
}

export const client = new Client({
  url: '/graphql',
  // Apollo refuses GET to guard against cross-site requests.
  preferGetMethod: false,
  // Pages ask anew when they open: an old answer is never shown as a new one.
  requestPolicy: 'network-only',
  fetchOptions: () => {
    const token = storedToken()
    return token === null ? {} : { headers: { authorization: `Bearer ${token}` } }
  },
  exchanges: [fetchExchange],
})
