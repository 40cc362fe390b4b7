import './json.css'
import { Fragment, type ReactNode } from 'react'

/** A JSON object of one level, a member a line, in the order it came. What is deeper is shown as JSON in one line. */
export function Json({ value }: { readonly value: Readonly<Record<string, unknown>> }) {
  const members = Object.entries(value)
  return (
    <pre className="json">
      <code>
        {'{\n'}
        {members.map(([name, member], place) => (
          <Fragment key={name}>
            {'  '}
            <span className="json-key">{JSON.stringify(name)}</span>
            {': '}
            {shown(member)}
            {place < members.length - 1 ? ',\n' : '\n'}
          </Fragment>
        ))}
        {'}'}
      </code>
    </pre>
  )
}

function shown(member: unknown): ReactNode {
  const text = JSON.stringify(member)
  return <span className={typeof member === 'string' ? 'json-string' : 'json-other'}>{text}</span>
}
