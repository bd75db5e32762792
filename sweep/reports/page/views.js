// The figures: set x language, A against B, bars, the course. Plotly draws; names are escaped for its little markup.
const BLUE = "#0072B2", VERMILION = "#D55E00", MAX_LINES = 80;
const LOOK = { paper_bgcolor: "#fff", plot_bgcolor: "#fff", font: { family: "system-ui, sans-serif", size: 12 }, hoverlabel: { align: "left" } };
const APART = [[0, VERMILION], [.5, "#f4f4f4"], [1, BLUE]]; // below and above zero
const CONFIG = { displaylogo: false, responsive: true, modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };

function plot(id, traces, layout) {
  return Plotly.react(byId(id), traces, { ...LOOK, ...layout }, CONFIG);
}

function wrapped(text, width = 60) { // for hovers
  const lines = [""];
  for (const word of String(text).split(" ")) {
    if ((lines[lines.length - 1] + word).length > width) lines.push("");
    lines[lines.length - 1] += word + " ";
  }
  return lines.map((line) => safe(line.trim())).join("<br>");
}

function byFamily(tags) {
  const key = (tag) => `${DATA.languages[tag].family || "\uffff"} ${nameOf(tag)}`;
  return [...tags].sort((x, y) => key(x).localeCompare(key(y)));
}

// Labels of an axis must differ: two arms or languages may have one name.
function labels(texts) {
  const seen = {};
  return texts.map((text) => { const n = seen[text] = (seen[text] || 0) + 1; return safe(text) + "\u200b".repeat(n - 1); });
}

function heat(places) {
  const rows = places.slice(0, MAX_LINES), tags = byFamily(members().filter((tag) => `language: ${tag}` in DATA.groups));
  const z = rows.map((i) => tags.map((tag) => { const v = ofLanguage(state.show, i, tag); return v === null ? null : 100 * v; }));
  const text = rows.map((i) => tags.map((tag) => `<b>${safe(DATA.arms[i].label)}</b><br>${wrapped(DATA.arms[i].names)}<br>` +
    `${safe(nameOf(tag))} (${safe(DATA.languages[tag].family)})${DATA.arms[i].languages.includes(tag) ? ", in the set" : ""}: ` +
    (state.show === "change" ? signed(ofLanguage("change", i, tag)) : points(ofLanguage("mean", i, tag)))));
  const own = rows.flatMap((i, y) => tags.map((tag, x) => [tag, x, y, i])).filter(([tag, , , i]) => DATA.arms[i].languages.includes(tag));
  const names = labels(rows.map((i) => DATA.arms[i].label)), columns = labels(tags.map(nameOf));
  const colours = state.show === "change" ? { colorscale: APART, zmid: 0 } : { colorscale: "Viridis" };
  byId("heat-note").textContent = `${rows.length} arms in the order of the leaderboard, ${tags.length} languages by family; dots: in the set. ` +
    (state.show === "change" ? "Points more than fine-tuning only, paired by seed." : "Points on test.");
  plot("heat", [
    { type: "heatmap", x: columns, y: names, z, text, hoverinfo: "text", ...colours, colorbar: { title: { text: "points" }, thickness: 12 } },
    { type: "scatter", mode: "markers", x: own.map((o) => columns[o[1]]), y: own.map((o) => names[o[2]]), hoverinfo: "skip", showlegend: false,
      marker: { size: 4, color: "#fff", line: { color: "#000", width: 1 } } },
  ], { height: 190 + 15 * rows.length, margin: { l: 190, r: 20, t: 10, b: 130 },
    xaxis: { tickangle: -60, tickfont: { size: 10 }, type: "category" }, yaxis: { autorange: "reversed", tickfont: { size: 10 }, type: "category" } });
}

function pair() {
  const answer = DATA.arms.findIndex((arm) => arm.answer);
  const reference = ["full", "none"].map((what) => DATA.arms.findIndex((arm) => arm.reference === what)).find((i) => i >= 0 && i !== answer);
  const a = state.a ?? (answer >= 0 ? answer : 0);
  return [a, state.b ?? reference ?? DATA.arms.findIndex((_, i) => i !== a)];
}

// An axis by the dots, not by their intervals, which with few seeds reach far beyond all scores; and how many it cuts.
function axisOf(values, intervals) {
  const low = Math.min(...values), high = Math.max(...values), margin = Math.max(2, .25 * (high - low));
  const range = [low - margin, high + margin];
  return { range, n_cut: intervals.filter(([from, to]) => from < range[0] || to > range[1]).length };
}

function against() {
  const [a, b] = pair();
  const select = (id, side, chosen) => el("select", { id, onchange: (e) => change({ [side]: +e.target.value }) },
    ...DATA.arms.map((arm, i) => el("option", { value: i, selected: i === chosen }, arm.label + (arm.names ? ` (${arm.names})` : ""))));
  byId("pick").replaceChildren(el("span", { className: "legend-a" }, "A "), select("arm-a", "a", a), " against ", el("span", { className: "legend-b" }, "B "), select("arm-b", "b", b));
  const tags = members().filter((tag) => b >= 0 && ofLanguage("mean", a, tag) !== null && ofLanguage("mean", b, tag) !== null);
  if (!tags.length) {
    byId("against-note").textContent = "A and B share no language of this group.";
    for (const id of ["against", "map"]) Plotly.purge(byId(id));
    return;
  }
  const gap = (tag) => 100 * (ofLanguage("mean", a, tag) - ofLanguage("mean", b, tag));
  tags.sort((x, y) => gap(x) - gap(y));
  const names = labels(tags.map(nameOf)), arms = [DATA.arms[a], DATA.arms[b]];
  const both = tags.flatMap((tag) => [a, b].map((i) => ["mean", "low", "high"].map((key) => ofLanguage(key, i, tag))));
  const spread = both.filter(([, low]) => low !== null).map(([, low, high]) => [100 * low, 100 * high]);
  const { range, n_cut } = axisOf(both.map(([mean]) => 100 * mean), spread);
  const seeds = (i) => `${DATA.arms[i].n_seeds} seed${DATA.arms[i].n_seeds > 1 ? "s" : ""}`;
  byId("against-note").textContent = `A: ${arms[0].label}, ${arms[0].names || "no realignment"} (${seeds(a)}). B: ${arms[1].label}, ${arms[1].names || "no realignment"} (${seeds(b)}). ` +
    `Points on test in ${tags.length} languages, as in the leaderboard; bars: 95 % intervals over seeds` +
    `${n_cut ? `, ${n_cut} of ${spread.length} cut off at the edge of the figure` : ""}. A is ahead in ${tags.filter((tag) => gap(tag) > 0).length}: ` +
    "no test of a difference - those are in the tables of claims. Filled: the language is in the set." +
    (arms.some((arm) => arm.chosen_by) ? " \u00b0 One of them has scores only of the seed that chose it: too high." : "");
  const hover = (tag) => `<b>${safe(nameOf(tag))}</b> (${safe(DATA.languages[tag].family)})<br>A ${points(ofLanguage("mean", a, tag))}, B ${points(ofLanguage("mean", b, tag))}<br>A \u2212 B: ${gap(tag).toFixed(1)}`;
  const dots = (i, arm, name, color) => ({ type: "scatter", mode: "markers", name, y: names, x: tags.map((tag) => 100 * ofLanguage("mean", i, tag)),
    text: tags.map(hover), hoverinfo: "text", marker: { size: 9, color: tags.map((tag) => arm.languages.includes(tag) ? color : "#fff"), line: { color, width: 2 } },
    error_x: { type: "data", symmetric: false, color, thickness: 1, width: 2,
      array: tags.map((tag) => ends(i, tag)[1]), arrayminus: tags.map((tag) => ends(i, tag)[0]) } });
  const ends = (i, tag) => { const [m, l, h] = ["mean", "low", "high"].map((key) => ofLanguage(key, i, tag)); return l === null ? [0, 0] : [100 * (m - l), 100 * (h - m)]; };
  const joins = { type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false, line: { color: "#bbb", width: 2 },
    x: tags.flatMap((tag) => [100 * ofLanguage("mean", a, tag), 100 * ofLanguage("mean", b, tag), null]), y: names.flatMap((name) => [name, name, null]) };
  plot("against", [joins, dots(a, arms[0], "A", BLUE), dots(b, arms[1], "B", VERMILION)], { height: 110 + 17 * tags.length, margin: { l: 160, r: 20, t: 10, b: 45 },
    xaxis: { title: { text: `${safe(DATA.tasks[state.task])}, points on test` }, range, gridcolor: "#eee" }, yaxis: { tickfont: { size: 10 }, type: "category", gridcolor: "#f4f4f4" }, legend: { orientation: "h", y: 1.02, yanchor: "bottom" } });
  onMap(tags.filter((tag) => DATA.languages[tag].place), gap, hover);
}

function onMap(tags, gap, hover) {
  const outlines = DATA.land.map((one) => ({ type: "scatter", mode: "lines", x: one.x, y: one.y, fill: "toself", fillcolor: one.kind === "land" ? "#e6e6e6" : "#fff",
    line: { width: 0 }, hoverinfo: "skip", showlegend: false }));
  const reach = Math.max(.1, ...tags.map((tag) => Math.abs(gap(tag))));
  const dots = { type: "scatter", mode: "markers", x: tags.map((tag) => DATA.languages[tag].place[0]), y: tags.map((tag) => DATA.languages[tag].place[1]), text: tags.map(hover), hoverinfo: "text",
    showlegend: false, marker: { color: tags.map(gap), colorscale: APART, cmin: -reach, cmax: reach, size: tags.map((tag) => 8 + 14 * Math.abs(gap(tag)) / reach),
      symbol: tags.map((tag) => gap(tag) >= 0 ? "triangle-up" : "triangle-down"), line: { color: "#333", width: .7 }, colorbar: { title: { text: "A \u2212 B" }, thickness: 12 } } };
  plot("map", [...outlines, dots], { height: 470, margin: { l: 20, r: 20, t: 10, b: 20 }, xaxis: { range: [-130, 155], zeroline: false, showgrid: false, showticklabels: false },
    yaxis: { range: [-48, 75], scaleanchor: "x", scaleratio: 1.06, zeroline: false, showgrid: false, showticklabels: false } });
}

function bars() {
  const box = byId("bars");
  if (box.childElementCount || !DATA.bars.length) return; // they depend on no control
  DATA.bars.forEach((one, k) => {
    const by = 100, names = labels(one.names), n = one.names.length;
    box.append(el("h3", {}, one.title), el("p", { className: "note" }, one.note), el("div", { id: "bars-" + k, className: "view" }));
    const errors = one.lows.length ? { type: "data", symmetric: false, thickness: 1, width: 2, color: "#555",
      array: one.values.map((v, i) => by * (one.highs[i] - v)), arrayminus: one.values.map((v, i) => by * (v - one.lows[i])) } : undefined;
    plot("bars-" + k, [{ type: "scatter", mode: "markers", y: names, x: one.values.map((v) => by * v), error_x: errors,
      text: one.names.map((name, i) => `<b>${safe(name)}</b><br>${(by * one.values[i]).toFixed(1)} ${one.unit === "points" ? "points" : "%"}`), hoverinfo: "text",
      marker: { size: 9, color: one.values.map((v, i) => !one.filled.length || one.filled[i] ? (v >= 0 ? BLUE : VERMILION) : "#fff"), line: { color: one.values.map((v) => v >= 0 ? BLUE : VERMILION), width: 1.6 } } }],
    { height: 90 + 15 * n, margin: { l: 170, r: 20, t: 10, b: 40 }, yaxis: { autorange: "reversed", type: "category", tickfont: { size: 10 }, gridcolor: "#f4f4f4" },
      xaxis: { title: { text: one.unit === "points" ? "points of development score" : "% of the variance" }, zerolinecolor: "#444", gridcolor: "#eee" } });
  });
}

function courses() {
  const box = byId("course");
  if (box.childElementCount || !DATA.courses.length) return;
  DATA.courses.forEach((course, k) => {
    box.append(el("div", { id: "course-" + k, className: "view" }));
    const place = Object.fromEntries(DATA.arms.map((arm, i) => [arm.sweep + "\n" + arm.arm, i]));
    const armOf = (trial) => DATA.arms[place[course.sweep + "\n" + trial.arm]];
    const scored = course.trials.filter((trial) => trial.dev !== null), others = course.trials.filter((trial) => trial.dev === null);
    const point = (trial) => Object.entries(trial.point).map(([key, value]) => `<br>${safe(key)} ${safe(typeof value === "number" ? +value.toPrecision(4) : value)}`).join("");
    const text = (trial) => `<b>${safe(trial.label)}</b>, seed ${safe(trial.seed)}<br>${wrapped(trial.names)}<br>dev ${points(trial.dev)}` +
      (armOf(trial) && armOf(trial).believed !== null && armOf(trial).believed !== undefined ? `, believed ${points(armOf(trial).believed)}` : "") + point(trial);
    let best = null;
    const highest = scored.map((trial) => best = best === null ? trial.dev : Math.max(best, trial.dev));
    const believed = scored.filter((trial) => armOf(trial) && armOf(trial).believed !== null && armOf(trial).believed !== undefined);
    const answer = scored.filter((trial) => armOf(trial) && armOf(trial).answer).slice(0, 1);
    const lowest = Math.min(...scored.map((trial) => trial.dev));
    const marks = (name, trials, y, marker) => ({ type: "scatter", mode: "markers", name, x: trials.map((t) => t.number), y: trials.map(y), text: trials.map(text), hoverinfo: "text", marker });
    const dashes = DATA.arms.filter((arm) => arm.sweep === course.sweep && arm.reference && arm.dev !== null);
    const traces = [
      { type: "scatter", mode: "lines", name: "highest observed so far (partly luck)", x: scored.map((t) => t.number), y: highest.map((v) => 100 * v), line: { shape: "hv", color: "#aaa", width: 1.5 }, hoverinfo: "skip" },
      marks("one trial", scored, (t) => 100 * t.dev, { size: 7, color: BLUE, opacity: .65 }),
      marks("believed of its set now", believed, (t) => 100 * armOf(t).believed, { size: 7, symbol: "diamond-open", color: VERMILION }),
      marks("the search's answer", answer, (t) => 100 * (armOf(t).believed ?? t.dev), { size: 15, symbol: "star", color: VERMILION }),
      ...(others.length ? [marks("no score", others, () => 100 * lowest, { size: 8, symbol: "x", color: "#555" })] : []),
    ].filter((trace) => trace.x.length);
    plot("course-" + k, traces, { height: 420, margin: { l: 60, r: 20, t: 30, b: 45 }, title: DATA.courses.length > 1 ? { text: safe(course.sweep) } : undefined,
      xaxis: { title: { text: "trial of the search" }, gridcolor: "#eee" }, yaxis: { title: { text: "dev score (chosen by), points" }, gridcolor: "#eee" }, legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
      shapes: dashes.map((arm) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: 100 * arm.dev, y1: 100 * arm.dev, line: { dash: "dot", width: 1, color: "#333" } })),
      annotations: dashes.map((arm) => ({ xref: "paper", x: 1, y: 100 * arm.dev, xanchor: "right", yanchor: "bottom", showarrow: false, text: safe(arm.label), font: { size: 10 } })) });
  });
}

const VIEWS = [parallel, heat, against, bars, courses];
status();
controls();
render();
