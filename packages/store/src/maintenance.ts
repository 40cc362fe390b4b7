export { appliedMigrations } from './engine/applied.js'
export { type BackupOptions, backup } from './engine/backup.js'
export { isMoved, type Moved, type MoveOptions, moveToPostgres } from './engine/move.js'
export { type Restored, type RestoreOptions, restore } from './engine/restore.js'
