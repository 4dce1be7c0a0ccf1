import { readFileSync } from 'node:fs'

/** More failed rows than this are no accident of a busy machine. */
const MOST = 3

/** The failed rows of a drill, a line each; none where an order was called broken that was not, or too much failed. */
const lines = readFileSync(process.argv[2], 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const summary = lines.find(({ schema }) => schema === 'waybill.drill-summary/1')
const failed = lines.filter(({ schema, passed }) => schema === 'waybill.drill/1' && !passed)
const mayBeAgain =
  summary?.falseAlarms === 0 && failed.length <= MOST && failed.every(({ expected }) => expected !== null)
if (mayBeAgain) for (const { row } of failed) process.stdout.write(`${row}\n`)
