import './ui/tokens.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import { AppRoutes } from './routes.js'
import { LanguageProvider } from './words/language.js'

window.addEventListener('vite:preloadError', () => void reloadIfReplaced())

const root = document.getElementById('root')
if (root === null) throw new Error('the document has no place for the page')
createRoot(root).render(
  <StrictMode>
    <BrowserRouter>
      <LanguageProvider>
        <AppRoutes />
      </LanguageProvider>
    </BrowserRouter>
  </StrictMode>,
)

/** A newer build was put in place of the one that this page is of, and the parts of this one are gone: not so where the line is down. */
async function reloadIfReplaced(): Promise<void> {
  const own = document.querySelector('script[type="module"]')?.getAttribute('src')
  try {
    const now = await fetch(window.location.pathname)
    if (now.ok && own && !(await now.text()).includes(own)) window.location.reload()
  } catch {
    // Nobody answers: what was loaded goes on working.
  }
}
