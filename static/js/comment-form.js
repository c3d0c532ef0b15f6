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
    const comments = document.getElementById("comments")
    comments.addEventListener("click", this.answered)
    for (const name of ["focusin", "pointerover"]) comments.addEventListener(name, this.more, { once: true })
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
    const name = reply.closest("article").querySelector(".p-name").textContent
    this.heading.textContent = this.dataset.answer.replace("%s", name)
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
    if (event.submitter?.matches(".show, .private")) return
    this.isSending = true
    this.post.setAttribute("aria-disabled", "true")
    this.status.textContent = connecting ?? this.dataset.busy
    if (connecting) return
    this.keep(`${this.draft}:sent`, "yes")
    this.takeTime(event)
  }

  // What arrives sooner than people write is refused; whoever pasted and pressed a key waits here.
  takeTime(event) {
    if (!this.form.elements.started.value) return
    const loaded = performance.getEntriesByType("navigation")[0]?.responseEnd ?? 0
    const wait = 2100 - (performance.now() - (Number(this.form.dataset.begun) || loaded))
    if (wait <= 0) return
    event.preventDefault()
    setTimeout(() => this.form.submit(), wait)
  }

  // What only those who take part need comes when somebody begins to.
  more = () => {
    import(this.dataset.more)
  }

  rest() {
    if (!this.isSending) return
    this.isSending = false
    this.post.removeAttribute("aria-disabled")
    this.status.textContent = ""
  }

  // A comment that was taken leads to its own address; anything else keeps the draft.
  restore() {
    const wasSent = this.read(`${this.draft}:sent`)
    this.keep(`${this.draft}:sent`, "")
    if (wasSent && /^#comment-\d+$/.test(location.hash)) {
      this.keep(this.draft, "")
      document.querySelector(location.hash)?.focus()
      setTimeout(() => { this.status.textContent = this.dataset.posted }, 200)
    }
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
