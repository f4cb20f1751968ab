import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en, type Words } from './en.ts'
import { ko } from './ko.ts'
import { chooseParticles, createSayer, fill } from './sentences.ts'

export type Language = 'en' | 'ko'

interface Fault {
  readonly code: string
  readonly facts: readonly { readonly name: string; readonly value: string }[]
}

interface Spoken {
  readonly language: Language
  readonly t: Words
  /** What the server tells in English, in the person's language; what it does not know stays as it is. */
  say(text: string): string
  /** What a component tells of its own failure; null where only its English sentence tells it. */
  sayFault(fault: Fault | null): string | null
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
  sayFault: () => null,
  setLanguage: () => undefined,
})

/** Gives the words of the chosen language to all below; the first choice follows the browser. */
export function TextProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  const [korean, setKorean] = useState<Pick<Spoken, 'say' | 'sayFault'> | null>(null)
  useEffect(() => {
    document.documentElement.lang = language
    if (language !== 'ko' || korean !== null) return
    void Promise.all([import('./ko-sentences.ts'), import('./ko-faults.ts')]).then(
      ([{ koSentences }, { koFaults }]) => {
        const say = createSayer(koSentences)
        setKorean({
          // What the server says in Korean itself leaves the particles open: 이(가).
          say: (text) => chooseParticles(say(text)),
          sayFault(fault) {
            const template = koFaults[fault?.code ?? '']
            if (fault === null || template === undefined) return null
            return fill(
              template,
              Object.fromEntries(fault.facts.map(({ name, value }) => [name, value])),
            )
          },
        })
      },
    )
  }, [language, korean])
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      t: language === 'ko' ? ko : en,
      say: language === 'ko' && korean !== null ? korean.say : asItIs,
      sayFault: language === 'ko' && korean !== null ? korean.sayFault : () => null,
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
