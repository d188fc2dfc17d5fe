//! Where a cluster lives and as whom it runs.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::ClusterError;
use super::binaries::parse_version;

/// Part of the socket's name only; the server listens on no network.
pub(super) const PORT: u16 = 5432;
/// `sun_path` holds 108 bytes with the closing zero (unix(7)).
const SOCKET_PATH_BYTES_MAX: usize = 107;
/// For clusters of root whose directory the server's user may not enter.
const SYSTEM_HOME: &str = "/var/lib/countersign";
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
const DIRECTORY: i32 = rustix::fs::OFlags::DIRECTORY.bits().cast_signed();
/// In the directory asked for, says where the cluster lives instead: the path is its first line.
const SIGNPOST: &str = "postgres-is-elsewhere.txt";

/// Where a cluster lives and as whom it runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Holds everything: data, log, locks and, where its name is short enough, the socket.
    pub(super) home: PathBuf,
    /// Holds the socket.
    pub(super) sockets: PathBuf,
    /// The user to become, where we are root.
    user: Option<User>,
}

#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl Place {
    /// Decides where the cluster of `dir` lives, makes the directories and gives them to the server's user.
    pub(super) fn prepare(dir: &Path) -> Result<Self, ClusterError> {
        make_dir(dir)?;
        let dir = dir.canonicalize().map_err(|source| ClusterError::io("open", dir, source))?;
        let place = if rustix::process::geteuid().is_root() { Self::of_root(&dir)? } else { Self::of_user(dir)? };
        place.own_private(&place.home)?;
        if !place.sockets.starts_with(&place.home) {
            place.refuse_strangers()?;
        }
        make_dir(&place.sockets)?;
        place.own_private(&place.sockets)?;
        Ok(place)
    }

    fn of_user(dir: PathBuf) -> Result<Self, ClusterError> {
        let uid = rustix::process::geteuid().as_raw();
        for path in [dir.clone(), dir.join("data")] {
            let Ok(metadata) = path.metadata() else { continue };
            if metadata.uid() != uid {
                return Err(ClusterError::ForeignOwner { path, owner: metadata.uid() });
            }
        }
        Ok(Self { sockets: sockets_of(&dir, uid), home: dir, user: None })
    }

    fn of_root(dir: &Path) -> Result<Self, ClusterError> {
        let known = signposted(dir);
        let user = match owner_of_data(known.as_deref().unwrap_or(dir)) {
            Some(user) => user,
            None => User::postgres()?,
        };
        let home = match known {
            Some(home) => home,
            None if user.may_enter(dir)? => dir.to_owned(),
            None => {
                let home = Path::new(SYSTEM_HOME).join(short_hash(dir));
                put_up_signpost(dir, &home)?;
                home
            }
        };
        make_dir(&home)?;
        Ok(Self { sockets: sockets_of(&home, user.uid), home, user: Some(user) })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// The major version that wrote the data, if there are any.
    pub(super) fn data_version(&self) -> Option<u32> {
        parse_version(&std::fs::read_to_string(self.data().join("PG_VERSION")).ok()?)
    }

    /// A command that runs as the server's user, knows nothing of our environment, and is not reached by Ctrl-C.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        command.current_dir("/").stdin(Stdio::null()).process_group(0);
        if let Some(user) = self.user {
            user.take_on(&mut command);
        }
        command
    }

    /// A file of the cluster's, open for appending, made where it is missing.
    ///
    /// Root works here in a directory of the server's user, so no link of that user's is followed, here and below.
    pub(super) fn open(&self, path: &Path) -> Result<File, ClusterError> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(NO_LINK).open(path);
        let file = file.map_err(|source| ClusterError::io("write", path, source))?;
        self.own(&file, path)?;
        Ok(file)
    }

    pub(super) fn open_lock(&self, name: &str) -> Result<File, ClusterError> {
        self.open(&self.home.join(name))
    }

    fn own_private(&self, dir: &Path) -> Result<(), ClusterError> {
        let file = OpenOptions::new().read(true).custom_flags(NO_LINK | DIRECTORY).open(dir);
        let file = file.map_err(|source| ClusterError::io("open", dir, source))?;
        self.own(&file, dir)?;
        file.set_permissions(Permissions::from_mode(0o700))
            .map_err(|source| ClusterError::io("close to others", dir, source))
    }

    fn own(&self, file: &File, path: &Path) -> Result<(), ClusterError> {
        let Some(user) = self.user else { return Ok(()) };
        fchown(file, Some(user.uid), Some(user.gid)).map_err(|source| ClusterError::io("give away", path, source))
    }

    /// In /tmp anybody may be there before us.
    fn refuse_strangers(&self) -> Result<(), ClusterError> {
        let Ok(metadata) = self.sockets.symlink_metadata() else { return Ok(()) };
        if [0, self.uid()].contains(&metadata.uid()) {
            return Ok(());
        }
        Err(ClusterError::ForeignOwner { path: self.sockets.clone(), owner: metadata.uid() })
    }

    fn uid(&self) -> u32 {
        self.user.map_or_else(|| rustix::process::geteuid().as_raw(), |user| user.uid)
    }
}

impl User {
    /// The user that the system's packages make for this purpose.
    fn postgres() -> Result<Self, ClusterError> {
        let id = |flag| -> Option<u32> {
            let output = Command::new("id").args([flag, "postgres"]).stderr(Stdio::null()).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        match (id("-u"), id("-g")) {
            (Some(uid), Some(gid)) if uid != 0 => Ok(Self { uid, gid }),
            _ => Err(ClusterError::NoUser),
        }
    }

    fn take_on(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Asks the system rather than the mode bits: access lists and mounts count too.
    fn may_enter(self, dir: &Path) -> Result<bool, ClusterError> {
        let parent = dir.parent().unwrap_or(dir);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "cd -- \"$0\""]).arg(parent).current_dir("/");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        self.take_on(&mut command);
        let status = command.status().map_err(|source| ClusterError::io("run", "/bin/sh", source))?;
        Ok(status.success())
    }
}

/// Whoever made the data may read them: a cluster made by an ordinary user runs as that user under root too.
fn owner_of_data(home: &Path) -> Option<User> {
    let metadata = home.join("data").metadata().ok()?;
    (metadata.uid() != 0).then(|| User { uid: metadata.uid(), gid: metadata.gid() })
}

/// Whether a cluster was made for `dir`. Makes nothing; what may not be looked into is for whoever starts it to refuse.
pub(super) fn is_made(dir: &Path) -> bool {
    let home = signposted(dir).unwrap_or_else(|| dir.to_owned());
    home.join("data").join("PG_VERSION").try_exists().unwrap_or(true)
}

/// Where a cluster of root was sent to, if it was.
fn signposted(dir: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(dir.join(SIGNPOST)).ok()?;
    text.lines().next().map(PathBuf::from).filter(|home| home.parent() == Some(Path::new(SYSTEM_HOME)))
}

fn put_up_signpost(dir: &Path, home: &Path) -> Result<(), ClusterError> {
    let path = dir.join(SIGNPOST);
    let text = format!(
        "{}\nThe PostgreSQL data of this directory live there: a directory above this one is closed to the user that \
         runs the server.\nBack up both.\n",
        home.display()
    );
    std::fs::write(&path, text).map_err(|source| ClusterError::io("write", path, source))
}

/// In the cluster's own home where the name is short enough, else under /tmp.
fn sockets_of(home: &Path, uid: u32) -> PathBuf {
    let own = home.join("socket");
    // The server also makes a lock file, whose name is the longest.
    let longest = own.join(format!(".s.PGSQL.{PORT}.lock"));
    if longest.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        own
    } else {
        Path::new("/tmp").join(format!("countersign-{uid}-{}", short_hash(home)))
    }
}

fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hex::encode(&digest[..8])
}

/// Leaves the directories above it open to all, as `mkdir -p` does.
fn make_dir(dir: &Path) -> Result<(), ClusterError> {
    let make = DirBuilder::new().recursive(true).mode(0o755).create(dir);
    make.map_err(|source| ClusterError::io("make", dir, source))
}
