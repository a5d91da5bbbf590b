"use strict";

const PHONES = {
  telegram: {
    title: (n) => `${n}'s phone: Telegram`,
    peer: ["Evening", "bot"],
    kinds: { voice: ["Send a voice message", "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zm5-3a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.9V22h2v-3.1A7 7 0 0 0 19 12z"],
             photo: ["Send a photo", "M9 4 7.5 6H4a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-3.5L15 4zm3 14a5 5 0 1 1 0-10 5 5 0 0 1 0 10zm0-2a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"] },
    off: ["Block the bot", "Unblock the bot"],
  },
  sms: {
    title: (n) => `${n}'s phone: text messages (SMS)`,
    peer: ["Harbor Check", "(500) 555-0006"],
    kinds: {},
    off: ["Switch the phone off", "Switch the phone on"],
  },
  staff: {
    title: (n, role) => `${n} the ${role}'s phone`,
    peer: ["Evening", "notices for staff, on Telegram"],
    kinds: {},
    off: null,
  },
};
const UNREADABLE = { voice: "Voice message, 0:03", photo: "Photo", sticker: "Sticker" };
const LINK = /https?:\/\/[^\s]+/g;

const chosen = { telegram: "", sms: "", staff: "" };
const phones = {};
let version = 0;
let clock = null;

const $ = (where, what) => where.querySelector(what);

function make(tag, values = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

function say(words) {
  const said = $(document, "#said");
  if (said.textContent !== words) said.textContent = words;
}

async function post(path, given) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    const said = await answer.json();
    say(said.error || "");
    await look();
    return said;
  } catch {
    say("The demo does not answer. Is it still running?");
    return { error: "no answer" };
  }
}

/* A phone */

function build(name) {
  const kind = PHONES[name];
  const section = $(document, "#phone").content.firstElementChild.cloneNode(true);
  section.classList.add(name);
  section.dataset.testid = `phone-${name}`;
  const title = $(section, "h2");
  title.id = `title-${name}`;
  section.setAttribute("aria-labelledby", title.id);
  $(section, ".messages").setAttribute("aria-labelledby", title.id);
  const [peer, about] = kind.peer;
  $(section, ".peer b").textContent = peer;
  $(section, ".peer small").textContent = about;
  $(section, ".face").textContent = peer[0];
  for (const [what, [label, path]] of Object.entries(kind.kinds)) {
    const button = make("button", { type: "button", title: label, "aria-label": label });
    button.dataset.testid = `kind-${what}`;
    button.append(icon(path));
    button.addEventListener("click", () => post("/kind", { account: chosen[name], kind: what }));
    $(section, ".kinds").append(button);
  }
  if (kind.off) {
    const button = make("button", { type: "button", className: "plain" });
    button.dataset.testid = "switch";
    button.addEventListener("click", () =>
      post("/switch", { account: chosen[name], off: !phones[name].shown.off }));
    $(section, ".more").append(button);
  } else {
    section.append(buildConsole());
  }
  $(section, "select").addEventListener("change", (event) => choose(name, event.target.value));
  $(section, ".invitation button").addEventListener("click", async () => {
    await post("/start", { account: chosen[name] });
    $(section, "input").focus();
  });
  $(section, "form").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $(section, "input");
    if (input.value.trim()) post("/send", { account: chosen[name], text: input.value });
    input.value = "";
  });
  $(document, "#phones").append(section);
  phones[name] = { section, nodes: new Map(), shown: {} };
}

function choose(name, key) {
  chosen[name] = key;
  version = 0;
  return look();
}

function paint(name, shown) {
  const phone = phones[name];
  const { section } = phone;
  const first = shown.name.split(" ")[0];
  const fresh = phone.shown.key !== shown.key;
  phone.shown = shown;
  chosen[name] = shown.key;
  $(section, "h2").textContent = PHONES[name].title(first, shown.role);
  const select = $(section, "select");
  if (select.options.length !== shown.accounts.length) {
    select.replaceChildren(...shown.accounts.map((one) => make("option", { value: one.key }, one.name)));
  }
  select.value = shown.key;
  section.classList.toggle("off", shown.off);
  const off = $(section, "[data-testid=switch]");
  if (off) {
    off.textContent = PHONES[name].off[shown.off ? 1 : 0];
    off.setAttribute("aria-pressed", String(shown.off));
  }
  const waits = Boolean(shown.link);
  $(section, ".invitation").hidden = !waits;
  $(section, ".invitation p").textContent = shown.link || "";
  $(section, "form.say").hidden = waits;
  paintMessages(name, shown, fresh);
}

/* The console: who is signed in as whom, with a code that goes by the demo's clock */

function buildConsole() {
  const panel = $(document, "#console").content.firstElementChild.cloneNode(true);
  for (const button of panel.querySelectorAll("[data-what]")) {
    button.dataset.testid = `console-${button.dataset.what}`;
    button.title = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.textContent);
      say(`Copied: ${button.textContent}`);
    });
  }
  return panel;
}

function paintConsole(found) {
  const panel = $(document, ".console");
  $(panel, ".open").href = found.url;
  for (const button of panel.querySelectorAll("[data-what]")) {
    const words = found[button.dataset.what];
    if (button.textContent !== words) button.textContent = words;
  }
}

function paintMessages(name, shown, fresh) {
  const phone = phones[name];
  const screen = $(phone.section, ".messages");
  const list = $(screen, "ol");
  const low = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 60;
  let added = false;
  if (fresh) {
    list.replaceChildren();
    phone.nodes.clear();
    // A phone that is picked up is not read out from its first message on.
    screen.setAttribute("aria-live", "off");
  }
  let day = "";
  for (const message of shown.messages) {
    const told = JSON.stringify(message);
    const today = DAY.format(new Date(message.at));
    const known = phone.nodes.get(message.id);
    if (!known) {
      if (today !== day) dayLine(list, today);
      const node = bubble(name, message, shown.language);
      list.append(node);
      phone.nodes.set(message.id, { node, told });
      added = true;
    } else if (known.told !== told) {
      const node = bubble(name, message, shown.language);
      known.node.replaceWith(node);
      phone.nodes.set(message.id, { node, told });
    }
    day = today;
  }
  if (fresh) requestAnimationFrame(() => screen.setAttribute("aria-live", "polite"));
  if (fresh || (added && low)) screen.scrollTop = screen.scrollHeight;
}

function dayLine(list, today) {
  list.append(make("li", { className: "day" }, today));
}

function bubble(name, message, language) {
  const side = message.mine ? "mine" : "theirs";
  const node = make("li", { className: side + (message.lost ? " lost" : "") });
  node.dataset.id = message.id;
  const text = make("p", { className: "text" });
  if (name !== "staff") text.lang = language;
  text.append(make("span", { className: "unseen", lang: "en" }, message.mine ? "Sent: " : "Received: "));
  const unread = UNREADABLE[message.kind];
  if (message.picture) {
    text.append(make("img", { ...message.picture, alt: "A chart. The words below it say the same." }));
  }
  if (unread) text.append(make("i", {}, unread), message.text ? "\n" : "");
  linked(text, message.text);
  const foot = [TIME.format(new Date(message.at)), message.note].filter(Boolean).join(" · ");
  node.append(make("div", { className: "bubble" }, text, make("small", {}, foot)));
  for (const row of message.buttons) {
    const line = make("div", { className: "row" });
    for (const one of row) line.append(pressable(name, message, one));
    node.append(line);
  }
  return node;
}

function pressable(name, message, one) {
  if (one.url) return make("a", { href: one.url, target: "_blank", rel: "noopener noreferrer" }, one.label);
  const button = make("button", { type: "button" }, one.label);
  button.addEventListener("click", async () => {
    // The pressed button goes away: the keyboard's place stays with the messages.
    $(phones[name].section, ".messages").focus({ preventScroll: true });
    await post("/tap", { account: chosen[name], message: message.id, data: one.data });
  });
  return button;
}

function linked(node, text) {
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    node.append(text.slice(from, found.index));
    node.append(make("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, shortened(found[0])));
    from = found.index + found[0].length;
  }
  node.append(text.slice(from));
}

function shortened(url) {
  return url.length > 31 ? `${url.slice(0, 29)}…` : url;
}

/* The clock and the invitation */

let TIME, DAY, CLOCK;

function zoned(zone) {
  const format = (options) => new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
  TIME = format({ hour: "numeric", minute: "2-digit" });
  DAY = format({ weekday: "short", month: "short", day: "numeric" });
  CLOCK = format({ weekday: "long", hour: "numeric", minute: "2-digit" });
}

function tick() {
  if (!clock) return;
  const now = new Date(clock.at + (performance.now() - clock.heard));
  const node = $(document, "[data-testid=clock]");
  const words = CLOCK.format(now);
  if (node.textContent !== words) node.textContent = words;
  node.dateTime = now.toISOString();
}

function paintClock(found) {
  if (!CLOCK) zoned(found.zone);
  clock = { at: Date.parse(found.now), heard: performance.now() };
  const node = $(document, "[data-testid=clock]");
  node.dataset.moving = String(found.moving);
  $(document, "#clock").classList.toggle("moving", found.moving);
  for (const button of document.querySelectorAll("#clock button")) button.disabled = found.moving;
  tick();
}

let looking = null;
let answering = true;

/* One look at a time; a look that was asked for meanwhile comes after it. */
function look() {
  looking = (looking || Promise.resolve()).then(lookNow);
  return looking;
}

async function lookNow() {
  const before = JSON.stringify(chosen);
  const asked = new URLSearchParams({ ...chosen, version });
  try {
    const found = await (await fetch(`/state?${asked}`)).json();
    paintClock(found);
    /* Somebody else was chosen meanwhile: this is about the one before, the next look is theirs. */
    if (JSON.stringify(chosen) !== before) return;
    paintConsole(found.console);
    if (found.phones) {
      for (const name of Object.keys(PHONES)) paint(name, found.phones[name]);
      version = found.version;
    }
    if (!answering) say("");
    answering = true;
  } catch {
    answering = false;
    say("The demo does not answer. Is it still running?");
  }
}

function begin() {
  for (const name of Object.keys(PHONES)) build(name);
  for (const button of document.querySelectorAll("#clock button")) {
    button.dataset.testid = `clock-${button.dataset.to}`;
    button.addEventListener("click", () => post("/clock", { to: button.dataset.to }));
  }
  const form = $(document, "#invite");
  const usual = { telegram: "Sam Rivera", sms: "Ana Torres" };
  form.elements.channel.addEventListener("change", () => {
    if (Object.values(usual).includes(form.elements.name.value)) {
      form.elements.name.value = usual[form.elements.channel.value];
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { name, channel, language, plain } = form.elements;
    const made = await post("/invite", {
      name: name.value, channel: channel.value, language: language.value, plain: plain.checked,
    });
    if (made.key) await choose(made.phone, made.key);
  });
  addEventListener("resize", () => {
    for (const list of document.querySelectorAll(".messages")) list.scrollTop = list.scrollHeight;
  });
  look();
  setInterval(look, 500);
  setInterval(tick, 1000);
}

begin();
