// A view: tabs of panes with their tools, in a shadow tree that the page around cannot disturb.

const PANES = {
  graph: GraphPane,
  picture: PicturePane,
  words: WordsPane,
  scalars: ScalarsPane,
  images: ImagesPane,
};
const HEIGHTS = [220, 560];
const CORNERS = "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4";
const HALF = "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 2v12M10 3v10M12 4.5v7";
const KINDS = ["placeholder", "variable", "constant", "operation", "gradient"];

class View {
  constructor(host, data, style, colours) {
    this.host = host;
    this.data = data;
    this.colours = colours;
    this.isPage = Boolean(data.page);
    this.shadow = host.attachShadow({ mode: "open" });
    this.tabs = html("div", { class: "tabs", role: "tablist" });
    this.extra = html("span", {});
    this.finder = html("span", {});
    this.foot = html("div", { class: "foot" });
    this.main = html("div", { class: "body" });
    this.root = html(
      "div",
      { class: "view" + (this.isPage ? " page" : "") },
      this.bar(),
      this.main,
      this.foot,
    );
    this.shadow.append(html("style", {}, style), this.root);
    this.follow();
    this.panes = data.panes.map((pane) => ({ data: pane, pane: null }));
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.show(0);
  }

  bar() {
    const button = (sign, title, act) =>
      html("button", { title, "aria-label": title, onclick: act }, sign);
    const icon = (d) => svg("svg", { class: "icon", viewBox: "0 0 16 16" }, svg("path", { d }));
    const stage = () => this.pane.stage;
    this.zooms = html(
      "span",
      {},
      button("+", "zoom in (+)", () => stage().zoom(STEP)),
      " ",
      button("−", "zoom out (-)", () => stage().zoom(1 / STEP)),
      " ",
      button("fit", "fit the whole (0)", () => stage().fit()),
    );
    const full = button(icon(CORNERS), "full screen", () => this.fullScreen());
    return html(
      "div",
      { class: "tools" },
      html("h2", { title: this.data.title }, this.data.title),
      this.tabs,
      this.zooms,
      " ",
      this.extra,
      html("span", { class: "space" }),
      this.finder,
      button(icon(HALF), "light or dark", () => this.turn()),
      this.isPage ? null : full,
    );
  }

  show(index) {
    const entry = this.panes[index];
    const isNew = !entry.pane;
    if (isNew) entry.pane = new PANES[entry.data.kind](entry.data, this);
    this.pane = entry.pane;
    this.main.replaceChildren(this.pane.root);
    this.zooms.hidden = !this.pane.stage;
    this.extra.replaceChildren(
      ...this.pane.tools.flatMap(([text, title, act]) => [
        html("button", { title, onclick: act }, text),
        " ",
      ]),
    );
    this.finder.replaceChildren(...(this.pane.find ? [this.pane.find.root] : []));
    this.tabs.replaceChildren(
      ...(this.panes.length < 2
        ? []
        : this.panes.map((other, k) =>
            html(
              "button",
              {
                role: "tab",
                title: other.data.title,
                "aria-selected": String(k === index),
                onclick: () => this.show(k),
              },
              other.data.title,
            ),
          )),
    );
    this.legend(this.pane.seen || null);
    if (!isNew) return;
    if (!this.isPage) this.root.style.setProperty("--height", HEIGHTS[1] + "px");
    else this.root.style.setProperty("--height", "100vh");
    this.pane.start();
    if (!this.isPage && index === 0) {
      const height = Math.min(HEIGHTS[1], Math.max(HEIGHTS[0], this.pane.heightWanted() + 100));
      this.root.style.setProperty("--height", height + "px");
      this.pane.start();
    }
    // A view in a folded or hidden cell has no size yet; it is fitted when it has.
    if (this.pane.stage && !this.root.getBoundingClientRect().width) this.later(this.pane);
  }

  // A function that an operation runs, as one more tab.
  open(data) {
    let index = this.panes.findIndex((entry) => entry.data === data);
    if (index < 0) index = this.panes.push({ data, pane: null }) - 1;
    this.show(index);
  }

  later(pane) {
    const watch = new ResizeObserver(() => {
      if (!this.root.getBoundingClientRect().width) return;
      watch.disconnect();
      pane.start();
    });
    watch.observe(this.root);
  }

  fullScreen() {
    if (document.fullscreenElement) return document.exitFullscreen();
    this.host.requestFullscreen().then(() => {
      const height = this.root.style.getPropertyValue("--height");
      this.root.style.setProperty("--height", "100vh");
      document.addEventListener(
        "fullscreenchange",
        () => this.root.style.setProperty("--height", height),
        { once: true },
      );
    });
  }

  say(text) {
    this.foot.replaceChildren(html("span", { class: "said", role: "status" }, text));
    setTimeout(() => this.legend(this.pane.seen || null), 6000);
  }

  legend(seen) {
    const said = this.pane && this.pane.scene ? this.pane.scene.data.note || "" : "";
    if (!seen) {
      this.foot.replaceChildren(said);
      this.foot.hidden = !said;
      return;
    }
    this.foot.hidden = false;
    const kinds = new Set(seen.items.map((item) => (item.scope ? "folded" : item.kind)));
    const keys = KINDS.filter((kind) => kinds.has(kind)).map((kind) => {
      const mark = svg("g", { class: kind, transform: "translate(12 7)" }, OUTLINES[kind](10, 5.5));
      mark.firstChild.setAttribute("class", "shape");
      return html("span", { class: "key" }, svg("svg", { viewBox: "0 0 24 14" }, mark), kind);
    });
    if (kinds.has("folded"))
      keys.push(
        html("span", { class: "key" }, html("b", {}, "+"), "folded scope: click unfolds it"),
      );
    if (seen.edges.some((edge) => edge.control))
      keys.push(html("span", { class: "key" }, "- - -  runs after"));
    const count = plural(this.pane.scene.data.ops.name.length, "operation");
    this.foot.replaceChildren(html("span", {}, count), ...keys, said);
  }

  // --- light and dark -----------------------------------------------------------------------------
  follow() {
    const wish = window.matchMedia("(prefers-color-scheme: dark)");
    const update = () => this.wear(this.chosenTheme || themeAround(wish.matches));
    wish.addEventListener("change", update);
    const watch = new MutationObserver(() =>
      this.host.isConnected ? update() : watch.disconnect(),
    );
    for (const element of [document.documentElement, document.body]) {
      watch.observe(element, {
        attributes: true,
        attributeFilter: ["class", "data-jp-theme-light", "data-md-color-scheme", "data-theme"],
      });
    }
    update();
  }

  wear(theme) {
    if (this.host.dataset.theme === theme) return;
    this.host.dataset.theme = theme;
    if (this.isPage) document.documentElement.dataset.theme = theme;
    for (const [name, pair] of Object.entries(this.colours.named)) {
      this.root.style.setProperty("--" + name, pair[theme === "dark" ? 1 : 0]);
    }
    for (const entry of this.panes || []) {
      if (entry.pane instanceof PicturePane) this.recolour(entry.pane.stage.layer);
    }
  }

  turn() {
    this.chosenTheme = this.host.dataset.theme === "dark" ? "light" : "dark";
    this.wear(this.chosenTheme);
  }

  // A picture is made in light colours; each has one dark counterpart.
  recolour(layer) {
    const isDark = this.host.dataset.theme === "dark";
    for (const element of layer.querySelectorAll("*")) {
      for (const name of ["fill", "stroke", "stop-color"]) {
        const original =
          element.dataset["own" + name.replace("-", "")] || element.getAttribute(name);
        if (!original) continue;
        element.dataset["own" + name.replace("-", "")] = original;
        element.setAttribute(
          name,
          (isDark && this.colours.dark[original.toUpperCase()]) || original,
        );
      }
      if (element.localName === "text" && !element.getAttribute("fill"))
        element.setAttribute("fill", "#222222");
    }
  }
}

// What the page around is: JupyterLab, VS Code and mkdocs-material say so; else the system does.
function themeAround(systemIsDark) {
  const body = document.body.dataset;
  if (body.jpThemeLight) return body.jpThemeLight === "false" ? "dark" : "light";
  if (body.mdColorScheme) return body.mdColorScheme === "slate" ? "dark" : "light";
  if (body.vscodeThemeKind) return body.vscodeThemeKind.includes("dark") ? "dark" : "light";
  return systemIsDark ? "dark" : "light";
}

// Puts a view in each element of this name that has none: a notebook may show an output twice.
function mount(name, data, style, colours) {
  for (const host of document.querySelectorAll(`[data-flowgraph="${name}"]`)) {
    if (host.shadowRoot) continue;
    try {
      new View(host, data, style, colours);
    } catch (error) {
      if (host.shadowRoot) host.shadowRoot.replaceChildren(document.createElement("slot")); // the picture within
      console.error("flowgraph's view failed:", error);
    }
  }
}
