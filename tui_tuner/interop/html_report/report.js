"use strict";
// S is what data.py says. Texts from outside only ever become text nodes.
const DRAWN = 1500;  // so many trials are lines and dots; more would be a blot
const ROWS = 200;
const AXES = 12;
const maximise = S.objective.direction === "max";
const byId = new Map(S.trials.map((t) => [t.id, t]));
const state = { chosen: S.best, brushes: new Map(), query: "", sort: ["rank", 1], all: false, metric: null, logCurves: false, logScore: false, count: 20 };

// --- elements

const make = (space) => (tag, attributes = {}, ...children) => {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};
const h = make(null);
const g = make("http://www.w3.org/2000/svg");
const text = (x, y, words, attributes = {}) => g("text", { x, y, ...attributes }, words);

// --- numbers as people read them

const digits = (value) => {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
};
const duration = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 60) return `${digits(Number(seconds.toPrecision(3)))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 60 * 48 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.round(minutes / 1440)} days`;
};
const when = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : "–");
const cut = (words, length) => (words.length > length ? `${words.slice(0, length - 1)}…` : words);

// --- scales: each has place (0 to 1, or null) and ticks [place, label]

const linearTicks = (low, high, count) => {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
};
const logTicks = (low, high) => {
  const decades = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) decades.push(power);
  const factors = decades.length > 4 ? [1] : decades.length > 2 ? [1, 3] : [1, 2, 5];
  return decades.flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12)))).filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
};
const range = (values, { low, high, log = false, whole = false, count = 5 } = {}) => {
  const numbers = values.filter((value) => typeof value === "number" && (!log || value > 0));
  let from = Math.min(low ?? Infinity, ...chunked(numbers, Math.min));
  let to = Math.max(high ?? -Infinity, ...chunked(numbers, Math.max));
  if (!(from <= to)) [from, to] = [log ? 1 : 0, 1];
  if (from === to) [from, to] = log ? [from / 2, to * 2] : [from - (Math.abs(from) || 1) / 2, to + (Math.abs(to) || 1) / 2];
  const warp = log ? Math.log : (value) => value;
  const place = (value) => (typeof value !== "number" || (log && value <= 0) ? null : (warp(value) - warp(from)) / (warp(to) - warp(from)));
  let ticks = log ? logTicks(from, to) : linearTicks(from, to, count);
  if (whole) ticks = ticks.filter(Number.isInteger);
  if (ticks.length < 2) ticks = whole ? [Math.ceil(from), Math.floor(to)] : [from, to];
  return { place, ticks: ticks.map((tick) => [place(tick), digits(tick)]) };
};
const chunked = (numbers, pick) => {  // Math.min(...) takes only so many
  const picked = [];
  for (let start = 0; start < numbers.length; start += 10000) picked.push(pick(...numbers.slice(start, start + 10000)));
  return picked;
};
const category = (values) => ({
  place: (value) => {
    const index = values.findIndex((each) => each === value);
    return index < 0 ? null : (index + 0.5) / values.length;
  },
  ticks: values.map((value, index) => [(index + 0.5) / values.length, cut(digits(value), 14)]),
});
const scored = S.trials.filter((t) => t.score !== null);
const shares = new Map(S.importances);
const parameters = S.space
  .filter((hp) => hp.kind !== "Fixed")
  .sort((a, b) => (shares.get(b.name) ?? 0) - (shares.get(a.name) ?? 0));
const scaleOf = (hp) => {
  const values = S.trials.map((t) => t.hp[hp.name]).filter((value) => value !== undefined && value !== null);
  if (hp.values.length) return category([...new Set([...hp.values, ...values])]);
  return range(values, { low: hp.min, high: hp.max, log: hp.sampling === "log" && hp.min > 0 });
};
const scales = new Map(parameters.map((hp) => [hp.name, scaleOf(hp)]));
const allPositive = scored.length > 0 && scored.every((t) => t.score > 0);
const scoreScale = () => range(scored.map((t) => t.score), { log: state.logScore && allPositive });

// --- colours: by order, so that one hopeless trial does not make all others look alike; what violates a constraint is last

const violates = (t) => t.status === "COMPLETED" && t.rank === null;
const order = [...scored].sort((a, b) => violates(a) - violates(b) || (maximise ? b.score - a.score : a.score - b.score));
const goodness = new Map(order.map((t, index) => [t.id, order.length > 1 ? 1 - index / (order.length - 1) : 1]));
let palette;
const readPalette = () => {
  const style = getComputedStyle(document.documentElement);
  palette = ["--worst", "--middle", "--best"].map((name) => style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16)));
};
const colour = (t, good = goodness.get(t.id) ?? 0) => {
  const at = good * 2;
  const [from, to, share] = at < 1 ? [palette[0], palette[1], at] : [palette[1], palette[2], at - 1];
  return `rgb(${from.map((part, index) => Math.round(part + (to[index] - part) * share)).join(" ")})`;
};
const drawnTrials = order.slice(0, DRAWN).reverse();  // the best on top

// --- what is shown of the trials

const matches = (t) => {
  for (const [name, [low, high]] of state.brushes) {
    const at = name === "" ? scoreScale().place(t.score) : scales.get(name).place(t.hp[name] ?? null);
    if (at === null || at === undefined || at < low || at > high) return false;
  }
  if (!state.query) return true;
  const words = [t.id, t.status, t.message, t.note, t.origin, ...Object.entries(t.hp).map(([name, value]) => `${name}=${value}`)].join(" ").toLowerCase();
  return state.query.toLowerCase().split(/\s+/).every((word) => words.includes(word));
};
let shown = new Set();
const filter = () => { shown = new Set(S.trials.filter(matches).map((t) => t.id)); };

// --- pointing at a trial lights it up in every plot

const tip = h("div", { id: "tip" });
const marks = new Map();
const mark = (t, element, more = "") => {
  element.classList.add("mark");
  if (!marks.has(t.id)) marks.set(t.id, []);
  marks.get(t.id).push(element);
  element.addEventListener("pointerenter", (event) => point(t, event, more));
  element.addEventListener("pointermove", (event) => place(event));
  element.addEventListener("pointerleave", () => unpoint(t));
  element.addEventListener("click", () => choose(t.id));
  return element;
};
const describe = (t) => [
  `trial ${t.id}  ${t.status.toLowerCase()}${t.rank ? `, rank ${t.rank}` : ""}`,
  `${S.objective.name} ${digits(t.score)}`,
  ...Object.entries(t.hp).slice(0, 12).map(([name, value]) => `${name} = ${digits(value)}`),
].join("\n");
const place = (event) => {
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
};
const light = (id, on) => (marks.get(id) ?? []).forEach((element) => element.classList.toggle("hot", on || id === state.chosen));
const point = (t, event, more) => { tip.textContent = more ? `${describe(t)}\n${more}` : describe(t); place(event); light(t.id, true); };
const unpoint = (t) => { tip.textContent = ""; light(t.id, false); };
const choose = (id) => {
  const before = state.chosen;
  state.chosen = id;
  if (before !== null) light(before, false);
  drawCurves();
  drawTrial();
  drawTable();
  light(id, true);
};

// --- frames

const MARGIN = { left: 56, right: 12, top: 10, bottom: 30 };
const plot = (width, height, xs, ys, { xLabel = "", margin = MARGIN } = {}) => {
  const x = (share) => margin.left + share * (width - margin.left - margin.right);
  const y = (share) => height - margin.bottom - share * (height - margin.top - margin.bottom);
  const svg = g("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  for (const [share, label] of ys.ticks) {
    svg.append(g("line", { x1: x(0), x2: x(1), y1: y(share), y2: y(share), class: "gridline" }));
    svg.append(text(x(0) - 6, y(share) + 4, label, { "text-anchor": "end" }));
  }
  let end = -Infinity;
  for (const [share, label] of xs.ticks) {
    const half = label.length * 3;
    if (x(share) - half < end + 6) continue;
    end = x(share) + half;
    svg.append(g("line", { x1: x(share), x2: x(share), y1: y(0), y2: y(0) + 4, class: "axis" }));
    svg.append(text(x(share), y(0) + 16, label, { "text-anchor": "middle" }));
  }
  svg.append(g("line", { x1: x(0), x2: x(1), y1: y(0), y2: y(0), class: "axis" }));
  if (xLabel) svg.append(text(x(1), height - 2, xLabel, { "text-anchor": "end" }));
  return { svg, x, y };
};
const path = (points) => points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

// --- the panels

const panel = (title, { wide = false, tools = [] } = {}) => {
  const body = h("div");
  const heading = h("h2", {}, title);
  const section = h("section", { class: wide ? "wide" : null }, h("div", { class: "tools" }, heading, h("span", { class: "space" }), tools), body);
  return { section, body, heading };
};
const check = (label, change, disabled = false) => h("label", {}, h("input", { type: "checkbox", disabled: disabled ? "" : null, onchange: (event) => change(event.target.checked) }), label);

const progress = panel("Every trial, and the best so far", { tools: [check("logarithmic", (on) => { state.logScore = on; drawProgress(); drawParallel(); drawMultiples(); drawTrade(); }, !allPositive)] });
const drawProgress = () => {
  const ys = scoreScale();
  const xs = range(S.trials.map((t) => t.number + 1), { low: 1, whole: true });
  const { svg, x, y } = plot(640, 300, xs, ys, { xLabel: "trial, in the order of their start" });
  let best = null;
  const front = [];
  for (const t of [...S.trials].sort((a, b) => a.number - b.number)) {
    if (t.rank === null || t.score === null || ys.place(t.score) === null) continue;  // only these compete
    if (best === null || (maximise ? t.score > best : t.score < best)) {
      if (best !== null) front.push([x(xs.place(t.number + 1)), y(ys.place(best))]);
      best = t.score;
      front.push([x(xs.place(t.number + 1)), y(ys.place(best))]);
    }
  }
  if (best !== null) front.push([x(1), y(ys.place(best))]);
  svg.append(g("path", { d: path(front), class: "front" }));
  for (const t of drawnTrials) {
    const at = ys.place(t.score);
    if (at === null) continue;
    const dot = g("circle", { cx: x(xs.place(t.number + 1)), cy: y(at), r: t.status === "COMPLETED" ? 4 : 3, fill: t.status === "COMPLETED" ? colour(t) : "none", stroke: colour(t) });
    if (!shown.has(t.id)) dot.classList.add("off");
    svg.append(mark(t, dot));
  }
  for (const t of S.trials.filter((each) => each.score === null && each.status === "FAILED")) {
    const [across, down] = [x(xs.place(t.number + 1)), y(0)];
    svg.append(mark(t, g("path", { d: `M${across - 3} ${down - 3}l6 6m0 -6l-6 6`, class: "failed" })));
  }
  progress.body.replaceChildren(svg, h("small", {}, "filled: completed; rings: stopped early or still running; crosses: failed"));
};

const parallel = panel("Parallel coordinates", { wide: true, tools: [h("small", {}, "drag along an axis to keep a part of it"), h("button", { onclick: () => { state.brushes.clear(); refilter(); } }, "show all")] });
const drawParallel = () => {
  const axes = [...parameters.slice(0, AXES).map((hp) => [hp.name, scales.get(hp.name)]), ["", scoreScale()]];  // "": the objective
  const width = 1340, height = 330, top = 34, bottom = 30;
  const x = (index) => 70 + (axes.length > 1 ? index * (width - 150) / (axes.length - 1) : (width - 150) / 2);
  const y = (share) => (share === null || share === undefined ? height - 8 : height - bottom - share * (height - top - bottom));
  const svg = g("svg", { viewBox: `0 0 ${width} ${height}` });
  for (const t of drawnTrials) {
    const points = axes.map(([name, scale], index) => [x(index), y(name === "" ? scale.place(t.score) : scale.place(t.hp[name] ?? null))]);
    const line = g("path", { d: path(points), stroke: colour(t) });
    if (!shown.has(t.id)) line.classList.add("off");
    svg.append(mark(t, line));
  }
  axes.forEach(([name, scale], index) => {
    svg.append(g("line", { x1: x(index), x2: x(index), y1: y(0), y2: y(1), class: "axis", style: "stroke: var(--dim)" }));
    svg.append(text(x(index), 14, cut(name || S.objective.name, Math.max(8, Math.floor(width / axes.length / 7))), { "text-anchor": "middle", class: "name" }));
    if (name && shares.has(name)) svg.append(text(x(index), 26, `${Math.round(shares.get(name) * 100)} %`, { "text-anchor": "middle" }));
    for (const [share, label] of scale.ticks) svg.append(text(x(index) - 6, y(share) + 4, label, { "text-anchor": "end", style: "paint-order: stroke; stroke: var(--card); stroke-width: 3px" }));
    const kept = state.brushes.get(name);
    const brush = g("rect", { x: x(index) - 7, width: 14, y: kept ? y(kept[1]) : 0, height: kept ? y(kept[0]) - y(kept[1]) : 0, class: "brush" });
    const area = g("rect", { x: x(index) - 12, width: 24, y: top - 6, height: height - top - bottom + 12, class: "catch" });
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      return Math.min(1, Math.max(0, (height - bottom - (event.clientY - box.top) * height / box.height) / (height - top - bottom)));
    };
    area.addEventListener("pointerdown", (event) => {
      area.setPointerCapture(event.pointerId);
      const start = at(event);
      const moved = (next) => {
        const [low, high] = [start, at(next)].sort((a, b) => a - b);
        brush.setAttribute("y", y(high));
        brush.setAttribute("height", y(low) - y(high));
      };
      area.addEventListener("pointermove", moved);
      area.addEventListener("pointerup", (last) => {
        area.removeEventListener("pointermove", moved);
        const [low, high] = [start, at(last)].sort((a, b) => a - b);
        if (high - low < 0.01) state.brushes.delete(name);
        else state.brushes.set(name, [low, high]);
        refilter();
      }, { once: true });
    });
    svg.append(brush, area);
  });
  const left = parameters.length - AXES;
  const notes = [
    left > 0 ? `the ${AXES} most important of ${parameters.length} hyperparameters` : null,
    order.length > DRAWN ? `the best ${DRAWN} of ${order.length} trials` : null,
    "lines at the bottom: not active in that trial",
  ];
  parallel.body.replaceChildren(svg, h("small", {}, notes.filter(Boolean).join("; ")));
};

const multiples = panel("Each hyperparameter and the objective", { wide: true });
const drawMultiples = () => {
  const ys = scoreScale();
  const cards = parameters.map((hp) => {
    const xs = scales.get(hp.name);
    const { svg, x, y } = plot(260, 150, xs, { ...ys, ticks: ys.ticks.filter((_, index, all) => all.length < 5 || index % 2 === 0) }, { margin: { left: 50, right: 12, top: 6, bottom: 20 } });
    for (const t of drawnTrials) {
      const value = t.hp[hp.name];
      const [across, up] = [value === undefined ? null : xs.place(value), ys.place(t.score)];
      if (across === null || up === null) continue;
      const jitter = hp.values.length ? ((t.number * 0.618034) % 1 - 0.5) * 0.5 / hp.values.length : 0;
      const dot = g("circle", { cx: x(across + jitter), cy: y(up), r: 3, fill: colour(t) });
      if (!shown.has(t.id)) dot.classList.add("off");
      svg.append(mark(t, dot));
    }
    const share = shares.get(hp.name);
    return h("div", { class: "multiple" },
      h("h3", { title: hp.name }, h("span", {}, hp.name), share === undefined ? null : h("small", {}, `${Math.round(share * 100)} %`)),
      share === undefined ? null : h("div", { class: "bar" }, h("i", { style: `width: ${(share * 100).toFixed(1)}%` })),
      svg);
  });
  multiples.body.replaceChildren(h("div", { class: "multiples" }, cards));
};

const metricNames = [...new Set(S.trials.flatMap((t) => Object.keys(t.curves)).map((name) => name.replace(/^val_/, "")))];
const first = S.objective.name.replace(/^val_/, "");
metricNames.sort((a, b) => (a !== first) - (b !== first) || (a !== "loss") - (b !== "loss") || a.localeCompare(b));
state.metric = metricNames[0] ?? null;
const front = new Set(S.front);
const trade = panel(S.others.length ? `${S.objective.name} against ${S.others[0].name}` : "");
const drawTrade = () => {
  if (!S.others.length) return;
  const ys = scoreScale();
  const xs = range(S.trials.map((t) => t.others[0]).filter((value) => value !== null));
  const { svg, x, y } = plot(640, 300, xs, ys, { xLabel: S.others[0].name });
  const place = (t) => [xs.place(t.others[0] ?? null), ys.place(t.score)];
  const along = S.trials.filter((t) => front.has(t.id)).map(place).sort((a, b) => a[0] - b[0]);
  if (S.others.length === 1) svg.append(g("path", { d: path(along.map(([across, up]) => [x(across), y(up)])), class: "front" }));
  for (const t of drawnTrials) {
    const [across, up] = place(t);
    if (across === null || up === null) continue;
    const dot = g("circle", { cx: x(across), cy: y(up), r: front.has(t.id) ? 5 : 3, fill: front.has(t.id) ? "var(--accent)" : "var(--middle)" });
    if (!shown.has(t.id)) dot.classList.add("off");
    svg.append(mark(t, dot, S.others.map((each, index) => `${each.name} ${digits(t.others[index])}`).join("\n")));
  }
  trade.body.replaceChildren(svg, h("small", {}, `${front.size} trials on the front: no other is better in all objectives`));
};

const curves = panel("Learning curves", {
  tools: [
    h("label", {}, h("select", { onchange: (event) => { state.metric = event.target.value; drawCurves(); } }, metricNames.map((name) => h("option", {}, name)))),
    h("label", {}, "best", h("select", { onchange: (event) => { state.count = Number(event.target.value); drawCurves(); } }, [20, 5, 100, 300].map((count) => h("option", {}, String(count))))),
    check("logarithmic", (on) => { state.logCurves = on; drawCurves(); }),
  ],
});
const drawCurves = () => {
  const name = state.metric;
  const best = order.filter((t) => shown.has(t.id) && Object.keys(t.curves).length).slice(0, state.count).reverse();
  const chosen = byId.get(state.chosen);
  const trials = chosen ? [...best.filter((t) => t !== chosen), chosen] : best;
  const lines = trials.flatMap((t) => [[t, `val_${name}`], ...(t === chosen || !t.curves[`val_${name}`] ? [[t, name]] : [])])
    .map(([t, metric]) => [t, metric, (t.curves[metric] ?? []).filter(([, value]) => !state.logCurves || value > 0)])
    .filter(([, , points]) => points.length);
  if (!lines.length) { curves.body.replaceChildren(h("p", { class: "dim" }, "No epochs were recorded.")); return; }
  const xs = range(lines.flatMap(([, , points]) => points.map(([epoch]) => epoch)), { low: 1, whole: true });
  const ys = range(lines.flatMap(([, , points]) => points.map(([, value]) => value)), { log: state.logCurves });
  const shade = new Map(best.map((t, index) => [t.id, best.length > 1 ? index / (best.length - 1) : 1]));
  const { svg, x, y } = plot(640, 300, xs, ys, { xLabel: "epoch" });
  for (const [t, metric, points] of lines) {
    const places = points.map(([epoch, value]) => [x(xs.place(epoch)), y(ys.place(value))]);
    const kind = metric.startsWith("val_") ? "val" : "train";
    const line = points.length > 1
      ? g("path", { d: path(places), stroke: colour(t, shade.get(t.id) ?? 0), class: kind })
      : g("circle", { cx: places[0][0], cy: places[0][1], r: 3, fill: colour(t, shade.get(t.id) ?? 0) });
    if (t === chosen) line.classList.add("hot");
    svg.append(mark(t, line, `${metric} ${digits(points.at(-1)[1])} after epoch ${points.at(-1)[0]}`));
  }
  curves.body.replaceChildren(svg, h("small", {}, chosen ? `thick: trial ${chosen.id}; dashed: on the training data` : "click a line to compare it"));
};

const several = S.others.length > 0;
const trial = panel("The chosen trial", { wide: !several });
const drawTrial = () => {
  const t = byId.get(state.chosen);
  if (!t) { trial.body.replaceChildren(h("p", { class: "dim" }, "Click on a trial in a plot or in the table.")); return; }
  const pairs = (entries) => h("dl", { class: "pairs" }, entries.filter(([, value]) => value !== "" && value !== null && value !== undefined).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, digits(value))]));
  trial.heading.textContent = `Trial ${t.id}`;
  const block = (title, entries) => h("div", {}, h("h3", {}, title), pairs(entries));
  trial.body.replaceChildren(
    h("p", {}, h("span", { class: t.status }, t.status.toLowerCase()), t.rank ? `, rank ${t.rank}` : "", t.id === S.best ? ", the best" : "", t.message ? `: ${t.message}` : ""),
    h("div", { class: "columns" },
      block("Result", [[S.objective.name, t.score], ...S.others.map((each, index) => [each.name, t.others[index]]), ["spread", t.spread], ["best epoch", t.best_epoch], ["duration", t.duration_s === null ? null : duration(t.duration_s)], ["origin", t.origin], ["note", t.note]]),
      block("Hyperparameters", Object.entries(t.hp)),
      block("Metrics at its best epoch", Object.entries(t.metrics))));
};

const search = h("input", { type: "search", placeholder: "words, or units=32", oninput: (event) => { state.query = event.target.value; refilter(); } });
const table = panel("All trials", { wide: true, tools: [search] });
const columns = [
  ["rank", "rank", (t) => t.rank],
  ["trial", "id", (t) => t.number, (t) => t.id],
  ["status", "status", (t) => t.status, (t) => t.status.toLowerCase()],
  [S.objective.name, "score", (t) => t.score],
  ...S.others.map((each, index) => [each.name, `other.${index}`, (t) => t.others[index]]),
  ["best epoch", "best_epoch", (t) => t.best_epoch],
  ["duration", "duration_s", (t) => t.duration_s, (t) => duration(t.duration_s)],
  ...S.space.map((hp) => [hp.name, `hp.${hp.name}`, (t) => t.hp[hp.name], (t) => (hp.name in t.hp ? digits(t.hp[hp.name]) : "")]),
  ["message", "message", (t) => t.message || null, (t) => [t.message, t.note].filter(Boolean).join(" · ")],
];
const LEFT = new Set(["status", "message"]);
const drawTable = () => {
  const [key, direction] = state.sort;
  const value = (columns.find(([, name]) => name === key) ?? columns[0])[2];
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)];
    const [noX, noY] = [x === null || x === undefined, y === null || y === undefined];
    if (noX || noY) return noX - noY || a.number - b.number;  // what is missing comes last, whichever way
    return (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y))) * direction || a.number - b.number;
  };
  const rows = S.trials.filter((t) => shown.has(t.id)).sort(compare);
  const visible = state.all ? rows : rows.slice(0, ROWS);
  const head = columns.map(([label, name]) => h("th", {
    class: LEFT.has(name) ? "left" : null, title: label,
    onclick: () => { state.sort = [name, state.sort[0] === name ? -state.sort[1] : 1]; drawTable(); },
  }, label + (name === key ? (direction > 0 ? " ↑" : " ↓") : "")));
  const body = visible.map((t) => h("tr", { class: t.id === state.chosen ? "chosen" : null, onclick: () => choose(t.id), onpointerenter: () => light(t.id, true), onpointerleave: () => light(t.id, false) },
    columns.map(([, name, raw, words]) => h("td", { class: name === "status" ? `left ${t.status}` : LEFT.has(name) ? "left" : null, title: name === "message" ? t.message : null }, words ? words(t) : digits(raw(t))))));
  table.heading.textContent = rows.length === S.trials.length ? `All trials: ${rows.length}` : `${rows.length} of ${S.trials.length} trials`;
  const more = rows.length > visible.length ? h("button", { onclick: () => { state.all = true; drawTable(); } }, `show all ${rows.length}`) : null;
  table.body.replaceChildren(h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body))), ...(more ? [more] : []));
};

const more = panel("How it was made", { wide: true });
const layers = S.layers.length
  ? h("div", {}, h("h3", {}, "The best model's layers"), h("table", {}, h("tbody", {}, S.layers.map(([name, kind, shape, count]) =>
    h("tr", {}, h("td", { class: "left" }, name), h("td", { class: "left" }, kind), h("td", { class: "left" }, shape), h("td", {}, count.toLocaleString()))))))
  : null;
const config = S.config ? h("div", {}, h("h3", {}, "Its config"), h("pre", {}, S.config)) : null;
more.body.append(h("div", { class: "columns" }, ...[config, layers].filter(Boolean)));

// --- all of it

const count = (status) => S.trials.filter((t) => t.status === status).length;
const fact = (label, value, more = "") => h("div", { class: "fact" }, h("small", {}, label), h("b", {}, value), h("small", {}, more));
const bestTrial = byId.get(S.best);
const states = ["RUNNING", "FAILED", "STOPPED", "INTERRUPTED", "INVALID"].filter(count).map((status) => `${count(status)} ${status.toLowerCase()}`);
const refilter = () => { filter(); draw(); };
const draw = () => { marks.clear(); readPalette(); drawProgress(); drawParallel(); drawMultiples(); drawTrade(); drawCurves(); drawTrial(); drawTable(); if (state.chosen !== null) light(state.chosen, true); };
document.getElementById("page").append(
  h("div", { class: "head" }, h("h1", {}, S.name), h("span", { class: "pill" }, S.state), h("span", { class: "dim" }, S.detail)),
  h("div", { class: "facts" },
    fact(`best ${S.objective.name}`, digits(bestTrial?.score), bestTrial ? `trial ${bestTrial.id}` : "no trial has completed"),
    fact("objective", S.objective.name, maximise ? "more is better" : "less is better"),
    fact("trials", `${count("COMPLETED")}${S.max_trials ? ` of ${S.max_trials}` : ""} completed`, states.join(", ")),
    fact("time", duration(S.elapsed_s), when(S.created)),
    fact("search", S.tuner, `${parameters.length} hyperparameter${parameters.length === 1 ? "" : "s"}`),
    ...Object.entries(S.test_metrics).map(([name, value]) => fact(`test ${name}`, digits(value), "the best model, on held-out data"))),
  h("div", { class: "grid" }, progress.section, curves.section, ...(several ? [trade.section, trial.section] : []), parallel.section, parameters.length ? multiples.section : null, several ? null : trial.section, table.section, config || layers ? more.section : null),
  h("footer", {}, ...S.data.map((note) => h("div", {}, note)), `Written ${when(S.written)} by tui-tuner ${S.version}.`), tip);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
refilter();
