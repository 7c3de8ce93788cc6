// Sliders through the frames of a film; report.js, which follows, draws. Without this the first frame stands still.
const SECONDS = 6; // what a film takes from end to end
for (const film of document.querySelectorAll(".film")) {
  const place = film.parentElement.querySelector("[data-figure]");
  const [button, slider, told] = ["button", "input", "output"].map((name) => film.querySelector(name));
  const labels = JSON.parse(slider.dataset.frames);
  const words = { play: button.ariaLabel, pause: button.dataset.pause };
  let playing;

  function show(frame) {
    slider.value = frame;
    told.textContent = labels[frame];
    slider.setAttribute("aria-valuetext", labels[frame]);
    figures[place.dataset.figure].params[0].value = frame; // for the next time that it is drawn
    drawn.get(place)?.result?.view.signal("frame", frame).runAsync();
  }

  function stop() {
    clearInterval(playing);
    playing = undefined;
    button.classList.remove("playing");
    button.ariaLabel = words.play;
  }

  function play() {
    if (Number(slider.value) === labels.length - 1) show(0);
    button.classList.add("playing");
    button.ariaLabel = words.pause;
    playing = setInterval(() => {
      if (Number(slider.value) < labels.length - 1) show(Number(slider.value) + 1);
      else stop();
    }, Math.max(60, (1000 * SECONDS) / labels.length));
  }

  slider.addEventListener("input", () => (stop(), show(Number(slider.value))));
  button.addEventListener("click", () => (playing ? stop() : play()));
}
// Room is kept for what is not drawn yet, so that a link leads to its claim.
for (const place of document.querySelectorAll("[data-height]")) place.style.minHeight = `${place.dataset.height}px`;
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: "instant" });

