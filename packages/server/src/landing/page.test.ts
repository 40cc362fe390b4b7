import { VERDICT_TEXTS } from '@heyan/contract'
import { expect, test } from 'vitest'
import { LANDING_HEADERS, landingPage } from './page.js'

test('says in both languages how to call, with the address that callers use', () => {
  for (const language of ['zh', 'en'] as const) {
    const page = landingPage(language, 'https://id.example.com')
    expect(page).toContain('https://id.example.com/idcard?xm=%E6%9D%8E%E4%B8%89')
    for (const text of Object.values(VERDICT_TEXTS)) expect(page).toContain(`<td>${text}</td>`)
    expect(page).toMatch(/<html lang="(zh-CN|en)">/)
  }
})

test('runs nothing and fetches nothing', () => {
  expect(landingPage('zh', 'http://127.0.0.1:8080')).not.toMatch(/<script|<img|<link|\son\w+=|src=|url\(/)
  expect(LANDING_HEADERS['content-security-policy']).toMatch(/^default-src 'none';/)
})

test('an address that holds markup is shown as text', () => {
  expect(landingPage('zh', 'http://x/"><script>')).not.toContain('<script>')
})
