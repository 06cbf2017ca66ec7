// The live diagram. The page says the same in words beneath, so nothing is lost where this does not run.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const place = document.getElementById("diagram");

async function fetchAs(kind, url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer[kind]();
}

function draw(viewer, marks) {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  const links = new Map();
  for (const mark of marks) {
    if (!elements.get(mark.element)) continue;
    const isOpen = elements.get(mark.element).children?.length > 0; // a sub-process: its inside has marks of its own
    canvas.addMarker(mark.element, isOpen ? "mark-around" : `mark-${mark.mark}`);
    if (mark.link) {
      links.set(mark.element, mark.link);
      canvas.addMarker(mark.element, "mark-link");
    }
    if (mark.mark !== "done" && mark.count > 1) {
      const count = document.createElement("span");
      count.className = "diagram-count";
      count.textContent = String(mark.count);
      overlays.add(mark.element, { position: { top: -10, right: 10 }, html: count });
    }
  }
  viewer.get("eventBus").on("element.click", ({ element }) => {
    const link = links.get(element.labelTarget?.id ?? element.id);
    if (link) location.assign(link);
  });
}

function addTools(viewer) {
  const tools = document.getElementById("diagram-tools");
  const steps = {
    in: () => viewer.get("zoomScroll").stepZoom(1),
    out: () => viewer.get("zoomScroll").stepZoom(-1),
    fit: () => viewer.get("canvas").zoom("fit-viewport", "auto"),
  };
  tools.addEventListener("click", (event) => steps[event.target.dataset?.zoom]?.());
  tools.hidden = false;
}

async function show() {
  const [source, told] = await Promise.all([
    fetchAs("text", place.dataset.source),
    fetchAs("json", place.dataset.marks),
  ]);
  place.hidden = false;
  const viewer = new NavigatedViewer({ container: place });
  await viewer.importXML(source);
  viewer.get("canvas").zoom("fit-viewport", "auto");
  draw(viewer, told.marks);
  addTools(viewer);
}

if (place) {
  show().catch(() => {
    place.hidden = true;
  });
}
