import { useEffect } from 'react'

/** Calls back every so many milliseconds while it is wanted and the page is looked at; for lists that no event tells of. */
export function useEvery(milliseconds: number, wanted: boolean, call: () => void): void {
  useEffect(() => {
    if (!wanted) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') call()
    }, milliseconds)
    return () => clearInterval(timer)
  }, [milliseconds, wanted, call])
}
