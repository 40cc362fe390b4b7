import type { Shape } from '../words/shape.js'
import type { zh } from './words.zh.js'

export const en: Shape<typeof zh> = {
  tab: 'For colleagues who write no code · Heyan',
  title: 'For colleagues who write no code',
  lead: 'One page: what this service does, how to read its results, what it costs and what it must not be used for.',
  print: 'Print this page',
  parts: {
    what: {
      title: 'What it does',
      text: [
        'You give a person’s name and identity number; it asks an authoritative source whether both belong to the same person, and answers almost at once.',
        'It looks at no photo, does not know whether a card has expired, and tells nothing else about the person.',
      ],
    },
    results: {
      title: 'How to read the result',
      columns: { result: 'You see', meaning: 'It means', next: 'What next' },
      rows: {
        match: ['Match', 'Name and number are of one person.'],
        mismatch: ['Mismatch', 'The number exists, under another name. Mostly a character was mistyped.'],
        no_record: ['No record', 'The source has no such person. That does not make the card false.'],
        problem: ['No verdict', 'Something was filled in wrongly, or the service is not available. It is free.'],
      },
    },
    before: {
      title: 'How to fill it in',
      text: [
        'The name as on the card, character by character, without spaces; the dot of a minority name is “·”.',
        'The number has 18 characters, the last may be X; no asterisks.',
        'Cards with 15 digits have ended: ask for the new one.',
      ],
    },
    masked: {
      title: 'Why there are asterisks',
      text: [
        'Name, number and region come back partly hidden (李**, 1101*****2X): enough to see who is meant, too little to copy.',
      ],
    },
    cost: {
      title: 'What it costs',
      text: [
        'Match, mismatch and no record count as one call each. No verdict, no charge.',
        'Calls are bought as plans. When they are used up nothing can be asked (developers see Quota Exhausted); after a renewal it works at once.',
      ],
    },
    rules: {
      title: 'What it must not be used for',
      text: [
        'Have a person’s consent before you verify them.',
        'Use it for market research, business cooperation and risk assessment only.',
        'Obey the law; do not use it unlawfully or against the privacy of others, and never to guess at identities.',
      ],
    },
    tell: {
      title: 'What to tell the developers',
      text: [
        'The endpoint: ',
        'The documents and the debugger of this site have code to copy.',
        'When something is wrong, send the operator the X-Ca-Request-Id of the answer: it finds that one call.',
      ],
    },
    contact: { title: 'Whom to ask' },
  },
}
