// The state of the page, its controls and its leaderboard. Nothing is averaged here: every number is in DATA.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const DATA = read("page-data");
const STATUS = read("page-status");
const RELOAD_MS = 30000;
const MAX_ROWS = 60;
const ORDER = { key: "order", up: true };

const state = Object.assign({
  task: Object.keys(DATA.tasks)[0], group: "all", show: "mean", text: "", least: "", most: "",
  planned: true, searched: true, columns: [], sort: ORDER, a: null, b: null, every: false,
}, fromHash());

function fromHash() {
  try {
    const found = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
    if (!(found.task in DATA.tasks)) delete found.task;
    if (!(found.group in DATA.groups)) delete found.group;
    for (const side of ["a", "b"]) if (!DATA.arms[found[side]]) delete found[side];
    found.columns = (found.columns || []).filter((tag) => tag in DATA.languages);
    return found;
  } catch { return {}; }
}

function change(more) {
  Object.assign(state, more);
  history.replaceState(null, "", "#" + encodeURIComponent(JSON.stringify(state)));
  render();
}

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);
const safe = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const points = (value) => value === null || value === undefined ? "-" : (100 * value).toFixed(1);
const signed = (value) => value === null || value === undefined ? "-" :
  ((100 * value >= 0 ? "+" : "\u2212") + Math.abs(100 * value).toFixed(1)).replace("\u22120.0", "+0.0");
const nameOf = (tag) => DATA.languages[tag] ? DATA.languages[tag].name : tag;

function number(column, i, group = state.group) {
  const found = (DATA.scores[state.task] || {})[group];
  return found ? found[column][i] : null;
}
const ofLanguage = (column, i, tag) => number(column, i, "language: " + tag);

function members() { // tested languages of the chosen group
  return DATA.groups[state.group] ? DATA.groups[state.group].languages : DATA.tested;
}

function matches(arm) {
  if (arm.searched ? !state.searched : !state.planned) return false;
  const size = arm.features.size;
  if (state.least !== "" && !(size >= +state.least)) return false;
  if (state.most !== "" && !(size <= +state.most)) return false;
  const own = [arm.label, arm.arm, ...arm.languages, ...arm.languages.map(nameOf)].join("\n").toLowerCase();
  return state.text.toLowerCase().split(",").map((part) => part.trim()).filter(Boolean).every((part) => own.includes(part));
}

const VALUES = {
  order: (i) => i, label: (i) => DATA.arms[i].label, size: (i) => DATA.arms[i].features.size,
  names: (i) => DATA.arms[i].names,
  n_seeds: (i) => DATA.arms[i].n_seeds, dev: (i) => DATA.arms[i].dev, believed: (i) => DATA.arms[i].believed,
  mean: (i) => number("mean", i), change: (i) => number("change", i), n: (i) => number("n_group_languages", i),
};
const valueOf = (key) => VALUES[key] || ((i) => ofLanguage(state.show, i, key));

function visible() { // places of arms, sorted; arms without the value come last, whichever way
  const value = valueOf(state.sort.key), turn = state.sort.up ? 1 : -1;
  const places = DATA.arms.map((_, i) => i).filter((i) => matches(DATA.arms[i]));
  return places.sort((i, j) => {
    const [x, y] = [value(i), value(j)];
    if (x === y) return i - j;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return turn * (typeof x === "string" ? x.localeCompare(y) : x - y);
  });
}

function option(value, text, chosen) { return el("option", { value, selected: value === chosen }, text); }

function groupOptions() {
  const kinds = {};
  for (const [key, group] of Object.entries(DATA.groups)) (kinds[group.kind] = kinds[group.kind] || []).push(key);
  const titles = { "": "groups", language: "single languages" };
  const order = Object.keys(kinds).sort((x, y) => (x !== "") - (y !== "") || (x === "language") - (y === "language"));
  return order.map((kind) => el("optgroup", { label: titles[kind] || kind },
    ...kinds[kind].map((key) => option(key, DATA.groups[key].title, state.group))));
}

function controls() {
  const box = byId("controls");
  const columns = (tags) => change({ columns: [...new Set([...state.columns, ...tags])] });
  const add = (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    const tag = DATA.tested.find((t) => t === event.target.value || nameOf(t).toLowerCase() === wanted);
    if (tag) { event.target.value = ""; columns([tag]); }
  };
  const checkbox = (key, text) => el("label", {},
    el("input", { type: "checkbox", id: "show-" + key, checked: state[key], onchange: (e) => change({ [key]: e.target.checked }) }), " " + text);
  const size = (key, text) => el("label", {}, text + " ",
    el("input", { type: "number", id: key, min: 0, value: state[key], oninput: (e) => change({ [key]: e.target.value }) }));
  box.replaceChildren(
    el("label", {}, "task ", el("select", { id: "task", onchange: (e) => change({ task: e.target.value }) },
      ...Object.entries(DATA.tasks).map(([key, title]) => option(key, title, state.task)))),
    el("label", {}, "languages ", el("select", { id: "group", onchange: (e) => change({ group: e.target.value }) }, ...groupOptions())),
    el("label", {}, "show ", el("select", { id: "show", onchange: (e) => change({ show: e.target.value }) },
      option("mean", "test score", state.show), option("change", "change by realigning", state.show))),
    el("label", {}, "sets with ", el("input", { id: "filter", type: "search", placeholder: "name or language, ...", value: state.text,
      oninput: (e) => change({ text: e.target.value }) })),
    size("least", "of size"), size("most", "to"),
    ...(DATA.arms.some((arm) => arm.searched) ? [checkbox("planned", "planned"), checkbox("searched", "searched")] : []),
    el("label", {}, "add a column ", el("input", { id: "add-language", list: "languages", placeholder: "a language", onchange: add })),
    el("datalist", { id: "languages" }, ...DATA.tested.map((tag) => el("option", { value: nameOf(tag) }))),
    el("button", { id: "add-group", type: "button", onclick: () => columns(members()) }, "add this group's languages"),
    el("span", { id: "chips" }),
    el("button", { id: "reset", type: "button", onclick: () => { history.replaceState(null, "", "#"); location.reload(); } }, "reset"),
  );
}

function chips() {
  byId("chips").replaceChildren(...state.columns.map((tag) => el("button", {
    type: "button", className: "chip", title: "take this column away",
    onclick: () => change({ columns: state.columns.filter((other) => other !== tag) }) }, nameOf(tag) + " \u00d7")));
}

function header(key, text, classes = "", title = "") {
  const sorted = state.sort.key === key;
  const up = sorted ? !state.sort.up : ["label", "names", "size"].includes(key);
  return el("th", { className: `${classes} ${sorted ? "sorted" : ""} ${sorted && state.sort.up ? "up" : ""}`, title,
    "data-key": key, onclick: () => change({ sort: { key, up } }) }, text);
}

const span = (text) => el("span", { className: "interval" }, text);

function scoreCell(mean, low, high, late) {
  const interval = low === null ? "" : ` [${points(low)}, ${points(high)}]`;
  return el("td", late ? { title: "on the very seed that chose this set: too high" } : {}, points(mean) + (late ? "\u00b0" : ""), span(interval));
}

function row(i) {
  const arm = DATA.arms[i], late = arm.chosen_by, pick = (side) => el("button", { type: "button", className: "chip",
    "data-pick": side + i, title: "compare as " + side.toUpperCase(), onclick: () => change({ [side]: i }) }, side.toUpperCase());
  const shown = (tag) => state.show === "change" ? el("td", {}, signed(ofLanguage("change", i, tag))) :
    scoreCell(ofLanguage("mean", i, tag), ofLanguage("low", i, tag), ofLanguage("high", i, tag), late);
  return el("tr", { "data-arm": arm.arm },
    el("td", { className: "text" }, (arm.answer ? "\u2605 " : "") + arm.label),
    el("td", { className: "text names" }, arm.varies ? "(another set with each seed)" : arm.names || "-"),
    el("td", {}, arm.features.size === null ? "-" : String(arm.features.size)), el("td", {}, String(arm.n_seeds)),
    el("td", { className: "choosing" }, points(arm.dev)),
    ...(anyBelieved ? [el("td", { className: "choosing" }, points(arm.believed))] : []),
    scoreCell(number("mean", i), number("low", i), number("high", i), late),
    el("td", {}, signed(number("change", i))), el("td", {}, String(number("n_group_languages", i) ?? "-")),
    ...state.columns.map(shown), el("td", {}, pick("a"), pick("b")));
}

const anyBelieved = DATA.arms.some((arm) => arm.believed !== null && arm.believed !== undefined);

function board(places) {
  const group = DATA.groups[state.group] || { title: state.group };
  const chosen = "what arms were chosen by: no result";
  const head = el("tr", {}, header("label", "arm", "text"), header("names", "realigned on", "text"), header("size", "size"), header("n_seeds", "seeds"),
    header("dev", "dev score (chosen by)", "choosing", chosen),
    ...(anyBelieved ? [header("believed", "believed (chosen by)", "choosing", "posterior mean of the dev score on the search languages; " + chosen)] : []),
    header("mean", `${DATA.tasks[state.task]}, test: ${group.title}`), header("change", "more than none"), header("n", "n"),
    ...state.columns.map((tag) => header(tag, nameOf(tag) + (state.show === "change" ? ": more than none" : ""))), el("th", {}, "compare"));
  const rows = (state.every ? places : places.slice(0, MAX_ROWS)).map(row);
  byId("board").replaceChildren(
    el("p", { className: "note", id: "counted" }, `${places.length} of ${DATA.arms.length} arms. `,
      places.length > MAX_ROWS ? el("button", { type: "button", className: "chip", onclick: () => change({ every: !state.every }) },
        state.every ? `show the first ${MAX_ROWS}` : "show all") : "",
      DATA.left_out ? ` ${DATA.left_out} more, of the lowest dev scores or believed worst, are in report.csv only.` : ""),
    el("div", { className: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows))));
}

function status() {
  const box = byId("status"), running = STATUS.sweeps.some((one) => one.state === "running");
  box.className = STATUS.sweeps.some((one) => one.state === "interrupted") ? "interrupted" : "";
  const said = STATUS.sweeps.map((one) => `${STATUS.sweeps.length > 1 ? one.name + ": " : ""}${one.n_over} of ${one.n_trials}, ${one.state}`);
  box.textContent = `${said.join("; ")} (as of ${STATUS.as_of})` + (running ? `. The page reloads itself every ${RELOAD_MS / 1000} s.` : ".");
  if (running) setTimeout(() => location.reload(), RELOAD_MS);
}

function render() {
  const places = visible();
  chips();
  board(places);
  for (const draw of VIEWS) draw(places);
}
