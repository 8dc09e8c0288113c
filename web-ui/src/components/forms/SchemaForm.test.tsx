// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";

import type { FieldError } from "@/api/errors";
import type { Config } from "@/api/types";

import { SchemaForm } from "./SchemaForm";

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  required: ["url"],
  properties: {
    url: { type: "string", title: "Address", minLength: 1 },
    password: { type: "string", writeOnly: true, title: "Password" },
    mode: { type: "string", enum: ["tcp", "udp"], default: "tcp", title: "Transport" },
    place: { type: "string", title: "Place", "x-nvr": { options_from: "places" } },
  },
};

interface Props {
  value: Config;
  onSubmit: (value: Config) => void;
  errors?: readonly FieldError[];
}

function Page({ value, onSubmit, errors = [] }: Props) {
  const [config, setConfig] = useState(value);
  return (
    <QueryClientProvider client={new QueryClient()}>
      <SchemaForm
        id="f"
        schema={schema}
        value={config}
        onChange={setConfig}
        onSubmit={onSubmit}
        errors={errors}
        loadOptions={(field) => Promise.resolve([{ value: "a", title: `First of ${field}` }])}
      >
        <button type="submit">Save</button>
      </SchemaForm>
    </QueryClientProvider>
  );
}

const fieldOf = (name: string): HTMLElement =>
  document.querySelector(`[data-field=f_${name}]`) as HTMLElement;

describe("SchemaForm", () => {
  it("keeps, replaces and removes a stored secret", async () => {
    const user = userEvent.setup();
    const onSubmit = vi.fn();
    render(<Page value={{ url: "rtsp://a", password: { set: true } }} onSubmit={onSubmit} />);
    const save = screen.getByRole("button", { name: "Save" });

    await user.click(save);
    expect(onSubmit.mock.lastCall?.[0]).toMatchObject({ password: { set: true } });

    await user.click(screen.getByRole("button", { name: "Replace Password" }));
    await user.type(screen.getByLabelText("Password"), "new");
    await user.click(save);
    expect(onSubmit.mock.lastCall?.[0]).toMatchObject({ password: "new" });

    await user.click(screen.getByRole("button", { name: "Keep Password" }));
    await user.click(screen.getByRole("button", { name: "Remove Password" }));
    await user.click(save);
    expect(onSubmit.mock.lastCall?.[0]).toMatchObject({ password: null });
  });

  it("does not submit without a needed field, and says so there", async () => {
    const user = userEvent.setup();
    const onSubmit = vi.fn();
    render(<Page value={{}} onSubmit={onSubmit} />);
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(within(fieldOf("url")).getByRole("alert")).toHaveTextContent("Fill this in.");
    expect(onSubmit).not.toHaveBeenCalled();
  });

  it("shows what the server refused at the field", () => {
    const errors = [{ path: "config.password", code: "auth_failed", message: "Refused." }];
    render(<Page value={{ url: "x" }} onSubmit={vi.fn()} errors={errors} />);
    expect(within(fieldOf("password")).getByRole("alert")).toHaveTextContent("Refused.");
    expect(within(fieldOf("url")).queryByRole("alert")).toBeNull();
  });

  it("offers the values that the component names", async () => {
    const user = userEvent.setup();
    const onSubmit = vi.fn();
    render(<Page value={{ url: "x" }} onSubmit={onSubmit} />);
    await screen.findByRole("option", { name: "First of places" });
    await user.selectOptions(screen.getByLabelText("Place"), "First of places");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(onSubmit.mock.lastCall?.[0]).toMatchObject({ place: "a", mode: "tcp" });
  });
});
