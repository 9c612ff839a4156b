// Places in the address: what is written is what is read.
import fc from "fast-check";
import { expect, it } from "vitest";
import { formatRoute, links, parseRoute } from "./route.ts";

it("reads what it wrote, whatever it is", () => {
  const text = fc.string({ minLength: 1, maxLength: 12, unit: "binary" });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 4 }),
      fc.dictionary(text, text, { maxKeys: 4 }),
      (path, query) => {
        const read = parseRoute(formatRoute(path, query));
        expect(read.path).toEqual(path);
        expect({ ...read.query }).toEqual({ ...query });
      },
    ),
  );
});

it("leaves out what is not set, and takes any address", () => {
  expect(formatRoute(["tasks"], { q: "", sort: undefined, of: "stopped" })).toBe(
    "#/tasks?of=stopped",
  );
  expect(parseRoute("")).toEqual({ path: [], query: {} });
  expect(Object.entries(parseRoute("#/tasks?__proto__=q").query)).toEqual([["__proto__", "q"]]);
  expect(parseRoute("#page-title")).toEqual({ path: [], query: {} });
  expect(parseRoute("#/a%/b?x=1&x=2&y").path).toEqual(["a%", "b"]);
  const arn = "arn:aws:ecs:eu-west-3:111122223333:task/quay/0a";
  expect(links.task(arn)).toBe("#/tasks/arn:aws:ecs:eu-west-3:111122223333:task%2Fquay%2F0a");
  expect(parseRoute(links.task(arn)).path).toEqual(["tasks", arn]);
});
