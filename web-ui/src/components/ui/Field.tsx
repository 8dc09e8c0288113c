import { CircleAlert } from "lucide-react";
import { type ReactElement, cloneElement, useId } from "react";

interface ControlProps {
  id?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
}

interface Props {
  label: string;
  help?: string | undefined;
  error?: string | null | undefined;
  children: ReactElement<ControlProps>;
}

/** A labelled control with its help and error text, tied together for screen readers. */
export function Field({ label, help, error, children }: Props) {
  const id = useId();
  const note = error || help;
  const control = cloneElement(children, {
    id,
    "aria-invalid": error ? true : undefined,
    "aria-describedby": note ? `${id}-note` : undefined,
  } as ControlProps);
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
      </label>
      {control}
      {error ? (
        <FieldProblem id={`${id}-note`}>{error}</FieldProblem>
      ) : (
        help && (
          <p id={`${id}-note`} className="text-xs text-muted">
            {help}
          </p>
        )
      )}
    </div>
  );
}

export function FieldProblem({ id, children }: { id?: string; children: string }) {
  return (
    <p id={id} role="alert" className="flex items-start gap-1.5 text-xs text-danger">
      <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
      <span>{children}</span>
    </p>
  );
}
