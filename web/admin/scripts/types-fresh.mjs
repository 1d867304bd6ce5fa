// Fails when src/api/schema.d.ts is not what `npm run types` makes of the committed API description.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "types-"));
const made = join(folder, "schema.d.ts");
try {
  execFileSync("npx", ["openapi-typescript", "../../docs/api/openapi.json", "-o", made], { stdio: ["ignore", "ignore", "inherit"] });
  if (readFileSync(made, "utf8") !== readFileSync("src/api/schema.d.ts", "utf8")) {
    console.error("src/api/schema.d.ts is stale: run `npm run types`");
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
