/** Signals asked us to stop. */
export interface Stopping {
  /** Aborted at the first signal. */
  readonly signal: AbortSignal
  /** 130 or 143 after a signal; null without one, or when the command takes a signal as its normal end. */
  exitCode(): number | null
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The first signal asks for a clean stop, the second one ends the process at once; child processes end with us either way. */
export function catchSignals(): Stopping {
  const stop = new AbortController()
  let code: number | null = null
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(name, () => {
      if (code !== null) process.exit(exitCode)
      code = exitCode
      process.stderr.write(process.stderr.isTTY ? '\nStopping; once more to stop at once.\n' : 'Stopping.\n')
      stop.abort(new Error('stopped by a signal'))
    })
  }
  return { signal: stop.signal, exitCode: () => code }
}
