// Apart from the index: these bring an HTTP client and ciphers along, which a server without remote sources need not load.
export {
  type AliyunMarketOptions,
  aliyunMarket,
  MARKET_DIALECTS,
  type MarketCredential,
  type MarketDialect,
  type MarketDialectName,
} from './aliyun-market.js'
export type { AnswerRules } from './answer.js'
export { ConfigurationError } from './configuration.js'
export { type HttpVendorOptions, httpVendor, type VendorCharset } from './http/http-vendor.js'
export type { RecipeStep } from './http/recipe.js'
export type { ValueRecipe } from './http/template.js'
export { HttpClient, type HttpClientOptions } from './http-client.js'
export { openUpstream, UPSTREAM_KINDS, type UpstreamDescription, type UpstreamEnvironment } from './upstream-kinds.js'
