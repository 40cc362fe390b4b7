declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    readonly url: string
    readonly dom_id: string
    readonly deepLinking: boolean
    /** Null: no description is sent anywhere to be checked. */
    readonly validatorUrl: null
    readonly tryItOutEnabled: boolean
  }
  export default function SwaggerUI(options: Options): unknown
}
