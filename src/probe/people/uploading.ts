import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import type { Asking } from '../ask.ts'
import { contentTypeOf } from '../model-type.ts'
import { digestOf, tellFile } from '../sent-file.ts'
import type { Session } from '../session.ts'

/** What is sent with a model file; tells what it is. */
export async function uploading(session: Session, file: string): Promise<Asking> {
  const type = contentTypeOf(file)
  tellFile(session, await digestOf(file), type, session.clock.now())
  return {
    values: { 'file.type': type, 'file.name': basename(file) },
    file: await openAsBlob(file),
    timeoutMs: session.settings.uploadTimeoutMs,
  }
}
