// Places what a scene shows: sizes by the text, dagre for the layers.

const FONT = "Helvetica, Arial, 'Liberation Sans', Arimo, sans-serif";
const LINE = 13;
const WRAP = 22;
const MANY = 120;
const ROOM = 10;

const measure = (() => {
  const pen = document.createElement("canvas").getContext("2d");
  const known = new Map();
  return (text, size, bold) => {
    const key = (bold ? "b" : "r") + size + text;
    if (!known.has(key)) {
      pen.font = (bold ? "bold " : "") + size + "px " + FONT;
      known.set(key, pen.measureText(text).width);
    }
    return known.get(key);
  };
})();

// A long name in lines, broken before a capital or after a slash or an underscore.
function wrapped(title) {
  const lines = [""];
  for (const part of title.match(/.[^A-Z/_]*[/_]?/gsu) || [""]) {
    if (lines[lines.length - 1] && lines[lines.length - 1].length + part.length > WRAP)
      lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.length > 4 ? [...lines.slice(0, 3), "…" + lines[lines.length - 1]] : lines;
}

const plural = (count, word) => count.toLocaleString("en") + " " + word + (count === 1 ? "" : "s");

function wordsOf(scene, item, background) {
  if (item.scope) {
    const scope = item.scope;
    const detail = scope.alike ? [scope.alike] : [];
    let line = plural(scope.operations, "operation");
    if (scope.variables) line += ", " + plural(scope.variables, "variable");
    detail.push(line);
    if (scope.machinery) {
      const into = background.filter((edge) => edge.to === item.key);
      const tensors = into.reduce((sum, edge) => sum + edge.tensors, 0);
      if (tensors) detail.push("reads " + plural(tensors, "tensor"));
    }
    return { title: wrapped(scope.title), detail };
  }
  const node = scene.data.nodes[item.node];
  return { title: wrapped(node.title), detail: node.detail ? node.detail.split("\n") : [] };
}

function sized(scene, item, background) {
  const words = wordsOf(scene, item, background);
  const title = words.title.filter(Boolean);
  const widths = [
    ...title.map((line) => measure(line, 11, true)),
    ...words.detail.map((line) => measure(line, 9.5, false)),
  ];
  item.title = title;
  item.detail = words.detail;
  item.kind = item.scope ? item.scope.kind : scene.data.nodes[item.node].kind;
  const extra = { placeholder: 24, constant: 14, gradient: 8 };
  item.width = Math.max(34, ...widths) + 18 + (item.scope ? 18 : extra[item.kind] || 0);
  item.height =
    LINE * (title.length + words.detail.length) + 12 + (item.kind === "variable" ? 8 : 0);
}

function labelOf(edge) {
  const lines = edge.tensors > 1 && edge.labels.size ? [plural(edge.tensors, "tensor")] : [];
  const labels = [...edge.labels].flatMap((label) => label.split("\n"));
  lines.push(...labels.slice(0, 2));
  if (labels.length > 2) lines.push("…");
  return lines;
}

// Gives every item, box and edge of `seen` its place; returns the size of the whole.
function layOut(scene, seen) {
  const graph = new dagre.graphlib.Graph({ compound: true });
  const many = seen.items.length > MANY;
  graph.setGraph({
    rankdir: "TB",
    nodesep: many ? 12 : 18,
    edgesep: 8,
    ranksep: many ? 20 : 26,
    marginx: 14,
    marginy: 14, // dagre's quicker rankers fail where there are boxes
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const item of seen.items) {
    sized(scene, item, seen.background);
    graph.setNode(item.key, { width: item.width, height: item.height });
  }
  for (const box of seen.boxes) {
    if (box.scope.size) graph.setNode(box.key, {});
  }
  const inside = (thing) => thing.home.parent && graph.setParent(thing.key, thing.home.key);
  seen.items.forEach(inside);
  seen.boxes.forEach(inside);
  for (const edge of seen.edges) {
    edge.text = labelOf(edge);
    const width = Math.max(0, ...edge.text.map((line) => measure(line, 9, false)));
    graph.setEdge(edge.from, edge.to, {
      width: width && width + 8,
      height: edge.text.length * 11,
      labelpos: "r",
      labeloffset: 3,
      weight: seen.items.length < MANY && !edge.control ? 2 : 1,
    });
  }
  dagre.layout(graph);
  for (const thing of [...seen.items, ...seen.boxes])
    Object.assign(thing, placeOf(graph, thing.key));
  for (const edge of seen.edges) Object.assign(edge, graph.edge(edge.from, edge.to));
  if (runsBackwards(seen.items)) mirror(seen);
  makeRoom(seen);
  return extent(seen);
}

// Whether what was made earlier stands at the right of what was made later, as a rule.
function runsBackwards(items) {
  const rows = new Map();
  for (const item of items) {
    const y = round(item.y);
    rows.set(y, [...(rows.get(y) || []), item.x]);
  }
  let forwards = 0;
  for (const row of rows.values()) {
    for (let k = 1; k < row.length; k++) forwards += Math.sign(row[k] - row[k - 1]);
  }
  return forwards < 0;
}

function mirror(seen) {
  for (const thing of [...seen.items, ...seen.boxes]) thing.x = -thing.x;
  for (const edge of seen.edges) {
    if (edge.x !== undefined) edge.x = -edge.x;
    edge.points = edge.points.map(({ x, y }) => ({ x: -x, y }));
  }
}

function placeOf(graph, key) {
  const { x, y, width, height } = graph.node(key);
  return { x, y, width, height };
}

// The layout leaves no room for boxes' titles: what lies below the top of a box moves down.
function makeRoom(seen) {
  const tops = [...new Set(seen.boxes.map((box) => round(box.y - box.height / 2)))].sort(
    (a, b) => a - b,
  );
  const below = (y) => y + ROOM * tops.filter((top) => top < y - 0.5).length;
  for (const box of seen.boxes) {
    const top = below(box.y - box.height / 2),
      bottom = below(box.y + box.height / 2) + 4;
    box.y = (top + bottom) / 2;
    box.height = bottom - top;
    box.width = Math.max(box.width, measure(box.scope.title, 10.5, true) + 34);
  }
  for (const item of seen.items) {
    item.y = below(item.y + item.height / 2) - item.height / 2;
  }
  for (const edge of seen.edges) {
    if (edge.y !== undefined) edge.y = below(edge.y);
    edge.points = edge.points.map(({ x, y }) => ({ x, y: below(y) }));
  }
}

function extent(seen) {
  let left = 0,
    top = 0,
    right = 60,
    bottom = 40;
  for (const thing of [...seen.items, ...seen.boxes]) {
    left = Math.min(left, thing.x - thing.width / 2 - 10);
    right = Math.max(right, thing.x + thing.width / 2 + 10);
    top = Math.min(top, thing.y - thing.height / 2 - 10);
    bottom = Math.max(bottom, thing.y + thing.height / 2 + 10);
  }
  for (const edge of seen.edges) {
    for (const point of edge.points) {
      left = Math.min(left, point.x - 6);
      right = Math.max(right, point.x + 6);
    }
  }
  return { left, top, width: right - left, height: bottom - top };
}
