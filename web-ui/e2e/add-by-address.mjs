// A camera by its address: a wrong password first, then test, save, live, past, rename, remove.

import { advances, logIn, recordedSeconds, scenario } from './browser.mjs';

await scenario(async (page, input) => {
  await logIn(page, input);
  await page.goto('/cameras/new');
  const card = page.locator('[data-testid=source-card][data-source="core/rtsp"]');
  await card.getByRole('button', { name: /Set up/ }).click();
  await page.getByLabel('Name', { exact: true }).fill('Third');
  await page.locator('#camera_main_url').fill(input.address);
  await page.locator('#camera_username').fill(input.login);
  await page.locator('#camera_password').fill('not the password');
  await page.getByRole('button', { name: 'Test' }).click();
  const refusal = page.locator('[data-field=camera_password]').getByRole('alert');
  await refusal.waitFor();
  const refused = await refusal.innerText();

  await page.locator('#camera_password').fill(input.secret);
  await page.getByRole('button', { name: 'Test' }).click();
  await page.getByTestId('probe-result').waitFor();
  const probe = await page.getByTestId('probe-result').innerText();
  await page.screenshot({ path: `${input.shots}/add.png` });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/cameras\/(?!new)[^/]+$/);
  const camera = page.url().split('/').pop();
  const player = page.getByTestId('player');
  await advances(player, 30, 60_000);

  await recordedSeconds(page, camera, 14);
  const wanted = Date.now() - 9_000;
  await page.goto(`/cameras/${camera}?t=${new Date(wanted).toISOString()}`);
  const { now: played } = await advances(player, 20);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Name', { exact: true }).fill('<img src=x onerror=alert(1)> Gate');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: /Gate/ }).first().waitFor();
  const injected = await page.locator('img[src=x]').count();

  await page.goto(`/cameras/${camera}/settings`);
  await page.getByRole('button', { name: 'Delete camera' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.includes(camera));
  return { camera, refused, probe, injected, playedMode: played.mode };
});
