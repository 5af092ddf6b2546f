// What is told of the thing that was chosen: an operation, a folded or open scope, an edge.

const MOST_LISTED = 12;

class Panel {
  // `choose(op)` is called when somebody follows a link to another operation.
  // `open(pane)` when it is a link to a function.
  constructor(scene, choose, open) {
    this.scene = scene;
    this.choose = choose;
    this.open = open;
    this.root = html("aside", {
      class: "panel",
      hidden: true,
      "aria-label": "details",
      "aria-live": "polite",
    });
  }

  show(title, kind, ...parts) {
    this.root.replaceChildren(
      html(
        "button",
        { class: "close", title: "close (Esc)", "aria-label": "close", onclick: () => this.hide() },
        "×",
      ),
      html("h3", {}, title),
      html("p", { class: "kind" }, kind),
      ...parts.filter(Boolean),
    );
    this.root.hidden = false;
    this.root.scrollTop = 0;
  }

  hide() {
    this.root.hidden = true;
    this.root.dispatchEvent(new CustomEvent("closed", { bubbles: true }));
  }

  link(op, text) {
    const name = this.scene.data.ops.name[op];
    return html(
      "button",
      { class: "link", title: name, onclick: () => this.choose(op) },
      text || name,
    );
  }

  spec(op, index) {
    const { ops, specs } = this.scene.data;
    const known = ops.outputs[op][index];
    return known === undefined ? "" : specs[known];
  }

  value(op, index) {
    return (this.scene.data.values || {})[op + ":" + index];
  }

  section(title, ...rows) {
    const shown = rows.flat().filter(Boolean);
    return shown.length ? html("section", {}, html("h4", {}, title), ...shown) : null;
  }

  // --- operations ---------------------------------------------------------------------------------
  operation(op) {
    const { ops, types, nodes } = this.scene.data;
    const node = nodes[this.scene.place[op]];
    const within = node && node.ops[0] !== op ? node.ops[0] : null;
    this.show(
      ops.name[op],
      types[ops.type[op]],
      within === null ? null : html("p", { class: "note" }, "drawn within ", this.link(within)),
      this.made(op),
      this.section("Value", this.values(op)),
      this.section("Inputs", this.inputs(op)),
      this.section("Outputs", this.outputs(op)),
      this.section(
        "Runs after",
        this.some(ops.controls[op], (other) => this.link(other)),
      ),
      this.section("Attributes", this.attributes(op)),
      node && within === null
        ? this.section(
            "Also drawn here",
            this.some(node.ops.slice(1), (other) =>
              html("span", {}, this.link(other), " ", html("em", {}, types[ops.type[other]])),
            ),
          )
        : null,
    );
  }

  made(op) {
    const { ops, lines } = this.scene.data;
    const line = lines[ops.line[op]];
    if (!line) return null;
    const [file, number, inside, text] = line;
    const where =
      `${file}, line ${number}` + (inside && inside !== "<module>" ? `, in ${inside}` : "");
    return html(
      "section",
      { class: "made" },
      html("h4", {}, "Made at"),
      html("p", {}, where),
      text ? html("pre", {}, text) : null,
    );
  }

  some(list, row) {
    const rows = list.slice(0, MOST_LISTED).map((item) => html("div", { class: "row" }, row(item)));
    if (list.length > MOST_LISTED)
      rows.push(
        html("div", { class: "row" }, html("em", {}, `and ${list.length - MOST_LISTED} more`)),
      );
    return rows;
  }

  inputs(op) {
    const flat = this.scene.data.ops.inputs[op];
    const pairs = [];
    for (let k = 0; k < flat.length; k += 2) pairs.push([flat[k], flat[k + 1]]);
    return this.some(pairs, ([source, index]) => this.tensor(source, index, true));
  }

  outputs(op) {
    const specs = this.scene.data.ops.outputs[op];
    const users = this.scene.usersOf(op);
    return specs.map((_, index) => {
      const takers = [
        ...new Set(users.filter(([, output]) => output === index).map(([user]) => user)),
      ];
      return html(
        "div",
        { class: "row" },
        html("code", {}, ":" + index),
        " ",
        this.spec(op, index),
        takers.length ? html("div", { class: "takers" }, "to ", ...this.listed(takers)) : null,
      );
    });
  }

  listed(ops) {
    const parts = ops.slice(0, 6).flatMap((op, k) => (k ? [", ", this.link(op)] : [this.link(op)]));
    return ops.length > 6 ? [...parts, ` and ${ops.length - 6} more`] : parts;
  }

  tensor(op, index, linked) {
    const value = this.value(op, index);
    const name = this.scene.data.ops.name[op] + (index ? ":" + index : "");
    return html(
      "span",
      {},
      linked ? this.link(op, name) : name,
      " ",
      html("span", { class: "spec" }, this.spec(op, index)),
      value ? html("div", { class: "takers" }, "= " + value.text) : null,
    );
  }

  attributes(op) {
    const { ops, attributes } = this.scene.data;
    const pairs = attributes[ops.attributes[op]] || [];
    if (!pairs.length) return [];
    const told = ([name, text, place]) => {
      const pane = place === undefined ? null : this.scene.data.functions[place];
      const shown = pane
        ? html("button", { class: "link", onclick: () => this.open(pane) }, text)
        : text;
      return [html("dt", {}, name), html("dd", {}, shown)];
    };
    return [html("dl", {}, ...pairs.flatMap(told))];
  }

  // --- values -------------------------------------------------------------------------------------
  values(op) {
    const count = this.scene.data.ops.outputs[op].length;
    const rows = [];
    for (let index = 0; index < count; index++) {
      const value = this.value(op, index);
      if (value) rows.push(this.summary(value, count > 1 ? ":" + index + " " : ""));
    }
    return rows;
  }

  summary(value, prefix) {
    return html(
      "div",
      { class: "value" },
      html(
        "div",
        {},
        prefix,
        html("span", { class: "spec" }, value.spec),
        value.when ? html("em", {}, " " + value.when) : null,
      ),
      html("pre", {}, value.items || value.text),
      value.items ? null : this.statistics(value),
      value.bars ? histogram(value) : null,
      value.image ? html("img", { class: "thumb", src: value.image, alt: "as an image" }) : null,
    );
  }

  statistics(value) {
    if (!value.statistics) return null;
    return html(
      "dl",
      {},
      ...value.statistics.flatMap(([name, text]) => [html("dt", {}, name), html("dd", {}, text)]),
    );
  }

  // --- scopes and edges ---------------------------------------------------------------------------
  scopeOf(scope, toggle) {
    const { nodes, ops, types } = this.scene.data;
    const counts = new Map();
    const walk = (part) => {
      for (const node of part.nodes) {
        for (const op of nodes[node].ops)
          counts.set(ops.type[op], (counts.get(ops.type[op]) || 0) + 1);
      }
      part.children.forEach(walk);
    };
    walk(scope);
    const most = [...counts].sort((a, b) => b[1] - a[1]);
    this.show(
      scope.path,
      "name scope: " +
        plural(scope.operations, "operation") +
        (scope.variables ? ", " + plural(scope.variables, "variable") : ""),
      scope.alike ? html("p", { class: "note" }, scope.alike) : null,
      html(
        "p",
        {},
        html("button", { class: "act", onclick: toggle }, scope.isOpen ? "fold" : "unfold"),
      ),
      this.section(
        "Operations",
        this.some(most, ([type, count]) => `${count} × ${types[type]}`),
      ),
      this.section(
        "Scopes",
        this.some(scope.children, (child) => child.title),
      ),
    );
  }

  edge(edge) {
    const { ops, nodes } = this.scene.data;
    const found = new Map();
    for (const [from, to] of edge.pairs) {
      const sources = new Set(nodes[from].ops);
      for (const op of nodes[to].ops) {
        const flat = ops.inputs[op];
        for (let k = 0; k < flat.length; k += 2) {
          if (sources.has(flat[k])) found.set(flat[k] + ":" + flat[k + 1], [flat[k], flat[k + 1]]);
        }
      }
    }
    const tensors = [...found.values()];
    const kind = tensors.length
      ? plural(tensors.length, "tensor")
      : "control dependency: runs after";
    this.show(
      "Edge",
      kind,
      this.section(
        "Flows",
        tensors.slice(0, MOST_LISTED).map(([op, index]) => {
          const value = this.value(op, index);
          return html(
            "div",
            { class: "row" },
            this.tensor(op, index, true),
            value ? this.summary(value, "") : null,
          );
        }),
        tensors.length > MOST_LISTED
          ? html("em", {}, `and ${tensors.length - MOST_LISTED} more`)
          : null,
      ),
      this.section(
        "From",
        this.some([...new Set(edge.pairs.map((p) => nodes[p[0]].ops[0]))], (op) => this.link(op)),
      ),
      this.section(
        "To",
        this.some([...new Set(edge.pairs.map((p) => nodes[p[1]].ops[0]))], (op) => this.link(op)),
      ),
    );
  }
}

// The distribution of a value's numbers, from its least to its greatest.
function histogram(value) {
  const bars = value.bars,
    most = Math.max(...bars, 1),
    width = 240 / bars.length;
  const drawing = svg("svg", {
    class: "histogram",
    viewBox: "0 0 240 54",
    role: "img",
    "aria-label": "histogram",
  });
  bars.forEach((count, k) => {
    const height = count ? Math.max(1, (count / most) * 40) : 0;
    drawing.append(
      svg("rect", {
        x: round(k * width),
        y: round(41 - height),
        width: round(width - 1),
        height: round(height),
      }),
    );
  });
  drawing.append(
    svg("text", { x: 0, y: 52 }, value.range[0]),
    svg("text", { x: 240, y: 52, "text-anchor": "end" }, value.range[1]),
  );
  return drawing;
}
