// Who holds the phone, and what he or she may open.
import { read, sessionNumber } from "./api.js";

let account = null;
let asOf = 0;

// load asks the server who this is; to be called after signing in, binding and unbinding.
export async function load() {
  account = await read("/me");
  asOf = sessionNumber();
}

// known tells whether the account is that of the present session.
export const known = () => account !== null && asOf === sessionNumber();

// me is the account: { id, bound, member, roles, modules }.
export const me = () => account;

// may tells whether the server offers a module to this person. The server checks each call by itself.
export const may = (module) => (account?.modules ?? []).includes(module);

// has tells whether the person holds one of the roles anywhere.
export const has = (...names) => (account?.roles ?? []).some((r) => names.includes(r.role));

// administered is the organisations that the person administers.
export const administered = () => (account?.roles ?? []).filter((r) => r.role === "admin");

// staff tells whether the person works on requests or sees those of the city.
export const staff = () => may("requests");

// worksDesk tells whether the person works at the window; cityAdmin, whether for the whole city.
export const cityAdmin = () => administered().some((r) => r.level === "CITY");
export const worksDesk = () => has("desk") || cityAdmin();

// ownUnits is the numbers of the units for which the person works on requests.
export const ownUnits = () => (account?.roles ?? []).filter((r) => r.department_id).map((r) => r.department_id);
