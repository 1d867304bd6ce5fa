// Prints what a browser loads first of web/dist/admin, gzipped, and fails above the limit.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

const root = "../dist/admin";
const limit = 500 * 1000;
const seen = new Map();

/** A file, and what it cannot run without: scripts that it imports at once. */
function take(name) {
  if (seen.has(name)) return;
  const body = readFileSync(join(root, name));
  seen.set(name, gzipSync(body, { level: 9 }).length);
  if (!name.endsWith(".js")) return;
  for (const [, path] of body.toString().matchAll(/(?:^|[;}\s])(?:import|export)\b[^"'()]*?["'](\.[^"']+)["']/g)) take(join(dirname(name), path));
}

take("index.html");
for (const [, path] of readFileSync(join(root, "index.html"), "utf8").matchAll(/(?:src|href)="(\.?\/?assets\/[^"]+)"/g)) take(path.replace(/^\.?\//, ""));
// The frame and the page that is opened first are loaded at once, with what they name.
const entry = [...seen.keys()].find((n) => /index-[^/]*\.js$/.test(n));
for (const [, name] of readFileSync(join(root, entry), "utf8").matchAll(/["`]\.\/(?:assets\/)?((?:Frame|Home|SignIn)-[\w-]+\.(?:js|css))["`]/g)) take(join("assets", name));

let sum = 0;
for (const [name, size] of seen) {
  sum += size;
  console.log(String(size).padStart(8), name);
}
console.log(String(sum).padStart(8), `first load, gzipped (limit ${limit})`);
if (sum > limit) process.exitCode = 1;
