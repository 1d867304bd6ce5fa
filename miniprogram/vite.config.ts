import { fileURLToPath } from "node:url";
import vue from "@dcloudio/vite-plugin-uni";
import { defineConfig, type Plugin } from "vite";

// The plugin is CommonJS: its function stands under default.
const uni = (vue as unknown as { default?: typeof vue }).default ?? vue;

// uni's style sheets and its advertisements load from elsewhere; the platform runs in closed networks.
const nothingFromElsewhere: Plugin = {
  name: "nothing-from-elsewhere",
  enforce: "pre",
  transform: (code, id) => (id.includes("@dcloudio") ? code.replace(/https?:\/\/[a-z0-9]+\.dcloud\.net\.cn[\w./-]*/g, "") : null),
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === "asset" && file.fileName.endsWith(".css")) file.source = String(file.source).replace(/url\(["']?https?:[^)]*\)/g, "none");
    }
  },
};

// Who plays the phone: WeChat, or the sandbox for browsers.
const phone = process.env.UNI_PLATFORM === "mp-weixin" ? "weixin" : "sandbox";

// The server that `npm run dev` asks.
const server = process.env.HONGYUN ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [nothingFromElsewhere, uni()],
  resolve: { alias: { "#phone": fileURLToPath(new URL(`./src/platform/${phone}.ts`, import.meta.url)) } },
  server: { proxy: Object.fromEntries(["/api", "/sandbox", "/wechat"].map((path) => [path, server])) },
});
