"use strict";

// What is reviewed, and per distortion what was decided: `order` of the phrases by their numbers in the bank, and of
// each that was judged or edited its `decisions` and `edits`. The state is drawn anew whenever it changes.
const data = JSON.parse(document.getElementById("data").textContent);
const place = "exiqa review " + data.hash;
const past = [];
let review = { reviewer: "", distortions: {} };

function fresh(id) {
  return { order: data.distortions[id].phrases.map((_, number) => number), decisions: {}, edits: {} };
}

function restore() {
  for (const id in data.distortions) review.distortions[id] = fresh(id);
  try {
    const kept = JSON.parse(localStorage.getItem(place));
    if (kept) {
      review.reviewer = String(kept.reviewer);
      for (const id in kept.distortions) {
        if (id in review.distortions) Object.assign(review.distortions[id], kept.distortions[id]);
      }
    }
  } catch {
    say("This browser keeps nothing for this page: save before you leave it.");
  }
}

function keepProgress() {
  try {
    localStorage.setItem(place, JSON.stringify(review));
  } catch {
    say("This browser keeps nothing for this page: save before you leave it.");
  }
}

function say(text) {
  document.getElementById("said").textContent = text;
}

// --- what the state says ---

function wording(id, number) {
  return review.distortions[id].edits[number] ?? data.distortions[id].phrases[number];
}

function kept(id) {
  const state = review.distortions[id];
  return state.order.filter((number) => state.decisions[number] !== "drop");
}

function simple(text) {
  return text.normalize("NFKC").toLowerCase().split(/\s+/).join(" ").trim().replace(/\.+$/, "");
}

// The nearest other phrase that stays: [number, cosine], or null. Of an edited phrase only equal words are known.
function nearest(id, number) {
  const { cosines, apart } = data.distortions[id];
  const { edits } = review.distortions[id];
  let best = null;
  for (const other of kept(id)) {
    if (other === number) continue;
    const same = simple(wording(id, other).phrase) === simple(wording(id, number).phrase);
    const known = !edits[number] && !edits[other] && !apart[number][other];
    const cosine = same ? 1 : known ? cosines[number][other] : -1;
    if (cosine > (best?.[1] ?? -1)) best = [other, cosine];
  }
  return best;
}

// Facility location, as the ranking has it: how near the phrases that stay are to all that the bank had, in [0, 1].
function coverage(id) {
  const { cosines, phrases } = data.distortions[id];
  const staying = kept(id).filter((number) => !review.distortions[id].edits[number]);
  const near = phrases.map((_, row) => Math.max(0, ...staying.map((column) => cosines[row][column])));
  return near.reduce((sum, value) => sum + value, 0) / phrases.length;
}

function unnamed(id) {
  const named = new Set(
    kept(id)
      .filter((number) => !review.distortions[id].edits[number])
      .flatMap((number) => data.distortions[id].phrases[number].names),
  );
  return data.distortions[id].plain.filter((effect) => !named.has(effect));
}

function duplicates(id) {
  const near = kept(id).filter((number) => (nearest(id, number)?.[1] ?? -1) >= data.threshold);
  return near.length;
}

function judged(id) {
  return Object.keys(review.distortions[id].decisions).length;
}

// --- drawing ---

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

function bars(curve) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const width = 10 * curve.length;
  const attributes = { class: "curve", role: "img", width, height: 18, viewBox: `0 0 ${width} 18` };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  svg.setAttribute("aria-label", `visibility by level: ${curve.join(", ")}`);
  curve.forEach((value, level) => {
    const bar = document.createElementNS(space, "rect");
    const box = { x: 10 * level + 1, y: 17 - 16 * value, width: 8, height: 16 * value };
    for (const [key, side] of Object.entries(box)) bar.setAttribute(key, side);
    svg.append(bar);
  });
  const ground = document.createElementNS(space, "line");
  for (const [key, value] of Object.entries({ x1: 0, y1: 17.5, x2: width, y2: 17.5 })) ground.setAttribute(key, value);
  svg.append(ground);
  return svg;
}

function facts(id, number) {
  const about = data.distortions[id].phrases[number];
  const edited = review.distortions[id].edits[number];
  const { antonym } = wording(id, number);
  const near = nearest(id, number);
  const row = element("div", { className: "facts" });
  if (edited) {
    row.append(element("span", { className: "edited" }, `edited, was “${about.phrase}”; not held against pictures yet`));
  } else {
    row.append(element("span", { className: about.kind }, about.verdict));
    if (about.says.length) row.append(element("span", {}, about.says.join("; "), " ", bars(about.curve)));
  }
  if (antonym) row.append(element("span", {}, `opposite: ${antonym}`));
  if (about.shared.length) row.append(element("span", {}, `shared with ${about.shared.join(", ")}`));
  if (near) {
    const duplicate = near[1] >= data.threshold && review.distortions[id].decisions[number] !== "drop";
    const text = `${duplicate ? "near-duplicate of" : "nearest:"} “${wording(id, near[0]).phrase}” (${near[1].toFixed(2)})`;
    row.append(element("span", { className: duplicate ? "duplicate" : "" }, text));
  }
  return row;
}

function button(act, text, phrase, pressed) {
  const made = element("button", { type: "button", "data-act": act, "aria-label": `${text}: ${phrase}` }, text);
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  return made;
}

function row(id, number, rank, active) {
  const decision = review.distortions[id].decisions[number];
  const { phrase } = wording(id, number);
  const controls = element(
    "span",
    { className: "controls" },
    button("keep", "Keep", phrase, decision === "keep"),
    button("drop", "Drop", phrase, decision === "drop"),
    button("edit", "Edit", phrase),
    button("up", "Up", phrase),
    button("down", "Down", phrase),
  );
  const made = element(
    "li",
    { className: decision ?? "", tabIndex: active ? 0 : -1, "data-number": number },
    element("span", { className: "handle", draggable: true, "aria-hidden": "true", title: "Drag to reorder" }, "⠿"),
    element("span", { className: "rank" }, decision === "drop" ? "–" : `${rank}.`),
    element("div", {}, element("div", { className: "phrase" }, phrase), facts(id, number)),
    controls,
  );
  for (const control of controls.children) control.tabIndex = active ? 0 : -1;
  return made;
}

function section(id) {
  return document.querySelector(`section[data-distortion="${id}"]`);
}

function rowOf(id, number) {
  return section(id).querySelector(`li[data-number="${number}"]`);
}

// Draws a distortion; with `focus`, [number, act], the focus is there afterwards (on the row where `act` is empty).
function draw(id, focus) {
  const list = section(id).querySelector(".phrases");
  const { order } = review.distortions[id];
  const active = focus ? focus[0] : Number(list.querySelector('li[tabindex="0"]')?.dataset.number ?? order[0]);
  const staying = kept(id);
  list.replaceChildren(...order.map((number) => row(id, number, staying.indexOf(number) + 1, number === active)));
  const open = unnamed(id);
  const summary = section(id).querySelector(".summary");
  const plain = data.distortions[id].plain.length;
  summary.replaceChildren(
    `${staying.length} of ${order.length} phrases stay; coverage ${coverage(id).toFixed(2)}; ` +
      `near-duplicates ${duplicates(id)}` +
      (plain ? `; effects named ${plain - open.length} of ${plain}` : ""),
  );
  if (open.length) summary.append(element("span", { className: "gap" }, `, unnamed: ${open.join(", ")}`));
  document.getElementById(`judged-${id}`).textContent = `${judged(id)}/${order.length}`;
  const all = Object.keys(data.distortions);
  const total = all.reduce((sum, each) => sum + review.distortions[each].order.length, 0);
  const done = all.reduce((sum, each) => sum + judged(each), 0);
  document.getElementById("progress").textContent = `${done} of ${total} judged`;
  document.getElementById("undo").disabled = past.length === 0;
  if (focus) {
    const target = rowOf(id, focus[0]);
    (focus[1] ? target.querySelector(`[data-act="${focus[1]}"]`) : target).focus();
  }
}

// --- changing ---

function change(id, number, told, alter, focus = [number, ""]) {
  past.push([id, JSON.stringify(review.distortions[id]), number]);
  alter(review.distortions[id]);
  keepProgress();
  draw(id, focus);
  say(told);
}

function undo() {
  const last = past.pop();
  if (!last) return;
  const [id, before, number] = last;
  review.distortions[id] = JSON.parse(before);
  keepProgress();
  draw(id, [number, ""]);
  say("Undone.");
}

function neighbour(id, number, step) {
  const { order } = review.distortions[id];
  return order[order.indexOf(number) + step];
}

function decide(id, number, decision, onward, act) {
  const { phrase } = wording(id, number);
  const taken = review.distortions[id].decisions[number] === decision;
  const next = onward ? (neighbour(id, number, 1) ?? number) : number;
  const told = taken ? `Not judged: ${phrase}` : `${decision === "keep" ? "Kept" : "Dropped"}: ${phrase}`;
  const alter = (state) => {
    if (taken) delete state.decisions[number];
    else state.decisions[number] = decision;
  };
  change(id, number, told, alter, [taken ? number : next, act]);
}

function move(id, number, to, act) {
  const { order } = review.distortions[id];
  if (to < 0 || to >= order.length || order[to] === number) return;
  const alter = (state) => {
    state.order.splice(state.order.indexOf(number), 1);
    state.order.splice(to, 0, number);
  };
  change(id, number, `Moved to ${to + 1} of ${order.length}: ${wording(id, number).phrase}`, alter, [number, act]);
}

function shift(id, number, step, act) {
  move(id, number, review.distortions[id].order.indexOf(number) + step, act);
}

function edit(id, number) {
  const now = wording(id, number);
  const phrase = element("input", { name: "phrase", required: true, value: now.phrase });
  const antonym = element("input", { name: "antonym", value: now.antonym ?? "" });
  const form = element(
    "form",
    { className: "edit" },
    element("label", {}, "Phrase ", phrase),
    element("label", {}, "Opposite ", antonym),
    element("button", { type: "submit" }, "Take it"),
    element("button", { type: "button", "data-act": "cancel" }, "Cancel"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const edited = { phrase: phrase.value.trim(), antonym: antonym.value.trim() || null };
    const was = data.distortions[id].phrases[number];
    if (!edited.phrase || (edited.phrase === now.phrase && edited.antonym === now.antonym)) return draw(id, [number, ""]);
    const alter = (state) => {
      if (edited.phrase === was.phrase && edited.antonym === was.antonym) delete state.edits[number];
      else state.edits[number] = edited;
      state.decisions[number] = "keep";
    };
    change(id, number, `Edited: ${edited.phrase}`, alter);
  });
  rowOf(id, number).children[2].replaceChildren(form);
  phrase.focus();
}

function act(id, number, name) {
  if (name === "keep" || name === "drop") decide(id, number, name, false, name);
  else if (name === "edit") edit(id, number);
  else if (name === "cancel") draw(id, [number, ""]);
  else shift(id, number, name === "up" ? -1 : 1, name);
}

// --- saving ---

function asFile() {
  const distortions = {};
  for (const [id, state] of Object.entries(review.distortions)) {
    const untouched = judged(id) === 0 && state.order.every((number, rank) => number === rank);
    if (untouched) continue;
    distortions[id] = state.order.map((number) => {
      const entry = { phrase: data.distortions[id].phrases[number].phrase, decision: state.decisions[number] ?? null };
      return state.edits[number] ? { ...entry, edited: state.edits[number] } : entry;
    });
  }
  const { bank, hash } = data;
  return { schema_version: 1, kind: "review", bank, bank_hash: hash, reviewer: review.reviewer, distortions };
}

function save() {
  const file = new Blob([JSON.stringify(asFile(), null, 1) + "\n"], { type: "application/json" });
  const name = review.reviewer.replace(/[^A-Za-z0-9_-]+/g, "-");
  const link = element("a", { href: URL.createObjectURL(file), download: `${data.bank}${name && "."}${name}.review.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`Saved ${link.download}`);
}

// --- the reader's hands ---

function target(event) {
  const place = event.target.closest?.("li[data-number]");
  return place && [place.closest("section").dataset.distortion, Number(place.dataset.number)];
}

document.addEventListener("click", (event) => {
  const at = target(event);
  const control = event.target.closest("button[data-act]");
  if (at && control) act(...at, control.dataset.act);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("form, input");
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "z" && !typing) {
      event.preventDefault();
      undo();
    }
    return;
  }
  const at = target(event);
  if (!at) return;
  const [id, number] = at;
  if (typing) {
    if (event.key === "Escape") draw(id, [number, ""]);
    return;
  }
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const key = event.key.toLowerCase();
  if (step && event.altKey) shift(id, number, step, "");
  else if (step) rowOf(id, neighbour(id, number, step) ?? number).focus();
  else if (event.altKey) return;
  else if (key === "k") decide(id, number, "keep", true, "");
  else if (key === "d") decide(id, number, "drop", true, "");
  else if (key === "e") edit(id, number);
  else return;
  event.preventDefault();
});

// One row of a list is in the tab order, the last that was used.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("li[data-number]");
  if (!row || row.tabIndex === 0) return;
  for (const each of row.parentElement.children) {
    each.tabIndex = each === row ? 0 : -1;
    for (const control of each.querySelectorAll(".controls button")) control.tabIndex = each.tabIndex;
  }
});

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = target(event);
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", wording(...dragged).phrase);
});
document.addEventListener("dragover", (event) => {
  const at = target(event);
  for (const over of document.querySelectorAll(".over")) over.classList.remove("over");
  if (!dragged || !at || at[0] !== dragged[0]) return;
  event.preventDefault();
  rowOf(...at).classList.add("over");
});
document.addEventListener("drop", (event) => {
  const at = target(event);
  if (!dragged || !at || at[0] !== dragged[0]) return;
  event.preventDefault();
  move(...dragged, review.distortions[at[0]].order.indexOf(at[1]), "");
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const over of document.querySelectorAll(".over")) over.classList.remove("over");
});

document.getElementById("undo").addEventListener("click", undo);
document.getElementById("save").addEventListener("click", save);
document.getElementById("reviewer").addEventListener("input", (event) => {
  review.reviewer = event.target.value;
  keepProgress();
});

restore();
document.getElementById("reviewer").value = review.reviewer;
for (const id in data.distortions) draw(id);
