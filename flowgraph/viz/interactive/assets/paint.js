// Paints a laid-out scene as SVG. Words from the graph reach the page as text nodes only.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null)
      element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

const round = (number) => Math.round(number * 10) / 10;
const path = (...parts) => parts.map((p) => (typeof p === "number" ? round(p) : p)).join(" ");

// The outline of each kind, around (0, 0).
const OUTLINES = {
  placeholder: (w, h) =>
    svg("path", { d: path("M", -w + 10, -h, "L", w, -h, "L", w - 10, h, "L", -w, h, "Z") }),
  variable: (w, h) =>
    svg("path", {
      d: path(
        "M",
        -w,
        -h + 5,
        "A",
        w,
        5,
        "0 0 1",
        w,
        -h + 5,
        "L",
        w,
        h - 5,
        "A",
        w,
        5,
        "0 0 1",
        -w,
        h - 5,
        "Z M",
        -w,
        -h + 5,
        "A",
        w,
        5,
        "0 0 0",
        w,
        -h + 5,
      ),
    }),
  constant: (w, h) =>
    svg("rect", { x: -w, y: -h, width: 2 * w, height: 2 * h, rx: Math.min(h, 16) }),
  gradient: (w, h) => {
    const c = Math.min(7, h / 2);
    return svg("path", {
      d: path(
        "M",
        -w + c,
        -h,
        "L",
        w - c,
        -h,
        "L",
        w,
        -h + c,
        "L",
        w,
        h - c,
        "L",
        w - c,
        h,
        "L",
        -w + c,
        h,
        "L",
        -w,
        h - c,
        "L",
        -w,
        -h + c,
        "Z",
      ),
    });
  },
  operation: (w, h) => svg("rect", { x: -w, y: -h, width: 2 * w, height: 2 * h, rx: 6 }),
};

function paintItem(item, isTarget) {
  const w = item.width / 2,
    h = item.height / 2;
  const name = [item.title.join(""), ...item.detail].join(" ");
  const group = svg("g", {
    class: `item ${item.kind}${item.scope ? " folded" : ""}${isTarget ? " target" : ""}`,
    "data-key": item.key,
    transform: `translate(${round(item.x)} ${round(item.y)})`,
    tabindex: 0,
    role: "button",
    "aria-label": item.scope ? "folded scope " + name : name,
  });
  if (item.scope) {
    group.setAttribute("aria-expanded", "false");
    const size = { width: 2 * w - 4, height: 2 * h - 4, rx: 3 };
    group.append(
      svg("rect", { class: "behind", x: -w + 4, y: -h, ...size }),
      svg("rect", { class: "shape", x: -w, y: -h + 4, ...size }),
      svg("path", { class: "sign", d: `M ${round(-w + 6)} ${round(-h + 14)} h 8 m -4 -4 v 8` }),
    );
  } else {
    const shape = (OUTLINES[item.kind] || OUTLINES.operation)(w, h);
    shape.setAttribute("class", "shape");
    group.append(shape);
  }
  const down = item.kind === "variable" && !item.scope ? 4 : item.scope ? 2 : 0;
  const shift = item.scope ? 4 : 0;
  const lines = item.title.length + item.detail.length;
  let y = -((lines - 1) * LINE) / 2 + 4 + down;
  for (const [text, style] of [
    ...item.title.map((text) => [text, "title"]),
    ...item.detail.map((text) => [text, "detail"]),
  ]) {
    group.append(
      svg("text", { class: style, x: shift, y: round(y), "text-anchor": "middle" }, text),
    );
    y += LINE;
  }
  return group;
}

function paintBox(box, level) {
  const left = box.x - box.width / 2,
    top = box.y - box.height / 2;
  const group = svg("g", {
    class: `box ${box.scope.kind} level${level % 2}`,
    "data-key": box.key,
  });
  const bar = svg("g", {
    class: "bar",
    "data-fold": box.key,
    tabindex: 0,
    role: "button",
    "aria-expanded": "true",
    "aria-label": "scope " + box.scope.title + ", open: folds",
  });
  bar.append(
    svg("rect", {
      class: "grip",
      x: round(left),
      y: round(top),
      width: round(box.width),
      height: 18,
      rx: 5,
    }),
    svg("path", { class: "sign", d: `M ${round(left + 7)} ${round(top + 9)} h 8` }),
    svg("text", { class: "title", x: round(left + 20), y: round(top + 13) }, box.scope.title),
  );
  group.append(
    svg("rect", {
      class: "frame",
      x: round(left),
      y: round(top),
      width: round(box.width),
      height: round(box.height),
      rx: 5,
    }),
    bar,
  );
  return group;
}

// A smooth line through a layout's points: a cubic B-spline that begins and ends on them.
function curve(points) {
  if (points.length < 3) return "M" + points.map((p) => `${round(p.x)} ${round(p.y)}`).join(" L");
  const first = points[0],
    last = points[points.length - 1];
  const all = [first, ...points, last];
  let text = `M${round(first.x)} ${round(first.y)}`;
  for (let k = 1; k < all.length - 1; k++) {
    const [a, b, c] = [all[k - 1], all[k], all[k + 1]];
    if (k === 1) text += ` L${round((5 * a.x + b.x) / 6)} ${round((5 * a.y + b.y) / 6)}`;
    else {
      const one = { x: (2 * a.x + b.x) / 3, y: (2 * a.y + b.y) / 3 };
      const two = { x: (a.x + 2 * b.x) / 3, y: (a.y + 2 * b.y) / 3 };
      const end = { x: (a.x + 4 * b.x + c.x) / 6, y: (a.y + 4 * b.y + c.y) / 6 };
      text += ` C${[one, two, end].map((p) => `${round(p.x)} ${round(p.y)}`).join(" ")}`;
    }
  }
  return text + ` L${round(last.x)} ${round(last.y)}`;
}

function arrow(points) {
  const end = points[points.length - 1];
  const before = points[points.length - 2] || { x: end.x, y: end.y - 1 };
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return svg("path", {
    class: "head",
    d: "M0 0 L-7 -3.2 L-7 3.2 Z",
    transform: `translate(${round(end.x)} ${round(end.y)}) rotate(${round(angle)})`,
  });
}

function paintEdge(edge) {
  const group = svg("g", {
    class: "edge" + (edge.control ? " control" : ""),
    "data-edge": edge.key,
  });
  const d = curve(edge.points);
  group.append(
    svg("path", { class: "reach", d }),
    svg("path", { class: "line", d }),
    arrow(edge.points),
  );
  edge.text.forEach((line, k) => {
    const y = edge.y + (k - (edge.text.length - 1) / 2) * 11 + 3;
    group.append(
      svg("text", { class: "label", x: round(edge.x - edge.width / 2 + 2), y: round(y) }, line),
    );
  });
  return group;
}

// An edge that the layout does not know, between two things that are drawn.
function paintHint(edge, places) {
  const a = places.get(edge.from),
    b = places.get(edge.to);
  if (!a || !b) return null;
  const down = a.y + a.height / 2 <= b.y - b.height / 2;
  const start = { x: a.x, y: a.y + (down ? a.height / 2 : 0) };
  const end = { x: b.x, y: b.y - (down ? b.height / 2 : 0) };
  const bend = Math.max(20, Math.abs(end.y - start.y) / 3);
  const d =
    `M${round(start.x)} ${round(start.y)} C${round(start.x)} ${round(start.y + bend)} ` +
    `${round(end.x)} ${round(end.y - bend)} ${round(end.x)} ${round(end.y)}`;
  return svg("path", { class: "hint", d });
}
