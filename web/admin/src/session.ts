// Who is signed in, and what he or she may open. The server checks each call by itself.
import { computed, ref } from "vue";
import { get, post, remove, token, type Schema } from "./api/client";
import { loginCode } from "./api/sandbox";

type Me = Schema<"AccountMe">;

const account = ref<Me | null>(null);

/** The account that is signed in, or null. */
export const me = computed(() => account.value);
export const may = (...modules: string[]) => modules.some((m) => account.value?.modules.includes(m));
export const roles = () => account.value?.roles ?? [];
export const has = (...names: string[]) => roles().some((r) => names.includes(r.role));
export const administered = () => roles().filter((r) => r.role === "admin");
export const cityAdmin = () => administered().some((r) => r.level === "CITY");
export const worksDesk = () => has("desk") || cityAdmin();
export const inUnit = () => has("department_leader", "department_handler");
/** The units for which the person works on requests. */
export const ownUnits = () => roles().flatMap((r) => (r.department_id ? [r.department_id] : []));

/** The organisations at the top of what the person sees. */
export function roots(): { id: number; name: string; level: string }[] {
  const seen = new Map<number, { id: number; name: string; level: string }>();
  for (const r of roles()) if (r.org_id && ["leader", "admin", "dues_collector"].includes(r.role)) seen.set(r.org_id, { id: r.org_id, name: r.org_name ?? "", level: r.level ?? "" });
  return [...seen.values()];
}

/** Asks the server who holds the token. */
export async function load() {
  account.value = await get("/me");
}

export function enter(held: string) {
  token.keep(held);
  account.value = null;
}

/** Signs in as somebody of the cast. */
export async function play(id: string) {
  const answer = await post("/auth/wechat", { body: { code: await loginCode(id) }, open: true });
  enter(answer.token);
}

export async function leave() {
  await remove("/auth/session").catch(() => undefined);
  forget();
}

/** Forgets a session that the server no longer knows. */
export function forget() {
  token.drop();
  account.value = null;
}
