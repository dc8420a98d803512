import type { Command } from 'commander'
import type { Profile } from '../bridge/profile/profile.ts'
import { parseRelayUrl } from '../bridge/dial/relay-address.ts'
import { deleteDeviceIdentity, type DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { signInWithDeviceCode, type DevicePrompt } from '../bridge/sign-in/device-sign-in.ts'
import { lookAtRelay } from '../bridge/sign-in/relay-offer.ts'
import { signOut } from '../bridge/sign-in/sign-out.ts'
import { TokenKeeper } from '../bridge/sign-in/token-keeper.ts'
import { AppError, ERRORS, toAppError } from '../shared/errors.ts'
import { silentLogger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { dataDirOf, dataDirOption, run, type CommandFlags } from './flags.ts'
import { openProfileFor } from './open-profile.ts'
import type { Output } from './output.ts'
import { term } from './terminal-text.ts'
import { wordsFor } from '../shared/words.ts'

/**
 * Signs this device in from any browser, unless it is still signed in: a service always starts with the same arguments.
 * @param audience the audience the user confirmed by name
 * @throws AppError like `signInWithDeviceCode`
 */
export async function signInAt(
  relay: string,
  kept: DeviceIdentity | null,
  profile: Profile,
  output: Output,
  audience?: string,
): Promise<DeviceIdentity> {
  const { url, warning } = parseRelayUrl(relay, process.env)
  if (warning !== null) output.warn(wordsFor(warning, 'cli'))
  const current = kept?.relayUrl === url.href ? await stillSignedIn(kept, profile) : null
  if (current !== null) return current
  const identity = await signInWithDeviceCode({
    offer: await lookAtRelay(url, systemClock),
    audience,
    onPrompt: (prompt) => show(prompt, output),
    signal: new AbortController().signal,
    clock: systemClock,
  })
  await profile.saveIdentity(identity)
  output.json({ event: 'signedIn', deviceId: identity.deviceId })
  output.say('Signed in.')
  return identity
}

export function defineSignOut(command: Command): void {
  command
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => run(flags, (output) => signOutHere(dataDirOf(flags), output)))
}

/** Deletes this device's identity, and revokes its tokens at the identity provider. @throws AppError NOT_PAIRED */
async function signOutHere(dataDir: string, output: Output): Promise<void> {
  const profile = await openProfileFor(dataDir, output)
  try {
    const identity = await profile.identity()
    if (identity === null) throw new AppError('NOT_PAIRED')
    await deleteDeviceIdentity(profile.secrets)
    await signOut(identity, systemClock).catch((cause: unknown) =>
      output.warn(`Signed out here, but the tokens could not be revoked: ${toAppError(cause).message}`),
    )
    output.json({ event: 'signedOut', deviceId: identity.deviceId })
    output.say(`Signed out of ${identity.relayUrl}.`)
  } finally {
    await profile.close()
  }
}

/** The identity, renewed if necessary; `null` if only a new sign-in can renew it. */
async function stillSignedIn(identity: DeviceIdentity, profile: Profile): Promise<DeviceIdentity | null> {
  if (identity.oidc === undefined) return null
  let current = identity
  const keeper = new TokenKeeper({
    identity: { ...identity, oidc: identity.oidc },
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    save: async (renewed) => {
      current = renewed
      await profile.saveIdentity(renewed)
    },
    onRenewed: () => {},
    onEnded: () => {},
  })
  try {
    await keeper.token()
    return current
  } catch (cause) {
    // An unreachable provider has not refused: the bridge waits for it.
    return ERRORS[toAppError(cause).code].retry === 'never' ? null : current
  }
}

function show({ verificationUri, verificationUriComplete, userCode }: DevicePrompt, output: Output): void {
  output.json({ event: 'signIn', verificationUri, verificationUriComplete, userCode })
  output.say(
    term`To sign in, open this page in any browser:\n\n    ${verificationUriComplete ?? verificationUri}\n`,
  )
  output.say(`The code is ${userCode}. Waiting…`)
}
