// Large letters for older people: kept on the phone, begins as WeChat's own setting says.
import { ref } from "vue";

const name = "hongyun.large";

function begun(): boolean {
  const kept = uni.getStorageSync(name) as string;
  if (kept !== "") return kept === "yes";
  // #ifdef MP-WEIXIN
  const info = uni.getAppBaseInfo() as { fontSizeScaleFactor?: number };
  return (info.fontSizeScaleFactor ?? 1) > 1.1;
  // #endif
  // @ts-ignore the branch above is cut away in browsers
  return false;
}

/** Whether letters are large. */
export const large = ref(begun());

export function setLarge(on: boolean) {
  large.value = on;
  uni.setStorageSync(name, on ? "yes" : "no");
}
