// Browsers only: the short addresses that start pages, menus of official accounts and QR codes use, and the pages behind them.
const doors: Record<string, string> = {
  "/report": "/pages/request/new?open=1",
  "/follow": "/pages/request/follow",
  "/figures": "/pages/request/figures",
  "/units": "/pages/request/units",
  "/departments": "/pages/request/units",
  "/released": "/pages/request/released",
  "/calculator": "/pages/dues/calculator",
  "/receipt": "/pages/dues/check",
};

/** The page behind a short address: #/follow/NUMBER/CODE as well; null for an address that is a page already. */
export function doorOf(hash: string): string | null {
  const [path = "", query] = hash.replace(/^#/, "").split("?");
  const [, first = "", second, third] = path.split("/");
  if (first === "follow" && second && third) return `/pages/request/followed?number=${second}&code=${third}`;
  if (first === "released" && second) return `/pages/request/release?number=${second}`;
  const page = doors["/" + first];
  return page && !second ? page + (query ? (page.includes("?") ? "&" : "?") + query : "") : null;
}
