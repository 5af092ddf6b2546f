// Curves of scalars and the images of a log directory.

const CURVES = ["--blue", "--vermilion", "--green", "--purple", "--orange", "--olive"];
const CHART = { width: 400, height: 210, left: 52, right: 8, top: 8, bottom: 22 };

const short = (number) =>
  number === 0
    ? "0"
    : Math.abs(number) >= 1e5 || Math.abs(number) < 1e-3
      ? number.toExponential(1)
      : String(Number(number.toPrecision(3)));

function ticks(low, high, count) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(at);
  return found;
}

function smoothed(points, amount) {
  let last = null;
  return points
    .filter(([, value]) => Number.isFinite(value))
    .map(([step, value]) => {
      last = last === null ? value : amount * last + (1 - amount) * value;
      return [step, last];
    });
}

// A tag's curves, one for each run.
class Chart {
  constructor(tag, runs, colours) {
    this.runs = runs;
    this.colours = colours;
    this.drawing = svg("svg", {
      class: "chart",
      viewBox: `0 0 ${CHART.width} ${CHART.height}`,
      role: "img",
      "aria-label": "curve of " + tag,
    });
    this.reading = html("div", { class: "reading" });
    this.root = html("div", { class: "card" }, html("h4", {}, tag), this.drawing, this.reading);
    this.drawing.addEventListener("pointermove", (event) => this.read(event));
    this.drawing.addEventListener("pointerleave", () => this.draw(this.options));
  }

  draw(options) {
    this.options = options;
    const shown = this.runs.map((run) => ({
      ...run,
      points: smoothed(run.points, options.smooth).filter(([, v]) => !options.log || v > 0),
    }));
    const all = shown.flatMap((run) => run.points);
    this.drawing.replaceChildren();
    this.lines = shown;
    if (!all.length) {
      this.drawing.append(svg("text", { x: 150, y: 100 }, "no finite number"));
      return;
    }
    const steps = all.map((point) => point[0]);
    const scale = options.log ? Math.log10 : (value) => value;
    const heights = all.map((point) => scale(point[1]));
    let [x0, x1, y0, y1] = [
      Math.min(...steps),
      Math.max(...steps),
      Math.min(...heights),
      Math.max(...heights),
    ];
    if (x0 === x1) x1 = x0 + 1;
    const spread = (y1 - y0 || Math.abs(y1) || 1) * 0.05;
    [y0, y1] = [y0 - spread, y1 + spread];
    const { left, right, top, bottom, width, height } = CHART;
    this.x = (step) => left + ((step - x0) / (x1 - x0)) * (width - left - right);
    this.y = (value) =>
      height - bottom - ((scale(value) - y0) / (y1 - y0)) * (height - top - bottom);
    this.grid(ticks(y0, y1, 4), options.log, ticks(x0, x1, 5));
    for (const run of shown) {
      const d = run.points
        .map(([step, value], k) => `${k ? "L" : "M"}${round(this.x(step))} ${round(this.y(value))}`)
        .join(" ");
      const colour = `stroke:var(${this.colours.get(run.run)})`;
      this.drawing.append(svg("path", { class: "curve", d, style: colour }));
      if (run.points.length === 1)
        this.drawing.append(
          svg("circle", {
            cx: this.x(run.points[0][0]),
            cy: this.y(run.points[0][1]),
            r: 3,
            style: `fill:var(${this.colours.get(run.run)})`,
          }),
        );
    }
    this.tell(shown.map((run) => [run.run, run.points[run.points.length - 1]]));
  }

  grid(heights, log, steps) {
    const { left, right, width, height, bottom } = CHART;
    for (const at of heights) {
      const y = this.y(log ? 10 ** at : at);
      this.drawing.append(
        svg("path", { class: "grid", d: `M${left} ${round(y)} H${width - right}` }),
        svg(
          "text",
          { x: left - 5, y: round(y + 3), "text-anchor": "end" },
          short(log ? 10 ** at : at),
        ),
      );
    }
    for (const at of steps) {
      this.drawing.append(
        svg(
          "text",
          { x: round(this.x(at)), y: height - bottom + 14, "text-anchor": "middle" },
          short(at),
        ),
      );
    }
  }

  tell(readings) {
    this.reading.textContent = readings
      .filter(([, point]) => point)
      .map(
        ([run, [step, value]]) =>
          `${this.runs.length > 1 ? run + ": " : ""}${Number(value.toPrecision(6))} at step ${step}`,
      )
      .join("\n");
  }

  read(event) {
    if (!this.x || !this.lines.length) return;
    const box = this.drawing.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * CHART.width;
    const nearest = this.lines.map((run) => [
      run.run,
      run.points.reduce(
        (best, point) =>
          !best || Math.abs(this.x(point[0]) - at) < Math.abs(this.x(best[0]) - at) ? point : best,
        null,
      ),
    ]);
    const first = nearest.find(([, point]) => point);
    if (!first) return;
    this.drawing.querySelectorAll(".cursor").forEach((line) => line.remove());
    const x = round(this.x(first[1][0]));
    this.drawing.append(
      svg("path", { class: "cursor", d: `M${x} ${CHART.top} V${CHART.height - CHART.bottom}` }),
    );
    this.tell(nearest);
  }
}

class ScalarsPane {
  constructor(data) {
    const runs = [...new Set(data.tags.flatMap((tag) => tag.runs.map((run) => run.run)))];
    const colours = new Map(runs.map((run, k) => [run, CURVES[k % CURVES.length]]));
    this.options = { log: false, smooth: 0 };
    this.charts = data.tags.map((tag) => new Chart(tag.tag, tag.runs, colours));
    const log = html("input", {
      type: "checkbox",
      onchange: () => this.draw({ log: log.checked }),
    });
    const smooth = html("input", {
      type: "range",
      min: 0,
      max: 0.99,
      step: 0.01,
      value: 0,
      oninput: () => this.draw({ smooth: Number(smooth.value) }),
    });
    const key =
      runs.length > 1
        ? runs.map((run) =>
            html(
              "span",
              {},
              html("span", { class: "swatch", style: `background:var(${colours.get(run)})` }),
              run,
            ),
          )
        : [];
    this.root = html(
      "div",
      { class: "body" },
      html(
        "div",
        { class: "sheet", tabindex: 0 },
        html(
          "div",
          { class: "options" },
          html("label", {}, log, " logarithmic"),
          html("label", {}, "smooth ", smooth),
          ...key,
        ),
        html("div", { class: "cards" }, ...this.charts.map((chart) => chart.root)),
      ),
    );
    this.tools = [];
  }

  draw(change) {
    Object.assign(this.options, change);
    this.charts.forEach((chart) => chart.draw(this.options));
  }

  start() {
    this.draw({});
  }

  heightWanted() {
    return 560;
  }
}

class ImagesPane {
  constructor(data) {
    const cards = data.tags.map(({ tag, run, images }) => {
      const picture = html("img", { alt: tag });
      const said = html("div", { class: "reading" });
      const show = (k) => {
        picture.src = images[k].src;
        said.textContent = `${run ? run + ", " : ""}step ${images[k].step}`;
      };
      const slider = html("input", {
        type: "range",
        min: 0,
        max: images.length - 1,
        step: 1,
        value: images.length - 1,
        "aria-label": "step",
        oninput: () => show(Number(slider.value)),
      });
      show(images.length - 1);
      return html(
        "div",
        { class: "card" },
        html("h4", {}, tag),
        picture,
        images.length > 1 ? slider : null,
        said,
      );
    });
    this.root = html(
      "div",
      { class: "body" },
      html(
        "div",
        { class: "sheet", tabindex: 0 },
        data.note ? html("p", {}, data.note) : null,
        html("div", { class: "cards" }, ...cards),
      ),
    );
    this.tools = [];
  }

  start() {}

  heightWanted() {
    return 560;
  }
}
