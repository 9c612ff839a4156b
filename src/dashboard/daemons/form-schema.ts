// What the schema says of the forms' fields and of the values that they choose from. Read once; pure.
import { at, fieldsOf, textOr } from "../read.ts";
import type { Choice } from "./field.tsx";

export interface FormSchema {
  readonly hints: ReadonlyMap<string, string>;
  readonly choices: ReadonlyMap<string, readonly (Choice & { readonly hint: string })[]>;
}

export const noSchema: FormSchema = { hints: new Map(), choices: new Map() };

/** Descriptions mark code by backticks, as Markdown does. */
const plainText = (description: string): string => description.replaceAll("`", "");

/** Reads the answer to `formSchemaQuery`. The fields of an input within the input are fields of the form as well. */
export function readFormSchema(data: unknown): FormSchema {
  const hints = new Map<string, string>();
  const choices = new Map<string, readonly (Choice & { readonly hint: string })[]>();
  const read = (inputFields: unknown) => {
    for (const { name, description, type } of fieldsOf(inputFields)) {
      const field = String(name);
      if (typeof description === "string") hints.set(field, plainText(description));
      const values = fieldsOf(at(type, "enumValues")).map((value) => ({
        value: String(value["name"]),
        hint: plainText(textOr(value["description"], "")),
      }));
      if (values.length > 0) choices.set(field, values);
      read(at(type, "inputFields"));
    }
  };
  read(at(data, "__type", "inputFields"));
  return { hints, choices };
}
