import type { Reporter, TestCase, TestError, TestResult, TestStep } from 'playwright/types/testReporter'
import { END_ANNOTATION } from './names.ts'
import type { RunMessage } from './run-messages.ts'
import { firstLine } from './story-end.ts'

/** Playwright's events as messages to the parent process; the run ends itself when the parent is gone. */
export default class IpcReporter implements Reporter {
  onBegin(): void {
    process.once('disconnect', () => process.exit(1))
  }

  onTestBegin(test: TestCase): void {
    tell({ type: 'begin', title: test.title })
  }

  onStepBegin(_test: TestCase, _result: TestResult, step: TestStep): void {
    if (isTelling(step)) tell({ type: 'step', title: step.title, state: 'begun', error: null })
  }

  onStepEnd(_test: TestCase, _result: TestResult, step: TestStep): void {
    if (isTelling(step)) tell({ type: 'step', title: step.title, state: 'ended', error: lineOf(step.error) })
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const told = result.annotations.find((annotation) => annotation.type === END_ANNOTATION)?.description
    const attachments = result.attachments.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]))
    // Checked by the parent; loading the schema here would delay every order.
    const end = told === undefined ? null : JSON.parse(told)
    tell({ type: 'end', title: test.title, end, error: lineOf(result.errors[0]), attachments })
  }

  onError(error: TestError): void {
    tell({ type: 'trouble', message: lineOf(error) ?? 'an unknown error' })
  }

  printsToStdio(): boolean {
    return true
  }
}

const isTelling = (step: TestStep): boolean => step.category === 'test.step' || step.category === 'pw:api'

const lineOf = (error: TestError | undefined): string | null =>
  error === undefined ? null : firstLine(new Error(error.message ?? error.value ?? 'an unknown error'))

const tell = (message: RunMessage): void => void process.send?.(message)
