// What pages gain where scripts run: tables that sort, times as spans, texts to copy.  Everything is there without it.
"use strict";

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const OLD = 30 * 86400; // seconds after which the day itself says more
const ago = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function tellSpans() {
  for (const time of document.querySelectorAll("time.ago")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    if (Number.isNaN(seconds)) continue;
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
    time.title ||= time.textContent;
    if (Math.abs(seconds) >= OLD) {
      time.textContent = time.title.slice(0, 10);
      continue;
    }
    time.textContent = unit ? ago.format(Math.trunc(seconds / size), unit) : "just now";
  }
}

function valueOf(row, column) {
  const cell = row.cells[column];
  const given = cell?.dataset.value ?? cell?.querySelector("time")?.dateTime ?? cell?.textContent.trim() ?? "";
  const number = Number(given.replaceAll(",", ""));
  return given !== "" && !Number.isNaN(number) ? number : given;
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other));
}

function sortBy(table, header) {
  const first = header.classList.contains("number") || header.classList.contains("time") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? other : first;
  for (const one of table.tHead.rows[0].cells) one.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [valueOf(row, header.cellIndex), row]);
  rows.sort(([one], [two]) => sign * compare(one, two));
  body.append(...rows.map(([, row]) => row));
}

function letSort(table) {
  if (table.tBodies[0].rows.length < 2) return;
  for (const header of table.tHead.rows[0].cells) {
    if (header.classList.contains("unsorted")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sortBy(table, header));
    header.append(button);
  }
}

function letCopy(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch { // the page came over plain HTTP, or the browser does not allow it
      getSelection().selectAllChildren(text);
      button.textContent = "Selected: now copy it with the keyboard";
    }
  });
  text.closest("pre").before(button);
}

function sendWhatIsFilled(form) {
  form.addEventListener("submit", () => {
    for (const input of form.elements) if (input.name && input.value === "") input.disabled = true;
  });
}

tellSpans();
setInterval(tellSpans, 60_000);
document.querySelectorAll("table.sortable").forEach(letSort);
document.querySelectorAll("[data-copy]").forEach(letCopy);
document.querySelectorAll("form.filters").forEach(sendWhatIsFilled);
