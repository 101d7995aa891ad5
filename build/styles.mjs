// Compile the style sheets named on standard input and drop the rules that no content names.
// In: {"sheets": [path, ...], "content": [path, ...]}. Out: {"site.css": "...", ...}.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { PurgeCSS } from "purgecss";
import * as sass from "sass";

const { sheets, content } = JSON.parse(readFileSync(0, "utf8"));
// GOV.UK's classes may hold an exclamation mark: govuk-!-margin-bottom-3.
const names = (text) => text.match(/[\w!-]+/g) ?? [];
const text = content.map((path) => ({ raw: readFileSync(path, "utf8"), extension: "txt" }));

const compiled = {};
for (const sheet of sheets) {
  const { css } = sass.compile(sheet, {
    loadPaths: ["node_modules"],
    style: "compressed",
    quietDeps: true,
  });
  const [purged] = await new PurgeCSS().purge({
    content: text,
    css: [{ raw: css }],
    defaultExtractor: names,
  });
  compiled[basename(sheet, ".scss") + ".css"] = purged.css;
}
process.stdout.write(JSON.stringify(compiled));
