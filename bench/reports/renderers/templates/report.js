"use strict";

// Sortable tables. Rows are sorted within their group; a gain stays below the row that it belongs to. A column's button
// goes through best first, worst first, and the order of the page. Missing figures come last either way.
for (const table of document.querySelectorAll("table.results")) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const bodies = [...table.tBodies].map((body) => ({ body, blocks: blocksOf(body) }));
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const first = head.dataset.best === "higher" ? "descending" : "ascending";
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const order = now === null ? first : now === first ? { ascending: "descending", descending: "ascending" }[first] : null;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.setAttribute("aria-sort", order);
      for (const { body, blocks } of bodies) {
        body.append(...sorted(blocks, column, order).flat());
      }
    });
  });
}

function blocksOf(body) {
  const blocks = [];
  for (const row of body.rows) {
    if (row.classList.contains("gain") && blocks.length) blocks[blocks.length - 1].push(row);
    else if (!row.classList.contains("group")) blocks.push([row]);
  }
  return blocks;
}

function sorted(blocks, column, order) {
  if (order === null) return blocks;
  const sign = order === "ascending" ? 1 : -1;
  const label = (block) => block[0].cells[0].textContent.trim();
  const value = (block) => block[0].cells[column].dataset.v;
  return [...blocks].sort((a, b) => {
    if (column === 0) return sign * label(a).localeCompare(label(b), "en", { numeric: true });
    if (value(a) === undefined || value(b) === undefined) return (value(a) === undefined) - (value(b) === undefined);
    return sign * (value(a) - value(b));
  });
}

// The explorer shows one image at a time. Without this script all are on the page.
const picker = document.querySelector(".picker");
if (picker) {
  const select = picker.querySelector("select");
  const cards = [...document.querySelectorAll(".explored")];
  const status = picker.querySelector("[role=status]");
  const show = (id, say) => {
    for (const card of cards) card.hidden = card.id !== id;
    select.value = id;
    const at = select.selectedIndex;
    picker.querySelector("[data-step='-1']").disabled = at === 0;
    picker.querySelector("[data-step='1']").disabled = at === cards.length - 1;
    if (say) status.textContent = `Image ${at + 1} of ${cards.length}: ${select.options[at].text}`;
  };
  const fromAddress = () => {
    const id = location.hash.slice(1);
    if (cards.some((card) => card.id === id)) show(id, false);
  };
  select.addEventListener("change", () => show(select.value, true));
  for (const button of picker.querySelectorAll("button")) {
    button.addEventListener("click", () => show(cards[select.selectedIndex + Number(button.dataset.step)].id, true));
  }
  addEventListener("hashchange", fromAddress);
  picker.hidden = false;
  show(cards[0].id, false);
  fromAddress();
}
