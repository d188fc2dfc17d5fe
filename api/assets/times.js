// "3 min ago" stays true while a page is open. The same steps as in `api/src/web/moment.rs`.
const MINUTE = 60, HOUR = 3600, DAY = 86400, DAYS_COUNTED_MAX = 6, EVERY_MS = 20_000;

function distance(seconds) {
    const far = Math.abs(seconds);
    if (far < MINUTE) return seconds < 0 ? "in a moment" : "just now";
    const nearest = (unit) => Math.round(far / unit), minutes = nearest(MINUTE), hours = nearest(HOUR), days = nearest(DAY);
    if (24 <= hours && DAYS_COUNTED_MAX < days) return null;
    const count = minutes < 60 ? `${minutes} min`
        : hours < 24 ? `${hours} h`
        : days === 1 ? "1 day" : `${days} days`;
    return seconds < 0 ? `in ${count}` : `${count} ago`;
}

function refresh() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
        const words = distance((Date.now() - Date.parse(time.dateTime)) / 1000);
        if (words) time.querySelector(".screen").textContent = words;
    }
}

setInterval(() => document.hidden || refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
