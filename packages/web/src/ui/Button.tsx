import './button.css'
import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from 'react'

type Tone = 'main' | 'plain' | 'quiet'
interface Look {
  readonly tone?: Tone
  readonly isSmall?: boolean
}

export function Button({
  tone = 'plain',
  isSmall = false,
  type = 'button',
  ...rest
}: Look & ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button {...rest} type={type} className={classOf(tone, isSmall)} />
}

/** A link that looks like a button: it leads somewhere, a button does something. */
export function ButtonLink({
  tone = 'plain',
  isSmall = false,
  children,
  ...rest
}: Look & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a {...rest} className={classOf(tone, isSmall)}>
      {children}
    </a>
  )
}

/** To another site: it learns nothing of this page, and cannot reach back to it. */
export function OutsideLink({ children, ...rest }: Look & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <ButtonLink {...rest} target="_blank" rel="noopener noreferrer">
      {children}
    </ButtonLink>
  )
}

function classOf(tone: Tone, isSmall: boolean): string {
  return `button button-${tone}${isSmall ? ' button-small' : ''}`
}
