'use strict';
// The phone page: shows what one person's phone has got, and taps and writes for that person through the door.
// Everything that comes over the wire is put on the page by textContent.

const api = 'api/';
const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const at = { person: query.get('person') || '', tab: query.get('tab') || 'messages', appid: query.get('appid') || '' };
const notices = 'notices'; // stands for an appid: the conversation of all service notices
const roles = {
  city_leader: '市级领导', city_admin: '市级管理员', committee_admin: '党委管理员', branch_leader: '支部领导',
  branch_admin: '支部管理员', member: '党员', desk: '受理台', department_leader: '部门领导',
  department_handler: '部门经办人', citizen: '群众',
};
// What may become of a payment: the word for the door, what it does, and how the screen says so.
const outcomes = [
  ['paid', '支付成功'], ['cancel', '取消支付'], ['fail', '支付失败'], ['dropped', '支付成功，通知丢失'],
  ['late', '支付成功，通知晚 3 秒'], ['repeated', '支付成功，通知重复 3 次'], ['reordered', '支付成功，通知排在下一笔之后'],
  ['wrong_amount', '支付成功，通知里金额不符'], ['forged', '没有支付，收到伪造的通知'],
];
const trades = { NOTPAY: '待支付', SUCCESS: '已支付', REFUND: '有退款', CLOSED: '已关闭' };
const kinds = { service: '服务号', subscription: '订阅号' };
let turn = 0; // a later refresh makes an earlier one stop
let cast = [], accounts = [], me = null, drawn = '', miniPage = '';

async function door(path, body) {
  const res = await fetch(api + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  const answer = await res.json();
  if (!res.ok) throw new Error(answer.message || '请求失败');
  return answer;
}

function el(tag, cls, ...inside) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  for (const x of inside) node.append(x instanceof Node ? x : document.createTextNode(x ?? ''));
  if (tag === 'button') node.type = 'button';
  return node;
}

function icon(name) {
  const svg = document.createElementNS($('icons').namespaceURI, 'svg');
  const use = document.createElementNS(svg.namespaceURI, 'use');
  svg.setAttribute('class', 'icon');
  use.setAttribute('href', '#i-' + name);
  svg.append(use);
  return svg;
}

function avatar(name, extra) {
  let sum = 0;
  for (const c of name) sum += c.codePointAt(0);
  return el('span', 'avatar ' + (extra || 'av' + (sum % 8)), extra ? icon('bell') : [...name].slice(-1)[0] || '?');
}

const zone = { timeZone: 'Asia/Shanghai' };
const day = (t) => t.toLocaleDateString('zh-CN', { ...zone, month: 'numeric', day: 'numeric' });
const hour = (t) => t.toLocaleTimeString('zh-CN', { ...zone, hour: '2-digit', minute: '2-digit', hour12: false });
function when(text, long) {
  const t = new Date(text);
  if (day(t) === day(new Date())) return hour(t);
  return long ? day(t) + ' ' + hour(t) : day(t);
}

function toast(text) {
  $('toast').textContent = text;
  $('toast').classList.add('show');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $('toast').classList.remove('show'), 3200);
}

const attempt = (f) => async (...args) => { try { await f(...args); } catch (e) { toast(e.message); } };

// sheet asks for some values; it resolves to null when it is cancelled.
function sheet(title, text, inputs) {
  const fields = inputs.map((i) => {
    const field = Object.assign(document.createElement(i.options ? 'select' : 'input'), i.props);
    field.append(...(i.options || []).map(([value, words]) => Object.assign(el('option', '', words), { value })));
    return field;
  });
  $('sheet-title').textContent = title;
  $('sheet-body').replaceChildren(...(text ? [el('p', '', text)] : []), ...inputs.map((i, n) => el('label', '', i.label, fields[n])));
  $('sheet').returnValue = 'cancel';
  $('sheet').showModal();
  return new Promise((done) => {
    $('sheet').onclose = () => done($('sheet').returnValue === 'ok' ? fields : null);
  });
}

function go(change) {
  Object.assign(at, change);
  const q = new URLSearchParams();
  for (const key of ['person', 'tab', 'appid']) if (at[key]) q.set(key, at[key]);
  history.replaceState(null, '', '?' + q);
  drawn = '';
  refresh();
}

function drawPeople() {
  const find = $('find').value.trim();
  const list = cast.some((p) => p.id === at.person) || !me ? cast : [me, ...cast];
  $('people').replaceChildren(...list.filter((p) => !find || (p.name + p.org + (roles[p.role] || p.role)).includes(find)).map((p) => {
    const name = el('b', '', p.name);
    const who = el('span', 'who', name, el('span', 'chip', roles[p.role] || p.role));
    if (p.bind) who.append(el('span', 'chip warn', '未绑定'));
    who.append(el('small', '', p.org));
    if (p.bind) who.append(el('small', 'bind', `姓名 ${p.bind.name} · 身份证后六位 ${p.bind.id_last6}`));
    const b = el('button', 'person' + (p.id === at.person ? ' on' : ''), avatar(p.name), who);
    b.onclick = () => go({ person: p.id, tab: at.tab === 'mini' ? 'mini' : 'messages', appid: '' });
    return b;
  }));
}

const accountName = (appid) => (accounts.find((a) => a.appid === appid) || {}).name || '公众号';

function row(name, text, time, tap, extra) {
  const r = el('button', 'row', avatar(name, extra), el('span', 'what', el('span', '', name), el('small', '', text)));
  if (time) r.append(el('time', '', when(time)));
  r.onclick = tap;
  return r;
}

const empty = (sign, text) => el('div', 'empty', icon(sign), text);

async function drawMessages(mine) {
  const items = await door(`people/${at.person}/messages`);
  if (mine !== turn) return;
  const newest = new Map();
  for (const m of items) {
    const key = m.channel === 'subscribe' ? notices : m.appid;
    if (!newest.has(key)) newest.set(key, m);
  }
  return once(['messages', items.map((m) => m.id), accounts], () => {
    if (!newest.size) return [empty('chat', '还没有消息')];
    return [...newest].map(([key, m]) => row(key === notices ? '服务通知' : accountName(key),
      m.channel === 'subscribe' || m.channel === 'template' ? '[通知] ' + m.title : m.content, m.at, () => go({ appid: key }),
      key === notices && 'av-notice'));
  });
}

function card(m, sender) {
  const from = el('div', 'from', avatar(sender), sender);
  if (m.channel === 'subscribe') {
    const off = el('button', 'off', icon('more'));
    off.title = '管理通知';
    off.onclick = attempt(async () => {
      if (!await sheet('管理通知', `不再接收“${m.title}”？`, [])) return;
      await door(`people/${at.person}/reject-template`, { template_id: m.template_id });
      toast('已关闭这类通知');
    });
    from.append(off);
  }
  const rows = m.fields.flatMap((f) => [el('dt', '', f.label), el('dd', '', f.value)]);
  const c = el('div', 'card', from, el('h3', '', m.title), el('dl', '', ...rows));
  if (m.page) {
    const open = el('button', 'go', el('span', '', '进入小程序查看'), el('span', '', '›'));
    open.onclick = () => { miniPage = m.page; go({ tab: 'mini', appid: '' }); };
    c.append(open);
  }
  return c;
}

async function drawNotices(mine) {
  const items = (await door(`people/${at.person}/messages?channel=subscribe`)).reverse();
  if (mine !== turn) return;
  return once([notices, items.map((m) => m.id)], () => [el('div', 'stream',
    ...items.flatMap((m) => [el('div', 'when', when(m.at, true)), card(m, m.sender)]))], true);
}

function bubble(m) {
  if (m.type === 'image') {
    const img = document.createElement('img');
    img.src = m.image_url;
    img.alt = '照片';
    return el('div', 'bubble bare', img);
  }
  if (m.type === 'location') {
    return el('div', 'bubble bare', el('div', 'map', el('b', '', m.content || '我的位置'),
      el('small', '', `${(m.lat || 0).toFixed(5)}, ${(m.lng || 0).toFixed(5)}`), el('i', '', icon('place'))));
  }
  return el('div', 'bubble', ...(m.type === 'voice' ? [icon('sound'), ' 1″'] : [m.content]));
}

async function drawChat(mine) {
  const items = await door(`people/${at.person}/chats/${at.appid}`);
  if (mine !== turn) return;
  const name = accountName(at.appid);
  return once(['chat', at.appid, items.map((m) => m.id)], () => {
    const out = [];
    let last = 0;
    for (const m of items) {
      const t = Date.parse(m.at);
      if (t - last > 300000) out.push(el('div', 'when', when(m.at, true)));
      last = t;
      if (m.from === 'system') out.push(el('div', 'system', m.content));
      else if (m.type === 'notice') out.push(card({ fields: [], ...m }, name));
      else out.push(el('div', 'said ' + m.from, avatar(m.from === 'me' ? me.name : name), bubble(m)));
    }
    if (!out.length) out.push(empty('chat', '向公众号说明情况，可以发文字、照片和位置'));
    return [el('div', 'stream', ...out)];
  }, true);
}

function drawAccounts() {
  return once(['accounts', accounts], () => accounts.length ? accounts.map((a) => {
    const r = row(a.name, kinds[a.kind] || '', '', attempt(async () => {
      if (!a.followed) return toast('请先关注这个公众号');
      go({ appid: a.appid });
    }));
    const f = el('button', 'follow' + (a.followed ? ' done' : ''), a.followed ? '发消息' : '关注');
    f.onclick = attempt(async (e) => {
      e.stopPropagation();
      if (!a.followed) failed(await door(`people/${at.person}/follow`, { appid: a.appid }));
      go({ tab: 'accounts', appid: a.appid });
    });
    const line = el('div', 'row');
    line.append(...r.childNodes, f);
    line.onclick = r.onclick;
    return line;
  }) : [empty('hall', '还没有公众号')]);
}

const yuan = (fen) => '¥' + (fen / 100).toFixed(2);

function order(o) {
  const state = el('span', 'trade ' + o.trade_state, trades[o.trade_state] || o.trade_state);
  const rows = [['金额', yuan(o.amount_fen)], ['商户单号', o.order_no]];
  if (o.refunded_fen) rows.push(['已退款', yuan(o.refunded_fen)]);
  if (o.paid_at) rows.push(['支付时间', when(o.paid_at, true)], ['支付单号', o.transaction_id]);
  else if (o.trade_state === 'NOTPAY') rows.push(['支付截止', when(o.expires_at, true)]);
  const c = el('div', 'card', el('div', 'from', when(o.created_at, true) + ' 下单', state), el('h3', '', o.description),
    el('dl', '', ...rows.flatMap(([k, v]) => [el('dt', '', k), el('dd', '', v)])));
  if (o.trade_state !== 'NOTPAY') return c;
  const b = el('button', 'pay', o.prepay_id ? '支付' : '请在小程序里重新点支付');
  b.disabled = !o.prepay_id;
  b.onclick = attempt(async () => {
    const got = await sheet('支付 ' + yuan(o.amount_fen), o.description, [{ label: '支付的结果', options: outcomes }]);
    if (!got) return;
    const answer = await door(`people/${at.person}/pay`, { prepay_id: o.prepay_id, outcome: got[0].value });
    toast((trades[answer.trade_state] || answer.trade_state) + (answer.notified ? `，通知 ${answer.notified} 次，应答 ${answer.notify_status || '无'}` : '，没有即时通知'));
    refresh();
  });
  c.append(b);
  return c;
}

async function drawPay(mine) {
  const items = await door(`people/${at.person}/orders`);
  if (mine !== turn) return;
  const open = items.filter((o) => o.trade_state === 'NOTPAY'), rest = items.filter((o) => o.trade_state !== 'NOTPAY');
  return once(['pay', items], () => items.length ? [el('div', 'stream', ...open.map(order),
    ...(rest.length ? [el('div', 'when', '以前的订单'), ...rest.map(order)] : []))]
    : [empty('pay', '没有订单。在小程序里点支付以后，这里可以选择支付的结果')]);
}

function drawMini() {
  const src = `/m/?person=${encodeURIComponent(at.person)}` + (miniPage ? '#/' + miniPage : '');
  if ($('mini').getAttribute('src') !== src) $('mini').setAttribute('src', src);
}

// once redraws the screen only when what it shows has changed, and stays at the end of a conversation.
function once(what, draw, toEnd) {
  const now = JSON.stringify([at, what]);
  if (now === drawn) return;
  const fresh = !drawn;
  const atEnd = $('screen').scrollHeight - $('screen').scrollTop - $('screen').clientHeight < 80;
  drawn = now;
  $('screen').replaceChildren(...draw());
  if (toEnd && (fresh || atEnd)) {
    $('screen').scrollTop = $('screen').scrollHeight;
    for (const img of $('screen').querySelectorAll('img')) img.onload = () => { $('screen').scrollTop = $('screen').scrollHeight; };
  } else if (fresh) $('screen').scrollTop = 0;
}

async function refresh() {
  const mine = ++turn;
  $('clock').textContent = hour(new Date());
  document.body.classList.toggle('picked', !!at.person);
  try {
    cast = await door('people');
    if (at.person && (!me || me.id !== at.person)) me = await door(`people/${at.person}`);
    if (mine !== turn) return;
    drawPeople();
    drawFrame();
    if (!at.person) return once(['none'], () => [empty('phone', '请先选择一个人')]);
    accounts = await door(`people/${at.person}/accounts`);
    if (mine !== turn) return;
    drawFrame();
    if (at.tab === 'mini') drawMini();
    else if (at.tab === 'pay') await drawPay(mine);
    else if (at.appid === notices) await drawNotices(mine);
    else if (at.appid) await drawChat(mine);
    else if (at.tab === 'accounts') drawAccounts();
    else await drawMessages(mine);
  } catch (e) { toast(e.message); }
}

// drawMenu is the account's menu: a button with others under it opens them above itself.
function drawMenu(account) {
  const menu = (account && account.followed && account.menu) || [];
  $('menu').hidden = !menu.length;
  const now = JSON.stringify([at.person, at.appid, menu]);
  if ($('menu').dataset.drawn === now) return;
  $('menu').dataset.drawn = now;
  $('menu').replaceChildren(...menu.map((b, i) => {
    const top = el('button', '', b.name);
    if (!b.sub_button) {
      top.onclick = () => tap(b, String(i + 1));
      return el('span', '', top);
    }
    const list = el('span', 'under', ...b.sub_button.map((sub, j) => {
      const s = el('button', '', sub.name);
      s.onclick = () => { list.hidden = true; tap(sub, `${i + 1}.${j + 1}`); };
      return s;
    }));
    list.hidden = true;
    top.setAttribute('aria-haspopup', 'true');
    top.onclick = () => { list.hidden = !list.hidden; };
    return el('span', '', list, top);
  }));
}

const tap = attempt(async (b, button) => {
  const answer = await door(`people/${at.person}/click`, { appid: at.appid, button });
  failed(answer);
  if (b.type === 'miniprogram') {
    miniPage = answer.page;
    go({ tab: 'mini', appid: '' });
  } else if (b.type === 'view') toast('打开网页 ' + answer.url);
  else refresh();
});

function drawFrame() {
  const chat = at.tab !== 'mini' && at.appid && at.appid !== notices;
  const account = accounts.find((a) => a.appid === at.appid);
  $('mini').hidden = at.tab !== 'mini' || !at.person;
  $('screen').hidden = !$('mini').hidden;
  $('composer').hidden = !chat || !account || !account.followed;
  drawMenu(chat && account);
  $('tabs').hidden = at.tab !== 'mini' && !!at.appid;
  $('more').hidden = !chat;
  $('title').textContent = at.appid === notices ? '服务通知' : chat ? accountName(at.appid)
    : at.tab === 'mini' ? '小程序' : at.tab === 'accounts' ? '公众号' : at.tab === 'pay' ? '支付' : me && at.person ? `微信（${me.name}）` : '微信';
  for (const b of $('tabs').children) b.classList.toggle('on', b.dataset.tab === at.tab);
}

const failed = (answer) => { if (answer.error) toast(answer.error); };

const say = attempt(async (what) => {
  $('composer').classList.add('busy');
  try { failed(await door(`people/${at.person}/say`, { appid: at.appid, ...what })); } finally {
    $('composer').classList.remove('busy');
    refresh();
  }
});

$('composer').onsubmit = (e) => {
  e.preventDefault();
  const content = $('text').value.trim();
  if (!content) return;
  $('text').value = '';
  say({ type: 'text', content });
};
$('voice').onclick = () => say({ type: 'voice' });
$('photo').onclick = attempt(async () => {
  const got = await sheet('发送照片', '', [{ label: '选一张照片；不选则发送示例照片', props: { type: 'file', accept: 'image/png,image/jpeg,image/gif' } }]);
  if (!got) return;
  const file = got[0].files[0];
  if (!file) return say({ type: 'image' });
  const reader = new FileReader();
  reader.onload = () => say({ type: 'image', image_base64: reader.result });
  reader.readAsDataURL(file);
});
$('place').onclick = attempt(async () => {
  const number = { type: 'number', step: 'any', required: true };
  const got = await sheet('发送位置', '', [
    { label: '地点', props: { value: '人民广场东侧' } }, { label: '纬度', props: { ...number, value: '29.86352' } },
    { label: '经度', props: { ...number, value: '115.98741' } }]);
  if (got) say({ type: 'location', label: got[0].value, lat: Number(got[1].value), lng: Number(got[2].value) });
});
$('more').onclick = attempt(async () => {
  const account = accounts.find((a) => a.appid === at.appid);
  if (!account || !account.followed) return;
  if (!await sheet(account.name, '不再关注这个公众号？', [])) return;
  failed(await door(`people/${at.person}/unfollow`, { appid: at.appid }));
  go({ tab: 'accounts', appid: '' });
});
$('back').onclick = () => (at.appid ? go({ appid: '' }) : at.tab === 'mini' ? go({ tab: 'messages' }) : go({ person: '' }));
for (const b of $('tabs').children) b.onclick = () => { miniPage = ''; go({ tab: b.dataset.tab, appid: '' }); };
$('sheet-cancel').onclick = () => $('sheet').close('cancel');
$('find').oninput = drawPeople;

refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
