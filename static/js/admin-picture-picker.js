/* The library opened by the editor: a click takes the picture. The call is the one that
   CKEditor's file browsers make; the rich editor's dialog waits for it. */
customElements.define("picture-picker", class extends HTMLElement {
  connectedCallback() {
    const take = window.opener?.CKEDITOR?.tools?.callFunction;
    if (!take) return;
    this.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-url]");
      if (!link) return;
      event.preventDefault();
      const { url, alt, caption, id } = link.dataset;
      take(Number(this.dataset.callback), url, { alternative_text: alt, caption, id });
      window.close();
    });
  }
});
