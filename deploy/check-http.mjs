// Asks an address once and ends with 0 when it answers well; with --keep it stays until told to stop.
const keep = process.argv.includes('--keep')
const address = process.argv.at(-1)
const LIMIT_MS = 2_000

if (keep) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
  setInterval(() => {}, 2 ** 30)
} else {
  const ok = await fetch(address, { signal: AbortSignal.timeout(LIMIT_MS) }).then(
    (answer) => answer.ok,
    () => false,
  )
  process.exit(ok ? 0 : 1)
}
