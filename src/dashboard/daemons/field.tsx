// One field of a form: its label, what the schema says of it, and why the API refuses what it holds.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface FieldText {
  readonly label: string;
  /** The schema's own words; undefined until they are there. */
  readonly hint: string | undefined;
  /** Why it cannot be so. */
  readonly problem: string | undefined;
}

interface Shell extends FieldText {
  readonly wide?: boolean | undefined;
  readonly children: (ids: {
    readonly id: string;
    readonly "aria-describedby": string;
    readonly "aria-invalid": boolean;
  }) => ComponentChildren;
}

function Field({ label, hint, problem, wide, children }: Shell) {
  const id = useId();
  return (
    <div class="field" data-wide={wide} data-bad={problem !== undefined}>
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": `${id}-problem ${id}-hint`,
        "aria-invalid": problem !== undefined,
      })}
      <p class="field-refusal" id={`${id}-problem`} aria-live="polite">
        {problem}
      </p>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

interface TextProps extends FieldText {
  readonly name: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly placeholder?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly wide?: boolean | undefined;
  /** Lines; a field of one line without it. */
  readonly rows?: number | undefined;
  /** Numbers only. */
  readonly numeric?: boolean | undefined;
}

export function TextField({
  name,
  value,
  onInput,
  placeholder,
  disabled,
  rows,
  ...shell
}: TextProps) {
  const common = { name, value, placeholder, disabled, spellcheck: false, autocomplete: "off" };
  return (
    <Field {...shell}>
      {(ids) =>
        rows === undefined ? (
          <input
            {...common}
            {...ids}
            type="text"
            inputMode={shell.numeric ? "numeric" : undefined}
            onInput={({ currentTarget }) => onInput(currentTarget.value)}
          />
        ) : (
          <textarea
            {...common}
            {...ids}
            rows={rows}
            onInput={({ currentTarget }) => onInput(currentTarget.value)}
          />
        )
      }
    </Field>
  );
}

export interface Choice {
  readonly value: string;
  readonly label?: string | undefined;
}

export function ChoiceField({
  name,
  value,
  choices,
  onInput,
  disabled,
  ...shell
}: FieldText & {
  readonly name: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onInput: (value: string) => void;
  readonly disabled?: boolean | undefined;
}) {
  return (
    <Field {...shell}>
      {(ids) => (
        <select
          {...ids}
          name={name}
          value={value}
          disabled={disabled}
          onChange={({ currentTarget }) => onInput(currentTarget.value)}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label ?? choice.value}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function SwitchField({
  name,
  label,
  hint,
  checked,
  onInput,
}: {
  readonly name: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly checked: boolean;
  readonly onInput: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div class="field switch">
      <label>
        <input
          type="checkbox"
          name={name}
          checked={checked}
          aria-describedby={`${id}-hint`}
          onChange={({ currentTarget }) => onInput(currentTarget.checked)}
        />{" "}
        {label}
      </label>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
