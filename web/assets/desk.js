// The lists by keyboard: j and k move, Enter opens, x ticks, / searches. Everything works without it.

const rows = () => [...document.querySelectorAll("table[data-keys] tbody tr")];
let current = -1;

function move(step) {
  const all = rows();
  if (!all.length) return;
  all[current]?.classList.remove("is-current");
  current = Math.min(all.length - 1, Math.max(0, current + step));
  all[current].classList.add("is-current");
  all[current].querySelector("[data-open]")?.focus();
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => rows()[current]?.querySelector("input[type=checkbox]")?.click(),
  "/": () => document.getElementById("q")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  const act = KEYS[event.key];
  if (!act || !document.querySelector("table[data-keys], #q")) return;
  event.preventDefault();
  act();
});

document.getElementById("refusal")?.focus();
