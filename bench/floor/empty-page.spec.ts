import { test } from 'playwright/test'

test('an empty page', async ({ page }) => {
  await page.goto('about:blank')
})
