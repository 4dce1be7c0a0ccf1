import type { Command } from 'commander'

/** What a command is given beside its flags. */
export interface CommandContext {
  /** Aborted when a signal asks to stop. */
  readonly signal: AbortSignal
  /** With which code the process ends. */
  readonly end: (code: number) => void
  /** Like `end`, also after a signal: for commands that a signal ends well. */
  readonly endWell: () => void
}

/** A command and whether `--help` keeps it to itself. */
export interface CliCommand {
  readonly command: Command
  readonly hidden: boolean
}
