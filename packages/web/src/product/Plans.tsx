import './plans.css'
import type { OperatorFacts, PlanOnSale } from '@heyan/contract/browser'
import { Fragment } from 'react'
import { Contact } from '../site/Contact.js'
import { useSite } from '../site/use-site.js'
import { OutsideLink } from '../ui/Button.js'
import { CopyButton } from '../ui/CopyButton.js'
import { Notice } from '../ui/Notice.js'
import { Section } from '../ui/Page.js'
import { useLanguage, useWords } from '../words/language.js'

const FEN_PER_YUAN = 100
/** Of a price per call that is no whole number of fen. */
const FEN_DIGITS = 2

export function Plans() {
  const { plans } = useWords().product
  const site = useSite()
  return (
    <Section id="plans" title={plans.title} lead={plans.lead} isShaded>
      {site === null ? (
        <p className="soft plans-waiting">{plans.loading}</p>
      ) : site === 'unavailable' ? (
        <Notice tone="bad">{plans.unavailable}</Notice>
      ) : (
        <>
          {site.plans.length === 0 ? <Notice>{plans.none}</Notice> : <PlanCards plans={site.plans} />}
          <AfterPlans operator={site.operator} />
        </>
      )}
    </Section>
  )
}

function PlanCards({ plans: onSale }: { readonly plans: readonly PlanOnSale[] }) {
  const { plans } = useWords().product
  const { language } = useLanguage()
  const number = (value: number) =>
    new Intl.NumberFormat(language === 'en' ? 'en' : 'zh-CN', { maximumFractionDigits: FEN_DIGITS }).format(value)
  const perCall = ({ priceFen, calls }: PlanOnSale) => {
    const isExact = Number.isInteger((priceFen * 10 ** FEN_DIGITS) / calls)
    return (isExact ? plans.perCall : plans.aboutPerCall)(number(priceFen / calls))
  }
  return (
    <ul className="plans">
      {onSale.map((plan) => (
        <li key={plan.id}>
          <h3>
            <Label text={plan.label} />
          </h3>
          <p className="plan-price">
            {plan.priceFen === 0 ? plans.free : plans.yuan(number(plan.priceFen / FEN_PER_YUAN))}
          </p>
          <p>
            {plans.calls(number(plan.calls))}
            {plan.priceFen > 0 ? <span className="small soft per-call">{perCall(plan)}</span> : null}
          </p>
          <p className="small soft">
            {[
              plan.validDays === null ? plans.forever : plans.validDays(number(plan.validDays)),
              ...(plan.isOncePerAccount ? [plans.once] : []),
              ...(plan.isNoRecordFree ? [plans.freeNoRecord] : []),
            ].join(' · ')}
          </p>
          {isWebAddress(plan.orderUrl) ? (
            <p className="plan-order">
              <OutsideLink tone="main" isSmall href={plan.orderUrl}>
                {plans.order}
                <span className="visually-hidden">{plan.label}</span>
              </OutsideLink>
            </p>
          ) : null}
        </li>
      ))}
    </ul>
  )
}

/** Broken after a hyphen, where there is no room for all of it. */
function Label({ text }: { readonly text: string }) {
  return text.split(/(?<=-)/).map((part, place) => (
    <Fragment key={part}>
      {place > 0 ? <wbr /> : null}
      {part}
    </Fragment>
  ))
}

function AfterPlans({ operator }: { readonly operator: OperatorFacts }) {
  const { plans } = useWords().product
  return (
    <div className="after-plans">
      {isWebAddress(operator.buyerCentreUrl) ? (
        <div>
          <p>
            <strong>{plans.buyerCentre}</strong> <span className="soft">{plans.buyerCentreLead}</span>
          </p>
          <p className="buyer-centre">
            <code>{operator.buyerCentreUrl}</code>
            <CopyButton text={operator.buyerCentreUrl} what={plans.buyerCentre} />
            <OutsideLink isSmall href={operator.buyerCentreUrl}>
              {plans.go}
            </OutsideLink>
          </p>
        </div>
      ) : null}
      {operator.enquiryContact ? (
        <p>
          {plans.enquiry}
          <strong>
            <Contact text={operator.enquiryContact} />
          </strong>
        </p>
      ) : null}
    </div>
  )
}

/** The server has seen to it; whatever it sent, nothing but an address of the web becomes a link. */
function isWebAddress(url: string | null): url is string {
  return url !== null && /^https?:\/\//i.test(url)
}
