// Seeks without a rest: what was asked last must be on screen soon, and go on playing.
//
// What the player says it shows is compared with the server's own picture of that moment.

import { logIn, scenario, until, videoState } from './browser.mjs';

/** Frames lie up to 100 ms apart, and the page is watched from outside. */
const TOLERANCE_MS = 300;
/** The timeline tells its ends in whole seconds. */
const CLICK_TOLERANCE_MS = 900;
const PATIENCE_MS = 8_000;
/** Newer than this, live is what is meant. */
const LIVE_EDGE_MS = 2_000;

await scenario(async (page, input) => {
  const { random, pick } = randomChoices(input.seed ?? 1);
  await page.addInitScript(logFrames);
  await logIn(page, input);
  const address = `/cameras/${input.camera}`;
  const player = page.getByTestId('player');
  const timeline = page.getByTestId('timeline');
  const delays = [];
  const differences = [];
  let trouble = '';

  const ranges = async () => {
    const window = `start=${iso(Date.now() - 3_600_000)}&end=${iso(Date.now())}`;
    const answer = await page.request.get(`/api/v1${address}/recordings?${window}&limit=1`);
    const list = (await answer.json()).ranges;
    return list.map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) }));
  };

  /** Runs an action that asks for a time and waits for the frame of that time. */
  const asks = async (asked, act, tolerance = TOLERANCE_MS, playing = true, since = null) => {
    const before = whatShows(await ranges(), asked);
    await page.evaluate(() => (window.shownFrames = []));
    const begun = Date.now();
    await act();
    // A step counts from the frame on screen, which has moved on since it was read.
    const asking = Date.now() - (since ?? begun);
    const hit = async () => {
      const shown = await page.evaluate(() => window.shownFrames);
      const wanted = [before, whatShows(await ranges(), asked)];
      trouble = `wanted ${wanted.map(iso)}, saw ${shown.slice(-6).map(({ wall }) => iso(wall))}`;
      return wanted.some((time) =>
        shown.some(({ wall }) => wall > time - tolerance && wall < time + tolerance + asking),
      );
    };
    await until(hit, PATIENCE_MS);
    delays.push(Date.now() - begun);
    if (playing) await goesOn();
  };

  const goesOn = async () => {
    const { wallclock } = await videoState(player);
    trouble = `stands at ${iso(wallclock)}`;
    await until(async () => (await videoState(player)).wallclock > wallclock + 400, PATIENCE_MS);
  };

  const goto = (time, playing) =>
    asks(time, () => page.goto(`${address}?t=${iso(time)}`), TOLERANCE_MS, playing);

  const somewhere = async () => {
    const all = await ranges();
    const from = all[0].start;
    return from + random() * (Date.now() - LIVE_EDGE_MS - 500 - from);
  };

  const closeLook = async () => {
    await timeline.focus();
    for (let i = 0; i < 9; i += 1) await page.keyboard.press('+');
  };

  const click = async (time, playing = true) => {
    const [min, max] = await timeline.evaluate((element) => [
      Number(element.getAttribute('aria-valuemin')) * 1000,
      Number(element.getAttribute('aria-valuemax')) * 1000,
    ]);
    const box = await timeline.boundingBox();
    const share = (time - min) / (max - min);
    if (share < 0.01 || share > 0.99) return;
    await asks(
      time,
      () => timeline.click({ position: { x: share * box.width, y: box.height - 20 } }),
      CLICK_TOLERANCE_MS,
      playing,
    );
  };

  const kinds = {
    async keys() {
      const presses = 1 + Math.floor(random() * 4);
      const key = pick(['ArrowLeft', 'ArrowLeft', 'ArrowRight']);
      const since = Date.now();
      const { wallclock } = await videoState(player);
      const asked = wallclock + (key === 'ArrowLeft' ? -10_000 : 10_000) * presses;
      await page.locator('h1').click();
      if (asked > Date.now() - LIVE_EDGE_MS - 1000) return kinds.live();
      const press = async () => {
        for (let i = 0; i < presses; i += 1) await page.keyboard.press(key);
      };
      await asks(asked, press, TOLERANCE_MS, true, since);
    },
    async live() {
      await page.getByTestId('live-button').click();
      await until(async () => (await videoState(player)).mode === 'live', PATIENCE_MS);
      await until(async () => Math.abs((await videoState(player)).wallclock - Date.now()) < 3_000, PATIENCE_MS);
      await goesOn();
    },
    async click() {
      await click(await somewhere());
    },
    async burst() {
      for (let i = 0; i < 3; i += 1) {
        const box = await timeline.boundingBox();
        const x = box.width * (0.4 + random() * 0.4);
        await timeline.click({ position: { x, y: box.height - 20 } });
      }
      await click(await somewhere());
    },
    async address() {
      await goto(await somewhere());
      await closeLook();
    },
    async gap() {
      const [first, second] = await ranges();
      await goto(first.end + random() * (second.start - first.end));
      await closeLook();
    },
    async edges() {
      const all = await ranges();
      await goto(all[0].start - 3_000);
      await goto(all[0].end - 200);
      await goto(all.at(-1).end - 100 - random() * 1500);
      await closeLook();
    },
    async pause() {
      await goto(await somewhere());
      await page.getByRole('button', { name: 'Pause' }).click();
      await until(async () => (await videoState(player)).state === 'paused', PATIENCE_MS);
      await closeLook();
      await click(await somewhere(), false);
      await page.waitForTimeout(300);
      const { wallclock, state } = await videoState(player);
      trouble = `plays on: ${state}`;
      await page.waitForTimeout(400);
      if ((await videoState(player)).wallclock !== wallclock) throw new Error('paused, yet it moves');
      differences.push(await player.evaluate(differenceFromServer, `/api/v1${address}/snapshot`));
      await page.getByRole('button', { name: 'Play' }).click();
      await goesOn();
    },
    async speed() {
      const all = await ranges();
      await goto(all[0].start + 1000);
      const speed = pick([2, 4, 8]);
      await page.getByLabel('Speed').selectOption(String(speed));
      const { wallclock } = await videoState(player);
      const begun = Date.now();
      await until(async () => (await videoState(player)).wallclock > wallclock + 12_000, PATIENCE_MS);
      const pace = 12_000 / (Date.now() - begun);
      if (pace < speed * 0.4) throw new Error(`asked for ${speed}×, got ${pace.toFixed(1)}×`);
      await goto(all[0].end - 3_000);
      await page.getByLabel('Speed').selectOption(String(speed));
      await until(async () => (await videoState(player)).wallclock > all[1].start + 1000, PATIENCE_MS);
      await page.getByLabel('Speed').selectOption('1');
      await closeLook();
    },
  };

  await page.goto(address);
  await player.waitFor();
  await until(async () => Number.isFinite((await videoState(player)).wallclock), PATIENCE_MS);
  await closeLook();
  const order = input.kinds ?? ['keys', 'click', 'burst', 'keys', 'live', 'address', 'keys', 'gap', 'edges', 'pause', 'speed'];
  const done = [];
  for (let round = 0; round < input.rounds; round += 1) {
    const kind = round < order.length ? order[round] : pick(order);
    done.push(kind);
    try {
      await kinds[kind]();
    } catch (error) {
      const state = JSON.stringify(await player.evaluate(inside));
      throw new Error(`${done.join(' ')}: ${error.message}\n${trouble}\n${state}`, { cause: error });
    }
  }
  delays.sort((a, b) => a - b);
  return { rounds: done.length, slowest: delays.at(-1), middle: delays[delays.length >> 1], differences };
});

/** What must be shown when a time is asked for: itself, or the next recording, or the newest. */
function whatShows(ranges, asked) {
  const range = ranges.find(({ end }) => end > asked);
  return range ? Math.max(asked, range.start) : ranges.at(-1).end - 2_000;
}

/** Runs in the page: keeps every time that the player says it shows. */
function logFrames() {
  window.shownFrames = [];
  const note = (changes) => {
    for (const { target } of changes) {
      if (target.dataset.testid !== 'player') continue;
      window.shownFrames.push({ wall: Date.parse(target.dataset.wallclock), mode: target.dataset.mode });
    }
  };
  new MutationObserver(note).observe(document, {
    subtree: true,
    attributes: true,
    attributeFilter: ['data-wallclock'],
  });
}

/** Runs in the page: how much the video differs from the server's picture of then, and of 3 s before. */
async function differenceFromServer(video, snapshot) {
  const pictureOf = async (time) => {
    const answer = await fetch(`${snapshot}?time=${new Date(time).toISOString()}&width=320`);
    return createImageBitmap(await answer.blob());
  };
  const pixels = (source) => {
    const canvas = new OffscreenCanvas(64, 36);
    const context = canvas.getContext('2d');
    context.drawImage(source, 0, 0, 64, 36);
    return context.getImageData(0, 0, 64, 36).data;
  };
  const shown = pixels(video);
  const difference = (other) =>
    shown.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / shown.length;
  const now = Date.parse(video.dataset.wallclock);
  const there = pixels(await pictureOf(now));
  const before = pixels(await pictureOf(now - 3000));
  return [difference(there), difference(before)];
}

/** Runs in the page: what a failure's report says of the video. */
function inside(video) {
  const { buffered } = video;
  return {
    ...video.dataset,
    time: video.currentTime,
    paused: video.paused,
    seeking: video.seeking,
    ready: video.readyState,
    buffered: Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]),
  };
}

/** The same choices every time for the same seed. */
function randomChoices(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { random, pick: (list) => list[Math.floor(random() * list.length)] };
}

function iso(ms) {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms);
}
