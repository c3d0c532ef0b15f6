// Leaves the site at once: any [data-exit] link, or Shift pressed three times within five seconds of
// each other. Without this script the links still lead to the same address.
// Source: GOV.UK Design System, "Exit this page".
const PRESSES = 3
const EXPIRES_AFTER_MS = 5000

class ExitControl extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a")
    this.lights = this.add(this.link, "exit-lights", "aria-hidden", "true")
    for (let i = 0; i < PRESSES; i++) this.lights.append(document.createElement("i"))
    this.status = this.add(this, "visually-hidden", "role", "status")
    this.forget()
    document.addEventListener("click", this.clicked)
    document.addEventListener("keydown", this.keyed)
    document.addEventListener("keyup", this.pressed)
    window.addEventListener("pageshow", this.cameBack)
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.clicked)
    document.removeEventListener("keydown", this.keyed)
    document.removeEventListener("keyup", this.pressed)
    window.removeEventListener("pageshow", this.cameBack)
    this.lights.remove()
    this.status.remove()
  }

  add(place, className, attribute, value) {
    const part = document.createElement("span")
    part.className = className
    part.setAttribute(attribute, value)
    place.append(part)
    return part
  }

  clicked = (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) return
    if (!event.target.closest("[data-exit]")) return
    event.preventDefault()
    this.leave()
  }

  // Shift held down for another key makes a capital letter and is no press.
  keyed = (event) => {
    this.isBare = event.key === "Shift"
    if (!this.isBare && this.count) this.expire()
  }

  pressed = (event) => {
    if (event.key !== "Shift" || !this.isBare) return
    this.show(this.count + 1)
    if (this.count === PRESSES) return this.leave()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.expire(), EXPIRES_AFTER_MS)
    this.status.textContent = this.count === 1 ? this.dataset.twoMore : this.dataset.oneMore
  }

  expire() {
    this.forget()
    this.status.textContent = this.dataset.expired
    this.timer = setTimeout(() => { this.status.textContent = "" }, EXPIRES_AFTER_MS)
  }

  forget() {
    clearTimeout(this.timer)
    this.isBare = false
    this.status.textContent = ""
    this.show(0)
  }

  show(count) {
    this.count = count
    this.lights.hidden = count === 0
    Array.from(this.lights.children).forEach((light, i) => light.classList.toggle("on", i < count))
  }

  // The words go in after the alert is there: only then do screen readers speak them.
  leave() {
    this.forget()
    this.cover ??= this.add(document.body, "exit-cover", "role", "alert")
    document.body.classList.add("is-leaving")
    this.cover.textContent = this.dataset.loading
    window.location.assign(this.link.href)
  }

  // The back button may bring the page back as it was left: covered.
  cameBack = () => {
    document.body.classList.remove("is-leaving")
    this.cover?.remove()
    this.cover = null
    this.forget()
  }
}

customElements.define("exit-control", ExitControl)
