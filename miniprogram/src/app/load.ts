// Reading for a page: what came, what went wrong, and whether it takes long.
import { onPullDownRefresh, onShow } from "@dcloudio/uni-app";
import { shallowReactive } from "vue";

export interface Loaded<T> {
  data: T | null;
  trouble: Error | null;
  pending: boolean;
  /** It takes long enough to say so. */
  slow: boolean;
  /** Reads again; what was read before stays until then. */
  again(): Promise<void>;
}

/** Reads whenever the page is shown, and when it is pulled down. What an earlier, slower reading brings is dropped. */
export function useLoad<T>(read: () => Promise<T>): Loaded<T> {
  let turn = 0;
  const of = shallowReactive<Loaded<T>>({
    data: null, trouble: null, pending: false, slow: false,
    async again() {
      const mine = ++turn;
      of.pending = true;
      const late = setTimeout(() => { if (mine === turn) of.slow = true; }, 400);
      try {
        const data = await read();
        if (mine !== turn) return;
        of.data = data;
        of.trouble = null;
      } catch (err) {
        if (mine === turn) of.trouble = err as Error;
      } finally {
        clearTimeout(late);
        if (mine === turn) {
          of.pending = false;
          of.slow = false;
        }
      }
    },
  });
  onShow(() => { void of.again(); });
  onPullDownRefresh(() => { void of.again().finally(() => uni.stopPullDownRefresh()); });
  return of;
}

export interface Page<T> {
  items: T[];
  total: number;
}

/** A list that grows page by page. */
export interface Growing<T> {
  list: Loaded<Page<T>>;
  more(): Promise<void>;
}

/** Reads a list from its first page each time; more() adds the next page. */
export function useList<T>(read: (page: number) => Promise<Page<T>>): Growing<T> {
  let pages = 1;
  const list = useLoad<Page<T>>(async () => {
    pages = 1;
    return read(1);
  });
  return {
    list,
    async more() {
      const had = list.data;
      if (!had) return;
      const next = await read(pages + 1);
      pages += 1;
      list.data = { items: [...had.items, ...next.items], total: next.total };
    },
  };
}
