export { CREDENTIAL_MAX_LENGTH, type Presented, QUERY_CODE_NAMES, queryAppCode, readCredential } from './credentials.js'
export {
  type GatewayError,
  type GatewayErrorCode,
  type GatewayErrorDetails,
  gatewayError,
  type GatewayProfile,
} from './gateway-errors.js'
export {
  ADVICE_TEXTS,
  isMarketProblem,
  JSON_TYPE,
  MARKET_HEADERS,
  MARKET_PATH,
  type MarketProblem,
  NAME_PARAMETER,
  NUMBER_PARAMETER,
  PROBLEM_STATUS,
  PROBLEM_TEXTS,
  problemBody,
  VERDICT_TEXTS,
  verdictBody,
  type VerdictFields,
} from './market.js'
export {
  type BodyParameters,
  decodeText,
  escapeRawBytes,
  mergeParameters,
  NO_BODY,
  type Parameters,
  PARAMETERS_MAX,
  parseParameters,
  readBody,
  splitTarget,
} from './parameters.js'
export {
  contentMd5,
  echoStringToSign,
  headerText,
  sign,
  signatureMatches,
  type SignatureMethod,
  signatureMethod,
  type SignedParts,
  stringToSign,
} from './string-to-sign.js'
