/* The post in the site's own design beside the form, anew each time the text was kept. */
customElements.define("live-preview", class extends HTMLElement {
  connectedCallback() {
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button quiet";
    this.button.setAttribute("aria-expanded", "false");
    this.button.textContent = this.dataset.show;
    this.button.addEventListener("click", () => (this.frame ? this.close() : this.open()));
    this.append(this.button);
    document.addEventListener("auto-save:kept", () => this.refresh());
  }

  open() {
    this.frame = document.createElement("iframe");
    this.frame.title = this.dataset.title;
    // Our own page, but nothing in it may run, submit or lead this window away.
    this.frame.sandbox = "allow-same-origin";
    this.append(this.frame);
    this.button.textContent = this.dataset.hide;
    this.button.setAttribute("aria-expanded", "true");
    document.dispatchEvent(new CustomEvent("live-preview:open"));
  }

  close() {
    this.frame.remove();
    this.frame = null;
    this.button.textContent = this.dataset.show;
    this.button.setAttribute("aria-expanded", "false");
  }

  refresh() {
    if (!this.frame) return;
    const top = this.frame.contentWindow?.scrollY ?? 0;
    this.frame.addEventListener("load", () => this.frame?.contentWindow.scrollTo(0, top), { once: true });
    this.frame.src = this.dataset.url;
  }
});
