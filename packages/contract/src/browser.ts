/** What of the contract runs in a browser too: no module below imports anything of Node's. */
export { type GatewayErrorCode, type GatewayProfile, gatewayError } from './gateway-errors.js'
export {
  ADVICE_TEXTS,
  MARKET_HEADERS,
  MARKET_PATH,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  PROBLEM_STATUS,
  PROBLEM_TEXTS,
  VERDICT_TEXTS,
} from './market.js'
export { ANSWER_FIELDS, PARAMETER_FIELDS } from './market-fields.js'
export { ECHO_MASKS, type Masks, maskedStringToSign } from './masked-string-to-sign.js'
export { PLATFORM_ADVICE_TEXTS, PLATFORM_PATH, PLATFORM_TEXTS } from './platform-texts.js'
export { fillSample, type SampleQuote, type SampleValues } from './sample-code.js'
export {
  type OperatorFacts,
  type PlanOnSale,
  type SampleEnding,
  type SampleSubject,
  SITE_PATH,
  type SiteInfo,
} from './site.js'
export { type SignatureMethod, type SignedParts, stringToSign } from './string-to-sign.js'
export { HTTP_PROBLEMS, type HttpProblemCode, V1_PREFIX } from './v1.js'
