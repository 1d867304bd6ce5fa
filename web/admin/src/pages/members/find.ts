// Who and where, looked up for a form by what was typed.
import { get } from "@/api/client";
import type { Choice } from "@/parts/ask";

/** Members of an organisation, or of all that the person sees. */
export const members = (org_id?: number) => async (typed: string): Promise<Choice[]> =>
  (await get("/members", { query: { q: typed, org_id, standing: "ACTIVE", size: 50 } })).items.map((m) => ({ value: m.id, label: `${m.name}（${m.org_name}）` }));

/** Branches of the whole platform by a part of their name. */
export const branches = async (typed: string): Promise<Choice[]> =>
  (typed ? (await get("/branches", { query: { q: typed, size: 50 } })).items.map((b) => ({ value: b.id, label: b.committee ? `${b.name}（${b.committee}）` : b.name })) : []);

type List = "ethnic_group" | "education" | "degree" | "occupation" | "org_kind";

/** The titles of a list of the platform, which stand for their codes there. */
export const titles = async (list: List): Promise<Choice[]> => (await get("/lookups", { query: { list } })).items.map((c) => ({ value: c.title, label: c.title }));

/** What the server answers, or undefined where the person may not see it. */
export const soft = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch((err: { status?: number }) => {
  if (err.status === 403 || err.status === 404) return undefined;
  throw err;
});
