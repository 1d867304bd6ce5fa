// Writes the pictures of the README: the main pages of both faces with the synthetic county in them.
import { open } from "./place.mjs";

const images = new URL("../../docs/images/", import.meta.url).pathname;
const place = await open();
const [member] = (await place.cast("member")).filter((p) => p.bound);
const [city] = await place.cast("city_admin");
const [branch] = await place.cast("branch_admin");
const [desk] = await place.cast("desk");

const phones = [
  ["m-home", member, ""],
  ["m-dues", member, "pages/dues/index"],
  ["m-birthday", member, "pages/account/birthday"],
  ["m-work", branch, "pages/work/index"],
];
const desks = [
  ["admin-home", city, "/"],
  ["admin-members", city, "/members"],
  ["admin-request", desk, "/requests/44"],
  ["admin-dues", city, "/dues"],
];

try {
  for (const [name, person, page] of phones) await picture(name, await place.phone(person.id, page));
  for (const [name, person, page] of desks) await picture(name, await place.desk(`/admin/?person=${person.id}#${page}`));
} finally {
  await place.close();
}

async function picture(name, hands) {
  await hands.page.waitForLoadState("networkidle");
  await hands.page.evaluate(() => document.fonts.ready);
  await hands.page.screenshot({ path: `${images}${name}.png` });
  const wide = await hands.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await hands.leave();
  if (wide) throw new Error(`${name} is wider than its window`);
  console.log(name);
}
