import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import type { SandboxReady } from '../src/sandbox/ready.ts'
import { WaybillError } from '../src/shared/errors.ts'

/** What the watched systems have spent so far. */
export interface Spent {
  readonly cpuSeconds: number
  /** Transactions their databases committed. */
  readonly transactions: number
}

/** Reads what the order system's own processes and databases spend. */
export interface SpendingMeter {
  read(): Promise<Spent>
  close(): Promise<void>
}

const SERVICE = /\/src\/sandbox\/(shop|crm|mes|carrier)\/main\.ts/
const SERVICES = 4
/** Linux tells processor time in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100

/** Opens a meter for the order system that this process started. Linux only: it reads `/proc`. */
export async function openSpendingMeter({ shopDb, mesDb }: SandboxReady): Promise<SpendingMeter> {
  const pids = await servicePids()
  const clients = [shopDb, mesDb].map((connectionString) => new pg.Client({ connectionString }))
  const reads = new Map<pg.Client, number>()
  const transactionsOf = async (client: pg.Client): Promise<number> => {
    const { rows } = await client.query<{ committed: string }>(
      'SELECT xact_commit AS committed FROM pg_stat_database WHERE datname = current_database()',
    )
    const own = reads.get(client) ?? 0
    reads.set(client, own + 1)
    return Number(rows[0]?.committed) - own
  }
  await Promise.all(clients.map((client) => client.connect()))
  return {
    read: async () => {
      const [seconds, committed] = await Promise.all([
        Promise.all(pids.map(cpuSecondsOf)),
        Promise.all(clients.map(transactionsOf)),
      ])
      return { cpuSeconds: sum(seconds), transactions: sum(committed) }
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.end()))
    },
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The fields of `/proc/PID/stat` behind the name, which may itself hold spaces and brackets. */
const statOf = async (pid: number): Promise<readonly string[]> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = await statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

async function servicePids(): Promise<readonly number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const fields = await statOf(pid).catch(() => null)
    if (fields !== null) parents.set(pid, Number(fields[1]))
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === process.pid || isOurs(parent))
  }
  const services: number[] = []
  for (const pid of parents.keys()) {
    if (!isOurs(pid)) continue
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (SERVICE.test(command)) services.push(pid)
  }
  if (services.length === SERVICES) return services
  throw new WaybillError({
    code: 'part-failed',
    message: 'The processes of the order system cannot be found.',
    expected: `${SERVICES} services below this process`,
    actual: `${services.length}`,
  })
}
