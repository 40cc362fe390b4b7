import 'swagger-ui-dist/swagger-ui.css'
import './reference.css'
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js'

// A description to read: calls are made in the debugger, which keeps secrets better.
SwaggerUI({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: false,
  supportedSubmitMethods: [],
  validatorUrl: null,
})
