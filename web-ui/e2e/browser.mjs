// A page in Debian's Chromium, and the few questions every scenario asks of it.

import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
];

/** Runs a scenario in a fresh page and prints its result as the last line, for pytest. */
export async function scenario(run) {
  const input = JSON.parse(process.argv[2]);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
  const context = await browser.newContext({
    baseURL: input.url,
    viewport: { width: 1360, height: 850 },
    colorScheme: input.colorScheme ?? 'dark',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`${message.text()} (${message.location().url})`);
  });
  try {
    const result = await run(page, input);
    console.log(JSON.stringify({ ...result, troubles }));
  } catch (error) {
    await page.screenshot({ path: `${input.shots}/failure.png` }).catch(() => undefined);
    console.error(troubles.join('\n'));
    throw error;
  } finally {
    await browser.close();
  }
}

export async function logIn(page, { username, password }) {
  await page.goto('/login');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}

/** What a video shows: its frames so far, and the time of the frame on screen. */
export function videoState(video) {
  return video.evaluate((element) => ({
    frames: element.getVideoPlaybackQuality().totalVideoFrames,
    wallclock: Date.parse(element.dataset.wallclock ?? ''),
    mode: element.dataset.mode,
    state: element.dataset.state,
    width: element.videoWidth,
  }));
}

/** Waits until a video has shown `frames` more pictures and its clock moved with them. */
export async function advances(video, frames = 20, timeout = 30_000) {
  const deadline = Date.now() + timeout;
  let before = await videoState(video);
  while (!Number.isFinite(before.wallclock) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    before = await videoState(video);
  }
  for (;;) {
    const now = await videoState(video);
    const shown = now.frames - before.frames;
    if (shown >= frames && now.wallclock > before.wallclock) return { before, now };
    if (Date.now() > deadline) {
      throw new Error(`video stands still: ${JSON.stringify({ before, now })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Asks again and again until the answer is yes. */
export async function until(check, timeout = 20_000) {
  const deadline = Date.now() + timeout;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until a camera has this many seconds of footage. */
export async function recordedSeconds(page, camera, seconds) {
  await until(async () => {
    const end = new Date().toISOString();
    const start = new Date(Date.now() - 3_600_000).toISOString();
    const answer = await page.request.get(
      `/api/v1/cameras/${camera}/recordings?start=${start}&end=${end}`,
    );
    const { ranges } = await answer.json();
    const total = ranges.reduce((sum, r) => sum + Date.parse(r.end) - Date.parse(r.start), 0);
    return total > seconds * 1000;
  }, 90_000);
}

/** Accessibility faults that axe finds, as short sentences. */
export async function accessibilityFaults(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    (fault) => `${fault.id}: ${fault.nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
}
