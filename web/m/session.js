// Who holds the phone, and what he or she may open.
import { read } from "./api.js";

let account = null;

// load asks the server who this is; to be called after signing in, binding and unbinding.
export async function load() {
  account = await read("/me");
  return account;
}

// me is the account: { id, bound, member, roles, modules }.
export const me = () => account;

// may tells whether the server offers a module to this person. The server checks each call by itself.
export const may = (module) => (account?.modules ?? []).includes(module);

// has tells whether the person holds one of the roles anywhere.
export const has = (...names) => (account?.roles ?? []).some((r) => names.includes(r.role));

// administered is the organisations that the person administers.
export const administered = () => (account?.roles ?? []).filter((r) => r.role === "admin");

// cityAdmin tells whether the person administers the whole city.
export const cityAdmin = () => administered().some((r) => r.level === "CITY");

// staff tells whether the person works on requests or sees those of the city.
export const staff = () => may("requests");
