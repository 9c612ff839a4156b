// The words of the query protocol: XML elements, answers and refusals. Pure; knows no service.
import type { Reply } from "./exchange.ts";

export class QueryRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

const escape = (text: string) =>
  text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? "");

export const element = (name: string, content: string) => `<${name}>${content}</${name}>`;

export const leaf = (name: string, text: string) => element(name, escape(text));

export function xml(requestId: string, status: number, body: string): Reply {
  return {
    status,
    headers: { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/** The answer of STS and Auto Scaling to `action`. */
export function answerXml(
  namespace: string,
  action: string,
  requestId: string,
  result: string,
): string {
  const metadata = element("ResponseMetadata", leaf("RequestId", requestId));
  return `<${action}Response xmlns="${namespace}">${element(`${action}Result`, result)}${metadata}</${action}Response>`;
}
