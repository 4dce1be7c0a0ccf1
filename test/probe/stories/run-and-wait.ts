import { runProbe } from '../../../src/probe/run-probe.ts'
import { readProbeSettings } from '../../../src/probe/settings.ts'

/** Plays a story in a process of its own, so that a test can kill whoever started a probe. */
const [file = '', config = '', outputDir = ''] = process.argv.slice(2)
await runProbe({ file, config, outputDir, settings: readProbeSettings() })
