// Parallel coordinates: one line an arm, one axis a feature of its set, the score last. Drag along an axis to brush it.
const brushes = {};

function parallel(places) {
  const box = byId("parallel"), width = 1100, height = 330, top = 40, bottom = 300;
  const feature = (key) => (i) => DATA.arms[i].features[key];
  let axes = Object.entries(DATA.features).map(([key, title]) => ({ key, title, value: feature(key) }));
  axes.push({ key: "dev", title: "dev score (chosen by)", value: (i) => DATA.arms[i].dev === null ? null : 100 * DATA.arms[i].dev });
  axes.push({ key: "score", title: `${DATA.tasks[state.task]}, test`, value: (i) => number("mean", i) === null ? null : 100 * number("mean", i) });
  const known = (axis, i) => axis.value(i) !== null && axis.value(i) !== undefined;
  axes = axes.filter((axis) => new Set(places.filter((i) => known(axis, i)).map(axis.value)).size > 1);
  const lines = places.filter((i) => axes.every((axis) => known(axis, i)));
  byId("parallel-note").textContent = `${lines.length} of ${places.length} arms shown in the leaderboard; left out: arms that lack a feature ` +
    "(no realigned language, or one only, has no mean distance; another set with each seed). Drag along an axis to keep a range, click it to let go.";
  if (axes.length < 2 || !lines.length) { box.replaceChildren(el("p", {}, "Nothing to draw: fewer than two features differ.")); return; }
  axes.forEach((axis, k) => {
    const values = lines.map(axis.value);
    axis.x = 60 + k * (width - 130) / (axes.length - 1);
    axis.low = Math.min(...values); axis.high = Math.max(...values);
    axis.y = (value) => axis.high === axis.low ? (top + bottom) / 2 : bottom - (value - axis.low) / (axis.high - axis.low) * (bottom - top);
  });
  const svg = (tag, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const score = axes[axes.length - 1];
  const colour = (i) => { const f = score.high === score.low ? .5 : (score.value(i) - score.low) / (score.high - score.low);
    return `hsl(${215 - 185 * f}, 75%, ${42 + 8 * f}%)`; };
  const kept = (i) => axes.every((axis) => !brushes[axis.key] || (axis.value(i) >= brushes[axis.key][0] && axis.value(i) <= brushes[axis.key][1]));
  const paths = lines.map((i) => {
    const path = svg("path", { d: "M" + axes.map((axis) => `${axis.x.toFixed(1)},${axis.y(axis.value(i)).toFixed(1)}`).join("L"), stroke: colour(i), "data-arm": DATA.arms[i].arm });
    if (!kept(i)) path.classList.add("off");
    path.addEventListener("mousemove", (event) => { path.classList.add("on"); tip(event, [DATA.arms[i].label, DATA.arms[i].names,
      ...axes.map((axis) => `${axis.title}: ${short(axis.value(i))}`)]); });
    path.addEventListener("mouseleave", () => { path.classList.remove("on"); tip(null); });
    return path;
  });
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "parallel" }, ...paths);
  axes.forEach((axis, k) => {
    const text = (y, words) => { const made = svg("text", { x: axis.x, y, "text-anchor": "middle" }); made.textContent = words; return made; };
    const group = svg("g", { class: "axis" }, svg("line", { x1: axis.x, x2: axis.x, y1: top, y2: bottom }),
      text(k % 2 ? 12 : 24, axis.title), text(top - 4, short(axis.high)), text(bottom + 14, short(axis.low)));
    const range = brushes[axis.key];
    if (range) group.append(svg("rect", { class: "brush", x: axis.x - 8, width: 16, y: axis.y(Math.min(range[1], axis.high)),
      height: Math.max(2, axis.y(Math.max(range[0], axis.low)) - axis.y(Math.min(range[1], axis.high))) }));
    const grip = svg("rect", { class: "grip", x: axis.x - 12, y: top - 2, width: 24, height: bottom - top + 4, "data-axis": axis.key });
    const at = (event) => { const frame = drawn.getBoundingClientRect(), y = (event.clientY - frame.top) * height / frame.height;
      return axis.low + (bottom - Math.min(bottom, Math.max(top, y))) / (bottom - top) * (axis.high - axis.low); };
    grip.addEventListener("pointerdown", (event) => {
      const from = at(event), start = event.clientY;
      grip.setPointerCapture(event.pointerId);
      grip.addEventListener("pointerup", (end) => {
        if (Math.abs(end.clientY - start) < 4) delete brushes[axis.key];
        else brushes[axis.key] = [Math.min(from, at(end)), Math.max(from, at(end))];
        parallel(places);
      }, { once: true });
    });
    group.append(grip);
    drawn.append(group);
  });
  box.replaceChildren(drawn);
}

const short = (value) => Number.isInteger(value) ? String(value) : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) < 1 ? 2 : 1);

function tip(event, lines = []) {
  const box = byId("tip");
  box.style.display = event ? "block" : "none";
  if (!event) return;
  box.replaceChildren(...lines.filter(Boolean).map((line) => el("div", {}, line)));
  box.style.left = Math.min(event.clientX + 14, innerWidth - 400) + "px";
  box.style.top = event.clientY + 14 + "px";
}
