import './footer.css'
import { useWords } from '../words/language.js'
import { Contact } from './Contact.js'
import { contactLines } from './contact-lines.js'
import { useSite } from './use-site.js'

/** Whom to ask. What the operator left empty is not there. */
export function Footer() {
  const { footer, shell } = useWords()
  const site = useSite()
  const operator = site === null || site === 'unavailable' ? null : site.operator
  const lines = contactLines(operator, footer)
  return (
    <footer className="foot">
      <div className="foot-inner">
        <p className="foot-name">{operator?.operatorName || shell.product}</p>
        {lines.length === 0 ? null : (
          <dl>
            {lines.map(([title, value]) => (
              <div key={title} className="foot-line">
                <dt>{title}</dt>
                <dd>
                  <Contact text={value} />
                </dd>
              </div>
            ))}
          </dl>
        )}
        <p className="foot-promise">{footer.promise}</p>
        {operator?.registrationNotice ? (
          <p>
            <Registration text={operator.registrationNotice} />
          </p>
        ) : null}
      </div>
    </footer>
  )
}

/** Where a registration of a site in mainland China is looked up. */
const REGISTRY = 'https://beian.miit.gov.cn/'

function Registration({ text }: { readonly text: string }) {
  if (!/ICP备/.test(text)) return text
  return (
    <a href={REGISTRY} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  )
}
