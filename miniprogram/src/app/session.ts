// Who holds the phone, and what he or she may open. The server checks each call by itself.
import { shallowReactive } from "vue";
import { type Answer, get } from "@/api/client";

export type Me = Answer<"get", "/me">;

/** The account that was last asked for; null before that. */
export const session = shallowReactive<{ me: Me | null }>({ me: null });

/** Asks the server who this is: after signing in, binding and whenever a tab is shown. */
export async function whoAmI(): Promise<Me> {
  session.me = await get("/me");
  return session.me;
}

/** The account; asked for once. */
export const me = async () => session.me ?? await whoAmI();

/** Whether the server offers a module to this person. */
export const may = (module: string) => session.me?.modules.includes(module) ?? false;

/** Whether the person holds one of the roles anywhere. */
export const has = (...names: string[]) => session.me?.roles.some((r) => names.includes(r.role)) ?? false;

/** The organisations that the person administers. */
export const administered = () => session.me?.roles.filter((r) => r.role === "admin") ?? [];

/** The units for which the person works on requests. */
export const ownUnits = () => session.me?.roles.map((r) => r.department_id).filter((id): id is number => !!id) ?? [];

/** Whether the person works at the window. */
export const worksDesk = () => has("desk") || administered().some((r) => r.level === "CITY");
