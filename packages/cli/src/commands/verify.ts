import { Command } from 'commander'
import { AdminClient, AdminError } from '../admin-client.js'
import { print } from '../print.js'

const EXIT: Readonly<Record<string, number>> = { match: 0, mismatch: 1, no_record: 2 }
const EXIT_PROBLEM = 3
const WORDS: Readonly<Record<string, string>> = { match: '一致', mismatch: '不一致', no_record: '查无记录' }
const INPUT_MAX_BYTES = 4_096

export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'asks whether a name and a number belong together; exit code 0 match, 1 mismatch, 2 no record, 3 problem',
    )
    .requiredOption('--name <name>', 'the real name')
    .requiredOption(
      '--number <number>',
      'the identity number; "-" reads it from standard input, out of the shell\'s history',
    )
    .option('--json', 'one JSON value; of a problem too')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_PROBLEM))
    .action(async ({ name, number, json }) => {
      try {
        const given = number === '-' ? await fromStandardInput() : number
        const verification = (await new AdminClient(process.env).post('/verifications', { name, number: given })) as {
          verdict: string
        }
        print(json, verification, WORDS[verification.verdict] ?? verification.verdict)
        process.exitCode = EXIT[verification.verdict] ?? EXIT_PROBLEM
      } catch (error) {
        // Whatever went wrong is the fourth ending: an exit code of 1 would say that they do not belong together.
        const message = error instanceof Error ? error.message : String(error)
        if (json) print(true, { problem: error instanceof AdminError ? error.code : 'failed', message }, '')
        else process.stderr.write(`heyan: ${message}\n`)
        process.exitCode = EXIT_PROBLEM
      }
    })
}

async function fromStandardInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.length > INPUT_MAX_BYTES) break
  }
  return text.trim()
}
