import { ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import type { ReactNode } from 'react'
import { useLanguage } from '../words/language.js'

const TOKEN = { colorPrimary: '#0b6e4f', borderRadius: 6, fontFamily: 'var(--sans)' }

/** Around every page that uses Ant Design: our colours, our language, and the nonce that lets its styles in. */
export function AntdPage({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage()
  return (
    <ConfigProvider csp={{ nonce: styleNonce() }} locale={language === 'en' ? enUS : zhCN} theme={{ token: TOKEN }}>
      {children}
    </ConfigProvider>
  )
}

/** Of the document, where the server gave it one: only those at the addresses listed as styled pages have it. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ''
}
