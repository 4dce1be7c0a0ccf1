import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a crowd published. */
export interface Published {
  readonly published: number
  readonly seconds: number
}

/** Messages of others, published from processes of their own. */
export interface Crowd {
  /** Resolves when all have published all. */
  readonly done: Promise<Published>
  /** Tells them to end. */
  end(): void
}

const outcomeOf = (child: ChildProcess): Promise<Published> =>
  new Promise((resolve, reject) => {
    child.on('message', (said) => {
      if (typeof said === 'object' && 'published' in said)
        resolve({ published: Number(said.published), seconds: Number(Reflect.get(said, 'seconds')) })
    })
    child.once('exit', (code) => reject(new Error(`A publisher ended with ${code}.`)))
  })

/** Starts so many publishers and resolves once they publish; each publishes `count` messages to `exchange` with `key`. */
export async function startCrowd(
  publishers: number,
  to: { readonly url: string; readonly exchange: string; readonly key: string; readonly count: number },
): Promise<Crowd> {
  const children = Array.from({ length: publishers }, () =>
    fork(join(import.meta.dirname, 'publish-crowd.ts'), [to.url, to.exchange, to.key, String(to.count)]),
  )
  const outcomes = Promise.all(children.map(outcomeOf)).then((all) => ({
    published: all.reduce((sum, { published }) => sum + published, 0),
    seconds: Math.max(...all.map(({ seconds }) => seconds)),
  }))
  outcomes.catch(() => children.forEach((child) => void child.kill()))
  await Promise.race([Promise.all(children.map((child) => once(child, 'message'))), outcomes])
  return {
    done: outcomes,
    end: () => {
      for (const child of children) if (child.connected) child.send('end')
    },
  }
}
