//! Which installed PostgreSQL to run.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;
use super::place::Place;

/// `nulls not distinct`, `unnest` speed and the settings we rely on are all there from 15 on.
const VERSION_MIN: u32 = 15;
/// Where packages put one directory per major version: Debian and Ubuntu, Red Hat, Homebrew.
const FAMILIES: [(&str, &str); 3] =
    [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/opt/homebrew/opt", "postgresql@")];

/// The programs of one PostgreSQL version.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    bin: PathBuf,
    version: u32,
}

impl Binaries {
    /// The newest installed version, or the one that wrote the data that are there.
    pub(super) fn find(place: &Place) -> Result<Self, ClusterError> {
        // Of equal versions the last one wins: the package's own.
        let mut found: Vec<Self> = on_path().into_iter().collect();
        found.extend(installed());
        if let Some(version) = place.data_version() {
            return found
                .into_iter()
                .find(|binaries| binaries.version == version)
                .ok_or_else(|| ClusterError::OtherVersion { data: place.data(), version });
        }
        found.into_iter().filter(|binaries| VERSION_MIN <= binaries.version).max_by_key(|b| b.version).ok_or_else(
            || {
                let looked_in = FAMILIES.map(|(parent, prefix)| format!("{parent}/{prefix}*/bin")).join(", ");
                ClusterError::NoBinaries { looked_in: format!("{looked_in}, PATH") }
            },
        )
    }

    /// The path of one program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

fn installed() -> Vec<Binaries> {
    let mut found = Vec::new();
    for (parent, prefix) in FAMILIES {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(version) = name.to_str().and_then(|name| name.strip_prefix(prefix)?.parse().ok()) else {
                continue;
            };
            let bin = entry.path().join("bin");
            if is_complete(&bin) {
                found.push(Binaries { bin, version });
            }
        }
    }
    found
}

/// Asks the first `postgres` on the path which version it is.
fn on_path() -> Option<Binaries> {
    #[expect(clippy::disallowed_methods, reason = "PATH is where programs are found, not a setting of ours")]
    let path = std::env::var_os("PATH")?;
    let bin = std::env::split_paths(&path).find(|dir| dir.is_absolute() && is_complete(dir))?;
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let version = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { bin, version })
}

fn is_complete(bin: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|program| bin.join(program).is_file())
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian …)` and in a `PG_VERSION` file.
pub(super) fn parse_version(text: &str) -> Option<u32> {
    let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_version("16\n"), Some(16));
        assert_eq!(parse_version("postgres"), None);
    }
}
