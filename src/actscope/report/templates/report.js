// Draws the figures of this file. Colours are variables of the style sheet, so light, dark and print need no second drawing.
const { config, figures } = JSON.parse(document.getElementById("data").textContent);
const AXIS = 64; // what axis and titles take beside a panel
const GAP = 28;
const NARROWEST = 250;
const options = { ast: true, actions: false, defaultStyle: false, tooltip: { disableDefaultStyle: true }, renderer: "svg" };
const drawn = new Map();

function fitted(spec, available) {
  const copy = structuredClone(spec);
  if (copy.usermeta?.fixed) return copy; // the style sheet makes it smaller where it must
  const wanted = copy.columns ?? 1;
  const columns = Math.max(1, Math.min(wanted, Math.floor((available + GAP) / (NARROWEST + AXIS + GAP))));
  const room = Math.floor((available - GAP * (columns - 1)) / columns) - AXIS;
  const labels = Math.max(0, (copy.usermeta?.labels ?? 0) - 36); // names that are wider than numbers
  const panels = copy.concat ?? [copy];
  copy.columns = columns;
  for (const panel of panels) {
    const scaled = copy.usermeta?.scaled || panel.width === panel.height;
    const width = Math.max(120, Math.min(room - labels, scaled ? panel.width : 560 * (wanted === 1 ? 2 : 1)));
    const factor = width / panel.width;
    if (scaled) {
      panel.height *= factor;
      for (const { mark } of panel.layer) if (mark?.type === "image") Object.assign(mark, { width: mark.width * factor, height: mark.height * factor });
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
  const spec = fitted(figures[figure.dataset.figure], available);
  const result = await globalThis.vegaEmbed(figure, narrow ? inColumns(spec) : spec, { ...options, config: { ...config, legend } });
  before?.result?.finalize();
  drawn.set(figure, { available, result });
  figure.style.minHeight = "";
}

// A legend that was made for a wide picture has fewer columns in a narrow one.
function inColumns(spec) {
  return JSON.parse(JSON.stringify(spec), (key, value) => (key === "legend" && value ? { ...value, columns: 2 } : value));
}

// Those that a reader sees come first, the others while there is nothing else to do; a print finds them all.
const places = [...document.querySelectorAll("[data-figure]")];
const idle = (then) => (globalThis.requestIdleCallback ? requestIdleCallback(then, { timeout: 200 }) : setTimeout(then, 20));
function away(place) {
  const { top, bottom } = place.getBoundingClientRect();
  return Math.max(0, top - innerHeight, -bottom);
}

let left = [];
let drawing = false;
async function drawAll() {
  left = [...places];
  if (drawing) return;
  drawing = true;
  while (left.length) {
    left.sort((a, b) => away(a) - away(b));
    if (away(left[0]) > innerHeight) {
      await new Promise(idle);
      left.sort((a, b) => away(a) - away(b)); // the reader may have gone on
    }
    await draw(left.shift());
  }
  drawing = false;
}

// While paper is laid out the width changes for a moment; the picture scales by itself there.
let printing = false;
addEventListener("beforeprint", () => (printing = true));
addEventListener("afterprint", () => (printing = false));
let waiting;
const watcher = new ResizeObserver(() => {
  clearTimeout(waiting);
  waiting = setTimeout(() => printing || drawAll(), 120);
});
await drawAll();
for (const place of places) watcher.observe(place);
document.documentElement.dataset.drawn = places.length;
