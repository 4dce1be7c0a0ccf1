import chromium from '@sparticuz/chromium'

// Run as a process of its own with TMPDIR set to the folder that is to hold the browser.
await chromium.executablePath()
