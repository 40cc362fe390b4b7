import { expect, test } from 'vitest'
import { hrefOf } from './Contact.js'

test.each([
  ['400-000-0000', 'tel:400-000-0000'],
  ['+86 10 0000 0000', 'tel:+861000000000'],
  ['sales@example.com', 'mailto:sales@example.com'],
  ['https://example.com/help', 'https://example.com/help'],
  ['微信 heyan-help', null],
  ['javascript:alert(1)', null],
  ['JAVASCRIPT:alert(1)//@a.b', null],
  ['data:text/html,<script>', null],
  ['https://a b', null],
  ['', null],
])('%s leads to %s', (text, href) => {
  expect(hrefOf(text)).toBe(href)
})
