import './ui/tokens.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import { AppRoutes } from './routes.js'
import { LanguageProvider } from './words/language.js'

// A newer build was put in place of the one that this page is of: its parts are gone.
window.addEventListener('vite:preloadError', () => window.location.reload())

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
