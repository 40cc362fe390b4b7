import { VERDICT_TEXTS } from '@heyan/contract'
import { expect, test } from 'vitest'
import { plainPage, withPlainPage } from './plain-page.js'

test('says in both languages how to call, with the address that callers use', () => {
  for (const language of ['zh', 'en'] as const) {
    const page = plainPage(language, 'https://id.example.com')
    expect(page).toContain('https://id.example.com/idcard?xm=%E6%9D%8E%E4%B8%89')
    for (const text of Object.values(VERDICT_TEXTS)) expect(page).toContain(`<td>${text}</td>`)
    expect(page).toMatch(/<html lang="(zh-CN|en)">/)
  }
})

test('runs nothing and fetches nothing', () => {
  expect(plainPage('zh', 'http://127.0.0.1:8080')).not.toMatch(/<script|<img|<link|\son\w+=|src=|url\(/)
})

test('an address that holds markup is shown as text', () => {
  expect(plainPage('zh', 'http://x/"><script>')).not.toContain('<script>')
})

test('stands in a built document, for who runs no scripts', () => {
  const built =
    '<html lang="zh-CN"><title>x</title><meta name="description" content=""><noscript><!-- plain --></noscript>'
  const page = withPlainPage(built, 'en', 'https://id.example.com')
  expect(page).toContain('<html lang="en">')
  expect(page).toContain('<a href="/llms.txt">')
  expect(page).toMatch(/<noscript><main.*https:\/\/id\.example\.com\/idcard\?xm=/s)
})
