// The reply form, made quicker: it comes to the comment that is answered, keeps what was typed while
// the tab is open, sends on Ctrl/Cmd+Enter, and sends once. Without this script everything works too.
class CommentForm extends HTMLElement {
  connectedCallback() {
    if (this.form) return
    this.form = this.querySelector("form")
    this.text = this.form.elements.comment
    this.parent = this.form.elements.parent
    this.heading = this.querySelector("h2")
    this.cancel = this.querySelector(".cancel")
    this.status = this.querySelector(".sending")
    this.post = this.form.querySelector(".button")
    this.place = document.createComment("the form's own place")
    this.ownHeading = this.parent.value ? this.dataset.heading : this.heading.textContent
    this.draft = `draft:${this.dataset.path}`
    this.form.addEventListener("submit", this.submitted)
    this.text.addEventListener("input", () => this.keep(this.draft, this.text.value))
    this.text.addEventListener("keydown", this.keyed)
    this.cancel.addEventListener("click", this.cancelled)
    document.getElementById("comments").addEventListener("click", this.answered)
    window.addEventListener("pageshow", () => this.rest())
    this.restore()
  }

  answered = (event) => {
    const reply = event.target.closest("a.reply")
    if (!reply || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    this.reply = reply
    if (!this.place.isConnected) this.before(this.place)
    reply.closest("article").after(this)
    this.parent.value = reply.dataset.parent
    this.heading.textContent = reply.dataset.heading
    this.cancel.hidden = false
    this.text.focus()
  }

  cancelled = (event) => {
    event.preventDefault()
    if (this.place.isConnected) this.place.replaceWith(this)
    this.parent.value = ""
    this.heading.textContent = this.ownHeading
    this.cancel.hidden = true
    ;(this.reply ?? this.text).focus()
    this.reply = null
  }

  keyed = (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    this.form.requestSubmit(this.post)
  }

  submitted = (event) => {
    if (this.isSending) return event.preventDefault()
    const connecting = event.submitter?.dataset.connecting
    this.isSending = true
    this.post.setAttribute("aria-disabled", "true")
    this.status.textContent = connecting ?? this.dataset.busy
    if (!connecting) this.keep(`${this.draft}:sent`, "yes")
  }

  rest() {
    this.isSending = false
    this.post.removeAttribute("aria-disabled")
    this.status.textContent = ""
  }

  // A comment that was taken leads to its own address; anything else keeps the draft.
  restore() {
    const wasSent = this.read(`${this.draft}:sent`)
    this.keep(`${this.draft}:sent`, "")
    if (wasSent && /^#comment-\d+$/.test(location.hash)) this.keep(this.draft, "")
    if (!this.text.value) this.text.value = this.read(this.draft)
  }

  // A browser may refuse storage; then there is no draft, and nothing else changes.
  read(key) {
    try { return sessionStorage.getItem(key) ?? "" } catch { return "" }
  }

  keep(key, value) {
    try {
      if (value) sessionStorage.setItem(key, value)
      else sessionStorage.removeItem(key)
    } catch { /* no storage */ }
  }
}

customElements.define("comment-form", CommentForm)
