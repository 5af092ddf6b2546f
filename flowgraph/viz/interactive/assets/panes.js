// The panes of a view: a graph that folds, a picture that zooms, and words.

class GraphPane {
  constructor(data, view) {
    this.scene = new Scene(data);
    this.view = view;
    this.stage = new Stage(view.isPage);
    this.panel = new Panel(
      this.scene,
      (op) => this.choose(op),
      (pane) => view.open(pane),
    );
    this.root = html("div", { class: "body" }, this.stage.svg, this.panel.root);
    this.find = new Find(
      () => this.candidates(),
      (result) => this.choose(result.op),
    );
    this.chosen = null;
    this.stage.svg.addEventListener("click", (event) => this.click(event));
    this.stage.svg.addEventListener("keydown", (event) => this.key(event));
    this.panel.root.addEventListener("closed", () => this.mark(null));
  }

  get tools() {
    return [
      [
        "unfold",
        "Unfold scopes, as many as can be seen",
        () => this.refold(() => this.scene.openAll()),
      ],
      ["fold", "Fold all scopes", () => this.refold(() => this.scene.closeAll())],
    ];
  }

  candidates() {
    if (!this.known) {
      const { ops, types } = this.scene.data;
      this.known = ops.name.map((name, op) => {
        const hint = types[ops.type[op]];
        return {
          op,
          text: name,
          hint,
          lower: (name + " " + hint).toLowerCase(),
          start: name.lastIndexOf("/") + 1,
        };
      });
    }
    return this.known;
  }

  start() {
    this.draw();
    this.stage.fit(0.75);
    if (this.scene.data.chosen === undefined) return;
    this.choose(this.scene.data.chosen);
    this.stage.fit(0.75);
  }

  heightWanted() {
    return Math.max(this.stage.size.height, this.scene.data.chosen === undefined ? 0 : 240);
  }

  draw() {
    const seen = this.scene.visible();
    this.seen = seen;
    this.stage.size = layOut(this.scene, seen);
    this.places = new Map([...seen.items, ...seen.boxes].map((thing) => [thing.key, thing]));
    const boxes = seen.boxes.map((box) => paintBox(box, depthOf(box.scope)));
    const edges = seen.edges.map(paintEdge);
    const items = seen.items.map((item) =>
      paintItem(item, item.node !== undefined && this.scene.data.nodes[item.node].target),
    );
    this.hints = svg("g");
    this.stage.layer.replaceChildren(...boxes, ...edges, ...items, this.hints);
    this.view.legend(seen);
    this.mark(this.chosen);
  }

  // Draws what is open after `change`; undoes it where that cannot be shown. Gives whether it did.
  attempt(change) {
    const open = this.scene.scopes.map((scope) => scope.isOpen);
    change();
    const count = this.scene.countVisible();
    let trouble = `that would show ${count} nodes at once: fold something first, or search`;
    if (count <= MOST_VISIBLE) {
      try {
        this.draw();
        return true;
      } catch (error) {
        console.error("flowgraph's layout failed:", error);
        trouble = "this cannot be laid out";
      }
    }
    this.scene.scopes.forEach((scope, k) => (scope.isOpen = open[k]));
    this.draw();
    this.view.say(trouble);
    return false;
  }

  // Folds or unfolds by `change`, and keeps what `key` tells where it was in the window.
  refold(change, key) {
    const before = key && this.places.get(key);
    const anchor = before && this.stage.seen(before.x, before.y - before.height / 2);
    if (!this.attempt(change)) return;
    const after = key && this.places.get(key);
    if (anchor && after) {
      const now = this.stage.seen(after.x, after.y - after.height / 2);
      this.stage.pan(anchor.x - now.x, anchor.y - now.y);
      this.stage.show(after);
    } else {
      this.stage.fit(0.45);
    }
  }

  toggle(scope) {
    this.refold(() => (scope.isOpen ? this.scene.close(scope) : this.scene.open(scope)), scope.key);
    this.chooseScope(scope);
    this.focus(scope.key); // what had the focus is drawn anew
  }

  click(event) {
    if (this.stage.moved > 4) return;
    const bar = event.target.closest("[data-fold]");
    if (bar) return this.toggle(this.scene.scope(bar.dataset.fold));
    const edge = event.target.closest("[data-edge]");
    if (edge) return this.chooseEdge(edge.dataset.edge);
    const thing = event.target.closest("[data-key]");
    if (thing) return this.take(thing.dataset.key);
    this.panel.hide();
  }

  take(key) {
    if (key[0] === "n") return this.choose(this.scene.data.nodes[Number(key.slice(1))].ops[0]);
    const scope = this.scene.scope(key);
    if (scope.isOpen) this.chooseScope(scope);
    else this.toggle(scope);
  }

  key(event) {
    if (event.key === "Escape") return this.panel.hide();
    if (event.key === "/") {
      event.preventDefault();
      return this.find.input.focus();
    }
    if (event.key !== "Enter" && event.key !== " ") return;
    const thing = event.target.closest("[data-fold], [data-key]");
    if (!thing) return;
    event.preventDefault();
    const key = thing.dataset.fold || thing.dataset.key;
    if (thing.dataset.fold) this.toggle(this.scene.scope(key));
    else this.take(key);
  }

  focus(key) {
    const thing = this.stage.layer.querySelector(`[data-fold="${key}"], .item[data-key="${key}"]`);
    if (thing) thing.focus({ preventScroll: true });
  }

  // Shows an operation: opens the scopes around it, brings it into the window, tells of it.
  choose(op) {
    const node = this.scene.place[op];
    this.panel.operation(op);
    if (node === undefined) return this.mark(null);
    if (!this.places.has("n" + node)) {
      const alone = () => {
        this.scene.closeAll();
        this.scene.reveal(node);
      };
      if (!this.attempt(() => this.scene.reveal(node)) && !this.attempt(alone)) return;
    }
    this.mark("n" + node);
    this.stage.show(this.places.get("n" + node), 0.8);
  }

  chooseScope(scope) {
    this.panel.scopeOf(scope, () => this.toggle(scope));
    this.mark(scope.key);
  }

  chooseEdge(key) {
    const edge = this.seen.edges.find((candidate) => candidate.key === key);
    this.panel.edge(edge);
    this.mark(key);
  }

  // Marks what was chosen, and what it is joined to.
  mark(key) {
    this.chosen = key;
    const near = new Set();
    const hints = [];
    for (const edge of this.seen.edges) {
      if (key && (edge.from === key || edge.to === key))
        near.add(edge.key).add(edge.from).add(edge.to);
    }
    for (const edge of this.seen.background) {
      if (key && (edge.from === key || edge.to === key)) hints.push(paintHint(edge, this.places));
    }
    for (const element of this.stage.layer.children) {
      const own = element.dataset.key || element.dataset.edge;
      element.classList.toggle("chosen", Boolean(key) && own === key);
      element.classList.toggle("near", own !== key && near.has(own));
    }
    this.hints.replaceChildren(...hints.filter(Boolean));
  }
}

function depthOf(scope) {
  return scope.parent ? 1 + depthOf(scope.parent) : -1;
}

// A finished picture: what carries a title can be searched for, and tells it when it is clicked.
class PicturePane {
  constructor(data, view) {
    this.view = view;
    this.stage = new Stage(view.isPage);
    this.panel = new Panel({ data: {} });
    this.root = html("div", { class: "body" }, this.stage.svg, this.panel.root);
    this.find = new Find(
      () => this.candidates(),
      (result) => this.choose(result.element),
    );
    this.read(data.svg);
    this.stage.svg.addEventListener("click", (event) => this.click(event));
    this.stage.svg.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.panel.hide();
      if (event.key === "/") {
        event.preventDefault();
        this.find.input.focus();
      }
    });
    this.panel.root.addEventListener("closed", () => this.mark(null));
    this.tools = [];
  }

  read(text) {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    for (const element of [...parsed.querySelectorAll("*")]) {
      if (["script", "foreignObject", "style"].includes(element.localName)) element.remove();
      for (const { name } of [...element.attributes]) {
        if (/^on|href$/i.test(name)) element.removeAttribute(name);
      }
    }
    const box = (parsed.getAttribute("viewBox") || "0 0 980 600").split(/[\s,]+/).map(Number);
    this.stage.size = { left: box[0], top: box[1], width: box[2], height: box[3] };
    this.stage.layer.append(...document.importNode(parsed, true).childNodes);
    this.view.recolour(this.stage.layer);
  }

  candidates() {
    if (!this.known) {
      this.known = [...this.stage.layer.querySelectorAll("title")].map((title) => {
        const [text, ...rest] = title.textContent.split("\n");
        return {
          element: title.parentNode,
          text,
          hint: rest[0] || "",
          lower: title.textContent.toLowerCase(),
          start: text.lastIndexOf("/") + 1,
        };
      });
    }
    return this.known;
  }

  start() {
    this.stage.fit(0.8);
  }

  heightWanted() {
    return this.stage.size.height;
  }

  click(event) {
    if (this.stage.moved > 4) return;
    let element = event.target;
    while (
      element !== this.stage.svg &&
      ![...element.children].some((c) => c.localName === "title")
    )
      element = element.parentNode;
    if (element === this.stage.svg) this.panel.hide();
    else this.choose(element);
  }

  choose(element) {
    const title = [...element.children].find((child) => child.localName === "title");
    const [first, ...rest] = title.textContent.split("\n");
    this.panel.show(first, rest[0] || "", ...rest.slice(1).map((line) => html("p", {}, line)));
    this.mark(element);
    const box = element.getBBox();
    this.stage.show({
      x: box.x + box.width / 2,
      y: box.y + box.height / 2,
      width: box.width || 1,
      height: box.height || 1,
    });
  }

  mark(element) {
    if (this.marked) this.marked.classList.remove("picked");
    this.marked = element;
    if (element) element.classList.add("picked");
  }
}

class WordsPane {
  constructor(data) {
    this.root = html(
      "div",
      { class: "body" },
      html("div", { class: "sheet", tabindex: 0 }, html("pre", {}, data.text)),
    );
    this.lines = data.text.split("\n").length;
    this.tools = [];
  }

  start() {}

  heightWanted() {
    return this.lines * 18 + 40;
  }
}
