// What opens beside its button opens in front of the page instead, where the browser has dialogs. Escape closes it, and
// focus goes back to the button.
for (const details of document.querySelectorAll("details.opens")) {
    const summary = details.querySelector(":scope > summary");
    const panel = details.querySelector(":scope > .panel");
    const title = panel.querySelector("h2");
    const dialog = document.createElement("dialog");
    title.id ||= `${details.id}-title`;
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.addEventListener("close", () => {
        details.append(panel);
        details.open = false;
        summary.focus();
    });
    // A click on what is behind the dialog.
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
    });
    panel.addEventListener("click", (event) => {
        if (event.target.closest("[data-close]")) {
            event.preventDefault();
            dialog.open ? dialog.close() : (details.open = false);
        }
    });
    summary.addEventListener("click", (event) => {
        event.preventDefault();
        dialog.append(panel);
        dialog.showModal();
    });
    document.body.append(dialog);
    // A form in it that came back with something to correct is shown again.
    if (details.open) summary.click();
}
