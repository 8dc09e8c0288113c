// The plugins page: states and reasons, and a form that really saves.

import { accessibilityFaults, logIn, scenario } from './browser.mjs';

await scenario(async (page, input) => {
  await logIn(page, input);
  await page.goto('/plugins');
  await page.getByTestId('plugin-card').first().waitFor();
  const shown = await page.getByTestId('plugin-card').evaluateAll((cards) =>
    cards.map((card) => ({
      id: card.dataset.plugin,
      state: card.querySelector('[data-testid=plugin-state]')?.dataset.state,
      reason: card.querySelector('[data-testid=plugin-reason]')?.textContent ?? '',
    })),
  );
  await page.screenshot({ path: `${input.shots}/plugins.png`, fullPage: true });
  const faults = await accessibilityFaults(page);

  await page.goto(`/plugins/${input.plugin}`);
  const form = page.locator(`[data-testid=plugin-config][data-component="${input.component}"]`);
  const field = form.locator(`#config-${input.component}_${input.field}`);
  await field.fill(input.wrong);
  await form.getByRole('button', { name: 'Save' }).click();
  const refusal = form.getByRole('alert').first();
  await refusal.waitFor();
  const refused = await refusal.innerText();
  await field.fill(input.right);
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/saved/i).first().waitFor();
  await page.reload();
  const kept = await form.locator(`#config-${input.component}_${input.field}`).inputValue();
  await page.screenshot({ path: `${input.shots}/plugin.png`, fullPage: true });
  return { shown, faults, refused, kept };
});
