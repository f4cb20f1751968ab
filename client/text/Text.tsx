import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en, type Words } from './en.ts'
import { ko } from './ko.ts'
import { chooseParticles, createSayer } from './sentences.ts'

export type Language = 'en' | 'ko'

interface Spoken {
  readonly language: Language
  readonly t: Words
  /** What the server tells in English, in the person's language; what it does not know stays as it is. */
  say(text: string): string
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

const asItIs = (text: string) => text

const Context = createContext<Spoken>({
  language: 'en',
  t: en,
  say: asItIs,
  setLanguage: () => undefined,
})

/** Gives the words of the chosen language to all below; the first choice follows the browser. */
export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  const [korean, setKorean] = useState<{ say(text: string): string } | null>(null)
  useEffect(() => {
    document.documentElement.lang = language
    if (language !== 'ko' || korean !== null) return
    void import('./ko-sentences.ts').then(({ koSentences }) => {
      const say = createSayer(koSentences)
      // What the server says in Korean itself leaves the particles open: 이(가).
      setKorean({ say: (text) => chooseParticles(say(text)) })
    })
  }, [language, korean])
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      t: language === 'ko' ? ko : en,
      say: language === 'ko' && korean !== null ? korean.say : asItIs,
      setLanguage(next) {
        localStorage.setItem(key, next)
        setLanguage(next)
      },
    }),
    [language, korean],
  )
  return <Context value={spoken}>{children}</Context>
}

export function useText(): Spoken {
  return useContext(Context)
}
