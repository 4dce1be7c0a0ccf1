import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'

const OFF_BY_MS: Readonly<Partial<Record<FaultName, number>>> = {
  'mes-clock-behind': -90_000,
  'shop-clock-slightly-behind': -50,
  'crm-clock-ahead': 120_000,
}
const STEPPING: FaultName = 'mes-clock-steps'
const STEP_MS = -5_000

let offset = 0
let installed = false

/** Has this process tell the time as a machine would whose clock is off; how long something takes is measured as ever. */
export function followClock(switches: Switchboard): void {
  switches.watch(() => {
    const on = switches.list().map(({ name }) => name)
    if (offset === STEP_MS && on.includes(STEPPING)) return
    setOffset(on.reduce((sum, name) => sum + (OFF_BY_MS[name] ?? 0), 0))
  })
}

/** The clock goes back, and stays there until the fault is cleared. */
export const stepClock = (): void => setOffset(STEP_MS)

function setOffset(ms: number): void {
  offset = ms
  if (installed || ms === 0) return
  installed = true
  install()
}

/** In place of `Date` itself, so that every library asks the same clock. */
function install(): void {
  const RealDate = Date
  const realNow = RealDate.now.bind(RealDate)
  const now = () => realNow() + offset
  const Shifted: DateConstructor = new Proxy(RealDate, {
    construct: (target, given, made) =>
      Object(Reflect.construct(target, given.length === 0 ? [now()] : given, made === Shifted ? target : made)),
    apply: () => new RealDate(now()).toString(),
  })
  RealDate.now = now
  RealDate.prototype.constructor = Shifted
  globalThis.Date = Shifted
}
