import { defineConfig } from 'playwright/test'
import project from '../../../playwright.config.ts'

/** The project's own settings for the probes of the disguised order system. */
export default defineConfig({ ...project, testDir: import.meta.dirname })
