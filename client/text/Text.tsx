import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en, type Words } from './en.ts'
import { ko } from './ko.ts'

export type Language = 'en' | 'ko'

interface Spoken {
  readonly language: Language
  readonly t: Words
  setLanguage(language: Language): void
}

const key = 'autodidact.language'

function firstLanguage(): Language {
  const kept = localStorage.getItem(key)
  if (kept === 'en' || kept === 'ko') return kept
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('ko')) &&
    !navigator.languages[0]?.startsWith('en')
    ? 'ko'
    : 'en'
}

const Context = createContext<Spoken>({ language: 'en', t: en, setLanguage: () => undefined })

/** Gives the words of the chosen language to all below; the first choice follows the browser. */
export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      t: language === 'ko' ? ko : en,
      setLanguage(next) {
        localStorage.setItem(key, next)
        setLanguage(next)
      },
    }),
    [language],
  )
  return <Context value={spoken}>{children}</Context>
}

export function useText(): Spoken {
  return useContext(Context)
}
