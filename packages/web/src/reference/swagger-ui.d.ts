declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    readonly url: string
    readonly dom_id: string
    /** Links inside of buttons, which screen readers cannot reach. */
    readonly deepLinking: boolean
    readonly supportedSubmitMethods: readonly string[]
    /** Null: no description is sent anywhere to be checked. */
    readonly validatorUrl: null
  }
  export default function SwaggerUI(options: Options): unknown
}
