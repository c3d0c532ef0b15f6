/* Plain text that is plainly Markdown is pasted as what it means; undo gives the text itself. */
customElements.define("markdown-paste", class extends HTMLElement {
  static SIGNS = /^(#{1,6} |> |[-*+] |\d+[.)] |```|\|.+\|)|\*\*\S.*?\S\*\*|\[[^\]]+\]\([^)\s]+\)|^(---|\*\*\*)$/m;

  connectedCallback() {
    document.addEventListener("prose-editor:ready", ({ detail: { editor } }) => {
      editor.view.dom.addEventListener("paste", (event) => this.paste(event, editor), true);
    });
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
