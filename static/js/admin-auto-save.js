/* Keeps what is being typed, a moment after typing stopped, and warns before it is lost. */
customElements.define("auto-save", class extends HTMLElement {
  static FIELDS = ["title", "slug", "body", "markup", "excerpt", "content_note", "seen_version"];
  static PAUSE_MS = 1500;

  connectedCallback() {
    this.form = this.closest("form");
    this.says = this.querySelector("[role=status]");
    this.before = this.content();
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("change", () => this.typed());
    this.form.addEventListener("submit", () => { this.leaving = true; });
    addEventListener("beforeunload", (event) => {
      if (!this.leaving && this.isDirty) event.preventDefault();
    });
    // The editor writes what it loaded back in its own way: that is no change by the author.
    document.addEventListener("prose-editor:ready", () => { this.before = this.content(); });
    document.addEventListener("live-preview:open", () => this.save());
  }

  content() {
    const typed = new FormData(this.form);
    typed.delete("csrfmiddlewaretoken");
    return new URLSearchParams(typed).toString();
  }

  typed() {
    this.isDirty = this.content() !== this.before;
    if (!this.isDirty) return;
    this.says.textContent = this.dataset.typing;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), this.constructor.PAUSE_MS);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.isSaving) {
      this.isBehind = true;
      return;
    }
    this.isSaving = true;
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: this.typedFields() });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      this.show(await answer.json());
    } catch (problem) {
      const isTooLarge = ["400", "413"].includes(problem.message);
      this.says.textContent = isTooLarge ? this.dataset.tooLarge : this.dataset.lost;
    }
    this.isSaving = false;
    if (this.isBehind) {
      this.isBehind = false;
      this.save();
    }
  }

  typedFields() {
    const typed = new FormData(this.form);
    const kept = new FormData();
    for (const name of [...this.constructor.FIELDS, "csrfmiddlewaretoken"]) {
      if (typed.has(name)) kept.set(name, typed.get(name));
    }
    return kept;
  }

  show({ saved_at: time, words, minutes }) {
    const values = { time, words, minutes };
    this.says.textContent = this.dataset.kept.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    document.dispatchEvent(new CustomEvent("auto-save:kept"));
  }
});
