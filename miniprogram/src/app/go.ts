// From one page to another, and short words to the person.

const tabs = ["/pages/index/index", "/pages/todo/index", "/pages/messages/index", "/pages/me/index"];

/** Opens a page: /pages/dues/index?month=2026-11. */
export function go(to: string) {
  const url = to.startsWith("/") ? to : "/" + to;
  const fail = () => uni.showToast({ title: "这个页面请在电脑后台打开", icon: "none" });
  if (tabs.includes(url.split("?")[0] ?? "")) uni.switchTab({ url, fail });
  else uni.navigateTo({ url, fail });
}

/** Opens a page in place of this one. */
export const instead = (url: string) => uni.redirectTo({ url });

/** Goes back, or home where there is nothing to go back to. */
export function back() {
  if (getCurrentPages().length > 1) uni.navigateBack();
  else uni.switchTab({ url: "/pages/index/index" });
}

/** A page's address with a query; what is empty is left out. */
export function to(page: string, query: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(query).filter(([, v]) => v !== "" && v !== null && v !== undefined);
  return page + (given.length ? "?" + given.map(([n, v]) => `${n}=${encodeURIComponent(String(v))}`).join("&") : "");
}

/** A word in passing. */
export const toast = (title: string) => { uni.showToast({ title, icon: "none", duration: 2500 }); };

/** The value of a page's query as it was meant: WeChat hands it over encoded, browsers do not. */
export function meant(value: string | undefined): string {
  try {
    return decodeURIComponent(value ?? "");
  } catch {
    return value ?? "";
  }
}
