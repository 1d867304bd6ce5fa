// Checks the WeChat build: WeChat's own compiler takes its templates and style sheets, and the packages are within WeChat's limits.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = "dist/mp-weixin";
const { wxmlToJs, wxssToJs } = createRequire(import.meta.url)("miniprogram-compiler");
const app = JSON.parse(readFileSync(join(root, "app.json"), "utf8"));
const packageLimit = 2 << 20;
const iconLimit = 40 << 10;
let failed = false;

function check(fits, line) {
  console.log(fits ? "ok " : "BAD", line);
  failed ||= !fits;
}

const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath ?? f.path, f.name));
const weight = (names) => names.reduce((sum, name) => sum + statSync(name).size, 0);
const all = files(root);
const subs = app.subPackages.map((s) => s.root);

const templates = wxmlToJs(root);
const pages = [...app.pages, ...app.subPackages.flatMap((s) => s.pages.map((p) => `${s.root}/${p}`))];
const compiled = new Function("global", "window", templates + "\nreturn $gwx;")({}, {});
for (const page of pages) {
  const make = compiled(`./${page}.wxml`) ?? compiled(`${page}.wxml`);
  check(typeof make === "function", page);
}
check(wxssToJs(root).length > 0, "style sheets");
for (const sub of subs) {
  const size = weight(all.filter((f) => f.startsWith(join(root, sub) + "/")));
  check(size < packageLimit, `${sub} ${Math.round(size / 1024)} KB`);
}
const main = weight(all.filter((f) => !subs.some((sub) => f.startsWith(join(root, sub) + "/"))));
check(main < packageLimit, `main package ${Math.round(main / 1024)} KB`);
for (const icon of all.filter((f) => f.endsWith(".png"))) check(statSync(icon).size < iconLimit, icon);
process.exitCode = failed ? 1 : 0;
