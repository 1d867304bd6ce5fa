// The JSON API: typed calls, and the session that they need. When the session has ended, the person is asked to sign in again.
import type { components, paths } from "./schema";

type Verb = "get" | "post" | "put" | "delete";
type Short<P> = P extends `/api/v1${infer Rest}` ? Rest : never;
type Full<S extends string> = `/api/v1${S}` & keyof paths;
/** The addresses that take the verb, without /api/v1. */
export type Address<V extends Verb> = { [P in keyof paths]: paths[P] extends Record<V, { responses: unknown }> ? Short<P> : never }[keyof paths];
type Operation<V extends Verb, S extends string> = paths[Full<S>] extends Record<V, infer O> ? O : never;
type Json<T> = T extends { content: { "application/json": infer B } } ? B : undefined;
/** What the server answers. */
export type Answer<V extends Verb, S extends string> = Operation<V, S> extends { responses: infer R }
  ? R extends { 200: infer T } ? Json<T> : R extends { 201: infer T } ? Json<T> : R extends { 202: infer T } ? Json<T> : undefined
  : never;
type Body<V extends Verb, S extends string> = Operation<V, S> extends { requestBody?: infer B } ? Json<NonNullable<B>> : never;
export type Part<V extends Verb, S extends string, N extends "query" | "path"> = Operation<V, S> extends { parameters: Record<N, infer Q> } ? Q
  : Operation<V, S> extends { parameters: Partial<Record<N, infer Q>> } ? Q : never;
/** A thing of the API by its name: Schema<"O2ODetail">. */
export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];

export interface Call<V extends Verb, S extends string> {
  path?: Part<V, S, "path">;
  query?: Part<V, S, "query">;
  body?: Body<V, S>;
  /** Names a write, so that sending it twice does it once. */
  key?: string;
  /** Nobody needs to be signed in, and nobody is named. */
  open?: boolean;
}

/** Failure is an error answer of the API; its message is a sentence for a person. */
export class Failure extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly details: Record<string, unknown>) {
    super(message);
  }
}

export const get = <S extends Address<"get">>(address: S, call: Call<"get", S> = {}) => ask("get", address, call);
export const post = <S extends Address<"post">>(address: S, call: Call<"post", S> = {}) => ask("post", address, call);
export const put = <S extends Address<"put">>(address: S, call: Call<"put", S> = {}) => ask("put", address, call);
export const remove = <S extends Address<"delete">>(address: S, call: Call<"delete", S> = {}) => ask("delete", address, call);

async function ask<V extends Verb, S extends string>(verb: V, address: S, call: Call<V, S>): Promise<Answer<V, S>> {
  const headers: Record<string, string> = {};
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  if (call.key) headers["Idempotency-Key"] = call.key;
  const answer = await send(verb, url(address, call.path, call.query), headers, call.body === undefined ? undefined : JSON.stringify(call.body), call.open);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer<V, S>;
}

/** Sends one file of a form, with texts beside it. */
export async function upload<S extends Address<"post">>(address: S, call: { path?: Part<"post", S, "path">; query?: Part<"post", S, "query"> }, file: File, texts: Record<string, string> = {}): Promise<Answer<"post", S>> {
  const form = new FormData();
  for (const [name, value] of Object.entries(texts)) form.append(name, value);
  form.append("file", file);
  return await (await send("post", url(address, call.path, call.query), {}, form)).json() as Answer<"post", S>;
}

/** Has the browser save a file that only this session may read. */
export async function download<S extends Address<"get">>(address: S, call: { path?: Part<"get", S, "path">; query?: Part<"get", S, "query"> } = {}) {
  const answer = await send("get", url(address, call.path, call.query), {});
  const named = /filename\*?=(?:utf-8'')?"?([^";]+)/i.exec(answer.headers.get("Content-Disposition") ?? "");
  const door = document.createElement("a");
  door.href = URL.createObjectURL(await answer.blob());
  door.download = named?.[1] ? decodeURIComponent(named[1]) : "文件";
  door.click();
  setTimeout(() => URL.revokeObjectURL(door.href), 60000);
}

/** The address, inside this page, of a picture that only this session may read. */
export async function picture<S extends Address<"get">>(address: S, call: { path?: Part<"get", S, "path">; open?: boolean } = {}): Promise<string> {
  return URL.createObjectURL(await (await send("get", url(address, call.path), {}, undefined, call.open)).blob());
}

const tokenName = "hongyun.admin.token";
export const token = {
  read: () => sessionStorage.getItem(tokenName),
  keep: (value: string) => sessionStorage.setItem(tokenName, value),
  drop: () => sessionStorage.removeItem(tokenName),
};

let ended = () => {};
/** What is to happen when a call finds that the session has ended. */
export const onSessionEnd = (act: () => void) => { ended = act; };

async function send(verb: Verb, address: string, headers: Record<string, string>, body?: BodyInit, open?: boolean): Promise<Response> {
  const held = token.read();
  const all: Record<string, string> = { Accept: "application/json", ...headers };
  if (held && !open) all.Authorization = "Bearer " + held;
  let answer: Response;
  try {
    answer = await fetch(address, { method: verb.toUpperCase(), headers: all, body });
  } catch {
    throw new Error(verb === "get" ? "网络没有连通，请检查网络后再试" : "网络没有连通，填写的内容已保留，请检查网络后再试");
  }
  if (answer.ok) return answer;
  if (answer.status === 401 && !open) ended();
  throw await failure(answer);
}

async function failure(answer: Response): Promise<Failure> {
  const said = await answer.json().catch(() => ({})) as { code?: string; message?: string; details?: Record<string, unknown> };
  return new Failure(answer.status, said.code ?? "", said.message ?? "系统没有响应，请稍后再试", said.details ?? {});
}

function url(address: string, path?: unknown, query?: unknown): string {
  const values = (path ?? {}) as Record<string, unknown>;
  const given = Object.entries((query ?? {}) as Record<string, unknown>).filter(([, v]) => v !== "" && v !== null && v !== undefined && v !== false);
  const text = given.map(([n, v]) => `${n}=${encodeURIComponent(String(v))}`).join("&");
  return "/api/v1" + address.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name]))) + (text && "?" + text);
}

/** A new name for a write: 32 hexadecimal digits. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

/** The sentence of whatever went wrong. */
export const sentence = (err: unknown) => (err instanceof Error ? err.message : "系统没有响应，请稍后再试");
