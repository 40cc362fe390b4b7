export { type Config, type Environment, readConfig, SettingError } from './config.js'
export { quietLog } from './log.js'
export { type RunningServer, type ServerParts, startServer } from './serve.js'
