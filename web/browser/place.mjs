// A server of its own with a small synthetic county, a browser, and the hands that press what is shown.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const root = new URL("../..", import.meta.url).pathname;
const chromiums = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser's program; undefined where none is installed. */
export const program = chromiums.find((path) => path && existsSync(path));

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** Starts the real server on SQLite, and the browser. Call close afterwards. */
export async function open({ scale = 0.1 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "browser-"));
  const binary = join(folder, "server");
  execFileSync("go", ["build", "-o", binary, "./cmd/hongyun"], { cwd: root, stdio: "inherit" });
  const base = `http://127.0.0.1:${await freePort()}`;
  const log = [];
  const server = spawn(binary, [], { env: { ...process.env, HONGYUN_ADDR: new URL(base).host, HONGYUN_DATA_DIR: join(folder, "data"), HONGYUN_DEMO_SCALE: String(scale), HONGYUN_DATABASE_URL: "", HONGYUN_REDIS_URL: "" } });
  for (const pipe of [server.stdout, server.stderr]) pipe.on("data", (piece) => log.push(String(piece)));
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
  const place = new Place(base, browser);
  place.close = async () => {
    await browser.close();
    server.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (;;) {
    if (server.exitCode !== null) throw new Error("the server ended: " + log.join(""));
    if (await fetch(base + "/healthz").then((a) => a.ok, () => false)) return place;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

class Place {
  constructor(base, browser) {
    this.base = base;
    this.browser = browser;
  }

  /** Everybody of the cast with a role. */
  async cast(role) {
    return (await (await fetch(this.base + "/sandbox/api/people")).json()).filter((p) => p.role === role);
  }

  /** The mini-program in the hands of a person, at one of its pages. */
  phone(person, page = "") {
    return this.#window({ viewport: { width: 390, height: 844 }, hasTouch: false, deviceScaleFactor: 2 }, `/m/?person=${person}#/${page}`);
  }

  /** A desk's browser at an address. */
  desk(address) {
    return this.#window({ viewport: { width: 1366, height: 820 } }, address);
  }

  async #window(how, address) {
    const context = await this.browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", ...how });
    context.setDefaultTimeout(20000);
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (err) => errors.push(err.message));
    page.on("console", (line) => /Content Security Policy/.test(line.text()) && errors.push(line.text()));
    await page.goto(this.base + address);
    return new Hands(page, errors);
  }

  /** Asks the API as a person of the cast, to look at what the pages have made of it; with a body, as a POST. */
  async ask(person, address, body) {
    const { code } = await (await fetch(`${this.base}/sandbox/api/people/${person}/code`, { method: "POST" })).json();
    const { token } = await (await fetch(`${this.base}/api/v1/auth/wechat`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) })).json();
    const headers = { Authorization: "Bearer " + token, "Content-Type": "application/json" };
    return (await fetch(`${this.base}/api/v1${address}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers })).json();
  }

  /** What the sandbox's phone of a person says or does. */
  async sandbox(person, what, body) {
    return (await fetch(`${this.base}/sandbox/api/people/${person}/${what}`, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
  }
}

/** What a person does in a window: everything goes by its name, as for a screen reader. */
export class Hands {
  constructor(page, errors) {
    this.page = page;
    this.errors = errors;
  }

  async #found(what, act) {
    try {
      return await act();
    } catch (err) {
      throw new Error(`${what}: ${err.message.split("\n")[0]}\n${this.page.url()}\n${(await this.page.innerText("body")).replace(/\n+/g, " | ").slice(0, 1500)}`);
    }
  }

  press(name, role = "button") { return this.#found(`press ${name}`, () => this.page.getByRole(role, { name, exact: typeof name === "string" }).last().click()); }
  follow(name) { return this.press(name, "link"); }
  pick(name) { return this.press(name, "radio"); }
  type(name, text) { return this.#found(`type ${name}`, () => this.page.getByRole("textbox", { name }).last().fill(text)); }
  /** Chooses one out of the list that a button opens. */
  async choose(name, option) {
    await this.press(name);
    await this.#found(`choose ${option}`, () => this.page.getByText(option, { exact: true }).last().click());
  }
  /** Gives a file to what a button asks for. */
  async give(name, file) {
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.press(name)]);
    await chooser.setFiles(file);
  }
  sees(text) { return this.#found(`see ${text}`, () => this.page.getByText(text).last().waitFor()); }
  go(hash) { return this.page.goto(`${this.page.url().split("#")[0]}#/${hash}`); }
  /** Ends the visit: nothing must have gone wrong in the window by itself. */
  async leave() {
    await this.page.context().close();
    if (this.errors.length > 0) throw new Error("errors in the page: " + this.errors.join("; "));
  }
}
