// The form of a daemon, to register a new one or to change one: fields with the schema's words, refusals of the API beside
// them, and the plan as a picture while it is filled in. Writes only when it is sent.
import { useSignal } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Live } from "../live.ts";
import { Card, Empty, Notice } from "../parts/card.tsx";
import { formSchemaQuery } from "./documents.ts";
import { ChoiceField, SwitchField, TextField } from "./field.tsx";
import { inputOf, missingIn, problemOf } from "./fields.ts";
import type { FieldName, FormValues, Problem } from "./fields.ts";
import { noSchema, readFormSchema } from "./form-schema.ts";
import type { FormSchema } from "./form-schema.ts";
import { PlanPicture } from "./plan-picture.tsx";
import { useMutation, usePreview } from "./use-plan.ts";
import type { Preview, Refusal } from "./use-plan.ts";

interface Bound {
  readonly values: FormValues;
  readonly set: (field: FieldName, value: string | boolean) => void;
  readonly schema: FormSchema;
  readonly problem: Problem | undefined;
  /** What names a daemon cannot be changed later. */
  readonly isNew: boolean;
}

const labels: Partial<Record<FieldName, string>> = {
  cluster: "Cluster",
  name: "Name",
  taskDefinition: "Task definition",
  selector: "Selector",
  mode: "Mode",
  launch: "Launch",
  method: "Method",
  minHealthyPercent: "Stay healthy, %",
  maxOverPercent: "Run twice, %",
  canaryPercent: "Canary, %",
  drainOrder: "Drain order",
  readinessAttribute: "Readiness attribute",
  overrides: "Overrides, JSON",
  networkConfiguration: "Network configuration, JSON",
  tags: "Tags",
};

/** Fields that are out of sight at first: one that is refused is shown. */
const folded: ReadonlySet<FieldName> = new Set([
  "overrides",
  "networkConfiguration",
  "tags",
  "drainOrder",
  "readinessAttribute",
]);

const textOf = ({ schema, problem }: Bound, field: FieldName) => ({
  label: labels[field] ?? field,
  hint: schema.hints.get(field),
  problem: problem?.field === field ? problem.message : undefined,
});

function Text({
  bound,
  field,
  ...rest
}: {
  readonly bound: Bound;
  readonly field: Exclude<FieldName, "autoRollback" | "paused">;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly wide?: boolean;
  readonly numeric?: boolean;
  readonly disabled?: boolean;
}) {
  return (
    <TextField
      {...textOf(bound, field)}
      {...rest}
      name={field}
      value={bound.values[field]}
      onInput={(value) => bound.set(field, value)}
    />
  );
}

function Choose({
  bound,
  field,
  disabled,
}: {
  readonly bound: Bound;
  readonly field: "mode" | "launch" | "method";
  readonly disabled?: boolean;
}) {
  const { schema, values, set } = bound;
  const value = values[field];
  // Before the schema has come, what is set is all there is to choose.
  const choices = schema.choices.get(field) ?? [{ value, hint: "" }];
  const text = textOf(bound, field);
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <ChoiceField
      {...text}
      hint={chosen?.hint || text.hint}
      name={field}
      value={value}
      choices={choices}
      disabled={disabled}
      onInput={(next) => set(field, next)}
    />
  );
}

function ClusterChoice({ live, bound }: { readonly live: Live; readonly bound: Bound }) {
  void live.revisions.cluster.value;
  const clusters = [...live.fleet.clusters.values()].sort((a, b) => a.name.localeCompare(b.name));
  const { cluster } = bound.values;
  const choices = clusters.map(({ arn, name, region, account }) => ({
    value: arn,
    label: `${name} (${region}, ${account})`,
  }));
  return (
    <ChoiceField
      {...textOf(bound, "cluster")}
      name="cluster"
      value={cluster}
      choices={[...(cluster === "" ? [{ value: "", label: "Choose one" }] : []), ...choices]}
      disabled={!bound.isNew}
      onInput={(value) => bound.set("cluster", value)}
    />
  );
}

function Fields({ live, bound }: { readonly live: Live; readonly bound: Bound }) {
  const { isNew, values, set, schema } = bound;
  return (
    <>
      <fieldset>
        <legend>What runs where</legend>
        <ClusterChoice live={live} bound={bound} />
        <Text bound={bound} field="name" placeholder="node-exporter" disabled={!isNew} />
        <Text bound={bound} field="taskDefinition" placeholder="node-exporter:1" />
        <Choose bound={bound} field="mode" disabled={!isNew} />
        <Text
          bound={bound}
          field="selector"
          placeholder="attribute:ecs.instance-type =~ m7.*"
          wide
        />
      </fieldset>
      <fieldset>
        <legend>How changes reach the tasks</legend>
        <Choose bound={bound} field="method" />
        <Choose bound={bound} field="launch" />
        <Text bound={bound} field="minHealthyPercent" placeholder="90" numeric />
        <Text bound={bound} field="maxOverPercent" placeholder="10" numeric />
        <Text bound={bound} field="canaryPercent" placeholder="0" numeric />
        <SwitchField
          name="autoRollback"
          label="Roll back by itself"
          hint={schema.hints.get("autoRollback")}
          checked={values.autoRollback}
          onInput={(checked) => set("autoRollback", checked)}
        />
      </fieldset>
      <details class="more-fields" open={folded.has(bound.problem?.field ?? "name") || undefined}>
        <summary>Overrides, network, tags, draining</summary>
        <fieldset>
          <Text bound={bound} field="overrides" rows={4} wide />
          <Text bound={bound} field="networkConfiguration" rows={4} wide />
          <Text bound={bound} field="tags" rows={3} placeholder="team=platform" />
          <Text bound={bound} field="drainOrder" placeholder="0" numeric />
          <Text bound={bound} field="readinessAttribute" />
          <SwitchField
            name="paused"
            label="Paused"
            hint={schema.hints.get("paused")}
            checked={values.paused}
            onInput={(checked) => set("paused", checked)}
          />
        </fieldset>
      </details>
    </>
  );
}

function PlanCard({
  live,
  values,
  preview,
  isUnchanged,
}: {
  readonly live: Live;
  readonly values: FormValues;
  readonly preview: Preview;
  readonly isUnchanged: boolean;
}) {
  const { plan, refusal, waiting } = preview;
  const missing = missingIn(values);
  const empty = isUnchanged
    ? "Nothing is changed yet."
    : missing !== undefined
      ? `The plan comes with the first ${labels[missing]?.toLowerCase()}.`
      : refusal
        ? "The API refuses this, so there is no plan."
        : "Asking what would happen.";
  return (
    <Card title="Plan" detail={waiting ? "working it out" : "a dry run: nothing is written"}>
      <div aria-busy={waiting} class="plan-card">
        {plan && !isUnchanged ? (
          <PlanPicture live={live} cluster={values.cluster} plan={plan} />
        ) : (
          <Empty>{empty}</Empty>
        )}
      </div>
    </Card>
  );
}

/** Words and values of the schema, once they have come; a form works without them. */
function useFormSchema(live: Live): ReadonlySignal<FormSchema> {
  const schema = useSignal(noSchema);
  useEffect(() => {
    let isHere = true;
    void live.ask(formSchemaQuery).then((answer) => {
      if (isHere && answer.type === "data") schema.value = readFormSchema(answer.data);
    });
    return () => {
      isHere = false;
    };
  }, [live]);
  return schema;
}

export interface DaemonFormProps {
  readonly live: Live;
  readonly mutation: "registerDaemon" | "updateDaemon";
  /** What the form is compared with: only what differs is sent. */
  readonly base: FormValues;
  readonly begin: FormValues;
  /** Goes with the input, such as the revision that the change is based on. */
  readonly also?: Readonly<Record<string, unknown>>;
  readonly send: string;
  readonly onDone: (values: FormValues) => void;
  readonly onCancel: () => void;
  /** What to show for a conflict with somebody else's change, given what the form holds. */
  readonly conflict?: (values: FormValues, problem: string) => ComponentChildren;
}

export function DaemonForm(props: DaemonFormProps) {
  const { live, mutation, base, begin, also = {}, onDone } = props;
  const values = useSignal(begin);
  const schema = useFormSchema(live);
  const { state, run } = useMutation(live);
  const made = inputOf(values.value, base);
  const isNew = mutation === "registerDaemon";
  const isUnchanged = !isNew && "input" in made && Object.keys(made.input).length === 2;
  const isAskable = missingIn(values.value) === undefined && !isUnchanged;
  const input = "input" in made && isAskable ? { ...made.input, ...also } : undefined;
  const preview = usePreview(live, mutation, input).value;
  const refusal: Refusal | undefined = state.value.refusal ?? preview.refusal;
  const problem =
    "problem" in made ? made.problem : refusal ? problemOf(refusal.problem) : undefined;
  const isConflict = refusal?.code === "CONFLICT" && !isNew;
  const bound: Bound = {
    values: values.value,
    set: (field, value) => {
      values.value = { ...values.value, [field]: value };
    },
    schema: schema.value,
    problem: isConflict ? undefined : problem,
    isNew,
  };
  const maySend = preview.plan !== undefined && !preview.waiting && !state.value.busy;
  return (
    <form
      class="daemon-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!maySend || !input) return;
        void run(mutation, input).then((done) => done && onDone(values.value));
      }}
    >
      <div class="card">
        {isConflict && props.conflict?.(values.value, refusal.problem)}
        {!isConflict && problem && problem.field === undefined && (
          <Notice>{problem.message}</Notice>
        )}
        <Fields live={live} bound={bound} />
        <div class="form-end">
          <button type="submit" class="primary" disabled={!maySend}>
            {state.value.busy ? "Sending" : props.send}
          </button>
          <button type="button" onClick={props.onCancel}>
            Cancel
          </button>
          <p class="quiet" role="status">
            {maySend ? "The plan is what follows when you send it." : ""}
          </p>
        </div>
      </div>
      <PlanCard live={live} values={values.value} preview={preview} isUnchanged={isUnchanged} />
    </form>
  );
}
