import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react'
import { en } from './en.js'
import type { Shape } from './shape.js'
import { zh } from './zh.js'

export type Language = 'zh' | 'en'

/** Where the choice is kept in this browser. */
const KEPT_UNDER = 'heyan.language'
const PARAMETER = 'lang'

interface Chosen {
  readonly language: Language
  choose(language: Language): void
}

const LanguageContext = createContext<Chosen>({ language: 'zh', choose: () => undefined })

/** The address goes first, then what was chosen before, then Chinese. */
function languageNow(): Language {
  const named = new URLSearchParams(window.location.search).get(PARAMETER)
  if (named === 'zh' || named === 'en') return named
  return kept() === 'en' ? 'en' : 'zh'
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT_UNDER)
  } catch {
    return null
  }
}

function keep(language: Language): void {
  try {
    localStorage.setItem(KEPT_UNDER, language)
  } catch {
    // A browser that keeps nothing still shows what the address says.
  }
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(languageNow)
  const choose = useCallback((next: Language) => {
    keep(next)
    const url = new URL(window.location.href)
    if (url.searchParams.has(PARAMETER)) {
      url.searchParams.set(PARAMETER, next)
      window.history.replaceState(window.history.state, '', url)
    }
    setLanguage(next)
  }, [])
  useEffect(() => {
    document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN'
  }, [language])
  const chosen = useMemo(() => ({ language, choose }), [language, choose])
  return <LanguageContext value={chosen}>{children}</LanguageContext>
}

export function useLanguage(): Chosen {
  return use(LanguageContext)
}

/** The texts of the site in the language chosen. An area with texts of its own gives both of its files. */
export function useWords(): typeof zh
export function useWords<W>(area: { readonly zh: W; readonly en: Shape<W> }): W
export function useWords(area: { readonly zh: unknown; readonly en: unknown } = { zh, en }): unknown {
  return area[useLanguage().language]
}
