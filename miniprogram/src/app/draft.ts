// What was typed and not yet sent stays on the phone, page by page, until it is sent.
import { reactive, watch } from "vue";
import { holder } from "@/platform";

/**
 * A form's values, as they were left the last time. page names the form; secret values (names, numbers) are not written down.
 * drop() is for when they have been sent.
 */
export function useDraft<T extends Record<string, unknown>>(page: string, empty: T, secret: (keyof T)[] = []) {
  const name = `hongyun.draft.${holder}.${page}`;
  const kept = uni.getStorageSync(name) as Partial<T> | "";
  const values = reactive({ ...empty, ...(kept === "" ? {} : kept) }) as T;
  let keeping = true;
  watch(values, () => {
    if (!keeping) return;
    const told = Object.fromEntries(Object.entries(values).filter(([n]) => !secret.includes(n)));
    if (JSON.stringify(told) === JSON.stringify(Object.fromEntries(Object.entries(empty).filter(([n]) => !secret.includes(n))))) uni.removeStorageSync(name);
    else uni.setStorageSync(name, told);
  });
  return {
    values,
    /** Whether something was left from before. */
    found: kept !== "",
    drop() {
      keeping = false;
      uni.removeStorageSync(name);
    },
    /** Begins anew. */
    clear() {
      Object.assign(values, empty);
      uni.removeStorageSync(name);
    },
  };
}

const own = () => (uni.getStorageInfoSync().keys as string[]).filter((k) => k.startsWith(`hongyun.draft.${holder}.`));

/** How many drafts this person has on this phone. */
export const draftCount = () => own().length;

export const wipeDrafts = () => own().forEach((k) => uni.removeStorageSync(k));
