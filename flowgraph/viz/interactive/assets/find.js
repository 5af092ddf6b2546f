// The search box: operations whose name or type has what was typed.

const MOST_FOUND = 40;

class Find {
  constructor(candidates, choose) {
    this.candidates = candidates; // () -> [{text, hint, lower}]
    this.choose = choose;
    this.at = -1;
    this.input = html("input", {
      type: "search",
      placeholder: "Find  (/)",
      "aria-label": "find an operation",
      spellcheck: "false",
      autocomplete: "off",
      role: "combobox",
      "aria-expanded": "false",
    });
    this.list = html("div", { class: "found", role: "listbox", hidden: true });
    this.root = html("div", { class: "find" }, this.input, this.list);
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => this.input.value && this.look());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.close();
    });
  }

  look() {
    const wanted = this.input.value.trim().toLowerCase();
    this.at = -1;
    if (!wanted) return this.close();
    const words = wanted.split(/\s+/);
    const found = [],
      later = [];
    let count = 0;
    for (const candidate of this.candidates()) {
      if (!words.every((word) => candidate.lower.includes(word))) continue;
      count += 1;
      const last = candidate.lower.slice(candidate.start);
      (last.startsWith(wanted) ? found : later).push(candidate);
    }
    this.results = [...found, ...later].slice(0, MOST_FOUND);
    this.list.replaceChildren(
      ...this.results.map((result, k) =>
        html(
          "button",
          { role: "option", title: result.text, "data-at": k, onclick: () => this.take(k) },
          result.text,
          html("em", {}, result.hint),
        ),
      ),
      html(
        "p",
        {},
        count > this.results.length
          ? `${this.results.length} of ${count.toLocaleString("en")}`
          : count
            ? `${count} found`
            : "nothing found",
      ),
    );
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  key(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      this.close();
      this.input.blur();
    } else if (event.key === "Enter" && this.results && this.results.length) {
      this.take(Math.max(0, this.at));
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.mark(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  mark(step) {
    const options = [...this.list.querySelectorAll("button")];
    if (!options.length) return;
    this.at = (this.at + step + options.length) % options.length;
    options.forEach((option, k) => option.classList.toggle("at", k === this.at));
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  take(k) {
    const result = this.results[k];
    this.close();
    this.choose(result);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}
