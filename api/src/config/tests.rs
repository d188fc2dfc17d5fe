use std::ffi::OsString;

use rstest::rstest;
use secrecy::ExposeSecret;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn directory_with(file: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("countersign.toml"), file).unwrap();
    dir
}

fn value<'a>(settings: &'a Settings, key: &str) -> &'a Value {
    settings.values.iter().find(|value| value.key == key).unwrap()
}

#[test]
fn without_anything_given_the_defaults_hold() {
    let settings = Settings::load(&Flags::default(), []).unwrap();
    assert_eq!(settings.listen, "127.0.0.1:8080".parse().unwrap());
    assert!(settings.databases.is_none());
    assert!(settings.data_dir.is_absolute());
    assert!(settings.values.iter().all(|value| value.came == Came::Default));
}

#[test]
fn a_flag_is_over_the_environment_and_that_is_over_the_file() {
    let dir = directory_with("listen = \"127.0.0.1:1\"\nlog_format = \"json\"\nconnections_max = 7\n");
    let flags =
        Flags { data_dir: Some(dir.path().to_owned()), listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
    let variables =
        environment(&[("COUNTERSIGN_LISTEN", "127.0.0.1:2"), ("COUNTERSIGN_CONNECTIONS_MAX", "8"), ("HOME", "/")]);
    let settings = Settings::load(&flags, variables).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.connections_max, 8);
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(value(&settings, "listen").came, Came::Flag("listen"));
    assert_eq!(value(&settings, "connections_max").came, Came::Variable("COUNTERSIGN_CONNECTIONS_MAX".to_owned()));
    assert_eq!(value(&settings, "log_format").came, Came::File(dir.path().join("countersign.toml")));
}

#[test]
fn an_unknown_key_is_refused_by_key_and_file() {
    let dir = directory_with("lisen = \"127.0.0.1:1\"\n");
    let flags = Flags { data_dir: Some(dir.path().to_owned()), ..Flags::default() };
    let message = Settings::load(&flags, []).unwrap_err().to_string();
    assert!(message.contains("lisen") && message.contains("countersign.toml"), "{message}");
}

#[test]
fn an_unknown_variable_is_refused_unless_kubernetes_made_it() {
    let message =
        Settings::load(&Flags::default(), environment(&[("COUNTERSIGN_LISEN", "x")])).unwrap_err().to_string();
    assert!(message.contains("COUNTERSIGN_LISEN"), "{message}");
    let made = [("COUNTERSIGN_PORT", "tcp://10.0.0.1:80"), ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1")];
    Settings::load(&Flags::default(), environment(&made)).unwrap();
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    let flags = Flags { config: Some("/nowhere/countersign.toml".into()), ..Flags::default() };
    assert!(matches!(Settings::load(&flags, []), Err(ConfigError::Unreadable { .. })));
}

#[test]
fn a_table_in_the_file_is_refused() {
    let dir = directory_with("[listen]\naddress = \"127.0.0.1:1\"\n");
    let flags = Flags { data_dir: Some(dir.path().to_owned()), ..Flags::default() };
    assert!(matches!(Settings::load(&flags, []), Err(ConfigError::NotSettings { .. })));
}

#[test]
fn one_database_url_alone_is_refused() {
    let given = environment(&[("COUNTERSIGN_DATABASE_URL", "postgres://countersign_app@db/countersign")]);
    assert!(matches!(
        Settings::load(&Flags::default(), given),
        Err(ConfigError::DatabasesIncomplete { missing: "ledger_database_url", .. })
    ));
}

#[rstest]
#[case(
    "postgres://app:hunter2@db:5432/c?sslmode=require&password=hunter2",
    "postgres://app:***@db:5432/c?sslmode=require&password=***"
)]
#[case("postgres://app@db/c", "postgres://app@db/c")]
#[case("postgres://app:hun@ter2@db/c", "postgres://app:***@db/c")]
fn a_password_is_not_shown(#[case] url: &str, #[case] shown: &str) {
    let given = environment(&[("COUNTERSIGN_DATABASE_URL", url), ("COUNTERSIGN_LEDGER_DATABASE_URL", url)]);
    let settings = Settings::load(&Flags::default(), given).unwrap();
    assert_eq!(value(&settings, "database_url").shown.as_deref(), Some(shown));
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert_eq!(settings.databases.unwrap().app.expose_secret(), url);
}

#[rstest]
#[case("nats://hunter2@broker:4222")]
#[case("nats://me:hunter2@broker:4222")]
fn a_nats_token_is_not_shown(#[case] url: &str) {
    let settings = Settings::load(&Flags::default(), environment(&[("COUNTERSIGN_NATS_URL", url)])).unwrap();
    let shown = value(&settings, "nats_url").shown.clone().unwrap();
    assert!(!shown.contains("hunter2") && shown.contains("broker"), "{shown}");
}

#[test]
fn mail_goes_to_the_server_of_the_settings_and_its_password_is_not_shown() {
    let given = environment(&[
        ("COUNTERSIGN_SMTP_URL", "smtp://me:hunter2@mail.example.com"),
        ("COUNTERSIGN_MAIL_FROM", "Compliance <compliance@example.com>"),
    ]);
    let settings = Settings::load(&Flags::default(), given).unwrap();
    assert_eq!(value(&settings, "smtp_url").shown.as_deref(), Some("smtp://me:***@mail.example.com"));
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert_eq!(settings.smtp_url.unwrap().host(), "mail.example.com");
    assert_eq!(settings.mail_from.unwrap().to_string(), "Compliance <compliance@example.com>");
}

#[rstest]
#[case("listen", "8080")]
#[case("listen", "localhost")]
#[case("metrics_listen", "on")]
#[case("public_url", "http://ledger.example.com")]
#[case("connections_max", "0")]
#[case("connections_max", "-1")]
#[case("smtp_url", "smtp://me:hunter2@mail.example.com?tls=none")]
#[case("mail_from", "Compliance")]
#[case("log_format", "xml")]
#[case("database_url", "mysql://db/c")]
fn a_bad_value_is_refused_by_its_key(#[case] key: &str, #[case] bad: &str) {
    let variable = format!("COUNTERSIGN_{}", key.to_ascii_uppercase());
    let message = Settings::load(&Flags::default(), environment(&[(&variable, bad)])).unwrap_err().to_string();
    assert!(message.contains(key) && message.contains(&variable), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[rstest]
#[case("https://ledger.example.com", "https://ledger.example.com")]
#[case("https://ledger.example.com:8443/", "https://ledger.example.com:8443")]
#[case("http://localhost:8080", "http://localhost:8080")]
#[case("https://[2001:db8::1]:443", "https://[2001:db8::1]:443")]
fn a_public_url_has_scheme_host_and_port(#[case] given: &str, #[case] normal: &str) {
    assert_eq!(PublicUrl::parse(given).unwrap().to_string(), normal);
}

#[rstest]
#[case("ledger.example.com", PublicUrlError::Scheme)]
#[case("https://", PublicUrlError::Host)]
#[case("https://Ledger.example.com", PublicUrlError::Host)]
#[case("https://a/b", PublicUrlError::Extra)]
#[case("https://me@a", PublicUrlError::Extra)]
#[case("https://a:0", PublicUrlError::Port)]
#[case("http://127.0.0.1:8080", PublicUrlError::PlainHttp)]
fn another_public_url_is_refused(#[case] given: &str, #[case] error: PublicUrlError) {
    assert_eq!(PublicUrl::parse(given), Err(error));
}

#[test]
fn a_foreign_host_does_not_name_the_service() {
    let local = PublicUrl::localhost(8080);
    assert!(local.is_named_by("localhost:8080") && local.is_named_by("127.0.0.1:9") && local.is_named_by("[::1]"));
    assert!(!local.is_named_by("evil.example"));
    let public = PublicUrl::parse("https://ledger.example.com").unwrap();
    assert!(public.is_named_by("ledger.example.com") && public.is_named_by("LEDGER.example.com:443"));
    assert!(!public.is_named_by("127.0.0.1") && !public.is_named_by("ledger.example.com.evil.example"));
}
