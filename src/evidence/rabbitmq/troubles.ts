import type { Session } from './session.ts'
import type { TapMode } from './settings.ts'

/** What a session cannot see, each in words. */
export function troublesOf(session: Session, mode: TapMode): readonly string[] {
  const { noFirehose, notSwitched, noLetters, partial, deadLetters, ways } = session
  return [
    ...(mode === 'firehose' && noFirehose !== null ? [`the firehose is unsupported: ${noFirehose}`] : []),
    // Where pilots are seen on the firehose, somebody else has switched it on.
    ...(notSwitched === null || ways.firehose.line.lag() !== null
      ? []
      : [`tracing cannot be switched on: ${notSwitched}`]),
    ...(partial === null ? [] : [partial]),
    ...(noLetters === null
      ? deadLetters.unseen().map((why) => `dead letters are not all seen: ${why}`)
      : [`no queue of our own can be declared: ${noLetters}`]),
  ]
}
