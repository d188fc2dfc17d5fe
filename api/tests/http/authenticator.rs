//! An authenticator of a test: one passkey, on a device that always knows its owner (level 3 of the standard, §6 and §8.7).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const ORIGIN: &str = "http://localhost:8080";
const HOST: &str = "localhost";
const PRESENT_AND_VERIFIED: u8 = 0x05;
const WITH_KEY: u8 = 0x40;

pub(crate) struct Authenticator {
    key: SigningKey,
    credential: [u8; 16],
    user: Vec<u8>,
    counter: u32,
}

impl Authenticator {
    /// One that has no passkey yet. `number` tells it from others.
    pub(crate) fn new(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).unwrap();
        Self { key, credential: [number; 16], user: Vec::new(), counter: 0 }
    }

    /// Makes its passkey, as `navigator.credentials.create` would.
    pub(crate) fn create(&mut self, question: &Value) -> String {
        let options = &question["publicKey"];
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["rp"]["id"], HOST);
        self.user = BASE64.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let data = self.data(PRESENT_AND_VERIFIED | WITH_KEY, &self.attested());
        let length = u8::try_from(data.len()).unwrap();
        let attestation = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length], &data].concat();
        let response = json!({
            "clientDataJSON": BASE64.encode(client_data("webauthn.create", options)),
            "attestationObject": BASE64.encode(attestation),
        });
        self.credential(&response)
    }

    /// Shows its passkey, as `navigator.credentials.get` would.
    pub(crate) fn get(&mut self, question: &Value) -> String {
        self.counter += 1;
        let client_data = client_data("webauthn.get", &question["publicKey"]);
        let data = self.data(PRESENT_AND_VERIFIED, &[]);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: DerSignature = self.key.sign(&signed);
        let response = json!({
            "clientDataJSON": BASE64.encode(client_data),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.as_bytes()),
            "userHandle": BASE64.encode(&self.user),
        });
        self.credential(&response)
    }

    /// Goes back in time, as a copy of it would be.
    pub(crate) fn rewind(&mut self) {
        self.counter = 0;
    }

    fn credential(&self, response: &Value) -> String {
        let id = BASE64.encode(self.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} }).to_string()
    }

    fn data(&self, flags: u8, attested: &[u8]) -> Vec<u8> {
        [Sha256::digest(HOST).as_slice(), &[flags], &self.counter.to_be_bytes(), attested].concat()
    }

    /// Whose make it is, the credential's id, and the key in COSE's form.
    fn attested(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let key = [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat();
        [[0; 16].as_slice(), &[0, 16], &self.credential, &key].concat()
    }
}

fn client_data(kind: &str, options: &Value) -> Vec<u8> {
    let challenge = &options["challenge"];
    json!({ "type": kind, "challenge": challenge, "origin": ORIGIN, "crossOrigin": false }).to_string().into_bytes()
}
