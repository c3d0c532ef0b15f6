/* Gives the editor its name, and pastes plain text that is plainly Markdown as what it means. */
customElements.define("rich-text", class extends HTMLElement {
  static SIGNS = /^(#{1,6} |> |[-*+] |\d+[.)] |```|\|.+\|)|\*\*\S.*?\S\*\*|\[[^\]]+\]\([^)\s]+\)|^(---|\*\*\*)$/m;

  connectedCallback() {
    // The editor may have been made before this element was.
    const made = document.querySelector(".tiptap")?.editor;
    if (made) this.adopt(made);
    document.addEventListener("prose-editor:ready", ({ detail }) => this.adopt(detail.editor));
  }

  adopt(editor) {
    const { dom } = editor.view;
    const label = dom.closest(".form-row")?.querySelector("label");
    dom.setAttribute("aria-label", label?.textContent.replace(/:$/, "") ?? "");
    dom.setAttribute("aria-multiline", "true");
    dom.addEventListener("paste", (event) => this.paste(event, editor), true);
  }

  paste(event, editor) {
    const { clipboardData } = event;
    const text = clipboardData?.getData("text/plain") ?? "";
    const isPlain = ![...(clipboardData?.types ?? [])].includes("text/html");
    if (!isPlain || editor.isActive("codeBlock") || !this.constructor.SIGNS.test(text)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.convert(text).then((html) => {
      editor.chain().focus().insertContent(html ?? text).run();
    });
  }

  async convert(text) {
    const body = new FormData();
    body.set("text", text);
    body.set("csrfmiddlewaretoken", this.closest("form").elements.csrfmiddlewaretoken.value);
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body });
      return answer.ok && !answer.redirected ? (await answer.json()).html : null;
    } catch {
      return null;
    }
  }
});
