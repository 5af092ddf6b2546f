// The model of a graph's pane: its scopes, which of them are folded, and what is seen then.
// Nodes and scopes are told by keys: "n12" is node 12, "s3" is scope 3 (the root is "s0").

const MOST_VISIBLE = 250;
const SMALL = 24; // a scope with at most so many nodes opens with all that is in it
const OPEN_ALL = 120;

class Scene {
  constructor(data) {
    this.data = data;
    this.scopes = [];
    this.home = [];
    this.place = [];
    this.users = null;
    this.enter(data.tree, null);
    data.nodes.forEach((node, index) => node.ops.forEach((op) => (this.place[op] = index)));
  }

  enter(tree, parent) {
    const scope = {
      key: "s" + this.scopes.length,
      path: tree.path,
      title: tree.title,
      kind: tree.kind,
      machinery: tree.machinery || "",
      alike: tree.alike || "",
      isOpen: tree.open,
      parent,
      nodes: tree.nodes,
      children: [],
      size: tree.nodes.length,
      operations: 0,
      variables: 0,
    };
    scope.group = (parent && parent.group) || (scope.machinery ? scope : null);
    this.scopes.push(scope);
    for (const node of tree.nodes) {
      this.home[node] = scope;
      scope.operations += this.data.nodes[node].ops.length;
      scope.variables += this.data.nodes[node].kind === "variable" ? 1 : 0;
    }
    for (const child of tree.scopes) {
      const inner = this.enter(child, scope);
      scope.children.push(inner);
      scope.size += inner.size;
      scope.operations += inner.operations;
      scope.variables += inner.variables;
    }
    return scope;
  }

  scope(key) {
    return this.scopes[Number(key.slice(1))];
  }

  // What stands for a node now: itself, or the outermost folded scope around it.
  shown(node) {
    let key = "n" + node;
    for (let scope = this.home[node]; scope; scope = scope.parent) {
      if (!scope.isOpen) key = scope.key;
    }
    return key;
  }

  open(scope) {
    scope.isOpen = true;
    if (scope.size <= SMALL) scope.children.forEach((child) => this.open(child));
  }

  close(scope) {
    scope.isOpen = false;
    scope.children.forEach((child) => this.close(child));
  }

  reveal(node) {
    for (let scope = this.home[node]; scope; scope = scope.parent) scope.isOpen = true;
  }

  // Opens level by level, as long as the picture stays one that can be seen.
  openAll() {
    let level = [this.scopes[0]];
    while (level.length) {
      const next = level.flatMap((scope) => scope.children);
      for (const scope of next) {
        if (scope.isOpen) continue;
        if (this.countVisible() + scope.nodes.length + scope.children.length > OPEN_ALL) return;
        scope.isOpen = true;
      }
      level = next;
    }
  }

  closeAll() {
    this.scopes[0].children.forEach((child) => this.close(child));
  }

  countVisible(scope = this.scopes[0]) {
    if (!scope.isOpen) return 1;
    return scope.children.reduce((sum, c) => sum + this.countVisible(c), scope.nodes.length);
  }

  // {boxes, items, edges, background}: open scopes, drawn nodes, and edges between those.
  visible() {
    const items = [],
      boxes = [];
    const walk = (scope) => {
      for (const node of scope.nodes) items.push({ key: "n" + node, home: scope, node });
      for (const child of scope.children) {
        if (child.isOpen) {
          boxes.push({ key: child.key, scope: child, home: scope });
          walk(child);
        } else {
          items.push({ key: child.key, home: scope, scope: child });
        }
      }
    };
    walk(this.scopes[0]);
    const edges = this.lifted();
    const background = this.sortOut(edges);
    return { items, boxes, edges: edges.filter((e) => !e.background), background };
  }

  lifted() {
    const shown = this.data.nodes.map((_, node) => this.shown(node));
    const found = new Map();
    for (const [from, to, labels, tensors, control] of this.data.edges) {
      const a = shown[from],
        b = shown[to];
      if (a === b) continue;
      const key = a + ">" + b;
      let edge = found.get(key);
      if (!edge) {
        edge = {
          key,
          from: a,
          to: b,
          labels: new Set(),
          tensors: 0,
          control: true,
          pairs: [],
          last: 0,
          group: this.home[to].group,
          inside: this.home[from].group,
        };
        found.set(key, edge);
      }
      for (const label of labels) edge.labels.add(this.data.labels[label]);
      edge.tensors += tensors;
      edge.control = edge.control && Boolean(control);
      edge.pairs.push([from, to]);
      edge.last = Math.max(edge.last, from);
    }
    return [...found.values()];
  }

  // The many edges from layers into machinery (gradients, an optimizer) are not drawn, but for one
  // that ties each to the rest: the latest. They appear when one of their ends is chosen.
  sortOut(edges) {
    const machines = new Set();
    for (const edge of edges) {
      if (edge.group) machines.add(edge.to);
      if (edge.inside) machines.add(edge.from);
    }
    const feeds = new Map(); // what feeds machinery only is no layer, and stays tied to it
    for (const edge of edges) {
      feeds.set(edge.from, feeds.get(edge.from) !== false && machines.has(edge.to));
    }
    const groups = new Map();
    for (const edge of edges) {
      const outer = edge.group && !edge.inside && !machines.has(edge.from);
      edge.background = Boolean(outer && !feeds.get(edge.from));
      if (!edge.group || edge.inside === edge.group) continue;
      const group = groups.get(edge.group) || { isTied: false, latest: null };
      if (!edge.background) group.isTied = true;
      else if (!group.latest || edge.last > group.latest.last) group.latest = edge;
      groups.set(edge.group, group);
    }
    for (const [scope, group] of groups) {
      if (scope.machinery === "gradients" && !group.isTied && group.latest) {
        group.latest.background = false;
      }
    }
    return edges.filter((edge) => edge.background);
  }

  // Operation -> [operation that uses it, its input's number], made when it is first asked for.
  usersOf(op) {
    if (!this.users) {
      const ops = this.data.ops;
      this.users = ops.name.map(() => []);
      ops.inputs.forEach((inputs, user) => {
        for (let k = 0; k < inputs.length; k += 2)
          this.users[inputs[k]].push([user, inputs[k + 1]]);
      });
    }
    return this.users[op];
  }
}
