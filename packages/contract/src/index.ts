export {
  BACKEND_SIGNATURE_HEADERS,
  type BackendSigning,
  backendSignature,
  backendStringToSign,
  echoBackendString,
  isBackendSigned,
} from './backend-signature.js'
export {
  LEGAL_BASES,
  type LegalBasis,
  RESULT_COLUMNS,
  type ResultColumn,
  ROW_FILTERS,
  type RowFilter,
} from './batches.js'
export { CREDENTIAL_MAX_LENGTH, type Presented, QUERY_CODE_NAMES, queryAppCode, readCredential } from './credentials.js'
export {
  type GatewayError,
  type GatewayErrorCode,
  type GatewayErrorDetails,
  type GatewayProfile,
  gatewayError,
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
  type VerdictFields,
  verdictBody,
} from './market.js'
export { ANSWER_FIELDS, PARAMETER_FIELDS } from './market-fields.js'
export { ECHO_MASKS, type Masks } from './masked-string-to-sign.js'
export {
  type BodyParameters,
  decodeText,
  escapeRawBytes,
  mergeParameters,
  NO_BODY,
  PARAMETERS_MAX,
  type Parameters,
  parseParameters,
  readBody,
  splitTarget,
} from './parameters.js'
export {
  APPID_MAX_LENGTH,
  APPID_PARAMETER,
  isAmbiguous,
  isDebug,
  isSameSign,
  NONCE_PARAMETER,
  PLATFORM_ALGORITHMS,
  PLATFORM_NONCE_MAX_LENGTH,
  PLATFORM_STATUS,
  type PlatformAlgorithm,
  type PlatformClaim,
  platformProblemBody,
  platformSign,
  platformStringToSign,
  readPlatformClaim,
  SENDTIME_PARAMETER,
  SENDTIME_TOLERANCE_MS,
  SIGN_MAX_LENGTH,
  SIGN_PARAMETER,
  suspendedText,
} from './platform.js'
export { PLATFORM_ADVICE_TEXTS, PLATFORM_PATH, PLATFORM_TEXTS, type PlatformProblem } from './platform-texts.js'
export { fillSample, type SampleQuote, type SampleValues } from './sample-code.js'
export { contentMd5, echoStringToSign, headerText, sign, signatureMatches, signatureMethod } from './signature.js'
export {
  DEFAULT_OPERATOR_FACTS,
  type OperatorFacts,
  type PlanOnSale,
  type SampleEnding,
  type SampleSubject,
  SITE_PATH,
  type SiteInfo,
} from './site.js'
export { type SignatureMethod, type SignedParts, stringToSign } from './string-to-sign.js'
export {
  CONSENT_POLICIES,
  type ConsentPolicy,
  HTTP_PROBLEMS,
  type HttpProblemCode,
  type HttpProblemText,
  INCLUDABLE,
  type Includable,
  isIncluded,
  isoBirthday,
  maskCounty,
  maskedIsoBirthday,
  PROBLEMS_PATH,
  problemType,
  V1_PREFIX,
} from './v1.js'
