// Where a row of links does not fit, the one of this page is in sight.
function show() {
    for (const row of document.querySelectorAll("nav")) {
        const current = row.querySelector("[aria-current]");
        if (current && row.clientWidth < row.scrollWidth) {
            row.scrollLeft += current.getBoundingClientRect().left - row.getBoundingClientRect().left - row.clientWidth / 3;
        }
    }
}

show();
addEventListener("resize", show);
