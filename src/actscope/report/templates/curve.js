// A tangent to drag along the curve. The formula is not here: between points the cubic with their values and slopes is drawn.
const { frame, lines, flat, told, ...start } = JSON.parse(document.getElementById("data").textContent);
const [svg, slider, readings, state, hint, tangent, guide, handle, below] =
  [".plot", "#slider", "#readings", "#state", "#hint", "#tangent", "#guide", "#handle", "#below"].map((name) => document.querySelector(name));
const outputs = [...readings.querySelectorAll("output")];
const groups = [...svg.querySelectorAll(".line")];
const across = frame.width - frame.left - frame.right;
const up = frame.height - frame.top - frame.bottom;
const right = (x) => frame.left + ((x + frame.reach) / (2 * frame.reach)) * across;
const down = (y) => frame.top + ((frame.high - y) / (frame.high - frame.low)) * up;
const STEP = frame.reach / 600; // of the arrow keys: a hundredth for |x| up to 6
const TANGENT = 120; // half its length on the paper
let chosen = start.chosen;
let x = start.x;

function at(line, x) {
  const kink = line.kinks.find((kink) => Math.abs(kink.x - x) < STEP / 4);
  if (kink) return kink;
  const { from, to, value, slope, second } = line.pieces.find((piece) => x <= piece.to) ?? line.pieces.at(-1);
  const count = value.length - 1;
  const h = (to - from) / count;
  const k = Math.min(count - 1, Math.max(0, Math.floor((x - from) / h)));
  const t = (x - from) / h - k;
  const [a, b, p, q] = [value[k], value[k + 1], slope[k], slope[k + 1]].map((number) => number ?? NaN);
  const rise = b - a;
  const bend = [p * h - rise, rise - q * h];
  return {
    value: a + t * rise + t * (1 - t) * ((1 - t) * bend[0] + t * bend[1]),
    slope: (rise + (1 - 2 * t) * ((1 - t) * bend[0] + t * bend[1]) + t * (1 - t) * (bend[1] - bend[0])) / h,
    second: second && second[k] + t * (second[k + 1] - second[k]),
  };
}

// How far the curve stays on the paper; there the point ends too.
function extent(line) {
  const seen = line.pieces.flatMap(({ from, to, value }) =>
    value.map((y, k) => (y !== null && y >= frame.low && y <= frame.high ? from + ((to - from) * k) / (value.length - 1) : null)).filter((x) => x !== null));
  return seen.length ? [Math.min(...seen), Math.max(...seen)] : [-frame.reach, frame.reach];
}

function said(number) {
  if (number === undefined || Number.isNaN(number)) return "–";
  const size = Math.abs(number);
  let text = size === 0 ? "0" : size < 1e-3 || size >= 1e5 ? number.toExponential(2).replace("e+", "e") : String(Number(number.toPrecision(4)));
  return text.replaceAll("-", "−");
}

function place(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, Number.isFinite(value) ? value.toFixed(2) : 0);
}

function show() {
  const line = lines[chosen];
  const [least, most] = extents[chosen];
  x = Math.min(most, Math.max(least, x));
  const near = line.kinks.find((kink) => Math.abs(kink.x - x) < STEP / 2);
  x = near ? near.x : Math.round(x / STEP) * STEP;
  const { value, slope, second, others } = at(line, x);
  const tilt = ((slope ?? 0) * up * 2 * frame.reach) / (across * (frame.high - frame.low));
  const dx = TANGENT / Math.hypot(1, tilt);
  const [px, py, sy] = [right(x), down(value), down(slope)];
  const inside = py >= frame.top - 1 && py <= frame.top + up + 1;
  place(tangent, { x1: px - dx, x2: px + dx, y1: py + dx * tilt, y2: py - dx * tilt });
  place(handle, { cx: px, cy: Math.min(frame.top + up, Math.max(frame.top, py)) });
  place(below, { cx: px, cy: sy });
  place(guide, { x1: px, x2: px, y1: frame.top, y2: frame.top + up });
  for (const part of [tangent, handle, guide]) part.removeAttribute("hidden");
  below.toggleAttribute("hidden", !(sy >= frame.top && sy <= frame.top + up));
  tangent.toggleAttribute("hidden", !inside || slope === undefined || slope === null || Number.isNaN(slope));
  [said(x), said(value), said(slope ?? undefined), said(second)].forEach((text, k) => outputs[k] && (outputs[k].textContent = text));
  const saturated = flat.some(([low, high]) => x >= low && x <= high);
  const sides = others?.length ? told.kink.replace("{slopes}", others.map(said).join(told.and)) : "";
  const verdict = told.saturated ? (saturated ? told.saturated : told.open) : "";
  state.textContent = [verdict, told.gradient.replace("{slope}", said(slope ?? undefined)), sides].filter(Boolean).join(" ");
  state.classList.toggle("saturated", saturated);
  slider.value = x;
  slider.setAttribute("aria-valuetext", outputs.map((output) => `${output.previousElementSibling.textContent} ${output.textContent}`).join(", "));
}

let waiting = false;
function move(to) {
  x = to;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => ((waiting = false), show()));
}

function dragged(event) {
  const box = svg.getBoundingClientRect();
  const paper = ((event.clientX - box.left) / box.width) * frame.width;
  move(((paper - frame.left) / across) * 2 * frame.reach - frame.reach);
}

const extents = lines.map(extent);
Object.assign(slider, { min: -frame.reach, max: frame.reach, step: STEP });
slider.addEventListener("input", () => move(Number(slider.value)));
svg.addEventListener("pointerdown", (event) => {
  svg.setPointerCapture(event.pointerId);
  svg.classList.add("dragged");
  slider.focus({ preventScroll: true }); // so that the arrow keys go on from here
  event.preventDefault();
  dragged(event);
});
svg.addEventListener("pointermove", (event) => svg.hasPointerCapture(event.pointerId) && dragged(event));
for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => svg.classList.remove("dragged"));
for (const radio of document.querySelectorAll("input[name=gate]")) {
  radio.addEventListener("change", () => {
    chosen = Number(radio.value);
    groups.forEach((group, k) => group.classList.toggle("chosen", k === chosen));
    move(x);
  });
}
for (const part of [slider, readings, hint]) part.hidden = false;
show();
document.documentElement.dataset.drawn = "1";
