// Forms that a passkey fills in. What is asked comes from the service, the answer goes to it as an ordinary form.
if (window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) {
        form.hidden = false;
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            answer(form);
        });
    }
}

async function answer(form) {
    const said = form.querySelector("[data-said]");
    said.hidden = true;
    try {
        const { challenge, publicKey } = await question(form);
        const creates = form.dataset.passkey === "create";
        const asked = { publicKey: withBytes(publicKey) };
        const credential = await (creates ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
        form.elements.challenge.value = challenge;
        form.elements.credential.value = JSON.stringify(withText(credential));
        form.submit();
    } catch (error) {
        said.textContent = sentence(error);
        said.hidden = false;
    }
}

async function question(form) {
    const headers = { Accept: "application/json" };
    if (form.elements.form_token) headers["X-Form-Token"] = form.elements.form_token.value;
    const response = await fetch(form.dataset.start, { method: "POST", headers });
    if (response.ok) return response.json();
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? "The service did not answer");
}

function sentence(error) {
    if (error.name === "NotAllowedError") return "Nothing was done: it was cancelled, took too long, or there is no passkey for this.";
    if (error.name === "InvalidStateError") return "This device already has a passkey for this account.";
    return `Nothing was done. ${error.message.replace(/^./, (first) => first.toUpperCase()).replace(/\.?$/, ".")}`;
}

function withBytes(options) {
    const described = (list) => list?.map((known) => ({ ...known, id: bytes(known.id) }));
    const decoded = { ...options, challenge: bytes(options.challenge) };
    if (options.user) decoded.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) decoded.excludeCredentials = described(options.excludeCredentials);
    if (options.allowCredentials) decoded.allowCredentials = described(options.allowCredentials);
    return decoded;
}

function withText({ id, rawId, type, response }) {
    const answer = { clientDataJSON: text(response.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
        if (response[part]) answer[part] = text(response[part]);
    }
    if (response.getTransports) answer.transports = response.getTransports();
    return { id, rawId: text(rawId), type, response: answer, extensions: {} };
}

function bytes(text) {
    const padded = text.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(padded), (char) => char.charCodeAt(0));
}

function text(buffer) {
    const chars = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(chars).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
