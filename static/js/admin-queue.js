// The queue by keyboard, and row by row without loading the page again. Each button is a plain form's
// without this script, and where an answer is not what is expected the plain form is sent after all.
"use strict";
{
  const table = document.getElementById("result_list");
  const form = document.getElementById("row-form");
  const undo = document.getElementById("undo-form");
  const said = document.getElementById("queue-said");
  const help = document.getElementById("queue-keys");
  let current = null;

  const rows = () => [...table.querySelectorAll("tr.item")];

  function go(row) {
    if (!row) return;
    current = row;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(current);
    go(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)]);
  }

  function tell(answer) {
    undo.hidden = false;
    said.textContent = answer.said;
    undo.querySelector("button").hidden = !answer.batch;
    if (answer.batch) undo.elements.batch.value = answer.batch;
  }

  // Decided by us or by somebody quicker: either way the row is done with here.
  function finish(row, isOurs) {
    const all = rows();
    const next = all[all.indexOf(row) + 1] || all[all.indexOf(row) - 1];
    if (!isOurs) {
      row.classList.add("is-late");
      row.querySelectorAll("button, details").forEach((part) => part.remove());
      return go(row);
    }
    row.remove();
    if (next) return go(next);
    location.reload();
  }

  async function decide(button) {
    const row = button.closest("tr");
    if (row.ariaBusy === "true") return;
    row.ariaBusy = "true";
    let answer, response;
    try {
      response = await fetch(button.formAction, {
        method: "POST",
        body: new FormData(form, button),
        headers: { Accept: "application/json" },
      });
      answer = await response.json();
    } catch {
      row.ariaBusy = "false";
      button.dataset.plain = "yes";
      form.requestSubmit(button);
      return;
    }
    row.ariaBusy = "false";
    tell(answer);
    if (response.ok || response.status === 409) finish(row, response.ok);
  }

  function press(key) {
    const button = current?.querySelector(`button[data-key="${key}"]`);
    if (button) decide(button);
  }

  function open(name) {
    const details = current?.querySelector(`details.${name}`);
    if (!details) return;
    details.open = name === "reply" || !details.open;
    details.querySelector("textarea")?.focus();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    a: () => press("a"),
    h: () => press("h"),
    s: () => press("s"),
    d: () => press("d"),
    r: () => open("reply"),
    o: () => open("words"),
    u: () => !undo.hidden && undo.elements.batch.value && undo.requestSubmit(),
    x: () => current?.querySelector(".action-select")?.click(),
    "?": () => help?.showModal(),
  };

  if (table && form && undo) {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (button?.name !== "decision" || button.dataset.plain) return;
      event.preventDefault();
      decide(button);
    });
    table.addEventListener("focusin", (event) => { current = event.target.closest("tr.item") || current; });
    if ("keys" in table.dataset) {
      document.addEventListener("keydown", (event) => {
        const isTyping = event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]");
        if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
        const act = keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
      });
    }
  }
}
