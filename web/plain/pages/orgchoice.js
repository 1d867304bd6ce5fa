// The choice of an organisation, shared by the pages of lists: the person's own ones, and from each taken one down and up the tree.
import { read } from "../api.js";
import { me } from "../session.js";
import { levels, word } from "../words.js";

// roots is the organisations that the person leads or administers, or has the other roles in, the highest first.
export function roots(...others) {
  const order = Object.keys(levels);
  const own = me().roles.filter((r) => r.org_id && ["leader", "admin", ...others].includes(r.role));
  const once = [...new Map(own.map((r) => [r.org_id, r])).values()];
  return once.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level)).map((r) => ({ id: r.org_id, name: r.org_name, type: r.level }));
}

// orgOptions is what a select offers while id is taken: the own organisations, the taken one, and what lies directly around it.
export async function orgOptions(id, own = roots()) {
  const offered = new Map(own.map((o) => [o.id, o.name]));
  if (id) {
    const taken = await read("/orgs/" + id);
    if (taken.parent_id && !offered.has(taken.id)) {
      const above = await soft(read("/orgs/" + taken.parent_id));
      if (above) offered.set(above.id, "↑ " + above.name);
    }
    if (!offered.has(taken.id)) offered.set(taken.id, taken.name);
  }
  const around = Number(id) || (own.length === 1 ? own[0].id : 0);
  if (around) {
    const { items } = await read("/orgs", { parent_id: around, size: 1000 });
    items.forEach((o) => offered.has(o.id) || offered.set(o.id, `　${o.name}（${word(levels, o.type)}）`));
  }
  return [...offered].map(([value, label]) => ({ value, label }));
}

// soft is null for what the person may not see.
export async function soft(answer) {
  try {
    return await answer;
  } catch (err) {
    if ([403, 404].includes(err.status)) return null;
    throw err;
  }
}
