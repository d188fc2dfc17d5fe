// A form is sent once, and a bar says so when the answer takes longer than a glance.
document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (event.target.dataset.sent) {
        event.preventDefault();
        return;
    }
    if (event.target.method === "post") event.target.dataset.sent = "yes";
    setTimeout(() => document.documentElement.classList.add("busy"), 100);
});
// A page that comes back from the history can be sent again.
addEventListener("pageshow", () => {
    document.documentElement.classList.remove("busy");
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
