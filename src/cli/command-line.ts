import { asWaybillError } from '../shared/errors.ts'
import type { CommandContext } from './command.ts'
import { failureCode, reportError } from './failure.ts'
import { createProgram } from './program.ts'
import { catchSignals } from './signals.ts'

// Whoever reads us may close the pipe early (`| head`); that is no trouble of ours.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const stopping = catchSignals()

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  let code = 0
  let well = false
  const context: CommandContext = {
    signal: stopping.signal,
    end: (chosen) => {
      code = chosen
    },
    endWell: () => {
      well = true
    },
  }
  try {
    await createProgram(context).run(args)
    return well ? 0 : (stopping.exitCode() ?? code)
  } catch (thrown) {
    const bySignal = stopping.exitCode()
    if (bySignal !== null) return bySignal
    const error = asWaybillError(thrown)
    reportError(error, args.includes('--debug'))
    return failureCode(error)
  }
}

process.exitCode = await main()
// What a command left open must not keep the process; everything that matters was waited for.
process.exit()
