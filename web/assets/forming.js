// Forms work without this. It keeps what is typed while htmx fetches the form anew, and counts letters.

const edited = new Map(); // name of a control → the ways it was changed since the last request

function setUp(root) {
  for (const area of root.querySelectorAll("textarea[data-forming-count]")) {
    const counter = document.createElement("p");
    counter.className = "forming-counter";
    counter.setAttribute("aria-hidden", "true"); // the hint says the limit
    area.after(counter);
    count(area);
  }
}

function count(area) {
  const counter = area.nextElementSibling;
  const most = Number(area.dataset.formingCount);
  const length = area.value.trim().length;
  counter.textContent = `${length} / ${most}`;
  counter.classList.toggle("forming-counter-over", length > most);
}

function putBack(root) {
  for (const control of edited.values()) {
    const now = document.getElementById(control.id);
    if (!now || !root.contains(now) || now === control || now.type === "file") continue;
    if (now.type === "checkbox" || now.type === "radio") now.checked = control.checked;
    else now.value = control.value;
    if (now.matches("textarea[data-forming-count]")) count(now);
  }
  edited.clear();
}

document.addEventListener("input", (event) => {
  const control = event.target;
  if (!control.closest?.(".forming")) return;
  if (control.id) edited.set(control.id, control);
  if (control.matches("textarea[data-forming-count]")) count(control);
});

document.addEventListener("htmx:configRequest", (event) => {
  const sent = event.detail.formData;
  if (!event.target.closest?.(".forming") || !sent) return;
  for (const name of new Set(sent.keys())) {
    const kept = sent.getAll(name).filter((value) => !(value instanceof File)); // files go with the form itself
    if (kept.length === sent.getAll(name).length) continue;
    sent.delete(name);
    for (const value of kept) sent.append(name, value);
  }
});

document.addEventListener("htmx:beforeSend", (event) => {
  if (event.target.closest?.(".forming")) edited.clear();
});

// A button that is replaced between press and release is not clicked: while one is held down, nothing is put in.
let held = null;
let missed = null; // the field whose answer was not put in

document.addEventListener("pointerdown", (event) => {
  held = event.target.closest?.(".forming button");
}, true);

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    held = null;
    setTimeout(() => missed?.dispatchEvent(new Event("change", { bubbles: true }))); // after the click, if there is one
  }, true);
}

for (const way of ["click", "submit"]) {
  document.addEventListener(way, (event) => {
    if (event.target.closest?.(".forming button, form.forming")) missed = null;
  }, true);
}

document.addEventListener("htmx:beforeSwap", (event) => {
  missed = null;
  if (!held) return;
  event.detail.shouldSwap = false;
  missed = event.detail.requestConfig.elt;
});

document.addEventListener("htmx:afterSwap", () => {
  const root = document.getElementById("forming-fields");
  if (!root) return;
  setUp(root);
  putBack(root);
});

for (const form of document.querySelectorAll(".forming")) setUp(form);
