// A form that came back says first what is wrong in it.
document.querySelector("[data-focus]")?.focus();
