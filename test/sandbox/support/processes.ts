import { readdir, readFile } from 'node:fs/promises'

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

async function read(pid: string): Promise<Process | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return undefined
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return { pid: Number(pid), parent: Number(parent), command }
  } catch {
    return undefined
  }
}

/** All living processes. */
export async function processes(): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return (await Promise.all(pids.map(read))).filter((each) => each !== undefined)
}

/** Everything started by `root`, directly or not. */
export async function descendants(root: number): Promise<readonly Process[]> {
  const all = await processes()
  const found: Process[] = []
  for (let next = [root]; next.length > 0; ) {
    const children = all.filter(({ parent }) => next.includes(parent))
    found.push(...children)
    next = children.map(({ pid }) => pid)
  }
  return found
}
