import { ConfigProvider } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import type { ReactNode } from 'react'
import { useLanguage } from '../words/language.js'
import { styleNonce } from './style-nonce.js'

const TOKEN = { colorPrimary: '#0b6e4f', borderRadius: 6, fontFamily: 'var(--sans)' }

/** Around every page that uses Ant Design: our colours, our language, and the nonce that lets its styles in. */
export function AntdPage({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage()
  return (
    <ConfigProvider csp={{ nonce: styleNonce }} locale={language === 'en' ? enUS : zhCN} theme={{ token: TOKEN }}>
      {children}
    </ConfigProvider>
  )
}
