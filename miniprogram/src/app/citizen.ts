// What a citizen does with a request of his or her own, by whichever door: the account, or number with code.
import { type Answer, get, post } from "@/api/client";
import { upload } from "@/api/files";
import type { components } from "@/api/schema";

type Detail = Answer<"get", "/requests/{id}">;
type Followed = Answer<"get", "/public/requests/{number}">;
type Own = components["schemas"]["O2OOwn"];

/** A request as its citizen sees it. */
export type Seen = Pick<Detail, "number" | "state" | "state_name" | "anonymous" | "category_name" | "content" | "place" | "department_name" | "submitted_at" | "chases" | "clock" | "clock_state" | "steps">
  & Pick<Own, "actions" | "call" | "chase_from" | "rate_until" | "ratings" | "merged" | "units" | "identity_readings"> & {
    parts: { type: string; content: string; created_at: string; file_id: number | null }[];
    confidential: boolean;
  };

export interface Rating {
  rating: number;
  solved: boolean | null;
  note: string;
}

/** The ways to work on one request. */
export interface Door {
  /** Names the request for drafts. */
  name: string;
  read(): Promise<Seen>;
  rate(r: Rating): Promise<unknown>;
  reopen(reason: string, first?: Rating): Promise<unknown>;
  add(content: string): Promise<unknown>;
  photo(file: string, progress: (percent: number) => void): Promise<unknown>;
  chase(note: string): Promise<unknown>;
  withdraw(): Promise<unknown>;
}

/** Sees a request of the signed-in person. One of somebody else has no own part: null. */
export function ownView(r: Detail): Seen | null {
  if (!r.own) return null;
  return { ...r, ...r.own, parts: r.parts.map((p) => ({ type: p.type, content: p.content || p.lost_reason, created_at: p.created_at, file_id: p.file_id })) };
}

const followedView = (r: Followed): Seen => ({ ...r, confidential: false, parts: r.parts.map((p) => ({ ...p, file_id: null })) });

export function byAccount(id: number): Door {
  const path = { id };
  return {
    name: "request." + id,
    read: async () => {
      const seen = ownView(await get("/requests/{id}", { path }));
      if (!seen) throw new Error("没有找到这件诉求");
      return seen;
    },
    rate: (r) => post("/requests/{id}/rating", { path, body: r }),
    reopen: (reason, first) => post("/requests/{id}/reopen", { path, body: first ? { reason, rating: first.rating, solved: first.solved } : { reason } }),
    add: (content) => post("/requests/{id}/parts", { path, body: { content } }),
    photo: (file, progress) => upload("/requests/{id}/photos", { path, file, progress }),
    chase: (note) => post("/requests/{id}/chase", { path, body: { note } }),
    withdraw: () => post("/requests/{id}/withdraw", { path }),
  };
}

export function byCode(number: string, code: string): Door {
  const path = { number };
  return {
    name: "request." + number,
    read: async () => followedView(await get("/public/requests/{number}", { path, query: { code }, open: true })),
    rate: (r) => post("/public/requests/{number}/rating", { path, body: { ...r, code }, open: true }),
    reopen: (reason, first) => post("/public/requests/{number}/reopen", { path, body: first ? { reason, code, rating: first.rating, solved: first.solved } : { reason, code }, open: true }),
    add: (content) => post("/public/requests/{number}/parts", { path, body: { content, code }, open: true }),
    photo: (file, progress) => upload("/public/requests/{number}/photos", { path, file, form: { code }, progress, open: true }),
    chase: (note) => post("/public/requests/{number}/chase", { path, body: { note, code }, open: true }),
    withdraw: () => post("/public/requests/{number}/withdraw", { path, body: { code }, open: true }),
  };
}
