// A window on a drawing: wheel, buttons, keys and dragging zoom and move what lies in it.

const SCALES = [0.02, 4];
const STEP = 1.25;

class Stage {
  // `zoomsAlways` is for a page of its own; in a notebook the wheel scrolls the page until the
  // view has been clicked, or with Ctrl.
  constructor(zoomsAlways) {
    this.layer = svg("g");
    this.svg = svg(
      "svg",
      { class: "stage", tabindex: 0, role: "group", "aria-label": "drawing" },
      this.layer,
    );
    this.size = { left: 0, top: 0, width: 100, height: 100 };
    this.place = { x: 0, y: 0, scale: 1 };
    this.zoomsAlways = zoomsAlways;
    this.isUsed = false;
    this.moved = 0;
    this.listen();
  }

  listen() {
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("pointerleave", () => (this.isUsed = false));
  }

  wheel(event) {
    if (!(this.zoomsAlways || this.isUsed || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const box = this.svg.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 30 : 1;
    this.zoom(
      Math.exp(-event.deltaY * lines * 0.0015),
      event.clientX - box.left,
      event.clientY - box.top,
    );
  }

  grab(event) {
    if (event.button !== 0) return;
    this.isUsed = true;
    this.moved = 0;
    let last = [event.clientX, event.clientY];
    const move = (next) => {
      const [dx, dy] = [next.clientX - last[0], next.clientY - last[1]];
      this.moved += Math.abs(dx) + Math.abs(dy);
      last = [next.clientX, next.clientY];
      if (this.moved > 4) this.pan(dx, dy);
    };
    const stop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", stop);
      window.removeEventListener("pointercancel", stop);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
    window.addEventListener("pointercancel", stop);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      "+": () => this.zoom(STEP),
      "=": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
      0: () => this.fit(),
      ArrowLeft: () => this.pan(60, 0),
      ArrowRight: () => this.pan(-60, 0),
      ArrowUp: () => this.pan(0, 60),
      ArrowDown: () => this.pan(0, -60),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  bounds() {
    const box = this.svg.getBoundingClientRect();
    return { width: box.width || 800, height: box.height || 500 };
  }

  zoom(factor, x, y) {
    const { width, height } = this.bounds();
    const [px, py] = [x === undefined ? width / 2 : x, y === undefined ? height / 2 : y];
    const scale = Math.min(SCALES[1], Math.max(SCALES[0], this.place.scale * factor));
    const ratio = scale / this.place.scale;
    this.put(px - (px - this.place.x) * ratio, py - (py - this.place.y) * ratio, scale);
  }

  pan(dx, dy) {
    this.put(this.place.x + dx, this.place.y + dy, this.place.scale);
  }

  put(x, y, scale) {
    this.place = { x, y, scale };
    this.layer.setAttribute(
      "transform",
      `translate(${round(x)} ${round(y)}) scale(${scale.toFixed(4)})`,
    );
  }

  // The whole drawing in the window; a tall one from its top, as long as it can be read.
  fit(readable = 0) {
    const { width, height } = this.bounds();
    const whole = Math.min(width / this.size.width, height / this.size.height, 1.15);
    const scale = Math.max(whole, Math.min(readable, width / this.size.width));
    const x = (width - this.size.width * scale) / 2 - this.size.left * scale;
    const spare = height - this.size.height * scale;
    this.put(x, Math.max(0, spare / 2) - this.size.top * scale, scale);
  }

  // Where a point of the drawing is in the window.
  seen(x, y) {
    return { x: x * this.place.scale + this.place.x, y: y * this.place.scale + this.place.y };
  }

  // Moves a box of the drawing into the window, smaller if it has to be.
  show(box, least = 0) {
    const { width, height } = this.bounds();
    let { scale } = this.place;
    scale = Math.max(scale, least);
    scale = Math.max(0.3, Math.min(scale, (width - 24) / box.width, (height - 24) / box.height));
    if (scale !== this.place.scale) this.zoom(scale / this.place.scale);
    const half = { x: (box.width / 2) * scale, y: (box.height / 2) * scale };
    const at = this.seen(box.x, box.y);
    const fits = (middle, extent, room) => middle - extent >= 8 && middle + extent <= room - 8;
    const place = (extent, room) => (2 * extent > room - 16 ? extent + 8 : room / 2);
    this.pan(
      fits(at.x, half.x, width) ? 0 : place(half.x, width) - at.x,
      fits(at.y, half.y, height) ? 0 : place(half.y, height) - at.y,
    );
  }
}
