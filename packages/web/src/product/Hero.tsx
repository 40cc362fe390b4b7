import './hero.css'
import { MARKET_PATH, VERDICT_TEXTS } from '@heyan/contract/browser'
import { ButtonLink } from '../ui/Button.js'
import { Json } from '../ui/Json.js'
import { Tag } from '../ui/Notice.js'
import { useWords } from '../words/language.js'

/** What the demo answers for the standard's own sample. */
const ANSWER = {
  ok: 1,
  msg: VERDICT_TEXTS.match,
  xm: '李**',
  sfz: '1101*****2X',
  match: true,
  birthday: '19****31',
  sex: '女',
  address: '北京市**区',
}

export function Hero() {
  const { product } = useWords()
  return (
    <div className="hero">
      <div className="hero-inner">
        <div className="hero-text">
          <h1>{product.title}</h1>
          <p className="hero-lead">{product.lead}</p>
          <p className="hero-actions">
            <ButtonLink tone="main" href="#debug">
              {product.toDebug}
            </ButtonLink>
            <ButtonLink href="#plans">{product.toPlans}</ButtonLink>
          </p>
        </div>
        <figure className="hero-example">
          <figcaption className="visually-hidden">{product.exampleTitle}</figcaption>
          <p className="hero-label">{product.exampleRequest}</p>
          <pre>
            <code>{`GET ${MARKET_PATH}?xm=李三&sfz=11010519491231002X\nAuthorization: APPCODE ••••••••`}</code>
          </pre>
          <p className="hero-label">{product.exampleAnswer}</p>
          <Json value={ANSWER} />
          <p className="hero-charged">
            <Tag tone="good">200</Tag> <span className="small soft">{product.exampleCharged}</span>
          </p>
        </figure>
      </div>
    </div>
  )
}
