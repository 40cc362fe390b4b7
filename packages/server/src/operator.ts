// What a command beside the server needs: its settings and its token, and nothing that takes long to load.
export { type Environment, readConfig } from './config.js'
export { readOperatorToken } from './operator-token-file.js'
