// A new server: account, demo camera, live view, an hour later playback (here: seconds later).

import {
  accessibilityFaults,
  advances,
  recordedSeconds,
  scenario,
  until,
  videoState,
} from './browser.mjs';

await scenario(async (page, input) => {
  await page.goto('/');
  await page.waitForURL('**/setup');
  await page.getByLabel('Setup code').fill('AAAA-AAAA');
  await fillAccount(page, input);
  await page.getByRole('alert').first().waitFor();
  await page.getByLabel('Setup code').fill(input.code);
  await page.getByRole('button', { name: 'Create account' }).click();

  await page.getByRole('heading', { name: 'Add your first camera' }).waitFor();
  await page.screenshot({ path: `${input.shots}/empty.png` });
  await page.getByTestId('add-with-defaults').first().click();
  const tile = page.getByTestId('live-tile').first();
  await page.goto('/');
  await tile.locator('video').waitFor();
  const onDashboard = await advances(tile.locator('video'), 20, 60_000);
  await page.screenshot({ path: `${input.shots}/dashboard.png` });
  const faults = { dashboard: await accessibilityFaults(page) };

  await tile.click();
  const player = page.getByTestId('player');
  await player.waitFor();
  const live = await advances(player, 30);
  if (live.now.mode !== 'live') throw new Error(`expected live, got ${live.now.mode}`);
  const behind = Date.now() - (await videoState(player)).wallclock;
  faults.camera = await accessibilityFaults(page);
  await page.screenshot({ path: `${input.shots}/camera.png` });

  const camera = await page.evaluate(() => location.pathname.split('/').pop());
  await recordedSeconds(page, camera, 25);
  const wanted = Date.now() - 15_000;
  await page.goto(`/cameras/${camera}?t=${new Date(wanted).toISOString()}`);
  await player.waitFor();
  const played = await advances(player, 15);
  if (played.now.mode !== 'playback') throw new Error(`expected playback: ${played.now.mode}`);
  const missed = Math.abs(played.before.wallclock - wanted);

  await page.getByRole('button', { name: 'Pause' }).click();
  await until(async () => (await videoState(player)).state === 'paused');
  const still = (await videoState(player)).wallclock;
  await page.getByRole('button', { name: 'Next frame' }).click();
  await until(async () => (await videoState(player)).wallclock > still);
  const step = (await videoState(player)).wallclock - still;
  await page.screenshot({ path: `${input.shots}/playback.png` });

  await page.getByTestId('timeline').focus();
  const beforeKey = (await videoState(player)).wallclock;
  await page.keyboard.press('ArrowLeft');
  await until(async () => (await videoState(player)).wallclock < beforeKey - 3000);

  await page.getByTestId('live-button').click();
  await until(async () => (await videoState(player)).mode === 'live');
  await advances(player, 15);
  return {
    camera,
    behind,
    missed,
    step,
    width: live.now.width,
    tileFrames: onDashboard.now.frames,
    faults,
  };
});

async function fillAccount(page, { username, password }) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Repeat password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
}
