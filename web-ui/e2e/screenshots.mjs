// The pictures of the documentation, taken from a running server with cameras.

import { advances, logIn, scenario } from './browser.mjs';

await scenario(async (page, input) => {
  await logIn(page, input);
  await page.getByTestId('live-tile').first().waitFor();
  for (const tile of await page.getByTestId('live-tile').all()) await advances(tile.locator('video'));
  await page.getByLabel('Columns').selectOption('2');
  await page.mouse.move(0, 0);
  for (const tile of await page.getByTestId('live-tile').all()) await advances(tile.locator('video'));
  await page.screenshot({ path: `${input.shots}/dashboard.png` });

  await page.goto(`/cameras/${input.camera}?t=${new Date(Date.now() - 25_000).toISOString()}`);
  await page.getByRole('button', { name: '1 h', exact: true }).click();
  await page.getByTestId('timeline').focus();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('+');
  await advances(page.getByTestId('player'));
  await page.locator('h1').click();
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${input.shots}/camera.png` });

  await page.goto('/plugins');
  await page.getByTestId('plugin-card').first().waitFor();
  await page.screenshot({ path: `${input.shots}/plugins.png` });
  return {};
});
