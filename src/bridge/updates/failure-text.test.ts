import { expect, it } from 'vitest'
import { toFailureText } from './failure-text.ts'

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })

it.each([
  [coded('ERR_CHECKSUM_MISMATCH'), 'thrown away'],
  [coded('ERR_UPDATER_CHANNEL_FILE_NOT_FOUND'), 'no release'],
  [coded('ECONNREFUSED'), 'cannot be reached'],
  [coded('HTTP_ERROR_503'), 'cannot be reached'],
  [new Error('net::ERR_INTERNET_DISCONNECTED'), 'cannot be reached'],
  [new Error('the download timed out'), 'cannot be reached'],
  [coded('EACCES'), 'may not replace'],
  [coded('ENOSPC'), 'no room'],
])('says what went wrong where it is known: %s', (cause, text) => {
  expect(toFailureText(cause)).toContain(text)
})

it.each([new Error('/home/anna/secret?token=1'), 'a string', undefined])(
  'shows nothing of an error that nobody foresaw: %s',
  (cause) => {
    expect(toFailureText(cause)).toBe('Something went wrong; the log says what.')
  },
)
