/* A click on the picture sets what every crop keeps in sight; the two number fields do the same. */
customElements.define("focal-point", class extends HTMLElement {
  connectedCallback() {
    this.x = document.getElementById("id_focal_x");
    this.y = document.getElementById("id_focal_y");
    if (!this.x || !this.y) return;
    this.dot = document.createElement("span");
    this.dot.setAttribute("aria-hidden", "true");
    this.append(this.dot);
    this.addEventListener("click", (event) => this.point(event));
    for (const field of [this.x, this.y]) field.addEventListener("input", () => this.show());
    this.show();
  }

  point({ clientX, clientY }) {
    const box = this.querySelector("img").getBoundingClientRect();
    const percent = (part, whole) => Math.min(100, Math.max(0, Math.round((part / whole) * 100)));
    this.x.value = percent(clientX - box.left, box.width);
    this.y.value = percent(clientY - box.top, box.height);
    this.show();
  }

  show() {
    const box = this.querySelector("img");
    this.dot.style.insetInlineStart = `${(Number(this.x.value) / 100) * box.offsetWidth}px`;
    this.dot.style.insetBlockStart = `${(Number(this.y.value) / 100) * box.offsetHeight}px`;
  }
});
