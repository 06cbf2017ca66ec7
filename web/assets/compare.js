// Two drawings of one process beside each other. The page tells every difference in words beneath; here it is coloured.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { diff } from "bpmn-js-differ";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";

const frame = document.getElementById("compare-viewers");
const entries = [...document.querySelectorAll("[data-element]")];

async function open(place) {
  const answer = await fetch(place.dataset.source, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${place.dataset.source}: ${answer.status}`);
  const viewer = new NavigatedViewer({ container: place, moddleExtensions: { zeebe } });
  await viewer.importXML(await answer.text());
  return viewer;
}

// What the list says, and what the modeler's comparison sees besides: mostly that a shape lies elsewhere.
function readMarks(viewers) {
  const marks = new Map(entries.map((entry) => [entry.dataset.element, entry.dataset.change]));
  if (!viewers.left || !viewers.right) return marks;
  const seen = diff(viewers.left.getDefinitions(), viewers.right.getDefinitions());
  const kinds = [["_added", "added"], ["_removed", "removed"], ["_changed", "changed"], ["_layoutChanged", "moved"]];
  for (const [kind, mark] of kinds) {
    for (const id of Object.keys(seen[kind])) if (!marks.has(id)) marks.set(id, mark);
  }
  return marks;
}

function draw(viewer, side, marks) {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  const absent = side === "left" ? "added" : "removed";
  for (const [id, mark] of marks) {
    const element = elements.get(id);
    if (!element || mark === absent || element === canvas.getRootElement()) continue;
    canvas.addMarker(id, `diff-${mark}`);
    for (const label of element.labels ?? []) canvas.addMarker(label.id, `diff-${mark}`);
  }
  viewer.get("eventBus").on("element.click", ({ element }) => point(element.labelTarget?.id ?? element.id));
}

// One view for both: whoever moves or zooms one moves the other.
function couple(viewers) {
  let isFollowing = false;
  for (const viewer of viewers) {
    viewer.get("eventBus").on("canvas.viewbox.changed", ({ viewbox }) => {
      if (isFollowing) return;
      isFollowing = true;
      const { x, y, width, height } = viewbox;
      for (const other of viewers) if (other !== viewer) other.get("canvas").viewbox({ x, y, width, height });
      isFollowing = false;
    });
  }
}

// The list's entry of an element, brought into view and named to who listens.
function point(id) {
  const entry = entries.find((one) => one.dataset.element === id);
  for (const one of entries) one.classList.toggle("is-current", one === entry);
  entry?.scrollIntoView({ block: "center" });
  entry?.focus({ preventScroll: true });
}

function show(viewers, id) {
  for (const viewer of viewers) {
    const canvas = viewer.get("canvas");
    const elements = viewer.get("elementRegistry");
    elements.forEach((element) => canvas.removeMarker(element, "diff-current"));
    if (elements.get(id)) canvas.addMarker(id, "diff-current");
  }
  const holder = viewers.find((viewer) => viewer.get("elementRegistry").get(id));
  if (!holder) return;
  const canvas = holder.get("canvas");
  canvas.zoom(Math.max(canvas.zoom(), 0.8)); // a shape of a whole diagram that was fitted is too small to read
  canvas.scrollToElement(id, { top: 80, bottom: 80, left: 120, right: 120 });
  frame.scrollIntoView({ block: "nearest" });
}

function addTools(viewers) {
  const first = viewers[0];
  const steps = {
    in: () => first.get("zoomScroll").stepZoom(1),
    out: () => first.get("zoomScroll").stepZoom(-1),
    fit: () => first.get("canvas").zoom("fit-viewport", "auto"),
  };
  frame.querySelector(".diagram-tools").addEventListener("click", (event) => steps[event.target.dataset?.zoom]?.());
  for (const button of document.querySelectorAll("[data-show]")) {
    const id = button.dataset.show;
    if (!viewers.some((viewer) => viewer.get("elementRegistry").get(id))) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      point(id);
      show(viewers, id);
    });
  }
}

async function start() {
  frame.hidden = false;
  const viewers = {};
  for (const place of frame.querySelectorAll("[data-side]")) viewers[place.dataset.side] = await open(place);
  const marks = readMarks(viewers);
  for (const [side, viewer] of Object.entries(viewers)) draw(viewer, side, marks);
  const both = Object.values(viewers);
  couple(both);
  both[0].get("canvas").zoom("fit-viewport", "auto");
  addTools(both);
  frame.dataset.ready = "yes";
}

if (frame) {
  start().catch(() => {
    frame.hidden = true;
  });
}
