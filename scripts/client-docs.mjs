// Writes docs/client-api.md: what longshore/client, longshore/scheduler and longshore/testing export, from the
// declarations that the package has (lib/, made by scripts/build-package.mjs). A test holds the file against them.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "./setup.mjs";

/** What a line of comment says, without its frame. */
const plain = (comment) =>
  comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join(" ")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .trim();

/** Declarations of a file by name: the doc above, and the code. */
function declarationsOf(file) {
  const text = readFileSync(file, "utf8");
  const pattern =
    /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:declare )?(interface|type|class|function) (\w+)[^]*?(?:\n\}|;)(?=\n(?:\/\*\*|export|type|interface|declare|import|\/\/|$)|\n$|$)/g;
  return new Map(
    [...text.matchAll(pattern)].map(([whole, comment = "", , name]) => {
      const code = whole
        .slice(comment.length)
        .replace(/^export (declare )?/, "")
        .split("\n")
        .filter((line) => !/^\s+(#private|private )/.test(line))
        .join("\n");
      return [name, { doc: plain(comment.trim()), code: code.trim() }];
    }),
  );
}

function sectionsOf(folder) {
  const index = readFileSync(path.join(folder, "index.d.ts"), "utf8");
  const exported = [...index.matchAll(/export (?:type )?\{\s*([^}]+)\} from "(\.[^"]+)\.js"/g)];
  return exported.flatMap(([, names, from]) => {
    const found = declarationsOf(path.join(folder, `${from}.d.ts`));
    return names.match(/\w+/g).map((name) => {
      const { doc, code } = found.get(name) ?? {};
      if (code === undefined) throw new Error(`${name} of ${from} is not declared as expected`);
      return `### ${name}\n\n${doc === "" ? "" : `${doc}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`;
    });
  });
}

/** The whole document. */
export function clientDocs(root = projectRoot) {
  const part = (name) => sectionsOf(path.join(root, "lib", name)).join("\n");
  return `# What longshore/client, longshore/scheduler and longshore/testing export

Made from their declarations by \`node scripts/client-docs.mjs\`. How they are used: [scheduler-kit.md](scheduler-kit.md). The types of the API's own objects and arguments (\`Task\`, \`TaskFilter\`, ...) are exported as well, with the docs of [schema.graphql](../schema.graphql).

## longshore/client

${part("client")}
## longshore/scheduler

${part("kit")}
## longshore/testing

${part("harness")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(path.join(projectRoot, "docs/client-api.md"), clientDocs());
