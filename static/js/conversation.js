// For those who take part: a live preview, how much room is left, and likes without leaving the page.
// Loaded by the reply form when somebody begins; without it the same buttons work as buttons do.
const MAX_LENGTH = 65525
const NEAR = 1000
const PAUSE_MS = 600
const MARKUP = /[*_`>~[]|https?:|www\.|^\s*(-|\d+[.)])\s/m

class WritingAids extends HTMLElement {
  connectedCallback() {
    if (this.form) return
    this.form = this.closest("form")
    this.text = this.form.elements.comment
    this.room = this.querySelector(".room")
    this.preview = this.querySelector(".preview")
    this.show = this.form.querySelector(".show")
    this.isWanted = !this.preview.hidden
    this.text.addEventListener("input", this.typed)
    this.show.addEventListener("click", this.asked)
    document.getElementById("comments").addEventListener("click", this.liked)
    this.begin()
    this.typed()
  }

  // A page that is kept for everybody carries no time, so the form fetches its own.
  async begin() {
    const started = this.form.elements.started
    if (started.value) return
    try {
      const answer = await fetch("/comments/started/")
      if (!answer.ok) return
      started.value = await answer.text()
      this.form.dataset.begun = performance.now()
    } catch { /* no connection: the comment is judged without it */ }
  }

  typed = () => {
    this.count()
    clearTimeout(this.timer)
    if (this.isWanted || MARKUP.test(this.text.value)) this.timer = setTimeout(this.draw, PAUSE_MS)
    else this.preview.hidden = true
  }

  count() {
    const near = this.text.value.length > MAX_LENGTH - NEAR
    const left = near ? MAX_LENGTH - [...this.text.value].length : NEAR
    this.room.hidden = !near
    this.room.classList.toggle("error", left < 0)
    const words = left < 0 ? this.dataset.over : this.dataset.left
    this.room.textContent = near ? words.replace("%s", Math.abs(left)) : ""
  }

  asked = (event) => {
    event.preventDefault()
    this.isWanted = true
    this.draw()
  }

  draw = () => {
    if (!this.text.value.trim()) return void (this.preview.hidden = true)
    const ask = new XMLHttpRequest()
    ask.open("POST", this.show.formAction)
    ask.setRequestHeader("accept", "text/x-preview")
    // Parsed apart from this page, where nothing in it can run; Trusted Types forbid innerHTML.
    ask.responseType = "document"
    ask.addEventListener("load", () => {
      if (ask.status !== 200 || !ask.response) return
      this.preview.replaceChildren(...ask.response.body.childNodes)
      this.preview.hidden = false
    })
    ask.send(new FormData(this.form))
  }

  liked = async (event) => {
    const button = event.target.closest("button.like")
    if (!button || button.dataset.plain) return
    event.preventDefault()
    try {
      const answer = await this.send(button.formAction, button.form, "application/json")
      const { is_liked, count } = await answer.json()
      button.setAttribute("aria-pressed", is_liked)
      button.querySelector(".count").textContent = count ? ` ${count}` : ""
    } catch {
      button.dataset.plain = "yes"
      button.click()
    }
  }

  send(url, form, accept) {
    return fetch(url, { method: "POST", body: new FormData(form), headers: { accept } })
  }
}

customElements.define("writing-aids", WritingAids)
