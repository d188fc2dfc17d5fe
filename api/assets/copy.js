// Buttons that take a long value to the clipboard. Without scripts, or without a clipboard, they stay hidden.
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

if (navigator.clipboard) {
    for (const button of document.querySelectorAll("button[data-copy]")) {
        button.hidden = false;
        button.addEventListener("click", () => copy(button));
    }
}

async function copy(button) {
    const use = button.querySelector("use");
    const icon = use.getAttribute("href");
    try {
        await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
        said.textContent = "Not copied: the browser does not allow it. Select the text instead.";
        return;
    }
    said.textContent = "Copied.";
    button.classList.add("done");
    use.setAttribute("href", icon.replace(/#.*$/, "#check"));
    setTimeout(() => {
        button.classList.remove("done");
        use.setAttribute("href", icon);
        said.textContent = "";
    }, 2000);
}
