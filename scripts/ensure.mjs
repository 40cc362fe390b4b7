// Makes sure that what is committed is installed and built, before a command that needs it. Node's own modules only: this runs
// on a machine where nothing is installed yet. This file keeps to what every Node that knows modules can read, so that an old
// one says that it is old instead of tripping over newer syntax.
const OLDEST_NODE = [20, 19]

const [major, minor] = process.versions.node.split('.').map(Number)
if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) {
  import('./ensure/install-and-build.mjs')
} else {
  const oldest = OLDEST_NODE.join('.')
  process.stderr.write(`heyan: Node ${process.versions.node} is too old: version ${oldest} or newer is needed\n`)
  process.exitCode = 1
}
