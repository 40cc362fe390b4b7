import './shell.css'
import { Link, NavLink, Outlet, useLocation } from 'react-router'
import { useLanguage, useWords } from '../words/language.js'
import { Footer } from './Footer.js'
import { Later } from './Later.js'

/** Head and foot around every public page. */
export function Shell() {
  const words = useWords()
  const { pathname } = useLocation()
  return (
    <>
      <a className="skip" href="#main">
        {words.shell.skip}
      </a>
      <header className="head">
        <div className="head-inner">
          <Link className="brand" to="/">
            <svg aria-hidden="true" viewBox="0 0 32 32" width="28" height="28">
              <rect width="32" height="32" rx="8" fill="var(--accent)" />
              <path
                d="M9 16.5l5 5 9.5-11"
                fill="none"
                stroke="#fff"
                strokeWidth="3.5"
                strokeLinecap="round"
                strokeLinejoin="round"
              />
            </svg>
            <span>{words.shell.product}</span>
          </Link>
          <nav className="nav" aria-label={words.shell.navigation}>
            <NavLink to="/" end>
              {words.shell.home}
            </NavLink>
            <NavLink to="/debug">{words.shell.debug}</NavLink>
            {/* A document of its own: its policy has a nonce for styles. */}
            <a href="/workbench" aria-current={pathname === '/workbench' ? 'page' : undefined}>
              {words.shell.workbench}
            </a>
            <NavLink to="/docs">{words.shell.docs}</NavLink>
            {/* A document of its own, with a policy of its own. */}
            <a href="/reference">{words.shell.reference}</a>
            <NavLink to="/for-colleagues">{words.shell.colleagues}</NavLink>
          </nav>
          <LanguageSwitch />
        </div>
      </header>
      <Later key={pathname}>
        <Outlet />
      </Later>
      <Footer />
    </>
  )
}

function LanguageSwitch() {
  const { language, choose } = useLanguage()
  const { pathname } = useLocation()
  const other = language === 'en' ? 'zh' : 'en'
  return (
    <a
      className="language"
      href={`${pathname}?lang=${other}`}
      hrefLang={other}
      lang={other === 'en' ? 'en' : 'zh-CN'}
      onClick={(event) => {
        event.preventDefault()
        choose(other)
      }}
    >
      {other === 'en' ? 'English' : '中文'}
    </a>
  )
}
