// A little of it: pages that change are read again, times say how long ago they were, and what cannot be undone is asked
// for twice. Everything works without.
"use strict";

const pause = 4000;

function ago(date) {
  const seconds = Math.round((Date.now() - date) / 1000);
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) || ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.trunc(seconds / size), unit);
}

function explainTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = Date.parse(time.dateTime);
    if (!Number.isNaN(date)) time.title = ago(date);
  }
}

// Somebody who types, has opened something or selects text is not interrupted.
function isBusy(main) {
  const active = document.activeElement;
  const types = active && main.contains(active) && active.matches("input, select, textarea");
  return types || document.hidden || String(getSelection()) !== "";
}

async function refresh() {
  const main = document.querySelector("main[data-live]");
  if (!main || isBusy(main)) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
  if (answer.type === "opaqueredirect" || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  if (!fresh || isBusy(main) || fresh.innerHTML === main.dataset.source) return;
  const open = new Set([...main.querySelectorAll("details[open] summary")].map((one) => one.textContent));
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...main.querySelectorAll("a, button, summary")].indexOf(focused) : -1;
  main.dataset.source = fresh.innerHTML;
  main.replaceChildren(...fresh.childNodes);
  for (const summary of main.querySelectorAll("details summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  const next = place >= 0 ? main.querySelectorAll("a, button, summary")[place] : null;
  if (next && next.textContent === focused.textContent) next.focus();
  explainTimes(main);
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) {
    event.preventDefault();
    return;
  }
  // Once is enough.
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
});

// What was done is said once: not again when the page is loaded anew.
if (new URLSearchParams(location.search).has("done")) {
  const clean = new URL(location.href);
  clean.searchParams.delete("done");
  history.replaceState(null, "", clean);
}

explainTimes(document);
const main = document.querySelector("main[data-live]");
if (main) {
  main.dataset.source = main.innerHTML;
  setInterval(() => refresh().catch(() => undefined), pause);
}
