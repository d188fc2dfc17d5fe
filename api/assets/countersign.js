// Pages work without scripts; these make them quicker to use. Each module finds its own parts of the page.
import "./busy.js";
import "./copy.js";
import "./focus.js";
import "./nav.js";
import "./opens.js";
import "./times.js";
