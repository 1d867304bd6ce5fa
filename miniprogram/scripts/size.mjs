// Prints what a browser loads first of web/dist/m, gzipped, and fails above the limit.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const root = "../web/dist/m";
const limit = 300 * 1000;
const seen = new Map();

/** A file, and what it cannot run without: scripts that it imports at once, style sheets of the page. */
function take(name) {
  if (seen.has(name)) return;
  const body = readFileSync(join(root, name));
  seen.set(name, gzipSync(body, { level: 9 }).length);
  if (!name.endsWith(".js")) return;
  for (const [, path] of body.toString().matchAll(/(?:^|[;}\s])(?:import|export)\b[^"'()]*?["'](\.[^"']+)["']/g)) take(join(dirname(name), path));
}

take("index.html");
for (const [, path] of readFileSync(join(root, "index.html"), "utf8").matchAll(/(?:src|href)="(\.?\/?assets\/[^"]+)"/g)) take(path.replace(/^\.?\//, ""));
// The page that is opened first is loaded at once.
const entry = [...seen.keys()].find((n) => /index-[^/]*\.js$/.test(n));
const first = entry && /pages-index-index[^"']*?\.js/.exec(readFileSync(join(root, entry), "utf8"));
if (first) take(join("assets", first[0]));

let sum = 0;
for (const [name, size] of seen) {
  sum += size;
  console.log(String(size).padStart(8), name);
}
console.log(String(sum).padStart(8), `first load, gzipped (limit ${limit})`);
if (sum > limit) process.exitCode = 1;
