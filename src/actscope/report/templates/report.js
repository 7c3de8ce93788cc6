// Draws the figures of this file. Colours are variables of the style sheet, so light, dark and print need no second drawing.
const { config, figures } = JSON.parse(document.getElementById("data").textContent);
const AXIS = 64; // what axis and titles take beside a panel
const GAP = 28;
const NARROWEST = 250;
const options = { ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true }, renderer: "svg" };
const drawn = new Map();

function fitted(spec, available) {
  const copy = structuredClone(spec);
  const wanted = copy.columns ?? 1;
  const columns = Math.max(1, Math.min(wanted, Math.floor((available + GAP) / (NARROWEST + AXIS + GAP))));
  const room = Math.floor((available - GAP * (columns - 1)) / columns) - AXIS;
  const labels = Math.max(0, (copy.usermeta?.labels ?? 0) - 36); // names that are wider than numbers
  const panels = copy.concat ?? [copy];
  copy.columns = columns;
  for (const panel of panels) {
    const square = panel.width === panel.height;
    const width = Math.max(120, Math.min(room - labels, square ? panel.width : 560 * (wanted === 1 ? 2 : 1)));
    if (square) {
      const image = panel.layer.find((layer) => layer.mark.type === "image");
      image.mark.width = image.mark.height = panel.height = width;
    }
    panel.width = width;
  }
  return copy;
}

async function draw(figure) {
  const available = Math.floor(figure.clientWidth);
  const before = drawn.get(figure);
  if (!available || before?.available === available) return;
  drawn.set(figure, { ...before, available });
  const narrow = available < 480;
  const legend = { ...config.legend, columns: narrow ? 2 : 0, labelLimit: narrow ? 120 : 260 };
  const result = await globalThis.vegaEmbed(figure, fitted(figures[figure.dataset.figure], available), { ...options, config: { ...config, legend } });
  before?.result?.finalize();
  drawn.set(figure, { available, result });
}

// While paper is laid out the width changes for a moment; the picture scales by itself there.
let printing = false;
addEventListener("beforeprint", () => (printing = true));
addEventListener("afterprint", () => (printing = false));
let waiting;
const watcher = new ResizeObserver(() => {
  clearTimeout(waiting);
  waiting = setTimeout(() => printing || places.forEach(draw), 120);
});
const places = [...document.querySelectorAll("[data-figure]")];
for (const place of places) {
  await draw(place);
  watcher.observe(place);
}
document.documentElement.dataset.drawn = places.length;
