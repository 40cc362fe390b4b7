// How each language of docs/samples is run: what is lacking on this machine (null: nothing), the commands one after another, and
// the environment in which it trusts an authority of ours (none: it has no such setting).
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

function output(command, ...options) {
  const { status, stdout, stderr } = spawnSync(command, options, { encoding: 'utf8' })
  return status === 0 ? `${stdout}${stderr}` : null
}

/** What says how to get it, where one of the commands is not here. */
function needs(packages, ...commands) {
  return () => (commands.every((command) => output('which', command) !== null) ? null : `apt-get install ${packages}`)
}

const OBJC = 'gobjc libgnustep-base-dev gnustep-make libssl-dev'
const JAVA_MIN = 17

export const LANGUAGES = {
  curl: {
    lack: needs('curl openssl', 'bash', 'curl', 'openssl'),
    steps: (file) => [['bash', file]],
    trust: ({ ca }) => ({ CURL_CA_BUNDLE: ca }),
  },
  php: {
    lack: () =>
      /^curl$/m.test(output('php', '-m') ?? '') &&
      output('php', '-r', 'exit(PHP_VERSION_ID >= 80000 ? 0 : 1);') !== null
        ? null
        : 'apt-get install php-cli php-curl',
    steps: (file) => [['php', file]],
    // No variable names it: a folder of settings does, after the usual one.
    trust: ({ ca, folder }) => {
      writeFileSync(join(folder, 'trust.ini'), `curl.cainfo=${ca}\n`)
      return { PHP_INI_SCAN_DIR: `:${folder}` }
    },
  },
  java: {
    lack: () =>
      Number(/version "(\d+)/.exec(output('java', '-version') ?? '')?.[1] ?? 0) >= JAVA_MIN
        ? null
        : 'apt-get install default-jdk-headless',
    steps: (file) => [['java', '-Dfile.encoding=UTF-8', file]],
    trust: ({ ca, folder }) => {
      const store = join(folder, 'trust.p12')
      const made = [
        '-importcert',
        '-noprompt',
        '-alias',
        'ca',
        '-file',
        ca,
        '-keystore',
        store,
        '-storepass',
        'changeit',
      ]
      output('keytool', ...made)
      return { JDK_JAVA_OPTIONS: `-Djavax.net.ssl.trustStore=${store} -Djavax.net.ssl.trustStorePassword=changeit` }
    },
  },
  csharp: {
    lack: needs('mono-mcs libmono-system-net-http4.0-cil', 'mcs', 'mono'),
    steps: (file) => [
      ['mcs', '-r:System.Net.Http', '-out:sample.exe', file],
      ['mono', 'sample.exe'],
    ],
    trust: () => null,
  },
  python: {
    lack: needs('python3', 'python3'),
    steps: (file) => [['python3', file]],
    trust: ({ ca }) => ({ SSL_CERT_FILE: ca }),
  },
  'objective-c': {
    lack: () => {
      const compiler = output('gcc', '-print-prog-name=cc1obj')?.trim() ?? ''
      return compiler.startsWith('/') && output('gnustep-config', '--objc-flags') !== null
        ? null
        : `apt-get install ${OBJC}`
    },
    steps: (file) => [
      ['sh', '-c', `gcc $(gnustep-config --objc-flags) ${file} $(gnustep-config --base-libs) -lcrypto -o sample`],
      ['./sample'],
    ],
    trust: () => null,
  },
  node: {
    lack: () => null,
    steps: (file) => [[process.execPath, file]],
    trust: ({ ca }) => ({ NODE_EXTRA_CA_CERTS: ca }),
  },
  go: {
    lack: needs('golang-go', 'go'),
    steps: (file) => [['go', 'run', file]],
    trust: ({ ca }) => ({ SSL_CERT_FILE: ca }),
  },
}
